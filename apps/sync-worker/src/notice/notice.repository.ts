import { Injectable } from '@nestjs/common';
import { execute, row, rows, type Tx } from '@app/shared';

/** Lines of an order in a parcel, as a notice names them. */
export interface NoticeLine {
  platformLineNo: string;
  quantity: number;
}

/** What a platform is told of a parcel for one of its orders. */
export interface NoticeRow {
  companyId: string;
  parcelId: string;
  orderId: string;
  shopId: string;
  platformOrderNo: string;
  carrier: string;
  waybillNo: string;
  lines: string;
  state: 'pending' | 'told' | 'failed';
  reason: string;
  version: number;
  shippedAt: Date;
  /** Numbers that the parcel bore before, the last one first. */
  earlierWaybillNos: string[];
}

const COLUMNS =
  'company_id, parcel_id, order_id, shop_id, platform_order_no, carrier, waybill_no, lines, state, reason, version, shipped_at, earlier_waybill_nos';
const N_COLUMNS = COLUMNS.split(', ')
  .map((column) => `n.${column}`)
  .join(', ');
/** Version of a notice that ended for the first time: it begins with 1 and rises with every end. */
export const FIRST_END = 2;

@Injectable()
export class NoticeRepository {
  /**
   * Adds notices, and opens those anew whose parcel got another number since; returns these two alone, told apart by isNew (an inserted row has no xmax), with
   * the platform of the shop, null when there is no such shop. Rows are written, and locked, in the order of their keys.
   */
  put(
    tx: Tx,
    companyId: string,
    notices: readonly (Omit<NoticeRow, 'companyId' | 'state' | 'reason' | 'version' | 'earlierWaybillNos'> & {
      skuIds: readonly string[];
    })[],
  ): Promise<{ parcelId: string; orderId: string; shopId: string; isNew: boolean; platform: string | null }[]> {
    const sorted = [...notices].sort((a, b) => (`${a.parcelId}/${a.orderId}` < `${b.parcelId}/${b.orderId}` ? -1 : 1));
    return rows(
      tx,
      `INSERT INTO ship_notice AS s (company_id, parcel_id, order_id, shop_id, platform_order_no, carrier, waybill_no, lines, state, shipped_at, sku_ids)
       SELECT $1, n.parcel_id, n.order_id, n.shop_id, n.platform_order_no, n.carrier, n.waybill_no, n.lines, 'pending', n.shipped_at, n.sku_ids::jsonb
         FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::timestamptz[], $10::text[])
           AS n(parcel_id, order_id, shop_id, platform_order_no, carrier, waybill_no, lines, shipped_at, sku_ids)
       ON CONFLICT (company_id, parcel_id, order_id) DO UPDATE
          SET carrier = excluded.carrier, waybill_no = excluded.waybill_no, state = 'pending', reason = '', told_at = NULL,
              earlier_waybill_nos = array_prepend(s.waybill_no, array_remove(s.earlier_waybill_nos, excluded.waybill_no))
        WHERE s.waybill_no <> excluded.waybill_no
       RETURNING parcel_id, order_id, shop_id, s.xmax = 0 AS is_new, (SELECT platform FROM shop WHERE shop.company_id = $1 AND shop.id = s.shop_id) AS platform`,
      [
        companyId,
        sorted.map((n) => n.parcelId),
        sorted.map((n) => n.orderId),
        sorted.map((n) => n.shopId),
        sorted.map((n) => n.platformOrderNo),
        sorted.map((n) => n.carrier),
        sorted.map((n) => n.waybillNo),
        sorted.map((n) => n.lines),
        sorted.map((n) => n.shippedAt),
        sorted.map((n) => JSON.stringify(n.skuIds)),
      ],
    );
  }

  find(tx: Tx, companyId: string, parcelId: string, orderId: string): Promise<NoticeRow | undefined> {
    return row<NoticeRow>(
      tx,
      `SELECT ${COLUMNS} FROM ship_notice WHERE company_id = $1 AND parcel_id = $2 AND order_id = $3`,
      [companyId, parcelId, orderId],
    );
  }

