import { decode } from 'iconv-lite';
import type { Answer } from '../../../testing/harness';
import { SHOP, startHere, type Client } from '../testing/pinduoduo-client';

let client: Client;
let stop: () => Promise<void>;
const DAY = 86_400_000;

beforeAll(async () => {
  const { client: own, simulator } = await startHere({ SIMULATOR_STORY_RATE: '1' });
  client = own;
  stop = () => simulator.close();
  await client.control('POST', '/seed', {
    platform: 'pinduoduo',
    seed: 5,
    orders: 300,
    listings: 20,
    days: 12,
    stock: 5_000,
  });
  await client.control('POST', '/advance', { hours: 24 * 4 });
});
afterAll(() => stop());
afterEach(() => client.faults());

/** The day that began so many days ago, as the platform writes it. */
const dayAgo = async (days: number): Promise<string> =>
  new Date((await client.storyMs()) - days * DAY + 8 * 3_600_000).toISOString().slice(0, 10);

const address = async (date: string): Promise<string> =>
  (await client.call('pdd.finance.balance.daily.bill.url.get', { bill_date: date }))
    .finance_balance_daily_bill_url_get_response.download_url as string;

const download = async (date: string): Promise<string[]> => {
  const response = await fetch(await address(date));
  expect(response.status).toBe(200);
  const text = decode(Buffer.from(await response.arrayBuffer()), 'gb18030');
  expect(text.endsWith('\r\n')).toBe(true);
  return text.slice(0, -2).split('\r\n');
};

const fen = (yuan: string): number => Math.round(Number(yuan) * 100);

interface Row {
  orderNo: string;
  at: string;
  fen: number;
  code: string;
}

const rowsOf = (lines: readonly string[]): Row[] =>
  lines.slice(5, -2).map((line) => {
    const [orderNo, at, income, expense, , , description] = line.split(',') as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    return { orderNo, at, fen: fen(income) + fen(expense), code: description.slice(0, 7) };
  });

async function truthOf(date: string): Promise<Answer[]> {
  const rows = await client.truth('bills', `&platformShopId=${SHOP.shopId}`);
  return rows.filter((row) => (row.at as string).startsWith(date) && !row.isDropped);
}

