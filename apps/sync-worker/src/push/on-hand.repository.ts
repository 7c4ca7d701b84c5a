import { Injectable } from '@nestjs/common';
import { execute, rows, type Tx } from '@app/shared';

/** A listing SKU of a shop. */
interface ListingSku {
  shopId: string;
  listingSkuId: string;
}

/** SQL that only platforms need which take on-hand numbers. */
@Injectable()
export class OnHandRepository {
  /** Adds pieces that left in parcels of a shop, in the order of their SKUs; the caller counts each parcel once. */
  async addDeparted(tx: Tx, companyId: string, shopId: string, pieces: ReadonlyMap<string, number>): Promise<void> {
    const skuIds = [...pieces.keys()].sort();
    await execute(
      tx,
      `INSERT INTO departed AS d (company_id, shop_id, sku_id, pieces)
       SELECT $1, $2, n.sku_id, n.pieces FROM unnest($3::text[], $4::bigint[]) AS n(sku_id, pieces)
       ON CONFLICT (company_id, shop_id, sku_id) DO UPDATE SET pieces = d.pieces + excluded.pieces`,
      [companyId, shopId, skuIds, skuIds.map((skuId) => pieces.get(skuId)!)],
    );
  }

  /** Listing SKUs of a shop that are made of some SKUs. */
  listingsOf(tx: Tx, companyId: string, shopId: string, skuIds: readonly string[]): Promise<ListingSku[]> {
    return rows(
      tx,
      'SELECT DISTINCT shop_id, listing_sku_id FROM listing_component WHERE company_id = $1 AND sku_id = ANY($3::text[]) AND shop_id = $2 ORDER BY 1, 2',
      [companyId, shopId, skuIds],
    );
  }

  /**
   * Locks the numbers of listing SKUs in the order of their keys: the statement that computes them afterwards sees what the
   * one before it committed. Otherwise a stock fact and a departure that come together would each miss the other.
   */
  async lockNumbers(tx: Tx, companyId: string, keys: readonly ListingSku[]): Promise<void> {
    await rows(
      tx,
      `SELECT 1 AS one FROM listing_push p JOIN unnest($2::text[], $3::text[]) AS k(shop_id, sku) ON k.shop_id = p.shop_id AND k.sku = p.listing_sku_id
        WHERE p.company_id = $1 ORDER BY p.shop_id, p.listing_sku_id FOR UPDATE OF p`,
      [companyId, keys.map(({ shopId }) => shopId), keys.map(({ listingSkuId }) => listingSkuId)],
    );
  }

  /** Makes numbers of a shop that pushes due again though they are the same; returns their listings. */
  async makeDue(tx: Tx, companyId: string, shopId: string, keys: readonly ListingSku[]): Promise<string[]> {
    const found = await rows<{ listingId: string }>(
      tx,
      `UPDATE listing_push p SET wanted_no = p.wanted_no + 1
        WHERE p.company_id = $1 AND p.shop_id = $2 AND p.listing_sku_id = ANY($3::text[]) AND p.wanted IS NOT NULL AND p.state <> 'parked'
          AND EXISTS (SELECT 1 FROM shop s WHERE s.company_id = $1 AND s.id = $2 AND s.push <> 'off')
        RETURNING p.listing_id`,
      [companyId, shopId, keys.map(({ listingSkuId }) => listingSkuId)],
    );
    return [...new Set(found.map(({ listingId }) => listingId))];
  }
}
