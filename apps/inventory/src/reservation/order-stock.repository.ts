import { Injectable } from '@nestjs/common';
import { execute, rows, type Tx } from '@app/shared';
import type { LinePieces, OrderStock } from './order-stock.rules';

/** A line of a parcel that left. */
export interface ParcelOut extends LinePieces {
  parcelId: string;
  orderId: string;
  skuCode: string;
  warehouse: string;
}

/** An order that waits for a SKU. */
export interface ShortWant {
  skuId: string;
  paidAt: Date;
  orderId: string;
}

const COLUMNS = 'order_id, order_version, is_wanted, wants, paid_at, state, revision, told, counted';

/** SQL of what inventory holds for orders. */
@Injectable()
export class OrderStockRepository {
  /** Locks orders in the order of their ids; rows for those not known yet are made first. */
  async lock(tx: Tx, companyId: string, orderIds: readonly string[]): Promise<Map<string, OrderStock>> {
    const ids = [...new Set(orderIds)].sort();
    const byId = (orders: OrderStock[]) => new Map(orders.map((order) => [order.orderId, order]));
    const known = await this.lockIfAllKnown(tx, companyId, ids);
    if (known.length === ids.length) return byId(known);
    const made = await rows<OrderStock>(
      tx,
      `INSERT INTO order_stock (company_id, order_id) SELECT $1, o FROM unnest($2::text[]) AS o ORDER BY o
       ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
      [companyId, ids],
    );
    if (made.length < ids.length) return byId(await this.lockIfAllKnown(tx, companyId, ids));
    return byId(made.map((order) => ({ ...order, isNew: true })));
  }

  /**
   * Locks all of the orders, or none and returns 0 rows while one of them has no row: a lock held while the row of another
   * is made, which may have to wait for a concurrent maker, could close a circle.
   */
  private lockIfAllKnown(tx: Tx, companyId: string, ids: readonly string[]): Promise<OrderStock[]> {
    return rows<OrderStock>(
      tx,
      `SELECT ${COLUMNS} FROM order_stock WHERE company_id = $1 AND order_id = ANY($2::text[])
          AND cardinality($2::text[]) = (SELECT count(*) FROM order_stock k WHERE k.company_id = $1 AND k.order_id = ANY($2::text[]))
        ORDER BY order_id FOR UPDATE`,
      [companyId, ids],
    );
  }

  /** Writes orders that this transaction has locked. */
  async write(tx: Tx, companyId: string, orders: readonly OrderStock[]): Promise<void> {
    await execute(
      tx,
      `UPDATE order_stock o SET order_version = n.order_version, is_wanted = n.is_wanted, wants = n.wants::jsonb, paid_at = n.paid_at, state = n.state, revision = n.revision, told = n.told, counted = n.counted::jsonb
         FROM unnest($2::text[], $3::bigint[], $4::boolean[], $5::text[], $6::timestamptz[], $7::text[], $8::bigint[], $9::text[], $10::text[])
           AS n(order_id, order_version, is_wanted, wants, paid_at, state, revision, told, counted)
        WHERE o.company_id = $1 AND o.order_id = n.order_id`,
      [
        companyId,
        orders.map((order) => order.orderId),
        orders.map((order) => order.orderVersion),
        orders.map((order) => order.isWanted),
        orders.map((order) => JSON.stringify(order.wants)),
        orders.map((order) => order.paidAt),
        orders.map((order) => order.state),
        orders.map((order) => order.revision),
        orders.map((order) => order.told),
        orders.map(({ counted }) => (counted ? JSON.stringify(counted) : null)),
      ],
    );
  }

  /** Notes that locked orders have newer versions which ask for the same. */
  async writeVersions(tx: Tx, companyId: string, orders: readonly OrderStock[]): Promise<void> {
    await execute(
      tx,
      `UPDATE order_stock o SET order_version = n.order_version FROM unnest($2::text[], $3::bigint[]) AS n(order_id, order_version)
        WHERE o.company_id = $1 AND o.order_id = n.order_id`,
      [companyId, orders.map((order) => order.orderId), orders.map((order) => order.orderVersion)],
    );
  }

  /** Replaces what orders wait for. The caller has locked the orders. */
  async replaceShortWants(
    tx: Tx,
    companyId: string,
    orderIds: readonly string[],
    wants: readonly ShortWant[],
  ): Promise<void> {
    await execute(tx, 'DELETE FROM short_want WHERE company_id = $1 AND order_id = ANY($2::text[])', [
      companyId,
      orderIds,
    ]);
    if (wants.length === 0) return;
    await execute(
      tx,
      `INSERT INTO short_want (company_id, sku_id, paid_at, order_id)
       SELECT $1, w.* FROM unnest($2::text[], $3::timestamptz[], $4::text[]) AS w ON CONFLICT DO NOTHING`,
      [
        companyId,
        wants.map(({ skuId }) => skuId),
        wants.map(({ paidAt }) => paidAt),
        wants.map(({ orderId }) => orderId),
      ],
    );
  }

  /** What of some orders has left, per line and SKU. */
  async shippedOf(
    tx: Tx,
    companyId: string,
    orderIds: readonly string[],
  ): Promise<(LinePieces & { orderId: string; skuCode: string })[]> {
    return rows(
      tx,
      `SELECT order_id, line_id, sku_id, max(sku_code) AS sku_code, sum(quantity)::bigint AS quantity
         FROM parcel_out WHERE company_id = $1 AND order_id = ANY($2::text[]) GROUP BY order_id, line_id, sku_id ORDER BY 1, 2, 3`,
      [companyId, orderIds],
    );
  }

  /** Stores lines of parcels; returns those not stored before. A concurrent writer of the same parcel is waited for. */
  async storeParcelLines(tx: Tx, companyId: string, lines: readonly ParcelOut[], at: Date): Promise<ParcelOut[]> {
    const sorted = [...lines].sort((a, b) =>
      a.parcelId + a.lineId + a.skuId < b.parcelId + b.lineId + b.skuId ? -1 : 1,
    );
    return rows<ParcelOut>(
      tx,
      `INSERT INTO parcel_out (company_id, parcel_id, line_id, sku_id, sku_code, order_id, warehouse, quantity, at)
       SELECT $1, p.*, $9::timestamptz FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[]) AS p
       ON CONFLICT DO NOTHING RETURNING parcel_id, line_id, sku_id, sku_code, order_id, warehouse, quantity`,
      [
        companyId,
        sorted.map((line) => line.parcelId),
        sorted.map((line) => line.lineId),
        sorted.map((line) => line.skuId),
        sorted.map((line) => line.skuCode),
        sorted.map((line) => line.orderId),
        sorted.map((line) => line.warehouse),
        sorted.map((line) => line.quantity),
        at,
      ],
    );
  }
}
