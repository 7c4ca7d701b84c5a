import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { toShanghaiText } from '@app/shared';
import { ConformanceKit, ScriptedAnswer, ScriptedOrder, ScriptedRequest, ScriptedStory } from '../port';
import { rootKeyOf } from './taobao.client';
import { asList, asObject, parseAnswer } from '../kit/answer.json';
import { sign } from './taobao.signer';

const fixture = (name: string): string => readFileSync(join(__dirname, 'fixtures', name), 'utf8');
const json = (body: string): ScriptedAnswer => ({
  body,
  headers: { 'content-type': 'application/json;charset=UTF-8' },
});
const fault = (code: number, subCode = '', subMsg = ''): ScriptedAnswer =>
  json(
    JSON.stringify({ error_response: { code, msg: 'refused', sub_code: subCode, sub_msg: subMsg, request_id: 'r1' } }),
  );

interface Vector {
  id: string;
  secret: string;
  params: Record<string, string>;
  sign: string;
  hmac_md5: { sign: string };
  hmac_sha256: { sign: string };
}

function vectors(): ConformanceKit['signs'] {
  const { vectors: list } = JSON.parse(fixture('vectors.json')) as { vectors: Vector[] };
  return list.flatMap(({ id, secret, params, ...signs }) => [
    { title: `${id} md5`, secret, params, sign: signs.sign },
    { title: `${id} hmac`, secret, params: { ...params, sign_method: 'hmac' }, sign: signs.hmac_md5.sign },
    {
      title: `${id} hmac-sha256`,
      secret,
      params: { ...params, sign_method: 'hmac-sha256' },
      sign: signs.hmac_sha256.sign,
    },
  ]);
}

const gzipped = gzipSync(fixture('trade-detail.json'));

const errors: ConformanceKit['errors'] = [
  {
    title: 'a long ban',
    answer: fault(7, 'accesscontrol.limited-by-app-access-count', 'This ban will last for 31062 more seconds'),
    kind: 'rate-limited',
  },
  { title: 'a revoked session', answer: fault(27, 'isv.invalid-session'), kind: 'reauthorise' },
  { title: 'a missing permission package', answer: fault(11, 'isv.permission-api-package-limit'), kind: 'rejected' },
  { title: 'a trade that does not exist', answer: fault(15, 'isv.trade-not-exist'), kind: 'not-found' },
  { title: 'a busy platform', answer: fault(530, 'isp.system-busy'), kind: 'transient' },
  { title: 'a wrong parameter', answer: fault(41, 'isv.invalid-parameter:tid'), kind: 'rejected' },
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
  { title: 'JSON cut in half', answer: json(fixture('trade-detail.json').slice(0, 900)), kind: 'transient' },
  { title: 'NaN in JSON', answer: json('{"trade_fullinfo_get_response":{"trade":{"tid":NaN}}}'), kind: 'transient' },
  { title: 'HTTP 503', answer: { body: '', status: 503 }, kind: 'transient' },
];

const sample = asObject(
  asObject(asObject(parseAnswer(fixture('trade-detail.json')))['trade_fullinfo_get_response'])['trade'],
);
const altered = (change: Record<string, unknown>): ScriptedAnswer =>
  json(JSON.stringify({ trade_fullinfo_get_response: { trade: { ...sample, ...change }, request_id: 'r2' } }));
const NO = '2231958349212345678';