  /** A notice with the others of the same order that the platform knows of; nothing when there is none of that key. */
  async findWithTold(
    tx: Tx,
    companyId: string,
    parcelId: string,
    orderId: string,
  ): Promise<{ notice: NoticeRow; told: NoticeRow[] } | undefined> {
    const found = await rows<NoticeRow & { isOwn: boolean }>(
      tx,
      `SELECT ${N_COLUMNS}, n.parcel_id = o.parcel_id AND n.order_id = o.order_id AS is_own
         FROM ship_notice o JOIN ship_notice n ON n.company_id = o.company_id AND n.shop_id = o.shop_id AND n.platform_order_no = o.platform_order_no
        WHERE o.company_id = $1 AND o.parcel_id = $2 AND o.order_id = $3
          AND ((n.parcel_id = o.parcel_id AND n.order_id = o.order_id) OR (n.parcel_id <> o.parcel_id AND n.state = 'told'))`,
      [companyId, parcelId, orderId],
    );
    const notice = found.find(({ isOwn }) => isOwn);
    return notice && { notice, told: found.filter(({ isOwn }) => !isOwn) };
  }

  /** Every notice of an order of a shop, in the order in which the parcels left. */
  ofOrder(tx: Tx, companyId: string, shopId: string, platformOrderNo: string): Promise<NoticeRow[]> {
    return rows<NoticeRow>(
      tx,
      `SELECT ${COLUMNS} FROM ship_notice WHERE company_id = $1 AND shop_id = $2 AND platform_order_no = $3 ORDER BY shipped_at, parcel_id`,
      [companyId, shopId, platformOrderNo],
    );
  }

  /**
   * Ends a notice unless it is told already, ended just so before, or its parcel got another number meanwhile; 0 rows
   * then. Its version rises with every end.
   */
  end(
    tx: Tx,
    notice: NoticeRow,
    state: 'told' | 'failed',
    reason: string,
    at: Date,
  ): Promise<{ version: number; skuIds: string[] } | undefined> {
    return row(
      tx,
      `UPDATE ship_notice SET state = $4, reason = $5, told_at = CASE WHEN $4 = 'told' THEN $6::timestamptz END, version = version + 1
        WHERE company_id = $1 AND parcel_id = $2 AND order_id = $3 AND waybill_no = $7
          AND state <> 'told' AND (state, reason) IS DISTINCT FROM ($4, $5) RETURNING version, sku_ids`,
      [notice.companyId, notice.parcelId, notice.orderId, state, reason, at, notice.waybillNo],
    );
  }

  list(
    tx: Tx,
    companyId: string,
    filter: {
      shopId: string | null;
      state: string | null;
      shops: readonly string[] | null;
      after: readonly [string, string];
      limit: number;
    },
  ): Promise<NoticeRow[]> {
    return rows<NoticeRow>(
      tx,
      `SELECT ${COLUMNS} FROM ship_notice
        WHERE company_id = $1 AND ($2::text IS NULL OR shop_id = $2) AND ($3::text IS NULL OR state = $3) AND ($4::text[] IS NULL OR shop_id = ANY($4))
          AND (parcel_id, order_id) > ($5, $6) ORDER BY parcel_id, order_id LIMIT $7`,
      [companyId, filter.shopId, filter.state, filter.shops, filter.after[0], filter.after[1], filter.limit],
    );
  }

  /** Makes a failed notice pending again. */
  async reopen(tx: Tx, notice: NoticeRow): Promise<void> {
    await execute(
      tx,
      `UPDATE ship_notice SET state = 'pending', reason = '' WHERE company_id = $1 AND parcel_id = $2 AND order_id = $3 AND state = 'failed'`,
      [notice.companyId, notice.parcelId, notice.orderId],
    );
  }
}
