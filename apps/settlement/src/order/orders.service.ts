import { Injectable } from '@nestjs/common';
import {
  AppError,
  assertShop,
  groupBy,
  inTransaction,
  pageOf,
  readCursor,
  sumFen,
  type Caller,
  type Page,
  type Tx,
} from '@app/shared';
import { DataSource } from 'typeorm';
import { AfterSaleRepository, type OrderAfterSale } from '../after-sale/after-sale.repository';
import { BillRepository, type OrderBilled } from '../bill/bill.repository';
import { GoodsReturnRepository, type OrderReturnLine } from '../goods-return/goods-return.repository';
import { ParcelRepository, type OrderParcel } from '../parcel/parcel.repository';
import { OrderRepository, type OrderLineRow, type OrderRow } from './order.repository';
import type { OrderAnswer, OrdersQuery } from './orders.dto';

const orNull = (text: string | undefined) => (text === undefined ? null : new Date(text));

interface Beside {
  lines: readonly OrderLineRow[];
  parcels: readonly OrderParcel[];
  afterSales: readonly OrderAfterSale[];
  returns: readonly OrderReturnLine[];
  billed: readonly OrderBilled[];
}

function toAnswer(order: OrderRow, beside: Beside): OrderAnswer {
  const { lines, parcels, afterSales, returns, billed } = beside;
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
    afterSales: afterSales.map(({ orderId: _order, ...one }) => ({ ...one, modifiedAt: one.modifiedAt.toISOString() })),
    returns: returns.map(({ orderId: _order, ...one }) => ({ ...one, receivedAt: one.receivedAt.toISOString() })),
    billed: billed.map(({ entryKind, rows, netFen }) => ({ entryKind, rows, netFen })),
    settledFen: sumFen(billed.map(({ netFen }) => netFen)),
  };
}

/** Shows what settlement knows of orders. */
@Injectable()
export class OrdersService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly orders: OrderRepository,
    private readonly parcels: ParcelRepository,
    private readonly afterSales: AfterSaleRepository,
    private readonly returns: GoodsReturnRepository,
    private readonly bills: BillRepository,
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
      const beside = await this.beside(tx, caller.companyId, found);
      return pageOf(
        found,
        query.limit,
        (order) => [order.placedAt.getTime(), order.orderId],
        (order) => toAnswer(order, beside(order)),
      );
    });
  }

  private async beside(tx: Tx, companyId: string, orders: readonly OrderRow[]): Promise<(order: OrderRow) => Beside> {
    const ids = orders.map(({ orderId }) => orderId);
    const byOrder = <T extends { orderId: string }>(all: readonly T[]) => groupBy(all, ({ orderId }) => orderId);
    const lines = byOrder(await this.orders.linesOf(tx, companyId, ids));
    const parcels = byOrder(await this.parcels.ofOrders(tx, companyId, ids));
    const afterSales = byOrder(await this.afterSales.ofOrders(tx, companyId, ids));
    const returns = byOrder(await this.returns.ofOrders(tx, companyId, ids));
    const numbers = orders.map(({ platformOrderNo }) => platformOrderNo);
    const placeOf = (one: { shopId: string; platformOrderNo: string }) => `${one.shopId}/${one.platformOrderNo}`;
    const billed = groupBy(await this.bills.billedOf(tx, companyId, numbers), placeOf);
    return (order) => ({
      lines: lines.get(order.orderId) ?? [],
      parcels: parcels.get(order.orderId) ?? [],
      afterSales: afterSales.get(order.orderId) ?? [],
      returns: returns.get(order.orderId) ?? [],
      billed: billed.get(placeOf(order)) ?? [],
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
