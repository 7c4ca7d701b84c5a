import { groupBy, newId } from '@app/shared';
import { isBlocking } from './hold.rules';
import {
  componentsOf,
  departedCounts,
  hasDeparted,
  isClosed,
  isLineGone,
  isWorkable,
  needsOf,
  SkuCounts,
} from './order.rules';
import type { Fulfilment, FulfilmentLine, OrderAggregate, OrderParcel } from './order.types';

/** What each warehouse has to ship by what inventory holds; undefined when something is not held whole. */
export function planOf(aggregate: OrderAggregate): Map<string, FulfilmentLine[]> | undefined {
  const departed = departedCounts(aggregate.fulfilments);
  const byWarehouse = new Map(
    [...groupBy(aggregate.fulfilments, ({ warehouse }) => warehouse).keys()].map((warehouse) => [
      warehouse,
      departedCounts(aggregate.fulfilments, warehouse),
    ]),
  );
  const none = new SkuCounts();
  const needs = needsOf(aggregate);
  const plan = new Map<string, FulfilmentLine[]>();
  for (const line of aggregate.lines) {
    const needed = needs(line);
    if (needed === 0) continue;
    if (line.components === null) return undefined;
    for (const { skuId, skuCode, quantity } of componentsOf(line)) {
      let missing = needed * quantity - departed.of(line.lineId, skuId);
      for (const held of line.held) {
        if (held.skuId !== skuId || missing <= 0) continue;
        const left = held.reserved + held.shippedOut - (byWarehouse.get(held.warehouse) ?? none).of(line.lineId, skuId);
        const taken = Math.min(missing, Math.max(0, left));
        if (taken === 0) continue;
        missing -= taken;
        const items = plan.get(held.warehouse) ?? [];
        items.push({ lineId: line.lineId, skuId, skuCode, quantity: taken });
        plan.set(held.warehouse, items);
      }
      if (missing > 0) return undefined;
    }
  }
  return plan;
}

/** Why nothing of the order may leave now, in words for a clerk; undefined when it may. */
export function stopReason(aggregate: OrderAggregate): string | undefined {
  const { order, holds } = aggregate;
  if (order.isCancelled) return 'The order was cancelled by us.';
  if (order.isReplaced) return 'The platform replaced the order by others.';
  if (isClosed(aggregate))
    return `The order is ${order.platformState === 'cancelled' ? 'cancelled' : 'closed or refunded'} on the platform.`;
  const open = holds.filter(isBlocking);
  if (open.length > 0) return `Held: ${open.map(({ type, reason }) => `${type} (${reason})`).join('; ')}`.slice(0, 500);
  if (!isWorkable(aggregate)) return `The platform says the order is ${order.platformState}.`;
  if (order.review !== 'approved') return 'The approval was taken back.';
  if (order.stock === 'short') return 'Stock is short.';
  return undefined;
}

const textOf = (lines: readonly FulfilmentLine[]) =>
  lines
    .map(({ lineId, skuId, quantity }) => `${lineId} ${skuId} ${quantity}`)
    .sort()
    .join();

/** True when two lists take the same pieces. */
export function isSameGoods(a: readonly FulfilmentLine[], b: readonly FulfilmentLine[]): boolean {
  return textOf(a) === textOf(b);
}

function stop(fulfilment: Fulfilment, reason: string): void {
  if (fulfilment.state === 'released') Object.assign(fulfilment, { state: 'stopped', reason });
}

function release(aggregate: OrderAggregate, warehouse: string, lines: FulfilmentLine[], now: Date): void {
  const { order, fulfilments } = aggregate;
  const known = fulfilments.find((fulfilment) => fulfilment.warehouse === warehouse && !hasDeparted(fulfilment));
  if (known?.state === 'released' && isSameGoods(known.lines, lines)) return;
  if (known) {
    Object.assign(known, {
      state: 'released',
      reason: '',
      lines,
      shipBy: order.shipBy,
      isUrgent: order.isUrgent,
      departedAt: null,
      parcelId: null,
    });
    return;
  }
  const { companyId, orderId, shopId, shipBy, isUrgent } = order;
  fulfilments.push({
    companyId,
    fulfilmentId: newId('ful'),
    orderId,
    shopId,
    warehouse,
    revision: 0,
    state: 'released',
    reason: '',
    shipBy,
    isUrgent,
    departedAt: null,
    parcelId: null,
    createdAt: now,
    updatedAt: now,
    lines,
  });
}

