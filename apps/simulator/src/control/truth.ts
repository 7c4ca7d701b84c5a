import type { Core } from '../core/core';
import { billedFen, type LedgerRow } from '../core/ledger';
import { toIso } from '../core/times';
import type { ListingSku, ListingStory, OrderStory, RefundStory } from '../core/story.types';

type Row = Record<string, unknown>;

const iso = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : toIso(ms));

/** An order as it truly is, in the story's words. Money in fen, times with offset. */
export function tellOrder(order: OrderStory): Row {
  return {
    platform: order.platform,
    platformShopId: order.shopId,
    platformOrderNo: order.no,
    kind: order.kind,
    parentOrderNo: order.parentNo,
    childOrderNos: order.childNos,
    story: order.told.join(', then '),
    state: order.state,
    payableFen: order.amounts.payableFen,
    paidFen: order.amounts.paidFen,
    refundedFen: order.amounts.refundedFen,
    receivedFen: order.amounts.receivedFen,
    amounts: order.amounts,
    buyer: order.buyer,
    receiver: order.receiver,
    buyerMessage: order.buyerMessage,
    sellerMemo: order.sellerMemo,
    flag: order.flag,
    isVirtual: order.isVirtual,
    isPresale: order.isPresale,
    lines: order.lines.map((line) => ({
      ...line,
      platformLineNo: line.no,
      shippedAt: iso(line.shippedAt),
      endedAt: iso(line.endedAt),
    })),
    notices: order.notices.map((notice) => ({
      ...notice,
      at: toIso(notice.at),
      collectedAt: iso(notice.collectedAt),
      deliveredAt: iso(notice.deliveredAt),
    })),
    refunds: order.refunds.map((refund) => tellRefund(order, refund.no)),
    money: order.money.map((row) => ({ ...row, at: toIso(row.at) })),
    placedAt: toIso(order.createdAt),
    depositPaidAt: iso(order.depositPaidAt),
    paidAt: iso(order.paidAt),
    deliveredAt: iso(order.deliveredAt),
    shippedAt: iso(order.shippedAt),
    endedAt: iso(order.endedAt),
    modifiedAt: toIso(order.modifiedAt),
    seq: order.seq,
  };
}

const sentAgain = (what: string): Record<RefundStory['state'], string> => ({
  asked: `${what} asked, waits for the seller`,
  agreed: what === 'resending' ? 'resending agreed, waits for the seller' : `${what} agreed, waits for the goods`,
  sent_back: 'goods on their way back',
  reshipped: `goods of the ${what} on their way to the buyer`,
  refused: 'refused by the seller',
  done: `${what} done`,
  withdrawn: 'taken back by the buyer',
});

const STORY_OF: Readonly<Record<RefundStory['kind'], Record<RefundStory['state'], string>>> = {
  refund: {
    asked: 'money asked back, waits for the seller',
    agreed: 'agreed by the seller',
    sent_back: 'goods on their way back',
    reshipped: 'goods on their way to the buyer',
    refused: 'refused by the seller',
    done: 'money given back',
    withdrawn: 'taken back by the buyer',
  },
  return: {
    asked: 'return asked, waits for the seller',
    agreed: 'return agreed, waits for the goods',
    sent_back: 'goods on their way back',
    reshipped: 'goods on their way to the buyer',
    refused: 'refused by the seller',
    done: 'goods came back and money was given back',
    withdrawn: 'taken back by the buyer',
  },
  exchange: sentAgain('exchange'),
  resend: sentAgain('resending'),
  repair: sentAgain('repair'),
};

function tellRefund(order: OrderStory, no: string): Row {
  const refund = order.refunds.find((one) => one.no === no)!;
  return {
    platformShopId: order.shopId,
    platformOrderNo: order.no,
    // An after-sale of the whole order names no line.
    platformLineNo: refund.parts ? null : refund.lineNo,
    parts: refund.parts?.map(({ lineNo, amountFen }) => ({ platformLineNo: lineNo, amountFen })),
    platformAfterSaleNo: refund.no,
    refundNo: refund.no,
    kind: refund.kind,
    phase: refund.phase,
    state: refund.state,
    amountFen: refund.amountFen,
    reason: refund.reason,
    story: STORY_OF[refund.kind][refund.state],
    returnCarrier: refund.returnCarrier,
    returnCarrierCode: refund.returnCarrierCode,
    returnWaybillNo: refund.returnWaybillNo,
    returnedAt: iso(refund.returnedAt),
    reshipCarrierCode: refund.reshipCarrierCode,
    reshipWaybillNo: refund.reshipWaybillNo,
    reshippedAt: iso(refund.reshippedAt),
    createdAt: toIso(refund.createdAt),
    modifiedAt: toIso(refund.modifiedAt),
  };
}

