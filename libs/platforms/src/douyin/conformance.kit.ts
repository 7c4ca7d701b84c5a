import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'lossless-json';
import { ConformanceKit, ScriptedAnswer, ScriptedOrder, ScriptedRequest, ScriptedStory } from '../port';
import { asObject, parseAnswer } from '../kit/answer.json';
import { sign } from './douyin.signer';

const fixture = (name: string): string => readFileSync(join(__dirname, 'fixtures', name), 'utf8');
const json = (body: string): ScriptedAnswer => ({
  body,
  headers: { 'content-type': 'application/json; charset=utf-8' },
});
const fault = (code: number, subCode = '', subMsg = ''): ScriptedAnswer =>
  json(JSON.stringify({ code, msg: 'refused', sub_code: subCode, sub_msg: subMsg, log_id: 'l1' }));

/** Ids leave as bare numbers, as the platform writes them (Douyin sheet §13 pitfall 1). */
const bare = (text: string): string => text.replace(/"(product_id|sku_id)":"(\d+)"/g, '"$1":$2');
const success = (data: unknown): ScriptedAnswer =>
  json(bare(JSON.stringify({ code: 10000, msg: 'success', sub_code: '', sub_msg: '', log_id: 'l2', data })));

interface Vector {
  name: string;
  params: Record<string, string>;
  body: string;
  sign: string;
}

function signs(): ConformanceKit['signs'] {
  const { app_secret, vectors } = JSON.parse(fixture('vectors.json')) as { app_secret: string; vectors: Vector[] };
  return vectors.map(({ name, params, body, sign: expected }) => ({
    title: name,
    secret: app_secret,
    params: { ...params, param_json: body },
    sign: expected,
  }));
}

const errors: ConformanceKit['errors'] = [
  { title: 'throttling', answer: fault(60000, 'isv.traffic-limited'), kind: 'rate-limited' },
  { title: 'an expired token', answer: fault(40003, 'isv.access-token-expired'), kind: 'reauthorise' },
  { title: 'an authorisation that was closed', answer: fault(30001, 'dop.authorization-closed'), kind: 'reauthorise' },
  { title: 'a missing permission', answer: fault(30001, 'isv.app-permissions-insufficient'), kind: 'rejected' },
  { title: 'an order that does not exist', answer: fault(40004, 'isv.parameter-invalid:20014'), kind: 'not-found' },
  { title: 'a busy platform', answer: fault(20000, 'isp.service-error:20004'), kind: 'transient' },
  { title: 'a wrong parameter', answer: fault(40004, 'isv.parameter-invalid:1'), kind: 'rejected' },
  { title: 'a retired method', answer: fault(70000, 'isp.api-service-off'), kind: 'rejected' },
  { title: 'a success without the order', answer: success({}), kind: 'not-found' },
  { title: 'a success without data', answer: success(null), kind: 'not-found' },
  {
    title: 'an HTML page with status 200',
    answer: { body: '<html><body>login</body></html>', headers: { 'content-type': 'text/html' } },
    kind: 'transient',
  },
  { title: 'JSON cut in half', answer: json(fixture('order-detail.json').slice(0, 900)), kind: 'transient' },
  { title: 'NaN in JSON', answer: json('{"code":10000,"data":NaN}'), kind: 'transient' },
  { title: 'HTTP 503', answer: { body: '', status: 503 }, kind: 'transient' },
];

const sampleRow = asObject(
  (asObject(asObject(parseAnswer(fixture('order-list.json')))['data'])['shop_order_list'] as never[])[0],
);
const SAMPLE_NO = '6921377343921159820';
const DETAIL_NO = '6929464285723432480';
const altered = (change: Record<string, unknown>): ScriptedAnswer =>
  success({ shop_order_detail: { ...sampleRow, ...change } });
const sample = {
  platformOrderNo: SAMPLE_NO,
  platformState: 'paid',
  payableFen: 16800,
  lineCount: 2,
  isConsistent: true,
};

