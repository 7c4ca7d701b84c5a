import {
  isRefundOpen,
  type AfterSaleFactItem,
  orderCancelled,
  orderChanged,
  orderCompleted,
  orderPaid,
  orderPlaced,
  refundRequested,
  refundSucceeded,
  refundWithdrawn,
  type FulfilmentFactItem,
  type OrderFactItem,
} from '@app/contracts';
import type { FactDefinition } from '@app/shared';
import { isRefundAsked } from '../after-sale/refund.rules';
import { rankOf, stockWish, wantsOf } from './order.rules';
import type { AfterSale, Fulfilment, OrderAggregate, OrderLine } from './order.types';

const textOf = (at: Date | null): string | null => at?.toISOString() ?? null;

/** An order as its facts carry it: the whole state that others need, no receiver data. */
export function orderFactItem(aggregate: OrderAggregate): OrderFactItem {
  const { order, lines } = aggregate;
  const wants = wantsOf(aggregate);
  const { goodsFen, freightFen, shopDiscountFen, platformDiscountFen, payableFen, paidFen } = order.amounts;
  return {
    orderId: order.orderId,
    orderVersion: order.version,
    shopId: order.shopId,
    platform: order.platform,
    platformOrderNo: order.platformOrderNo,
    platformState: order.platformState,
    status: order.status,
    placedAt: order.placedAt.toISOString(),
    paidAt: textOf(order.paidAt),
    shipBy: textOf(order.shipBy),
    endedAt: textOf(order.endedAt),
    stock: stockWish(aggregate),
    region: { province: order.province, city: order.city },
    currency: order.currency,
    amounts: { goodsFen, freightFen, shopDiscountFen, platformDiscountFen, payableFen, paidFen },
    lines: lines.map((line) => ({
      lineId: line.lineId,
      platformLineNo: line.platformLineNo,
      listingId: line.listingId,
      listingSkuId: line.listingSkuId,
      quantity: line.quantity,
      noStock: line.noStock,
      wants: wants(line),
      paidFen: line.paidFen,
      refundedFen: line.refundedFen,
      refund: isRefundAsked(line) ? 'requested' : line.isRefunded ? 'refunded' : 'none',
    })),
  };
}

/** Statuses between which nothing changes for other services: the steps of our own work before departure. */
const INNER_STATUSES = new Set(['paid', 'held', 'approved', 'released']);

/** True when two states of an order differ in something that other services need. */
export function isWorthTelling(before: OrderFactItem, after: OrderFactItem): boolean {
  const plain = (item: OrderFactItem) =>
    JSON.stringify({ ...item, orderVersion: 0, status: INNER_STATUSES.has(item.status) ? 'paid' : item.status });
  return plain(before) !== plain(after);
}

const hasNew = (before: OrderAggregate | null, after: OrderAggregate, test: (line: OrderLine) => boolean): boolean => {
  const known = new Set((before?.lines ?? []).filter(test).map(({ lineId }) => lineId));
  return after.lines.some((line) => test(line) && !known.has(line.lineId));
};

/** The most telling name for a change: refunds, then the end of the order, then its payment. `before` is null for a new order. */
export function orderFactOf(
  before: OrderAggregate | null,
  after: OrderAggregate,
): FactDefinition<typeof orderChanged.schema> {
  const isOpen = (line: OrderLine) => isRefundOpen(line.refundState);
  const refunded = new Map((before?.lines ?? []).map((line) => [line.lineId, line.refundedFen]));
  if (after.lines.some((line) => line.refundedFen > (refunded.get(line.lineId) ?? 0))) return refundSucceeded;
  if (hasNew(before, after, ({ isRefunded }) => isRefunded)) return refundSucceeded;
  if (hasNew(before, after, isOpen)) return refundRequested;
  if (before?.lines.some(isOpen) && !after.lines.some(isOpen)) return refundWithdrawn;
  const became = (status: string) => after.order.status === status && before?.order.status !== status;
  if (became('cancelled')) return orderCancelled;
  if (became('completed')) return orderCompleted;
  const isPaid = rankOf(after.order.platformState) >= 1;
  if (isPaid && (!before || rankOf(before.order.platformState) < 1)) return orderPaid;
  return before ? orderChanged : orderPlaced;
}

/** A fulfilment as its facts carry it. One that departs is told as released: what has not left of it is still work. */
export function fulfilmentFactItem({ order, lines }: OrderAggregate, fulfilment: Fulfilment): FulfilmentFactItem {
  const byId = new Map(lines.map((line) => [line.lineId, line]));
  return {
    fulfilmentId: fulfilment.fulfilmentId,
    fulfilmentRevision: fulfilment.revision,
    state: fulfilment.state === 'stopped' ? 'stopped' : 'released',
    reason: fulfilment.reason,
    shopId: order.shopId,
    platform: order.platform,
    warehouse: fulfilment.warehouse,
    shipBy: textOf(fulfilment.shipBy),
    isUrgent: fulfilment.isUrgent,
    carrier: null,
    lines: fulfilment.lines.map(({ lineId, skuId, skuCode, quantity }) => ({
      orderId: order.orderId,
      platformOrderNo: order.platformOrderNo,
      lineId,
      platformLineNo: byId.get(lineId)?.platformLineNo ?? lineId,
      skuId,
      skuCode,
      title: byId.get(lineId)?.title ?? '',
      quantity,
    })),
  };
}

/** An after-sale as its fact carries it; undefined while its order is unknown. */
export function afterSaleFactItem(afterSale: AfterSale): AfterSaleFactItem | undefined {
  const { orderId, version, askedAt, modifiedAt } = afterSale;
  if (orderId === null) return undefined;
  return {
    afterSaleId: afterSale.afterSaleId,
    afterSaleVersion: version,
    shopId: afterSale.shopId,
    platform: afterSale.platform,
    platformAfterSaleNo: afterSale.platformAfterSaleNo,
    orderId,
    platformOrderNo: afterSale.platformOrderNo,
    lineId: afterSale.lineId,
    kind: afterSale.kind,
    state: afterSale.state,
    refundFen: afterSale.refundFen,
    countedFen: afterSale.countedFen,
    currency: afterSale.currency,
    goodsComeBack: afterSale.goodsComeBack,
    returnWaybillNo: afterSale.returnWaybillNo,
    returnCarrier: afterSale.returnCarrier,
    createdAt: askedAt.toISOString(),
    modifiedAt: modifiedAt.toISOString(),
  };
}

/** True when an after-sale differs in something that other services need. */
export function isAfterSaleWorthTelling(before: AfterSale | undefined, after: AfterSale): boolean {
  const plain = (one: AfterSale) => JSON.stringify(afterSaleFactItem({ ...one, version: 0 }) ?? null);
  return after.orderId !== null && (!before || plain(before) !== plain(after));
}
