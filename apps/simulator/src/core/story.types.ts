import type { FaultKind } from './fault-injector';

/** Where an order stands, in the story's words; platforms translate it into their own. */
export type OrderState =
  | 'unpaid'
  | 'deposit_paid'
  | 'paid'
  | 'paid_blocked'
  | 'part_shipped'
  | 'shipped'
  | 'completed'
  | 'closed'
  | 'cancelled';

/** What kind of story an order was written for. */
export type OrderKind =
  | 'ordinary'
  | 'quantities'
  | 'unpaid_cancelled'
  | 'refund_soon'
  | 'refund_late'
  | 'refund_withdrawn'
  | 'refund_line'
  | 'refund_partial'
  | 'refund_shipped'
  | 'refund_partial_shipped'
  | 'refund_refused'
  | 'refund_completed'
  | 'return_goods'
  | 'return_withdrawn'
  | 'return_completed'
  | 'buyer_remark'
  | 'address_change'
  | 'presale'
  | 'price_difference'
  | 'virtual'
  | 'unmapped'
  | 'blocked'
  | 'rare_characters'
  | 'ship_elsewhere'
  | 'same_sku_twice'
  | 'big'
  | 'urged'
  | 'special_channel'
  | 'platform_shipped'
  | 'exchange_goods'
  | 'resend_goods'
  | 'repair_goods';

/** Something that will happen to an order at a story instant unless the order has moved on by then. */
export interface PlanItem {
  at: number;
  act: string;
  note?: string;
}

/** A buyer as the platform knows him. */
export interface Buyer {
  id: string;
  nick: string;
  openId: string;
}

/** Where the goods go; the plain truth that the platform masks. `version` rises with each address change. */
export interface Receiver {
  name: string;
  mobile: string;
  state: string;
  city: string;
  district: string;
  town: string;
  detail: string;
  zip: string;
  version: number;
}

/** One line of an order. Money in fen. */
export interface LineStory {
  no: string;
  listingId: string;
  listingSkuId: string;
  title: string;
  spec: string;
  itemCode: string;
  merchantCode: string;
  quantity: number;
  unitPriceFen: number;
  /** Discount of this line alone. */
  discountFen: number;
  /** This line's share of the order-wide discounts. */
  shareFen: number;
  /** What the buyer pays for this line, freight left out. */
  paidFen: number;
  state: OrderState;
  refundNo?: string;
  shippedQuantity: number;
  shippedAt?: number;
  endedAt?: number;
  carrier?: string;
  waybillNo?: string;
  isOversold: boolean;
  isNoStock: boolean;
}

/**
 * What a buyer wants of one line: his money, his money for the goods, other goods for these, goods that were missing,
 * or these goods mended. Only the first two move money.
 */
export type RefundKind = 'refund' | 'return' | 'exchange' | 'resend' | 'repair';

/** An after-sale of one line, or of several when it has `parts`. `reshipped`: goods left again for the buyer, of an exchange, resending or repair. */
export interface RefundStory {
  no: string;
  lineNo: string;
  kind: RefundKind;
  phase: 'before_shipping' | 'after_shipping' | 'after_completion';
  state: 'asked' | 'agreed' | 'sent_back' | 'reshipped' | 'refused' | 'done' | 'withdrawn';
  amountFen: number;
  reason: string;
  /** What is asked back of each line when the after-sale concerns the whole order; the first is `lineNo`. */
  parts?: { lineNo: string; amountFen: number }[];
  createdAt: number;
  modifiedAt: number;
  /** When the seller let the goods come back. */
  agreedAt?: number;
  returnCarrier?: string;
  returnCarrierCode?: string;
  returnWaybillNo?: string;
  returnedAt?: number;
  /** The seller has agreed to the money; it is on its way. */
  isMoneyAgreed?: boolean;
  reshipCarrierCode?: string;
  reshipWaybillNo?: string;
  reshippedAt?: number;
}

/** One accepted ship notice. */
export interface NoticeStory {
  at: number;
  by: 'api' | 'elsewhere' | 'platform';
  method: string;
  carrier: string;
  waybillNo: string;
  lines: { no: string; quantity: number }[];
  collectedAt?: number;
  deliveredAt?: number;
}

/** What a row of money is about. */
export type MoneyKind =
  | 'goods'
  | 'commission'
  | 'points'
  | 'software_fee'
  | 'insurance'
  | 'refund'
  | 'platform_discount'
  | 'withdrawal'
  | 'platform_fee'
  | 'deposit'
  | 'unknown';

