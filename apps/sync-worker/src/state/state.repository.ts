import { Injectable } from '@nestjs/common';
import { rows, type Tx } from '@app/shared';

/** What waits, what failed and what is open of one shop. */
export interface ShopCounts {
  shopId: string;
  waiting: number;
  running: number;
  failing: number;
  dead: number;
  oldestDueAt: Date | null;
  openGaps: number;
  windowsOpen: number;
  windowsProven: number;
  provenTo: Date | null;
  numbersOpen: number;
  numbersRefused: number;
  numbersDrifted: number;
  noticesOpen: number;
  alarms: number;
}

/** How far one kind of a shop is pulled. */
export interface KindState {
  shopId: string;
  kind: string;
  lastSuccessAt: Date | null;
  completeTo: Date;
  openWindows: number;
}

@Injectable()
export class StateRepository {
  /**
   * Counts of some shops; one row each. proven_to is where the unbroken run of proven census windows ends: the begin of
   * the first window that is not proven, else the end of the last one.
   */
  counts(tx: Tx, companyId: string, shopIds: readonly string[], now: Date): Promise<ShopCounts[]> {
    return rows<ShopCounts>(
      tx,
      `SELECT s.id AS shop_id, w.waiting, w.running, w.failing, w.dead, w.oldest_due_at, g.open_gaps, c.windows_open, c.windows_proven,
              coalesce(c.first_open_at, c.last_to_at) AS proven_to, p.numbers_open, p.numbers_refused, p.numbers_drifted, n.notices_open, a.alarms
         FROM shop s
         CROSS JOIN LATERAL (
           SELECT count(*) FILTER (WHERE state = 'due' AND due_at <= $3 AND claimed_until IS NULL) AS waiting, count(*) FILTER (WHERE claimed_until > $3) AS running,
                  count(*) FILTER (WHERE state = 'due' AND tries > 0 AND claimed_until IS NULL) AS failing, count(*) FILTER (WHERE state = 'dead') AS dead,
                  min(due_at) FILTER (WHERE state = 'due' AND due_at <= $3) AS oldest_due_at
             FROM work WHERE company_id = $1 AND shop_id = s.id) w
         CROSS JOIN LATERAL (SELECT count(*) AS open_gaps FROM census_gap WHERE company_id = $1 AND shop_id = s.id AND stored_at IS NULL) g
         CROSS JOIN LATERAL (
           SELECT count(*) FILTER (WHERE state <> 'proven') AS windows_open, count(*) FILTER (WHERE state = 'proven') AS windows_proven,
                  min(from_at) FILTER (WHERE state <> 'proven') AS first_open_at, max(to_at) AS last_to_at
             FROM census_window WHERE company_id = $1 AND shop_id = s.id) c
         CROSS JOIN LATERAL (
           SELECT count(*) FILTER (WHERE state IN ('pending', 'waiting')) AS numbers_open, count(*) FILTER (WHERE state = 'parked') AS numbers_refused,
                  count(*) FILTER (WHERE drift_since IS NOT NULL) AS numbers_drifted
             FROM listing_push WHERE company_id = $1 AND shop_id = s.id) p
         CROSS JOIN LATERAL (SELECT count(*) AS notices_open FROM ship_notice WHERE company_id = $1 AND shop_id = s.id AND state <> 'told') n
         CROSS JOIN LATERAL (SELECT count(*) AS alarms FROM alarm WHERE company_id = $1 AND shop_id = s.id AND closed_at IS NULL) a
        WHERE s.company_id = $1 AND s.id = ANY($2::text[]) ORDER BY s.id`,
      [companyId, shopIds, now],
    );
  }

  /** Up to where each kind of some shops is read (story time), with the last success (wire time). */
  kinds(tx: Tx, companyId: string, shopIds: readonly string[]): Promise<KindState[]> {
    return rows<KindState>(
      tx,
      `SELECT p.shop_id, p.kind, p.last_success_at, coalesce(w.first_after, p.planned_to) AS complete_to, w.open_windows
         FROM pull_state p
         CROSS JOIN LATERAL (
           SELECT min(after_at) AS first_after, count(*) AS open_windows FROM change_window
            WHERE company_id = p.company_id AND shop_id = p.shop_id AND kind = p.kind AND state = 'due' AND request_id IS NULL) w
        WHERE p.company_id = $1 AND p.shop_id = ANY($2::text[]) ORDER BY p.shop_id, p.kind`,
      [companyId, shopIds],
    );
  }
}
