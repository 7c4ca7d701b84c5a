/** Rows of the simulator's truth, as far as the comparison reads them. Money in fen, times ISO 8601. */
export interface TruthLine {
  platformLineNo: string;
  listingSkuId: string;
  merchantCode: string;
  quantity: number;
  unitPriceFen: number;
  discountFen: number;
  shareFen: number;
  paidFen: number;
  state: string;
  endedAt?: string;
  shippedQuantity: number;
  isNoStock: boolean;
}

export interface TruthRefund {
  platformShopId: string;
  platformOrderNo: string;
  /** Null where the buyer asked for several lines at once; `parts` then tells which. */
  platformLineNo: string | null;
  parts?: { platformLineNo: string; amountFen: number }[];
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
  /** The platform split the order into these; it ended itself without a refund. */
  childOrderNos?: string[];
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

/** The lines that a buyer asks money back for, or sends back. */
export const linesOf = ({ platformLineNo, parts }: TruthRefund): string[] =>
  parts?.map((part) => part.platformLineNo) ?? (platformLineNo === null ? [] : [platformLineNo]);

/** A platform without line numbers: the truth calls a line by its SKU, and a further line of it `sku#2`. */
const isNamedBySku = ({ platformLineNo, listingSkuId }: TruthLine): boolean =>
  platformLineNo.replace(/#\d+$/, '') === listingSkuId;

/**
 * An order with its lines called as the API calls them: by the platform's number, or by order and SKU where the platform
 * has none; a SKU that stands twice is then counted by price and pieces, the dearer line first.
 */
export function named<T extends TruthOrder>(order: T): T {
  if (!order.lines.some(isNamedBySku)) return order;
  const names = new Map<string, string>();
  const seen = new Map<string, number>();
  for (const line of [...order.lines].sort((a, b) => b.unitPriceFen - a.unitPriceFen || b.quantity - a.quantity)) {
    const nth = (seen.get(line.listingSkuId) ?? 0) + 1;
    seen.set(line.listingSkuId, nth);
    const first = `${order.platformOrderNo}-${line.listingSkuId}`;
    names.set(line.platformLineNo, nth === 1 ? first : `${first}-${nth}`);
  }
  const nameOf = (no: string): string => names.get(no) ?? no;
  const renamed = <R extends { platformLineNo: string | null }>(row: R): R => ({
    ...row,
    platformLineNo: row.platformLineNo === null ? null : nameOf(row.platformLineNo),
  });
  return {
    ...order,
    lines: order.lines.map(renamed),
    notices: order.notices.map((notice) => ({
      ...notice,
      lines: notice.lines.map((line) => ({ ...line, no: nameOf(line.no) })),
    })),
    refunds: order.refunds.map((refund) => ({ ...renamed(refund), parts: refund.parts?.map(renamed) })),
  };
}

const ENDED = new Set(['completed', 'closed', 'cancelled']);
const REFUND_OPEN = new Set(['asked', 'agreed', 'sent_back']);

/** True when nothing more will happen to the order. */
export function isOver(order: TruthOrder): boolean {
  return ENDED.has(order.state) && order.refunds.every(({ state }) => !REFUND_OPEN.has(state));
}
