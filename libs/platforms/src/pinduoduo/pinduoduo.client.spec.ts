import { IncomingMessage, Server, ServerResponse, createServer } from 'node:http';
import { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { PlatformError, UnreadableAnswer } from '../port';
import { PinduoduoCaller, PinduoduoClient, PinduoduoRequest } from './pinduoduo.client';
import { fakeConfig } from './pinduoduo.client.fake';
import { readServerTime } from './pinduoduo.server-time';
import { sign } from './pinduoduo.signer';

type Answer = (form: URLSearchParams, response: ServerResponse, request: IncomingMessage) => void;

describe('pinduoduo client', () => {
  let server: Server;
  let url = '';
  let answers: Answer[] = [];
  let forms: URLSearchParams[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const form = new URLSearchParams(Buffer.concat(parts).toString('utf8'));
        forms.push(form);
        const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
        answer(form, response, request);
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/router`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  beforeEach(() => {
    forms = [];
  });

  const NOW = new Date('2026-11-21T12:30:00+08:00');
  const caller = (change: Partial<PinduoduoCaller> = {}): PinduoduoCaller => ({
    shop: { appKey: 'demo-client-0001', appSecret: 'secret', accessToken: 'token' },
    wireNow: () => NOW,
    ...change,
  });
  const client = () => new PinduoduoClient(fakeConfig({ gatewayUrl: url, timeoutMs: 400, maxAnswerBytes: 10_000 }));
  const read: PinduoduoRequest = { method: 'pdd.order.information.get', params: { order_sn: '1', note: '' } };
  const write: PinduoduoRequest = { method: 'pdd.logistics.online.send', params: { order_sn: '1' }, isWrite: true };
  const says =
    (body: string): Answer =>
    (_form, response) =>
      void response.end(body);
  const fault = (code: number, msg = 'x', rest = {}): Answer =>
    says(JSON.stringify({ error_response: { error_code: code, error_msg: msg, ...rest, request_id: 'r9' } }));
  const ok = says('{"order_info_get_response":{"order_info":{"order_sn":"1"},"request_id":"r1"}}');
  const sent = says('{"logistics_online_send_response":{"is_success":true}}');
  const failure = async (request: PinduoduoRequest, change: Partial<PinduoduoCaller> = {}): Promise<PlatformError> => {
    const error = await client()
      .call(caller(change), request)
      .then(
        () => undefined,
        (caught: unknown) => caught,
      );
    expect(error).toBeInstanceOf(PlatformError);
    return error as PlatformError;
  };

  it('sends common and business parameters flat, signed, without empty ones', async () => {
    answers = [ok];
    const { root } = await client().call(caller(), read);
    expect(root['order_info']).toEqual({ order_sn: '1' });
    const form = Object.fromEntries(forms[0]!);
    expect(form).toEqual({
      type: 'pdd.order.information.get',
      order_sn: '1',
      client_id: 'demo-client-0001',
      access_token: 'token',
      timestamp: String(NOW.getTime() / 1_000),
      data_type: 'JSON',
      version: 'V1',
      sign: sign(form, 'secret'),
    });
  });

  it('sends no token for what needs none, and nothing at all without a token that is needed', async () => {
    answers = [says('{"time_get_response":{"time":"2026-11-21 12:30:02","request_id":"1"}}')];
    await client().call(caller(), { method: 'pdd.time.get', params: {}, needsSession: false });
    expect(forms[0]!.has('access_token')).toBe(false);
    forms = [];
    const error = await failure(read, { shop: { appKey: 'k', appSecret: 's' } });
    expect([error.kind, forms.length]).toEqual(['reauthorise', 0]);
  });

  it.each([
    ['a flag of the root', '{"logistics_online_send_response":{"is_success":false}}', 'rejected', undefined],
    [
      'a flag of the root with a code',
      '{"logistics_online_send_response":{"success":false,"error_code":50000,"error_msg":"x"}}',
      'transient',
      '50000',
    ],
    [
      'a flag of the result',
      '{"logistics_online_send_response":{"result":{"succ":false,"message":"订单不存在"}}}',
      'not-found',
      undefined,
    ],
    [
      'a code of camel case without a flag',
      '{"logistics_online_send_response":{"errorCode":20031,"errorMsg":"x"}}',
      'rejected',
      '20031',
    ],
    [
      'a result whose code stands in the root',
      '{"logistics_online_send_response":{"error_code":52101,"result":{"success":false}}}',
      'rate-limited',
      '52101',
    ],
  ])('sees a failure in %s behind a success', async (_where, body, kind, code) => {
    answers = [says(body)];
    const error = await failure(write);
    expect([error.kind, error.facts.platformCode]).toEqual([kind, code]);
  });

  it('takes a success whose code is 0 for one', async () => {
    answers = [says('{"logistics_online_send_response":{"is_success":true,"error_code":0,"error_msg":""}}')];
    await expect(client().call(caller(), write)).resolves.toMatchObject({ root: { is_success: true } });
  });

  it.each([null, 10019, '10019', 'weight-and-cost_template_id'])('reads a sub code of %j', async (sub_code) => {
    answers = [fault(10019, 'expired', { sub_code })];
    const error = await failure(read);
    expect(error.facts).toMatchObject({ platformCode: '10019', requestId: 'r9' });
    expect(error.facts.platformSubCode).toBe(sub_code === null ? undefined : String(sub_code));
  });

  it('reads the answer without a root', async () => {
    answers = [says('{"id":7300000001,"order_sn":"1","after_sales_status":3}')];
    const { root } = await client().call(caller(), { method: 'pdd.refund.information.get', params: { order_sn: '1' } });
    expect(root['id']).toBe('7300000001');
    answers = [fault(50001, '售后单不存在')];
    expect((await failure({ method: 'pdd.refund.information.get', params: {} })).kind).toBe('not-found');
  });

  it.each([
    ['another root', '{"order_information_get_response":{"order_info":{}}}'],
    ['an empty root', '{"order_info_get_response":{}}'],
    ['a root of null', '{"order_info_get_response":null}'],
    ['half a text', '{"order_info_get_response":{"order'],
    ['a key stated twice', '{"order_info_get_response":{"a":1,"a":2}}'],
    ['a page', '<html>login</html>'],
  ])('keeps an answer that cannot be read: %s', async (_title, body) => {
    answers = [says(body)];
    const kept: UnreadableAnswer[] = [];
    const error = await failure(write, {
      keepAnswer: async (answer) => void kept.push(answer),
    });
    expect([error.kind, error.outcomeUnknown]).toEqual(['transient', true]);
    expect(kept).toEqual([{ method: write.method, status: 200, cause: error.message, bytes: Buffer.from(body) }]);
  });

  it('repeats reads after trouble and short limits, and writes only after limits', async () => {
    answers = [fault(50000), fault(52101), ok];
    await client().call(caller(), read);
    expect(forms).toHaveLength(3);
    forms = [];
    answers = [fault(52101), sent];
    await client().call(caller(), write);
    expect(forms).toHaveLength(2);
    forms = [];
    answers = [fault(50000), sent];
    expect((await failure(write)).outcomeUnknown).toBe(true);
    expect(forms).toHaveLength(1);
  });

  it('hands a limit of a day to its caller at once', async () => {
    answers = [fault(70036)];
    expect((await failure(read)).retryAfterMs).toBe(3_600_000);
    expect(forms).toHaveLength(1);
  });

  it('takes HTTP 429 for a limit, and 5xx or silence for a lost answer', async () => {
    answers = [(_form, response) => void response.writeHead(429).end()];
    expect((await failure(write)).kind).toBe('rate-limited');
    answers = [(_form, response) => void response.writeHead(502).end('bad gateway')];
    expect((await failure(write)).outcomeUnknown).toBe(true);
    answers = [() => undefined];
    expect((await failure(write)).outcomeUnknown).toBe(true);
  });

  it('renews a refused token once and goes on with the new one', async () => {
    answers = [fault(10019), ok];
    const shop = { appKey: 'demo-client-0001', appSecret: 'secret', accessToken: 'old' };
    await client().call(caller({ shop, renewToken: async () => ((shop.accessToken = 'new'), true) }), read);
    expect(forms.map((form) => form.get('access_token'))).toEqual(['old', 'new']);
    answers = [fault(20032)];
    expect((await failure(read, { renewToken: async () => false })).kind).toBe('reauthorise');
  });

  it('asks once more by the platform’s clock', async () => {
    const ahead = new Date(NOW.getTime() + 1_200_000);
    answers = [
      (form, response) => {
        const isRight = Math.abs(Number(form.get('timestamp')) - ahead.getTime() / 1_000) < 60;
        response.setHeader('date', ahead.toUTCString());
        response.end(
          isRight
            ? '{"order_info_get_response":{"order_info":{"order_sn":"1"}}}'
            : '{"error_response":{"error_code":10001,"error_msg":"公共参数错误:timestamp"}}',
        );
      },
    ];
    await client().call(caller(), read);
    expect(forms).toHaveLength(2);
  });

  it('inflates answers and refuses broken and too large ones', async () => {
    const packed = gzipSync('{"order_info_get_response":{"order_info":{"order_sn":"1"}}}');
    const gzip = { 'content-encoding': 'gzip' };
    answers = [(_form, response) => void response.writeHead(200, gzip).end(packed)];
    await client().call(caller(), read);
    answers = [(_form, response) => void response.writeHead(200, gzip).end(gzipSync(Buffer.alloc(20_000)))];
    expect((await failure(write)).message).toContain('too large');
  });

  it('asks for admission once per request and does not send when it is refused', async () => {
    answers = [ok];
    const admitted: string[] = [];
    await client().call(caller({ admit: async (method) => void admitted.push(method) }), read);
    expect(admitted).toEqual(['pdd.order.information.get']);
    forms = [];
    const full = new PlatformError('rate-limited', 'full', { method: 'x', retryAfterMs: 60_000 });
    expect(await failure(read, { admit: () => Promise.reject(full) })).toBe(full);
    expect(forms).toHaveLength(0);
  });

  it.each([
    ['2026-11-21 12:30:02', '2026-11-21T04:30:02.000Z', 2_500],
    [1795235402, '2026-11-21T04:30:02.000Z', 2_500],
    ['1795235402000', '2026-11-21T04:30:02.000Z', 2_000],
  ])('reads the platform’s time as %s', async (time, iso, skewMs) => {
    answers = [says(JSON.stringify({ time_get_response: { time, request_id: '1' } }))];
    const shop = { platformShopId: '1', appKey: 'k', appSecret: 's' };
    const told = await readServerTime(client(), { ...caller(), shop, storyNow: () => NOW });
    expect([told.platformTime.toISOString(), told.skewMs, told.roundTripMs]).toEqual([iso, skewMs, 0]);
  });

  it('does not guess a time that it cannot read', async () => {
    answers = [says('{"time_get_response":{"time":"noon","request_id":"1"}}')];
    const shop = { platformShopId: '1', appKey: 'k', appSecret: 's' };
    await expect(readServerTime(client(), { ...caller(), shop, storyNow: () => NOW })).rejects.toThrow('"noon"');
  });
});
