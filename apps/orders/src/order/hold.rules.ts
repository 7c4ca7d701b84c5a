import { isOtherReceiver } from '@app/contracts';
import { newId } from '@app/shared';
import {
  awaitsAmount,
  excessFen,
  givenForUnknownLine,
  isRefundAsked,
  opensBeforeDeparture,
} from '../after-sale/refund.rules';
import { hasDeparted, hasRemaining, isClosed, isDelivered, isRedirected, isWorkable, needsOf } from './order.rules';
import type { DecisionContext, Hold, OrderAggregate } from './order.types';

/** Holds that exist as long as their condition holds; nobody can release them by hand. */
export const CONDITION_HOLDS = [
  'unmapped_sku',
  'short_stock',
  'refund_requested',
  'after_sale_open',
  'platform_forbids',
  'presale_not_due',
  'ship_notice_failed',
] as const;

/** Holds that reading and approving the order settles. */
export const APPROVABLE_HOLDS = ['buyer_remark', 'address_changed', 'amount_mismatch', 'bad_quantity'] as const;

/** Holds that have nothing to do with the review: it goes on beside them. */
const BESIDE_REVIEW = new Set<string>(['unmapped_sku', 'short_stock', 'presale_not_due', 'ship_notice_failed']);

/** Holds that ask a parcel that has already left to be caught. */
const INTERCEPTING = new Set<string>(['refund_requested', 'platform_forbids', 'address_changed', 'manual']);

/** True for holds that end by themselves alone. */
export function isConditionHold(type: string): boolean {
  return (CONDITION_HOLDS as readonly string[]).includes(type);
}

export function openHolds(aggregate: Pick<OrderAggregate, 'holds'>): Hold[] {
  return aggregate.holds.filter(({ closedAt }) => closedAt === null);
}

/** True when no open hold keeps the review from being settled. */
export function isReviewFree(aggregate: OrderAggregate): boolean {
  return openHolds(aggregate).every(({ type }) => BESIDE_REVIEW.has(type));
}

/** True for open holds under which nothing may leave. A failed ship notice concerns what has left already. */
export function isBlocking({ type, closedAt }: Hold): boolean {
  return closedAt === null && type !== 'ship_notice_failed';
}

interface Wish {
  reason: string;
  cause: string;
  releaseAt?: Date | null;
}

/** Opens a hold. */
export function openHold(aggregate: OrderAggregate, now: Date, hold: { type: string; owner: string } & Wish): Hold {
  const { companyId, orderId } = aggregate.order;
  const opened: Hold = {
    companyId,
    orderId,
    holdId: newId('hld'),
    since: now,
    closedAt: null,
    closedBy: null,
    closeReason: null,
    type: hold.type,
    owner: hold.owner,
    cause: hold.cause,
    reason: hold.reason,
    releaseAt: hold.releaseAt ?? null,
  };
  aggregate.holds.push(opened);
  return opened;
}

/** Closes an open hold. */
export function closeHold(hold: Hold, now: Date, by: string, reason: string): void {
  hold.closedAt = now;
  hold.closedBy = by;
  hold.closeReason = reason;
}

function shortages(aggregate: OrderAggregate): string {
  const missing = new Map<string, number>();
  for (const line of aggregate.lines)
    for (const held of line.held)
      if (held.short > 0) missing.set(held.skuCode, (missing.get(held.skuCode) ?? 0) + held.short);
  return (
    [...missing].map(([sku, count]) => `${sku}: ${count} missing`).join(', ') ||
    'inventory could not hold the whole order'
  );
}

function forbidden(aggregate: OrderAggregate, now: Date): Wish | undefined {
  const { order, lines } = aggregate;
  const needed = needsOf(aggregate);
  if (order.unknownStatus !== null)
    return { cause: order.unknownStatus, reason: `The platform states an unknown status "${order.unknownStatus}".` };
  const forbids = [order.forbids, ...lines.filter((line) => needed(line) > 0).map((line) => line.forbids)].filter(
    (text) => text !== null,
  );
  if (forbids.length > 0)
    return {
      cause: 'forbids',
      reason: [...new Set(forbids)].join('; ').slice(0, 500),
      releaseAt: order.notBefore && order.notBefore > now ? order.notBefore : null,
    };
  if (order.notBefore && order.notBefore > now)
    return {
      cause: 'not_before',
      reason: 'The platform asks not to work on the order yet.',
      releaseAt: order.notBefore,
    };
  return undefined;
}

