import { toPlatformText } from '../../core/times';
import { wireNow } from '../../core/wire';
import { startHere, APP, MALL, MARKET, type Client } from './testing/taobao-client';
import vectors from './fixtures/sign-vectors.json';
import { computeSign } from './sign';

let client: Client;
let stop: () => Promise<void>;

beforeAll(async () => {
  const { client: own, simulator } = await startHere();
  client = own;
  stop = () => simulator.close();
  await client.control('POST', '/seed', { platform: 'taobao', seed: 1, orders: 0, listings: 8, days: 1 });
});
afterAll(() => stop());

const code = async (values: Record<string, string>): Promise<number | undefined> => {
  const answer = JSON.parse(await client.raw(values)) as { error_response?: { code: number } };
  return answer.error_response?.code;
};

describe('signatures', () => {
  it.each(vectors.vectors.map((vector) => [vector.id, vector] as const))(
    'computes the recorded signs of vector %s',
    (_id, vector) => {
      const params = new Map(Object.entries(vector.params as unknown as Record<string, string>));
      expect(computeSign(params, vectors.secret, 'md5')).toBe(vector.md5);
      const filled = new Map([...params].filter(([, value]) => value !== ''));
      expect(computeSign(new Map([...filled, ['sign_method', 'hmac']]), vectors.secret, 'hmac')).toBe(vector.hmac);
      expect(computeSign(new Map([...filled, ['sign_method', 'hmac-sha256']]), vectors.secret, 'hmac-sha256')).toBe(
        vector.hmacSha256,
      );
    },
  );

  it('computes the sign of a client that signs an empty value, as the JavaScript clients do', () => {
    const absent = vectors.vectors.find((vector) => vector.id.startsWith('2a'))!;
    const params = new Map(Object.entries({ ...absent.params, status: '' }));
    expect(computeSign(params, vectors.secret, 'md5')).toBe('176E784B35EFD7EAE2CC6ADA577D29CC');
  });

  it('accepts recorded requests byte for byte at their own time, and refuses each with one byte flipped', async () => {
    for (const vector of vectors.vectors) {
      const other = await startHere();
      const params = vector.params as unknown as Record<string, string>;
      await other.client.control('POST', '/apps', {
        platform: 'taobao',
        appKey: vectors.appKey,
        appSecret: vectors.secret,
        shops: [{ platformShopId: '9900001', accessToken: params.session }],
      });
      await other.client.control('PUT', '/clock', {
        platform: 'taobao',
        wire: `${params.timestamp!.replace(' ', 'T')}+08:00`,
      });
      const post = async (body: string): Promise<number | undefined> => {
        const response = await fetch(`${other.client.base}/taobao/router/rest`, {
          method: 'POST',
          headers: { 'content-type': vector.contentType },
          body,
        });
        return ((await response.json()) as { error_response?: { code: number } }).error_response?.code;
      };
      // The order of the recording does not exist here: a business refusal or an answer, but no refusal of the sign.
      expect([undefined, 15, 40, 41]).toContain(await post(vector.rawBody));
      expect(await post(vector.rawBody.replace(/format=json&/, 'format=jsom&'))).toBe(25);
      await other.simulator.close();
    }
  });

  it.each(['md5', 'hmac', 'hmac-sha256'])('serves a call signed with %s', async (signMethod) => {
    const answer = await client.call('taobao.time.get', {}, { signMethod, token: '' });
    expect(answer.time_get_response.time).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  });

  it('serves empty values signed with or without them', async () => {
    const withEmpty = client.signed('taobao.items.onsale.get', { fields: 'num_iid', q: '' });
    expect(await code(withEmpty)).toBeUndefined();
    const without = { ...client.signed('taobao.items.onsale.get', { fields: 'num_iid' }), q: '' };
    expect(await code(without)).toBeUndefined();
  });
});

