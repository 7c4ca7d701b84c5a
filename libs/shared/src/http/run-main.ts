import type { RunningApp } from './bootstrap';
import { createLogger } from '../logging/logger';
import { sleep } from '../time/wire-clock';

const log = createLogger('main');
const CLOSE_WITHIN_MS = 9_000;

/** Runs an app as a process: start, then on SIGTERM or SIGINT close within 10 s and end with 0; a failed start ends with 1. */
export function runMain(start: () => Promise<RunningApp>): void {
  let isClosing = false;
  start().then(
    (app) => {
      const end = (signal: string) => {
        if (isClosing) return;
        isClosing = true;
        log.info({ app: app.name, signal }, 'stopping');
        Promise.race([app.close().then(() => 0), sleep(CLOSE_WITHIN_MS).then(() => 1)]).then(
          (code) => {
            if (code !== 0)
              log.error({ app: app.name }, 'did not stop in time; unfinished work is handed back by its queue');
            process.exit(code);
          },
          (error: unknown) => {
            log.error({ cause: String(error) }, 'stopping failed');
            process.exit(1);
          },
        );
      };
      process.on('SIGTERM', () => end('SIGTERM'));
      process.on('SIGINT', () => end('SIGINT'));
    },
    (error: unknown) => {
      process.stderr.write(`${String((error as Error).stack ?? error)}\n`);
      process.exit(1);
    },
  );
}
