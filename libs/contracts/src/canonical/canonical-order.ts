import { Static, Type } from '@sinclair/typebox';
import {
  CountSchema,
  FenSchema,
  FreeTextSchema,
  InstantSchema,
  PlatformForbidSchema,
  PlatformIdSchema,
} from './canonical-parts';

/** Every state a platform order can have; `unknown` has no rank, replaces nothing and is replaced by any. */
export const PLATFORM_STATES = [
  'wait_pay',
  'paid',
  'part_shipped',
  'shipped',
  'signed',
  'completed',
  'cancelled',
  'closed',
  'unknown',
] as const;

/** State of a platform order or of one of its lines: `cancelled` was never paid, `closed` was paid and given back. */
export const PlatformStateSchema = Type.Union(
  PLATFORM_STATES.map((state) => Type.Literal(state)),
  { title: 'PlatformState' },
);
export type PlatformState = (typeof PLATFORM_STATES)[number];

/** Every state of the refund of one line. */
export const REFUND_STATES = ['none', 'requested', 'agreed', 'refused', 'withdrawn', 'succeeded', 'unknown'] as const;

/**
 * Refund of one line: `requested` waits for the shop, `agreed` waits for goods or money, `refused` was refused by the
 * shop (the buyer may appeal), `withdrawn` was closed without money, `succeeded` gave the money back.
 */
export const RefundStateSchema = Type.Union(
  REFUND_STATES.map((state) => Type.Literal(state)),
  { title: 'RefundState' },
);
export type RefundState = (typeof REFUND_STATES)[number];

/** Refund states in which nothing may leave the warehouse for that line; an unknown state counts as open. */
export const OPEN_REFUND_STATES: readonly RefundState[] = ['requested', 'agreed', 'unknown'];

/** True while a refund of the line is running, so that the line must not be shipped. */
export function isRefundOpen(state: RefundState): boolean {
  return OPEN_REFUND_STATES.includes(state);
}

/** Goods, discounts and payment of an order exactly as the platform states them. */
export const CanonicalAmountsSchema = Type.Object(
  {
    goodsFen: FenSchema('Sum of unit price × quantity over the lines, before any discount'),
    freightFen: FenSchema('Freight the buyer pays'),
    shopDiscountFen: FenSchema('Discounts borne by the shop, line discounts and manual price changes included'),
    platformDiscountFen: FenSchema('Discounts borne by the platform that lower what the buyer pays'),
    payableFen: FenSchema('What the buyer has to pay'),
    paidFen: FenSchema('What the buyer has paid so far'),
    otherChargesFen: Type.Optional(
      FenSchema('Further charges inside payableFen: service fees, cash-on-delivery fee, tax'),
    ),
    platformSubsidyFen: Type.Optional(
      FenSchema(
        'Part of the payment that the platform bears for the buyer (points, red packets); already inside payableFen',
      ),
    ),
    areLinesShared: Type.Optional(
      Type.Boolean({
        description:
          "The platform tells the payment of several lines in sum only: each line.paidFen is the adapter's share of it, which may differ from the platform's own by a fen per line",
      }),
    ),
  },
  { additionalProperties: false, title: 'CanonicalAmounts' },
);
export type CanonicalAmounts = Static<typeof CanonicalAmountsSchema>;

/** Receiver: cipher values that only the platform can open, and masked values that people see. */
export const CanonicalReceiverSchema = Type.Object(
  {
    cipher: Type.Record(Type.String({ maxLength: 64 }), Type.String({ maxLength: 4_096 }), {
      description: 'Opaque values to hand back to the platform, e.g. `oaid`; never plain receiver data',
    }),
    masked: Type.Object(
      {
        name: Type.Optional(FreeTextSchema('Masked name', 256)),
        phone: Type.Optional(FreeTextSchema('Masked or virtual phone number', 64)),
        country: Type.Optional(FreeTextSchema('Country', 64)),
        province: Type.Optional(FreeTextSchema('Province', 64)),
        city: Type.Optional(FreeTextSchema('City; absent for county-level cities directly under a province', 64)),
        district: Type.Optional(FreeTextSchema('District or county', 64)),
        town: Type.Optional(FreeTextSchema('Town or street office', 64)),
        address: Type.Optional(FreeTextSchema('Masked detail address', 1_024)),
        zip: Type.Optional(FreeTextSchema('Postal code', 16)),
      },
      { additionalProperties: false },
    ),
    mergeKey: Type.Optional(
      Type.String({
        maxLength: 512,
        description: 'Equal keys of one shop may go to one receiver; ask the platform before merging',
      }),
    ),
  },
  { additionalProperties: false, title: 'CanonicalReceiver' },
);
export type CanonicalReceiver = Static<typeof CanonicalReceiverSchema>;

