/** First look at a window after this much story time, and the second one. */
export const FIRST_CHECK_MS = 3_600_000;
export const SECOND_CHECK_MS = 86_400_000;
/** A window with gaps is looked at again after this much story time, until it is proven. */
export const RECHECK_MS = 600_000;
/** A look waits for the change pull to come as far, unless that has not moved for this much wire time. */
export const WAIT_FOR_PULL_MS = 60_000;
/** A gap must be closed within this much wire time; afterwards it is a breach. */
export const GAP_BOUND_MS = 600_000;

/** An order as the platform lists it. */
export interface ListedOrder {
  platformOrderNo: string;
  modifiedAt?: string;
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

/** State and next look of a window after a look; `windowTo` is its end. */
export function afterCheck(
  finding: CensusFinding,
  checksBefore: number,
  windowTo: Date,
  now: Date,
): { state: 'open' | 'proven'; checks: number; nextCheckAt: Date | null } {
  const isWhole = finding.missing.length === 0 && finding.older.length === 0;
  if (!isWhole) return { state: 'open', checks: checksBefore, nextCheckAt: new Date(now.getTime() + RECHECK_MS) };
  const second = new Date(windowTo.getTime() + SECOND_CHECK_MS);
  const isLast = now >= second;
  return { state: 'proven', checks: checksBefore + 1, nextCheckAt: isLast ? null : second };
}