/** Brings pieces back that were taken out although they were in a parcel that was leaving at that moment. */
function keepWhatLeft(fulfilment: Fulfilment, parcels: readonly OrderParcel[], left: SkuCounts): void {
  const planned = new SkuCounts();
  for (const { lineId, skuId, quantity } of fulfilment.lines) planned.add(lineId, skuId, quantity);
  const isCovered = parcels.every(({ lines }) =>
    lines.every(({ lineId, skuId }) => left.of(lineId, skuId) <= planned.of(lineId, skuId)),
  );
  if (isCovered) return;
  const codes = new Map(fulfilment.lines.map(({ skuId, skuCode }) => [skuId, skuCode]));
  const lines = new Map(fulfilment.lines.map((line) => [`${line.lineId} ${line.skuId}`, line]));
  for (const { lineId, skuId } of parcels.flatMap((parcel) => parcel.lines)) {
    const quantity = Math.max(left.of(lineId, skuId), planned.of(lineId, skuId));
    lines.set(`${lineId} ${skuId}`, { lineId, skuId, skuCode: codes.get(skuId) ?? skuId, quantity });
  }
  fulfilment.lines = [...lines.values()];
}

/** Marks fulfilments as shipped whose goods are in parcels that left. */
function settleShipped(aggregate: OrderAggregate): void {
  for (const fulfilment of aggregate.fulfilments) {
    const parcels = aggregate.parcels.filter(({ fulfilmentId }) => fulfilmentId === fulfilment.fulfilmentId);
    if (fulfilment.state === 'shipped' || parcels.length === 0) continue;
    const left = leftCounts(aggregate, fulfilment);
    keepWhatLeft(fulfilment, parcels, left);
    const isWhole = fulfilment.lines.every(({ lineId, skuId, quantity }) => left.of(lineId, skuId) >= quantity);
    const first = parcels.reduce((a, b) => (a.shippedAt <= b.shippedAt ? a : b));
    Object.assign(fulfilment, {
      state: isWhole ? 'shipped' : 'departing',
      departedAt: fulfilment.departedAt ?? first.shippedAt,
      parcelId: fulfilment.parcelId ?? first.parcelId,
    });
  }
}

function leftCounts(aggregate: OrderAggregate, { fulfilmentId }: Fulfilment): SkuCounts {
  const left = new SkuCounts();
  for (const parcel of aggregate.parcels) {
    if (parcel.fulfilmentId !== fulfilmentId) continue;
    for (const { lineId, skuId, quantity } of parcel.lines) left.add(lineId, skuId, quantity);
  }
  return left;
}

/** Pieces of a fulfilment that have not left and that nobody may ship any more, since their line was given back or closed. */
export function staleGoods(aggregate: OrderAggregate, fulfilment: Fulfilment): FulfilmentLine[] {
  const isOver = isClosed(aggregate);
  const gone = new Set(aggregate.lines.filter((line) => isOver || isLineGone(line)).map(({ lineId }) => lineId));
  const left = leftCounts(aggregate, fulfilment);
  return fulfilment.lines
    .filter(({ lineId, skuId, quantity }) => gone.has(lineId) && left.of(lineId, skuId) < quantity)
    .map((line) => ({ ...line, quantity: line.quantity - left.of(line.lineId, line.skuId) }));
}

/** Takes such pieces out of a fulfilment of which another parcel has left, so that what is labelled is compared anew. */
function dropStaleGoods(aggregate: OrderAggregate): void {
  for (const fulfilment of aggregate.fulfilments) {
    const hasLeft = aggregate.parcels.some(({ fulfilmentId }) => fulfilmentId === fulfilment.fulfilmentId);
    if (fulfilment.state !== 'departing' || !hasLeft) continue;
    const stale = new SkuCounts();
    for (const { lineId, skuId, quantity } of staleGoods(aggregate, fulfilment)) stale.add(lineId, skuId, quantity);
    fulfilment.lines = fulfilment.lines
      .map((line) => ({ ...line, quantity: line.quantity - stale.of(line.lineId, line.skuId) }))
      .filter(({ quantity }) => quantity > 0);
  }
}

/**
 * Releases, stops and re-plans what has not departed. Of what has departed, only pieces that are still there and were
 * given back are taken out.
 * Revisions are raised when the change is stored (see order.store.ts).
 */
export function settleFulfilments(aggregate: OrderAggregate, now: Date): void {
  dropStaleGoods(aggregate);
  settleShipped(aggregate);
  const reason = stopReason(aggregate);
  const plan = reason === undefined && aggregate.order.stock === 'reserved' ? planOf(aggregate) : undefined;
  const isElsewhere = aggregate.lines.some((line) => line.isElsewhere);
  const elsewhere = 'The platform says the order was shipped elsewhere.';
  if (!plan) {
    for (const fulfilment of aggregate.fulfilments)
      stop(fulfilment, reason ?? (isElsewhere ? elsewhere : 'Stock for the order is not held any more.'));
    return;
  }
  for (const fulfilment of aggregate.fulfilments) {
    if (!plan.has(fulfilment.warehouse))
      stop(fulfilment, isElsewhere ? elsewhere : 'Nothing is left to ship from this warehouse.');
  }
  for (const [warehouse, lines] of plan) release(aggregate, warehouse, lines, now);
}
