import { Injectable } from '@nestjs/common';
import { execute, tableRows, type Tx } from '@app/shared';
import { readLocked, readWhole } from './order-parts.repository';
import type {
  AfterSale,
  Departure,
  Fulfilment,
  Hold,
  OrderAggregate,
  OrderLine,
  OrderParcel,
  ShipNotice,
  WorkingOrder,
} from './order.types';

/** One row of the order's log. */
export interface LogRow {
  orderId: string;
  version: number;
  at: Date;
  actor: string;
  reason: string;
  changes: string[];
}

/** What a save writes. Only rows that changed are named. */
export interface OrderChanges {
  orders: WorkingOrder[];
  lines: OrderLine[];
  holds: Hold[];
  fulfilments: Fulfilment[];
  /** Those of the fulfilments whose lines changed. */
  repacked: Fulfilment[];
  /** Ids of those of them that took goods before. */
  unpacked: string[];
  afterSales: AfterSale[];
  /** What is known of parcels and ship notices, also of orders that are unknown yet. */
  parcels: readonly OrderParcel[];
  notices: readonly ShipNotice[];
  /** Parcels that were allowed to leave; the same parcel and revision is never granted twice. */
  departures: readonly Departure[];
  log: LogRow[];
}

/** Columns that a later save changes; the others are set once. */
const ORDER_COLUMNS = `platform_state, unknown_status, review, stock, fulfilment, after_sale, notice, status, version, is_urgent, is_cancelled, is_replaced,
  is_shipped_by_platform, is_balance_due, is_stock_asked, stock_since, paid_at, ship_by, ended_at, not_before, forbids, currency, amounts, unexplained_fen, payment_difference_fen, receiver,
  receiver_mark, approved_receiver_mark, province, city, buyer_id, buyer_nick, buyer_message, seller_memo, memo_flag, flags, has_after_sales, updated_at`;
const LINE_COLUMNS = `position, listing_id, listing_sku_id, merchant_code, title, spec_text, quantity, cancelled, reserved, shipped, unit_price_fen, discount_fen, paid_fen,
  refund_state, refund_no, stated_refund_state, stated_refund_at, stated_refund_fetch_at, refunded_fen, is_refunded, platform_line_state, no_stock, is_shipped_by_platform, is_elsewhere, is_implausible, is_removed, is_gift, is_waiting, forbids, components, held`;
const HOLD_COLUMNS = 'cause, reason, release_at, closed_at, closed_by, close_reason';
const AFTER_SALE_COLUMNS = `order_id, platform_line_no, line_id, version, kind, state, raw_status, phase, platform_version, refund_fen, counted_fen, excess_fen, counted, currency, quantity,
  goods_come_back, reason, description, return_waybill_no, return_carrier, asked_at, modified_at, fetch_started_at, deadline_at, forbids, goods_received_at, returned, updated_at`;
const FULFILMENT_COLUMNS = 'revision, state, reason, ship_by, is_urgent, departed_at, parcel_id, updated_at';

const PARCEL_COLUMNS = 'state, carrier, waybill_no, shipped_at, delivered_at, lines';
const NOTICE_COLUMNS = 'state, reason';

const excluded = (columns: string) =>
  columns
    .split(',')
    .map((column) => `excluded.${column.trim()}`)
    .join(', ');
const conflictOf = (key: string, columns: string) =>
  `(company_id, ${key}) DO UPDATE SET (${columns}) = ROW(${excluded(columns)})`;

const ORDER_CONFLICT = conflictOf('order_id', ORDER_COLUMNS);
const LINE_CONFLICT = conflictOf('line_id', LINE_COLUMNS);
const HOLD_CONFLICT = conflictOf('hold_id', HOLD_COLUMNS);
const AFTER_SALE_CONFLICT = conflictOf('after_sale_id', AFTER_SALE_COLUMNS);
const FULFILMENT_CONFLICT = conflictOf('fulfilment_id', FULFILMENT_COLUMNS);
const PARCEL_CONFLICT = conflictOf('parcel_id, order_id', PARCEL_COLUMNS);
const NOTICE_CONFLICT = conflictOf('notice_id', NOTICE_COLUMNS);

/** Rows of one table that are written; without `conflict` they are all new. */
interface TableWrite {
  table: string;
  records: readonly object[];
  conflict?: string;
}

const parcelKey = ({ parcelId, orderId }: OrderParcel): string => `${parcelId} ${orderId}`;