function tellStock(listing: ListingStory, sku: ListingSku): Row {
  return {
    platformShopId: listing.shopId,
    listingId: listing.id,
    listingSkuId: sku.id,
    title: listing.title,
    merchantCode: sku.merchantCode,
    spec: sku.spec,
    state: listing.state,
    deductsOn: listing.deductsOn,
    quantity: sku.quantity,
    heldByUnpaid: sku.held,
    sold: sku.sold,
    lastTold: sku.lastTold ? { ...sku.lastTold, at: toIso(sku.lastTold.at) } : null,
    modifiedAt: toIso(sku.modifiedAt),
  };
}

function tellNotice(order: OrderStory, index: number): Row {
  const notice = order.notices[index]!;
  return {
    platformShopId: order.shopId,
    platformOrderNo: order.no,
    index,
    at: toIso(notice.at),
    by: notice.by,
    method: notice.method,
    carrier: notice.carrier,
    waybillNo: notice.waybillNo,
    lines: notice.lines,
    collectedAt: iso(notice.collectedAt),
    deliveredAt: iso(notice.deliveredAt),
  };
}

/** What can be told. */
export const TRUTH_KINDS = ['orders', 'stock', 'notices', 'after-sales', 'bills'] as const;
export type TruthKind = (typeof TRUTH_KINDS)[number];

function rowsOf(kind: TruthKind, order: OrderStory): Row[] {
  if (kind === 'orders') return [tellOrder(order)];
  if (kind === 'notices') return order.notices.map((_, i) => tellNotice(order, i));
  return order.refunds.map((refund) => tellRefund(order, refund.no));
}

/**
 * A row of money. `amountFen` is what rightly moves, `billedFen` what the bill states; `planted` names the fault that
 * made them differ or put the row there.
 */
function tellMoney(core: Core, row: LedgerRow): Row {
  return {
    platformShopId: row.shopId,
    platformOrderNo: row.order?.no ?? null,
    strangerOrderNo: row.strangerNo ?? null,
    refundNo: row.refundNo ?? null,
    flowNo: core.part(row.platform).numbers.flowNo(Number(row.no)),
    no: row.no,
    at: toIso(row.at),
    kind: row.kind,
    amountFen: row.amountFen,
    billedFen: billedFen(row),
    planted: row.planted ?? null,
    isDropped: row.isDropped === true,
    isPending: row.at > core.now(),
  };
}

function tellBills(
  core: Core,
  platform: string,
  shopId: string | undefined,
  cursor: number,
  limit: number,
): { items: Row[]; nextCursor: string | null } {
  const items: Row[] = [];
  for (const row of core.ledger.after(platform, cursor)) {
    if (shopId !== undefined && row.shopId !== shopId) continue;
    if (items.length >= limit) return { items, nextCursor: String(cursor) };
    items.push(tellMoney(core, row));
    cursor = Number(row.no);
  }
  return { items, nextCursor: null };
}

/** One page of the truth, in the order in which orders (or listings) came to be. The cursor is the last number told. */
export function tellTruth(
  core: Core,
  platform: string,
  kind: TruthKind,
  shopId: string | undefined,
  cursor: number,
  limit: number,
): { items: Row[]; nextCursor: string | null } {
  if (kind === 'bills') return tellBills(core, platform, shopId, cursor, limit);
  const items: Row[] = [];
  if (kind === 'stock') {
    const shops = core.story.allShops(platform).filter((shop) => shopId === undefined || shop.shopId === shopId);
    const listings = shops
      .flatMap((shop) => core.story.listingsIn(platform, shop.shopId))
      .sort((a, b) => a.seq - b.seq);
    for (const listing of listings) {
      if (listing.seq <= cursor) continue;
      if (items.length >= limit) return { items, nextCursor: String(cursor) };
      items.push(...listing.skus.map((sku) => tellStock(listing, sku)));
      cursor = listing.seq;
    }
    return { items, nextCursor: null };
  }
  const orders = core.story.ordersOn(platform);
  for (let i = firstAfter(orders, cursor); i < orders.length; i += 1) {
    const order = orders[i]!;
    if (shopId !== undefined && order.shopId !== shopId) continue;
    if (items.length >= limit) return { items, nextCursor: String(cursor) };
    items.push(...rowsOf(kind, order));
    cursor = order.seq;
  }
  return { items, nextCursor: null };
}

function firstAfter(orders: readonly OrderStory[], seq: number): number {
  let low = 0;
  let high = orders.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (orders[middle]!.seq <= seq) low = middle + 1;
    else high = middle;
  }
  return low;
}
