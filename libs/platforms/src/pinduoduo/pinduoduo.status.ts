import { AfterSaleKind, AfterSaleState, PlatformState, RefundState } from '@app/contracts/canonical';
import { JsonObject, asObject, asText } from '../kit/answer.json';
import { timeOf } from './pinduoduo.values';

/** The codes of an order row that together make its state (Pinduoduo sheet §6). */
export interface OrderCodes {
  orderStatus?: string;
  refundStatus?: string;
  afterSalesStatus?: string;
  confirmStatus?: string;
  groupStatus?: string;
  riskStatus?: string;
  /** Of a deposit order alone. */
  stepStatus?: string;
  isPaid: boolean;
  isReceived: boolean;
}

/** Reads the codes of an order row. */
export function codesOf(row: JsonObject): OrderCodes {
  const isDeposit = asText(row['trade_type']) === '1';
  return {
    orderStatus: asText(row['order_status']),
    refundStatus: asText(row['refund_status']),
    afterSalesStatus: asText(row['after_sales_status']),
    confirmStatus: asText(row['confirm_status']),
    groupStatus: asText(row['group_status']),
    riskStatus: asText(row['risk_control_status']),
    ...(isDeposit && { stepStatus: asText(asObject(row['step_order_info'])['step_trade_status']) }),
    isPaid: timeOf(row, 'pay_time') !== undefined,
    isReceived: timeOf(row, 'receive_time') !== undefined,
  };
}

/** Shipping status alone. */
const SHIPPING: Readonly<Record<string, PlatformState>> = { '1': 'paid', '2': 'shipped', '3': 'signed' };

const isOneOf = (code: string | undefined, known: readonly string[]): boolean =>
  code === undefined || known.includes(code);

/**
 * State of an order, first rule that fits (Pinduoduo sheet §6). A refund of a shipped order may be a partial one, so
 * `isRefundedInFull` must be known to close it. A code that is not in the sheet is `unknown`.
 */
export function orderStateOf(codes: OrderCodes, isRefundedInFull: boolean): PlatformState {
  const { orderStatus, refundStatus, confirmStatus, groupStatus, stepStatus } = codes;
  const isKnown =
    isOneOf(confirmStatus, ['0', '1', '2']) &&
    isOneOf(groupStatus, ['0', '1', '2']) &&
    isOneOf(stepStatus, ['0', '1', '2']);
  if (!isKnown) return 'unknown';
  if (confirmStatus === '2' || groupStatus === '2') return codes.isPaid ? 'closed' : 'cancelled';
  if (stepStatus === '0' || stepStatus === '1') return 'wait_pay';
  if (confirmStatus === '0' || groupStatus === '0') return codes.isPaid ? 'paid' : 'wait_pay';
  const shipping = lookUp<PlatformState>(SHIPPING, orderStatus ?? '', 'unknown');
  if (refundStatus === '4' && (shipping === 'paid' || (shipping !== 'unknown' && isRefundedInFull))) return 'closed';
  return shipping === 'signed' && codes.isReceived ? 'completed' : shipping;
}

/** True when only the after-sales themselves tell whether the order's money went back whole (Pinduoduo sheet §6). */
export function needsRefundSum({ orderStatus, refundStatus }: OrderCodes): boolean {
  return refundStatus === '4' && (orderStatus === '2' || orderStatus === '3');
}

/** `order_status` and whatever else is not as usual, e.g. `order_status=1 refund_status=2`. */
export function rawStatusOf(codes: OrderCodes): string {
  const parts: [string, string | undefined, string][] = [
    ['refund_status', codes.refundStatus, '1'],
    ['confirm_status', codes.confirmStatus, '1'],
    ['group_status', codes.groupStatus, '1'],
    ['risk_control_status', codes.riskStatus, '0'],
    ['step_trade_status', codes.stepStatus, '2'],
  ];
  const odd = parts.filter(([, code, usual]) => code !== undefined && code !== usual);
  return [`order_status=${codes.orderStatus ?? '?'}`, ...odd.map(([name, code]) => `${name}=${code}`)]
    .join(' ')
    .slice(0, 128);
}

