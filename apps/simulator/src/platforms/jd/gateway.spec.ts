import { request } from 'node:http';
import { toPlatformText } from '../../core/times';
import { wireNow } from '../../core/wire';
import type { Answer } from '../../testing/harness';
import * as recorded from './fixtures/sign-vectors.json';
import { computeSign } from './sign';
import { APP, FLAGSHIP, SECOND_SHOP, startHere, type Client } from './testing/jd-client';

let client: Client;
let stop: () => Promise<void>;

beforeAll(async () => {
  const { client: own, simulator } = await startHere();
  client = own;
  stop = () => simulator.close();
  await client.control('POST', '/seed', { platform: 'jd', seed: 7, orders: 40, listings: 6, days: 1 });
});
afterAll(() => stop());

const VENDER = 'jingdong.seller.vender.info.get';

describe('signing', () => {
  it.each(recorded.vectors.map((one) => [one.id, one] as const))('reproduces the recorded sign %s', (_id, one) => {
    expect(computeSign(new Map(Object.entries(one.params)), recorded.appSecret)).toBe(one.sign);
  });

  it("reproduces the official document's example", () => {
    const { params, appSecret, sign } = recorded.officialVector;
    expect(computeSign(new Map(Object.entries(params)), appSecret)).toBe(sign);
  });
});

type Recorded = (typeof recorded.vectors)[number]['http'];

