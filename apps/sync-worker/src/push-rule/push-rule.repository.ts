import { Injectable } from '@nestjs/common';
import { execute, row, rows, type Tx } from '@app/shared';

/** How much of what may be sold a platform is told; an empty listingSkuId is the rule of the whole shop. */
export interface PushRuleRow {
  companyId: string;
  shopId: string;
  listingSkuId: string;
  percent: number | null;
  safety: number | null;
  floor: number | null;
  ceiling: number | null;
  weight: number | null;
  warehouses: string[] | null;
  isPaused: boolean;
  pausedUntil: Date | null;
  pauseReason: string | null;
  autoShelf: boolean | null;
}

/** A listing SKU by its key. */
export interface ListingSkuKey {
  shopId: string;
  listingSkuId: string;
}

const COLUMNS =
  'company_id, shop_id, listing_sku_id, percent, safety, floor, ceiling, weight, warehouses, is_paused, paused_until, pause_reason, auto_shelf';

@Injectable()
export class PushRuleRepository {
  /** Writes a rule as a whole. */
  async put(tx: Tx, rule: PushRuleRow): Promise<void> {
    await execute(
      tx,
      `INSERT INTO push_rule (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
       ON CONFLICT (company_id, shop_id, listing_sku_id) DO UPDATE SET percent = excluded.percent, safety = excluded.safety, floor = excluded.floor,
         ceiling = excluded.ceiling, weight = excluded.weight, warehouses = excluded.warehouses, is_paused = excluded.is_paused,
         paused_until = excluded.paused_until, pause_reason = excluded.pause_reason, auto_shelf = excluded.auto_shelf`,
      [
        rule.companyId,
        rule.shopId,
        rule.listingSkuId,
        rule.percent,
        rule.safety,
        rule.floor,
        rule.ceiling,
        rule.weight,
        rule.warehouses,
        rule.isPaused,
        rule.pausedUntil,
        rule.pauseReason,
        rule.autoShelf,
      ],
    );
  }

  /** 0 when there was none. */
  remove(tx: Tx, companyId: string, shopId: string, listingSkuId: string): Promise<number> {
    return execute(tx, 'DELETE FROM push_rule WHERE company_id = $1 AND shop_id = $2 AND listing_sku_id = $3', [
      companyId,
      shopId,
      listingSkuId,
    ]);
  }

  /** Rules of a shop, that of the whole shop first. */
  list(tx: Tx, companyId: string, shopId: string, after: string | null, limit: number): Promise<PushRuleRow[]> {
    return rows<PushRuleRow>(
      tx,
      `SELECT ${COLUMNS} FROM push_rule WHERE company_id = $1 AND shop_id = $2 AND ($3::text IS NULL OR listing_sku_id > $3) ORDER BY listing_sku_id LIMIT $4`,
      [companyId, shopId, after, limit],
    );
  }

  async hasListing(tx: Tx, companyId: string, shopId: string, listingSkuId: string): Promise<boolean> {
    const found = await row(
      tx,
      'SELECT 1 AS one FROM listing_link WHERE company_id = $1 AND shop_id = $2 AND listing_sku_id = $3',
      [companyId, shopId, listingSkuId],
    );
    return found !== undefined;
  }

  /** Listing SKUs that a rule reaches: the one, or every one of the shop. */
  reached(tx: Tx, companyId: string, shopId: string, listingSkuId: string): Promise<ListingSkuKey[]> {
    return rows(
      tx,
      `SELECT shop_id, listing_sku_id FROM listing_link WHERE company_id = $1 AND shop_id = $2 AND ($3 = '' OR listing_sku_id = $3) ORDER BY 2`,
      [companyId, shopId, listingSkuId],
    );
  }

  /** Listing SKUs with a weight that are made of a SKU which one of the given ones is made of too. */
  sharers(tx: Tx, companyId: string, keys: readonly ListingSkuKey[]): Promise<ListingSkuKey[]> {
    return rows(
      tx,
      `SELECT DISTINCT other.shop_id, other.listing_sku_id
         FROM unnest($2::text[], $3::text[]) AS k(shop_id, sku)
         JOIN listing_component own ON own.company_id = $1 AND own.shop_id = k.shop_id AND own.listing_sku_id = k.sku
         JOIN listing_component other ON other.company_id = $1 AND other.sku_id = own.sku_id
        WHERE EXISTS (SELECT 1 FROM push_rule r WHERE r.company_id = $1 AND r.shop_id = other.shop_id AND r.listing_sku_id IN ('', other.listing_sku_id) AND r.weight IS NOT NULL)
        ORDER BY 1, 2`,
      [companyId, keys.map(({ shopId }) => shopId), keys.map(({ listingSkuId }) => listingSkuId)],
    );
  }

  /** Ends the pauses of all companies whose time has come, and answers them; 0 rows is the usual case. */
  endPauses(tx: Tx, storyNow: Date): Promise<(ListingSkuKey & { companyId: string })[]> {
    return rows(
      tx,
      `UPDATE push_rule SET is_paused = false, paused_until = NULL, pause_reason = NULL WHERE is_paused AND paused_until <= $1
       RETURNING company_id, shop_id, listing_sku_id`,
      [storyNow],
    );
  }
}
