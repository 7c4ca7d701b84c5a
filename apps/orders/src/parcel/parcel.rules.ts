import type { ParcelItem, ShipNoticeItem } from '@app/contracts';
import { groupBy } from '@app/shared';
import type { OrderAggregate, OrderParcel, ShipNotice } from '../order/order.types';

/** A parcel's part in each of its orders. */
export function parcelsOf(companyId: string, item: ParcelItem): OrderParcel[] {
  const { parcelId, fulfilmentId, fulfilmentRevision, warehouse, carrier, waybillNo, state } = item;
  return [...groupBy(item.lines, ({ orderId }) => orderId)].map(([orderId, lines]) => ({
    companyId,
    parcelId,
    orderId,
    fulfilmentId,
    revision: fulfilmentRevision,
    warehouse,
    carrier,
    waybillNo,
    state,
    shippedAt: new Date(item.shippedAt),
    deliveredAt: item.deliveredAt ? new Date(item.deliveredAt) : null,
    lines: lines.map(({ lineId, skuId, quantity }) => ({ lineId, skuId, quantity })),
  }));
}

/** What a ship notice says of one order. */
export function noticeOf(
  companyId: string,
  { noticeId, orderId, parcelId, state, reason }: ShipNoticeItem,
): ShipNotice {
  return { companyId, noticeId, orderId, parcelId, state, reason };
}

const by =
  <T>(idOf: (one: T) => string) =>
  (a: T, b: T) =>
    idOf(a) < idOf(b) ? -1 : 1;

/** Brings a parcel into an order; replaces what was known of it. */
export function applyParcel(aggregate: OrderAggregate, parcel: OrderParcel): void {
  aggregate.parcels = [...aggregate.parcels.filter(({ parcelId }) => parcelId !== parcel.parcelId), parcel].sort(
    by(({ parcelId }) => parcelId),
  );
}

/** Brings a ship notice into an order; replaces what was known of it. */
export function applyNotice(aggregate: OrderAggregate, notice: ShipNotice): void {
  aggregate.notices = [...aggregate.notices.filter(({ noticeId }) => noticeId !== notice.noticeId), notice].sort(
    by(({ noticeId }) => noticeId),
  );
}
