import type { ReturnItem } from '@app/contracts';
import type { OrderAggregate, OrderReturn } from '../order/order.types';

/** A parcel that came back, as its fact tells it. */
export function returnOf(companyId: string, item: ReturnItem): OrderReturn {
  const { returnId, returnVersion, orderId, warehouse, waybillNo, parcelId, platformAfterSaleNos, lines } = item;
  return {
    companyId,
    returnId,
    version: returnVersion,
    orderId: item.isMatched ? orderId : null,
    warehouse,
    waybillNo,
    parcelId,
    platformAfterSaleNos,
    receivedAt: new Date(item.receivedAt),
    lines: lines.map(({ skuId, skuCode, quantity, grade }) => ({ skuId, skuCode, quantity, grade })),
  };
}

/** Brings a parcel that came back into an order, or takes it out when it turned out to be another order's. */
export function applyReturn(aggregate: OrderAggregate, returned: OrderReturn): void {
  const others = aggregate.returns.filter(({ returnId }) => returnId !== returned.returnId);
  const isOurs = returned.orderId === aggregate.order.orderId;
  aggregate.returns = [...others, ...(isOurs ? [returned] : [])].sort((a, b) => (a.returnId < b.returnId ? -1 : 1));
}
