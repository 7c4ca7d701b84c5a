import { Injectable } from '@nestjs/common';
import { execute, row, rows, type Tx } from '@app/shared';
import type { CensusLook } from './census.rules';

/**
 * Why an order is a gap: `missing` or `older` than the platform lists it, although the change pull had its chance; `ahead`:
 * missing too, but modified after what the change pull had read when it stood still.
 */
export type GapCause = 'missing' | 'older' | 'ahead';

/** An order that the census found missing or older than the platform lists it. */
export interface GapRow {
  platformOrderNo: string;
  windowId: string;
  cause: GapCause;
  foundAt: Date;
  foundLook: CensusLook;
  /** Which listing of that look showed it first. */
  foundListing: number;
  foundWireAt: Date;
  storedAt: Date | null;
  fromAt: Date;
  toAt: Date;
}

@Injectable()
export class GapRepository {
  /** Notes gaps; one that was closed and is found again opens anew. */
  async open(
    tx: Tx,
    companyId: string,
    shopId: string,
    windowId: string,
    gaps: readonly { platformOrderNo: string; cause: GapCause; listing: number }[],
    at: { story: Date; wire: Date; look: CensusLook },
  ): Promise<void> {
    if (gaps.length === 0) return;
    await execute(
      tx,
      `INSERT INTO census_gap AS g (company_id, shop_id, kind, platform_order_no, window_id, cause, found_at, found_wire_at, found_look, found_listing)
       SELECT $1, $2, 'orders', f.no, $3, f.cause, $6, $7, $8, f.listing FROM unnest($4::text[], $5::text[], $9::int[]) AS f(no, cause, listing) ORDER BY f.no
       ON CONFLICT (company_id, shop_id, kind, platform_order_no) DO UPDATE SET
         found_at = CASE WHEN g.stored_at IS NULL THEN g.found_at ELSE excluded.found_at END,
         found_wire_at = CASE WHEN g.stored_at IS NULL THEN g.found_wire_at ELSE excluded.found_wire_at END,
         found_look = CASE WHEN g.stored_at IS NULL THEN g.found_look ELSE excluded.found_look END,
         found_listing = CASE WHEN g.stored_at IS NULL THEN g.found_listing ELSE excluded.found_listing END,
         window_id = excluded.window_id, cause = excluded.cause, stored_at = NULL`,
      [
        companyId,
        shopId,
        windowId,
        gaps.map((gap) => gap.platformOrderNo),
        gaps.map((gap) => gap.cause),
        at.story,
        at.wire,
        at.look,
        gaps.map((gap) => gap.listing),
      ],
    );
  }

  /** Whether a gap of some orders is open, or an alarm of some kinds whose subject is `<shopId>/<platformOrderNo>`. */
  async isAnythingOpen(
    tx: Tx,
    companyId: string,
    shopId: string,
    platformOrderNos: readonly string[],
    alarmKinds: readonly string[],
  ): Promise<boolean> {
    const found = await row<{ isOpen: boolean }>(
      tx,
      `SELECT EXISTS (SELECT 1 FROM census_gap WHERE company_id = $1 AND shop_id = $2 AND kind = 'orders' AND platform_order_no = ANY($3::text[]) AND stored_at IS NULL)
           OR EXISTS (SELECT 1 FROM alarm WHERE company_id = $1 AND kind = ANY($4::text[]) AND subject = ANY($5::text[]) AND closed_at IS NULL) AS is_open`,
      [companyId, shopId, platformOrderNos, alarmKinds, platformOrderNos.map((no) => `${shopId}/${no}`)],
    );
    return found!.isOpen;
  }

  /** Closes the gaps of orders that were stored; 0 rows is the usual case. */
  async close(tx: Tx, companyId: string, shopId: string, platformOrderNos: readonly string[], at: Date): Promise<void> {
    if (platformOrderNos.length === 0) return;
    await execute(
      tx,
      `UPDATE census_gap SET stored_at = $4 WHERE company_id = $1 AND shop_id = $2 AND kind = 'orders' AND platform_order_no = ANY($3::text[]) AND stored_at IS NULL`,
      [companyId, shopId, platformOrderNos, at],
    );
  }

  /** Gaps of windows that overlap a span, newest first, at most 1 000. */
  list(tx: Tx, companyId: string, shopId: string, from: Date, to: Date): Promise<GapRow[]> {
    return rows<GapRow>(
      tx,
      `SELECT g.platform_order_no, g.window_id, g.cause, g.found_at, g.found_wire_at, g.found_look, g.found_listing, g.stored_at, w.from_at, w.to_at
         FROM census_gap g JOIN census_window w ON w.company_id = g.company_id AND w.id = g.window_id
        WHERE g.company_id = $1 AND g.shop_id = $2 AND w.to_at > $3 AND w.from_at < $4 ORDER BY g.found_at DESC, g.platform_order_no LIMIT 1000`,
      [companyId, shopId, from, to],
    );
  }

  /** Gaps of a company that are still open; one ahead of the change pull is none. */
  openOf(tx: Tx, companyId: string): Promise<{ shopId: string; platformOrderNo: string; foundWireAt: Date }[]> {
    return rows(
      tx,
      `SELECT shop_id, platform_order_no, found_wire_at FROM census_gap WHERE company_id = $1 AND stored_at IS NULL AND cause <> 'ahead' ORDER BY found_wire_at LIMIT 1000`,
      [companyId],
    );
  }
}
