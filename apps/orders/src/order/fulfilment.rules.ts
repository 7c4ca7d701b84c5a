import { groupBy, newId } from '@app/shared';
import { isBlocking } from './hold.rules';
import { componentsOf, departedCounts, hasDeparted, isClosed, isWorkable, needsOf, SkuCounts } from './order.rules';
import type { Fulfilment, FulfilmentLine, OrderAggregate } from './order.types';

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

/** Marks fulfilments as shipped whose goods are in parcels that left. */
function settleShipped(aggregate: OrderAggregate): void {
  for (const fulfilment of aggregate.fulfilments) {
    const parcels = aggregate.parcels.filter(({ fulfilmentId }) => fulfilmentId === fulfilment.fulfilmentId);
    if (fulfilment.state === 'shipped' || parcels.length === 0) continue;
    const left = new SkuCounts();
    for (const parcel of parcels)
      for (const { lineId, skuId, quantity } of parcel.lines) left.add(lineId, skuId, quantity);
    const isWhole = fulfilment.lines.every(({ lineId, skuId, quantity }) => left.of(lineId, skuId) >= quantity);
    const first = parcels.reduce((a, b) => (a.shippedAt <= b.shippedAt ? a : b));
    Object.assign(fulfilment, {
      state: isWhole ? 'shipped' : 'departing',
      departedAt: fulfilment.departedAt ?? first.shippedAt,
      parcelId: fulfilment.parcelId ?? first.parcelId,
    });
  }
}

/**
 * Releases, stops and re-plans what has not departed. What has departed is never touched.
 * Revisions are raised when the change is stored (see order.store.ts).
 */
export function settleFulfilments(aggregate: OrderAggregate, now: Date): void {
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