const details: ConformanceKit['details'] = [
  {
    title: 'the sample of the sheet',
    answer: json(fixture('trade-detail.json')),
    platformOrderNo: NO,
    platformState: 'paid',
    payableFen: 25480,
    lineCount: 2,
    isConsistent: true,
    covers: ['long-ids'],
  },
  {
    title: 'fields that nobody documented',
    answer: altered({ moon_phase: { waxing: [1, 2] }, is_secret: null }),
    platformOrderNo: NO,
    platformState: 'paid',
    payableFen: 25480,
    lineCount: 2,
    isConsistent: true,
    covers: ['unknown-fields'],
  },
  {
    title: 'an emoji in the buyer’s message, in the last second of a month',
    answer: altered({ buyer_message: '请快点🎁谢谢', created: '2026-10-31 23:59:59' }),
    platformOrderNo: NO,
    platformState: 'paid',
    payableFen: 25480,
    lineCount: 2,
    isConsistent: true,
    covers: ['emoji', 'month-end'],
  },
  {
    title: 'half of a surrogate pair in the buyer’s message',
    answer: altered({ buyer_message: 'half \ud83c here' }),
    platformOrderNo: NO,
    platformState: 'paid',
    payableFen: 25480,
    lineCount: 2,
    isConsistent: true,
    covers: ['lone-surrogate'],
  },
  {
    title: 'an unknown status',
    answer: altered({ status: 'TRADE_ON_THE_MOON', orders: undefined }),
    platformOrderNo: NO,
    platformState: 'unknown',
    payableFen: 25480,
    lineCount: 0,
    isConsistent: false,
    covers: ['unknown-status'],
  },
  {
    title: 'a payment that does not add up',
    answer: altered({ payment: '-1.00' }),
    platformOrderNo: NO,
    platformState: 'paid',
    payableFen: -100,
    lineCount: 2,
    isConsistent: false,
    covers: ['wrong-sum'],
  },
];

function row(order: ScriptedOrder): Record<string, unknown> {
  return {
    tid: order.platformOrderNo,
    status: order.shippedWith ? 'WAIT_BUYER_CONFIRM_GOODS' : 'WAIT_SELLER_SEND_GOODS',
    created: toShanghaiText(new Date(order.createdAtMs)),
    modified: toShanghaiText(new Date(order.modifiedAtMs)),
  };
}

function trade(order: ScriptedOrder): Record<string, unknown> {
  const { status } = row(order);
  const shipped = order.shippedWith && {
    invoice_no: order.shippedWith.waybillNo,
    logistics_company: order.shippedWith.carrier,
  };
  const line = {
    oid: order.platformOrderNo,
    num_iid: 1,
    sku_id: '2',
    title: 'a',
    price: '10.00',
    num: 1,
    payment: '10.00',
    status,
    refund_status: 'NO_REFUND',
    ...shipped,
  };
  return { ...row(order), payment: '10.00', total_fee: '10.00', post_fee: '0.00', orders: { order: [line] } };
}

/** Lists are computed live and sorted newest first, as the platform does (Taobao sheet §5.3). */
function listed(story: ScriptedStory, params: URLSearchParams, key: 'modifiedAtMs' | 'createdAtMs'): ScriptedAnswer {
  const [from, to] = key === 'modifiedAtMs' ? ['start_modified', 'end_modified'] : ['start_created', 'end_created'];
  const at = (name: string): number => Date.parse(`${params.get(name)?.replace(' ', 'T')}+08:00`);
  // Hidden kinds are asked for by name; every order of the story is of a default kind.
  const isHiddenKinds = params.get('type')?.startsWith('fixed') ?? false;
  const rows = isHiddenKinds ? [] : story.orders().filter((order) => order[key] >= at(from!) && order[key] <= at(to!));
  const sorted = [...rows].sort((a, b) => b[key] - a[key] || (a.platformOrderNo < b.platformOrderNo ? 1 : -1));
  const size = Number(params.get('page_size'));
  const start = (Number(params.get('page_no')) - 1) * size;
  const page = sorted.slice(start, start + size).map(row);
  const count =
    params.get('use_has_next') === 'true'
      ? { has_next: start + size < sorted.length }
      : { total_results: sorted.length };
  return envelope(params.get('method')!, { ...count, ...(page.length > 0 && { trades: { trade: page } }) });
}

