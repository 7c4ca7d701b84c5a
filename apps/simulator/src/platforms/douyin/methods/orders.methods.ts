import { memo as writeMemo } from '../../../core/acts';
import { isRefundWaiting } from '../../../core/refunds';
import { DAY, MINUTE } from '../../../core/times';
import type { OrderStory } from '../../../core/story.types';
import { pageOf, shiftRows, type Filter, type PageRequest } from '../../../kit/list-page';
import { business, DouyinError, invalid, missing } from '../envelope';
import { read, shopOf, write, type Call, type MethodTable } from '../method';
import { detailView, listView } from '../order-view';
import { ORDER_STATUS, tradeTypeOf } from '../words';

/** The lists reach back 90 days by creation, over at most so many rows (Douyin sheet §5.2). */
const REACH_MS = 90 * DAY;
const MOST_ROWS = 50_000;
const MOST_A_PAGE = 100;

/** `page` from 0 and `size` with the refusals of Douyin sheet §4.3. */
export function pageNumbers(call: Call): { page: number; size: number } {
  const page = call.body.requiredInt('page', 10035);
  const size = call.body.requiredInt('size', 20008);
  if (page < 0) throw invalid(10035, 'page 不能小于 0');
  if (size < 1 || size > MOST_A_PAGE) throw invalid(20008, `size 必须在 1 到 ${MOST_A_PAGE} 之间`);
  if (page * size > MOST_ROWS) throw invalid(20013, `page*size 不能超过 ${MOST_ROWS}`);
  return { page, size };
}

interface Span {
  from: number;
  to: number;
}

const span = (call: Call, name: 'create' | 'update'): Span | undefined => {
  const from = call.body.seconds(`${name}_time_start`);
  const to = call.body.seconds(`${name}_time_end`);
  if (from === undefined && to === undefined) return undefined;
  // The end is not included.
  return { from: from ?? 0, to: to === undefined ? Number.MAX_SAFE_INTEGER : to - 1 };
};

const within = (at: number, wanted: Span | undefined): boolean =>
  wanted === undefined || (at >= wanted.from && at <= wanted.to);

function statusFilter(call: Call): Filter<OrderStory> | undefined {
  const rows = call.body.objects('combine_status');
  if (rows.length > 1) throw invalid(20012, 'combine_status 只能传一个元素');
  const wanted = (rows[0]?.text('order_status') ?? '').split(',').filter((one) => one !== '');
  return wanted.length === 0 ? undefined : (order) => wanted.includes(String(ORDER_STATUS[order.state]));
}

const AFTER_SALE_FILTERS: Readonly<Record<string, Filter<OrderStory>>> = {
  in_aftersale: (order) => order.refunds.some(isRefundWaiting),
  refund: (order) => order.refunds.some((refund) => refund.state === 'agreed' && refund.kind === 'refund'),
  refund_success: (order) => order.refunds.some((refund) => refund.state === 'done'),
  refund_fail: (order) => order.refunds.some((refund) => refund.state === 'refused'),
  exchange_success: (order) => order.refunds.some((refund) => refund.kind === 'exchange' && refund.state === 'done'),
  aftersale_close: (order) => order.refunds.some((refund) => refund.state === 'withdrawn'),
};

function contentFilter(call: Call): Filter<OrderStory> | undefined {
  const { body } = call;
  const product = body.text('product');
  const tracking = body.text('tracking_no');
  const afterSale = body.text('after_sale_status_desc');
  const tradeType = body.int('trade_type');
  const isAbnormal = body.int('abnormal_order');
  const checks: Filter<OrderStory>[] = [];
  if (product !== undefined)
    checks.push((order) =>
      order.lines.some((line) => (/^\d+$/.test(product) ? line.listingId === product : line.title.includes(product))),
    );
  if (tracking !== undefined) checks.push((order) => order.notices.some((notice) => notice.waybillNo === tracking));
  if (afterSale !== undefined && afterSale !== 'all') {
    const known = AFTER_SALE_FILTERS[afterSale];
    if (!known) throw invalid(20002, `after_sale_status_desc ${afterSale} 不存在`);
    checks.push(known);
  }
  if (tradeType !== undefined)
    checks.push((order) => order.lines.some((line) => tradeTypeOf(order, line).type === tradeType));
  if (isAbnormal === 2) checks.push((order) => order.state === 'paid_blocked');
  return checks.length === 0 ? undefined : (order) => checks.every((check) => check(order));
}

/**
 * What is listed and in which order. The sort is the caller's business: filtered by update but sorted by creation, as
 * the default is, rows are passed over when orders arrive or change (Douyin sheet §5.3).
 */
