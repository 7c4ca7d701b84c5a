import { Type, type Static } from '@sinclair/typebox';
import { defineFact } from '@app/shared';

const Id = Type.String({ minLength: 1, maxLength: 200 });
const Count = Type.Integer({ minimum: 0 });

/** What inventory holds for an order, as a whole. `state` decides; the name only says why it was told. */
export const OrderStockItem = Type.Object({
  orderId: Id,
  stockRevision: Type.Integer({ minimum: 1 }),
  /** The version of the order that inventory judged. */
  orderVersion: Type.Integer({ minimum: 1 }),
  state: Type.Union([
    Type.Literal('reserved'),
    Type.Literal('short'),
    Type.Literal('released'),
    Type.Literal('shipped_out'),
  ]),
  lines: Type.Array(
    Type.Object({
      lineId: Id,
      skuId: Id,
      skuCode: Type.String(),
      /** Where the pieces are held; empty when nothing is. */
      warehouse: Type.String(),
      wanted: Count,
      reserved: Count,
      shippedOut: Count,
      /** Pieces that are missing to hold the line. */
      short: Count,
    }),
  ),
});
export type OrderStockItem = Static<typeof OrderStockItem>;

const orderStock = (name: string) =>
  defineFact({
    name,
    producer: 'inventory',
    consumers: ['orders'],
    subjectKind: 'order-stock',
    subjectField: 'orderId',
    versionField: 'stockRevision',
    schema: OrderStockItem,
  });

/** Every want of the order is held. */
export const stockReserved = orderStock('stock.reserved');
/** Nothing is held since something is missing. */
export const stockShort = orderStock('stock.short');
/** What was held is given back, or went out. */
export const stockReleased = orderStock('stock.released');
/** Facts whose items are OrderStockItem. */
export const ORDER_STOCK_FACTS = [stockReserved, stockShort, stockReleased] as const;

/**
 * A shop whose platform takes what lies in the warehouse as its number, and subtracts what it sold and did not see leave:
 * the pieces of a level that are held for such orders, and what of it ever left in parcels of the shop.
 */
export const OccupiedPieces = Type.Object({
  shopId: Id,
  /** Only rises. Who has counted more departures than this knows of some that the pieces below still contain. */
  departed: Count,
  listings: Type.Array(Type.Object({ listingSkuId: Id, pieces: Count })),
});
export type OccupiedPieces = Static<typeof OccupiedPieces>;

/** A stock level after a change, in pieces. `levelId` is `<skuId>@<warehouse>`. */
export const SellableItem = Type.Object({
  levelId: Id,
  stockVersion: Type.Integer({ minimum: 1 }),
  skuId: Id,
  skuCode: Type.String(),
  warehouse: Id,
  onHand: Type.Integer(),
  reserved: Count,
  safety: Count,
  sellable: Type.Integer(),
  /** Of the same version as the counters, so that sellable and these never count a piece twice. Absent: none. */
  occupied: Type.Optional(Type.Array(OccupiedPieces)),
});
export type SellableItem = Static<typeof SellableItem>;

/** What may be sold of a SKU in a warehouse has changed. */
export const stockSellableChanged = defineFact({
  name: 'stock.sellable-changed',
  producer: 'inventory',
  consumers: ['sync'],
  subjectKind: 'stock-level',
  subjectField: 'levelId',
  versionField: 'stockVersion',
  schema: SellableItem,
});