/** One line of a platform order. */
export const CanonicalOrderLineSchema = Type.Object(
  {
    platformLineNo: PlatformIdSchema(
      "The platform's line number; equal to the order number where an order has one line",
    ),
    listingId: Type.String({
      maxLength: 128,
      description: 'Listing (item, goods, ware); empty when the platform names none',
    }),
    listingSkuId: Type.String({
      maxLength: 128,
      description:
        'SKU of the listing; the listing id itself when the listing has no SKUs; empty when the platform names none',
    }),
    merchantCode: Type.Optional(
      Type.String({ maxLength: 256, description: "The merchant's own code at purchase time" }),
    ),
    title: FreeTextSchema('Listing title at purchase time', 1_024),
    specText: Type.Optional(FreeTextSchema('Chosen specification, e.g. `颜色分类:黑色;尺码:XL`', 1_024)),
    quantity: CountSchema('Ordered pieces; 0 is a note line'),
    unitPriceFen: FenSchema('List price of one piece'),
    discountFen: FenSchema('Everything taken off this line: its own discount and its share of order-level discounts'),
    paidFen: FenSchema("The line's share of what the buyer pays for goods, freight excluded"),
    refundState: RefundStateSchema,
    refundNo: Type.Optional(PlatformIdSchema('After-sale that refundState speaks of')),
    platformLineState: Type.Optional(PlatformStateSchema),
    rawStatus: Type.Optional(Type.String({ maxLength: 128, description: "The platform's own status of the line" })),
    rawRefundStatus: Type.Optional(
      Type.String({ maxLength: 128, description: "The platform's own refund status of the line" }),
    ),
    noStock: Type.Optional(
      Type.Boolean({ description: 'Needs no goods: price-difference link, virtual goods, service' }),
    ),
    shippedByPlatform: Type.Optional(
      Type.Boolean({ description: 'Leaves from a warehouse of the platform; we ship nothing of this line' }),
    ),
    isGift: Type.Optional(Type.Boolean({ description: 'Given free; must be picked all the same' })),
    shipTogetherWith: Type.Optional(
      Type.Array(PlatformIdSchema('Line number'), {
        maxItems: 500,
        description: 'Lines that the platform wants in the same ship notice',
      }),
    ),
    shipBy: Type.Optional(InstantSchema('Promised latest shipping time of this line')),
    forbids: Type.Optional(Type.Array(PlatformForbidSchema, { maxItems: 50 })),
  },
  { additionalProperties: false, title: 'CanonicalOrderLine' },
);
export type CanonicalOrderLine = Static<typeof CanonicalOrderLineSchema>;

/** A parcel that the platform already knows of; lets an order shipped elsewhere be recognised. */
export const CanonicalParcelSchema = Type.Object(
  {
    waybillNo: Type.String({ minLength: 1, maxLength: 128 }),
    carrier: Type.Optional(
      Type.String({ maxLength: 128, description: 'Carrier name or code as the platform states it' }),
    ),
    lines: Type.Optional(
      Type.Array(
        Type.Object(
          {
            platformLineNo: PlatformIdSchema('Line in the parcel'),
            quantity: Type.Optional(CountSchema('Pieces, when the platform says so')),
          },
          { additionalProperties: false },
        ),
        { maxItems: 10_000, description: 'Lines in the parcel; absent when the platform names only the order' },
      ),
    ),
  },
  { additionalProperties: false, title: 'CanonicalParcel' },
);
export type CanonicalParcel = Static<typeof CanonicalParcelSchema>;

/** Pre-sale part of an order. */
export const CanonicalPresaleSchema = Type.Object(
  {
    kind: Type.Union([Type.Literal('deposit'), Type.Literal('full')], {
      description: '`deposit`: paid in steps; `full`: paid at once, shipped later',
    }),
    depositPaid: Type.Boolean({
      description: 'The deposit is paid; stock may be kept, nothing may be shipped before the final payment',
    }),
    finalPaid: Type.Optional(Type.Boolean({ description: 'The final payment is in' })),
    paidSoFarFen: Type.Optional(FenSchema('Paid over all steps so far')),
  },
  { additionalProperties: false, title: 'CanonicalPresale' },
);
export type CanonicalPresale = Static<typeof CanonicalPresaleSchema>;

