import { Type, type Static } from '@sinclair/typebox';
import { defineFact } from '@app/shared';
import { AfterSaleKindSchema, AfterSaleStateSchema } from '../canonical/canonical-after-sale';

const Id = Type.String({ minLength: 1, maxLength: 200 });
const Instant = Type.String({ format: 'date-time' });
const Nullable = <T extends ReturnType<typeof Type.String>>(schema: T) => Type.Union([schema, Type.Null()]);
const FenAmount = Type.Integer({ minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER });

/** What one order line wants from stock: a listing may resolve to several SKUs. */
export const StockWant = Type.Object({ skuId: Id, skuCode: Type.String(), quantity: Type.Integer({ minimum: 1 }) });

/** A line as other services need it. Quantities in pieces, amounts in fen. */
export const OrderFactLine = Type.Object({
  lineId: Id,
  platformLineNo: Id,
  listingId: Type.String(),
  listingSkuId: Type.String(),
  quantity: Type.Integer({ minimum: 0 }),
  /** True for lines without goods (price difference, virtual goods). */
  noStock: Type.Boolean(),
  /** Empty while the listing is not linked, for lines without goods, and for cancelled lines. */
  wants: Type.Array(StockWant),
  paidFen: FenAmount,
  /** What counts of the money that went back to the buyer for this line; never more than paidFen. May be a part of it. */
  refundedFen: FenAmount,
  /**
   * requested: a refund or return is open, nothing may leave; refunded: all of it went back, or the platform closed the
   * line over a refund, so its goods are not the buyer's any more; none: else, also when only a part went back.
   */
  refund: Type.Union([Type.Literal('none'), Type.Literal('requested'), Type.Literal('refunded')]),
});

/**
 * An order as every `order.*` and `refund.*` fact carries it: its whole needed state at a version.
 * The fact's name only says why it was told; consumers act on the state.
 */
export const OrderFactItem = Type.Object({
  orderId: Id,
  orderVersion: Type.Integer({ minimum: 1 }),
  shopId: Id,
  platform: Type.String(),
  platformOrderNo: Id,
  platformState: Type.String(),
  status: Type.String(),
  placedAt: Instant,
  paidAt: Nullable(Type.String({ format: 'date-time' })),
  shipBy: Nullable(Type.String({ format: 'date-time' })),
  /** When the platform says that it was completed, cancelled or closed. */
  endedAt: Type.Optional(Nullable(Type.String({ format: 'date-time' }))),
  /** Whether inventory shall hold stock for the wants of the lines (reserve), or give back what it still holds (none). */
  stock: Type.Union([Type.Literal('reserve'), Type.Literal('none')]),
  /** Plain region for routing; no receiver data. */
  region: Type.Object({ province: Type.String(), city: Type.String() }),
  currency: Type.String(),
  amounts: Type.Object({
    goodsFen: FenAmount,
    freightFen: FenAmount,
    shopDiscountFen: FenAmount,
    platformDiscountFen: FenAmount,
    payableFen: FenAmount,
    paidFen: FenAmount,
  }),
  lines: Type.Array(OrderFactLine),
});
export type OrderFactItem = Static<typeof OrderFactItem>;
export type OrderFactLine = Static<typeof OrderFactLine>;

const orderFact = (name: string) =>
  defineFact({
    name,
    producer: 'orders',
    consumers: ['inventory', 'logistics', 'settlement'],
    subjectKind: 'order',
    subjectField: 'orderId',
    versionField: 'orderVersion',
    schema: OrderFactItem,
  });

