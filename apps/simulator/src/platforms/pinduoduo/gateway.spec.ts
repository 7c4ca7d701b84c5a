import { wireNow } from '../../core/wire';
import vectors from './fixtures/vectors.json';
import { computeSign, socketDigest } from './sign';
import { APP, OTHER, SHOP, startHere, type CallOptions, type Client } from './testing/pinduoduo-client';

let client: Client;
let stop: () => Promise<void>;

beforeAll(async () => {
  const { client: own, simulator } = await startHere({ SIMULATOR_STORY_RATE: '1' });
  client = own;
  stop = () => simulator.close();
  await client.control('POST', '/seed', { platform: 'pinduoduo', seed: 1, orders: 0, listings: 8, days: 1 });
});
afterAll(() => stop());

const code = async (type: string, params: Record<string, string> = {}, more: CallOptions = {}): Promise<number> =>
  (await client.refusal(type, params, more))[0];

const codeOf = async (values: Record<string, string>): Promise<number | undefined> =>
  (JSON.parse(await client.raw(values)) as { error_response?: { error_code: number } }).error_response?.error_code;

describe('the signature', () => {
  it.each(vectors.vectors.map((vector) => [vector.id, vector] as const))('is the recorded one of %s', (_id, vector) => {
    expect(computeSign(new Map(Object.entries(vector.params)), vector.secret)).toBe(vector.sign);
  });

  it('is the one that the platform documents', () => {
    const { params, secret, sign } = vectors.officialDocVector;
    expect(computeSign(new Map(Object.entries(params)), secret)).toBe(sign);
  });

  it('of the message socket is the recorded digest', () => {
    const { clientId, timestampMs, secret, digest } = vectors.websocketDigestVector;
    expect(socketDigest(clientId, String(timestampMs), secret)).toBe(digest);
  });

  it('accepts recorded requests byte for byte at their own time, and refuses each with one byte flipped', async () => {
    for (const vector of vectors.vectors) {
      const other = await startHere();
      await other.client.control('POST', '/apps', {
        platform: 'pinduoduo',
        appKey: vectors.clientId,
        appSecret: vector.secret,
        shops: [{ platformShopId: '9900001', accessToken: vector.params.access_token }],
      });
      const wire = new Date(Number(vector.params.timestamp) * 1_000).toISOString();
      await other.client.control('PUT', '/clock', { platform: 'pinduoduo', wire });
      const post = async (body: string): Promise<number | undefined> => {
        const response = await fetch(`${other.client.base}/pinduoduo/api/router`, {
          method: 'POST',
          headers: { 'content-type': vector.request.contentType, 'user-agent': vector.request.userAgent },
          body,
        });
        expect(response.status).toBe(200);
        return ((await response.json()) as { error_response?: { error_code: number } }).error_response?.error_code;
      };
      // The order of a recording does not exist here: a business refusal or an answer, but no refusal of the sign.
      expect([undefined, 50_001]).toContain(await post(vector.request.rawBody));
      expect(await post(vector.request.rawBody.replace('version=V1', 'version=V2'))).toBe(20_004);
      await other.simulator.close();
    }
  });

  it('may leave empty values out, and must be in upper case', async () => {
    const values = client.signed('pdd.goods.list.get');
    expect(await codeOf({ ...values, outer_id: '' })).toBeUndefined();
    expect(await codeOf(client.signed('pdd.goods.list.get', { outer_id: '' }))).toBeUndefined();
    expect(await codeOf({ ...values, sign: values.sign!.toLowerCase() })).toBe(20_004);
  });

  it('covers numbers and booleans of a JSON body as they are written, and forms and multipart bodies alike', async () => {
    const values = client.signed('pdd.goods.list.get', { page: '1', is_onsale: '1' });
    const post = async (init: RequestInit): Promise<Record<string, unknown>> =>
      (await (await fetch(`${client.base}/pinduoduo/api/router/`, { method: 'POST', ...init })).json()) as Record<
        string,
        unknown
      >;
    const typed = JSON.stringify({ ...values, page: 1, is_onsale: 1, timestamp: Number(values.timestamp) });
    const form = new FormData();
    for (const [name, value] of Object.entries(values)) form.append(name, value);
    const bodies: RequestInit[] = [
      { headers: { 'content-type': 'application/json' }, body: typed },
      { body: new URLSearchParams(values) },
      { body: form },
    ];
    for (const body of bodies) expect(await post(body)).toHaveProperty('goods_list_get_response.total_count', 8);
  });
});

