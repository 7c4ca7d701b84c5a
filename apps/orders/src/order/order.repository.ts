import { Injectable } from '@nestjs/common';
import { execute, groupBy, rows, tableRows, type Tx } from '@app/shared';
import type {
  AfterSale,
  Fulfilment,
  FulfilmentLine,
  Hold,
  OrderAggregate,
  OrderLine,
  OrderParcel,
  OrderReturn,
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
  afterSales: AfterSale[];
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

const excluded = (columns: string) =>
  columns
    .split(',')
    .map((column) => `excluded.${column.trim()}`)
    .join(', ');

/** The only reader and writer of orders with everything that decisions need. */
@Injectable()
export class OrderRepository {
  /**
   * Loads orders whole, five to eight statements for any number of them, and two more when one of them has after-sales. Locks the orders in the order of their ids, then their
   * fulfilments; every writer does the same, so writers wait for each other and never deadlock. Unknown ids are left out;
   * with `passOver`, so are orders that another transaction holds.
   */
  async load(tx: Tx, companyId: string, orderIds: readonly string[], passOver = false): Promise<OrderAggregate[]> {
    if (orderIds.length === 0) return [];
    const orders = await rows<WorkingOrder>(
      tx,
      `SELECT * FROM working_order WHERE company_id = $1 AND order_id = ANY($2::text[]) ORDER BY order_id FOR UPDATE ${passOver ? 'SKIP LOCKED' : ''}`,
      [companyId, orderIds],
    );
    return this.complete(tx, companyId, orders, true);
  }

  /** Reads orders whole without locking them. */
  async read(tx: Tx, companyId: string, orderIds: readonly string[]): Promise<OrderAggregate[]> {
    const orders = await rows<WorkingOrder>(
      tx,
      `SELECT * FROM working_order WHERE company_id = $1 AND order_id = ANY($2::text[]) ORDER BY order_id`,
      [companyId, orderIds],
    );
    return this.complete(tx, companyId, orders, false);
  }

  private async complete(
    tx: Tx,
    companyId: string,
    orders: WorkingOrder[],
    isLocking: boolean,
  ): Promise<OrderAggregate[]> {
    if (orders.length === 0) return [];
    const of = [companyId, orders.map(({ orderId }) => orderId)];
    const where = 'WHERE company_id = $1 AND order_id = ANY($2::text[])';
    const lines = groupBy(
      await rows<OrderLine>(tx, `SELECT * FROM order_line ${where} ORDER BY order_id, position, line_id`, of),
      ({ orderId }) => orderId,
    );
    const holds = groupBy(
      await rows<Hold>(tx, `SELECT * FROM order_hold ${where} ORDER BY order_id, hold_id`, of),
      ({ orderId }) => orderId,
    );
    const found = await rows<Fulfilment>(
      tx,
      `SELECT * FROM fulfilment ${where} ORDER BY fulfilment_id ${isLocking ? 'FOR UPDATE' : ''}`,
      of,
    );
    const goods =
      found.length === 0
        ? []
        : await this.fulfilmentLines(
            tx,
            companyId,
            found.map(({ fulfilmentId }) => fulfilmentId),
          );
    const byFulfilment = groupBy(goods, ({ fulfilmentId }) => fulfilmentId);
    const fulfilments = groupBy(found, ({ orderId }) => orderId);
    // Parcels and their notices exist for fulfilments alone, and fulfilments are never deleted.
    const isPacked = found.length > 0;
    const parcels = groupBy(
      isPacked ? await rows<OrderParcel>(tx, `SELECT * FROM order_parcel ${where} ORDER BY parcel_id`, of) : [],
      ({ orderId }) => orderId,
    );
    const notices = groupBy(
      isPacked ? await rows<ShipNotice>(tx, `SELECT * FROM ship_notice ${where} ORDER BY notice_id`, of) : [],
      ({ orderId }) => orderId,
    );
    const withAfterSales = orders.filter(({ hasAfterSales }) => hasAfterSales).map(({ orderId }) => orderId);
    const afterSales = groupBy(await this.afterSales(tx, companyId, withAfterSales), ({ orderId }) => orderId!);
    const returns = groupBy(await this.returns(tx, companyId, withAfterSales), ({ orderId }) => orderId!);
    return orders.map((order) => ({
      order,
      lines: lines.get(order.orderId) ?? [],
      holds: holds.get(order.orderId) ?? [],
      fulfilments: (fulfilments.get(order.orderId) ?? []).map((fulfilment) => ({
        ...fulfilment,
        lines: (byFulfilment.get(fulfilment.fulfilmentId) ?? []).map(({ lineId, skuId, skuCode, quantity }) => ({
          lineId,
          skuId,
          skuCode,
          quantity,
        })),
      })),
      parcels: parcels.get(order.orderId) ?? [],
      notices: notices.get(order.orderId) ?? [],
      afterSales: afterSales.get(order.orderId) ?? [],
      returns: returns.get(order.orderId) ?? [],
    }));
  }

  private async afterSales(tx: Tx, companyId: string, orderIds: readonly string[]): Promise<AfterSale[]> {
    if (orderIds.length === 0) return [];
    return rows<AfterSale>(
      tx,
      'SELECT * FROM after_sale WHERE company_id = $1 AND order_id = ANY($2::text[]) ORDER BY order_id, after_sale_id',
      [companyId, orderIds],
    );
  }

  private async returns(tx: Tx, companyId: string, orderIds: readonly string[]): Promise<OrderReturn[]> {
    if (orderIds.length === 0) return [];
    return rows<OrderReturn>(
      tx,
      'SELECT * FROM order_return WHERE company_id = $1 AND order_id = ANY($2::text[]) ORDER BY order_id, return_id',
      [companyId, orderIds],
    );
  }

  private fulfilmentLines(
    tx: Tx,
    companyId: string,
    fulfilmentIds: readonly string[],
  ): Promise<(FulfilmentLine & { fulfilmentId: string })[]> {
    return rows(
      tx,
      'SELECT * FROM fulfilment_line WHERE company_id = $1 AND fulfilment_id = ANY($2::text[]) ORDER BY fulfilment_id, line_id, sku_id',
      [companyId, fulfilmentIds],
    );
  }

  /** Writes what changed, at most eight statements for any number of orders. The orders are locked or new. */
  async save(tx: Tx, companyId: string, changes: OrderChanges): Promise<void> {
    if (changes.orders.every(({ version }) => version === 1)) {
      await this.insert(tx, 'working_order', changes.orders);
      await this.insert(tx, 'order_line', changes.lines);
    } else {
      await this.upsert(tx, 'working_order', 'order_id', ORDER_COLUMNS, changes.orders);
      await this.upsert(tx, 'order_line', 'line_id', LINE_COLUMNS, changes.lines);
    }
    await this.upsert(tx, 'order_hold', 'hold_id', HOLD_COLUMNS, changes.holds);
    await this.saveAfterSales(tx, changes.afterSales);
    await this.saveFulfilments(tx, changes.fulfilments);
    await this.saveGoods(tx, companyId, changes.repacked);
    if (changes.log.length === 0) return;
    const log = changes.log.map((entry) => ({ ...entry, companyId, changes: JSON.stringify(entry.changes) }));
    await this.insert(tx, 'order_log', log);
  }

  /** Stores after-sales whose orders are locked or new, or that have no order yet. */
  saveAfterSales(tx: Tx, afterSales: readonly AfterSale[]): Promise<void> {
    const sorted = [...afterSales].sort((a, b) => (a.afterSaleId < b.afterSaleId ? -1 : 1));
    return this.upsert(tx, 'after_sale', 'after_sale_id', AFTER_SALE_COLUMNS, sorted);
  }

  private async upsert(tx: Tx, table: string, key: string, columns: string, records: readonly object[]): Promise<void> {
    if (records.length === 0) return;
    await execute(
      tx,
      `INSERT INTO ${table} SELECT n.* FROM unnest($1::${table}[]) AS n
       ON CONFLICT (company_id, ${key}) DO UPDATE SET (${columns}) = ROW(${excluded(columns)})`,
      [await tableRows(tx, table, records)],
    );
  }

  private async insert(tx: Tx, table: string, records: readonly object[]): Promise<void> {
    if (records.length === 0) return;
    await execute(tx, `INSERT INTO ${table} SELECT n.* FROM unnest($1::${table}[]) AS n`, [
      await tableRows(tx, table, records),
    ]);
  }

  private async saveFulfilments(tx: Tx, fulfilments: readonly Fulfilment[]): Promise<void> {
    await this.upsert(
      tx,
      'fulfilment',
      'fulfilment_id',
      FULFILMENT_COLUMNS,
      fulfilments.map(({ lines: _lines, ...fulfilment }) => fulfilment),
    );
  }

  private async saveGoods(tx: Tx, companyId: string, fulfilments: readonly Fulfilment[]): Promise<void> {
    if (fulfilments.length === 0) return;
    await execute(tx, 'DELETE FROM fulfilment_line WHERE company_id = $1 AND fulfilment_id = ANY($2::text[])', [
      companyId,
      fulfilments.map(({ fulfilmentId }) => fulfilmentId),
    ]);
    const goods = fulfilments.flatMap(({ fulfilmentId, lines }) =>
      lines.map((line) => ({ companyId, fulfilmentId, ...line })),
    );
    await this.insert(tx, 'fulfilment_line', goods);
  }
}
