import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { toShanghaiText } from '@app/shared';
import { JsonObject, asObject, asText, parseAnswer } from '../kit/answer.json';
import { ConformanceKit, ScriptedAnswer, ScriptedOrder, ScriptedStory } from '../port';
import { PinduoduoMethod, ROOTS } from './pinduoduo.roots';
import { sign } from './pinduoduo.signer';
import { listOf } from './pinduoduo.values';

const fixture = (name: string): string => readFileSync(join(__dirname, 'fixtures', name), 'utf8');
const json = (body: string): ScriptedAnswer => ({ body, headers: { 'content-type': 'application/json' } });
const fault = (code: number, msg: string, subCode: string | number | null = null): ScriptedAnswer =>
  json(
    JSON.stringify({
      error_response: { error_code: code, error_msg: msg, sub_code: subCode, sub_msg: msg, request_id: '1' },
    }),
  );

interface Vector {
  id: string;
  secret: string;
  params: Record<string, string>;
  sign: string;
}

function vectors(): ConformanceKit['signs'] {
  const file = JSON.parse(fixture('vectors.json')) as { vectors: Vector[]; officialDocVector: Omit<Vector, 'id'> };
  const all = [...file.vectors, { ...file.officialDocVector, id: 'the vector of the official guide' }];
  return all.map((vector) => ({ ...vector, title: vector.id }));
}

const DETAIL = fixture('order-detail.json');
const gzipped = gzipSync(DETAIL);

const errors: ConformanceKit['errors'] = [
  { title: 'a method under its limit', answer: fault(52101, '当前接口被限流'), kind: 'rate-limited' },
  { title: 'the quota of a test app', answer: fault(70036, '应用处于测试状态'), kind: 'rate-limited' },
  { title: 'an expired token', answer: fault(10019, 'access_token已过期', '10019'), kind: 'reauthorise' },
  { title: 'a superseded token', answer: fault(20032, 'access_token错误', 20032), kind: 'reauthorise' },
  { title: 'a missing permission', answer: fault(20031, '用户没有授权访问此接口'), kind: 'rejected' },
  { title: 'an order of another shop', answer: fault(50001, '订单不属于当前店铺或订单不存在'), kind: 'not-found' },
  { title: 'a platform in trouble', answer: fault(50000, '系统内部错误'), kind: 'transient' },
  { title: 'a wrong parameter', answer: fault(10000, '参数错误'), kind: 'rejected' },
  { title: 'a code that nobody knows', answer: fault(99999, '未知'), kind: 'rejected' },
  {
    title: 'an inner flag that says no',
    answer: json('{"order_info_get_response":{"success":false,"error_code":50000,"error_msg":"系统异常"}}'),
    kind: 'transient',
  },
  {
    title: 'an HTML page with status 200',
    answer: { body: '<html><body>login</body></html>', headers: { 'content-type': 'text/html' } },
    kind: 'transient',
  },
  {
    title: 'gzip cut short',
    answer: { body: gzipped.subarray(0, gzipped.length - 40), headers: { 'content-encoding': 'gzip' } },
    kind: 'transient',
  },
  { title: 'JSON cut in half', answer: json(DETAIL.slice(0, 900)), kind: 'transient' },
  {
    title: 'NaN in JSON',
    answer: json('{"order_info_get_response":{"order_info":{"pay_amount":NaN}}}'),
    kind: 'transient',
  },
  { title: 'another root', answer: json('{"order_information_get_response":{}}'), kind: 'transient' },
  { title: 'HTTP 503', answer: { body: '', status: 503 }, kind: 'transient' },
];

const NO = '261121-123456789012345';
const sample = JSON.parse(DETAIL) as { order_info_get_response: { order_info: Record<string, unknown> } };
const altered = (change: Record<string, unknown>): ScriptedAnswer =>
  json(
    JSON.stringify({
      order_info_get_response: {
        order_info: { ...sample.order_info_get_response.order_info, ...change },
        request_id: '2',
      },
    }),
  );
const item = (skuId: string, count: number, price: number): Record<string, unknown> => ({
  goods_id: '6001002003001002003',
  sku_id: skuId,
  goods_name: '组合',
  goods_spec: '默认',
  goods_count: count,
  goods_price: price,
});
/** Ids of 19 digits as numbers, as the platform writes them. */
const withNumbers = (answer: ScriptedAnswer): ScriptedAnswer => ({
  ...answer,
  body: String(answer.body).replace(/"(\d{19})"/g, '$1'),
});