function conditions(aggregate: OrderAggregate, now: Date): Map<string, Wish> {
  const { order, lines } = aggregate;
  const wishes = new Map<string, Wish>();
  const needed = needsOf(aggregate);
  const add = (type: string, wish: Wish | undefined) => wish && wishes.set(type, wish);
  const failed = aggregate.notices.find(({ state }) => state === 'failed');
  if (failed) add('ship_notice_failed', { cause: failed.noticeId, reason: failed.reason });
  if (!order.isLive || isClosed(aggregate) || order.platformState === 'completed') return wishes;
  const isWorking = isWorkable(aggregate) && (hasRemaining(aggregate) || lines.every(({ noStock }) => noStock));
  if (isWorking || order.unknownStatus !== null) add('platform_forbids', forbidden(aggregate, now));
  if (isWorkable(aggregate) && (!isDelivered(aggregate) || hasRemaining(aggregate))) {
    const refunds = lines.filter((line) => isRefundAsked(line) && (needed(line) > 0 || line.noStock));
    if (refunds.length > 0)
      add('refund_requested', {
        cause: 'refund',
        reason: `${
          refunds.every(awaitsAmount)
            ? 'Money went back, and no after-sale says yet how much, for line'
            : 'A refund is asked for line'
        } ${refunds
          .map(({ platformLineNo }) => platformLineNo)
          .slice(0, 5)
          .join(', ')}.`,
      });
  }
  if (!isWorking) return wishes;
  const open = opensBeforeDeparture(aggregate).filter(({ lineId }) =>
    lines.some((line) => (lineId === null || line.lineId === lineId) && needed(line) > 0),
  );
  if (open.length > 0)
    add('after_sale_open', {
      cause: 'after_sale',
      reason: `An after-sale is open that may change what is to be shipped: ${open
        .map(({ kind, platformAfterSaleNo }) => `${kind} ${platformAfterSaleNo}`)
        .slice(0, 5)
        .join(', ')}.`,
    });
  const unlinked = lines.filter((line) => line.components === null && needed(line) > 0);
  if (unlinked.length > 0)
    add('unmapped_sku', {
      cause: 'unlinked',
      reason: `No SKU is linked to ${unlinked
        .map(({ listingSkuId, title }) => listingSkuId || title)
        .slice(0, 5)
        .join(', ')}.`,
    });
  else if (order.stock === 'short') add('short_stock', { cause: 'short', reason: shortages(aggregate) });
  if (order.isBalanceDue)
    add('presale_not_due', { cause: 'balance', reason: 'The final payment of the pre-sale is not in.' });
  return wishes;
}

function syncConditions(aggregate: OrderAggregate, now: Date): void {
  const wishes = conditions(aggregate, now);
  for (const type of CONDITION_HOLDS) {
    const wish = wishes.get(type);
    const open = openHolds(aggregate).find((hold) => hold.type === type);
    if (open && !wish) closeHold(open, now, 'rule', 'The condition is over.');
    else if (open && wish)
      Object.assign(open, { reason: wish.reason, cause: wish.cause, releaseAt: wish.releaseAt ?? null });
    else if (wish) openHold(aggregate, now, { type, owner: 'rule', ...wish });
  }
}

/** Opens a hold unless a person has settled it, or it is open. One that a rule closed was settled by nobody. */
function openOnce(aggregate: OrderAggregate, now: Date, type: string, cause: string, reason: string): void {
  if (!aggregate.holds.some((hold) => hold.type === type && hold.cause === cause && hold.closedBy !== 'rule'))
    openHold(aggregate, now, { type, cause, reason, owner: 'rule' });
}

const OF_REFUNDS = 'refund ';

/** What of the money that went back a person must look at before anything leaves, as cause and reason. */
function refundMismatches(aggregate: OrderAggregate, toleranceFen: number): Map<string, string> {
  const found = new Map<string, string>();
  const excess = excessFen(aggregate);
  if (excess > toleranceFen) found.set(`${OF_REFUNDS}${excess}`, `${excess} fen more were refunded than were paid.`);
  const unknown = givenForUnknownLine(aggregate).map(({ platformAfterSaleNo }) => platformAfterSaleNo);
  if (unknown.length > 0)
    found.set(
      `${OF_REFUNDS}of ${unknown.join(' ')}`,
      `Money went back for a line that is not one of the order: after-sale ${unknown.slice(0, 5).join(', ')}.`,
    );
  return found;
}

