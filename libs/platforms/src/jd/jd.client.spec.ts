import { createServer, IncomingMessage, Server, ServerResponse } from 'node:http';
import { AddressInfo } from 'node:net';
import { LosslessNumber } from 'lossless-json';
import { UnreadableAnswer } from '../port';
import { JdClient, JdRequest } from './jd.client';
import { failureOf, fakeCall, fakeConfig, vectors } from './jd.client.fake';
import { JdConfig } from './jd.config';
import { JSON_PARAM, sign } from './jd.signer';

interface Seen {
  verb: string;
  query: string;
  body: string;
  contentType: string | undefined;
  params: URLSearchParams;
}

type Answer = (response: ServerResponse, seen: Seen) => void;

describe('calls of the JOS gateway', () => {
  let server: Server;
  let url = '';
  let seen: Seen[] = [];
  let answer: Answer;

  beforeAll(async () => {
    server = createServer((request: IncomingMessage, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const body = Buffer.concat(parts).toString('utf8');
        const query = request.url!.split('?')[1] ?? '';
        const params = new URLSearchParams([query, body].filter((text) => text !== '').join('&'));
        seen.push({ verb: request.method!, query, body, contentType: request.headers['content-type'], params });
        answer(response, seen.at(-1)!);
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  beforeEach(() => {
    seen = [];
    answer = says('{"jingdong_test_responce":{"code":"0"}}');
  });

  const says =
    (body: string, status = 200, headers: Record<string, string> = {}): Answer =>
    (response) =>
      void response.writeHead(status, { date: new Date(fakeCall.wireNow()).toUTCString(), ...headers }).end(body);
  const client = (change: Partial<JdConfig> = {}): JdClient =>
    new JdClient(fakeConfig({ gatewayUrl: `${url}/routerjson`, timeoutMs: 500, ...change }));
  const request: JdRequest = { method: 'jingdong.test', params: {} };

  it('sends what JD’s own Java SDK sends, byte for byte but for the order of the query', async () => {
    const recorded = vectors.vectors.find(({ id }) => id === 'java_chinese_raw_utf8')!;
    const { flag, order_id, remark, trade_no } = JSON.parse(recorded.params[JSON_PARAM]!) as Record<string, string>;
    answer = says('{"360buy_order_vender_remark_update_responce":{"code":"0"}}');
    await client().call(fakeCall, { method: recorded.params['method']!, params: { flag, order_id, remark, trade_no } });
    expect(seen[0]!.verb).toBe('POST');
    expect(seen[0]!.contentType).toBe('application/x-www-form-urlencoded;charset=UTF-8');
    expect(Object.fromEntries(new URLSearchParams(seen[0]!.body))).toEqual(
      Object.fromEntries(new URLSearchParams(recorded.http.rawBody)),
    );
    expect(new Set(seen[0]!.query.split('&'))).toEqual(new Set(recorded.http.rawQuery.split('&')));
  });

  it.each([
    ['form', 'POST', ''],
    ['get', 'GET', undefined],
  ])('may put everything into the %s', async (transport, verb, query) => {
    await client({ transport }).call(fakeCall, request);
    expect(seen[0]!.verb).toBe(verb);
    if (query !== undefined) expect(seen[0]!.query).toBe(query);
    const { sign: signature, ...params } = Object.fromEntries(seen[0]!.params);
    expect(params[JSON_PARAM]).toBe('{}');
    expect(signature).toBe(sign(params, fakeCall.shop.appSecret));
  });

  it('may write its time with milliseconds and zone', async () => {
    await client({ timestampFormat: 'long' }).call(fakeCall, request);
    expect(seen[0]!.params.get('timestamp')).toBe('2026-11-22 06:58:04.000+0800');
  });

  it('sends ids of 19 digits as exact numbers and leaves a token out where none is needed', async () => {
    const params = { order_id: new LosslessNumber('2967166361661234567') };
    await client().call(fakeCall, { ...request, params, needsSession: false });
    expect(seen[0]!.params.get(JSON_PARAM)).toBe('{"order_id":2967166361661234567}');
    expect(seen[0]!.params.has('access_token')).toBe(false);
  });

  it('reads the wrapper in both spellings and keeps every digit', async () => {
    for (const spelling of ['responce', 'response']) {
      answer = says(`{"jingdong_test_${spelling}":{"code":0,"id":9223372036854775807}}`);
      const { root, key, text } = await client().call(fakeCall, request);
      expect([root['id'], key]).toEqual(['9223372036854775807', `jingdong_test_${spelling}`]);
      expect(text).toContain('"id":9223372036854775807');
    }
  });

  it('reads an answer without a wrapper only where one is expected', async () => {
    answer = says('{"statusCode":0,"data":{"waybillCodeList":["1"]}}');
    const { root } = await client().call(fakeCall, { ...request, bareMember: 'statusCode' });
    expect(root).toEqual({ resultInfo: { statusCode: '0', data: { waybillCodeList: ['1'] } } });
    expect((await failureOf(client().call(fakeCall, { ...request, isWrite: true }))).outcomeUnknown).toBe(true);
  });

  it('does not send without a token', async () => {
    const shop = { ...fakeCall.shop, accessToken: undefined };
    expect((await failureOf(client().call({ ...fakeCall, shop }, request))).kind).toBe('reauthorise');
    expect(seen).toEqual([]);
  });

  it('renews a refused token once and goes on', async () => {
    const shop = { ...fakeCall.shop };
    answer = (response, { params }) =>
      says(
        params.get('access_token') === 'fresh'
          ? '{"jingdong_test_responce":{"code":"0"}}'
          : '{"error_response":{"code":"19"}}',
      )(response, seen[0]!);
    const renewToken = async (): Promise<boolean> => {
      shop.accessToken = 'fresh';
      return true;
    };
    await client().call({ ...fakeCall, shop, renewToken }, request);
    expect(seen).toHaveLength(2);
  });

  it('repeats reads after failures of the platform, and writes never', async () => {
    answer = says('{"error_response":{"code":"66"}}');
    await failureOf(client().call(fakeCall, request));
    expect(seen).toHaveLength(3);
    seen = [];
    const error = await failureOf(client().call(fakeCall, { ...request, isWrite: true }));
    expect([seen.length, error.outcomeUnknown]).toEqual([1, true]);
  });

  it('learns the platform’s clock and asks once more with it', async () => {
    const ahead = new Date(fakeCall.wireNow().getTime() + 600_000);
    answer = (response, { params }) => {
      const isRight = params.get('timestamp') === '2026-11-22 07:08:04';
      const body = isRight ? '{"jingdong_test_responce":{"code":"0"}}' : '{"error_response":{"code":"8"}}';
      says(body, 200, { date: ahead.toUTCString() })(response, seen[0]!);
    };
    await client().call(fakeCall, request);
    expect(seen).toHaveLength(2);
  });

  it.each([
    ['<html>', 200],
    ['{"jingdong_test_responce":', 200],
    ['{"other":{}}', 200],
    ['{"jingdong_test_responce":{"code":"0"}}', 500],
    ['[]', 200],
  ])('keeps %s with status %s for whoever looks into it', async (body, status) => {
    answer = says(body, status);
    const kept: UnreadableAnswer[] = [];
    const keepAnswer = async (one: UnreadableAnswer): Promise<void> => void kept.push(one);
    const error = await failureOf(client().call({ ...fakeCall, keepAnswer }, { ...request, isWrite: true }));
    expect([error.kind, error.outcomeUnknown]).toEqual(['transient', true]);
    expect(kept.map((one) => [one.method, one.status, one.bytes.toString()])).toEqual([
      ['jingdong.test', status, body],
    ]);
  });

  it('takes HTTP 429 for a burst, and silence for a failure', async () => {
    answer = says('', 429);
    expect((await failureOf(client().call(fakeCall, request))).kind).toBe('rate-limited');
    answer = (response) => void response.socket?.destroy();
    expect((await failureOf(client().call(fakeCall, request))).kind).toBe('transient');
  });

  it('reads the platform’s time without a token', async () => {
    const reading = await client().readPlatformTime(fakeCall);
    expect(reading?.platformTime).toEqual(fakeCall.wireNow());
    expect(seen[0]!.verb).toBe('GET');
  });
});
