/** Rows of the simulator's truth, as far as the comparison reads them. Money in fen, times ISO 8601. */
export interface TruthLine {
  platformLineNo: string;
  merchantCode: string;
  quantity: number;
  unitPriceFen: number;
  discountFen: number;
  shareFen: number;
  paidFen: number;
  state: string;
  shippedQuantity: number;
  isNoStock: boolean;
}

export interface TruthRefund {
  platformShopId: string;
  platformOrderNo: string;
  platformLineNo: string;
  refundNo: string;
  kind: string;
  phase: string;
  state: string;
  amountFen: number;
  returnWaybillNo?: string;
  createdAt: string;
  modifiedAt: string;
}

export interface TruthNotice {
  at: string;
  by: string;
  carrier: string;
  waybillNo: string;
  lines: { no: string; quantity: number }[];
}

export interface TruthOrder {
  platformShopId: string;
  platformOrderNo: string;
  kind: string;
  story: string;
  state: string;
  payableFen: number;
  paidFen: number;
  refundedFen: number;
  amounts: {
    goodsFen: number;
    freightFen: number;
    lineDiscountFen: number;
    shopDiscountFen: number;
    platformDiscountFen: number;
    payableFen: number;
    paidFen: number;
  };
  lines: TruthLine[];
  notices: TruthNotice[];
  refunds: TruthRefund[];
  placedAt: string;
  paidAt?: string;
  endedAt?: string;
  modifiedAt: string;
}

/**
 * A row of the platform's money: what rightly moved, and what the bill states. `planted` names the difference that was
 * planted into it.
 */
export interface TruthBill {
  platformShopId: string;
  platformOrderNo: string | null;
  strangerOrderNo: string | null;
  flowNo: string;
  at: string;
  kind: string;
  amountFen: number;
  billedFen: number;
  planted: string | null;
  isDropped: boolean;
  isPending: boolean;
}

const ENDED = new Set(['completed', 'closed', 'cancelled']);
const REFUND_OPEN = new Set(['asked', 'agreed', 'sent_back']);

/** True when nothing more will happen to the order. */
export function isOver(order: TruthOrder): boolean {
  return ENDED.has(order.state) && order.refunds.every(({ state }) => !REFUND_OPEN.has(state));
}
