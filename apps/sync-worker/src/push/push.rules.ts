import type { OpenPushRow, PushRow } from './push.repository';

/** What becomes of one number now. */
export type PushDecision = { kind: 'tell' } | { kind: 'wait'; reason: string; ms: number };

const LOOK_AGAIN_MS = 1_500;
/** The end of a pause asks for the push by itself; this only bounds how often the row is looked at. */
const PAUSED_MS = 60_000;
/** Wire milliseconds between a telling and a reading, and between a reading and its judgement. */
export const DRIFT_SETTLES_MS = 5_000;
/**
 * So long unpaid orders may hold units on platforms that take them off with the order, story milliseconds: before that a
 * lower number is no drift, since raising it would sell what they hold.
 */
export const UNPAID_HOLDS_MS = 72 * 3_600_000;

/**
 * A number that lowers goes at once. One that raises what the platform shows would give back units that were sold there
 * since the last look, so it waits until the change pull is complete to within the bound (all in wire milliseconds).
 */
export function decide(
  row: Pick<OpenPushRow, 'wanted' | 'told' | 'shown' | 'retryAt' | 'isPaused' | 'pausedUntil' | 'pauseReason'>,
  pull: { lagMs: number; boundMs: number },
  now: Date,
): PushDecision {
  if (row.isPaused) {
    const until = row.pausedUntil ? ` until ${row.pausedUntil.toISOString()}` : '';
    return { kind: 'wait', reason: `paused${until}: ${row.pauseReason ?? 'no reason given'}`, ms: PAUSED_MS };
  }
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

/** Why a number must be told again, or why not yet; nothing when there is no drift. */
export type DriftVerdict = { kind: 'repair'; reason: string } | { kind: 'wait'; reason: string } | undefined;

/**
 * Judges what a reading showed against the number that the rule gives and that was told last. What was sold since the
 * telling is in the rule's number once the pull is complete past the reading, and facts have settled. A higher number is
 * told down at once then. A lower one must be seen by a second reading, so that a sale whose fact is late is never given
 * back; where the platform takes units off with the unpaid order, only after the time for which such orders may hold them.
 */
export function judgeDrift(
  row: Pick<PushRow, 'wanted' | 'shown' | 'shownAt' | 'toldAt' | 'driftSince' | 'deductsOn'>,
  pull: { completeTo: Date | undefined },
  clock: { story: Date; rate: number },
): DriftVerdict {
  const { wanted, shown, shownAt, toldAt, driftSince } = row;
  if (wanted === null || shown === null || !shownAt || !toldAt || !driftSince || shown === wanted) return undefined;
  const settles = DRIFT_SETTLES_MS * clock.rate;
  if (shownAt.getTime() - toldAt.getTime() < settles)
    return { kind: 'wait', reason: 'it was read too soon after it was told' };
  if (clock.story.getTime() - shownAt.getTime() < settles)
    return { kind: 'wait', reason: 'what was sold is still on its way' };
  if (!pull.completeTo || pull.completeTo < shownAt)
    return { kind: 'wait', reason: 'orders are not pulled past the reading yet' };
  const told = `the platform showed ${shown} at ${shownAt.toISOString()}, the rule gives ${wanted}`;
  if (shown > wanted) return { kind: 'repair', reason: told };
  if (shownAt <= driftSince) return { kind: 'wait', reason: 'a second reading has to show it' };
  if (row.deductsOn === 'order' && shownAt.getTime() - driftSince.getTime() < UNPAID_HOLDS_MS)
    return { kind: 'wait', reason: 'unpaid orders may hold the units' };
  return { kind: 'repair', reason: told };
}