/** A platform order in Huidian's words, with the text it was read from. */
export const CanonicalOrderSchema = Type.Object(
  {
    platformOrderNo: PlatformIdSchema("The platform's order number"),
    parentOrderNo: Type.Optional(PlatformIdSchema('Order that this one was split from')),
    replacedBy: Type.Optional(
      Type.Array(PlatformIdSchema('Order number'), {
        maxItems: 500,
        description:
          'This order lives on in these; an empty list means it was split and the parts are not named. Never restocked, never a refund',
      }),
    ),
    platformState: PlatformStateSchema,
    rawStatus: Type.Optional(Type.String({ maxLength: 128, description: "The platform's own status code" })),
    modifiedAt: InstantSchema("The platform's modification time"),
    fetchedAt: InstantSchema('When the answer was complete (business time)'),
    fetchStartedAt: Type.Optional(
      InstantSchema('When the request was sent (business time); breaks ties of modifiedAt'),
    ),
    contentHash: Type.Optional(
      Type.String({ maxLength: 128, description: 'Hash of the content; equal hash means nothing changed' }),
    ),
    placedAt: InstantSchema('When the buyer placed the order'),
    paidAt: Type.Optional(InstantSchema('When it was paid')),
    shippedAt: Type.Optional(InstantSchema('When the platform learned of the first shipment')),
    endedAt: Type.Optional(InstantSchema('When it was completed, cancelled or closed')),
    shipBy: Type.Optional(InstantSchema('Promised latest shipping time')),
    releaseAt: Type.Optional(InstantSchema('The platform asks not to work on the order before this time')),
    currency: Type.String({ pattern: '^[A-Z]{3}$', examples: ['CNY'] }),
    buyer: Type.Optional(
      Type.Object(
        {
          id: Type.String({ maxLength: 256, description: 'Stable within the shop' }),
          nick: Type.Optional(FreeTextSchema('Nick, usually masked', 256)),
        },
        { additionalProperties: false },
      ),
    ),
    receiver: Type.Optional(CanonicalReceiverSchema),
    buyerMessage: Type.Optional(FreeTextSchema('Remark of the buyer')),
    sellerMemo: Type.Optional(FreeTextSchema('Remark of the shop on the platform')),
    flag: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 99,
        description: 'Colour flag of the seller memo as the platform numbers it',
      }),
    ),
    amounts: CanonicalAmountsSchema,
    paymentNo: Type.Optional(
      Type.String({ maxLength: 128, description: 'Payment number that joins the order to the bill' }),
    ),
    isCashOnDelivery: Type.Optional(Type.Boolean()),
    isUrged: Type.Optional(Type.Boolean({ description: 'The buyer pressed for shipping' })),
    shippedByPlatform: Type.Optional(
      Type.Boolean({ description: 'Every live line leaves from a warehouse of the platform; we ship nothing' }),
    ),
    noLineSplit: Type.Optional(
      Type.Boolean({ description: 'The platform allows no line to be shipped in several parcels' }),
    ),
    supplementsOrders: Type.Optional(
      Type.Array(PlatformIdSchema('Order number'), {
        maxItems: 500,
        description: 'Orders that this price-difference order pays for',
      }),
    ),
    presale: Type.Optional(CanonicalPresaleSchema),
    forbids: Type.Optional(
      Type.Array(PlatformForbidSchema, {
        maxItems: 50,
        description: 'Reasons why the platform forbids shipping the whole order now',
      }),
    ),
    parcels: Type.Optional(Type.Array(CanonicalParcelSchema, { maxItems: 1_000 })),
    lines: Type.Array(CanonicalOrderLineSchema, { maxItems: 20_000 }),
    raw: Type.String({ description: 'The text as received, byte for byte' }),
  },
  { additionalProperties: false, title: 'CanonicalOrder' },
);
export type CanonicalOrder = Static<typeof CanonicalOrderSchema>;

/**
 * What the order's own amounts leave unexplained, in fen: payable − (goods + freight + other charges − discounts).
 * 0 for a consistent order; anything else belongs to a suspense account and raises `amount_mismatch`.
 */
export function unexplainedOrderFen(amounts: CanonicalAmounts): number {
  const explained =
    amounts.goodsFen +
    amounts.freightFen +
    (amounts.otherChargesFen ?? 0) -
    amounts.shopDiscountFen -
    amounts.platformDiscountFen;
  return amounts.payableFen - explained;
}

/**
 * What the lines leave unexplained of the payable amount, in fen: payable − freight − other charges − Σ line.paidFen.
 * 0 for a consistent order.
 */
export function unexplainedLinesFen(order: Pick<CanonicalOrder, 'amounts' | 'lines'>): number {
  const lines = order.lines.reduce((sum, line) => sum + line.paidFen, 0);
  return order.amounts.payableFen - order.amounts.freightFen - (order.amounts.otherChargesFen ?? 0) - lines;
}
