import type { OrderState, OrderStory, RefundStory } from '../../core/story.types';

/** Trade and line statuses (Taobao sheet §6). */
export const STATUS_OF: Readonly<Record<OrderState, string>> = {
  unpaid: 'WAIT_BUYER_PAY',
  deposit_paid: 'WAIT_BUYER_PAY',
  paid: 'WAIT_SELLER_SEND_GOODS',
  paid_blocked: 'PAID_FORBID_CONSIGN',
  part_shipped: 'SELLER_CONSIGNED_PART',
  shipped: 'WAIT_BUYER_CONFIRM_GOODS',
  completed: 'TRADE_FINISHED',
  closed: 'TRADE_CLOSED',
  cancelled: 'TRADE_CLOSED_BY_TAOBAO',
};

/** Which states a `status` filter means; the pseudo statuses are for queries only (Taobao sheet §6). */
export function statesOf(status: string): OrderState[] | undefined {
  if (status === 'ALL_WAIT_PAY') return ['unpaid', 'deposit_paid'];
  if (status === 'ALL_CLOSED') return ['closed', 'cancelled'];
  const states = (Object.keys(STATUS_OF) as OrderState[]).filter((state) => STATUS_OF[state] === status);
  if (states.length > 0) return states;
  return ['TRADE_NO_CREATE_PAY', 'PAY_PENDING', 'WAIT_PRE_AUTH_CONFIRM', 'TRADE_BUYER_SIGNED'].includes(status)
    ? []
    : undefined;
}

/** The `type` of a trade (Taobao sheet §5.4). */
export function typeOf(order: OrderStory): string {
  if (order.isVirtual) return 'auto_delivery';
  if (order.isPresale) return 'step';
  return order.kind === 'special_channel' ? 'o2o_offlinetrade' : 'fixed';
}

/** The types that a list call without `type` shows (Taobao sheet §5.2). `guarantee_trade` means fixed and auction. */
export const DEFAULT_TYPES: readonly string[] = ['guarantee_trade', 'auto_delivery', 'ec', 'cod', 'step'];

/** Every type that this simulator's trades can have. */
export const TYPES_IN_USE: readonly string[] = ['fixed', 'auto_delivery', 'step', 'o2o_offlinetrade'];

/** True when a list of query types covers a trade's type. */
export function coversType(types: readonly string[], type: string): boolean {
  if (types.includes(type)) return true;
  return (type === 'fixed' || type === 'auction') && types.includes('guarantee_trade');
}

/** The state of a presale's two payments. */
export function stepStatusOf(order: OrderStory): string | undefined {
  if (!order.isPresale) return undefined;
  if (order.state === 'unpaid') return 'FRONT_NOPAID_FINAL_NOPAID';
  if (order.state === 'deposit_paid') return 'FRONT_PAID_FINAL_NOPAID';
  if (order.state === 'cancelled')
    return order.amounts.paidFen > 0 ? 'FRONT_PAID_FRONT_FORFEITED' : 'FRONT_NOPAID_FINAL_NOPAID';
  return 'FRONT_PAID_FINAL_PAID';
}

/** Refund statuses (Taobao sheet §7.3). */
export function refundStatusOf(refund: RefundStory): string {
  const table: Record<RefundStory['state'], string> = {
    asked: 'WAIT_SELLER_AGREE',
    agreed: 'WAIT_BUYER_RETURN_GOODS',
    sent_back: 'WAIT_SELLER_CONFIRM_GOODS',
    // Nothing is sent twice here: buyers ask for money or for returns alone.
    reshipped: 'WAIT_SELLER_CONFIRM_GOODS',
    refused: 'SELLER_REFUSE_BUYER',
    done: 'SUCCESS',
    withdrawn: 'CLOSED',
  };
  return table[refund.state];
}
