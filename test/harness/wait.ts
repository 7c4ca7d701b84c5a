import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { sleep, systemWireClock } from '@app/shared';

/** Waits until a condition holds; throws with its name and the last error when it does not in time. */
export async function until(
  what: string,
  holds: () => Promise<boolean> | boolean,
  withinMs = 10_000,
  everyMs = 50,
): Promise<void> {
  const deadline = systemWireClock.now() + withinMs;
  let last = '';
  for (;;) {
    try {
      if (await holds()) return;
      last = '';
    } catch (error) {
      last = String((error as Error).message);
    }
    if (systemWireClock.now() > deadline)
      throw new Error(`Not within ${withinMs} ms: ${what}${last ? ` (last error: ${last})` : ''}`);
    await sleep(everyMs);
  }
}

/** Each worker of Jest has ports of its own, since a port is chosen some time before its service listens. */
const PORTS_PER_WORKER = 2_500;
const FIRST_PORT = 10_000 + (Number(process.env.JEST_WORKER_ID ?? 0) % 4) * PORTS_PER_WORKER;
let next = randomInt(PORTS_PER_WORKER);

/**
 * A port that is free: below those that the embedded servers take (from 20000), and below those from which Linux takes
 * ports for outgoing connections, so that it is still free when a killed service comes back to it.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < PORTS_PER_WORKER; tries += 1) {
    const port = FIRST_PORT + next;
    next = (next + 1) % PORTS_PER_WORKER;
    if (await isFree(port)) return port;
  }
  throw new Error(`No port from ${FIRST_PORT} to ${FIRST_PORT + PORTS_PER_WORKER - 1} is free.`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
