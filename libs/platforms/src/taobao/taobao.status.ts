import { AfterSaleKind, AfterSaleState, PlatformState, RefundState } from '@app/contracts/canonical';

/** Status of a trade or of a line → canonical state (Taobao sheet §6). */
const STATES: Readonly<Record<string, PlatformState>> = {
  TRADE_NO_CREATE_PAY: 'wait_pay',
  WAIT_BUYER_PAY: 'wait_pay',
  PAY_PENDING: 'wait_pay',
  WAIT_PRE_AUTH_CONFIRM: 'wait_pay',
  PAID_FORBID_CONSIGN: 'paid',
  WAIT_SELLER_SEND_GOODS: 'paid',
  SELLER_CONSIGNED_PART: 'part_shipped',
  WAIT_BUYER_CONFIRM_GOODS: 'shipped',
  TRADE_BUYER_SIGNED: 'signed',
  TRADE_FINISHED: 'completed',
  TRADE_CLOSED: 'closed',
  TRADE_CLOSED_BY_TAOBAO: 'cancelled',
};

/** Status of the refund of a line (Taobao sheet §7.3). */
const REFUNDS: Readonly<Record<string, RefundState>> = {
  NO_REFUND: 'none',
  WAIT_SELLER_AGREE: 'requested',
  WAIT_SELLER_CONFIRM_RETURN_ADDRESS: 'requested',
  WAIT_BUYER_RETURN_GOODS: 'agreed',
  WAIT_SELLER_CONFIRM_GOODS: 'agreed',
  WAIT_BUYER_CONFIRM_REDO_SEND_GOODS: 'agreed',
  WAIT_SELLER_CONSIGN_GOOGDS: 'agreed',
  WAIT_SELLER_CONSIGN_GOODS: 'agreed',
  EXCHANGE_TRANSFORM_TO_REFUND: 'agreed',
  EXCHANGE_WAIT_BUYER_CONFIRM_GOODS: 'agreed',
  WAIT_BUYER_CONFIRM_EXCHANGE_SELLER_SEND_GOODS: 'agreed',
  POST_FEE_DISPUTE_WAIT_ACTIVATE: 'requested',
  SELLER_REFUSE_BUYER: 'refused',
  CLOSED: 'withdrawn',
  SUCCESS: 'succeeded',
};

/** The same words as states of an after-sale of its own (Taobao sheet §7.3; `GOOGDS` is the platform's spelling). */
const AFTER_SALES: Readonly<Record<string, AfterSaleState>> = {
  WAIT_SELLER_AGREE: 'requested',
  WAIT_SELLER_CONFIRM_RETURN_ADDRESS: 'requested',
  POST_FEE_DISPUTE_WAIT_ACTIVATE: 'requested',
  EXCHANGE_TRANSFORM_TO_REFUND: 'requested',
  WAIT_BUYER_RETURN_GOODS: 'wait_return',
  WAIT_SELLER_CONFIRM_GOODS: 'return_sent',
  WAIT_SELLER_CONSIGN_GOOGDS: 'wait_resend',
  WAIT_SELLER_CONSIGN_GOODS: 'wait_resend',
  WAIT_BUYER_CONFIRM_REDO_SEND_GOODS: 'wait_buyer',
  EXCHANGE_WAIT_BUYER_CONFIRM_GOODS: 'wait_buyer',
  WAIT_BUYER_CONFIRM_EXCHANGE_SELLER_SEND_GOODS: 'wait_buyer',
  SELLER_REFUSE_BUYER: 'refused',
  CLOSED: 'withdrawn',
  SUCCESS: 'succeeded',
};

/** What the buyer asks for (Taobao sheet §7.3). */
const KINDS: Readonly<Record<string, AfterSaleKind>> = {
  REFUND: 'refund_only',
  REFUND_AND_RETURN: 'return_refund',
  TMALL_EXCHANGE: 'exchange',
  TAOBAO_EXCHANGE: 'exchange',
  RESHIPPING: 'resend',
  REPAIR: 'repair',
};

function lookUp<T>(table: Readonly<Record<string, T>>, key: string, otherwise: T): T {
  return Object.hasOwn(table, key) ? table[key]! : otherwise;
}

/** Canonical state of a status text; a text that is not in the sheet is `unknown`. */
export function stateOf(status: string): PlatformState {
  return lookUp(STATES, status, 'unknown');
}

/** Canonical refund state; absent means that no refund was ever asked. */
export function refundStateOf(status: string | undefined): RefundState {
  return status === undefined ? 'none' : lookUp(REFUNDS, status, 'unknown');
}

/** Canonical state of an after-sale. */
export function afterSaleStateOf(status: string): AfterSaleState {
  return lookUp(AFTER_SALES, status, 'unknown');
}

/** Canonical kind of an after-sale; freight and price protection are `other`. */
export function afterSaleKindOf(disputeType: string | undefined, goodsComeBack: boolean): AfterSaleKind {
  if (disputeType === undefined) return goodsComeBack ? 'return_refund' : 'refund_only';
  return lookUp(KINDS, disputeType, 'other');
}

const SHIPPED: readonly PlatformState[] = ['shipped', 'signed', 'completed'];
const ENDED: readonly PlatformState[] = ['closed', 'cancelled'];

/**
 * State of the order from its own status and its lines, which may be further (Taobao sheet §6: a line may be closed by
 * a refund while the trade still waits for shipping). A status that is unknown stays unknown.
 */
export function orderStateOf(trade: PlatformState, lines: readonly (PlatformState | undefined)[]): PlatformState {
  if (trade === 'unknown' || ENDED.includes(trade) || lines.length === 0) return trade;
  const known = lines.filter((state): state is PlatformState => state !== undefined && state !== 'unknown');
  if (known.length < lines.length) return trade;
  const live = known.filter((state) => !ENDED.includes(state));
  if (live.length === 0) return known.includes('closed') ? 'closed' : 'cancelled';
  if (trade !== 'paid' && trade !== 'part_shipped') return trade;
  const shipped = live.filter((state) => SHIPPED.includes(state)).length;
  if (shipped === live.length) return 'shipped';
  return shipped > 0 ? 'part_shipped' : trade;
}