function sorted<T>(records: readonly T[], keyOf: (record: T) => string): T[] {
  return [...records].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

function afterSaleRows(afterSales: readonly AfterSale[]): TableWrite {
  const records = sorted(afterSales, ({ afterSaleId }) => afterSaleId);
  return { table: 'after_sale', records, conflict: AFTER_SALE_CONFLICT };
}

/** The only reader and writer of orders with everything that decisions need. */
@Injectable()
export class OrderRepository {
  /**
   * Loads orders whole, in one statement for any number of them, or two where they had to be waited for. Locks the orders
   * in the order of their ids; every writer of anything that belongs to an order does the same, so writers wait for each
   * other and never deadlock. Unknown ids are left out; with `passOver`, so are orders that another transaction holds.
   */
  async load(tx: Tx, companyId: string, orderIds: readonly string[], passOver = false): Promise<OrderAggregate[]> {
    if (orderIds.length === 0) return [];
    return readLocked(
      tx,
      companyId,
      `SELECT * FROM working_order WHERE company_id = $1 AND order_id = ANY($2::text[]) ORDER BY order_id FOR UPDATE ${passOver ? 'SKIP LOCKED' : ''}`,
      [companyId, orderIds],
    );
  }

  /** Loads the order of a fulfilment, as load does; the order of a fulfilment never changes. Undefined when there is none. */
  async loadOf(tx: Tx, companyId: string, fulfilmentId: string): Promise<OrderAggregate | undefined> {
    const [found] = await readLocked(
      tx,
      companyId,
      `SELECT * FROM working_order
        WHERE company_id = $1 AND order_id = (SELECT f.order_id FROM fulfilment f WHERE f.company_id = $1 AND f.fulfilment_id = $2) FOR UPDATE`,
      [companyId, fulfilmentId],
    );
    return found;
  }

  /** Reads orders whole without locking them. */
  read(tx: Tx, companyId: string, orderIds: readonly string[]): Promise<OrderAggregate[]> {
    return readWhole(tx, companyId, orderIds);
  }

  /**
   * Writes what changed in one statement for any number of orders, and one more when fulfilments take other goods than
   * before. The orders are locked or new. The parts of the statement touch different tables, so their order is of no matter.
   */
  async save(tx: Tx, companyId: string, changes: OrderChanges): Promise<void> {
    const { orders, lines, fulfilments, repacked } = changes;
    await this.unpack(tx, companyId, changes.unpacked);
    const isAllNew = orders.every(({ version }) => version === 1);
    await this.write(tx, [
      { table: 'working_order', records: orders, conflict: isAllNew ? undefined : ORDER_CONFLICT },
      { table: 'order_line', records: lines, conflict: isAllNew ? undefined : LINE_CONFLICT },
      { table: 'order_hold', records: changes.holds, conflict: HOLD_CONFLICT },
      afterSaleRows(changes.afterSales),
      { table: 'fulfilment', records: fulfilments, conflict: FULFILMENT_CONFLICT },
      {
        table: 'fulfilment_line',
        records: repacked.flatMap(({ fulfilmentId, lines: goods }) =>
          goods.map((line) => ({ companyId, fulfilmentId, ...line })),
        ),
      },
      { table: 'order_parcel', records: sorted(changes.parcels, parcelKey), conflict: PARCEL_CONFLICT },
      { table: 'ship_notice', records: sorted(changes.notices, ({ noticeId }) => noticeId), conflict: NOTICE_CONFLICT },
      { table: 'departure', records: changes.departures },
      {
        table: 'order_log',
        records: changes.log.map((entry) => ({ ...entry, companyId, changes: JSON.stringify(entry.changes) })),
      },
    ]);
  }

  /** Stores after-sales whose orders are locked or new, or that have no order yet. */
  saveAfterSales(tx: Tx, afterSales: readonly AfterSale[]): Promise<void> {
    return this.write(tx, [afterSaleRows(afterSales)]);
  }

  /** Writes rows of several tables by one statement. */
  private async write(tx: Tx, tables: readonly TableWrite[]): Promise<void> {
    const filled = tables.filter(({ records }) => records.length > 0);
    if (filled.length === 0) return;
    const parameters: Buffer[] = [];
    for (const { table, records } of filled) parameters.push(await tableRows(tx, table, records));
    const writes = filled.map(
      ({ table, conflict }, no) =>
        `INSERT INTO ${table} SELECT n.* FROM unnest($${no + 1}::${table}[]) AS n${conflict ? ` ON CONFLICT ${conflict}` : ''}`,
    );
    const last = writes.pop()!;
    const before = writes.map((write, no) => `w${no} AS (${write})`).join(', ');
    await execute(tx, before === '' ? last : `WITH ${before} ${last}`, parameters);
  }

  /** Takes all goods out of fulfilments; a statement of its own, since what follows may put the same ones in again. */
  private async unpack(tx: Tx, companyId: string, fulfilmentIds: readonly string[]): Promise<void> {
    if (fulfilmentIds.length === 0) return;
    await execute(tx, 'DELETE FROM fulfilment_line WHERE company_id = $1 AND fulfilment_id = ANY($2::text[])', [
      companyId,
      fulfilmentIds,
    ]);
  }
}
