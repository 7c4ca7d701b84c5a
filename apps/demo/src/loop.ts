import { createLogger, sleep, systemWireClock } from '@app/shared';
import { AwayError, RefusedError } from './api.client';

const log = createLogger('demo');
const AWAY_PAUSE_MS = 1_500;
/** Between two lines about the API being away, whoever of the people met it. */
const SAY_AGAIN_MS = 10_000;
let saidAt = 0;

function sayAway(name: string, cause: string): void {
  if (systemWireClock.now() - saidAt < SAY_AGAIN_MS) return;
  saidAt = systemWireClock.now();
  log.warn({ work: name, cause }, 'the API, or what it needs, is away; waiting for it');
}

/** Does a piece of work again and again until the signal; the API being away only makes it wait. */
export async function repeat(
  name: string,
  everyMs: number,
  stop: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  while (!stop.aborted) {
    try {
      await work();
    } catch (error) {
      if (stop.aborted) return;
      if (error instanceof AwayError) {
        sayAway(name, error.message);
        await sleep(AWAY_PAUSE_MS, stop);
      } else if (error instanceof RefusedError) {
        log.warn(
          { work: name, code: error.code, cause: error.message },
          'the API refused what was not expected to be refused',
        );
        await sleep(AWAY_PAUSE_MS, stop);
      } else throw error;
    }
    await sleep(everyMs, stop);
  }
}

/** Does a step of the set-up until it succeeds or the program is stopped. Steps are harmless to repeat. */
export async function untilDone(name: string, stop: AbortSignal, step: () => Promise<boolean | void>): Promise<void> {
  let lastCause = '';
  while (!stop.aborted) {
    let cause = 'not yet';
    try {
      if ((await step()) !== false) {
        log.info({ step: name }, 'set-up step done');
        return;
      }
    } catch (error) {
      if (!(error instanceof AwayError) && !(error instanceof RefusedError)) throw error;
      cause = error.message;
    }
    if (cause !== lastCause) log.info({ step: name, cause }, 'set-up step waits');
    lastCause = cause;
    await sleep(1_000, stop);
  }
}
