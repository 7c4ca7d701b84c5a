import { request } from 'node:http';
import { wireNow } from '../../core/wire';
import type { Answer } from '../../testing/harness';
import recorded from './fixtures/recorded.json';
import { computeSign, eventSign } from './sign';
import { APP, SMALL, startHere, type Client } from './testing/douyin-client';

let client: Client;
let stop: () => Promise<void>;

beforeAll(async () => {
  const { client: own, simulator } = await startHere();
  client = own;
  stop = () => simulator.close();
  await client.control('POST', '/seed', { platform: 'douyin', seed: 1, orders: 0, listings: 8, days: 1 });
});
const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
  await stop();
});

describe('signatures', () => {
  it.each(recorded.vectors.map((vector) => [vector.name, vector] as const))(
    'computes the recorded sign of %s',
    (_name, vector) => {
      const { app_key: appKey, method, timestamp, v: version } = vector.params;
      const body = Buffer.from(vector.body, 'utf8');
      expect(computeSign({ appKey, method, body, timestamp, version }, recorded.app_secret, 'hmac-sha256')).toBe(
        vector.sign,
      );
    },
  );

  it('computes the published MD5 and the sign of an empty body', () => {
    const md5 = (timestamp: string): string =>
      computeSign(
        {
          appKey: recorded.app_key,
          method: 'order.addOrderRemark',
          body: Buffer.from(
            '{"is_add_star":"true","order_id":"6921377343921159820","remark":"加急：<易碎>&请勿折叠","star":"5"}',
          ),
          timestamp,
          version: '2',
        },
        recorded.app_secret,
        'md5',
      );
    expect(md5('1759305600')).toBe('5bb776893d747406a3b4f391797457e1');
    expect(md5('2025-10-01 16:00:00')).toBe('dcb2197e226eae7da0e1bcb3ce2273ab');
    const parts = { appKey: recorded.app_key, timestamp: '1795302136', version: '2', body: Buffer.from('{}') };
    expect(computeSign({ ...parts, method: 'order.logisticsCompanyList' }, recorded.app_secret, 'hmac-sha256')).toBe(
      '3ba73f59b097c47280c06e0be78e86040c77b3a55584187169b030132c3986f2',
    );
  });

  it('computes the recorded event signs', () => {
    const [push] = recorded.push_vectors;
    expect(eventSign(push!.app_key, push!.app_secret, push!.body, 'md5')).toBe(push!.event_sign);
    expect(eventSign('app-key', 'secret', '[{"tag":"100","data":"{\\"shop_id\\":123}"}]', 'hmac-sha256')).toBe(
      'bed9fab93b667a2213b57ca88150a05e189c1f6e0b334ed34e29ccdb14ead058',
    );
  });
});

/** Sends a recorded request: its own headers, query and bytes; only the host and the path's prefix differ. */
function replay(port: number, vector: (typeof recorded.vectors)[number], body: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `http://127.0.0.1:${port}/douyin${vector.path}?${vector.raw_query}`,
      { method: 'POST', headers: { 'Content-Type': vector.content_type_sent, ...vector.extra_headers } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Answer));
      },
    );
    sent.on('error', reject);
    sent.end(Buffer.from(body, 'utf8'));
  });
}

