import { Type, type Static } from '@sinclair/typebox';
import { defineFact } from '@app/shared';

const Id = Type.String({ minLength: 1, maxLength: 200 });
const MaybeInstant = Type.Union([Type.String({ format: 'date-time' }), Type.Null()]);

/** A parcel that has left, as a whole. `state` decides; the name only says why it was told. */
export const ParcelItem = Type.Object({
  parcelId: Id,
  parcelVersion: Type.Integer({ minimum: 1 }),
  state: Type.Union([Type.Literal('shipped'), Type.Literal('delivered'), Type.Literal('exception')]),
  fulfilmentId: Id,
  fulfilmentRevision: Type.Integer({ minimum: 1 }),
  shopId: Id,
  platform: Type.String(),
  warehouse: Id,
  carrier: Id,
  waybillNo: Id,
  /** Story times. */
  shippedAt: Type.String({ format: 'date-time' }),
  deliveredAt: MaybeInstant,
  lines: Type.Array(
    Type.Object({
      orderId: Id,
      platformOrderNo: Id,
      lineId: Id,
      platformLineNo: Id,
      skuId: Id,
      skuCode: Type.String(),
      quantity: Type.Integer({ minimum: 1 }),
    }),
  ),
});
export type ParcelItem = Static<typeof ParcelItem>;

const parcelFact = (name: string) =>
  defineFact({
    name,
    producer: 'logistics',
    consumers: ['orders', 'inventory', 'sync', 'settlement'],
    subjectKind: 'parcel',
    subjectField: 'parcelId',
    versionField: 'parcelVersion',
    schema: ParcelItem,
  });

/** A parcel left its warehouse. */
export const parcelShipped = parcelFact('parcel.shipped');
/** A parcel reached the buyer. */
export const parcelDelivered = parcelFact('parcel.delivered');
/** The carrier reports that something is wrong with a parcel. */
export const parcelException = parcelFact('parcel.exception');
/** Facts whose items are ParcelItem. */
export const PARCEL_FACTS = [parcelShipped, parcelDelivered, parcelException] as const;
