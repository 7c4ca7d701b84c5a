import type {
  AfterSaleKind,
  AfterSaleState,
  CanonicalAmounts,
  CanonicalReceiver,
  PlatformState,
  RefundState,
} from '@app/contracts';

export type Review = 'pending' | 'approved' | 'taken_back';
export type StockAxis = 'none' | 'reserved' | 'short' | 'shipped_out' | 'released';
export type FulfilmentAxis = 'none' | 'planned' | 'released' | 'departing' | 'shipped';
export type AfterSaleAxis = 'none' | 'open' | 'done';
export type NoticeAxis = 'none' | 'pending' | 'told' | 'failed';

/** Every display status, in the order of an order's life. */
export const ORDER_STATUSES = [
  'wait_pay',
  'paid',
  'held',
  'approved',
  'released',
  'shipped',
  'delivered',
  'completed',
  'cancelled',
] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** Marks beside the status that somebody should look at. */
export type OrderFlag =
  | 'amount_mismatch'
  | 'payment_differs'
  | 'intercept_wanted'
  | 'state_went_back'
  /** A part of what was paid for a line went back; its goods are shipped all the same. */
  | 'partly_refunded'
  /** More went back than was paid. */
  | 'refund_above_paid'
  /** Nobody knows what the state of an after-sale means, or of which line it speaks. */
  | 'after_sale_unknown';

/** A row of working_order. Amounts in fen, times in story time. */
export interface WorkingOrder {
  companyId: string;
  orderId: string;
  shopId: string;
  platform: string;
  platformOrderNo: string;
  parentOrderNo: string | null;
  platformState: PlatformState;
  unknownStatus: string | null;
  review: Review;
  stock: StockAxis;
  fulfilment: FulfilmentAxis;
  afterSale: AfterSaleAxis;
  notice: NoticeAxis;
  status: OrderStatus;
  version: number;
  isLive: boolean;
  isUrgent: boolean;
  isCancelled: boolean;
  isReplaced: boolean;
  isShippedByPlatform: boolean;
  isBalanceDue: boolean;
  /** Whether the last decision asked inventory to hold stock. */
  isStockAsked: boolean;
  /** The version with which it was asked to begin; what inventory says of an earlier one counts no more. */
  stockSince: number;
  placedAt: Date;
  paidAt: Date | null;
  shipBy: Date | null;
  endedAt: Date | null;
  notBefore: Date | null;
  forbids: string | null;
  currency: string;
  amounts: CanonicalAmounts;
  unexplainedFen: number;
  paymentDifferenceFen: number;
  receiver: CanonicalReceiver['masked'];
  receiverMark: string;
  approvedReceiverMark: string | null;
  province: string;
  city: string;
  buyerId: string;
  buyerNick: string;
  buyerMessage: string;
  sellerMemo: string;
  memoFlag: number | null;
  flags: OrderFlag[];
  /** Whether the order has after-sales or parcels that came back. */
  hasAfterSales: boolean;
  createdAt: Date;
  updatedAt: Date;
}

/** A SKU inside one piece of a line. */
export interface Component {
  skuId: string;
  skuCode: string;
  quantity: number;
}

/** What inventory told of one SKU of a line in one warehouse. */
export interface HeldStock {
  skuId: string;
  skuCode: string;
  warehouse: string;
  reserved: number;
  shippedOut: number;
  short: number;
}

/** A row of order_line. Quantities in pieces of the line. */
export interface OrderLine {
  companyId: string;
  lineId: string;
  orderId: string;
  shopId: string;
  platformLineNo: string;
  position: number;
  listingId: string;
  listingSkuId: string;
  merchantCode: string | null;
  title: string;
  specText: string;
  quantity: number;
  cancelled: number;
  reserved: number;
  shipped: number;
  unitPriceFen: number;
  discountFen: number;
  paidFen: number;
  /** The newest statement of the order and of its after-sales. */
  refundState: RefundState;
  /** The after-sale that the order's own statement speaks of. */
  refundNo: string | null;
  /** What the order itself last stated, when it was modified (never after the fetch) and when that fetch began. */
  statedRefundState: RefundState;
  statedRefundAt: Date;
  statedRefundFetchAt: Date;
  /** What counts of the succeeded after-sales; never more than was paid. */
  refundedFen: number;
  /** Everything paid went back, or the platform closed the line over a refund: nothing of it is shipped any more. */
  isRefunded: boolean;
  platformLineState: PlatformState | null;
  noStock: boolean;
  isShippedByPlatform: boolean;
  isElsewhere: boolean;
  isImplausible: boolean;
  isRemoved: boolean;
  isGift: boolean;
  isWaiting: boolean;
  forbids: string | null;
  components: Component[] | null;
  held: HeldStock[];
}