/** Ends holds over refunds that are other ones by now, since an after-sale or the order told more. */
function closeOldMismatches(aggregate: OrderAggregate, { now, toleranceFen }: DecisionContext): void {
  const present = refundMismatches(aggregate, toleranceFen);
  for (const hold of openHolds(aggregate))
    if (hold.type === 'amount_mismatch' && hold.cause.startsWith(OF_REFUNDS) && !present.has(hold.cause))
      closeHold(hold, now, 'rule', 'The amount is another one by now.');
}

function openCauses(aggregate: OrderAggregate, context: DecisionContext): void {
  const { order, lines } = aggregate;
  if (!isWorkable(aggregate) || !(hasRemaining(aggregate) || lines.some(({ isImplausible }) => isImplausible))) return;
  const bad = lines.filter(({ isImplausible }) => isImplausible);
  if (bad.length > 0)
    openOnce(
      aggregate,
      context.now,
      'bad_quantity',
      'quantity',
      `The platform states an impossible quantity for line ${bad
        .map(({ platformLineNo }) => platformLineNo)
        .slice(0, 5)
        .join(', ')}.`,
    );
  if (context.holdsOnRemark && order.buyerMessage.trim() !== '')
    openOnce(
      aggregate,
      context.now,
      'buyer_remark',
      order.buyerMessage,
      'The buyer left a remark; read it and approve.',
    );
  if (Math.abs(order.unexplainedFen) > context.toleranceFen)
    openOnce(
      aggregate,
      context.now,
      'amount_mismatch',
      String(order.unexplainedFen),
      `${order.unexplainedFen} fen of the amounts are not explained by goods, freight and discounts.`,
    );
  for (const [cause, reason] of refundMismatches(aggregate, context.toleranceFen))
    openOnce(aggregate, context.now, 'amount_mismatch', cause, reason);
}

/**
 * Holds an order whose receiver is another one than the approved one. What has left already is to be caught on its way;
 * a receiver that was approved once may come back after another one was approved: that is a change again.
 */
function openForReceiver(aggregate: OrderAggregate, now: Date): void {
  const { review, approvedReceiverMark: approved, receiverMark: mark } = aggregate.order;
  if (!isWorkable(aggregate) || review !== 'approved' || approved === null) return;
  const isOnItsWay = aggregate.fulfilments.some(hasDeparted) && !isDelivered(aggregate);
  const isChanged = hasRemaining(aggregate)
    ? isOtherReceiver(approved, mark)
    : isOnItsWay && isRedirected(approved, mark);
  if (!isChanged || openHolds(aggregate).some(({ type, cause }) => type === 'address_changed' && cause === mark))
    return;
  openHold(aggregate, now, {
    type: 'address_changed',
    cause: mark,
    reason: 'The receiver was changed after the order was approved.',
    owner: 'rule',
  });
}

/** Opens and closes holds as the order's present state asks, and releases those whose time has come. */
export function settleHolds(aggregate: OrderAggregate, context: DecisionContext): void {
  const { now } = context;
  for (const hold of openHolds(aggregate)) {
    if (!isConditionHold(hold.type) && hold.releaseAt && hold.releaseAt <= now)
      closeHold(hold, now, 'job:release-holds', 'Its time has come.');
  }
  syncConditions(aggregate, now);
  closeOldMismatches(aggregate, context);
  openCauses(aggregate, context);
  openForReceiver(aggregate, now);
  const isOver =
    isClosed(aggregate) ||
    aggregate.order.platformState === 'completed' ||
    (aggregate.lines.length > 0 &&
      aggregate.lines.every(({ isElsewhere, cancelled, quantity }) => isElsewhere || cancelled === quantity));
  if (!isOver) return;
  for (const hold of openHolds(aggregate))
    if (!isConditionHold(hold.type)) closeHold(hold, now, 'rule', 'The order is over.');
}

/** True when a parcel that has left, and has not arrived, should be caught: a stop that came too late. */
export function isInterceptWanted(aggregate: OrderAggregate): boolean {
  if (!aggregate.fulfilments.some(hasDeparted) || isDelivered(aggregate)) return false;
  const isEndedAgainstShipping =
    aggregate.order.isCancelled ||
    aggregate.order.platformState === 'closed' ||
    aggregate.order.platformState === 'cancelled';
  return (
    isEndedAgainstShipping ||
    openHolds(aggregate).some(({ type }) => INTERCEPTING.has(type)) ||
    aggregate.lines.some((line) => line.isRefunded && line.cancelled < line.quantity)
  );
}
