import type { OrderFactItem, OrderStockItem } from '@app/contracts';
import type { OccupiedChange } from '../level/level.book';
import type { RouteLine, Shortage } from './routing.rules';

/** Pieces that an order's line wants. */
export interface Want {
  lineId: string;
  skuId: string;
  skuCode: string;
  quantity: number;
}

/** Lines of an order that its platform counts as sold and not shipped: line id → listing SKU. */
export interface CountedLines {
  shopId: string;
  lines: Record<string, string>;
}

export type OrderStockState = OrderStockItem['state'];

/** What inventory knows of an order. */
export interface OrderStock {
  orderId: string;
  /** 0: nothing but parcels is known of it. */
  orderVersion: number;
  /** Whether stock shall be held at all. */
  isWanted: boolean;
  wants: Want[];
  paidAt: Date | null;
  state: OrderStockState | null;
  revision: number;
  told: string;
  /** What of it counts as occupied where the platform takes on-hand numbers; null for none. */
  counted: CountedLines | null;
  /** True where this transaction made the row, so that nothing is held for the order and no parcel of it was seen before. */
  isNew?: boolean;
}

/** What an order asks for. */
export type Asked = Pick<OrderStock, 'isWanted' | 'wants' | 'counted'> & { paidAt: Date };

/** Pieces of an order's line in a warehouse. */
export interface LinePieces {
  lineId: string;
  skuId: string;
  quantity: number;
}

const pieceKey = (lineId: string, skuId: string) => JSON.stringify([lineId, skuId]);

/** Pieces per line and SKU, summed. */
export class Pieces {
  private readonly sums = new Map<string, number>();

  constructor(items: readonly LinePieces[] = []) {
    for (const item of items) this.add(item.lineId, item.skuId, item.quantity);
  }

  add(lineId: string, skuId: string, quantity: number): void {
    const key = pieceKey(lineId, skuId);
    this.sums.set(key, (this.sums.get(key) ?? 0) + quantity);
  }

  of(lineId: string, skuId: string): number {
    return this.sums.get(pieceKey(lineId, skuId)) ?? 0;
  }
}

/** The wants of an order fact; the same SKU twice in a line is summed. */
export function wantsOf(item: OrderFactItem): Want[] {
  const wants = new Map<string, Want>();
  for (const { lineId, noStock, wants: parts } of item.lines) {
    if (noStock) continue;
    for (const { skuId, skuCode, quantity } of parts) {
      const key = pieceKey(lineId, skuId);
      const known = wants.get(key);
      if (known) known.quantity += quantity;
      else wants.set(key, { lineId, skuId, skuCode, quantity });
    }
  }
  return [...wants.values()];
}

/**
 * The lines whose held pieces the platform subtracts from its number by itself. Only an order that the platform calls paid
 * and unshipped counts: of any other it may have forgotten the pieces already, and counting them would sell them twice.
 */
export function countedOf(item: OrderFactItem, onHandPlatforms: ReadonlySet<string>): CountedLines | null {
  if (!onHandPlatforms.has(item.platform) || item.platformState !== 'paid' || item.stock !== 'reserve') return null;
  const lines = item.lines.filter(({ noStock, listingSkuId }) => !noStock && listingSkuId !== '');
  if (lines.length === 0) return null;
  return { shopId: item.shopId, lines: Object.fromEntries(lines.map((line) => [line.lineId, line.listingSkuId])) };
}

const sameCounted = (a: CountedLines | null, b: CountedLines | null): boolean => {
  if (a === null || b === null) return a === b;
  const lines = Object.entries(b.lines);
  return (
    a.shopId === b.shopId &&
    lines.length === Object.keys(a.lines).length &&
    lines.every(([lineId, listing]) => a.lines[lineId] === listing)
  );
};

/** True when an order that was judged asks for the same again; a short one may be served meanwhile, so it is not among those. */
export function asksTheSame(order: OrderStock, asked: Asked): boolean {
  return (
    order.orderVersion > 0 &&
    order.state !== 'short' &&
    order.isWanted === asked.isWanted &&
    order.paidAt?.getTime() === asked.paidAt.getTime() &&
    order.wants.length === asked.wants.length &&
    order.wants.every(({ lineId, skuId, skuCode, quantity }, index) => {
      const want = asked.wants[index]!;
      return lineId === want.lineId && skuId === want.skuId && skuCode === want.skuCode && quantity === want.quantity;
    }) &&
    sameCounted(order.counted, asked.counted)
  );
}

