import { AppError, isConnectionError } from '@app/shared';
import { isPlatformError } from '@app/platforms';
import type { Work, WorkKind } from './work.kinds';

const FIRST_MS = 1_000;
const LONGEST_MS = 300_000;
/** Failures of our own or of the platform's refusal before work is given up. */
export const MOST_FAILURES = 5;

/**
 * So long, wire milliseconds, something that is to be read is tried again although the platform does not know it: a push
 * message may come before the platform's own index shows what it names, up to 10 minutes (Pinduoduo sheet §5.3).
 */
export const MAY_BE_UNKNOWN_MS = 12 * 60_000;
const INDEXED_KINDS: readonly WorkKind[] = ['order', 'after-sale'];

/** What a thrown error means for the work that threw it. */
export type FailureVerdict =
  /** The platform named a time; nothing went wrong. */
  | { kind: 'wait'; ms: number }
  /** The token is refused: the shop rests, the row stays due. */
  | { kind: 'unauthorised' }
  /** The outside is away: tried again as long as it takes. */
  | { kind: 'outside' }
  /** Refused, or our bug: tried a few times, then given up. */
  | { kind: 'failure' };

/** Judges an error: the outside is tried again, our bugs and refusals end as dead letters. */
export function judge(error: unknown): FailureVerdict {
  if (isPlatformError(error)) {
    if (error.kind === 'rate-limited') return { kind: 'wait', ms: error.retryAfterMs ?? FIRST_MS };
    if (error.kind === 'reauthorise') return { kind: 'unauthorised' };
    return error.kind === 'transient' ? { kind: 'outside' } : { kind: 'failure' };
  }
  if (error instanceof AppError) {
    if (error.code === 'SHOP.NOT_AUTHORISED') return { kind: 'unauthorised' };
    return /\.(UNAVAILABLE|UNREACHABLE|TIMEOUT)$|^RATE_LIMITED$|^AUTH\./.test(error.code)
      ? { kind: 'outside' }
      : { kind: 'failure' };
  }
  return isConnectionError(error) ? { kind: 'outside' } : { kind: 'failure' };
}

/** Whether work is given up after so many failures, of which this error is the last. */
export function isOver(work: Pick<Work, 'kind' | 'createdAt'>, failures: number, error: unknown, now: Date): boolean {
  if (failures < MOST_FAILURES) return false;
  const mayShow = INDEXED_KINDS.includes(work.kind) && isPlatformError(error) && error.kind === 'not-found';
  return !mayShow || now.getTime() - work.createdAt.getTime() >= MAY_BE_UNKNOWN_MS;
}

/** Back-off with jitter: 1 s, 2 s, 4 s … 5 min, each up to a quarter longer. */
export function backOffMs(tries: number, random: () => number = Math.random): number {
  const plain = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(20, Math.max(0, tries - 1)));
  return Math.round(plain * (1 + random() / 4));
}
