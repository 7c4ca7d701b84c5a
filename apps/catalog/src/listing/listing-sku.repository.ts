import { Injectable } from '@nestjs/common';
import { execute, rows, type Tx } from '@app/shared';
import type { ListingSku, PlatformPart } from './listing.rules';

const COLUMNS =
  'shop_id, listing_sku_id, listing_id, merchant_code, barcode, spec_text, price_fen, quantity, status, is_linked, no_stock, components, linked_by, link_version, told';

/** SQL of listings' SKUs and their links. */
@Injectable()
export class ListingSkuRepository {
  /** Locks the SKUs of some listings, and those that the platform now puts under them, in the order of their ids. */
  lockOf(
    tx: Tx,
    companyId: string,
    shopId: string,
    listingIds: readonly string[],
    listingSkuIds: readonly string[],
  ): Promise<ListingSku[]> {
    return rows<ListingSku>(
      tx,
      `SELECT ${COLUMNS} FROM listing_sku
        WHERE company_id = $1 AND shop_id = $2 AND (listing_id = ANY($3::text[]) OR listing_sku_id = ANY($4::text[]))
        ORDER BY shop_id, listing_sku_id FOR UPDATE`,
      [companyId, shopId, listingIds, listingSkuIds],
    );
  }

  /** Locks the unlinked SKUs that carry one of some codes, in all shops, in the order of their keys. */
  lockWaiting(tx: Tx, companyId: string, codes: readonly string[]): Promise<ListingSku[]> {
    return rows<ListingSku>(
      tx,
      `SELECT ${COLUMNS} FROM listing_sku WHERE company_id = $1 AND merchant_code = ANY($2::text[]) AND NOT is_linked ORDER BY shop_id, listing_sku_id FOR UPDATE`,
      [companyId, codes],
    );
  }

  /** Locks a page of a shop's unlinked SKUs that are still offered. */
  lockUnlinked(tx: Tx, companyId: string, shopId: string, after: string, limit: number): Promise<ListingSku[]> {
    return rows<ListingSku>(
      tx,
      `SELECT ${COLUMNS} FROM listing_sku WHERE company_id = $1 AND shop_id = $2 AND NOT is_linked AND status <> 'deleted' AND listing_sku_id > $3
        ORDER BY shop_id, listing_sku_id LIMIT $4 FOR UPDATE`,
      [companyId, shopId, after, limit],
    );
  }

  ofListings(tx: Tx, companyId: string, keys: readonly { shopId: string; listingId: string }[]): Promise<ListingSku[]> {
    return rows<ListingSku>(
      tx,
      `SELECT ${COLUMNS.split(', ')
        .map((name) => `k.${name}`)
        .join(', ')} FROM listing_sku k
         JOIN unnest($2::text[], $3::text[]) AS w(shop_id, listing_id) ON w.shop_id = k.shop_id AND w.listing_id = k.listing_id
        WHERE k.company_id = $1 ORDER BY k.shop_id, k.listing_sku_id`,
      [companyId, keys.map(({ shopId }) => shopId), keys.map(({ listingId }) => listingId)],
    );
  }

  /** Writes what the platform says; the columns of the link are not named, so no pull can touch them. */
  async upsertPlatformParts(tx: Tx, companyId: string, parts: readonly PlatformPart[]): Promise<void> {
    const sorted = [...parts].sort((a, b) => (a.listingSkuId < b.listingSkuId ? -1 : 1));
    await execute(
      tx,
      `INSERT INTO listing_sku (company_id, shop_id, listing_sku_id, listing_id, merchant_code, barcode, spec_text, price_fen, quantity, status)
       SELECT $1, n.* FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::bigint[], $10::text[]) AS n
       ON CONFLICT (company_id, shop_id, listing_sku_id) DO UPDATE
         SET listing_id = excluded.listing_id, merchant_code = excluded.merchant_code, barcode = excluded.barcode, spec_text = excluded.spec_text,
             price_fen = excluded.price_fen, quantity = excluded.quantity, status = excluded.status`,
      [
        companyId,
        sorted.map((p) => p.shopId),
        sorted.map((p) => p.listingSkuId),
        sorted.map((p) => p.listingId),
        sorted.map((p) => p.merchantCode),
        sorted.map((p) => p.barcode),
        sorted.map((p) => p.specText),
        sorted.map((p) => p.priceFen),
        sorted.map((p) => p.quantity),
        sorted.map((p) => p.status),
      ],
    );
  }

  /** Writes links of SKUs that this transaction has locked. */
  async writeLinks(tx: Tx, companyId: string, skus: readonly ListingSku[]): Promise<void> {
    await execute(
      tx,
      `UPDATE listing_sku k SET is_linked = n.is_linked, no_stock = n.no_stock, components = n.components::jsonb, linked_by = n.linked_by, link_version = n.link_version, told = n.told
         FROM unnest($2::text[], $3::text[], $4::boolean[], $5::boolean[], $6::text[], $7::text[], $8::bigint[], $9::text[]) AS n(shop_id, listing_sku_id, is_linked, no_stock, components, linked_by, link_version, told)
        WHERE k.company_id = $1 AND k.shop_id = n.shop_id AND k.listing_sku_id = n.listing_sku_id`,
      [
        companyId,
        skus.map((s) => s.shopId),
        skus.map((s) => s.listingSkuId),
        skus.map((s) => s.isLinked),
        skus.map((s) => s.noStock),
        skus.map((s) => JSON.stringify(s.components)),
        skus.map((s) => s.linkedBy),
        skus.map((s) => s.linkVersion),
        skus.map((s) => s.told),
      ],
    );
  }
}
