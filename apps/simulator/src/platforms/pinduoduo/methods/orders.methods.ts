import { memo } from '../../../core/acts';
import { DAY } from '../../../core/times';
import type { OrderStory } from '../../../core/story.types';
import { pageOf, shiftRows, type PageRequest } from '../../../kit/list-page';
import { confirmedAt } from '../confirm-index';
import { read, shopOf, write, type Call, type MethodTable } from '../method';
import { basicView, orderView } from '../order-view';
import { noOrder, refuse } from '../pop-error';
import { orderStatusOf, refundStatusOf } from '../words';

type Row = Record<string, unknown>;

/** Older orders are not shown by any call (Pinduoduo sheet §5.1). */
const SHOWN_MS = 90 * DAY;
/** The longest windows in seconds (Pinduoduo sheet §5.2). */
const MOST_CONFIRM_S = 86_400;
const MOST_UPDATED_S = 1_800;
const MOST_PAGE_SIZE = 100;
const ALL = 5;

const isShown = (order: OrderStory, at: number): boolean => (confirmedAt(order) ?? 0) >= at - SHOWN_MS;

/** The filters that both lists share; each is required except trade_type (Pinduoduo sheet §5.2). */
function filterOf(call: Call): (order: OrderStory) => boolean {
  const status = call.params.int('order_status', 1, ALL);
  const refund = call.params.int('refund_status', 1, ALL);
  const tradeType = call.params.text('trade_type') === undefined ? undefined : call.params.int('trade_type', 0, 1);
  if (status === 4) throw refuse(10_000, 'order_status 只能是 1、2、3、5');
  return (order) =>
    isShown(order, call.at) &&
    (status === ALL || orderStatusOf(order) === status) &&
    (refund === ALL || refundStatusOf(order) === refund) &&
    (tradeType === undefined || (order.isPresale ? 1 : 0) === tradeType);
}

const paging = (call: Call): { pageNo: number; pageSize: number } => ({
  pageNo: call.params.int('page', 1, 1_000_000),
  pageSize: call.params.int('page_size', 1, MOST_PAGE_SIZE, MOST_PAGE_SIZE),
});

/** Either the total or `has_next`, never both (Pinduoduo sheet §5.2). */
function listed(call: Call, request: PageRequest<OrderStory>, view: (order: OrderStory) => Row) {
  const page = pageOf(call, request);
  const totals = call.params.bool('use_has_next') ? { has_next: page.hasNext } : { total_count: page.total };
  return { totals, rows: page.rows.map(view) };
}

function byConfirmation(call: Call, view: (order: OrderStory) => Row): Row {
  const shop = shopOf(call);
  const { from, to } = call.params.window('start_confirm_at', 'end_confirm_at', MOST_CONFIRM_S);
  const request: PageRequest<OrderStory> = {
    index: call.confirmed.of(shop.shopId),
    from,
    to,
    filter: filterOf(call),
    isModifiedList: false,
    ...paging(call),
    keyOf: (order) => order.no,
    modifiedAtOf: (order) => order.modifiedAt,
  };
  const { totals, rows } = listed(call, request, view);
  return { ...totals, order_list: rows };
}

const LUCKY: Readonly<Record<number, (order: OrderStory) => boolean>> = {
  0: () => true,
  1: (order) => order.kind !== 'special_channel',
  2: (order) => order.kind === 'special_channel',
};

/** Newest change first, paged live: forward paging loses orders (Pinduoduo sheet §5.3). */
function increment(call: Call): Row {
  const shop = shopOf(call);
  const { from, to } = call.params.window('start_updated_at', 'end_updated_at', MOST_UPDATED_S);
  const lucky = LUCKY[call.params.int('is_lucky_flag', 0, 2)]!;
  const filter = filterOf(call);
  const request: PageRequest<OrderStory> = {
    index: call.indexes.of(shop.shopId).shown.modified,
    from,
    to,
    filter: (order) => filter(order) && lucky(order),
    isModifiedList: true,
    ...paging(call),
    keyOf: (order) => order.no,
    modifiedAtOf: (order) => order.modifiedAt,
  };
  const { totals, rows } = listed(call, request, (order) => orderView(order, shop, 'list'));
  shiftRows(call, request);
  return { ...totals, order_sn_list: rows };
}

/** The shop's own order of a number; others, older ones and those not confirmed are not there. */
export function orderOf(call: Call, orderNo: string): OrderStory {
  const order = call.core.story.order('pinduoduo', orderNo);
  if (!order || order.shopId !== shopOf(call).shopId || !isShown(order, call.at)) throw noOrder();
  return order;
}

/** The order of the parameter `order_sn`. */
export const ownOrder = (call: Call): OrderStory => orderOf(call, call.params.required('order_sn'));

function statuses(call: Call): Row {
  const shop = shopOf(call);
  const rows = call.params.names('order_sns', MOST_PAGE_SIZE).map((orderNo) => {
    const order = call.core.story.order('pinduoduo', orderNo);
    const isOwn = order !== undefined && order.shopId === shop.shopId && isShown(order, call.at);
    // The name in camel case is the platform's; 0 is "abnormal" (Pinduoduo sheet §5.4).
    return {
      orderSn: orderNo,
      order_status: isOwn ? orderStatusOf(order) : 0,
      refund_status: isOwn ? refundStatusOf(order) : 0,
    };
  });
  return { order_status_list: rows };
}

function note(call: Call): Row {
  const text = call.params.required('note');
  const tag = call.params.text('tag');
  const name = call.params.text('tag_name');
  // Both or none (Pinduoduo sheet §5.6).
  if ((tag === undefined) !== (name === undefined)) throw refuse(10_000, 'tag 和 tag_name 必须同时传');
  if (name !== undefined && [...name].length > 3) throw refuse(10_000, 'tag_name 不能超过 3 个字');
  const flag = tag === undefined ? undefined : call.params.int('tag', 1, 5);
  const order = ownOrder(call);
  memo(call.core, order, call.at, { actor: 'seller', text, ...(flag === undefined ? {} : { flag }) });
  return { success: true, error_code: 0, error_msg: '' };
}

/** Orders (Pinduoduo sheet §5). */
export const orderMethods: MethodTable = {
  'pdd.order.list.get': read('order_list_get_response', (call) =>
    byConfirmation(call, (order) => orderView(order, shopOf(call), 'list')),
  ),
  'pdd.order.basic.list.get': read('order_basic_list_get_response', (call) =>
    byConfirmation(call, (order) => basicView(order, shopOf(call))),
  ),
  'pdd.order.number.list.increment.get': read('order_sn_increment_get_response', increment),
  'pdd.order.information.get': read('order_info_get_response', (call) => ({
    order_info: orderView(ownOrder(call), shopOf(call), 'detail'),
  })),
  'pdd.order.status.get': read('order_status_get_response', statuses),
  'pdd.order.note.update': write('response', note),
};
