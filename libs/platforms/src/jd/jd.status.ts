import { AfterSaleKind, AfterSaleState, ListingStatus, PlatformState } from '@app/contracts/canonical';

/** `orderState` of SOP and LOC orders, of the LBP era, and of orders that JD's own warehouses send (JD sheet §6). */
const STATES: Readonly<Record<string, PlatformState>> = {
  NOT_PAY: 'wait_pay',
  WAIT_SELLER_STOCK_OUT: 'paid',
  WAIT_SELLER_DELIVERY: 'paid',
  WAIT_SEND_CODE: 'paid',
  PAUSE: 'paid',
  POP_ORDER_PAUSE: 'paid',
  LOCKED: 'paid',
  SEND_TO_DISTRIBUTION_CENER: 'shipped',
  DISTRIBUTION_CENTER_RECEIVED: 'shipped',
  WAIT_GOODS_RECEIVE_CONFIRM: 'shipped',
  RECEIPTS_CONFIRM: 'signed',
  FINISHED_L: 'completed',
  TRADE_CANCELED: 'cancelled',
  PARENT_TRADE_CANCELED: 'cancelled',
  DELIVERY_RETURN: 'closed',
  DengDaiFenQiFuKuan: 'wait_pay',
  DengDaiDaYin: 'paid',
  DengDaiChuKu: 'paid',
  DengDaiDaBao: 'paid',
  DengDaiFaHuo: 'paid',
  SuoDing: 'paid',
  ZanTing: 'paid',
  DengDaiTuiKuan: 'paid',
  ZiTiTuZhong: 'shipped',
  ShangMenTiHuo: 'shipped',
  DengDaiQueRenShouHuo: 'shipped',
  HuoDaoFuKuanQueRen: 'signed',
  WanCheng: 'completed',
  ServiceFinished: 'completed',
  ZiTiTuiHuo: 'closed',
  PeiSongTuiHuo: 'closed',
};

/** States in which JD keeps an order back; they are holds and no cancellations (JD sheet §6, §13 pitfall 13). */
const HOLDS: Readonly<Record<string, string>> = {
  LOCKED: 'JD locked the order: a cancellation, a refund or a risk check is open',
  PAUSE: 'The order is paused before it is shipped',
  POP_ORDER_PAUSE: 'JD paused the order',
  SuoDing: 'JD locked the order',
  ZanTing: 'JD paused the order',
  DengDaiTuiKuan: 'The order waits for its refund',
};

/** Applications for a refund before or instead of receipt, `status` (JD sheet §7.1). */
const REFUNDS: Readonly<Record<string, AfterSaleState>> = {
  '0': 'requested',
  // Approved: the money is still with JD's finance, and nothing may leave.
  '1': 'requested',
  '2': 'refused',
  '3': 'succeeded',
  // Refused by JD's finance: a person must look, so it is not told as an end.
  '4': 'unknown',
  '5': 'requested',
  '6': 'requested',
  '7': 'requested',
  '8': 'requested',
  '9': 'requested',
  '10': 'requested',
  '11': 'withdrawn',
  '16': 'requested',
  '17': 'wait_return',
  '18': 'withdrawn',
  '19': 'requested',
  '27': 'requested',
};

/** Refund applications of these statuses bring goods back: interceptions, rejections, agreed returns (JD sheet §7.1). */
const GOODS_COME_BACK = ['6', '7', '16', '17', '27'];

/** Service orders after receipt, `serviceStatus` (JD sheet §7.2); 10010 says nothing about money. */
const SERVICES: Readonly<Record<string, AfterSaleState>> = {
  '10000': 'requested',
  '10001': 'requested',
  '10013': 'requested',
  '10012': 'requested',
  '10002': 'wait_buyer',
  '10004': 'refused',
  '10005': 'wait_return',
  '10006': 'return_sent',
  '10007': 'return_sent',
  '10041': 'return_sent',
  '10009': 'wait_buyer',
  '10010': 'succeeded',
  '10011': 'withdrawn',
  '7060': 'return_sent',
  '7023': 'return_sent',
  '7090': 'return_sent',
  '1100': 'return_sent',
  '12000': 'return_sent',
  '14000': 'return_sent',
};

/** `customerExpect` (JD sheet §7.2). */
const KINDS: Readonly<Record<string, AfterSaleKind>> = {
  '10': 'return_refund',
  '11': 'refund_only',
  '20': 'exchange',
  '30': 'repair',
  '70': 'repair',
  '80': 'resend',
};

function lookUp<T>(table: Readonly<Record<string, T>>, key: string, otherwise: T): T {
  return Object.hasOwn(table, key) ? table[key]! : otherwise;
}

/** Canonical state of an `orderState`; one that is not in the sheet, and UN_KNOWN, are `unknown`. */
export function stateOf(orderState: string): PlatformState {
  return lookUp(STATES, orderState, 'unknown');
}

/** Why an order of that state may not be shipped now; undefined when it may. */
export function holdOf(orderState: string): string | undefined {
  return lookUp<string | undefined>(HOLDS, orderState, undefined);
}

/** Canonical state of a refund application. */
export function refundStateOf(status: string): AfterSaleState {
  return lookUp(REFUNDS, status, 'unknown');
}

/** Whether an application of that status brings goods back. */
export function bringsGoodsBack(status: string): boolean {
  return GOODS_COME_BACK.includes(status);
}

/** Canonical state of a service order, without what its money says. */
export function serviceStateOf(status: string): AfterSaleState {
  return lookUp(SERVICES, status, 'unknown');
}

/** Canonical kind of a service order. */
export function serviceKindOf(customerExpect: string): AfterSaleKind {
  return lookUp(KINDS, customerExpect, 'other');
}

const WARE_STATES: Readonly<Record<string, ListingStatus>> = {
  '1': 'off_shelf',
  '2': 'off_shelf',
  '4': 'off_shelf',
  '8': 'on_shelf',
};

/** Review marks of a `wareStatus`: 512 waits for review, 1024 failed it; the shelf state stands beside them (JD sheet §8.1). */
const REVIEW_MARKS = [0, 512, 1_024];

/** Whether a ware is for sale, by its `wareStatus`. */
export function wareStatusOf(wareStatus: string | undefined): ListingStatus {
  if (wareStatus === '-1') return 'deleted';
  for (const mark of REVIEW_MARKS) {
    const shelf = String(Number(wareStatus ?? NaN) - mark);
    if (Object.hasOwn(WARE_STATES, shelf)) return WARE_STATES[shelf]!;
  }
  return 'unknown';
}

/** Whether a SKU is for sale: 1 on shelf, 2 off, 4 deleted, and never without its ware (JD sheet §8.1). */
export function skuStatusOf(status: string | undefined, ware: ListingStatus): ListingStatus {
  if (status === '4' || ware === 'deleted') return 'deleted';
  if (status === '2') return 'off_shelf';
  return status === '1' ? ware : 'unknown';
}
