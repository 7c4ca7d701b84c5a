import type { ListedOrder } from './census.listing';

/** First look at a window after this much story time, and the second one. */
export const FIRST_CHECK_MS = 3_600_000;
export const SECOND_CHECK_MS = 86_400_000;
/** A window with gaps is looked at again after this much story time, until it is proven. */
export const RECHECK_MS = 600_000;
/** Looks at a window whose rows stay hidden are twice as far apart each time, up to this much story time. */
export const LONGEST_RECHECK_MS = 86_400_000;
/** A look waits for the change pull to come as far, unless that has not moved for this much wire time. */
export const WAIT_FOR_PULL_MS = 60_000;
/** A gap must be closed within this much wire time; afterwards it is a breach. */
export const GAP_BOUND_MS = 600_000;

/** The look of the first hours, or that of the day after, by which something was found. */
export type CensusLook = 'hour' | 'day';

/** Which of the two looks a look is, by the time at which it is taken. */
export function lookAt(windowTo: Date, now: Date): CensusLook {
  return now.getTime() < windowTo.getTime() + SECOND_CHECK_MS ? 'hour' : 'day';
}

/** What the comparison of a window found. */
export interface CensusFinding {
  listed: number;
  stored: number;
  missing: string[];
  older: string[];
  /** Those of the missing that the change pull should have brought; the others are modified after what it has read. */
  overdue: string[];
}

/**
 * Compares id by id. A stored order is older when the platform lists a later modification than the stored one; a time in
 * the future is clamped to now, as versions are. Modifications after `pulledTo` are still on their way by the change
 * pull and are no finding.
 */
export function compare(
  listed: readonly ListedOrder[],
  known: ReadonlyMap<string, Date>,
  now: Date,
  pulledTo: Date,
): CensusFinding {
  const unique = new Map(listed.map((order) => [order.platformOrderNo, order]));
  const missing: string[] = [];
  const older: string[] = [];
  const overdue: string[] = [];
  for (const [no, { modifiedAt }] of unique) {
    const stored = known.get(no);
    const at = modifiedAt === undefined ? undefined : Math.min(Date.parse(modifiedAt), now.getTime());
    const isPulled = at === undefined || at <= pulledTo.getTime();
    if (!stored) missing.push(no);
    if (!stored && isPulled) overdue.push(no);
    if (stored && at !== undefined && at > stored.getTime() && isPulled) older.push(no);
  }
  return {
    listed: unique.size,
    stored: unique.size - missing.length,
    missing: missing.sort(),
    older: older.sort(),
    overdue: overdue.sort(),
  };
}

/** State and next look of a window after a look, which was the `openLooks`-th in a row that could not prove it. */
export function afterCheck(
  finding: Pick<CensusFinding, 'missing' | 'older'> & { isProven: boolean },
  before: { checks: number; openLooks: number; toAt: Date },
  now: Date,
): { state: 'open' | 'proven'; checks: number; openLooks: number; nextCheckAt: Date | null } {
  const { checks, openLooks } = before;
  const isWhole = finding.missing.length === 0 && finding.older.length === 0;
  if (!isWhole || !finding.isProven) {
    // What is being pulled is soon there; rows that stay hidden cost ten listings a look, so those looks grow rare.
    const waitMs = isWhole ? Math.min(LONGEST_RECHECK_MS, RECHECK_MS * 2 ** Math.min(openLooks, 10)) : RECHECK_MS;
    return { state: 'open', checks, openLooks: openLooks + 1, nextCheckAt: new Date(now.getTime() + waitMs) };
  }
  const second = new Date(before.toAt.getTime() + SECOND_CHECK_MS);
  return { state: 'proven', checks: checks + 1, openLooks: 0, nextCheckAt: now >= second ? null : second };
}
