import type { ParcelItem } from '@app/contracts';
import { invariant } from '@app/shared';
import type { WholeParcel } from './parcel.store';

/** A parcel that has left, as facts tell it. */
export function toParcelItem(parcel: WholeParcel): ParcelItem {
  const { state, waybillNo, shippedAt } = parcel;
  invariant(
    (state === 'shipped' || state === 'delivered' || state === 'exception') && waybillNo && shippedAt,
    `Parcel ${parcel.id} is ${state}; only parcels that have left are told.`,
  );
  return {
    parcelId: parcel.id,
    parcelVersion: parcel.version,
    state,
    fulfilmentId: parcel.fulfilmentId,
    fulfilmentRevision: parcel.revision,
    shopId: parcel.shopId,
    platform: parcel.platform,
    warehouse: parcel.warehouse,
    carrier: parcel.carrier,
    waybillNo,
    shippedAt: shippedAt.toISOString(),
    deliveredAt: parcel.deliveredAt?.toISOString() ?? null,
    lines: parcel.lines.map(({ orderId, platformOrderNo, lineId, platformLineNo, skuId, skuCode, quantity }) => ({
      orderId,
      platformOrderNo,
      lineId,
      platformLineNo,
      skuId,
      skuCode,
      quantity,
    })),
  };
}
