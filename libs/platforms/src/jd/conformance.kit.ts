import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { toShanghaiText } from '@app/shared';
import { asList, asObject, asText, JsonObject, parseAnswer } from '../kit/answer.json';
import { ConformanceKit, ScriptedAnswer, ScriptedOrder, ScriptedRequest, ScriptedStory } from '../port';
import { JSON_PARAM, sign } from './jd.signer';

const fixture = (name: string): string => readFileSync(join(__dirname, 'fixtures', name), 'utf8');
const json = (body: string): ScriptedAnswer => ({
  body,
  headers: { 'content-type': 'application/json;charset=UTF-8' },
});
const fault = (code: string, text = 'refused'): ScriptedAnswer =>
  json(JSON.stringify({ error_response: { code, zh_desc: text, en_desc: 'refused' } }));
/** An answer in its wrapper, by JD's own spelling. */
const wrapped = (method: string, root: Record<string, unknown>): ScriptedAnswer =>
  json(JSON.stringify({ [`${method.replaceAll('.', '_')}_responce`]: { code: '0', ...root } }));

const SEARCH = 'jingdong.pop.order.enSearch';
const GET = 'jingdong.pop.order.enGet';
const GOOD = { success: true, englishErrCode: '', chineseErrCode: '', numberCode: 0 };

interface Vectors {
  appSecret: string;
  vectors: { id: string; params: Record<string, string>; sign: string }[];
  officialVector: { id: string; appSecret: string; params: Record<string, string>; sign: string };
}

function vectors(): ConformanceKit['signs'] {
  const { appSecret, vectors: list, officialVector: official } = JSON.parse(fixture('vectors.json')) as Vectors;
  return [
    ...list.map(({ id, params, sign: recorded }) => ({ title: id, secret: appSecret, params, sign: recorded })),
    { title: official.id, secret: official.appSecret, params: official.params, sign: official.sign },
  ];
}

const gzipped = gzipSync(fixture('order-detail.json'));
const refusedInside = (numberCode: number, chineseErrCode: string): ScriptedAnswer =>
  wrapped(GET, { orderDetailInfo: { apiResult: { ...GOOD, success: false, numberCode, chineseErrCode } } });

const errors: ConformanceKit['errors'] = [
  { title: 'a burst', answer: fault('32'), kind: 'rate-limited' },
  { title: 'a used up quota', answer: fault('2'), kind: 'rate-limited' },
  { title: 'a revoked token', answer: fault('19', '无效access_token'), kind: 'reauthorise' },
  { title: 'a code as a number', answer: json('{"error_response":{"code":19}}'), kind: 'reauthorise' },
  { title: 'a missing permission', answer: fault('24'), kind: 'rejected' },
  { title: 'an app outside of JD cloud', answer: fault('73', '请将应用迁入云鼎'), kind: 'rejected' },
  { title: 'a wrong sign', answer: fault('12'), kind: 'rejected' },
  { title: 'an order of another shop', answer: fault('71'), kind: 'not-found' },
  { title: 'a time-out behind the gateway', answer: fault('65'), kind: 'transient' },
  { title: 'a code that no table knows', answer: fault('4711'), kind: 'transient' },
  { title: 'a refusal inside of a success', answer: refusedInside(10400001, '订单不存在'), kind: 'not-found' },
  { title: 'a failure inside of a success', answer: refusedInside(0, '系统繁忙'), kind: 'transient' },
  {
    title: 'no order inside of a success',
    answer: wrapped(GET, { orderDetailInfo: { apiResult: GOOD } }),
    kind: 'not-found',
  },
  {
    title: 'a wrapper that refuses',
    answer: json('{"jingdong_pop_order_enGet_responce":{"code":"5","error_description":"参数错误"}}'),
    kind: 'rejected',
  },
  { title: 'another wrapper', answer: wrapped('jingdong.other.method', {}), kind: 'transient' },
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
  { title: 'JSON cut in half', answer: json(fixture('order-detail.json').slice(0, 900)), kind: 'transient' },
  { title: 'NaN in JSON', answer: json('{"jingdong_pop_order_enGet_responce":{"code":NaN}}'), kind: 'transient' },
  { title: 'HTTP 503', answer: { body: '', status: 503 }, kind: 'transient' },
  {
    title: 'HTTP 302 with a good body',
    answer: { body: fixture('order-detail.json'), status: 302 },
    kind: 'transient',
  },
];

