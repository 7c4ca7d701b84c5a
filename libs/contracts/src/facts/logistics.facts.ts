import { Type, type Static } from '@sinclair/typebox';
import { defineFact } from '@app/shared';

const Id = Type.String({ minLength: 1, maxLength: 200 });
const MaybeId = Type.Union([Id, Type.Null()]);
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
/** A parcel under way got another waybill number. */
export const parcelChanged = parcelFact('parcel.changed');
/** Facts whose items are ParcelItem. */
export const PARCEL_FACTS = [parcelShipped, parcelDelivered, parcelException, parcelChanged] as const;

/**
 * A parcel that came back, as it was counted, graded and matched at a version. Grade A goes back on sale, B is fit for
 * second-hand sale only, C is scrapped.
 */
export const ReturnItem = Type.Object({
  returnId: Id,
  returnVersion: Type.Integer({ minimum: 1 }),
  /** Nobody knows yet whose goods they are: they wait in quarantine, whatever their grade. */
  isMatched: Type.Boolean(),
  shopId: MaybeId,
  platform: Type.Union([Type.String(), Type.Null()]),
  warehouse: Id,
  waybillNo: Id,
  /** The parcel that went out and came back unopened; null when the buyer sent goods back. */
  parcelId: MaybeId,
  orderId: MaybeId,
  platformOrderNo: MaybeId,
  /** After-sales that this parcel answers. */
  platformAfterSaleNos: Type.Array(Id),
  /** Story time. */
  receivedAt: Type.String({ format: 'date-time' }),
  lines: Type.Array(
    Type.Object({
      lineNo: Type.Integer({ minimum: 1 }),
      skuId: Id,
      skuCode: Type.String(),
      quantity: Type.Integer({ minimum: 1 }),
      grade: Type.Union([Type.Literal('A'), Type.Literal('B'), Type.Literal('C')]),
    }),
  ),
});
export type ReturnItem = Static<typeof ReturnItem>;

/** A parcel came back and was counted; told again when its owner is found later. */
export const returnReceived = defineFact({
  name: 'return.received',
  producer: 'logistics',
  consumers: ['inventory', 'orders', 'settlement'],
  subjectKind: 'return',
  subjectField: 'returnId',
  versionField: 'returnVersion',
  schema: ReturnItem,
});
