import { isRefundWaiting } from '../../core/refunds';
import type { OrderStory, RefundStory } from '../../core/story.types';

/** States and their Chinese words (JD sheet §6). */
export const STATE_WORDS: Readonly<Record<string, string>> = {
  NOT_PAY: '等待付款',
  WAIT_SELLER_STOCK_OUT: '等待出库',
  LOCKED: '订单锁定',
  POP_ORDER_PAUSE: '业务暂停',
  WAIT_GOODS_RECEIVE_CONFIRM: '等待确认收货',
  FINISHED_L: '完成',
  TRADE_CANCELED: '取消',
  PARENT_TRADE_CANCELED: '父订单取消（已拆单）',
  DELIVERY_RETURN: '配送退货',
};

/** States that exist and that no order of this simulator takes. */
const OTHER_STATES: readonly string[] = [
  'WAIT_SELLER_DELIVERY',
  'WAIT_SEND_CODE',
  'PAUSE',
  'RECEIPTS_CONFIRM',
  'SEND_TO_DISTRIBUTION_CENER',
  'DISTRIBUTION_CENTER_RECEIVED',
  'UN_KNOWN',
];

/** True for a word that `order_state` may hold. */
export const isStateWord = (word: string): boolean =>
  word === 'ALL' || (word !== 'NOT_PAY' && word in STATE_WORDS) || OTHER_STATES.includes(word);

/** An after-sale of the whole order is an application for a refund; the others are service orders (JD sheet §7). */
export const isApplication = (refund: RefundStory): boolean => refund.parts !== undefined;

/** A buyer asks the whole order back until it arrived. */
export const refundsWholeOrder = (order: OrderStory): boolean =>
  order.deliveredAt === undefined && order.state !== 'completed';

/** Where an order stands in JD's words. An order that was not paid is in no list. */
export function stateOf(order: OrderStory): string {
  if (order.childNos) return 'PARENT_TRADE_CANCELED';
  switch (order.state) {
    case 'unpaid':
    case 'deposit_paid':
      return 'NOT_PAY';
    case 'paid':
    case 'part_shipped':
      return order.refunds.some((refund) => isApplication(refund) && isRefundWaiting(refund))
        ? 'LOCKED'
        : 'WAIT_SELLER_STOCK_OUT';
    case 'paid_blocked':
      return 'POP_ORDER_PAUSE';
    case 'shipped':
      return 'WAIT_GOODS_RECEIVE_CONFIRM';
    case 'completed':
      return 'FINISHED_L';
    case 'closed':
      return order.notices.length > 0 ? 'DELIVERY_RETURN' : 'TRADE_CANCELED';
    case 'cancelled':
      return 'TRADE_CANCELED';
  }
}

/** True for orders that the list and detail calls know. */
export const isVisible = (order: OrderStory): boolean => stateOf(order) !== 'NOT_PAY';

/** The numbers of an order's parcels: carriers parted by `|`, numbers of one carrier by `,` (JD sheet §5.4). */
export function parcelsOf(order: OrderStory): { logisticsId: string; waybill: string } {
  const groups = new Map<string, string[]>();
  for (const notice of order.notices) {
    if (notice.carrier === '') continue;
    const numbers = groups.get(notice.carrier) ?? [];
    if (notice.waybillNo !== '' && !numbers.includes(notice.waybillNo)) numbers.push(notice.waybillNo);
    groups.set(notice.carrier, numbers);
  }
  return {
    logisticsId: [...groups.keys()].join('|'),
    waybill: [...groups.values()].map((numbers) => numbers.join(',')).join('|'),
  };
}

/** What moves `modified`: the state and the waybills, nothing else (JD sheet §5.2). */
export function modifiedBy(order: OrderStory): string {
  const { logisticsId, waybill } = parcelsOf(order);
  return `${stateOf(order)} ${logisticsId} ${waybill}`;
}