const details: ConformanceKit['details'] = [
  {
    title: 'the sample of the sheet, partly shipped',
    answer: json(fixture('order-detail.json')),
    platformOrderNo: DETAIL_NO,
    platformState: 'part_shipped',
    payableFen: 36800,
    lineCount: 2,
    isConsistent: true,
    covers: ['long-ids'],
  },
  { ...sample, title: 'the sample of a list as a detail', answer: altered({}), covers: ['long-ids'] },
  {
    ...sample,
    title: 'fields that nobody documented',
    answer: altered({ moon_phase: { waxing: [1, 2] }, is_secret: null, shop_order_tag_ui: 'new form' }),
    covers: ['unknown-fields'],
  },
  {
    ...sample,
    title: 'an emoji in the buyer’s words, in the last second of a month',
    answer: altered({
      buyer_words: '请快点🎁谢谢',
      create_time: Math.floor(Date.parse('2026-10-31T23:59:59+08:00') / 1_000),
    }),
    covers: ['emoji', 'month-end'],
  },
  {
    ...sample,
    title: 'half of a surrogate pair in the buyer’s words',
    answer: altered({ buyer_words: 'half \ud83c here' }),
    covers: ['lone-surrogate'],
  },
  {
    ...sample,
    title: 'a status that no table knows, without lines',
    answer: altered({ order_status: 777, sku_order_list: undefined }),
    platformState: 'unknown',
    lineCount: 0,
    isConsistent: false,
    covers: ['unknown-status'],
  },
  {
    ...sample,
    title: 'a payment that does not add up',
    answer: altered({ pay_amount: -100 }),
    payableFen: -100,
    isConsistent: false,
    covers: ['wrong-sum'],
  },
];

const SEARCH = 'order.searchList';

/** An order of the story in the form that list and detail share. */
function orderOf(order: ScriptedOrder): Record<string, unknown> {
  const order_status = order.shippedWith ? 3 : 2;
  const times = {
    create_time: Math.floor(order.createdAtMs / 1_000),
    pay_time: Math.floor(order.createdAtMs / 1_000),
    update_time: Math.floor(order.modifiedAtMs / 1_000),
  };
  const line = {
    order_id: order.platformOrderNo,
    parent_order_id: order.platformOrderNo,
    order_status,
    product_id: '3704250147174219802',
    product_id_str: '3704250147174219802',
    sku_id: '3415147054562818',
    product_name: 'a',
    item_num: 1,
    origin_amount: 1000,
    sum_amount: 1000,
    pay_amount: 1000,
    after_sale_info: { after_sale_status: 0, after_sale_type: 0, refund_status: 0 },
  };
  const parcel = order.shippedWith && {
    tracking_no: order.shippedWith.waybillNo,
    company: order.shippedWith.carrier,
    product_info: [{ sku_order_id: order.platformOrderNo, product_count: 1 }],
  };
  return {
    order_id: order.platformOrderNo,
    order_status,
    main_status: order_status,
    ...times,
    pay_amount: 1000,
    order_amount: 1000,
    post_amount: 0,
    logistics_info: parcel ? [parcel] : [],
    sku_order_list: [line],
  };
}

type Params = Record<string, string | undefined>;

function paramsOf(request: ScriptedRequest): Params {
  return asObject(parseAnswer(request.body)) as Params;
}

const methodOf = (request: ScriptedRequest): string => request.path.slice(1).replaceAll('/', '.');

/** Lists are computed live; the filter is by one time, the sort as asked for (Douyin sheet §5.2). */
function listed(story: ScriptedStory, params: Params): ScriptedAnswer {
  const isChange = params['update_time_start'] !== undefined;
  const [key, name] = isChange ? (['modifiedAtMs', 'update_time'] as const) : (['createdAtMs', 'create_time'] as const);
  const from = Number(params[`${name}_start`]);
  const to = Number(params[`${name}_end`]);
  const inside = story.orders().filter((order) => {
    const at = Math.floor(order[key] / 1_000);
    return at >= from && at <= to;
  });
  const sortKey = params['order_by'] === 'update_time' ? 'modifiedAtMs' : 'createdAtMs';
  const sign = String(params['order_asc']) === 'true' ? 1 : -1;
  const sorted = [...inside].sort(
    (a, b) => sign * (a[sortKey] - b[sortKey] || (a.platformOrderNo < b.platformOrderNo ? -1 : 1)),
  );
  const size = Number(params['size']);
  const page = Number(params['page']);
  const rows = sorted.slice(page * size, (page + 1) * size).map(orderOf);
  return success({ page, size, total: sorted.length, shop_order_list: rows });
}

