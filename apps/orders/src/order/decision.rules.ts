import {
  afterSaleAxis,
  excessFen,
  isPartlyRefunded,
  isUnknownAfterSale,
  settleAfterSales,
} from '../after-sale/refund.rules';
import { settleFulfilments } from './fulfilment.rules';
import { isInterceptWanted, isReviewFree, settleHolds } from './hold.rules';
import { fulfilmentAxis, isWorkable, noticeAxis, settleLines, statusOf, stockWish } from './order.rules';
import type { DecisionContext, OrderAggregate, OrderFlag } from './order.types';

function settleReview(aggregate: OrderAggregate): void {
  const { order } = aggregate;
  if (order.review !== 'pending' || !isWorkable(aggregate) || !isReviewFree(aggregate)) return;
  order.review = 'approved';
  order.approvedReceiverMark = order.receiverMark;
}

function settleFlag(aggregate: OrderAggregate, flag: OrderFlag, isSet: boolean): void {
  const { order } = aggregate;
  if (isSet && !order.flags.includes(flag)) order.flags = [...order.flags, flag].sort();
  if (!isSet && order.flags.includes(flag)) order.flags = order.flags.filter((known) => known !== flag);
}

/**
 * Remembers whether inventory is asked to hold stock. When it is asked again after it was told to give everything back,
 * what it said before is forgotten: those pieces may be another order's by now.
 */
function settleStockWish(aggregate: OrderAggregate): void {
  const { order, lines } = aggregate;
  const isAsked = stockWish(aggregate) === 'reserve';
  if (isAsked && !order.isStockAsked) {
    const isAgain = order.stockSince > 0;
    order.stockSince = order.version + 1;
    if (isAgain) {
      order.stock = 'none';
      for (const line of lines) line.held = [];
    }
  }
  order.isStockAsked = isAsked;
}

/**
 * Brings an order into the state that its facts ask for: lines, holds, review, fulfilments, axes and status.
 * Depends on the given aggregate and context alone; deciding again at the same moment changes nothing.
 */
export function decide(aggregate: OrderAggregate, context: DecisionContext): void {
  const { order } = aggregate;
  settleAfterSales(aggregate);
  settleLines(aggregate);
  settleStockWish(aggregate);
  order.afterSale = afterSaleAxis(aggregate);
  order.fulfilment = fulfilmentAxis(aggregate);
  settleHolds(aggregate, context);
  settleReview(aggregate);
  settleFulfilments(aggregate, context.now);
  settleLines(aggregate);
  order.fulfilment = fulfilmentAxis(aggregate);
  order.notice = noticeAxis(aggregate);
  settleFlag(aggregate, 'amount_mismatch', order.unexplainedFen !== 0);
  settleFlag(aggregate, 'payment_differs', order.paymentDifferenceFen !== 0);
  settleFlag(aggregate, 'intercept_wanted', isInterceptWanted(aggregate));
  settleFlag(aggregate, 'partly_refunded', isPartlyRefunded(aggregate));
  settleFlag(aggregate, 'refund_above_paid', excessFen(aggregate) > 0);
  settleFlag(aggregate, 'after_sale_unknown', aggregate.afterSales.some(isUnknownAfterSale));
  order.status = statusOf(aggregate);
}
