import type { PlatformState } from '@app/contracts';
import type {
  Component,
  Fulfilment,
  FulfilmentAxis,
  NoticeAxis,
  OrderAggregate,
  OrderLine,
  OrderStatus,
  WorkingOrder,
} from './order.types';

const RANKS: Record<PlatformState, number> = {
  unknown: -1,
  wait_pay: 0,
  paid: 1,
  part_shipped: 2,
  shipped: 3,
  signed: 4,
  completed: 5,
  cancelled: 6,
  closed: 6,
};

/** How far a platform state is on an order's way; `unknown` has no place on it. */
export function rankOf(state: PlatformState): number {
  return RANKS[state];
}

/** The state that holds after another one was stated: it never falls back, and `unknown` replaces nothing. */
export function laterState(known: PlatformState, stated: PlatformState): PlatformState {
  return RANKS[stated] >= RANKS[known] ? stated : known;
}

/** True while a fulfilment's goods are on their way or gone. */
export function hasDeparted(fulfilment: Pick<Fulfilment, 'state'>): boolean {
  return fulfilment.state === 'departing' || fulfilment.state === 'shipped';
}

const keyOf = (lineId: string, skuId: string) => `${lineId} ${skuId}`;

/** Pieces per line and SKU. */
export class SkuCounts {
  private readonly counts = new Map<string, number>();

  add(lineId: string, skuId: string, quantity: number): void {
    const key = keyOf(lineId, skuId);
    this.counts.set(key, (this.counts.get(key) ?? 0) + quantity);
  }

  of(lineId: string, skuId: string): number {
    return this.counts.get(keyOf(lineId, skuId)) ?? 0;
  }
}

/** What has departed, of one warehouse or of all. */
export function departedCounts(fulfilments: readonly Fulfilment[], warehouse?: string): SkuCounts {
  const counts = new SkuCounts();
  for (const fulfilment of fulfilments) {
    if (!hasDeparted(fulfilment) || (warehouse !== undefined && fulfilment.warehouse !== warehouse)) continue;
    for (const line of fulfilment.lines) counts.add(line.lineId, line.skuId, line.quantity);
  }
  return counts;
}

/** The SKUs of one piece, each once. */
export function componentsOf(line: Pick<OrderLine, 'components'>): Component[] {
  const merged = new Map<string, Component>();
  for (const component of line.components ?? []) {
    const known = merged.get(component.skuId);
    if (known) known.quantity += component.quantity;
    else merged.set(component.skuId, { ...component });
  }
  return [...merged.values()];
}

/** Whole pieces of a line that some SKU counts make up. */
export function wholePieces(line: OrderLine, countOf: (skuId: string) => number): number {
  const components = componentsOf(line);
  if (components.length === 0) return 0;
  return Math.min(...components.map(({ skuId, quantity }) => Math.floor(countOf(skuId) / quantity)));
}

/** Pieces of a line of which anything is in some SKU counts. */
export function touchedPieces(line: OrderLine, countOf: (skuId: string) => number): number {
  return Math.max(0, ...componentsOf(line).map(({ skuId, quantity }) => Math.ceil(countOf(skuId) / quantity)));
}

/** True when nothing more of the line will be shipped, since it was given back, closed or taken out of the order. */
export function isLineGone(line: OrderLine): boolean {
  return (
    line.isRemoved || line.isRefunded || line.platformLineState === 'cancelled' || line.platformLineState === 'closed'
  );
}

/** True when the order has ended without, or against, shipping. */
export function isClosed({ order, lines }: Pick<OrderAggregate, 'order' | 'lines'>): boolean {
  if (order.isCancelled || order.isReplaced || order.platformState === 'cancelled' || order.platformState === 'closed')
    return true;
  const counted = lines.filter(({ quantity }) => quantity > 0);
  return counted.length > 0 && counted.every(({ quantity, cancelled }) => cancelled === quantity);
}

/** True when an order is paid (or sent with payment on delivery) and not over; the state in which people work on it. */
export function isWorkable(aggregate: Pick<OrderAggregate, 'order' | 'lines'>): boolean {
  const rank = rankOf(aggregate.order.platformState);
  return aggregate.order.isLive && !isClosed(aggregate) && rank >= 1 && rank < 5;
}

/** Tells of each line how many pieces this merchant still has to ship or has departed; 0 for what needs no goods of ours. */
export function needsOf(aggregate: OrderAggregate): (line: OrderLine) => number {
  const isOurs = isWorkable(aggregate) && !aggregate.order.isShippedByPlatform;
  return (line) => {
    if (!isOurs || line.noStock || isLineGone(line) || line.isElsewhere || line.isShippedByPlatform) return 0;
    return line.quantity - line.cancelled;
  };
}

/**
 * Tells of each line what inventory shall hold for it, per SKU. Departed pieces stay wanted, or they would be given back
 * before they are booked out.
 */
export function wantsOf(aggregate: OrderAggregate): (line: OrderLine) => Component[] {
  const needed = needsOf(aggregate);
  const departed = departedCounts(aggregate.fulfilments);
  return (line) =>
    componentsOf(line)
      .map(({ skuId, skuCode, quantity }) => ({
        skuId,
        skuCode,
        quantity: Math.max(needed(line) * quantity, departed.of(line.lineId, skuId)),
      }))
      .filter(({ quantity }) => quantity > 0);
}

