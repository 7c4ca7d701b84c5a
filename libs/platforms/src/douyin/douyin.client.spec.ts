import { createServer, IncomingMessage, Server } from 'node:http';
import { AddressInfo } from 'node:net';
import { PlatformCall, PlatformError } from '../port';
import { DouyinClient, pathOf } from './douyin.client';
import { fakeCall, fakeConfig } from './douyin.client.fake';
import { sign } from './douyin.signer';

interface Got {
  url: URL;
  headers: IncomingMessage['headers'];
  body: string;
}

describe('the client of the douyin gateway', () => {
  const got: Got[] = [];
  let answers: { status?: number; body: string; headers?: Record<string, string> }[] = [];
  let server: Server;
  let client: DouyinClient;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        got.push({
          url: new URL(request.url ?? '/', 'http://x'),
          headers: request.headers,
          body: Buffer.concat(parts).toString('utf8'),
        });
        const answer = answers.shift() ?? { body: '{"code":10000,"data":{}}' };
        response.writeHead(answer.status ?? 200, { date: 'Thu, 25 Sep 2025 02:00:00 GMT', ...answer.headers });
        response.end(answer.body);
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  });
  afterAll(() => new Promise((done) => server.close(done)));
  beforeEach(() => {
    got.length = 0;
    answers = [];
    const { port } = server.address() as AddressInfo;
    client = new DouyinClient(fakeConfig({ gatewayUrl: `http://127.0.0.1:${port}/base/` }));
  });

  const request = { method: 'afterSale.List', params: { size: 100, remark: '加急：<易碎>&😀', page: 0 } };
  const failure = async (call: PlatformCall = fakeCall, isWrite = false): Promise<PlatformError> =>
    client.call(call, { ...request, isWrite }).then(
      () => {
        throw new Error('it did not fail');
      },
      (error: PlatformError) => error,
    );

  it('posts the very text that it signs, on the path of the method, with the token outside of the sign', async () => {
    await client.call(fakeCall, request);
    const [{ url, headers, body }] = got as [Got];
    expect(url.pathname).toBe('/base/afterSale/List');
    expect(body).toBe('{"page":0,"remark":"加急：<易碎>&😀","size":100}');
    const query = Object.fromEntries(url.searchParams);
    expect(query).toMatchObject({
      app_key: fakeCall.shop.appKey,
      method: 'afterSale.List',
      v: '2',
      sign_method: 'hmac-sha256',
      timestamp: '1758765600',
      access_token: 'token',
    });
    expect(query['sign']).toBe(sign({ ...query, param_json: body }, fakeCall.shop.appSecret));
    expect(headers['content-type']).toBe('application/json');
    expect(headers['x-open-no-old-err-code']).toBe('1');
  });

  it('signs by MD5 when it is told to, and sends no token where none is needed', async () => {
    const { port } = server.address() as AddressInfo;
    const md5 = new DouyinClient(fakeConfig({ gatewayUrl: `http://127.0.0.1:${port}`, signMethod: 'md5' }));
    await md5.call(fakeCall, { method: 'token.create', params: {}, needsSession: false });
    expect(got[0]!.url.searchParams.get('sign')).toMatch(/^[0-9a-f]{32}$/);
    expect(got[0]!.url.searchParams.has('access_token')).toBe(false);
    expect(got[0]!.body).toBe('{}');
  });

  it('keeps the case of a method in its path', () => {
    expect(pathOf('order.AddressAppliedSwitch')).toBe('/order/AddressAppliedSwitch');
  });

  it('does not call without a token, and says so', async () => {
    const error = await failure({ ...fakeCall, shop: { ...fakeCall.shop, accessToken: undefined } });
    expect([error.kind, got.length]).toEqual(['reauthorise', 0]);
  });

  it('hands on data of every form with the text', async () => {
    answers = [
      { body: '{"code":10000,"data":[1,2]}' },
      { body: '{"code":10000,"data":7}' },
      { body: '{"code":10000}' },
    ];
    const read = async () => (await client.call(fakeCall, request)).data;
    expect([await read(), await read(), await read()]).toEqual([['1', '2'], '7', undefined]);
  });

  it.each([
    ['{"err_no":60000,"message":"busy"}', 'rate-limited'],
    ['{"err_no":40003,"message":"x","sub_code":"isv.access-token-expired"}', 'reauthorise'],
    ['{"code":40004,"msg":"m","sub_code":"isv.parameter-invalid:1"}', 'rejected'],
    ['{"data":{}}', 'transient'],
    ['[]', 'transient'],
  ])('judges the envelope %s as %s', async (body, kind) => {
    answers = [{ body }, { body }, { body }];
    expect((await failure()).kind).toBe(kind);
  });

  it('reads the older envelope as a success too', async () => {
    answers = [{ body: '{"err_no":0,"message":"success","data":{"a":1}}' }];
    expect((await client.call(fakeCall, request)).data).toEqual({ a: '1' });
  });

  it('judges the status before the body, and leaves a write open that met anything but 200', async () => {
    answers = [{ status: 502, body: '{"code":10000,"data":{}}' }];
    const error = await failure(fakeCall, true);
    expect([error.kind, error.outcomeUnknown, got.length]).toEqual(['transient', true, 1]);
    answers = [429, 429, 429].map((status) => ({ status, body: '' }));
    expect((await failure()).kind).toBe('rate-limited');
  });

  it('keeps what cannot be read, byte for byte', async () => {
    answers = Array.from({ length: 3 }, () => ({ body: '{"code":10000,"data":' }));
    const kept: string[] = [];
    await failure({ ...fakeCall, keepAnswer: async ({ bytes }) => void kept.push(bytes.toString()) });
    expect(kept).toEqual(Array(3).fill('{"code":10000,"data":'));
  });

  it('goes on with a renewed token', async () => {
    answers = [{ body: '{"code":40003,"sub_code":"isv.access-token-expired"}' }];
    const shop = { ...fakeCall.shop };
    const renewToken = async (): Promise<boolean> => {
      shop.accessToken = 'newer';
      return true;
    };
    await client.call({ ...fakeCall, shop, renewToken }, request);
    expect(got.map(({ url }) => url.searchParams.get('access_token'))).toEqual(['token', 'newer']);
  });

  it('reads the platform time from any answer', async () => {
    answers = [{ body: '{"code":40001,"sub_code":"isv.app-id-missing"}' }];
    const read = await client.readPlatformTime(fakeCall);
    expect(read?.platformTime.toISOString()).toBe('2025-09-25T02:00:00.000Z');
    expect(got[0]!.url.searchParams.has('sign')).toBe(false);
  });
});
