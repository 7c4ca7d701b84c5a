import { Injectable } from '@nestjs/common';
import { execute, rows, type Tx } from '@app/shared';
import { P_COLUMNS, type PushRow } from './push.repository';

/** What a reading of a listing showed of one SKU. */
export interface ShownNumber {
  listingId: string;
  listingSkuId: string;
  quantity: number;
  /** When the platform takes a unit off its number. */
  deductsOn: 'order' | 'pay';
  /** When the answer was complete, story time. */
  at: Date;
}

/** What platforms show, and how it differs from what they were told. */
@Injectable()
export class ShownRepository {
  /**
   * Notes the numbers that the platform showed when listings were read; of two readings the later one stays. A number that
   * differs from the told one is drift since the first reading after the telling that showed it.
   */
  async putShown(tx: Tx, companyId: string, shopId: string, shown: readonly ShownNumber[]): Promise<void> {
    const unique = [...new Map(shown.map((item) => [item.listingSkuId, item])).values()].sort((a, b) =>
      a.listingSkuId < b.listingSkuId ? -1 : 1,
    );
    await execute(
      tx,
      `INSERT INTO listing_push AS p (company_id, shop_id, listing_sku_id, listing_id, shown, shown_at, deducts_on)
       SELECT $1, $2, v.sku, v.listing, v.quantity, v.at, v.deducts_on FROM unnest($3::text[], $4::text[], $5::int[], $6::timestamptz[], $7::text[]) AS v(sku, listing, quantity, at, deducts_on)
       ON CONFLICT (company_id, shop_id, listing_sku_id) DO UPDATE SET shown = excluded.shown, shown_at = excluded.shown_at, listing_id = excluded.listing_id,
         deducts_on = excluded.deducts_on, repairs = CASE WHEN excluded.shown = p.told THEN 0 ELSE p.repairs END,
         drift_since = CASE WHEN p.told IS NULL OR excluded.shown = p.told OR excluded.shown_at <= p.told_at THEN NULL
                            WHEN p.drift_since > p.told_at THEN p.drift_since ELSE excluded.shown_at END
         WHERE p.shown_at IS NULL OR p.shown_at <= excluded.shown_at`,
      [
        companyId,
        shopId,
        unique.map((item) => item.listingSkuId),
        unique.map((item) => item.listingId),
        unique.map((item) => item.quantity),
        unique.map((item) => item.at),
        unique.map((item) => item.deductsOn),
      ],
    );
  }

  /** Told numbers of all companies that the platform shows otherwise and that nothing is on its way for. */
  drifted(tx: Tx, limit: number): Promise<PushRow[]> {
    return rows<PushRow>(
      tx,
      `SELECT ${P_COLUMNS} FROM listing_push p JOIN shop s ON s.company_id = p.company_id AND s.id = p.shop_id AND s.push = 'on'
         JOIN listing_link l ON l.company_id = p.company_id AND l.shop_id = p.shop_id AND l.listing_sku_id = p.listing_sku_id AND l.is_linked AND l.is_on_shelf AND NOT l.no_stock
         LEFT JOIN push_rule r ON r.company_id = p.company_id AND r.shop_id = p.shop_id AND r.listing_sku_id = p.listing_sku_id
        WHERE p.drift_since IS NOT NULL AND p.state = 'idle' AND p.told_no = p.wanted_no AND p.shown <> p.wanted AND r.is_paused IS NOT TRUE
        ORDER BY p.drift_since LIMIT $1`,
      [limit],
    );
  }

  /** Makes a told number due again with its reason; 0 rows when it changed meanwhile. */
  repair(tx: Tx, drift: PushRow, reason: string, at: Date): Promise<number> {
    return execute(
      tx,
      `UPDATE listing_push SET wanted_no = wanted_no + 1, repairs = repairs + 1, repaired_at = $5, repair_reason = $6, drift_since = NULL
        WHERE company_id = $1 AND shop_id = $2 AND listing_sku_id = $3 AND wanted_no = $4 AND state = 'idle'`,
      [drift.companyId, drift.shopId, drift.listingSkuId, drift.wantedNo, at, reason],
    );
  }

  /** Subjects of open drift alarms whose number was read as told since. */
  calmed(tx: Tx): Promise<{ companyId: string; subject: string }[]> {
    return rows(
      tx,
      `SELECT a.company_id, a.subject FROM alarm a JOIN listing_push p ON p.company_id = a.company_id AND a.subject = p.shop_id || '/' || p.listing_sku_id
        WHERE a.kind = 'STOCK_DRIFT' AND a.closed_at IS NULL AND p.repairs = 0 LIMIT 500`,
    );
  }
}
