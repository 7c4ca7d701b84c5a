import { Injectable } from '@nestjs/common';
import { execute, rows, type Tx } from '@app/shared';
import type { Component } from '../order/order.types';

/** What a listing SKU is made of. */
export interface ListingLink {
  shopId: string;
  listingId: string;
  listingSkuId: string;
  isLinked: boolean;
  noStock: boolean;
  components: Component[];
}

@Injectable()
export class ListingLinkRepository {
  /**
   * Keeps the intake of a shop's orders apart from what waits for orders: intakes share the lock; a change of links, and
   * whoever stores an after-sale of an unknown order, takes it alone. So no order is stored as unlinked while the link
   * that it needs is being committed, nor without its after-sale. Locks are taken in the order of shop ids.
   */
  async lock(tx: Tx, companyId: string, shopIds: readonly string[], mode: 'shared' | 'alone'): Promise<void> {
    const take = mode === 'shared' ? 'pg_advisory_xact_lock_shared' : 'pg_advisory_xact_lock';
    await execute(
      tx,
      `SELECT ${take}(hashtextextended('listing-link ' || $1 || ' ' || s.id, 0)) FROM (SELECT unnest($2::text[]) AS id ORDER BY 1) s`,
      [companyId, shopIds],
    );
  }

  find(tx: Tx, companyId: string, shopId: string, listingSkuIds: readonly string[]): Promise<ListingLink[]> {
    return rows<ListingLink>(
      tx,
      `SELECT shop_id, listing_id, listing_sku_id, is_linked, no_stock, components FROM listing_link
        WHERE company_id = $1 AND shop_id = $2 AND listing_sku_id = ANY($3::text[])`,
      [companyId, shopId, listingSkuIds],
    );
  }

  /** Those of some links that are stored just so, as `<shop id> <listing SKU id>`. */
  async stored(tx: Tx, companyId: string, links: readonly ListingLink[]): Promise<Set<string>> {
    const found = await rows<{ shopId: string; listingSkuId: string }>(
      tx,
      `SELECT l.shop_id, l.listing_sku_id FROM listing_link l
         JOIN unnest($2::text[], $3::text[], $4::text[], $5::boolean[], $6::boolean[], $7::text[]) AS k(shop_id, listing_id, listing_sku_id, is_linked, no_stock, components)
           ON k.shop_id = l.shop_id AND k.listing_sku_id = l.listing_sku_id
        WHERE l.company_id = $1 AND l.listing_id = k.listing_id AND l.is_linked = k.is_linked AND l.no_stock = k.no_stock AND l.components::text = k.components`,
      [companyId, ...columnsOf(links)],
    );
    return new Set(found.map(({ shopId, listingSkuId }) => `${shopId} ${listingSkuId}`));
  }

  /** Replaces links. Rows are written in key order; the caller holds the shops' locks. */
  async put(tx: Tx, companyId: string, links: readonly ListingLink[]): Promise<void> {
    await execute(
      tx,
      `INSERT INTO listing_link (company_id, shop_id, listing_id, listing_sku_id, is_linked, no_stock, components)
       SELECT $1, l.shop_id, l.listing_id, l.listing_sku_id, l.is_linked, l.no_stock, l.components::json
         FROM unnest($2::text[], $3::text[], $4::text[], $5::boolean[], $6::boolean[], $7::text[]) AS l(shop_id, listing_id, listing_sku_id, is_linked, no_stock, components)
        ORDER BY l.shop_id, l.listing_sku_id
       ON CONFLICT (company_id, shop_id, listing_sku_id) DO UPDATE
         SET listing_id = excluded.listing_id, is_linked = excluded.is_linked, no_stock = excluded.no_stock, components = excluded.components`,
      [companyId, ...columnsOf(links)],
    );
  }

  /** Orders with a line that waits for one of these listing SKUs; 0 rows means that nobody waits. */
  async waitingOrders(tx: Tx, companyId: string, links: readonly ListingLink[]): Promise<string[]> {
    const found = await rows<{ orderId: string }>(
      tx,
      `SELECT DISTINCT l.order_id FROM order_line l
         JOIN unnest($2::text[], $3::text[]) AS k(shop_id, listing_sku_id) ON k.shop_id = l.shop_id AND k.listing_sku_id = l.listing_sku_id
        WHERE l.company_id = $1 AND l.is_waiting ORDER BY l.order_id`,
      [companyId, links.map(({ shopId }) => shopId), links.map(({ listingSkuId }) => listingSkuId)],
    );
    return found.map(({ orderId }) => orderId);
  }
}

/** Links as one list per column, in the order in which the statements above name them. */
function columnsOf(links: readonly ListingLink[]): unknown[][] {
  return [
    links.map((link) => link.shopId),
    links.map((link) => link.listingId),
    links.map((link) => link.listingSkuId),
    links.map((link) => link.isLinked),
    links.map((link) => link.noStock),
    links.map((link) => JSON.stringify(link.components)),
  ];
}