const usual = { platformOrderNo: NO, platformState: 'paid', payableFen: 3480, lineCount: 1, isConsistent: true };

const details: ConformanceKit['details'] = [
  { ...usual, title: 'the sample of the sheet', answer: json(DETAIL) },
  {
    ...usual,
    title: 'two lines with ids of 19 digits, and a discount that does not divide evenly',
    answer: withNumbers(
      altered({
        item_list: [item('8001002003001002001', 1, 19.9), item('8001002003001002009', 1, 19.9)],
        seller_discount: 2.01,
        discount_amount: 5.01,
        pay_amount: 34.79,
      }),
    ),
    payableFen: 3479,
    lineCount: 2,
    covers: ['long-ids'],
  },
  {
    ...usual,
    title: 'fields that nobody documented',
    answer: altered({ moon_phase: { waxing: [1, 2] }, is_secret: null }),
    covers: ['unknown-fields'],
  },
  {
    ...usual,
    title: 'an emoji in the buyer’s message, in the last second of a month',
    answer: altered({ buyer_memo: '请快点🎁谢谢', created_time: '2026-10-31 23:59:59' }),
    covers: ['emoji', 'month-end'],
  },
  {
    ...usual,
    title: 'half of a surrogate pair in the buyer’s message',
    answer: altered({ buyer_memo: 'half \ud83c here' }),
    covers: ['lone-surrogate'],
  },
  {
    ...usual,
    title: 'an unknown status',
    answer: altered({ order_status: 77, gift_list: null }),
    platformState: 'unknown',
    covers: ['unknown-status'],
  },
  {
    ...usual,
    title: 'a payment that does not add up',
    answer: altered({ pay_amount: -1 }),
    payableFen: -100,
    isConsistent: false,
    covers: ['wrong-sum'],
  },
];

/** Our carrier codes of the story → ids, and back. */
const CARRIER_IDS: Readonly<Record<string, string>> = { ZTO: '115', YTO: '85' };
const carrierOf = (id: string): string => Object.entries(CARRIER_IDS).find(([, one]) => one === id)?.[0] ?? id;

function row(order: ScriptedOrder): Record<string, unknown> {
  return {
    order_sn: order.platformOrderNo,
    order_status: order.shippedWith ? 2 : 1,
    refund_status: 1,
    confirm_status: 1,
    group_status: 1,
    created_time: toShanghaiText(new Date(order.createdAtMs)),
    confirm_time: toShanghaiText(new Date(order.createdAtMs)),
    pay_time: toShanghaiText(new Date(order.createdAtMs)),
    updated_at: toShanghaiText(new Date(order.modifiedAtMs)),
    goods_amount: 10.0,
    pay_amount: 10.0,
    item_list: [{ goods_id: 1, sku_id: '2', goods_name: 'a', goods_count: 1, goods_price: 10.0 }],
    tracking_number: order.shippedWith?.waybillNo ?? '',
    logistics_id: order.shippedWith ? Number(CARRIER_IDS[order.shippedWith.carrier]) : 0,
  };
}

const LISTS = {
  'pdd.order.number.list.increment.get': { rows: 'order_sn_list', time: 'updated_at', key: 'modifiedAtMs' },
  'pdd.order.list.get': { rows: 'order_list', time: 'confirm_at', key: 'createdAtMs' },
} as const;
const isList = (method: string): method is keyof typeof LISTS => Object.hasOwn(LISTS, method);

/** Lists are computed live and sorted newest first, as the platform does (Pinduoduo sheet §5.3). */
function listed(story: ScriptedStory, method: keyof typeof LISTS, params: URLSearchParams): ScriptedAnswer {
  const { rows: name, time, key } = LISTS[method];
  const at = (edge: string): number => Number(params.get(`${edge}_${time}`)) * 1_000;
  const inside = story.orders().filter((order) => order[key] >= at('start') && order[key] <= at('end'));
  const sorted = inside.sort((a, b) => b[key] - a[key] || (a.platformOrderNo < b.platformOrderNo ? 1 : -1));
  const size = Number(params.get('page_size'));
  const start = (Number(params.get('page')) - 1) * size;
  const rows = sorted.slice(start, start + size).map(row);
  const count =
    params.get('use_has_next') === 'true' ? { has_next: start + size < sorted.length } : { total_count: sorted.length };
  return envelope(method, { ...count, [name]: rows });
}

