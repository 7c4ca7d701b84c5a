import { Injectable } from '@nestjs/common';
import type { KnownOrdersAnswer } from '@app/contracts';
import { execute, rows, tableRows, type FieldError, type Tx } from '@app/shared';
import type { ItemVersion } from './version.rules';

/** A row of platform_order without its texts. */
export interface StoredPlatformOrder extends ItemVersion {
  platformOrderNo: string;
  orderId: string;
}

/** A row of platform_order to be written. */
export interface PlatformOrderRow extends StoredPlatformOrder {
  companyId: string;
  shopId: string;
  platformState: string;
  rawStatus: string | null;
  canonical: string;
  raw: string;
}

/** An item of an intake batch set aside. */
export interface ParkedIntake {
  id: string;
  reference: string;
  itemNo: number;
  cause: string;
  fields: FieldError[];
  payload: string;
  at: Date;
}

const VERSION =
  'platform_order_no, order_id, stated_modified_at, modified_at, fetch_started_at, fetched_at, content_hash';

@Injectable()
export class IntakeRepository {
  /** What is stored of some orders. With `isLocking`, locks the rows in the order of their numbers. */
  stored(
    tx: Tx,
    companyId: string,
    shopId: string,
    numbers: readonly string[],
    isLocking: boolean,
  ): Promise<StoredPlatformOrder[]> {
    return rows<StoredPlatformOrder>(
      tx,
      `SELECT ${VERSION} FROM platform_order WHERE company_id = $1 AND shop_id = $2 AND platform_order_no = ANY($3::text[])
        ORDER BY platform_order_no ${isLocking ? 'FOR UPDATE' : ''}`,
      [companyId, shopId, numbers],
    );
  }

  /**
   * Stores orders that were never seen, in the order of their numbers, and returns the numbers of those that really are new.
   * Where another intake is storing the same order, waits for it; that number is then left out and its row is to be locked.
   */
  async insert(tx: Tx, found: readonly PlatformOrderRow[]): Promise<Set<string>> {
    if (found.length === 0) return new Set();
    const fresh = await rows<{ platformOrderNo: string }>(
      tx,
      `INSERT INTO platform_order SELECT n.* FROM unnest($1::platform_order[]) AS n ORDER BY n.platform_order_no
       ON CONFLICT (company_id, shop_id, platform_order_no) DO NOTHING RETURNING platform_order_no`,
      [await tableRows(tx, 'platform_order', found)],
    );
    return new Set(fresh.map(({ platformOrderNo }) => platformOrderNo));
  }

  /** Replaces the content of orders whose rows this transaction holds. */
  async replace(tx: Tx, found: readonly PlatformOrderRow[]): Promise<void> {
    if (found.length === 0) return;
    await execute(
      tx,
      `UPDATE platform_order p SET platform_state = n.platform_state, raw_status = n.raw_status, canonical = n.canonical, raw = n.raw, stated_modified_at = n.stated_modified_at,
              modified_at = n.modified_at, fetch_started_at = n.fetch_started_at, fetched_at = n.fetched_at, content_hash = n.content_hash
         FROM unnest($1::platform_order[]) AS n
        WHERE p.company_id = n.company_id AND p.shop_id = n.shop_id AND p.platform_order_no = n.platform_order_no`,
      [await tableRows(tx, 'platform_order', found)],
    );
  }

  /** Sets items aside. An item that was set aside before with the same content keeps its row. */
  async park(tx: Tx, companyId: string, source: string, items: readonly ParkedIntake[]): Promise<void> {
    await execute(
      tx,
      `INSERT INTO parked_item (company_id, id, source, reference, item_no, cause, fields, payload, state, tries, parked_at)
       SELECT $1, p.id, $2, p.reference, p.item_no, p.cause, p.fields, p.payload, 'open', 1, p.at
         FROM unnest($3::text[], $4::text[], $5::int[], $6::text[], $7::text[], $8::text[], $9::timestamptz[]) AS p(id, reference, item_no, cause, fields, payload, at)
        ORDER BY p.id
       ON CONFLICT (company_id, id) DO NOTHING`,
      [
        companyId,
        source,
        items.map(({ id }) => id),
        items.map(({ reference }) => reference),
        items.map(({ itemNo }) => itemNo),
        items.map(({ cause }) => cause),
        items.map(({ fields }) => JSON.stringify(fields)),
        items.map(({ payload }) => payload),
        items.map(({ at }) => at),
      ],
    );
  }

  /** What the census asks: state and stated version of the orders that are stored. */
  known(
    tx: Tx,
    companyId: string,
    shopId: string,
    numbers: readonly string[],
  ): Promise<(Omit<KnownOrdersAnswer['items'][number], 'modifiedAt'> & { statedModifiedAt: Date })[]> {
    return rows(
      tx,
      `SELECT p.platform_order_no, p.order_id, p.platform_state, p.stated_modified_at, coalesce(o.receiver_mark, '') AS receiver_mark,
              coalesce(o.fulfilment, 'none') AS fulfilment,
              ARRAY(SELECT d.parcel_id FROM order_parcel d WHERE d.company_id = p.company_id AND d.order_id = p.order_id ORDER BY 1) AS parcel_ids
         FROM platform_order p LEFT JOIN working_order o ON o.company_id = p.company_id AND o.order_id = p.order_id
        WHERE p.company_id = $1 AND p.shop_id = $2 AND p.platform_order_no = ANY($3::text[]) ORDER BY p.platform_order_no`,
      [companyId, shopId, numbers],
    );
  }

  /** Raw text and canonical form of an order; undefined when it is not stored. */
  async texts(tx: Tx, companyId: string, orderId: string): Promise<{ canonical: string; raw: string } | undefined> {
    return (
      await rows<{ canonical: string; raw: string }>(
        tx,
        'SELECT canonical, raw FROM platform_order WHERE company_id = $1 AND order_id = $2',
        [companyId, orderId],
      )
    )[0];
  }
}
