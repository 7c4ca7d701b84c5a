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
