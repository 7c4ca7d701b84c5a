import { createServer, type AddressInfo } from 'node:net';
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

/** A port that is free at this moment. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
