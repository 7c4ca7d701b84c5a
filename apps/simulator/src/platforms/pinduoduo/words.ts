import { isRefundOpen } from '../../core/refunds';
import type { OrderStory, RefundKind, RefundStory } from '../../core/story.types';

/** 1 to ship, 2 shipped, 3 signed (Pinduoduo sheet §6). There is no part shipped. */
export function orderStatusOf(order: OrderStory): 1 | 2 | 3 {
  if (order.notices.length === 0) return 1;
  return order.deliveredAt !== undefined || order.state === 'completed' ? 3 : 2;
}

const isWholeBack = (order: OrderStory): boolean =>
  order.amounts.paidFen > 0 && order.amounts.refundedFen >= order.amounts.paidFen;

/**
 * 1 none or closed, 2 in progress, 3 refunding, 4 refunded (Pinduoduo sheet §6). What a partial refund leaves behind is
 * open there: here 4 once the order was shipped, and 1 before, so that it still can be shipped. So is a refusal by the
 * shop: here 1, since the order may be shipped.
 */
export function refundStatusOf(order: OrderStory): 1 | 2 | 3 | 4 {
  const open = order.refunds.filter((refund) => isRefundOpen(refund) && refund.state !== 'refused');
  if (open.some((refund) => refund.isMoneyAgreed)) return 3;
  if (open.length > 0) return 2;
  const isPaidBack = order.amounts.refundedFen > 0;
  return isWholeBack(order) || (isPaidBack && orderStatusOf(order) > 1) ? 4 : 1;
}

/** True while an open after-sale forbids shipping; one that the shop refused does not. */
export const isRefunding = (order: OrderStory): boolean =>
  order.refunds.some((refund) => isRefundOpen(refund) && refund.state !== 'refused');

/** `after_sales_type` of the detail; the list's is one higher (Pinduoduo sheet §7.4). */
const DETAIL_TYPE: Readonly<Record<RefundKind, number>> = { refund: 1, return: 2, exchange: 3, resend: 4, repair: 5 };

/** The type as the detail codes it. */
export const detailTypeOf = (refund: RefundStory): number => DETAIL_TYPE[refund.kind];

/** The type as list, request and push (`bill_type` + 1) code it. */
export const listTypeOf = (refund: RefundStory): number => DETAIL_TYPE[refund.kind] + 1;

type Codes = Readonly<Record<RefundStory['state'], number>>;

const EXCHANGE: Codes = { asked: 14, agreed: 15, sent_back: 14, reshipped: 18, refused: 17, done: 16, withdrawn: 17 };

/** Status codes by kind and state (Pinduoduo sheet §7.5). That goods came back is told by their parcel, not by a code. */
const STATUS: Readonly<Record<RefundKind, Codes>> = {
  refund: { asked: 2, agreed: 4, sent_back: 4, reshipped: 4, refused: 6, done: 10, withdrawn: 11 },
  return: { asked: 3, agreed: 7, sent_back: 7, reshipped: 7, refused: 6, done: 10, withdrawn: 11 },
  exchange: EXCHANGE,
  resend: { ...EXCHANGE, agreed: 32 },
  repair: { asked: 21, agreed: 22, sent_back: 22, reshipped: 27, refused: 24, done: 25, withdrawn: 24 },
};

/** `after_sales_status`. */
export const statusOf = (refund: RefundStory): number =>
  refund.isMoneyAgreed && isRefundOpen(refund) ? 4 : STATUS[refund.kind][refund.state];

/** 0 nothing paid, 1 deposit paid, 2 all paid (Pinduoduo sheet §6). */
export function stepStatusOf(order: OrderStory): 0 | 1 | 2 {
  if (order.paidAt !== undefined) return 2;
  return order.depositPaidAt !== undefined ? 1 : 0;
}

/** True while the platform reviews an order. */
export const isUnderReview = (order: OrderStory): boolean => order.state === 'paid_blocked';