function requestOf(call: Call): PageRequest<OrderStory> {
  const { page, size } = pageNumbers(call);
  const created = span(call, 'create');
  const updated = span(call, 'update');
  if (!call.body.has('create_time_start') && !call.body.has('update_time_start'))
    throw invalid(20011, '创建时间和更新时间的起始时间不能同时为空');
  const oldest = call.at - REACH_MS;
  // A minute of the wire is long in a story that runs fast; the real clocks differ by less.
  const slack = MINUTE * Math.max(1, call.core.clocks.current().rate);
  for (const wanted of [created, updated])
    if (wanted && wanted.from > 0 && wanted.from < oldest - slack) throw invalid(20022, '仅支持查询近90天的订单');
  const reach: Span = { from: Math.max(created?.from ?? 0, oldest), to: created?.to ?? Number.MAX_SAFE_INTEGER };
  const orderBy = call.body.text('order_by') ?? 'create_time';
  if (orderBy !== 'create_time' && orderBy !== 'update_time')
    throw invalid(20003, 'order_by 只能是 create_time 或 update_time');
  const isByUpdate = orderBy === 'update_time';
  const status = statusFilter(call);
  const content = contentFilter(call);
  const orders = call.indexes.of(shopOf(call).shopId).all;
  const { from, to } = isByUpdate ? (updated ?? { from: 0, to: Number.MAX_SAFE_INTEGER - 1 }) : reach;
  return {
    index: isByUpdate ? orders.modified : orders.created,
    from,
    to: Math.min(to, Number.MAX_SAFE_INTEGER - 1),
    filter: (order) =>
      within(order.createdAt, reach) &&
      within(order.modifiedAt, updated) &&
      (status?.(order) ?? true) &&
      (content?.(order) ?? true),
    isModifiedList: updated !== undefined || isByUpdate,
    isOldestFirst: call.body.flag('order_asc'),
    pageNo: page + 1,
    pageSize: size,
    keyOf: (order) => order.no,
    modifiedAtOf: (order) => order.modifiedAt,
  };
}

function searchList(call: Call): unknown {
  const shop = shopOf(call);
  const request = requestOf(call);
  const { rows, total } = pageOf(call, request);
  const list = rows.map((order) => listView(order, shop));
  if (request.isModifiedList) shiftRows(call, request);
  return { page: request.pageNo - 1, size: request.pageSize, total, shop_order_list: list };
}

/** The shop's own order of a number; the older form with an `A` at the end is taken too (Douyin sheet §5.1). */
function orderDetail(call: Call): unknown {
  const no = call.body.required('shop_order_id', 20001).replace(/A$/, '');
  const order = call.core.story.order('douyin', no);
  if (!order) throw invalid(20014, '查询订单不存在');
  const shop = shopOf(call);
  if (order.shopId !== shop.shopId) throw business(20015, '订单不属于该店铺');
  return { shop_order_detail: detailView(order, shop) };
}

function addOrderRemark(call: Call): unknown {
  const { body } = call;
  const order = call.core.story.order('douyin', body.required('order_id').replace(/A$/, ''));
  if (!order || order.shopId !== shopOf(call).shopId) throw invalid(20014, '查询订单不存在');
  const { remark } = body.fields;
  if (typeof remark !== 'string') throw missing('remark');
  if ([...remark].length > 60) throw invalid(1, '备注不能超过60个字符');
  const { is_add_star: hasStar = 'false', star } = body.fields;
  // The flags are texts; anything else is refused (Douyin sheet §13 #22).
  if (hasStar !== 'true' && hasStar !== 'false') throw invalid(1, 'is_add_star 只能是字符串 true 或 false');
  if (hasStar === 'true' && (typeof star !== 'string' || !/^[0-5]$/.test(star)))
    throw invalid(1, 'star 只能是字符串 0 到 5');
  writeMemo(call.core, order, call.at, {
    actor: 'seller',
    text: remark,
    ...(hasStar === 'true' ? { flag: Number(star) } : {}),
  });
  return {};
}

/** Retail orders that carry no invoice request here. */
function invoiceList(call: Call): unknown {
  const { page, size } = pageNumbers(call);
  return { page_no: page, page_size: size, total: 0, invoice_list: [] };
}

/** Whether orders may share a parcel; the response's shape is UNCONFIRMED in Douyin sheet §5.10. */
function merge(call: Call): unknown {
  const wanted = call.body.objects('merge_list');
  if (wanted.length === 0) throw missing('merge_list');
  if (wanted.length > MOST_A_PAGE) throw new DouyinError(40004, 'isv.parameter-invalid:1', 'merge_list 最多 100 项');
  const groups = new Map<string, string[]>();
  for (const one of wanted) {
    const order = call.core.story.order('douyin', one.required('order_id'));
    if (!order || order.shopId !== shopOf(call).shopId) throw invalid(20014, '查询订单不存在');
    const address = one.required('open_address_id');
    groups.set(address, [...(groups.get(address) ?? []), order.no]);
  }
  return { order_list: [...groups.values()].map((orders) => ({ order_ids: orders })) };
}

/** Orders: list, detail, memo (Douyin sheet §5). */
export const orderMethods: MethodTable = {
  'order.searchList': read(searchList),
  'order.orderDetail': read(orderDetail),
  'order.addOrderRemark': write(addOrderRemark),
  'order.invoiceList': read(invoiceList),
  'order.merge': read(merge),
  'order.mergeV2': read(merge),
};
