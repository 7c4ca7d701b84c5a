import { AfterSaleKind, AfterSaleState, PlatformState, RefundState } from '@app/contracts/canonical';

/** `order_status` of orders and lines (Douyin sheet §6); 3 and 4 need a second look. */
const STATES: Readonly<Record<string, PlatformState>> = {
  '1': 'wait_pay',
  '105': 'paid',
  '2': 'paid',
  '101': 'part_shipped',
  '3': 'shipped',
  '4': 'closed',
  '5': 'completed',
};

/** Paid, but held back by a risk check: shipping is refused until it becomes 2 (Douyin sheet §6). */
export const IN_REVIEW_STATUS = '105';
/** Closed unpaid (Douyin sheet §6, main_status). */
const CLOSED_UNPAID = '4';

/** `after_sale_status` of a line (Douyin sheet §7.1); 3 is the list's word for 13. */
const REFUNDS: Readonly<Record<string, RefundState>> = {
  '0': 'none',
  '6': 'requested',
  '7': 'agreed',
  '11': 'agreed',
  '8': 'agreed',
  '13': 'agreed',
  '3': 'agreed',
  '14': 'withdrawn',
  '12': 'succeeded',
  '27': 'refused',
  '29': 'refused',
  '28': 'withdrawn',
  '51': 'withdrawn',
};

/** The same numbers as states of an after-sale of its own. */
const AFTER_SALES: Readonly<Record<string, AfterSaleState>> = {
  '6': 'requested',
  '7': 'wait_return',
  '11': 'return_sent',
  '8': 'wait_resend',
  '13': 'wait_buyer',
  '3': 'wait_buyer',
  '14': 'succeeded',
  '12': 'succeeded',
  '27': 'refused',
  '29': 'refused',
  '28': 'withdrawn',
  '51': 'withdrawn',
};

const KINDS: Readonly<Record<string, AfterSaleKind>> = {
  '0': 'return_refund',
  '1': 'refund_only',
  '2': 'refund_only',
  '3': 'exchange',
  '7': 'resend',
  '8': 'repair',
};
/** Return, exchange and repair bring the goods back. */
const COMES_BACK = ['0', '3', '8'];
/** The reverse trade is done; only `refund_status` says whether money went back. */
const REVERSE_DONE = '53';
const REFUNDED = '3';

function lookUp<T>(table: Readonly<Record<string, T>>, key: string, otherwise: T): T {
  return Object.hasOwn(table, key) ? table[key]! : otherwise;
}

/** What decides the state of an order or of a line. */
export interface StatusFacts {
  orderStatus: string;
  mainStatus: string | undefined;
  isPaid: boolean;
  /** The carrier delivered (every live line of it). */
  isDelivered: boolean;
}

/** Canonical state; a number that is not in the sheet is `unknown` (Douyin sheet §6). */
export function stateOf(facts: StatusFacts): PlatformState {
  const state = lookUp(STATES, facts.orderStatus, 'unknown');
  if (state === 'shipped' && facts.isDelivered) return 'signed';
  if (state === 'closed' && (!facts.isPaid || facts.mainStatus === CLOSED_UNPAID)) return 'cancelled';
  return state;
}

/** Canonical refund state of a line; absent means that nothing was ever asked. */
export function refundStateOf(status: string | undefined, refundStatus: string | undefined): RefundState {
  if (status === REVERSE_DONE) return refundStatus === REFUNDED ? 'succeeded' : 'withdrawn';
  return status === undefined ? 'none' : lookUp(REFUNDS, status, 'unknown');
}

/** Canonical state of an after-sale. */
export function afterSaleStateOf(status: string, refundStatus: string | undefined): AfterSaleState {
  if (status === REVERSE_DONE) return refundStatus === REFUNDED ? 'succeeded' : 'withdrawn';
  return lookUp(AFTER_SALES, status, 'unknown');
}

/** Canonical kind; cancellations and price protection are `other`. */
export function afterSaleKindOf(type: string | undefined): AfterSaleKind {
  return type === undefined ? 'other' : lookUp(KINDS, type, 'other');
}

/** Whether goods come back with an after-sale of this type. */
export function comesBack(type: string | undefined): boolean {
  return type !== undefined && COMES_BACK.includes(type);
}