/** How a hold's counted pieces change when `left` of the `open` pieces stay; at most one row per listing. */
export function countedChanges(
  hold: { lineId: string; skuId: string; warehouse: string; open: number; left: number },
  before: CountedLines | null,
  after: CountedLines | null,
): OccupiedChange[] {
  const { lineId, skuId, warehouse, open, left } = hold;
  const was = before?.lines[lineId];
  const is = after?.lines[lineId];
  if (before && after && was !== undefined && was === is && before.shopId === after.shopId)
    return open === left ? [] : [{ skuId, warehouse, shopId: after.shopId, listingSkuId: is, delta: left - open }];
  return [
    ...(before && was !== undefined
      ? [{ skuId, warehouse, shopId: before.shopId, listingSkuId: was, delta: -open }]
      : []),
    ...(after && is !== undefined && left > 0
      ? [{ skuId, warehouse, shopId: after.shopId, listingSkuId: is, delta: left }]
      : []),
  ];
}

/** What should be held now for a want: nothing of what has left already. */
export function targetOf(order: OrderStock, want: Want, shipped: Pieces): number {
  return order.isWanted ? Math.max(0, want.quantity - shipped.of(want.lineId, want.skuId)) : 0;
}

/** Lines of which something is still to be held, whole; empty when all is held. */
export function linesToHold(order: OrderStock, held: Pieces, shipped: Pieces): RouteLine[] {
  const lines = new Map<string, { lineId: string; needs: { skuId: string; quantity: number }[]; isMissing: boolean }>();
  for (const want of order.wants) {
    const quantity = targetOf(order, want, shipped);
    if (quantity === 0) continue;
    const line = lines.get(want.lineId) ?? { lineId: want.lineId, needs: [], isMissing: false };
    line.needs.push({ skuId: want.skuId, quantity });
    if (held.of(want.lineId, want.skuId) < quantity) line.isMissing = true;
    lines.set(want.lineId, line);
  }
  return [...lines.values()].filter(({ isMissing }) => isMissing).map(({ lineId, needs }) => ({ lineId, needs }));
}

/** The state that results; null while nothing was ever wanted or held. */
export function stateOf(order: OrderStock, isShort: boolean, shipped: Pieces): OrderStockState | null {
  const hasShipped = order.wants.some(({ lineId, skuId }) => shipped.of(lineId, skuId) > 0);
  const isAllShipped =
    hasShipped && order.wants.every(({ lineId, skuId, quantity }) => shipped.of(lineId, skuId) >= quantity);
  if (isAllShipped) return 'shipped_out';
  if (order.isWanted) return isShort ? 'short' : 'reserved';
  if (order.state === 'shipped_out') return 'shipped_out';
  return order.state === null && !hasShipped ? null : 'released';
}

/** What is held where. */
export interface HeldPieces extends LinePieces {
  warehouse: string;
}

/** The lines as they are told: wants first, then what left though nobody wants it any more. */
export function linesOf(
  order: OrderStock,
  held: readonly HeldPieces[],
  shippedLines: readonly (LinePieces & { skuCode: string })[],
  shortages: readonly Shortage[],
): OrderStockItem['lines'] {
  const heldPieces = new Pieces(held);
  const shipped = new Pieces(shippedLines);
  const short = new Pieces(shortages.map(({ lineId, skuId, short: quantity }) => ({ lineId, skuId, quantity })));
  const wanted = new Map(order.wants.map((want) => [pieceKey(want.lineId, want.skuId), want]));
  for (const { lineId, skuId, skuCode } of shippedLines) {
    if (!wanted.has(pieceKey(lineId, skuId)))
      wanted.set(pieceKey(lineId, skuId), { lineId, skuId, skuCode, quantity: 0 });
  }
  return [...wanted.values()].map(({ lineId, skuId, skuCode, quantity }) => ({
    lineId,
    skuId,
    skuCode,
    warehouse: held.find((piece) => piece.lineId === lineId && piece.skuId === skuId)?.warehouse ?? '',
    wanted: quantity,
    reserved: heldPieces.of(lineId, skuId),
    shippedOut: shipped.of(lineId, skuId),
    short: short.of(lineId, skuId),
  }));
}