describe('recorded requests', () => {
  it('are served byte for byte at their own time, and refused with one byte flipped', async () => {
    const { client: other, simulator } = await startHere();
    const { port } = other;
    closing.push(() => simulator.close());
    await other.control('POST', '/apps', {
      platform: 'douyin',
      appKey: recorded.app_key,
      appSecret: recorded.app_secret,
      shops: [{ platformShopId: '4463798', accessToken: recorded.access_token }],
    });
    for (const vector of recorded.vectors) {
      const at = new Date(Number(vector.params.timestamp) * 1_000).toISOString();
      await other.control('PUT', '/clock', { platform: 'douyin', wire: at });
      const answer = await replay(port, vector, vector.body);
      // The order of the recording does not exist here, so only the business may refuse it.
      expect(vector.name === 'absent-optional-params' ? [10000] : [40004, 50002]).toContain(answer.code);
      expect(answer.err_no).toBeUndefined();
      const flipped = Buffer.from(vector.body, 'utf8');
      flipped[flipped.length - 3]! ^= 1;
      expect(await replay(port, vector, flipped.toString('utf8'))).toMatchObject({
        code: 40003,
        sub_code: 'isv.signature-invalid',
      });
      const early = new Date(Number(vector.params.timestamp) * 1_000 - 601_000).toISOString();
      await other.control('PUT', '/clock', { platform: 'douyin', wire: early });
      expect(await replay(port, vector, vector.body)).toMatchObject({ sub_code: 'isv.timestamp-invalid' });
    }
  });
});

