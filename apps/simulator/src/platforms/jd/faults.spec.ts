import { request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import type { Answer } from '../../testing/harness';
import { FLAGSHIP, startHere, type Client } from './testing/jd-client';

let client: Client;
let stop: () => Promise<void>;

const VENDER = 'jingdong.seller.vender.info.get';
const SKUS = 'jingdong.sku.read.searchSkuList';

beforeAll(async () => {
  const { client: own, simulator } = await startHere();
  client = own;
  stop = () => simulator.close();
  await client.control('POST', '/seed', { platform: 'jd', seed: 5, orders: 0, listings: 12, days: 1 });
});
afterAll(() => stop());
afterEach(() => client.faults());

/** Status, type and raw bytes of a signed call. */
function rawCall(method: string, params: Answer = {}): Promise<{ status: number; type: string; bytes: Buffer }> {
  const body = new URLSearchParams(client.signed(method, params)).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'accept-encoding': 'gzip' };
  return new Promise((resolve, reject) => {
    const call = request(`${client.base}/jd/routerjson`, { method: 'POST', headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode!,
          type: String(response.headers['content-type']),
          bytes: Buffer.concat(chunks),
        }),
      );
      response.on('error', reject);
    });
    call.on('error', reject);
    call.end(body);
  });
}

describe('faults of the wire', () => {
  it('show a page with status 200, cut gzip in the middle, and break the connection', async () => {
    await client.faults({ kind: 'html-200', p: 1, times: 1 });
    expect(await rawCall(VENDER)).toMatchObject({ status: 200, type: expect.stringContaining('text/html') });
    await client.faults({ kind: 'broken-gzip', p: 1, times: 1 });
    const broken = await rawCall(SKUS, { field: 'skuName', pageNo: 1, page_size: 50 });
    expect(() => gunzipSync(broken.bytes)).toThrow();
    await client.faults({ kind: 'down', p: 1, times: 1 });
    await expect(rawCall(VENDER)).rejects.toThrow();
    expect((await rawCall(VENDER)).status).toBe(200);
  });

  it('ban with 32 for a burst and with 2 for a used-up quota, without a hint of the end', async () => {
    await client.faults({ kind: 'ban', p: 1, times: 1, seconds: 1, method: VENDER });
    const answer = await client.call(VENDER);
    expect(answer).toEqual({
      error_response: { code: '32', zh_desc: expect.any(String), en_desc: expect.any(String) },
    });
    expect(await client.refusal(VENDER)).toBe('32');
    expect(await client.refusal(SKUS)).toBeUndefined();
    await client.faults({ kind: 'ban', p: 1, times: 1, seconds: 3_600, method: SKUS });
    expect(await client.refusal(SKUS)).toBe('2');
  });

  it('end a grant for a while with 19', async () => {
    await client.faults({ kind: 'revoked', p: 1, times: 1, seconds: 1, method: 'jingdong.vender.shop.query' });
    expect(await client.refusal('jingdong.vender.shop.query')).toBe('19');
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(await client.refusal('jingdong.vender.shop.query')).toBeUndefined();
  });
});

describe('a month of a shop', () => {
  it('is told by lists, after-sales and bills as it truly was, and the same after a restart', async () => {
    const { client: first, simulator, folder } = await startHere({ SIMULATOR_STORY_RATE: '1' });
    await first.control('POST', '/seed', {
      platform: 'jd',
      seed: 11,
      orders: 600,
      listings: 12,
      days: 12,
      stock: 5_000,
      mix: 'after-sales',
    });
    await first.control('POST', '/advance', { hours: 24 * 9 });
    const before = await seen(first);
    const truth = await first.truth('orders', `&platformShopId=${FLAGSHIP.shopId}`);
    const paid = truth.filter(({ state }) => state !== 'unpaid' && state !== 'deposit_paid');
    expect(before.size).toBe(paid.length);
    for (const order of paid) expect(before.get(order.platformOrderNo as string)).toBe(wordOf(order));
    const states = new Set(before.values());
    expect([...states]).toEqual(expect.arrayContaining(['FINISHED_L', 'TRADE_CANCELED', 'PARENT_TRADE_CANCELED']));
    expect(await afterSalesOf(first)).toEqual(
      new Set(
        (await first.truth('after-sales', `&platformShopId=${FLAGSHIP.shopId}`)).map((one) => String(one.refundNo)),
      ),
    );
    const bills = await first.truth('bills');
    expect(bills.length).toBeGreaterThan(100);
    await simulator.close();
    const { client: second, simulator: again } = await startHere({ SIMULATOR_DATA_DIR: folder });
    const after = await seen(second);
    for (const [no, state] of before) if (state === 'FINISHED_L') expect(after.get(no)).toBe(state);
    expect((await second.truth('bills')).slice(0, bills.length)).toEqual(bills);
    await again.close();
  }, 60_000);
});

