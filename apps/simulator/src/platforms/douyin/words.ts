import type { LineStory, OrderState, OrderStory, RefundStory } from '../../core/story.types';

/** Unix seconds of an instant; 0 stands for "not yet" (Douyin sheet §5.5). */
export const seconds = (ms: number | undefined): number => (ms === undefined ? 0 : Math.floor(ms / 1_000));

/** `order_status` of the story's states (Douyin sheet §6). */
export const ORDER_STATUS: Readonly<Record<OrderState, number>> = {
  unpaid: 1,
  deposit_paid: 1,
  paid: 2,
  paid_blocked: 105,
  part_shipped: 101,
  shipped: 3,
  completed: 5,
  closed: 4,
  cancelled: 4,
};

/** Texts of `order_status`. */
export const ORDER_STATUS_TEXT: Readonly<Record<number, string>> = {
  1: '待支付',
  2: '待发货',
  3: '已发货',
  4: '已关闭',
  5: '已完成',
  101: '部分发货',
  105: '已支付',
};

/** Texts of `main_status`. */
export const MAIN_STATUS_TEXT: Readonly<Record<number, string>> = {
  1: '待支付',
  2: '备货中',
  3: '已全部发货',
  4: '未支付取消',
  5: '正向已收货',
  21: '发货前退款完成',
  22: '发货后退款完成',
  101: '部分发货',
  103: '部分支付',
  105: '已支付',
};

function mainStatus(state: OrderState, wasShipped: boolean): number {
  if (state === 'deposit_paid') return 103;
  if (state === 'closed') return wasShipped ? 22 : 21;
  return ORDER_STATUS[state];
}

/** `main_status` of an order. */
export const mainStatusOf = (order: OrderStory): number => mainStatus(order.state, order.notices.length > 0);

/** Where a line stands; a line of which some pieces left is part shipped. */
export function lineStateOf(line: LineStory): OrderState {
  const isOpen = line.state === 'paid' || line.state === 'part_shipped';
  return isOpen && line.shippedQuantity > 0 ? 'part_shipped' : line.state;
}

/** `main_status` of a line. */
export const lineMainStatusOf = (line: LineStory): number => mainStatus(lineStateOf(line), line.shippedQuantity > 0);

/** `order_type`: 0 normal, 2 virtual (Douyin sheet §5.5). */
export const orderTypeOf = (order: OrderStory): number => (order.isVirtual ? 2 : 0);

/** `trade_type` of an order's lines: 2 deposit presale, 103 collects money, 0 normal (Douyin sheet §5.6). */
export function tradeTypeOf(order: OrderStory, line: LineStory): { type: number; text: string } {
  if (order.isPresale) return { type: 2, text: '定金预售' };
  if (line.isNoStock) return { type: 103, text: '收款' };
  return { type: 0, text: '普通' };
}

/** `aftersale_type` (Douyin sheet §7.1). */
export function afterSaleTypeOf(refund: RefundStory): number {
  const types: Record<RefundStory['kind'], number> = {
    refund: refund.phase === 'before_shipping' ? 2 : 1,
    return: 0,
    exchange: 3,
    resend: 7,
    repair: 8,
  };
  return types[refund.kind];
}

/** Texts of `aftersale_type`. */
export const AFTER_SALE_TYPE_TEXT: Readonly<Record<number, string>> = {
  0: '退货退款',
  1: '已发货仅退款',
  2: '未发货仅退款',
  3: '换货',
  7: '补寄',
  8: '维修',
};

const isMoney = (refund: RefundStory): boolean => refund.kind === 'refund' || refund.kind === 'return';

/** `aftersale_status` (Douyin sheet §7.1). A refusal after the goods were sent back is the second one. */
export function afterSaleStatusOf(refund: RefundStory): number {
  const table: Record<RefundStory['state'], number> = {
    asked: 6,
    agreed: refund.kind === 'refund' ? 12 : refund.kind === 'resend' ? 8 : 7,
    sent_back: 11,
    reshipped: 13,
    refused: refund.returnedAt === undefined ? 27 : 29,
    done: isMoney(refund) ? 12 : 14,
    withdrawn: 28,
  };
  return table[refund.state];
}

/** Texts of `aftersale_status`. */
export const AFTER_SALE_STATUS_TEXT: Readonly<Record<number, string>> = {
  6: '待商家处理',
  7: '待买家退货',
  8: '待商家发货',
  11: '待商家收货',
  12: '同意退款，退款成功',
  13: '商家已发货，待买家收货',
  14: '售后完成',
  27: '商家拒绝，待买家处理',
  28: '售后关闭',
  29: '商家拒绝退货，待买家处理',
};

/** `refund_status`: a withdrawn after-sale keeps 1, which means no money due (Douyin sheet §7.1, §13 #21). */
export function refundStatusOf(refund: RefundStory): number {
  if (!isMoney(refund)) return 0;
  if (refund.state === 'done') return 3;
  if (refund.state === 'refused') return 0;
  return refund.state === 'agreed' && refund.kind === 'refund' ? 2 : 1;
}