/** A row of money of a shop's account; outgoing amounts are negative. The number is never given twice. */
export interface MoneyRow {
  no: string;
  at: number;
  kind: MoneyKind;
  /** What rightly moves: 0 for a row that should not be there. */
  amountFen: number;
  /** What the bill states when that differs from `amountFen`. */
  billedFen?: number;
  /** The fault that made this row differ from the truth. */
  planted?: FaultKind;
  /** The row is true and no bill ever shows it. */
  isDropped?: boolean;
  /** The after-sale that a refund row pays. */
  refundNo?: string;
  /** The order that a row names although nobody placed it. */
  strangerNo?: string;
  /** The row that this one repeats. */
  repeats?: string;
}

/** Amounts of an order in fen. payable = goods + freight − line discounts − shop discount − platform discount. */
export interface OrderAmounts {
  goodsFen: number;
  freightFen: number;
  lineDiscountFen: number;
  shopDiscountFen: number;
  platformDiscountFen: number;
  payableFen: number;
  paidFen: number;
  refundedFen: number;
  depositFen: number;
  receivedFen: number;
}

/** An order as it truly is. Times are story milliseconds. */
export interface OrderStory {
  platform: string;
  shopId: string;
  no: string;
  /** Rises with every order of the simulator and is never given twice. */
  seq: number;
  kind: OrderKind;
  buyer: Buyer;
  receiver: Receiver;
  lines: LineStory[];
  amounts: OrderAmounts;
  state: OrderState;
  createdAt: number;
  modifiedAt: number;
  depositPaidAt?: number;
  paidAt?: number;
  shippedAt?: number;
  /** When the last parcel arrived. */
  deliveredAt?: number;
  endedAt?: number;
  shipBy?: number;
  autoConfirmAt?: number;
  buyerMessage: string;
  sellerMemo: string;
  flag: number;
  refunds: RefundStory[];
  notices: NoticeStory[];
  money: MoneyRow[];
  /** What happened, in the story's words, oldest first. */
  told: string[];
  plan: PlanItem[];
  isVirtual: boolean;
  isPresale: boolean;
  isUrged: boolean;
  isAddressChanged: boolean;
  /** A parcel that was announced without a waybill number yet. */
  pendingNotice?: { carrier: string; lines: string[] };
  closeReason?: string;
  /** The order out of which this one was split. */
  parentNo?: string;
  /** The orders into which this one was split. */
  childNos?: string[];
  /** Which arrival of a seed call this order is, so that a restart places none twice. */
  origin?: { plan: string; n: number };
  /** Raw fields that a test laid over the platform's answer. */
  overlay?: Record<string, unknown>;
}

/** A saleable unit of a listing. */
export interface ListingSku {
  id: string;
  merchantCode: string;
  spec: string;
  priceFen: number;
  quantity: number;
  /** Units held by unpaid orders of a listing that deducts on payment. */
  held: number;
  sold: number;
  modifiedAt: number;
  lastTold?: { quantity: number; at: number; by: string };
}

/** Something a shop offers. */
export interface ListingStory {
  platform: string;
  shopId: string;
  id: string;
  seq: number;
  title: string;
  itemCode: string;
  state: 'on_sale' | 'off_shelf' | 'sold_out';
  deductsOn: 'order' | 'pay';
  isVirtual: boolean;
  isNoStock: boolean;
  isUnmapped: boolean;
  createdAt: number;
  modifiedAt: number;
  skus: ListingSku[];
}

/** A program registered at a platform. */
export interface AppStory {
  platform: string;
  appKey: string;
  appSecret: string;
  name: string;
  forbiddenMethods: string[];
}

/** A shop and its grant to one app. */
export interface ShopStory {
  platform: string;
  shopId: string;
  appKey: string;
  name: string;
  kind: 'mall' | 'market';
  accessToken: string;
  refreshToken: string;
  tokenState: 'valid' | 'revoked';
  /** Wire milliseconds. */
  tokenExpiresAt: number;
  /** Wire milliseconds; absent where a refresh token lives as long as it is the newest. */
  refreshExpiresAt?: number;
  /** Wire instant at which an injected revocation ends. */
  revokedUntil?: number;
  pushPermitted: boolean;
  pushTopics: string[];
}

/** The record of one step that happened to an order, handed to listeners after it was applied. */
export interface StoryStep {
  verb: string;
  at: number;
  order: OrderStory;
  refundNo?: string;
  lineNo?: string;
  notice?: NoticeStory;
  note?: string;
  /** Who did it. */
  actor?: 'buyer' | 'seller' | 'platform' | 'carrier';
}