/** A row of order_hold; open while closedAt is null. */
export interface Hold {
  companyId: string;
  holdId: string;
  orderId: string;
  type: string;
  cause: string;
  reason: string;
  owner: string;
  since: Date;
  releaseAt: Date | null;
  closedAt: Date | null;
  closedBy: string | null;
  closeReason: string | null;
}

export type FulfilmentState = 'released' | 'departing' | 'shipped' | 'stopped';

/** What a fulfilment takes of one line and SKU, in pieces of the SKU. */
export interface FulfilmentLine {
  lineId: string;
  skuId: string;
  skuCode: string;
  quantity: number;
}

/** A row of fulfilment with its lines. */
export interface Fulfilment {
  companyId: string;
  fulfilmentId: string;
  orderId: string;
  shopId: string;
  warehouse: string;
  revision: number;
  state: FulfilmentState;
  reason: string;
  shipBy: Date | null;
  isUrgent: boolean;
  departedAt: Date | null;
  parcelId: string | null;
  createdAt: Date;
  updatedAt: Date;
  lines: FulfilmentLine[];
}

/** A parcel that left, as far as one order is concerned; quantities in pieces of the SKU. */
export interface OrderParcel {
  companyId: string;
  parcelId: string;
  orderId: string;
  fulfilmentId: string;
  revision: number;
  warehouse: string;
  carrier: string;
  waybillNo: string;
  state: 'shipped' | 'delivered' | 'exception';
  shippedAt: Date;
  deliveredAt: Date | null;
  lines: { lineId: string; skuId: string; quantity: number }[];
}

/** A row of departure: a parcel that was allowed to leave. */
export interface Departure {
  companyId: string;
  fulfilmentId: string;
  parcelId: string;
  revision: number;
  orderId: string;
  orderVersion: number;
  grantedAt: Date;
  clientId: string;
  takenBackAt: Date | null;
}

/** What the platform was told of a parcel. */
export interface ShipNotice {
  companyId: string;
  noticeId: string;
  orderId: string;
  parcelId: string;
  state: 'pending' | 'told' | 'failed';
  reason: string;
}

/** What of a refund counts for a line; lineId null is freight and other charges. */
export interface CountedRefund {
  lineId: string | null;
  fen: number;
}

/** Pieces that came back, by grade: A goes back on sale, B is fit for second-hand sale only, C is scrapped. */
export interface ReturnedGoods {
  skuId: string;
  skuCode: string;
  quantity: number;
  grade: 'A' | 'B' | 'C';
}

/** A row of after_sale. Amounts in fen, times in story time. */
export interface AfterSale {
  companyId: string;
  afterSaleId: string;
  shopId: string;
  platform: string;
  platformAfterSaleNo: string;
  platformOrderNo: string;
  platformLineNo: string | null;
  /** Null while the order is unknown. */
  orderId: string | null;
  /** Null when it speaks of the whole order or of freight, or of a line that nobody knows. */
  lineId: string | null;
  version: number;
  kind: AfterSaleKind;
  state: AfterSaleState;
  rawStatus: string | null;
  phase: string | null;
  platformVersion: string | null;
  refundFen: number;
  countedFen: number;
  excessFen: number;
  counted: CountedRefund[];
  currency: string;
  quantity: number | null;
  goodsComeBack: boolean;
  reason: string;
  description: string;
  returnWaybillNo: string | null;
  returnCarrier: string | null;
  askedAt: Date;
  modifiedAt: Date;
  fetchStartedAt: Date;
  deadlineAt: Date | null;
  forbids: string | null;
  /** When the first parcel came back for it, and what was in all of them. */
  goodsReceivedAt: Date | null;
  returned: ReturnedGoods[];
  createdAt: Date;
  updatedAt: Date;
}

/** A row of order_return: a parcel that came back, as it was counted and graded. */
export interface OrderReturn {
  companyId: string;
  returnId: string;
  version: number;
  /** Null while nobody knows whose goods they are. */
  orderId: string | null;
  warehouse: string;
  waybillNo: string;
  /** The parcel that went out and came back unopened. */
  parcelId: string | null;
  platformAfterSaleNos: string[];
  receivedAt: Date;
  lines: ReturnedGoods[];
}

/** An order with everything that decisions about it need. */
export interface OrderAggregate {
  order: WorkingOrder;
  lines: OrderLine[];
  holds: Hold[];
  fulfilments: Fulfilment[];
  parcels: OrderParcel[];
  notices: ShipNotice[];
  afterSales: AfterSale[];
  returns: OrderReturn[];
}

/** What decisions are made by. */
export interface DecisionContext {
  /** Story time. */
  now: Date;
  /** Whether a remark of the buyer holds the order until a person has read it. */
  holdsOnRemark: boolean;
  /** Up to this many fen an unexplained amount is only flagged. */
  toleranceFen: number;
}