const NO = '296716636166';
const LONG_NO = '2967166361661234567';
const sample = asObject(
  asObject(
    asObject(asObject(parseAnswer(fixture('order-detail.json')))['jingdong_pop_order_enGet_responce'])[
      'orderDetailInfo'
    ],
  )['orderInfo'],
);
const detail = (change: Record<string, unknown>, spelling = 'responce'): ScriptedAnswer => {
  const root = { code: '0', orderDetailInfo: { apiResult: GOOD, orderInfo: { ...sample, ...change } } };
  return json(JSON.stringify({ [`jingdong_pop_order_enGet_${spelling}`]: root }));
};
type Detail = ConformanceKit['details'][number];
const shown = (title: string, answer: ScriptedAnswer, change: Partial<Detail> = {}): Detail => ({
  title,
  answer,
  platformOrderNo: NO,
  platformState: 'paid',
  payableFen: 17820,
  lineCount: 1,
  isConsistent: true,
  ...change,
});

const item = sample['itemInfoList'] as unknown as Record<string, unknown>[];
const details: ConformanceKit['details'] = [
  shown('the sample of the sheet', json(fixture('order-detail.json'))),
  shown('a wrapper in the right spelling', detail({}, 'response')),
  shown('fields that nobody documented', detail({ moonPhase: { waxing: [1, 2] }, isSecret: null }), {
    covers: ['unknown-fields'],
  }),
  shown('numbers of 19 digits', json(String(detail({}).body).replaceAll(`"${NO}"`, LONG_NO)), {
    platformOrderNo: LONG_NO,
    covers: ['long-ids'],
  }),
  shown(
    'an emoji, in the last second of a month',
    detail({ orderRemark: '请快点🎁谢谢', orderStartTime: '2026-10-31 23:59:59' }),
    {
      covers: ['emoji', 'month-end'],
    },
  ),
  shown('half of a surrogate pair', detail({ orderRemark: 'half \ud83c here' }), { covers: ['lone-surrogate'] }),
  shown('an unknown state', detail({ orderState: 'ON_THE_MOON' }), {
    platformState: 'unknown',
    covers: ['unknown-status'],
  }),
  shown('a payment that does not add up', detail({ orderPayment: '-1.00' }), {
    payableFen: -100,
    isConsistent: false,
    covers: ['wrong-sum'],
  }),
  shown('a part paid from the balance', detail({ orderPayment: '100.00', balanceUsed: '78.20' })),
  shown(
    'a gift of the same SKU',
    detail({ itemInfoList: [{ ...item[0], jdPrice: '0.00', itemTotal: '1' }, item[0]] }),
    {
      lineCount: 2,
    },
  ),
  shown('a locked order', detail({ orderState: 'LOCKED' })),
  shown('an order cancelled after payment', detail({ orderState: 'TRADE_CANCELED' }), { platformState: 'closed' }),
  shown('the parent of a split', detail({ orderState: 'PARENT_TRADE_CANCELED' }), { platformState: 'cancelled' }),
];

function orderOf(order: ScriptedOrder): Record<string, unknown> {
  const { shippedWith } = order;
  return {
    orderId: order.platformOrderNo,
    orderState: shippedWith ? 'WAIT_GOODS_RECEIVE_CONFIRM' : 'WAIT_SELLER_STOCK_OUT',
    orderStartTime: toShanghaiText(new Date(order.createdAtMs)),
    paymentConfirmTime: toShanghaiText(new Date(order.createdAtMs)),
    modified: toShanghaiText(new Date(order.modifiedAtMs)),
    orderTotalPrice: '10.00',
    orderPayment: '10.00',
    waybill: shippedWith?.waybillNo ?? '',
    logisticsId: shippedWith?.carrier ?? '',
    itemInfoList: [{ skuId: '1', wareId: '2', skuName: 'a', jdPrice: '10.00', itemTotal: '1' }],
  };
}

const instant = (text: string | undefined): number => Date.parse(`${text?.replace(' ', 'T')}+08:00`);

/** Parameters of a request, wherever they travel. */
function asked(request: ScriptedRequest): { method: string; params: JsonObject; timestamp: string } {
  const body = new URLSearchParams(request.body);
  const get = (name: string): string => request.query.get(name) ?? body.get(name) ?? '';
  return {
    method: get('method'),
    params: asObject(parseAnswer(get(JSON_PARAM) || '{}')),
    timestamp: get('timestamp'),
  };
}

const isCensus = (params: JsonObject): boolean => asText(params['dateType']) === '1';

