import { createLogger, sleep } from '@app/shared';
import { AwayError, RefusedError } from './api.client';

const log = createLogger('demo');
const AWAY_PAUSE_MS = 1_500;

/** Does a piece of work again and again until the signal; the API being away only makes it wait. */
export async function repeat(
  name: string,
  everyMs: number,
  stop: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  let isAway = false;
  while (!stop.aborted) {
    try {
      await work();
      if (isAway) log.info({ work: name }, 'the API is back; going on');
      isAway = false;
    } catch (error) {
      if (stop.aborted) return;
      if (error instanceof AwayError) {
        if (!isAway) log.warn({ work: name, cause: error.message }, 'the API is away; waiting for it');
        isAway = true;
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
