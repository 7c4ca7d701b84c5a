import { DAY, toPlatformText } from '../../../core/times';
import type { OrderStory, RefundStory, ShopStory } from '../../../core/story.types';
import { business, id, list, missing, yuan } from '../envelope';
import type { RefundRow } from '../../../kit/shop-indexes';
import { pageFor, pageNumbers } from '../list-page';
import { read, shopOf, type Call, type MethodTable } from '../method';
import { coversType, refundStatusOf, STATUS_OF, typeOf } from '../words';

type Row = Record<string, unknown>;

/** The types that a call without `type` shows (Taobao sheet §7.1). */
const DEFAULT_REFUND_TYPES: readonly string[] = ['guarantee_trade', 'auto_delivery'];

function goodStatus(refund: RefundStory, order: OrderStory): string {
  if (refund.returnedAt !== undefined) return 'BUYER_RETURNED_GOODS';
  return order.notices.some((notice) => notice.deliveredAt !== undefined) ? 'BUYER_RECEIVED' : 'BUYER_NOT_RECEIVED';
}

/** Left open by the sheet: how long the seller has, and the numbers of `remind_type`. */
const SELLER_HAS_MS: Partial<Record<RefundStory['state'], number>> = { asked: 2 * DAY, sent_back: 10 * DAY };

/** The platform decides by itself when the seller lets this time pass. */
function remindOf(refund: RefundStory): Row {
  const has = SELLER_HAS_MS[refund.state];
  if (has === undefined) return { exist_timeout: false };
  const remindType = refund.state === 'asked' ? 1 : 4;
  return { exist_timeout: true, remind_type: remindType, timeout: toPlatformText(refund.modifiedAt + has) };
}

/** A refund with all fields that this simulator knows (Taobao sheet §7.2). */
export function refundView({ order, refund }: RefundRow, shop: ShopStory): Row {
  const line = order.lines.find((one) => one.no === refund.lineNo)!;
  const lineTotal = line.unitPriceFen * line.quantity - line.discountFen;
  return {
    refund_id: refund.no,
    tid: id(order.no),
    oid: id(refund.lineNo),
    status: refundStatusOf(refund),
    order_status: STATUS_OF[line.state],
    good_status: goodStatus(refund, order),
    dispute_type: refund.kind === 'return' ? 'REFUND_AND_RETURN' : 'REFUND',
    refund_phase: refund.phase === 'after_completion' ? 'aftersale' : 'onsale',
    refund_version: refund.modifiedAt,
    has_good_return: refund.kind === 'return',
    refund_fee: yuan(refund.amountFen),
    payment: yuan(Math.max(0, line.paidFen - refund.amountFen)),
    total_fee: yuan(lineTotal),
    reason: refund.reason,
    desc: '',
    title: line.title,
    price: yuan(line.unitPriceFen),
    num: line.quantity,
    num_iid: id(line.listingId),
    sku: `${line.listingSkuId}|${line.spec}`,
    outer_id: line.merchantCode,
    company_name: refund.returnCarrier,
    sid: refund.returnWaybillNo,
    good_return_time: refund.returnedAt === undefined ? undefined : toPlatformText(refund.returnedAt),
    refund_remind_timeout: remindOf(refund),
    seller_nick: shop.name,
    buyer_nick: `${order.buyer.nick.slice(0, 1)}**`,
    buyer_open_uid: order.buyer.openId,
    cs_status: 1,
    advance_status: 0,
    created: toPlatformText(refund.createdAt),
    modified: toPlatformText(refund.modifiedAt),
  };
}

function pick(call: Call, row: Row): Row {
  const names = call.params.names('fields');
  if (names.length === 0) throw missing('fields');
  return Object.fromEntries(Object.entries(row).filter(([name]) => names.includes(name)));
}

function receive(call: Call): Row {
  const shop = shopOf(call);
  if (call.params.names('fields').length === 0) throw missing('fields');
  const status = call.params.text('status');
  const types = call.params.names('type');
  const page = pageFor(call, {
    index: call.indexes.of(shop.shopId).refunds.modified,
    from: call.params.time('start_modified') ?? 0,
    to: call.params.time('end_modified') ?? call.at,
    filter: ({ order, refund }: RefundRow) =>
      (status === undefined || refundStatusOf(refund) === status) &&
      coversType(types.length === 0 ? DEFAULT_REFUND_TYPES : types, typeOf(order)),
    isModifiedList: true,
    ...pageNumbers(call, 100),
    keyOf: ({ refund }: RefundRow) => refund.no,
    modifiedAtOf: ({ refund }: RefundRow) => refund.modifiedAt,
  });
  return {
    ...page.totals,
    refunds: list(
      'refund',
      page.rows.map((row) => pick(call, refundView(row, shop))),
    ),
  };
}

function get(call: Call): Row {
  const row = call.indexes.refund(call.params.id('refund_id'));
  if (!row || row.order.shopId !== shopOf(call).shopId) throw business('isv.refund-not-exist', '退款单不存在');
  return { refund: pick(call, refundView(row, shopOf(call))) };
}

/** After-sales, read side (Taobao sheet §7). */
export const refundMethods: MethodTable = {
  'taobao.refunds.receive.get': read(receive),
  'taobao.refund.get': read(get),
};