/** An unpaid order was stored. */
export const orderPlaced = orderFact('order.placed');
/** An order was paid, or stored as paid. */
export const orderPaid = orderFact('order.paid');
/** Anything else of an order changed that others need. */
export const orderChanged = orderFact('order.changed');
/** An order was cancelled or closed. */
export const orderCancelled = orderFact('order.cancelled');
/** The buyer confirmed; the order is done. */
export const orderCompleted = orderFact('order.completed');
/** A refund is asked for at least one line. */
export const refundRequested = orderFact('refund.requested');
/** No refund is asked any more. */
export const refundWithdrawn = orderFact('refund.withdrawn');
/** Money went back for at least one line. */
export const refundSucceeded = orderFact('refund.succeeded');

/** All facts whose items are OrderFactItem. */
export const ORDER_FACTS = [
  orderPlaced,
  orderPaid,
  orderChanged,
  orderCancelled,
  orderCompleted,
  refundRequested,
  refundWithdrawn,
  refundSucceeded,
] as const;

/** A fulfilment: what one warehouse ships to one address. `state` decides; the name only says why it was told. */
export const FulfilmentFactItem = Type.Object({
  fulfilmentId: Id,
  fulfilmentRevision: Type.Integer({ minimum: 1 }),
  state: Type.Union([Type.Literal('released'), Type.Literal('stopped')]),
  /** Why it was stopped, in words for a clerk; empty when released. */
  reason: Type.String(),
  shopId: Id,
  platform: Type.String(),
  warehouse: Id,
  shipBy: Nullable(Type.String({ format: 'date-time' })),
  isUrgent: Type.Boolean(),
  /** Carrier that the buyer or the shop asks for; null = the shop's default. */
  carrier: Nullable(Type.String()),
  lines: Type.Array(
    Type.Object({
      orderId: Id,
      platformOrderNo: Id,
      lineId: Id,
      platformLineNo: Id,
      skuId: Id,
      skuCode: Type.String(),
      title: Type.String(),
      quantity: Type.Integer({ minimum: 1 }),
    }),
  ),
});
export type FulfilmentFactItem = Static<typeof FulfilmentFactItem>;

const fulfilmentFact = (name: string) =>
  defineFact({
    name,
    producer: 'orders',
    consumers: ['logistics'],
    subjectKind: 'fulfilment',
    subjectField: 'fulfilmentId',
    versionField: 'fulfilmentRevision',
    schema: FulfilmentFactItem,
  });

/** A warehouse may pick and pack this. */
export const fulfilmentReleased = fulfilmentFact('fulfilment.released');
/** A warehouse must not ship this any more. */
export const fulfilmentStopped = fulfilmentFact('fulfilment.stopped');

/** An after-sale as a whole, once its order is known. Amounts in fen; no text of the buyer. */
export const AfterSaleFactItem = Type.Object({
  afterSaleId: Id,
  afterSaleVersion: Type.Integer({ minimum: 1 }),
  shopId: Id,
  platform: Type.String(),
  platformAfterSaleNo: Id,
  orderId: Id,
  platformOrderNo: Id,
  /** Null when it speaks of the whole order or of freight. */
  lineId: Nullable(Type.String()),
  kind: AfterSaleKindSchema,
  state: AfterSaleStateSchema,
  /** What the platform states. */
  refundFen: FenAmount,
  /** What of it counts: never above paid minus what other after-sales of the line gave back; 0 until it succeeded. */
  countedFen: FenAmount,
  currency: Type.String(),
  goodsComeBack: Type.Boolean(),
  /** The parcel in which the buyer sends the goods back, as far as he named it. */
  returnWaybillNo: Nullable(Type.String()),
  returnCarrier: Nullable(Type.String()),
  /** Story times. */
  createdAt: Instant,
  modifiedAt: Instant,
});
export type AfterSaleFactItem = Static<typeof AfterSaleFactItem>;

/** An after-sale is new or changed. */
export const afterSaleChanged = defineFact({
  name: 'after-sale.changed',
  producer: 'orders',
  consumers: ['logistics', 'settlement'],
  subjectKind: 'after-sale',
  subjectField: 'afterSaleId',
  versionField: 'afterSaleVersion',
  schema: AfterSaleFactItem,
});