describe('the bill of a day', () => {
  it('has four lines, the header in the fifth, the rows of the truth, and two sums', async () => {
    let seen = 0;
    for (let days = 2; days < 9; days += 1) {
      const date = await dayAgo(days);
      const lines = await download(date);
      expect(lines[0]).toBe('拼多多店铺账务明细查询');
      expect(lines[2]).toBe(`起始时间：${date} 00:00:00  终止时间：${date} 23:59:59`);
      expect(lines[4]).toBe('商户订单号,发生时间,收入金额（+元）,支出金额（-元）,账务类型,备注,业务描述');
      const rows = rowsOf(lines);
      const truth = await truthOf(date);
      const text = (order: string | null, amount: number): string => `${order ?? ''}|${amount}`;
      expect(rows.map((row) => text(row.orderNo, row.fen)).sort()).toEqual(
        truth.map((row) => text(row.platformOrderNo as string | null, row.billedFen as number)).sort(),
      );
      const total = (sign: number): number =>
        rows.filter((row) => row.fen * sign > 0).reduce((sum, row) => sum + row.fen, 0);
      expect(lines.at(-2)).toMatch(new RegExp(`^#收入合计：\\d+笔${(total(1) / 100).toFixed(2)}元$`));
      expect(lines.at(-1)).toMatch(new RegExp(`^#支出合计：\\d+笔${(total(-1) / 100).toFixed(2)}元$`));
      seen += rows.length;
    }
    expect(seen).toBeGreaterThan(50);
  });

  it('pays the platform’s own discount beside the payment, takes 0.6 %, and takes the discount back with the whole payment', async () => {
    const order = await client.order(['TEE-RED-S'], { platformDiscountFen: 300 });
    const no = order.platformOrderNo as string;
    await client.act(no, 'ship-elsewhere');
    await client.act(no, 'sign');
    await client.act(no, 'confirm');
    await client.control('POST', '/advance', { seconds: 60 });
    await client.act(no, 'request-refund');
    await client.act(no, 'grant-refund');
    await client.control('POST', '/advance', { hours: 48 });
    const truth = (await client.truth('bills')).filter((row) => row.platformOrderNo === no);
    const paid = order.payableFen as number;
    const codes = new Map<string, number>();
    for (const date of new Set(truth.map((row) => (row.at as string).slice(0, 10))))
      for (const row of rowsOf(await download(date))) if (row.orderNo === no) codes.set(row.code, row.fen);
    codes.delete('0050002');
    expect(Object.fromEntries(codes)).toEqual({
      '0010002': paid,
      '0010005': 300,
      '0030002': -Math.floor((paid * 60 + 5_000) / 10_000),
      '0020002': -paid,
      '0020005': -300,
    });
  });

  it('is not there before the next morning, or a day late by a fault, and its address dies after five minutes', async () => {
    const refusal = async (date: string): Promise<string> =>
      (await client.refusal('pdd.finance.balance.daily.bill.url.get', { bill_date: date }))[1];
    expect(await refusal(await dayAgo(0))).toBe('账单尚未生成');
    expect((await client.refusal('pdd.finance.balance.daily.bill.url.get', { bill_date: '2026-02-30' }))[0]).toBe(
      10_000,
    );
    const date = await dayAgo(3);
    await client.faults({ kind: 'bill-not-ready', p: 1, times: 1 });
    expect(await refusal(date)).toBe('账单尚未生成');
    const url = await address(date);
    expect((await fetch(url.replace(SHOP.shopId, '100200302'))).status).toBe(403);
    await client.control('PUT', '/clock', {
      platform: 'pinduoduo',
      wire: new Date(Date.now() + 301_000).toISOString(),
    });
    expect((await fetch(url)).status).toBe(403);
    await client.control('PUT', '/clock', { platform: 'pinduoduo', wire: 'real' });
    expect((await fetch(url)).status).toBe(200);
  });

  it('contradicts itself when it is broken, once', async () => {
    for (let days = 2; days < 8; days += 1) {
      const date = await dayAgo(days);
      const whole = await download(date);
      await client.faults({ kind: 'bill-broken', p: 1, times: 1 });
      const broken = await download(date);
      expect(broken).not.toEqual(whole);
      expect(await download(date)).toEqual(whole);
    }
  });
});

describe('planted differences', () => {
  it('stand in the bill as the truth tells them', async () => {
    const kinds = ['bill-amount', 'bill-drop', 'bill-twice', 'bill-stranger', 'bill-deposit', 'bill-unknown'] as const;
    await client.faults(...kinds.map((kind) => ({ kind, p: 0.4 })));
    for (let n = 0; n < 12; n += 1) {
      const no = (await client.order(['TEE-RED-M'], { buyer: n, platformDiscountFen: 200 })).platformOrderNo as string;
      for (const act of ['ship-elsewhere', 'sign', 'confirm']) await client.act(no, act);
    }
    await client.faults();
    await client.control('POST', '/advance', { hours: 48 });
    const truth = (await client.truth('bills', `&platformShopId=${SHOP.shopId}`)).filter((row) => row.planted);
    expect(new Set(truth.map((row) => row.planted)).size).toBeGreaterThan(3);
    for (const date of new Set(truth.map((row) => (row.at as string).slice(0, 10)))) {
      const rows = rowsOf(await download(date));
      for (const row of truth.filter((one) => (one.at as string).startsWith(date))) {
        const order = (row.strangerOrderNo ?? row.platformOrderNo ?? '') as string;
        const found = rows.filter((one) => one.orderNo === order && one.fen === row.billedFen);
        expect(found.length > 0).toBe(!row.isDropped);
      }
    }
  });
});