describe('the order and the codes of the checks', () => {
  const good = (more: Record<string, string> = {}): Record<string, string> =>
    client.signed('taobao.items.onsale.get', { fields: 'num_iid', ...more });
  const without = (name: string): Record<string, string> =>
    Object.fromEntries(Object.entries(good()).filter(([key]) => key !== name));

  it('names what is missing', async () => {
    expect(await code(without('method'))).toBe(21);
    expect(await code(without('app_key'))).toBe(28);
    expect(await code(without('timestamp'))).toBe(30);
    expect(await code(without('sign'))).toBe(24);
    expect(await code(client.signed('taobao.items.onsale.get', { fields: 'num_iid' }, { token: '' }))).toBe(26);
    expect(await code(client.signed('taobao.items.onsale.get', {}))).toBe(40);
  });

  it('names what is wrong', async () => {
    expect(await code(client.signed('taobao.nothing.get'))).toBe(22);
    expect(await code({ ...good(), app_key: '99999999' })).toBe(29);
    expect(
      await code(
        client.signed(
          'taobao.items.onsale.get',
          { fields: 'num_iid' },
          { timestamp: toPlatformText(wireNow() - 11 * 60_000) },
        ),
      ),
    ).toBe(31);
    expect(await code({ ...good(), fields: 'title' })).toBe(25);
    expect(await code(client.signed('taobao.items.onsale.get', { fields: 'num_iid' }, { secret: 'wrong' }))).toBe(25);
    expect(await code(client.signed('taobao.items.onsale.get', { fields: 'num_iid', format: 'xml' }))).toBe(23);
    expect(await code(client.signed('taobao.items.onsale.get', { fields: 'num_iid', v: '3.0' }))).toBe(33);
    expect(await code(client.signed('taobao.items.onsale.get', { fields: 'num_iid' }, { token: 'nobody' }))).toBe(27);
    expect(await code(good({ page_size: '201' }))).toBe(41);
  });

  it('judges the timestamp before the sign and the sign before the session', async () => {
    expect(
      await code(
        client.signed('taobao.items.onsale.get', {}, { secret: 'wrong', timestamp: '2001-01-01 00:00:00', token: '' }),
      ),
    ).toBe(31);
    expect(await code(client.signed('taobao.items.onsale.get', {}, { secret: 'wrong', token: '' }))).toBe(25);
  });

  it('refuses a method that the app was not granted, and a session of another app', async () => {
    await client.control('POST', '/apps', {
      platform: 'taobao',
      appKey: '555',
      appSecret: 's',
      forbiddenMethods: ['taobao.items.onsale.get'],
      shops: [{ platformShopId: '31', accessToken: 't31' }],
    });
    const values = new Map(
      Object.entries({
        ...client.signed('taobao.items.onsale.get', { fields: 'num_iid' }, { token: 't31' }),
        app_key: '555',
      }),
    );
    values.set('sign', computeSign(values, 's', 'md5'));
    expect(await code(Object.fromEntries(values))).toBe(11);
    expect(await code(client.signed('taobao.items.onsale.get', { fields: 'num_iid' }, { token: 't31' }))).toBe(27);
  });

  it('refuses a revoked session with 27 and a banned call with 7 and its seconds', async () => {
    await client.control('POST', `/apps/${APP.appKey}/shops/${MARKET.shopId}/revoke`);
    expect(await code(client.signed('taobao.items.onsale.get', { fields: 'num_iid' }, { token: MARKET.token }))).toBe(
      27,
    );
    await client.control('POST', `/apps/${APP.appKey}/shops/${MARKET.shopId}/restore`);
    await client.control('PUT', '/faults', {
      platform: 'taobao',
      faults: [{ kind: 'ban', p: 1, seconds: 2, times: 1 }],
    });
    const first = await client.call('taobao.items.onsale.get', { fields: 'num_iid' });
    expect(first.error_response).toMatchObject({
      code: 7,
      sub_code: 'accesscontrol.limited-by-api-access-count',
      sub_msg: 'This ban will last for 2 more seconds',
    });
    expect((await client.call('taobao.items.onsale.get', { fields: 'num_iid' })).error_response.code).toBe(7);
    const other = await client.call('taobao.items.onsale.get', { fields: 'num_iid' }, { token: MARKET.token });
    expect(other.items_onsale_get_response.total_results).toBe(8);
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    expect((await client.call('taobao.items.onsale.get', { fields: 'num_iid' })).error_response).toBeUndefined();
    await client.control('PUT', '/faults', { platform: 'taobao', faults: [] });
  });
});

