import { cancel, memo as writeMemo } from '../../../core/acts';
import { DAY, SECOND, toPlatformText } from '../../../core/times';
import type { OrderState, OrderStory } from '../../../core/story.types';
import { business, id, invalid, list, missing, refuse } from '../envelope';
import { shiftRows, type Filter } from '../../../kit/list-page';
import { pageFor, pageNumbers } from '../list-page';
import { read, shopOf, write, type Call, type MethodTable } from '../method';
import { FieldList } from '../trade-view';
import { coversType, statesOf, TYPES_IN_USE, typeOf } from '../words';

/** The list calls show three months (Taobao sheet §5.1); taken as 92 days. */
const LIST_MONTHS_MS = 92 * DAY;

const CLOSE_REASONS: readonly string[] = [
  '未及时付款',
  '买家不想买了',
  '买家信息填写错误，重新拍',
  '恶意买家/同行捣乱',
  '缺货',
  '买家拍错了',
  '同城见面交易',
];

function fieldsOf(call: Call): FieldList {
  const names = call.params.names('fields');
  if (names.length === 0) throw missing('fields');
  return new FieldList(names);
}

function statesFilter(call: Call): readonly OrderState[] | undefined {
  const status = call.params.text('status');
  if (status === undefined) return undefined;
  const states = statesOf(status);
  if (!states) throw invalid('status', `status ${status} 不存在，且只能传一个值`);
  return states;
}

interface Choice {
  isDefaultType: boolean;
  filter: Filter<OrderStory> | undefined;
}

function choose(call: Call): Choice {
  const states = statesFilter(call);
  const types = call.params.names('type');
  const buyer = call.params.text('buyer_open_uid') ?? call.params.text('buyer_open_id');
  const isAllTypes = types.length > 0 && TYPES_IN_USE.every((type) => coversType(types, type));
  const checks: Filter<OrderStory>[] = [];
  if (states) checks.push((order) => states.includes(order.state));
  if (types.length > 0 && !isAllTypes) checks.push((order) => coversType(types, typeOf(order)));
  if (buyer !== undefined) checks.push((order) => order.buyer.openId === buyer);
  return {
    isDefaultType: types.length === 0,
    filter: checks.length === 0 ? undefined : (order) => checks.every((check) => check(order)),
  };
}

function listTrades(call: Call, by: 'created' | 'modified', from: number, to: number): Record<string, unknown> {
  const shop = shopOf(call);
  const fields = fieldsOf(call);
  const choice = choose(call);
  const indexes = call.indexes.of(shop.shopId);
  const index = (choice.isDefaultType ? indexes.shown : indexes.all)[by];
  const request = {
    index,
    from: Math.max(from, call.at - LIST_MONTHS_MS),
    to,
    filter: choice.filter,
    isModifiedList: by === 'modified',
    ...pageNumbers(call, 100),
    keyOf: (order: OrderStory) => order.no,
    modifiedAtOf: (order: OrderStory) => order.modifiedAt,
  };
  const page = pageFor(call, request);
  const trades = list(
    'trade',
    page.rows.map((order) => fields.apply(order, shop, true)),
  );
  if (by === 'modified') shiftRows(call, request);
  return { ...page.totals, trades };
}

function windowOf(call: Call, startName: string, endName: string): { from: number; to: number } {
  const from = call.params.requiredTime(startName);
  const to = call.params.requiredTime(endName);
  if (to < from) throw invalid(endName, `${endName} 早于 ${startName}`);
  if (to - from > DAY) throw invalid(endName, `${startName} 与 ${endName} 的间隔不能超过一天`);
  return { from, to };
}

function soldGet(call: Call): Record<string, unknown> {
  const from = call.params.time('start_created') ?? 0;
  const to = call.params.time('end_created') ?? call.at;
  if (to < from) throw invalid('end_created', 'end_created 早于 start_created');
  return listTrades(call, 'created', from, to);
}

function incrementGet(call: Call): Record<string, unknown> {
  const { from, to } = windowOf(call, 'start_modified', 'end_modified');
  return listTrades(call, 'modified', from, to);
}

function incrementvGet(call: Call): Record<string, unknown> {
  const { from, to } = windowOf(call, 'start_create', 'end_create');
  return listTrades(call, 'created', from, to);
}

/** The shop's own order of the `tid` parameter. */
export function ownOrder(call: Call): OrderStory {
  const order = call.core.story.order('taobao', call.params.id('tid'));
  if (!order || order.shopId !== shopOf(call).shopId) throw business('isv.trade-not-exist', '交易不存在');
  return order;
}

function fullinfo(call: Call): Record<string, unknown> {
  const fields = fieldsOf(call);
  const order = ownOrder(call);
  if (call.params.bool('include_oaid') && !fields.hasOaidSources) {
    throw refuse(
      41,
      'isv.oaid-field-miss',
      'include_oaid=true 时必须同时查询 receiver_name,receiver_address,created,receiver_mobile,receiver_phone',
    );
  }
  return { trade: fields.apply(order, shopOf(call), false) };
}

function tradeGet(call: Call): Record<string, unknown> {
  const fields = fieldsOf(call);
  const row = fields.apply(ownOrder(call), shopOf(call), false);
  for (const name of Object.keys(row)) if (name.startsWith('receiver_') || name === 'oaid') delete row[name];
  return { trade: row };
}

function memoUpdate(call: Call): Record<string, unknown> {
  const order = ownOrder(call);
  const text = call.params.text('memo');
  const isReset = call.params.bool('reset');
  const flag = call.params.text('flag') === undefined ? undefined : call.params.int('flag', 0, 5, 0);
  if (text !== undefined && Buffer.byteLength(text, 'utf8') > 1_000) throw invalid('memo', '备注不能超过 1000 字节');
  if (text === undefined && flag === undefined && !isReset) throw missing('memo');
  writeMemo(call.core, order, call.at, {
    actor: 'seller',
    ...(text !== undefined ? { text } : isReset ? { text: '' } : {}),
    ...(flag !== undefined ? { flag } : isReset ? { flag: 0 } : {}),
  });
  return { trade: { tid: id(order.no), modified: toPlatformText(order.modifiedAt) } };
}

function close(call: Call): Record<string, unknown> {
  const reason = call.params.required('close_reason');
  if (!CLOSE_REASONS.includes(reason)) throw invalid('close_reason', '关闭理由不在允许的列表内');
  const order = ownOrder(call);
  if (order.state !== 'unpaid') throw business('isv.trade-close-status-error', '只有未付款的交易可以关闭');
  if (call.at - order.createdAt < 10 * SECOND) throw business('CLOSE_TRADE_TOO_FAST', '交易创建不足 10 秒，不能关闭');
  cancel(call.core, order, call.at, 'seller', reason);
  return { trade: { tid: id(order.no), modified: toPlatformText(order.modifiedAt) } };
}

/** Trades: lists, details, memo, close (Taobao sheet §5). */
export const tradeMethods: MethodTable = {
  'taobao.trades.sold.get': read(soldGet),
  'taobao.trades.sold.increment.get': read(incrementGet),
  'taobao.trades.sold.incrementv.get': read(incrementvGet),
  'taobao.trade.fullinfo.get': read(fullinfo),
  'taobao.trade.get': read(tradeGet),
  'taobao.trade.memo.update': write(memoUpdate),
  'taobao.trade.close': write(close),
};
