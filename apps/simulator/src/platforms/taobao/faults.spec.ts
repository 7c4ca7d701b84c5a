import { request } from 'node:http';
import { type Answer } from '../../testing/harness';
import { startHere, MALL, APP, type Client } from './testing/taobao-client';

let client: Client;
let stop: () => Promise<void>;

beforeAll(async () => {
  const { client: own, simulator } = await startHere();
  client = own;
  stop = () => simulator.close();
  await client.control('POST', '/seed', { platform: 'taobao', seed: 5, orders: 0, listings: 8, days: 1 });
});
afterAll(() => stop());
afterEach(() => client.control('PUT', '/faults', { platform: 'taobao', faults: [] }));

const inject = (fault: Answer): Promise<Answer> =>
  client.control('PUT', '/faults', { platform: 'taobao', faults: [fault] });
const injected = async (kind: string): Promise<number> => {
  const { items } = await client.control('GET', '/faults');
  return ((items as Answer[]).find((fault) => fault.kind === kind)?.injected as number | undefined) ?? 0;
};

/** Status, headers and raw bytes of a signed call. */
function rawCall(
  method: string,
  params: Record<string, string>,
): Promise<{ status: number; encoding: string | undefined; type: string | undefined; bytes: Buffer }> {
  const body = new URLSearchParams(client.signed(method, params)).toString();
  return new Promise((resolve, reject) => {
    const call = request(
      `${client.base}/taobao/router/rest`,
      { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded', 'accept-encoding': 'gzip' } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode!,
            encoding: response.headers['content-encoding'],
            type: response.headers['content-type'],
            bytes: Buffer.concat(chunks),
          }),
        );
        response.on('error', reject);
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}

describe('faults of the wire', () => {
  it('answers a login page with status 200', async () => {
    await inject({ kind: 'html-200', p: 1, times: 1 });
    const answer = await rawCall('taobao.time.get', {});
    expect(answer).toMatchObject({ status: 200, type: expect.stringContaining('text/html') });
    expect(await injected('html-200')).toBe(1);
  });

  it('answers gzip that ends in the middle', async () => {
    await inject({ kind: 'broken-gzip', p: 1, times: 1 });
    const answer = await rawCall('taobao.items.onsale.get', { fields: 'num_iid,title' });
    expect(answer.encoding).toBe('gzip');
    const { gunzipSync } = await import('node:zlib');
    expect(() => gunzipSync(answer.bytes)).toThrow();
    expect(await injected('broken-gzip')).toBe(1);
  });

  it('is down for a while and comes back by itself', async () => {
    await inject({ kind: 'down', p: 1, seconds: 1 });
    await expect(rawCall('taobao.time.get', {})).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect((await rawCall('taobao.time.get', {})).status).toBe(200);
    expect(await injected('down')).toBeGreaterThan(0);
  });

  it('does the write and loses the answer, in both forms', async () => {
    await inject({ kind: 'timeout-after-write', p: 1 });
    const forms = new Set<string>();
    for (let i = 0; i < 12; i += 1) {
      const order = await client.order(['TEE-RED-S'], { buyer: 100 + i });
      const tid = order.platformOrderNo as string;
      const form = await client
        .call('taobao.logistics.offline.send', {
          tid,
          company_code: 'ZTO',
          out_sid: `7840000000${String(i).padStart(4, '0')}`,
        })
        .then(
          (answer) => String(answer.error_response?.sub_code),
          () => 'connection lost',
        );
      forms.add(form);
      expect((await client.control('GET', `/platforms/taobao/orders/${tid}`)).state).toBe('shipped');
    }
    expect([...forms].sort()).toEqual(['connection lost', 'isp.remote-service-timeout']);
    expect(await injected('timeout-after-write')).toBe(12);
  });

  it('lets reads pass when answers of writes are lost', async () => {
    await inject({ kind: 'timeout-after-write', p: 1 });
    expect((await client.call('taobao.items.onsale.get', { fields: 'num_iid' })).error_response).toBeUndefined();
  });

  it('revokes a session until it is granted again', async () => {
    await inject({ kind: 'revoked', p: 1, times: 1 });
    expect((await client.call('taobao.items.onsale.get', { fields: 'num_iid' })).error_response.code).toBe(27);
    expect((await client.call('taobao.items.onsale.get', { fields: 'num_iid' })).error_response.code).toBe(27);
    await client.control('POST', `/apps/${APP.appKey}/shops/${MALL.shopId}/restore`);
    expect((await client.call('taobao.items.onsale.get', { fields: 'num_iid' })).error_response).toBeUndefined();
    expect(await injected('revoked')).toBe(1);
  });
});

describe('the counts', () => {
  it('stay at nothing when nothing is switched on, and no fault is injected by itself', async () => {
    const fresh = await startHere();
    await fresh.client.control('POST', '/seed', { platform: 'taobao', seed: 5, orders: 30, listings: 8, days: 1 });
    for (let i = 0; i < 20; i += 1) await fresh.client.call('taobao.items.onsale.get', { fields: 'num_iid' });
    expect((await fresh.client.control('GET', '/faults')).items).toEqual([]);
    await fresh.simulator.close();
  });

  it('are the same for the same seed and calls', async () => {
    const run = async (): Promise<number> => {
      const fresh = await startHere();
      await fresh.client.control('PUT', '/faults', { platform: 'taobao', faults: [{ kind: 'html-200', p: 0.5 }] });
      for (let i = 0; i < 20; i += 1)
        await fetch(`${fresh.client.base}/taobao/router/rest`, {
          method: 'POST',
          body: new URLSearchParams(fresh.client.signed('taobao.time.get')),
        });
      const { items } = await fresh.client.control('GET', '/faults');
      await fresh.simulator.close();
      return (items as Answer[])[0]!.injected as number;
    };
    const first = await run();
    expect(first).toBeGreaterThan(2);
    expect(await run()).toBe(first);
  });

  it('refuse a kind that does not exist', async () => {
    expect(await inject({ kind: 'meteor', p: 1 })).toMatchObject({ status: 400, code: 'VALIDATION' });
  });
});

describe('calls over the limit', () => {
  it('are answered with code 7 and one second of ban, and the limit grows with the rate of the story', async () => {
    const slow = await startHere({ SIMULATOR_CALLS_PER_SECOND: '5' });
    const codes: unknown[] = [];
    for (let i = 0; i < 15; i += 1)
      codes.push((await slow.client.call('taobao.time.get', {}, { token: '' })).error_response?.sub_msg);
    expect(codes).toContain('This ban will last for 1 more seconds');
    await slow.client.control('PUT', '/clock', { storyRate: 960 });
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    for (let i = 0; i < 40; i += 1)
      expect((await slow.client.call('taobao.time.get', {}, { token: '' })).error_response).toBeUndefined();
    await slow.simulator.close();
  });
});
