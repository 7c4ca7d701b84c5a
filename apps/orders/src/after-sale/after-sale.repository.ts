import { Injectable } from '@nestjs/common';
import { execute, rows, tableRows, type Tx } from '@app/shared';
import type { ItemVersion } from '../intake/version.rules';
import type { AfterSale } from '../order/order.types';

/** A row of platform_after_sale without its texts. */
export interface StoredAfterSale extends ItemVersion {
  platformAfterSaleNo: string;
  afterSaleId: string;
  platformOrderNo: string;
}

/** A row of platform_after_sale to be written. */
export interface PlatformAfterSaleRow extends StoredAfterSale {
  companyId: string;
  shopId: string;
  canonical: string;
  raw: string;
}

/** Filters of the list of after-sales; `shops` null = all shops of the company. */
export interface AfterSaleFilter {
  companyId: string;
  shops: readonly string[] | null;
  shopId?: string;
  platformOrderNo?: string;
  platformAfterSaleNo?: string;
  state?: string;
  kind?: string;
  orphan?: boolean;
  updatedFrom?: Date;
  /** The last shown after-sale: its id, or its change time and id when updatedFrom is given. */
  after?: readonly (string | number)[];
  limit: number;
}

const VERSION =
  'platform_after_sale_no, after_sale_id, platform_order_no, stated_modified_at, modified_at, fetch_started_at, fetched_at, content_hash';

@Injectable()
export class AfterSaleRepository {
  /**
   * What is stored of some after-sales, with the order of each. With `isLocking`, locks the rows in the order of their
   * numbers; the order is then the one of that moment.
   */
  stored(
    tx: Tx,
    companyId: string,
    shopId: string,
    numbers: readonly string[],
    isLocking: boolean,
  ): Promise<StoredAfterSale[]> {
    return rows<StoredAfterSale>(
      tx,
      `SELECT ${VERSION} FROM platform_after_sale WHERE company_id = $1 AND shop_id = $2 AND platform_after_sale_no = ANY($3::text[])
        ORDER BY platform_after_sale_no ${isLocking ? 'FOR UPDATE' : ''}`,
      [companyId, shopId, numbers],
    );
  }

  /**
   * Stores after-sales that were never seen, in the order of their numbers, and returns the numbers of those that really
   * are new. Where another intake is storing the same one, waits for it; that number is then left out.
   */
  async insert(tx: Tx, found: readonly PlatformAfterSaleRow[]): Promise<Set<string>> {
    if (found.length === 0) return new Set();
    const fresh = await rows<{ platformAfterSaleNo: string }>(
      tx,
      `INSERT INTO platform_after_sale SELECT n.* FROM unnest($1::platform_after_sale[]) AS n ORDER BY n.platform_after_sale_no
       ON CONFLICT (company_id, shop_id, platform_after_sale_no) DO NOTHING RETURNING platform_after_sale_no`,
      [await tableRows(tx, 'platform_after_sale', found)],
    );
    return new Set(fresh.map(({ platformAfterSaleNo }) => platformAfterSaleNo));
  }

  /** Replaces the content of after-sales whose rows this transaction holds; the order that the first version named stays. */
  async replace(tx: Tx, found: readonly PlatformAfterSaleRow[]): Promise<void> {
    if (found.length === 0) return;
    await execute(
      tx,
      `UPDATE platform_after_sale p SET canonical = n.canonical, raw = n.raw, stated_modified_at = n.stated_modified_at, modified_at = n.modified_at,
              fetch_started_at = n.fetch_started_at, fetched_at = n.fetched_at, content_hash = n.content_hash
         FROM unnest($1::platform_after_sale[]) AS n
        WHERE p.company_id = n.company_id AND p.shop_id = n.shop_id AND p.platform_after_sale_no = n.platform_after_sale_no`,
      [await tableRows(tx, 'platform_after_sale', found)],
    );
  }

  /** Orders by their platform numbers, without a lock; a number that is left out is not stored. */
  async ordersOf(
    tx: Tx,
    companyId: string,
    shopId: string,
    platformOrderNos: readonly string[],
  ): Promise<Map<string, string>> {
    const found = await rows<{ platformOrderNo: string; orderId: string }>(
      tx,
      'SELECT platform_order_no, order_id FROM platform_order WHERE company_id = $1 AND shop_id = $2 AND platform_order_no = ANY($3::text[])',
      [companyId, shopId, platformOrderNos],
    );
    return new Map(found.map(({ platformOrderNo, orderId }) => [platformOrderNo, orderId]));
  }

  /** After-sales by their ids, without a lock; with their order or as orphans. */
  byIds(tx: Tx, companyId: string, afterSaleIds: readonly string[]): Promise<AfterSale[]> {
    return rows<AfterSale>(
      tx,
      'SELECT * FROM after_sale WHERE company_id = $1 AND after_sale_id = ANY($2::text[]) ORDER BY after_sale_id',
      [companyId, afterSaleIds],
    );
  }

  /**
   * Orphans of orders that are being stored. The caller shares the shop's intake lock, which whoever stores an orphan
   * holds alone: so none is missed, and nobody else writes these rows. 0 rows: nobody asked for anything yet.
   */
  orphansOf(tx: Tx, companyId: string, shopId: string, platformOrderNos: readonly string[]): Promise<AfterSale[]> {
    if (platformOrderNos.length === 0) return Promise.resolve([]);
    return rows<AfterSale>(
      tx,
      `SELECT * FROM after_sale WHERE company_id = $1 AND shop_id = $2 AND order_id IS NULL AND platform_order_no = ANY($3::text[])
        ORDER BY after_sale_id`,
      [companyId, shopId, platformOrderNos],
    );
  }

  /**
   * After-sales that fit, newest first, or by change time when updatedFrom is given; both orders stand in an index.
   * Only fixed texts are put together here; every value is a parameter.
   */
  list(tx: Tx, filter: AfterSaleFilter): Promise<AfterSale[]> {
    const parameters: unknown[] = [filter.companyId];
    const where = ['company_id = $1'];
    const add = (value: unknown, condition: (place: string) => string) => {
      if (value === undefined || value === null) return;
      parameters.push(value);
      where.push(condition(`$${parameters.length}`));
    };
    add(filter.shops, (p) => `shop_id = ANY(${p}::text[])`);
    add(filter.shopId, (p) => `shop_id = ${p}`);
    add(filter.platformOrderNo, (p) => `platform_order_no = ${p}`);
    add(filter.platformAfterSaleNo, (p) => `platform_after_sale_no = ${p}`);
    add(filter.state, (p) => `state = ${p}`);
    add(filter.kind, (p) => `kind = ${p}`);
    if (filter.orphan !== undefined) where.push(`order_id IS ${filter.orphan ? 'NULL' : 'NOT NULL'}`);
    const isByUpdate = filter.updatedFrom !== undefined;
    add(filter.updatedFrom, (p) => `updated_at >= ${p}`);
    if (filter.after && isByUpdate) {
      parameters.push(filter.after[0], filter.after[1]);
      where.push(`(updated_at, after_sale_id) > ($${parameters.length - 1}::timestamptz, $${parameters.length})`);
    } else if (filter.after) add(filter.after[0], (p) => `after_sale_id < ${p}`);
    parameters.push(filter.limit);
    return rows<AfterSale>(
      tx,
      `SELECT * FROM after_sale WHERE ${where.join(' AND ')}
        ORDER BY ${isByUpdate ? 'updated_at, after_sale_id' : 'after_sale_id DESC'} LIMIT $${parameters.length}`,
      parameters,
    );
  }
}