describe('a restart', () => {
  it('keeps tokens, used codes and trade numbers, answers of the seller, numbers of labels and keys', async () => {
    const { client: first, simulator, folder } = await startHere();
    await first.control('POST', '/seed', { platform: 'jd', seed: 5, orders: 0, listings: 8, days: 1 });
    const no = (await first.order()).platformOrderNo as string;
    const memo = { order_id: no, flag: '1', remark: 'x', trade_no: 'once' };
    await first.inner('360buy.order.vender.remark.update', memo);
    await first.act(no, 'request-refund', {});
    const ask = { orderId: no, pageIndex: '1', pageSize: '1' };
    const list = async (of: Client): Promise<Answer> =>
      (await of.inner('jingdong.pop.afs.soa.refundapply.queryPageList', ask)).queryResult.result[0] as Answer;
    const reply = { id: (await list(first)).id as string, status: 10, checkUserName: 'a', remark: '等物流' };
    await first.inner('jingdong.pop.afs.soa.refundapply.replyRefund', reply);
    const voucherOf = async (of: Client): Promise<string> =>
      (await of.inner('jingdong.jos.voucher.info.get')).response.data.voucher as string;
    const keyOf = (voucher: string): unknown => JSON.parse(Buffer.from(voucher, 'base64url').toString());
    const voucher = keyOf(await voucherOf(first));
    const { items } = await first.control('GET', '/apps');
    await simulator.close();
    const { client: second, simulator: again } = await startHere({ SIMULATOR_DATA_DIR: folder });
    expect(await list(second)).toMatchObject({ status: 10, checkRemark: '等物流' });
    expect(await second.refusal('360buy.order.vender.remark.update', memo)).toBe('17');
    expect(keyOf(await voucherOf(second))).toEqual(voucher);
    expect((await second.control('GET', '/apps')).items).toEqual(items);
    await again.close();
  });
});

function wordOf(order: Answer): string | undefined {
  if (order.childOrderNos) return 'PARENT_TRADE_CANCELED';
  const isLocked = (order.refunds as Answer[]).some(
    ({ state, parts }) => parts && ['asked', 'agreed'].includes(state as string),
  );
  const words: Record<string, string> = {
    paid: isLocked ? 'LOCKED' : 'WAIT_SELLER_STOCK_OUT',
    paid_blocked: 'POP_ORDER_PAUSE',
    shipped: 'WAIT_GOODS_RECEIVE_CONFIRM',
    completed: 'FINISHED_L',
    closed: (order.notices as Answer[]).length > 0 ? 'DELIVERY_RETURN' : 'TRADE_CANCELED',
    cancelled: 'TRADE_CANCELED',
  };
  return words[order.state as string];
}

/** All orders of the last 25 days by creation time, with their states. */
async function seen(of: Client): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (let page = 1; ; page += 1) {
    const answer = await of.inner('jingdong.pop.order.enSearch', {
      start_date: await of.storyText(-25 * 86_400_000),
      end_date: await of.storyText(),
      dateType: 1,
      order_state: 'ALL',
      optional_fields: 'orderId,orderState',
      page: String(page),
      page_size: '100',
    });
    const rows = answer.searchorderinfo_result.orderInfoList as { orderId: string; orderState: string }[];
    for (const row of rows) found.set(row.orderId, row.orderState);
    if (rows.length < 100) return found;
  }
}

async function afterSalesOf(of: Client): Promise<Set<string>> {
  const numbers = new Set<string>();
  for (let page = 1; ; page += 1) {
    const ask = { pageIndex: String(page), pageSize: '50' };
    const { queryResult } = await of.inner('jingdong.pop.afs.soa.refundapply.queryPageList', ask);
    for (const one of queryResult.result as Answer[]) numbers.add(String(one.id));
    if ((queryResult.result as Answer[]).length < 50) break;
  }
  for (let page = 1; ; page += 1) {
    const { pageResult } = await of.inner('jingdong.asc.query.list', {
      buId: FLAGSHIP.shopId,
      operatePin: 'a',
      operateNick: 'a',
      pageNumber: page,
      pageSize: 50,
    });
    for (const one of pageResult.data as Answer[]) numbers.add(String(one.serviceId));
    if ((pageResult.data as Answer[]).length < 50) return numbers;
  }
}