describe('the envelope', () => {
  it('writes 19-digit ids as bare numbers, wraps lists, and leaves empty ones out', async () => {
    const placed = await client.order(['TEE-RED-S', 'TEE-RED-M']);
    const text = await client.raw(
      client.signed('taobao.trade.fullinfo.get', {
        tid: placed.platformOrderNo as string,
        fields: 'tid,tid_str,orders.oid,promotion_details,logistics_infos',
      }),
    );
    expect(text).toContain(`"tid":${placed.platformOrderNo},`);
    expect(text).toContain(`"tid_str":"${placed.platformOrderNo}"`);
    expect(text).toMatch(/"orders":\{"order":\[\{"oid":"\d{19}"/);
    const none = await client.call('taobao.trades.sold.get', {
      fields: 'tid',
      start_created: '2001-01-01 00:00:00',
      end_created: '2001-01-02 00:00:00',
    });
    expect(none.trades_sold_get_response).toEqual({ total_results: 0, request_id: expect.any(String) });
  });

  it('flattens lists when asked to simplify, and keeps the root', async () => {
    const answer = await client.call('taobao.items.onsale.get', { fields: 'num_iid', simplify: 'true' });
    expect(Array.isArray(answer.items_onsale_get_response.items)).toBe(true);
  });

  it('merges query and body, takes GET and multipart', async () => {
    const values = client.signed('taobao.trade.memo.update', { tid: '1', memo: '@开头 & 中文' });
    const query = new URLSearchParams(Object.entries(values).filter(([name]) => name !== 'memo'));
    const mixed = await fetch(`${client.base}/taobao/router/rest?${query.toString()}`, {
      method: 'POST',
      body: new URLSearchParams({ memo: values.memo! }),
    });
    expect(await mixed.json()).toMatchObject({ error_response: { sub_code: 'isv.trade-not-exist' } });
    const got = await fetch(`${client.base}/taobao/router/rest?${new URLSearchParams(values).toString()}`);
    expect(await got.json()).toMatchObject({ error_response: { sub_code: 'isv.trade-not-exist' } });
    const form = new FormData();
    for (const [name, value] of Object.entries(values)) form.append(name, value);
    const multi = await fetch(`${client.base}/taobao/router/rest`, { method: 'POST', body: form });
    expect(await multi.json()).toMatchObject({ error_response: { sub_code: 'isv.trade-not-exist' } });
  });

  it('tells its own wire time in the Date header and in taobao.time.get after the clock was moved', async () => {
    await client.control('PUT', '/clock', { platform: 'taobao', wire: '2025-10-01T16:00:00+08:00' });
    const response = await fetch(`${client.base}/taobao/router/rest`, {
      method: 'POST',
      body: new URLSearchParams(client.signed('taobao.time.get', {}, { timestamp: '2025-10-01 16:00:00', token: '' })),
    });
    expect(response.headers.get('date')).toContain('01 Oct 2025 08:00');
    expect(await response.json()).toMatchObject({
      time_get_response: { time: expect.stringContaining('2025-10-01 16:00') },
    });
    await client.control('PUT', '/clock', { platform: 'taobao', wire: 'real' });
  });
});

describe('authorisation', () => {
  it('turns a code into a token once, and a refresh ends the earlier refresh token', async () => {
    const back = await fetch(
      `${client.base}/taobao/oauth/authorize?response_type=code&client_id=${APP.appKey}&redirect_uri=${encodeURIComponent('http://127.0.0.1/cb')}&state=s1&shop=${MARKET.shopId}`,
      { redirect: 'manual' },
    );
    const location = new URL(back.headers.get('location')!);
    expect(location.searchParams.get('state')).toBe('s1');
    const token = async (fields: Record<string, string>): Promise<{ status: number; body: Record<string, string> }> => {
      const response = await fetch(`${client.base}/taobao/oauth/token`, {
        method: 'POST',
        body: new URLSearchParams({ client_id: APP.appKey, client_secret: APP.appSecret, ...fields }),
      });
      return { status: response.status, body: (await response.json()) as Record<string, string> };
    };
    const grant = {
      grant_type: 'authorization_code',
      code: location.searchParams.get('code')!,
      redirect_uri: 'http://127.0.0.1/cb',
    };
    expect((await token({ ...grant, client_secret: 'wrong' })).body).toMatchObject({
      error_description: 'client_secret is invalidate',
    });
    const first = await token(grant);
    expect(decodeURIComponent(first.body.taobao_user_nick!)).toBe('汇店演示C店');
    expect((await token(grant)).status).toBe(400);
    expect(
      (await client.call('taobao.items.onsale.get', { fields: 'num_iid' }, { token: first.body.access_token! }))
        .items_onsale_get_response,
    ).toBeDefined();
    const refreshed = await token({ grant_type: 'refresh_token', refresh_token: first.body.refresh_token! });
    expect(refreshed.status).toBe(200);
    expect((await token({ grant_type: 'refresh_token', refresh_token: first.body.refresh_token! })).body.error).toBe(
      'invalid_grant',
    );
  });
});

describe('ids', () => {
  it('are such that a careless JSON.parse corrupts them', async () => {
    const placed = await client.order();
    const careless = JSON.parse(`{"tid":${placed.platformOrderNo}}`) as { tid: number };
    expect(String(careless.tid)).not.toBe(placed.platformOrderNo);
    expect(placed.platformShopId).toBe(MALL.shopId);
  });
});
