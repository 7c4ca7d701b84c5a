import { DAY } from '../../../core/times';
import type { OrderStory } from '../../../core/story.types';
import { pageOf, shiftRows, type PageRequest } from '../../../kit/list-page';
import { invalid, missing, num, refuse, yuanNumber } from '../envelope';
import type { Fields } from '../fields';
import { ownOrder, read, shopOf, type Call, type MethodTable } from '../method';
import { balanceOf, orderView, pickFields } from '../order-view';
import { isStateWord, stateOf } from '../words';

type Row = Record<string, unknown>;

/** A window is at most a month; the shorter of the two lengths that the sources name (JD sheet §5.2). */
const LONGEST_WINDOW_MS = 30 * DAY;
/** Lists by modified time reach back three months, those by creation two years (JD sheet §5.2). */
const REACH_MS = { modified: 92 * DAY, created: 731 * DAY };
/** Behind this page the answer is empty (JD sheet §5.2). */
const LAST_PAGE = 100;
const MOST_ROWS = 100;

const WORKED_OFF = 'WAIT_SELLER_STOCK_OUT';

const fine = { success: true, englishErrCode: '', chineseErrCode: '', numberCode: 0 };
const failed = (zh: string, en: string, numberCode: number): Row => ({
  success: false,
  englishErrCode: en,
  chineseErrCode: zh,
  numberCode,
});

function optionalFields(fields: Fields): string[] {
  const names = fields.names('optional_fields');
  if (names.length === 0) throw refuse('68', 'optional_fields不能为空');
  return names;
}

function statesOf(fields: Fields): string[] {
  const states = fields.names('order_state');
  if (states.length === 0) throw missing('order_state');
  const unknown = states.find((state) => !isStateWord(state));
  if (unknown !== undefined) throw invalid('order_state', `不支持${unknown}`);
  return states;
}

function windowOf(call: Call, states: readonly string[]): { from: number; to: number } {
  const from = call.fields.time('start_date');
  const to = call.fields.time('end_date');
  if (from === undefined && to === undefined && states.length === 1 && states[0] === WORKED_OFF)
    return { from: call.at - LONGEST_WINDOW_MS, to: call.at };
  if (from === undefined) throw missing('start_date');
  if (to === undefined) throw missing('end_date');
  if (to < from) throw invalid('end_date', '早于start_date');
  if (to - from > LONGEST_WINDOW_MS) throw invalid('end_date', '与start_date的间隔不能超过一个月');
  return { from, to };
}

const search =
  (isCipher: boolean) =>
  (call: Call): Row => {
    const { fields } = call;
    const shop = shopOf(call);
    const states = statesOf(fields);
    const names = optionalFields(fields);
    const { from, to } = windowOf(call, states);
    const pageNo = fields.int('page', 1, 1_000_000);
    const pageSize = fields.int('page_size', 1, MOST_ROWS);
    const by = fields.text('dateType') === '1' ? 'created' : 'modified';
    const request: PageRequest<OrderStory> = {
      index: call.indexes.of(shop.shopId).shown[by],
      from: Math.max(from, call.at - REACH_MS[by]),
      to,
      filter: states.includes('ALL') ? undefined : (order) => states.includes(stateOf(order)),
      isModifiedList: by === 'modified',
      isOldestFirst: fields.text('sortType') !== '1',
      pageNo,
      pageSize,
      keyOf: (order) => order.no,
      modifiedAtOf: (order) => order.modifiedAt,
    };
    const page = pageOf(call, request);
    const reader = { appKey: call.app.appKey, tde: call.tde, isCipher };
    const rows = pageNo > LAST_PAGE ? [] : page.rows;
    const orderInfoList = rows.map((order) => pickFields(orderView(order, shop, reader), names, order.overlay));
    if (by === 'modified') shiftRows(call, request);
    return { searchorderinfo_result: { apiResult: fine, orderTotal: page.total, orderInfoList } };
  };

const get =
  (isCipher: boolean) =>
  (call: Call): Row => {
    const names = optionalFields(call.fields);
    const order = ownOrder(call, call.fields.id('order_id'));
    const states = call.fields.names('order_state');
    if (!order || (states.length > 0 && !states.includes('ALL') && !states.includes(stateOf(order))))
      return { orderDetailInfo: { apiResult: failed('订单不存在或不属于该商家', 'order not exist', 10_100_001) } };
    const reader = { appKey: call.app.appKey, tde: call.tde, isCipher };
    const orderInfo = pickFields(orderView(order, shopOf(call), reader), names, order.overlay);
    return { orderDetailInfo: { apiResult: fine, orderInfo } };
  };

/** The platform pays what stands under this type, the shop what stands under the other (JD sheet §5.5). */
const PLATFORM_PAYS = 139;

/** What each line cost after all discounts. Balance and the platform's share are dealt out with the line's payment. */
function splitAmounts(call: Call): Row {
  const order = ownOrder(call, call.fields.id('id'));
  if (!order) throw refuse('71', call.fields.required('id'));
  const { amounts } = order;
  const paidFen = order.lines.reduce((sum, line) => sum + line.paidFen, 0);
  const allShares = amounts.shopDiscountFen + amounts.platformDiscountFen;
  const deal = (whole: number, part: number, all: number): number => (all === 0 ? 0 : Math.floor((whole * part) / all));
  let balanceLeft = balanceOf(order);
  let platformLeft = amounts.platformDiscountFen;
  const rows = order.lines.map((line, i) => {
    const isLast = i === order.lines.length - 1;
    const balanceFen = isLast ? Math.min(balanceLeft, line.paidFen) : deal(balanceOf(order), line.paidFen, paidFen);
    const platformFen = isLast ? platformLeft : deal(amounts.platformDiscountFen, line.shareFen, allShares);
    balanceLeft -= balanceFen;
    platformLeft -= platformFen;
    return {
      orderId: num(order.no),
      skuId: num(line.listingSkuId),
      amountPayable: yuanNumber(line.paidFen - balanceFen),
      moneyBalance: yuanNumber(balanceFen),
      giftCardDiscount: yuanNumber(0),
      mobileDiscount: yuanNumber(0),
      shopFee: yuanNumber(0),
      amountExpands: platformFen > 0 ? [{ type: PLATFORM_PAYS, amount: yuanNumber(platformFen) }] : [],
    };
  });
  return { orderSplitAmountResult: rows };
}

/** Orders: lists, details, amounts of lines (JD sheet §5). */
export const orderMethods: MethodTable = {
  'jingdong.pop.order.search': read(search(false)),
  'jingdong.pop.order.enSearch': read(search(true)),
  'jingdong.pop.order.get': read(get(false)),
  'jingdong.pop.order.enGet': read(get(true)),
  'jingdong.queryOrderSplitAmountByQueryArr': read(splitAmounts),
};