/** Sends recorded bytes as they are; only host and path prefix differ. */
function replay(http: Recorded, query = http.rawQuery, body = http.rawBody): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request(
      `${client.base}/jd${http.path}?${query}`,
      {
        method: http.method,
        headers: {
          ...(http.contentType ? { 'content-type': http.contentType } : {}),
          'content-length': Buffer.byteLength(body),
        },
      },
      (response) => {
        let text = '';
        response.on('data', (data) => (text += String(data)));
        response.on('end', () => resolve(JSON.parse(text) as Answer));
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}

describe('recorded requests, byte for byte', () => {
  beforeAll(() =>
    client.control('POST', '/apps', {
      platform: 'jd',
      appKey: recorded.appKey,
      appSecret: recorded.appSecret,
      shops: [{ platformShopId: '20800', accessToken: recorded.accessToken }],
    }),
  );
  afterAll(() => client.control('PUT', '/clock', { platform: 'jd', wire: 'real' }));

  const setClock = (timestamp: string): Promise<Answer> =>
    client.control('PUT', '/clock', { platform: 'jd', wire: `${timestamp.replace(' ', 'T')}+08:00` });
  const codeOf = (answer: Answer): string | undefined => answer.error_response?.code as string | undefined;

  it.each(recorded.vectors.map((one) => [one.id, one] as const))(
    '%s passes every check of the wire',
    async (_id, one) => {
      await setClock(one.params.timestamp);
      const code = codeOf(await replay(one.http));
      // What is left are refusals of the business: the order is nobody's here, and the page size is empty.
      expect([undefined, '60', '71']).toContain(code);
    },
  );

  it.each(recorded.vectors.map((one) => [one.id, one] as const))(
    '%s with one flipped byte is signed wrongly',
    async (_id, one) => {
      await setClock(one.params.timestamp);
      const flip = (text: string): string => text.replace(/start_date|flag|appName/, (word) => `${word.slice(0, -1)}X`);
      const isInBody = one.http.rawBody !== '';
      const flipped = isInBody
        ? await replay(one.http, one.http.rawQuery, flip(one.http.rawBody))
        : await replay(one.http, flip(one.http.rawQuery));
      expect(flipped).toEqual({
        error_response: { code: '12', zh_desc: '无效签名', en_desc: 'Invalid signature' },
      });
    },
  );

  it('refuses the recorded time stamp on the real clock with 8', async () => {
    await client.control('PUT', '/clock', { platform: 'jd', wire: 'real' });
    expect(codeOf(await replay(recorded.vectors[0]!.http))).toBe('8');
  });
});

describe('the checks, in their order', () => {
  it.each([
    ['14', {}, { method: '' }],
    ['15', {}, { method: 'jd.pop.order.search' }],
    ['4', { v: '' }, {}],
    ['5', { v: '3.0' }, {}],
    ['20', { appKey: '' }, {}],
    ['21', { appKey: 'NOBODY' }, {}],
    ['7', { timestamp: '' }, {}],
    ['8', { timestamp: 'yesterday' }, {}],
    ['12', { secret: 'wrong' }, {}],
    ['18', { token: '' }, {}],
    ['19', { token: 'nobody' }, {}],
  ])('answers %s', async (code, options, values) => {
    const method = (values as { method?: string }).method ?? VENDER;
    expect(await client.refusal(method, {}, options)).toBe(code);
  });

  it('answers 11 without a sign, and 63 and 62 for broken parameters', async () => {
    const { sign: _sign, ...unsigned } = client.signed(VENDER);
    expect(await client.raw(unsigned)).toContain('"code":"11"');
    for (const [text, code] of [
      ['{', '63'],
      ['[]', '62'],
    ] as const) {
      const values: Record<string, string> = { ...client.signed(VENDER), '360buy_param_json': text };
      values.sign = computeSign(new Map(Object.entries(values)), APP.appSecret);
      expect(await client.raw(values)).toContain(`"code":"${code}"`);
    }
  });

  it('lets six minutes of skew pass and no more, in both formats of the time stamp', async () => {
    const at = (minutes: number): string => toPlatformText(wireNow() + minutes * 60_000);
    expect(await client.refusal(VENDER, {}, { timestamp: at(-5.9) })).toBeUndefined();
    expect(await client.refusal(VENDER, {}, { timestamp: at(-6.2) })).toBe('8');
    expect(await client.refusal(VENDER, {}, { timestamp: `${at(5)}.250+0800` })).toBeUndefined();
    expect(await client.refusal(VENDER, {}, { timestamp: `${at(7)}.250+0800` })).toBe('8');
  });

  it('takes parameters from query and body alike', async () => {
    const { '360buy_param_json': json, ...system } = client.signed(VENDER);
    const response = await fetch(`${client.base}/jd/routerjson?${new URLSearchParams(system).toString()}`, {
      method: 'POST',
      body: new URLSearchParams({ '360buy_param_json': json! }),
    });
    expect(await response.text()).toContain('jingdong_seller_vender_info_get_responce');
    const all = await fetch(`${client.base}/jd/routerjson?${new URLSearchParams(client.signed(VENDER)).toString()}`);
    expect(await all.text()).toContain(FLAGSHIP.shopId);
  });

  it('serves public calls without a token', async () => {
    const answer = await client.inner('jingdong.areas.province.get', {}, { token: '' });
    expect(answer.baseAreaServiceResponse.data.length).toBeGreaterThan(0);
  });

  it('refuses a method that an app may not call, with the code that stands behind it', async () => {
    await client.control('POST', '/apps', {
      platform: 'jd',
      appKey: 'LIMITED',
      appSecret: 's',
      forbiddenMethods: [VENDER, 'jingdong.pop.order.enSearch=73'],
      shops: [{ platformShopId: '20801', accessToken: 'limitedtoken' }],
    });
    const as = { appKey: 'LIMITED', secret: 's', token: 'limitedtoken' };
    expect(await client.refusal(VENDER, {}, as)).toBe('24');
    expect(await client.refusal('jingdong.pop.order.enSearch', {}, as)).toBe('73');
  });

  it('tells an order of another shop from nothing at all by nothing', async () => {
    const [order] = await client.truth('orders', `&platformShopId=${FLAGSHIP.shopId}`);
    const params = { order_id: order!.platformOrderNo as string, optional_fields: 'orderId' };
    const foreign = await client.inner('jingdong.pop.order.enGet', params, { token: SECOND_SHOP.token });
    expect(foreign.orderDetailInfo.apiResult.success).toBe(false);
  });
});

describe('grants', () => {
  const oauth = async (path: string, params: Record<string, string>): Promise<Answer> => {
    const query = new URLSearchParams({ app_key: APP.appKey, app_secret: APP.appSecret, ...params });
    return (await (await fetch(`${client.base}/jd/oauth2/${path}?${query.toString()}`)).json()) as Answer;
  };
  const code = async (): Promise<string> => {
    const query = new URLSearchParams({
      app_key: APP.appKey,
      response_type: 'code',
      redirect_uri: 'http://127.0.0.1:1/back',
      state: 'abc',
      scope: 'snsapi_base',
      shop: SECOND_SHOP.shopId,
    });
    const answer = await fetch(`${client.base}/jd/oauth2/to_login?${query.toString()}`, { redirect: 'manual' });
    const back = new URL(answer.headers.get('location')!);
    expect(back.searchParams.get('state')).toBe('abc');
    return back.searchParams.get('code')!;
  };

  it('turns a code into tokens once, and renews them; the old ones end', async () => {
    const given = await code();
    const first = await oauth('access_token', { grant_type: 'authorization_code', code: given });
    expect(first).toMatchObject({ code: 0, token_type: 'bearer', expires_in: expect.closeTo(2_592_000, -1) });
    expect(first.access_token).toMatch(/^[0-9a-f]{32}[a-z]{4}$/);
    expect(await oauth('access_token', { grant_type: 'authorization_code', code: given })).toMatchObject({ code: 402 });
    const second = await oauth('refresh_token', {
      grant_type: 'refresh_token',
      refresh_token: first.refresh_token as string,
    });
    expect(second.code).toBe(0);
    expect(await client.refusal(VENDER, {}, { token: first.access_token as string })).toBe('19');
    expect(await client.refusal(VENDER, {}, { token: second.access_token as string })).toBeUndefined();
    const again = await oauth('refresh_token', {
      grant_type: 'refresh_token',
      refresh_token: first.refresh_token as string,
    });
    expect(again).toMatchObject({ code: 402, requestId: expect.any(String) });
    expect(again.access_token).toBeUndefined();
  });

  it('refuses a wrong secret, and a code after five minutes', async () => {
    const given = await code();
    expect(
      await oauth('access_token', { app_secret: 'x', grant_type: 'authorization_code', code: given }),
    ).toMatchObject({
      code: 404,
    });
    const late = await code();
    await client.control('PUT', '/clock', {
      platform: 'jd',
      wire: new Date(wireNow() + 6 * 60_000).toISOString(),
    });
    expect(await oauth('access_token', { grant_type: 'authorization_code', code: late })).toMatchObject({ code: 402 });
    await client.control('PUT', '/clock', { platform: 'jd', wire: 'real' });
  });

  it('answers 19 while a grant is revoked', async () => {
    const path = `/apps/${APP.appKey}/shops/${FLAGSHIP.shopId}`;
    await client.control('POST', `${path}/revoke`, {});
    expect(await client.refusal(VENDER)).toBe('19');
    await client.control('POST', `${path}/restore`, {});
    expect(await client.refusal(VENDER)).toBeUndefined();
  });
});
