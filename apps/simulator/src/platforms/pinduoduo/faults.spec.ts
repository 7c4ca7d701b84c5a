import { gunzipSync } from 'node:zlib';
import { request } from 'node:http';
import type { Answer } from '../../testing/harness';
import { startHere, type Client } from './testing/pinduoduo-client';

let client: Client;
let stop: () => Promise<void>;

beforeAll(async () => {
  const { client: own, simulator } = await startHere({ SIMULATOR_STORY_RATE: '1' });
  client = own;
  stop = () => simulator.close();
  await client.control('POST', '/seed', { platform: 'pinduoduo', seed: 5, orders: 0, listings: 8, days: 1 });
});
afterAll(() => stop());
afterEach(() => client.faults());

const injected = async (kind: string): Promise<number> => {
  const { items } = await client.control('GET', '/faults');
  const own = (items as Answer[]).find((fault) => fault.platform === 'pinduoduo' && fault.kind === kind);
  return (own?.injected as number | undefined) ?? 0;
};

/** Status, headers and raw bytes of a signed call. */
function rawCall(type: string, params: Record<string, string> = {}): Promise<{ headers: Answer; bytes: Buffer }> {
  const body = JSON.stringify(client.signed(type, params));
  const headers = { 'content-type': 'application/json', 'accept-encoding': 'gzip' };
  return new Promise((resolve, reject) => {
    const call = request(`${client.base}/pinduoduo/api/router`, { method: 'POST', headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ headers: response.headers, bytes: Buffer.concat(chunks) }));
      response.on('error', reject);
    });
    call.on('error', reject);
    call.end(body);
  });
}

describe('faults of the wire', () => {
  it('show a page with status 200, cut connections, and end a packed answer in the middle', async () => {
    await client.faults({ kind: 'html-200', p: 1, times: 1 });
    expect((await rawCall('pdd.mall.info.get')).headers['content-type']).toContain('text/html');
    await client.faults({ kind: 'down', p: 1, times: 1 });
    await expect(rawCall('pdd.mall.info.get')).rejects.toThrow();
    await client.faults({ kind: 'broken-gzip', p: 1, times: 1 });
    const { bytes } = await rawCall('pdd.goods.list.get');
    expect(() => gunzipSync(bytes)).toThrow();
    expect([await injected('html-200'), await injected('down'), await injected('broken-gzip')]).toEqual([1, 1, 1]);
  });

  it('end a grant for a while', async () => {
    await client.faults({ kind: 'revoked', p: 1, seconds: 0.5, times: 1 });
    expect((await client.refusal('pdd.mall.info.get'))[0]).toBe(20_032);
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect((await client.refusal('pdd.mall.info.get'))[0]).toBe(0);
  });

  it('do a write whose answer never comes, or comes as a time-out', async () => {
    const kinds = new Set<string>();
    for (let n = 0; n < 12 && kinds.size < 2; n += 1) {
      const no = (await client.order(['TEE-RED-S'], { buyer: n })).platformOrderNo as string;
      await client.faults({ kind: 'timeout-after-write', p: 1, times: 1, method: 'pdd.logistics.online.send' });
      const send = { order_sn: no, logistics_id: '115', tracking_number: `78200000${1_000 + n}` };
      const told = await client.refusal('pdd.logistics.online.send', send).then(
        ([code]) => String(code),
        () => 'cut',
      );
      expect(['50000', 'cut']).toContain(told);
      kinds.add(told);
      const detail = await client.call('pdd.order.information.get', { order_sn: no });
      expect(detail.order_info_get_response.order_info.order_status).toBe(2);
      expect((await client.refusal('pdd.logistics.online.send', send))[1]).toBe('订单状态不是待发货');
    }
    expect(kinds.size).toBe(2);
  });
});

describe('a list that lags behind', () => {
  const listed = async (from: number, to: number): Promise<string[]> => {
    const answer = await client.call('pdd.order.number.list.increment.get', {
      start_updated_at: String(from),
      end_updated_at: String(to),
      is_lucky_flag: '0',
      order_status: '5',
      refund_status: '5',
      page: '1',
    });
    return (answer.order_sn_increment_get_response.order_sn_list as Answer[]).map((row) => row.order_sn as string);
  };

  it('loses orders to a client whose windows touch, and none to one whose windows overlap by five minutes', async () => {
    await client.control('POST', '/advance', { seconds: 1_000 });
    await client.faults({ kind: 'delay-list', p: 0.5, seconds: 90 });
    const placed: string[] = [];
    const touching = new Set<string>();
    const overlapping = new Set<string>();
    let last = await client.storySeconds(-1);
    for (let round = 0; round < 10; round += 1) {
      for (let n = 0; n < 3; n += 1) placed.push((await client.order()).platformOrderNo as string);
      await client.control('POST', '/advance', { seconds: 60 });
      const now = await client.storySeconds();
      for (const no of await listed(last, now)) touching.add(no);
      for (const no of await listed(last - 300, now)) overlapping.add(no);
      last = now + 1;
    }
    await client.control('POST', '/advance', { seconds: 120 });
    const now = await client.storySeconds();
    for (const no of await listed(last, now)) touching.add(no);
    for (const no of await listed(last - 300, now)) overlapping.add(no);
    expect(placed.filter((no) => !touching.has(no)).length).toBeGreaterThan(3);
    expect(placed.filter((no) => !overlapping.has(no))).toEqual([]);
  });
});

describe('odd orders', () => {
  it('are told apart: price differences by their tag, virtual goods by nobody to send them to', async () => {
    await client.control('POST', '/seed', { platform: 'pinduoduo', seed: 6, orders: 2, listings: 8, days: 1 });
    const row = async (code: string, kind: string): Promise<Answer> => {
      const no = (await client.order([code], { kind })).platformOrderNo as string;
      return (await client.call('pdd.order.information.get', { order_sn: no })).order_info_get_response
        .order_info as Answer;
    };
    const difference = await row('PRICE-DIFF', 'price_difference');
    expect(difference.order_tag_list).toContainEqual({ name: 'ship_additional_order', value: 1 });
    const card = await row('CARD-100', 'virtual');
    expect(card).toMatchObject({ province: '', receiver_name: '', open_address_id: '' });
    await client.control('POST', '/advance', { seconds: 360 });
    for (const no of [difference.order_sn, card.order_sn] as string[]) {
      const detail = await client.call('pdd.order.information.get', { order_sn: no });
      expect(detail.order_info_get_response.order_info).toMatchObject({ order_status: 2, tracking_number: '' });
    }
  });
});
