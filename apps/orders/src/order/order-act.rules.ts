import { AppError } from '@app/shared';
import { APPROVABLE_HOLDS, closeHold, isConditionHold, isReviewFree, openHold, openHolds } from './hold.rules';
import { isClosed, isGone, isWorkable } from './order.rules';
import type { OrderAggregate } from './order.types';

/** What an act is done with. */
export interface ActContext {
  now: Date;
  actor: string;
  reason: string;
}

function forbid({ order }: OrderAggregate, act: string, why: string): never {
  throw new AppError('ORDER.STATE_FORBIDS', `Order ${order.orderId} cannot ${act}: ${why}`, {
    version: order.version,
    orderStatus: order.status,
    review: order.review,
    fulfilment: order.fulfilment,
  });
}

function assertWorkable(aggregate: OrderAggregate, act: string): void {
  if (!isWorkable(aggregate))
    forbid(
      aggregate,
      act,
      `it is ${aggregate.order.isLive ? `${aggregate.order.status} (platform: ${aggregate.order.platformState})` : 'from before the shop went live'}.`,
    );
}

/** Approves an order: what reading settles is settled, and it goes on if nothing else holds it. */
export function approve(aggregate: OrderAggregate, { now, actor, reason }: ActContext): void {
  assertWorkable(aggregate, 'be approved');
  const { order } = aggregate;
  const settled = openHolds(aggregate).filter(({ type }) => (APPROVABLE_HOLDS as readonly string[]).includes(type));
  if (order.review === 'approved' && settled.length === 0) forbid(aggregate, 'be approved', 'it is approved already.');
  for (const hold of settled) closeHold(hold, now, actor, reason);
  if (!isReviewFree(aggregate)) {
    const left = openHolds(aggregate)
      .map(({ type }) => type)
      .join(', ');
    forbid(
      aggregate,
      'be approved',
      `it is held by ${left}; these end by release-hold, or by themselves when their condition is over.`,
    );
  }
  order.review = 'approved';
  order.approvedReceiverMark = order.receiverMark;
}

/** Takes an approval back; what was released to a warehouse is stopped. */
export function takeBack(aggregate: OrderAggregate): void {
  if (aggregate.order.review !== 'approved') forbid(aggregate, 'be taken back', 'it is not approved.');
  if (isGone(aggregate.order)) forbid(aggregate, 'be taken back', 'it has departed.');
  assertWorkable(aggregate, 'be taken back');
  aggregate.order.review = 'taken_back';
}

/** Holds an order by hand. */
export function hold(
  aggregate: OrderAggregate,
  context: ActContext,
  wish: { type: string; owner: string; releaseAt: Date | null },
): void {
  if (isClosed(aggregate) || aggregate.order.platformState === 'completed')
    forbid(aggregate, 'be held', `it is ${aggregate.order.status}.`);
  if (!aggregate.order.isLive) forbid(aggregate, 'be held', 'it is from before the shop went live.');
  const isOwn = isConditionHold(wish.type) || (APPROVABLE_HOLDS as readonly string[]).includes(wish.type);
  if (isOwn)
    forbid(
      aggregate,
      'be held',
      `holds of type ${wish.type} are opened by rules alone; take manual or a type of your own.`,
    );
  if (wish.releaseAt && wish.releaseAt <= context.now)
    forbid(aggregate, 'be held', `the release time ${wish.releaseAt.toISOString()} has passed.`);
  openHold(aggregate, context.now, {
    type: wish.type,
    owner: wish.owner,
    cause: context.actor,
    reason: context.reason,
    releaseAt: wish.releaseAt,
  });
}

/** Releases one hold by hand. */
export function releaseHold(aggregate: OrderAggregate, { now, actor, reason }: ActContext, holdId: string): void {
  const found = aggregate.holds.find((one) => one.holdId === holdId);
  if (!found) throw new AppError('HOLD.NOT_FOUND', `Order ${aggregate.order.orderId} has no hold ${holdId}.`);
  if (found.closedAt) forbid(aggregate, 'have this hold released', `hold ${holdId} was released before.`);
  if (isConditionHold(found.type))
    forbid(
      aggregate,
      'have this hold released',
      `a hold of type ${found.type} ends by itself when its condition is over.`,
    );
  closeHold(found, now, actor, reason);
  if (found.type === 'address_changed') aggregate.order.approvedReceiverMark = aggregate.order.receiverMark;
}

/** Cancels an order on our side before departure: stock is given back and nothing is shipped. The platform is not told. */
export function cancel(aggregate: OrderAggregate): void {
  if (isClosed(aggregate)) forbid(aggregate, 'be cancelled', 'it is cancelled already.');
  if (aggregate.fulfilments.some(({ state }) => state === 'departing' || state === 'shipped'))
    forbid(aggregate, 'be cancelled', 'goods of it have departed; hold it to have them intercepted.');
  if (aggregate.order.platformState === 'completed') forbid(aggregate, 'be cancelled', 'it is completed.');
  aggregate.order.isCancelled = true;
}

/** Marks an order as urgent, or not; shown to warehouses with the next release. */
export function markUrgent(aggregate: OrderAggregate, isUrgent: boolean): void {
  if (isClosed(aggregate) || isGone(aggregate.order))
    forbid(aggregate, 'be marked as urgent', `it is ${aggregate.order.status}.`);
  aggregate.order.isUrgent = isUrgent;
}
