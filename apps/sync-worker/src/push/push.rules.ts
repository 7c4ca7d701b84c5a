import type { PushRow } from './push.repository';

/** What becomes of one number now. */
export type PushDecision = { kind: 'tell' } | { kind: 'wait'; reason: string; ms: number };

const LOOK_AGAIN_MS = 1_500;

/**
 * A number that lowers goes at once. One that raises what the platform shows would give back units that were sold there
 * since the last look, so it waits until the change pull is complete to within the bound (all in wire milliseconds).
 */
export function decide(
  row: Pick<PushRow, 'wanted' | 'told' | 'shown' | 'retryAt'>,
  pull: { lagMs: number; boundMs: number },
  now: Date,
): PushDecision {
  if (row.retryAt && row.retryAt > now)
    return {
      kind: 'wait',
      reason: `the platform asked to try again at ${row.retryAt.toISOString()}`,
      ms: row.retryAt.getTime() - now.getTime(),
    };
  const present = row.told ?? row.shown;
  // The same number again is a raise too: it was lower in between, and what was sold since is not in it.
  const isRaise = present === null || row.wanted! >= present;
  if (!isRaise || pull.lagMs <= pull.boundMs) return { kind: 'tell' };
  return {
    kind: 'wait',
    reason: `it raises the number, and orders are pulled only up to ${Math.round(pull.lagMs / 1_000)} s ago`,
    ms: LOOK_AGAIN_MS,
  };
}