function envelope(method: string, root: Record<string, unknown>): ScriptedAnswer {
  return json(
    JSON.stringify({ [rootKeyOf(method)]: { ...root, request_id: 'r3' } }).replace(/"tid":"(\d+)"/g, '"tid":$1'),
  );
}

/** A gateway over the little story; judged by the suite together with the adapter, so it trusts the signatures. */
function server(story: ScriptedStory): ReturnType<ConformanceKit['server']> {
  return (request) => {
    const params = new URLSearchParams(request.body);
    const method = params.get('method') ?? '';
    const order = story.orders().find((candidate) => candidate.platformOrderNo === params.get('tid'));
    switch (method) {
      case CHANGED:
      case CENSUS: {
        const answer = listed(story, params, method.includes('increment') ? 'modifiedAtMs' : 'createdAtMs');
        story.onPageServed();
        return answer;
      }
      case 'taobao.trade.fullinfo.get':
        return order ? envelope(method, { trade: trade(order) }) : fault(15, 'isv.trade-not-exist');
      case 'taobao.logistics.offline.send': {
        const became = story.onShip(params.get('tid')!, {
          carrier: params.get('company_code')!,
          waybillNo: params.get('out_sid')!,
        });
        if (became === 'answer-lost') return 'drop-connection';
        return became === 'accepted'
          ? envelope(method, { shipping: { is_success: true } })
          : fault(15, 'isv.logistics-offline-service-error:B04');
      }
      case 'cainiao.waybill.ii.cancel': {
        const became = story.onCancelWaybill(params.get('waybill_code')!);
        if (became === 'gone') return fault(15, 'isv.waybill-not-exist');
        return envelope(method, { cancel_result: became === 'cancelled' });
      }
      default:
        return fault(22);
    }
  };
}

const CHANGED = 'taobao.trades.sold.increment.get';
const CENSUS = 'taobao.trades.sold.get';
const instant = (text: string | null): number => Date.parse(`${text?.replace(' ', 'T')}+08:00`);

function spanOf(request: ScriptedRequest): ReturnType<ConformanceKit['spanOf']> {
  const params = new URLSearchParams(request.body);
  const method = params.get('method');
  if (method !== CHANGED && method !== CENSUS) return undefined;
  const what = method === CHANGED ? 'modified' : 'created';
  const seconds = (instant(params.get(`end_${what}`)) - instant(params.get(`start_${what}`))) / 1_000;
  return { list: method === CHANGED ? 'changed' : 'census', seconds };
}

/** Page 1 to the last one that the first page's total names. */
const naive: ConformanceKit['naive'] = (ask, { fromMs, toMs }) => {
  const seen: string[] = [];
  let total = 1;
  for (let page = 1; (page - 1) * 50 < total; page += 1) {
    const params = new URLSearchParams({
      method: CHANGED,
      start_modified: toShanghaiText(new Date(fromMs)),
      end_modified: toShanghaiText(new Date(toMs)),
      page_no: String(page),
      page_size: '50',
    });
    const { body } = ask({ path: '/router/rest', query: new URLSearchParams(), headers: {}, body: params.toString() });
    const root = asObject(asObject(parseAnswer(String(body)))[rootKeyOf(CHANGED)]);
    total = Number(root['total_results']);
    seen.push(...asList(root['trades'], 'trade').map((trade) => String(trade['tid'])));
  }
  return seen;
};

/** Taobao's fixtures for the conformance suite. */
export const conformanceKit: ConformanceKit = {
  env: (baseUrl) => ({
    TAOBAO_GATEWAY_URL: `${baseUrl}/router/rest`,
    TAOBAO_AUTH_URL: `${baseUrl}/oauth`,
    TAOBAO_TIMEOUT_MS: '3000',
  }),
  signs: vectors(),
  sign,
  errors,
  details,
  server,
  clock: {
    refusal: fault(31),
    timestampOf: (request) => instant(new URLSearchParams(request.body).get('timestamp')),
  },
  spanOf,
  naive,
};