describe('the checks', () => {
  it('name what is wrong, each with its code', async () => {
    expect(await codeOf({ ...client.signed('pdd.goods.list.get'), type: '' })).toBe(10_001);
    expect(await code('pdd.nothing.get')).toBe(10_017);
    expect(await code('pdd.goods.list.get', {}, { clientId: 'nobody' })).toBe(10_016);
    expect(await code('pdd.goods.list.get', {}, { timestamp: '' })).toBe(10_001);
    expect(await code('pdd.goods.list.get', {}, { timestamp: String(Math.floor(wireNow() / 1_000) - 660) })).toBe(
      10_001,
    );
    expect(await code('pdd.goods.list.get', {}, { timestamp: String(Math.floor(wireNow() / 1_000) - 540) })).toBe(0);
    expect(await code('pdd.goods.list.get', {}, { secret: 'wrong' })).toBe(20_004);
    expect(await code('pdd.goods.list.get', {}, { token: 'nobody' })).toBe(20_032);
    expect(await code('pdd.goods.list.get', {}, { token: '' })).toBe(10_001);
    expect(await code('pdd.goods.list.get', { page_size: '101' })).toBe(10_000);
    expect(await code('pdd.order.information.get')).toBe(21_002);
  });

  it('judge the timestamp before the sign, and the sign before the token', async () => {
    const old = { secret: 'wrong', token: 'nobody', timestamp: '1000000000' };
    expect(await code('pdd.goods.list.get', {}, old)).toBe(10_001);
    expect(await code('pdd.goods.list.get', {}, { secret: 'wrong', token: 'nobody' })).toBe(20_004);
  });

  it('answer with HTTP 200 and a request number of 17 digits, also inside a refusal', async () => {
    const answer = await client.call('pdd.order.information.get', { order_sn: '260101-000000000000000' });
    expect(answer.error_response).toEqual({
      error_code: 50_001,
      error_msg: '业务服务错误',
      sub_code: '50001',
      sub_msg: '订单不属于当前店铺或订单不存在',
      request_id: expect.stringMatching(/^\d{17}$/),
    });
  });

  it('refuse a method that was not granted, a token that was taken back, and calls that are too many', async () => {
    await client.control('POST', '/apps', {
      platform: 'pinduoduo',
      appKey: 'poor',
      appSecret: 's',
      forbiddenMethods: ['pdd.goods.list.get'],
      shops: [{ platformShopId: '31', accessToken: 't31' }],
    });
    const poor = { clientId: 'poor', secret: 's', token: 't31' };
    expect(await code('pdd.goods.list.get', {}, poor)).toBe(20_031);
    expect(await code('pdd.goods.list.get', {}, { token: 't31' })).toBe(20_032);
    await client.control('POST', `/apps/${APP.clientId}/shops/${OTHER.shopId}/revoke`);
    expect(await code('pdd.goods.list.get', {}, { token: OTHER.token })).toBe(20_032);
    await client.control('POST', `/apps/${APP.clientId}/shops/${OTHER.shopId}/restore`);
    await client.faults({ kind: 'ban', p: 1, seconds: 1, times: 1 });
    expect(await code('pdd.goods.list.get')).toBe(52_101);
    await client.faults({ kind: 'ban', p: 1, seconds: 9, times: 1, method: 'pdd.goods.detail.get' });
    expect(await code('pdd.goods.detail.get', { goods_id: '1' })).toBe(70_031);
    await client.faults();
  });
});

describe('tokens', () => {
  const grant = async (): Promise<string> => {
    const address = `${client.base}/pinduoduo/service-market/auth?response_type=code&client_id=${APP.clientId}`;
    const back = await fetch(`${address}&redirect_uri=http%3A%2F%2F127.0.0.1%2Fcb&state=s1&shop=${OTHER.shopId}`, {
      redirect: 'manual',
    });
    const location = new URL(back.headers.get('location')!);
    expect(location.searchParams.get('state')).toBe('s1');
    return location.searchParams.get('code')!;
  };

  it('come for a code once, name the shop and its methods, and repeat the mistake in w1_expires_in', async () => {
    const given = await grant();
    const { pop_auth_token_create_response: told } = await client.call(
      'pdd.pop.auth.token.create',
      { code: given },
      { token: '' },
    );
    expect(told).toMatchObject({ owner_id: OTHER.shopId, access_token: expect.stringMatching(/^[0-9a-f]{40}$/) });
    expect(told.scope).toContain('pdd.order.number.list.increment.get');
    expect(told.w1_expires_in).toBe(told.w1_expires_at);
    expect(told.expires_at - Math.floor(wireNow() / 1_000)).toBeGreaterThan(364 * 86_400);
    expect(await code('pdd.pop.auth.token.create', { code: given }, { token: '' })).toBe(50_001);
    const mall = await client.call('pdd.mall.info.get', {}, { token: told.access_token as string });
    expect(mall.mall_info_get_response.mall_id).toBe(Number(OTHER.shopId));
  });

  it('end when the shop agrees again, and when they are refreshed', async () => {
    const create = async (): Promise<Record<string, string>> =>
      (await client.call('pdd.pop.auth.token.create', { code: await grant() }, { token: '' }))
        .pop_auth_token_create_response as Record<string, string>;
    const first = await create();
    const second = await create();
    expect(await code('pdd.mall.info.get', {}, { token: first.access_token! })).toBe(20_032);
    const refresh = { refresh_token: second.refresh_token! };
    const third = (await client.call('pdd.pop.auth.token.refresh', refresh, { token: '' }))
      .pop_auth_token_refresh_response as Record<string, string>;
    expect(await code('pdd.mall.info.get', {}, { token: second.access_token! })).toBe(20_032);
    expect(await code('pdd.mall.info.get', {}, { token: third.access_token! })).toBe(0);
    expect(await code('pdd.pop.auth.token.refresh', refresh, { token: '' })).toBe(50_001);
  });

  it('tell the wire clock in pdd.time.get, which needs none', async () => {
    await client.control('PUT', '/clock', { platform: 'pinduoduo', wire: '2025-10-01T16:00:00+08:00' });
    const timestamp = String(Date.parse('2025-10-01T16:00:00+08:00') / 1_000);
    const told = await client.call('pdd.time.get', {}, { token: '', timestamp });
    expect(told.time_get_response.time).toContain('2025-10-01 16:00');
    await client.control('PUT', '/clock', { platform: 'pinduoduo', wire: 'real' });
    expect(await code('pdd.mall.info.get', {}, { token: SHOP.token })).toBe(0);
  });
});