function shipped(story: ScriptedStory, request: ScriptedRequest): ScriptedAnswer | 'drop-connection' {
  const body = parse(request.body) as {
    order_id: string;
    pack_list: { company_code: string; logistics_code: string }[];
  };
  const [pack] = body.pack_list;
  const became = story.onShip(body.order_id, { carrier: pack!.company_code, waybillNo: pack!.logistics_code });
  if (became === 'answer-lost') return 'drop-connection';
  if (became === 'already-shipped') return fault(50002, 'isv.business-failed:60110', '订单已发货');
  return success({ pack_list: [{ logistics_code: pack!.logistics_code, pack_id: '1' }] });
}

/** A gateway over the little story; judged by the suite together with the adapter, so it trusts the signatures. */
function server(story: ScriptedStory): ReturnType<ConformanceKit['server']> {
  return (request) => {
    const params = paramsOf(request);
    switch (methodOf(request)) {
      case SEARCH: {
        const answer = listed(story, params);
        story.onPageServed();
        return answer;
      }
      case 'order.orderDetail': {
        const order = story.orders().find(({ platformOrderNo }) => platformOrderNo === params['shop_order_id']);
        return order ? success({ shop_order_detail: orderOf(order) }) : fault(40004, 'isv.parameter-invalid:20014');
      }
      case 'order.logisticsAddMultiPack':
        return shipped(story, request);
      case 'logistics.cancelOrder': {
        const became = story.onCancelWaybill(params['track_no']!);
        if (became === 'gone') return fault(50002, 'isv.business-failed:1102');
        return became === 'refused'
          ? fault(50002, 'isv.business-failed:1105')
          : success({ cancel_result: { success: true } });
      }
      default:
        return fault(40004, 'isv.parameter-invalid');
    }
  };
}

function spanOf(request: ScriptedRequest): ReturnType<ConformanceKit['spanOf']> {
  if (methodOf(request) !== SEARCH) return undefined;
  const params = paramsOf(request);
  const list = params['update_time_start'] === undefined ? 'census' : 'changed';
  const name = list === 'changed' ? 'update_time' : 'create_time';
  return { list, seconds: Number(params[`${name}_end`]) - Number(params[`${name}_start`]) };
}

/** Page 0 upward in the order of the update times: a changed order leaves its place, and the next one slips past. */
const naive: ConformanceKit['naive'] = (ask, { fromMs, toMs }) => {
  const seen: string[] = [];
  let total = 1;
  for (let page = 0; page * 100 < total; page += 1) {
    const body = stringify({
      page,
      size: 100,
      order_by: 'update_time',
      order_asc: true,
      update_time_start: Math.floor(fromMs / 1_000),
      update_time_end: Math.floor(toMs / 1_000),
    })!;
    const { body: text } = ask({ path: '/order/searchList', query: new URLSearchParams(), headers: {}, body });
    const data = asObject(asObject(parseAnswer(String(text)))['data']);
    total = Number(data['total']);
    seen.push(...(data['shop_order_list'] as { order_id: string }[]).map(({ order_id }) => order_id));
  }
  return seen;
};

/** Douyin's fixtures for the conformance suite. */
export const conformanceKit: ConformanceKit = {
  env: (baseUrl) => ({ DOUYIN_GATEWAY_URL: baseUrl, DOUYIN_AUTH_URL: baseUrl, DOUYIN_TIMEOUT_MS: '3000' }),
  signs: signs(),
  sign,
  errors,
  details,
  server,
  clock: {
    refusal: fault(40003, 'isv.timestamp-invalid'),
    timestampOf: (request) => Number(request.query.get('timestamp')) * 1_000,
  },
  spanOf,
  naive,
};