/** Ascending by the time that is asked for, computed live, counted in all (JD sheet §5.2, §5.3). */
function listed(story: ScriptedStory, params: JsonObject): ScriptedAnswer {
  const key = isCensus(params) ? 'createdAtMs' : 'modifiedAtMs';
  const [from, to] = [instant(asText(params['start_date'])), instant(asText(params['end_date']))];
  const rows = story
    .orders()
    .filter((order) => order[key] >= from && order[key] <= to)
    .sort((a, b) => a[key] - b[key] || (a.platformOrderNo < b.platformOrderNo ? -1 : 1));
  const size = Number(asText(params['page_size']));
  const start = (Number(asText(params['page'])) - 1) * size;
  const orderInfoList = rows.slice(start, start + size).map(orderOf);
  return wrapped(SEARCH, {
    searchorderinfo_result: { apiResult: GOOD, orderTotal: rows.length, orderInfoList },
  });
}

function shipped(story: ScriptedStory, method: string, params: JsonObject): ReturnType<ReturnType<typeof server>> {
  const became = story.onShip(asText(params['orderId']) ?? '', {
    carrier: asText(params['logiCoprId']) ?? '',
    waybillNo: asText(params['logiNo']) ?? '',
  });
  if (became === 'answer-lost') return 'drop-connection';
  const result = { ...GOOD, errorCode: '' };
  return wrapped(method, {
    sopjosshipment_result:
      became === 'accepted' ? result : { ...result, success: false, chineseErrCode: '该订单已出库，不能重复出库' },
  });
}

function unbound(story: ScriptedStory, method: string, params: JsonObject): ScriptedAnswer {
  const became = story.onCancelWaybill(asText(params['waybillCode']) ?? '');
  const said = { cancelled: '', gone: '运单已取消', refused: '运单已揽收，不允许取消' };
  return wrapped(method, {
    resultInfo: { statusCode: became === 'cancelled' ? 0 : 1, statusMessage: said[became] },
  });
}

/** A gateway over the little story; judged by the suite together with the adapter, so it trusts the signatures. */
function server(story: ScriptedStory): ReturnType<ConformanceKit['server']> {
  return (request) => {
    const { method, params } = asked(request);
    switch (method) {
      case SEARCH: {
        const answer = listed(story, params);
        story.onPageServed();
        return answer;
      }
      case GET: {
        const order = story.orders().find((one) => one.platformOrderNo === asText(params['order_id']));
        if (!order) return fault('71');
        return wrapped(method, { orderDetailInfo: { apiResult: GOOD, orderInfo: orderOf(order) } });
      }
      case 'jingdong.pop.order.shipment':
        return shipped(story, method, params);
      case 'jingdong.ldop.alpha.waybill.api.unbind':
        return unbound(story, method, params);
      default:
        return fault('15');
    }
  };
}

function spanOf(request: ScriptedRequest): ReturnType<ConformanceKit['spanOf']> {
  const { method, params } = asked(request);
  if (method !== SEARCH) return undefined;
  const seconds = (instant(asText(params['end_date'])) - instant(asText(params['start_date']))) / 1_000;
  return { list: isCensus(params) ? 'census' : 'changed', seconds };
}

/** Page 1 to the last one that the first page's count names. */
const naive: ConformanceKit['naive'] = (ask, { fromMs, toMs }) => {
  const seen: string[] = [];
  let total = 1;
  for (let page = 1; (page - 1) * 100 < total; page += 1) {
    const params = {
      start_date: toShanghaiText(new Date(fromMs)),
      end_date: toShanghaiText(new Date(toMs)),
      page: String(page),
      page_size: '100',
      dateType: 0,
    };
    const query = new URLSearchParams({ method: SEARCH, [JSON_PARAM]: JSON.stringify(params) });
    const { body } = ask({ path: '/routerjson', query, headers: {}, body: '' });
    const root = asObject(asObject(parseAnswer(String(body)))['jingdong_pop_order_enSearch_responce']);
    const result = asObject(root['searchorderinfo_result']);
    total = Number(result['orderTotal']);
    seen.push(...asList(result['orderInfoList'], 'order').map((order) => String(order['orderId'])));
  }
  return seen;
};

/** JD's fixtures for the conformance suite. */
export const conformanceKit: ConformanceKit = {
  env: (baseUrl) => ({
    JD_GATEWAY_URL: `${baseUrl}/routerjson`,
    JD_AUTH_URL: `${baseUrl}/oauth2`,
    JD_TIMEOUT_MS: '3000',
  }),
  signs: vectors(),
  sign,
  errors,
  details,
  server,
  clock: { refusal: fault('8'), timestampOf: (request) => instant(asked(request).timestamp) },
  spanOf,
  naive,
};