function envelope(method: PinduoduoMethod, root: Record<string, unknown>): ScriptedAnswer {
  return json(JSON.stringify({ [ROOTS[method] ?? '']: { ...root, request_id: '17952000000000003' } }));
}

/** A router over the little story; judged by the suite together with the adapter, so it trusts the signatures. */
function server(story: ScriptedStory): ReturnType<ConformanceKit['server']> {
  return (request) => {
    const params = new URLSearchParams(request.body);
    const method = params.get('type') ?? '';
    if (isList(method)) {
      const answer = listed(story, method, params);
      story.onPageServed();
      return answer;
    }
    switch (method) {
      case 'pdd.order.information.get': {
        const order = story.orders().find((candidate) => candidate.platformOrderNo === params.get('order_sn'));
        return order ? envelope(method, { order_info: row(order) }) : fault(50001, '订单不属于当前店铺或订单不存在');
      }
      case 'pdd.logistics.companies.get': {
        const companies = Object.entries(CARRIER_IDS).map(([code, id]) => ({ id: Number(id), code, available: 1 }));
        return envelope(method, { logistics_companies: companies });
      }
      case 'pdd.logistics.online.send': {
        const became = story.onShip(params.get('order_sn')!, {
          carrier: carrierOf(params.get('logistics_id')!),
          waybillNo: params.get('tracking_number')!,
        });
        if (became === 'answer-lost') return 'drop-connection';
        return became === 'accepted' ? envelope(method, { is_success: true }) : fault(50001, '订单状态不是待发货');
      }
      case 'pdd.waybill.cancel': {
        const became = story.onCancelWaybill(params.get('waybill_code')!);
        return became === 'gone'
          ? fault(50001, '面单已取消')
          : envelope(method, { cancel_result: became === 'cancelled' });
      }
      default:
        return fault(10017, 'type不存在');
    }
  };
}

const INCREMENT = 'pdd.order.number.list.increment.get';

function spanOf(request: { body: string }): ReturnType<ConformanceKit['spanOf']> {
  const params = new URLSearchParams(request.body);
  const method = params.get('type') ?? '';
  if (!isList(method)) return undefined;
  const { time } = LISTS[method];
  const seconds = Number(params.get(`end_${time}`)) - Number(params.get(`start_${time}`));
  return { list: method === INCREMENT ? 'changed' : 'census', seconds };
}

/** Page 1 to the last, as an integrator did who followed has_next (Pinduoduo sheet §5.3 rule 7). */
const naive: ConformanceKit['naive'] = (ask, { fromMs, toMs }) => {
  const seen: string[] = [];
  for (let page = 1, hasNext = true; hasNext; page += 1) {
    const params = new URLSearchParams({
      type: INCREMENT,
      start_updated_at: String(Math.floor(fromMs / 1_000)),
      end_updated_at: String(Math.ceil(toMs / 1_000)),
      page: String(page),
      page_size: '50',
      use_has_next: 'true',
    });
    const { body } = ask({ path: '/api/router', query: new URLSearchParams(), headers: {}, body: params.toString() });
    const root: JsonObject = asObject(asObject(parseAnswer(String(body)))[ROOTS[INCREMENT]]);
    hasNext = root['has_next'] === true;
    seen.push(...listOf(root['order_sn_list']).map((order) => asText(order['order_sn']) ?? ''));
  }
  return seen;
};

/** Pinduoduo's fixtures for the conformance suite. */
export const conformanceKit: ConformanceKit = {
  env: (baseUrl) => ({
    PINDUODUO_GATEWAY_URL: `${baseUrl}/api/router`,
    PINDUODUO_AUTH_URL: `${baseUrl}/service-market/auth`,
    PINDUODUO_TIMEOUT_MS: '3000',
  }),
  signs: vectors(),
  sign,
  errors,
  details,
  server,
  clock: {
    refusal: fault(10001, '公共参数错误:timestamp'),
    timestampOf: (request) => Number(new URLSearchParams(request.body).get('timestamp')) * 1_000,
  },
  spanOf,
  naive,
};