describe('the checks and their words', () => {
  const list = (changes: Parameters<Client['refusal']>[2] = {}): Promise<string | undefined> =>
    client.refusal('product.listV2', { page: 1, size: 10 }, changes);

  it('accepts both forms of the timestamp, both digests, and judges an absent sign_method as MD5', async () => {
    const text = new Date(wireNow() + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
    expect(await list({ timestamp: text })).toBeUndefined();
    expect(await list({ signMethod: 'md5' })).toBeUndefined();
    expect(await list({ signMethod: 'absent' })).toBeUndefined();
    expect(await list({ query: { sign_method: '' } })).toBe('40003 isv.signature-invalid');
  });

  it('names what is missing', async () => {
    expect(await list({ query: { app_key: '' } })).toBe('40001 isv.app-id-missing');
    expect(await list({ query: { timestamp: '' } })).toBe('40001 isv.parameter-missing');
    expect(await list({ query: { sign: '' } })).toBe('40001 isv.signature-missing');
    expect(await list({ token: '' })).toBe('40001 isv.access-token-missing');
    expect(await client.refusal('product.listV2', { page: 1 })).toMatch(/^40002 isv\.missing-parameter:/);
  });

  it('names what is wrong', async () => {
    expect(await list({ query: { app_key: '123' } })).toBe('40003 isv.app-id-invalid');
    expect(await list({ timestamp: '2025/10/01' })).toBe('40003 isv.timestamp-format-error');
    expect(await list({ timestamp: String(Math.floor(wireNow() / 1_000) - 700) })).toBe('40003 isv.timestamp-invalid');
    expect(await list({ secret: 'wrong' })).toBe('40003 isv.signature-invalid');
    expect(await list({ path: 'product/detail' })).toBe('40003 isv.parameter-invalid');
    expect(await list({ token: 'nobody' })).toBe('40003 isv.access-token-no-existed');
    expect(await client.refusal('order.list')).toBe('70000 isp.api-service-off');
    expect(await client.refusal('product.listV2', { page: 1, size: 101 })).toMatch(/^40004 isv\.parameter-invalid:/);
  });

  it('refuses a token of another program, a method that was not granted, and a closed authorisation', async () => {
    const appKey = '7000000000000000555';
    await client.control('POST', '/apps', {
      platform: 'douyin',
      appKey,
      appSecret: 's',
      forbiddenMethods: ['product.listV2'],
      shops: [{ platformShopId: '31', accessToken: 't31' }],
    });
    expect(await list({ token: 't31' })).toBe('40003 isv.access-token-invalid');
    expect(await list({ token: 't31', appKey, secret: 's' })).toBe('30001 isv.app-permissions-insufficient');
    await client.control('POST', `/apps/${APP.appKey}/shops/${SMALL.shopId}/revoke`);
    expect(await list({ token: SMALL.token })).toBe('30001 dop.authorization-closed');
    await client.control('POST', `/apps/${APP.appKey}/shops/${SMALL.shopId}/restore`);
    expect(await list({ token: SMALL.token })).toBeUndefined();
  });

  it('throttles with 60000, loses the answer of a write, and takes a token back for a while', async () => {
    await client.faults({ kind: 'ban', p: 1, seconds: 1, times: 1 });
    expect(await list()).toBe('60000 isv.traffic-limited');
    expect(await list({ token: SMALL.token })).toBeUndefined();
    await client.faults({ kind: 'revoked', p: 1, seconds: 1, times: 1 });
    expect(await list({ token: SMALL.token })).toBe('40003 isv.access-token-no-existed');
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(await list({ token: SMALL.token })).toBeUndefined();
    await client.faults();
  });

  it('refuses unsorted keys of a strict program alone', async () => {
    const unsorted = '{"size":10,"page":1}';
    const code = async (): Promise<number> =>
      ((await (await client.raw('product.listV2', unsorted)).json()) as Answer).code as number;
    expect(await code()).toBe(10000);
    await client.control('POST', '/apps', { platform: 'douyin', ...APP, shops: [], isStrict: true });
    expect(await code()).toBe(40003);
    expect(await list()).toBeUndefined();
    await client.control('POST', '/apps', { platform: 'douyin', ...APP, shops: [], isStrict: false });
  });
});

describe('faults of the wire', () => {
  afterEach(() => client.faults());

  it('break the connection, show a page, or end in the middle of the answer', async () => {
    await client.faults({ kind: 'down', p: 1 });
    await expect(client.raw('order.logisticsCompanyList', '{}')).rejects.toThrow();
    await client.faults({ kind: 'html-200', p: 1 });
    const page = await client.raw('order.logisticsCompanyList', '{}');
    expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')]);
    await client.faults({ kind: 'broken-gzip', p: 1 });
    const cut = await client.raw('order.logisticsCompanyList', '{}');
    await expect(cut.json()).rejects.toThrow();
  });
});

describe('the envelope', () => {
  it('tells both generations of fields, the older one unless the header turns it off', async () => {
    const old = await client.call('sku.list', { product_id: '1' }, { headers: { 'x-open-no-old-err-code': '0' } });
    expect(old).toMatchObject({ code: 40004, err_no: 40004, sub_code: expect.any(String), log_id: expect.any(String) });
    expect(old).not.toHaveProperty('data');
    const fresh = await client.call('sku.list', { product_id: '1' });
    expect(fresh).not.toHaveProperty('err_no');
    const good = await client.call('order.logisticsCompanyList', {}, { headers: { 'x-open-no-old-err-code': '0' } });
    expect(good).toMatchObject({ code: 10000, err_no: 0, message: 'success', sub_code: '' });
    expect(Array.isArray(good.data)).toBe(true);
  });

  it('writes 19-digit product ids as bare numbers that a careless JSON.parse corrupts', async () => {
    const response = await client.raw('product.listV2', '{"page":1,"size":10}');
    const text = await response.text();
    const [, digits] = /"product_id":(\d{19})/.exec(text)!;
    const careless = (JSON.parse(text) as Answer).data.data[0].product_id as number;
    expect(String(careless)).not.toBe(digits);
  });

  it('takes param_json in the query of a GET', async () => {
    const at = String(Math.floor(wireNow() / 1_000));
    const body = '{"page":1,"size":2}';
    const sign = computeSign(
      { appKey: APP.appKey, method: 'product.listV2', body: Buffer.from(body), timestamp: at, version: '2' },
      APP.appSecret,
      'md5',
    );
    const query = new URLSearchParams({
      app_key: APP.appKey,
      method: 'product.listV2',
      timestamp: at,
      v: '2',
      sign,
      access_token: SMALL.token,
      param_json: body,
    });
    const answer = (await (await fetch(`${client.base}/douyin/product/listV2?${query}`)).json()) as Answer;
    expect(answer.data.data).toHaveLength(2);
  });
});