/** Whether inventory shall hold stock: something is wanted and every line that needs goods is linked. */
export function stockWish(aggregate: OrderAggregate): 'reserve' | 'none' {
  const needed = needsOf(aggregate);
  const wants = wantsOf(aggregate);
  const isUnlinked = aggregate.lines.some((line) => line.components === null && needed(line) > 0);
  if (isUnlinked && !aggregate.fulfilments.some(hasDeparted)) return 'none';
  return aggregate.lines.some((line) => wants(line).length > 0) ? 'reserve' : 'none';
}

/** Brings the counts of the lines up to date: what is cancelled, left elsewhere, held and shipped. */
export function settleLines(aggregate: OrderAggregate): void {
  const { order, lines, fulfilments, parcels } = aggregate;
  const departed = departedCounts(fulfilments);
  const hasDepartures = fulfilments.some(hasDeparted);
  const shipped = new SkuCounts();
  for (const parcel of parcels)
    for (const { lineId, skuId, quantity } of parcel.lines) shipped.add(lineId, skuId, quantity);
  for (const line of lines) {
    line.shipped = wholePieces(line, (skuId) => shipped.of(line.lineId, skuId));
    line.cancelled = isLineGone(line)
      ? Math.max(0, line.quantity - touchedPieces(line, (skuId) => departed.of(line.lineId, skuId)))
      : 0;
    const stated =
      line.platformLineState && line.platformLineState !== 'unknown' ? line.platformLineState : order.platformState;
    if (!hasDepartures && rankOf(stated) >= 3 && rankOf(stated) <= 5) line.isElsewhere = true;
    line.reserved = wholePieces(line, (skuId) =>
      line.held.reduce((sum, held) => sum + (held.skuId === skuId ? held.reserved : 0), 0),
    );
  }
  const isOpen = order.isLive && !isClosed(aggregate) && order.platformState !== 'completed';
  for (const line of lines)
    line.isWaiting = isOpen && line.components === null && !line.noStock && !isLineGone(line) && !line.isElsewhere;
}

/** True while goods of the order that nobody has let go yet have to leave. */
export function hasRemaining(aggregate: OrderAggregate): boolean {
  const departed = departedCounts(aggregate.fulfilments);
  const needs = needsOf(aggregate);
  return aggregate.lines.some((line) => {
    const needed = needs(line);
    return (
      needed > 0 && (line.components === null || wholePieces(line, (skuId) => departed.of(line.lineId, skuId)) < needed)
    );
  });
}

/** How far the furthest-behind part of the order's goods is; `planned` is reserved but not free to leave. */
export function fulfilmentAxis(aggregate: OrderAggregate): FulfilmentAxis {
  const states = new Set(aggregate.fulfilments.map(({ state }) => state));
  if (states.has('released')) return 'released';
  if (states.has('departing')) return 'departing';
  if (hasRemaining(aggregate)) return aggregate.order.stock === 'reserved' ? 'planned' : 'none';
  return states.has('shipped') ? 'shipped' : 'none';
}

/** What the platform knows of the order's parcels. */
export function noticeAxis({ parcels, notices }: OrderAggregate): NoticeAxis {
  if (notices.some(({ state }) => state === 'failed')) return 'failed';
  if (parcels.length === 0 && notices.length === 0) return 'none';
  const told = new Set(notices.filter(({ state }) => state === 'told').map(({ parcelId }) => parcelId));
  return parcels.every(({ parcelId }) => told.has(parcelId)) ? 'told' : 'pending';
}

/** True when the goods have reached the buyer, by the platform's word or by the carriers'. */
export function isDelivered({ order, parcels }: Pick<OrderAggregate, 'order' | 'parcels'>): boolean {
  if (order.platformState === 'signed' || order.platformState === 'completed') return true;
  return order.fulfilment === 'shipped' && parcels.length > 0 && parcels.every(({ state }) => state === 'delivered');
}

/** The one status that is shown, from the axes. The order's fulfilment axis must be up to date. */
export function statusOf(aggregate: OrderAggregate): OrderStatus {
  const { order, holds } = aggregate;
  if (isClosed(aggregate)) return 'cancelled';
  if (order.platformState === 'completed') return 'completed';
  const isBeforeDeparture = order.fulfilment !== 'departing' && order.fulfilment !== 'shipped';
  if (isBeforeDeparture && holds.some(({ closedAt }) => closedAt === null)) return 'held';
  if (order.platformState === 'wait_pay' || order.platformState === 'unknown') return 'wait_pay';
  if (isDelivered(aggregate)) return 'delivered';
  if (
    order.fulfilment === 'shipped' ||
    (rankOf(order.platformState) >= 3 && isBeforeDeparture && order.fulfilment === 'none')
  )
    return 'shipped';
  if (order.fulfilment === 'released' || order.fulfilment === 'departing') return 'released';
  return order.review === 'approved' ? 'approved' : 'paid';
}

/**
 * True when the receiver was surely changed after the goods had left: platforms may mask more of it by then, so both the
 * masked values and the platform's own key must be other ones.
 */
export function isRedirected(mark: string, other: string): boolean {
  const [masked, key] = mark.split('.');
  const [otherMasked, otherKey] = other.split('.');
  return masked !== otherMasked && Boolean(key && otherKey && key !== otherKey);
}

/** True when the order may not be changed by people any more in what it ships. */
export function isGone(order: WorkingOrder): boolean {
  return order.fulfilment === 'departing' || order.fulfilment === 'shipped';
}
