import type { Answer } from '../../../testing/harness';
import { FLAGSHIP, startHere, type Client } from '../testing/douyin-client';

let client: Client;
let stop: () => Promise<void>;
let from: string;
let to: string;
let truth: Answer[];

const text = (ms: number): string => new Date(ms + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');

beforeAll(async () => {
  const { client: own, simulator } = await startHere();
  client = own;
  stop = () => simulator.close();
  await client.faults(
    { kind: 'bill-amount', p: 0.04 },
    { kind: 'bill-fee', p: 0.04 },
    { kind: 'bill-drop', p: 0.04 },
    { kind: 'bill-twice', p: 0.04 },
    { kind: 'bill-stranger', p: 0.04 },
    { kind: 'bill-unknown', p: 0.04 },
    { kind: 'bill-deposit', p: 0.04 },
    { kind: 'bill-fee-alone', p: 0.04 },
  );
  await client.control('POST', '/seed', {
    platform: 'douyin',
    platformShopId: FLAGSHIP.shopId,
    seed: 9,
    orders: 300,
    listings: 20,
    days: 15,
    stock: 10_000,
    mix: 'after-sales',
  });
  await client.faults();
  const now = await client.storyMs();
  from = text(now - 16 * 86_400_000);
  to = text(now);
  truth = (await client.truth('bills', `&platformShopId=${FLAGSHIP.shopId}`)).filter((row) => !row.isPending);
});
afterAll(() => stop());
afterEach(() => client.faults());

/** All pages by cursor. */
async function readAll(method: string, size: number, isTimeMoved = true): Promise<Answer[]> {
  const rows: Answer[] = [];
  let start = from;
  let index = '';
  for (let page = 0; page < 200; page += 1) {
    const answer = await client.data(method, { start_time: start, end_time: to, size, start_index: index });
    expect(answer.code).toBe('100000');
    rows.push(...(answer.data as Answer[]));
    if (answer.is_end === 1) return rows;
    index = answer.next_start_index as string;
    if (isTimeMoved) start = answer.next_start_time as string;
  }
  return rows;
}

/** Days that are over long enough. */
async function readyTruth(): Promise<Answer[]> {
  const now = await client.storyMs();
  return truth.filter((row) => {
    const day = Date.parse(`${(row.at as string).slice(0, 10)}T00:00:00+08:00`);
    return now >= day + 36 * 3_600_000;
  });
}

const sum = (rows: readonly number[]): number => rows.reduce((all, one) => all + one, 0);

describe('settlement lines', () => {
  it('add up per order to what the platform billed, fees included', async () => {
    const rows = await readAll('order.getSettleBillDetailV3', 100);
    expect(rows.length).toBeGreaterThan(100);
    expect(new Set(rows.map((row) => row.request_no)).size).toBe(rows.length);
    for (const row of rows) {
      expect(row.total_outcome).toBeGreaterThanOrEqual(0);
      expect(row.settle_amount).toBe(row.total_income - row.total_outcome);
    }
    const ready = await readyTruth();
    const inside = ['goods', 'commission', 'points', 'software_fee', 'refund', 'platform_discount'];
    const orders = new Set(ready.map((row) => row.platformOrderNo).filter((no) => no !== null));
    for (const no of orders) {
      const told = rows.filter((row) => row.shop_order_id === no);
      const billed = ready.filter(
        (row) =>
          row.platformOrderNo === no &&
          inside.includes(row.kind as string) &&
          !(row.kind === 'platform_discount' && row.billedFen < 0),
      );
      expect(sum(told.map((row) => row.settle_amount as number))).toBe(
        sum(billed.map((row) => row.billedFen as number)),
      );
    }
    expect(rows.some((row) => row.trade_type === 1 && row.settle_amount < 0)).toBe(true);
    expect(rows.some((row) => row.shop_order_id !== row.order_id)).toBe(true);
  });

  it('repeat themselves to a client that keeps its start time while it moves the index', async () => {
    const whole = await readAll('order.getSettleBillDetailV3', 20);
    const naive = await readAll('order.getSettleBillDetailV3', 20, false);
    const distinct = (rows: Answer[]): number => new Set(rows.map((row) => row.request_no)).size;
    expect(distinct(whole)).toBe(whole.length);
    expect(distinct(naive)).toBeLessThan(whole.length);
  });

  it('need a span or orders, and do not show a day that is not made yet', async () => {
    expect(await client.refusal('order.getSettleBillDetailV3', { size: 10 })).toMatch(/^40002/);
    const today = text(await client.storyMs()).slice(0, 10);
    const answer = await client.data('order.getSettleBillDetailV3', {
      start_time: `${today} 00:00:00`,
      end_time: `${today} 23:59:59`,
      size: 100,
    });
    expect(answer).toMatchObject({ data_size: 0, is_end: 1, data: [] });
    const [row] = await readAll('order.getSettleBillDetailV3', 100);
    const one = await client.data('order.getSettleBillDetailV3', { order_id: row!.order_id, size: 10 });
    expect((one.data as Answer[]).map((each) => each.request_no)).toContain(row!.request_no);
  });

  it('come late, or without a row that they count, when told to', async () => {
    const params = { start_time: from, end_time: to, size: 100 };
    await client.faults({ kind: 'bill-not-ready', p: 1, times: 1 }, { kind: 'bill-broken', p: 1, times: 1 });
    expect((await client.data('order.getSettleBillDetailV3', params)).code).toBe('100015');
    const broken = await client.data('order.getSettleBillDetailV3', params);
    expect(broken.data).toHaveLength(broken.data_size - 1);
  });
});

describe('the account’s movements', () => {
  it('add up to everything that the platform billed', async () => {
    const rows = await readAll('order.getShopAccountItem', 1_000);
    const signed = rows.map((row) => (row.fund_flow === 1 ? -1 : 1) * row.account_amount);
    expect(sum(signed)).toBe(sum((await readyTruth()).map((row) => row.billedFen as number)));
    expect(new Set(rows.map((row) => row.account_trade_no)).size).toBe(rows.length);
    const tagsSeen = new Set(rows.map((row) => row.account_bill_desc_tag as number));
    for (const tag of [3, 19, 20]) expect(tagsSeen).toContain(tag);
  });

  it('name every planted difference that is no settlement', async () => {
    const rows = await readAll('order.getShopAccountItem', 1_000);
    const ready = await readyTruth();
    for (const [kind, tag] of [
      ['bill-deposit', 10],
      ['bill-unknown', 99],
      ['bill-fee-alone', 21],
    ] as const) {
      const planted = ready.filter((row) => row.planted === kind);
      expect(planted.length).toBeGreaterThan(0);
      for (const row of planted)
        expect(rows).toContainEqual(
          expect.objectContaining({ account_trade_no: row.flowNo, account_bill_desc_tag: tag }),
        );
    }
    const strangers = ready.filter((row) => row.planted === 'bill-stranger');
    for (const row of strangers)
      expect(rows).toContainEqual(expect.objectContaining({ shop_order_id: row.strangerOrderNo }));
  });
});

describe('the files', () => {
  it('are made after the first poll, at an address that lives an hour', async () => {
    const params = { start_time: from, end_time: to };
    const { download_id: id } = await client.data('order.downloadSettleItemToShop', params);
    expect((await client.data('order.downloadToShop', { download_id: id })).code).toBe('100015');
    const ready = await client.data('order.downloadToShop', { download_id: id });
    expect(ready.code).toBe('100000');
    const bytes = Buffer.from(await (await fetch(ready.url as string)).arrayBuffer());
    expect(bytes.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
    const lines = bytes.toString('utf8').trim().split('\r\n');
    expect(lines).toHaveLength((await readAll('order.getSettleBillDetailV3', 100)).length + 1);
    const forged = (ready.url as string).replace(/x-expires=\d+/, 'x-expires=9999999999');
    expect((await fetch(forged)).status).toBe(403);
    expect((await client.data('order.downloadToShop', { download_id: 'DL1' })).code).toBe('100002');
  });
});
