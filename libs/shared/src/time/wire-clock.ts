/**
 * Wire time: what real watches show. Signatures, tokens, bans, time-outs, lag bounds and job delays live on it.
 * This folder is the only place of the project that reads the machine's clock.
 */
export interface WireClock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
  /** The same instant as a Date. */
  date(): Date;
}

/** The machine's own clock. */
export const systemWireClock: WireClock = {
  now: () => Date.now(),
  date: () => new Date(),
};

/** Milliseconds that only ever rise; for measuring how long something took. */
export function monotonicMs(): number {
  return performance.now();
}

/** Waits on the wire clock; ends early without an error when the signal is aborted. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    }
    signal?.addEventListener('abort', done);
  });
}