/** What an after-sale's state means for the line while `refund_status` itself says "none or closed". */
const ENDED_OR_ASKED: Readonly<Record<string, RefundState>> = {
  '2': 'requested',
  '3': 'requested',
  '4': 'agreed',
  '5': 'agreed',
  '6': 'refused',
  '7': 'agreed',
  '8': 'requested',
  '9': 'withdrawn',
  '11': 'withdrawn',
  '12': 'withdrawn',
  '13': 'withdrawn',
  '31': 'agreed',
  '33': 'agreed',
};

const AGREED: readonly string[] = ['4', '5', '7', '31', '33'];

/**
 * Refund of the order's lines. `refund_status` decides whether one is running, since the platform refuses shipping by it;
 * `after_sales_status` only tells more (Pinduoduo sheet §6, §7.5). Exchanges and repairs are no refunds.
 */
export function refundStateOf({ refundStatus, afterSalesStatus = '0' }: OrderCodes): RefundState {
  switch (refundStatus) {
    case undefined:
    case '1':
      return lookUp<RefundState>(ENDED_OR_ASKED, afterSalesStatus, 'none');
    case '2':
      return AGREED.includes(afterSalesStatus) ? 'agreed' : 'requested';
    case '3':
      return 'agreed';
    case '4':
      return 'succeeded';
    default:
      return 'unknown';
  }
}

/** State of an after-sale (Pinduoduo sheet §7.5). Refunds under way (4, 5) wait for nobody in the shop. */
const AFTER_SALES: Readonly<Record<string, AfterSaleState>> = {
  '2': 'requested',
  '3': 'requested',
  '4': 'wait_buyer',
  '5': 'wait_buyer',
  '6': 'refused',
  '7': 'wait_return',
  '8': 'requested',
  '9': 'withdrawn',
  '10': 'succeeded',
  '11': 'withdrawn',
  '12': 'withdrawn',
  '13': 'withdrawn',
  '14': 'requested',
  '15': 'wait_return',
  '16': 'succeeded',
  '17': 'withdrawn',
  '18': 'wait_buyer',
  '21': 'requested',
  '22': 'wait_return',
  '24': 'withdrawn',
  '25': 'succeeded',
  '27': 'wait_buyer',
  '31': 'wait_return',
  '32': 'wait_resend',
  '33': 'wait_return',
};

/** States in which a return parcel that is on its way changes what is waited for. */
const BEFORE_RETURN: readonly AfterSaleState[] = ['requested', 'wait_return'];

/**
 * Canonical state of an after-sale. "The buyer has sent the goods" is no state there: it shows as the number of the
 * return parcel (Pinduoduo sheet §7.5).
 */
export function afterSaleStateOf(status: string, hasReturnParcel: boolean): AfterSaleState {
  const state = lookUp<AfterSaleState>(AFTER_SALES, status, 'unknown');
  return hasReturnParcel && BEFORE_RETURN.includes(state) ? 'return_sent' : state;
}

/** Agreed to take the parcel back on its way: the buyer refuses it, or the shop recalls it. */
export function isParcelComingBack(status: string): boolean {
  return status === '31' || status === '33';
}

const KINDS: readonly AfterSaleKind[] = ['refund_only', 'return_refund', 'exchange', 'resend', 'repair'];

/**
 * Kind by the list's coding, 2 to 6, and 9 for a return that the carrier intercepts; the detail counts from 1
 * (Pinduoduo sheet §7.4).
 */
export function afterSaleKindOf(type: string | undefined, coding: 'list' | 'detail'): AfterSaleKind {
  if (type === '9') return coding === 'list' ? 'return_refund' : 'other';
  if (type === undefined || !/^\d$/.test(type)) return 'other';
  return KINDS[Number(type) - (coding === 'list' ? 2 : 1)] ?? 'other';
}

function lookUp<T>(table: Readonly<Record<string, T>>, key: string, otherwise: T): T {
  return Object.hasOwn(table, key) ? table[key]! : otherwise;
}
