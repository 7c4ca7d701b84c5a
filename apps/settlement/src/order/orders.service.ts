import { Injectable } from '@nestjs/common';
import { AppError, assertShop, groupBy, inTransaction, pageOf, readCursor, type Caller, type Page } from '@app/shared';
import { DataSource } from 'typeorm';
import { ParcelRepository, type OrderParcel } from '../parcel/parcel.repository';
import { OrderRepository, type OrderLineRow, type OrderRow } from './order.repository';
import type { OrderAnswer, OrdersQuery } from './orders.dto';

const orNull = (text: string | undefined) => (text === undefined ? null : new Date(text));

function toAnswer(order: OrderRow, lines: readonly OrderLineRow[], parcels: readonly OrderParcel[]): OrderAnswer {
  const {
    companyId: _company,
    placedAt,
    paidAt,
    goodsFen,
    freightFen,
    shopDiscountFen,
    platformDiscountFen,
    payableFen,
    paidFen,
    ...rest
  } = order;
  return {
    ...rest,
    placedAt: placedAt.toISOString(),
    paidAt: paidAt?.toISOString() ?? null,
    amounts: { goodsFen, freightFen, shopDiscountFen, platformDiscountFen, payableFen, paidFen },
    lines: lines.map(({ orderId: _order, ...line }) => line),
    parcels: parcels.map(({ orderId: _order, ...parcel }) => ({
      ...parcel,
      shippedAt: parcel.shippedAt.toISOString(),
      deliveredAt: parcel.deliveredAt?.toISOString() ?? null,
    })),
  };
}

/** Shows what settlement knows of orders. */
@Injectable()
export class OrdersService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly orders: OrderRepository,
    private readonly parcels: ParcelRepository,
  ) {}

  /** Throws SHOP.NOT_FOUND for a shop outside of the caller's limits, CURSOR.INVALID. */
  list(caller: Caller, query: OrdersQuery): Promise<Page<OrderAnswer>> {
    if (query.shopId) assertShop(caller, query.shopId);
    const filter = {
      shopIds: query.shopId ? [query.shopId] : caller.shops,
      platformOrderNo: query.platformOrderNo ?? null,
      placedFrom: orNull(query.placedFrom),
      placedTo: orNull(query.placedTo),
    };
    const after = this.after(query.cursor);
    return inTransaction(this.dataSource, async (tx) => {
      const found = await this.orders.list(tx, caller.companyId, filter, after, query.limit + 1);
      const ids = found.map(({ orderId }) => orderId);
      const lines = groupBy(await this.orders.linesOf(tx, caller.companyId, ids), ({ orderId }) => orderId);
      const parcels = groupBy(await this.parcels.ofOrders(tx, caller.companyId, ids), ({ orderId }) => orderId);
      return pageOf(
        found,
        query.limit,
        (order) => [order.placedAt.getTime(), order.orderId],
        (order) => toAnswer(order, lines.get(order.orderId) ?? [], parcels.get(order.orderId) ?? []),
      );
    });
  }

  private after(cursor: string | undefined): { placedAt: Date; orderId: string } | null {
    const keys = readCursor(cursor, 2);
    if (!keys) return null;
    const [placedMs, orderId] = keys;
    if (typeof placedMs !== 'number' || typeof orderId !== 'string' || Number.isNaN(new Date(placedMs).getTime())) {
      throw new AppError('CURSOR.INVALID', 'The cursor is not one that this list gave; begin without a cursor.');
    }
    return { placedAt: new Date(placedMs), orderId };
  }
}
