import { decode } from 'iconv-lite';
import type { Answer } from '../../../testing/harness';
import { FLAGSHIP, SECOND_SHOP, startHere, type Client } from '../testing/jd-client';

let client: Client;
let stop: () => Promise<void>;
let orderNo: string;
let day: string;

const DAY_SECONDS = 86_400;

async function complete(kinds: Answer = {}): Promise<string> {
  const order = await client.order(['TEE-RED-S', 'JEAN-RED-28'], kinds);
  const no = order.platformOrderNo as string;
  const more = { orderId: no, logiCoprId: '467', logiNo: `SF${no}` };
  await client.inner('jingdong.pop.order.shipment', more);
  await client.act(no, 'sign');
  await client.act(no, 'confirm');
  return no;
}

beforeAll(async () => {
  const { client: own, simulator } = await startHere({ SIMULATOR_STORY_RATE: '1' });
  client = own;
  stop = () => simulator.close();
  await client.control('POST', '/seed', { platform: 'jd', seed: 5, orders: 0, listings: 8, days: 1, stock: 1_000 });
  orderNo = await complete();
  day = (await client.storyText()).slice(0, 10);
  await client.control('POST', '/advance', { seconds: 2 * DAY_SECONDS });
});
afterAll(() => stop());
afterEach(() => client.faults());

const download = async (shopId: string, date = day): Promise<Response> =>
  fetch(`${client.base}/jd/back-office/settlement/${shopId}/${date}.csv`);
const linesOf = async (shopId: string, encoding: string, date = day): Promise<string[][]> => {
  const bytes = Buffer.from(await (await download(shopId, date)).arrayBuffer());
  return decode(bytes, encoding)
    .split('\r\n')
    .filter((line) => line !== '')
    .map((line) => line.split(','));
};
const fen = (text: string): number => Math.round(Number(text) * 100);

describe('the settlement file', () => {
  it('tells an order by SKU and fee, adding up to what truly moved', async () => {
    const [header, ...rows] = await linesOf(FLAGSHIP.shopId, 'gbk');
    expect(header).toHaveLength(25);
    const own = rows.filter((row) => row[0] === `\t${orderNo}`);
    const truth = (await client.truth('bills')).filter((row) => row.platformOrderNo === orderNo);
    const sums = (name: string): number =>
      own.filter((row) => row[12] === name).reduce((sum, row) => sum + fen(row[13]!), 0);
    expect(sums('货款')).toBe(truth.find(({ kind }) => kind === 'goods')!.billedFen);
    expect(sums('佣金')).toBe(truth.find(({ kind }) => kind === 'commission')!.billedFen);
    expect(own.filter((row) => row[12] === '货款')).toHaveLength(2);
    for (const row of own) {
      expect(row).toHaveLength(25);
      expect(row[14]).toBe(fen(row[13]!) < 0 ? '支出' : '收入');
      expect(row[17]! < row[18]!).toBe(true);
    }
  });

  it('is UTF-8 with a mark for every other vender', async () => {
    const bytes = Buffer.from(await (await download(SECOND_SHOP.shopId)).arrayBuffer());
    expect(bytes.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
  });

  it('is there from noon of the next day on, and not for nobody', async () => {
    const today = (await client.storyText()).slice(0, 10);
    expect((await download(FLAGSHIP.shopId, today)).status).toBe(404);
    expect((await download('1')).status).toBe(404);
    await client.faults({ kind: 'bill-not-ready', p: 1, times: 1 });
    expect((await download(FLAGSHIP.shopId)).status).toBe(404);
    expect((await download(FLAGSHIP.shopId)).status).toBe(200);
  });

  it('ends within a row when it is broken, and is whole the next time', async () => {
    await client.faults({ kind: 'bill-broken', p: 1, times: 1 });
    const broken = await linesOf(FLAGSHIP.shopId, 'gbk');
    const whole = await linesOf(FLAGSHIP.shopId, 'gbk');
    expect(broken.at(-1)!.length).toBeLessThan(25);
    expect(whole.at(-1)).toHaveLength(25);
  });

  it('shows planted differences, as the truth names them', async () => {
    await client.faults(
      { kind: 'bill-stranger', p: 1 },
      { kind: 'bill-fee-alone', p: 1 },
      { kind: 'bill-unknown', p: 1 },
      { kind: 'bill-amount', p: 1 },
    );
    const no = await complete();
    const date = (await client.storyText()).slice(0, 10);
    await client.control('POST', '/advance', { seconds: 2 * DAY_SECONDS });
    const rows = await linesOf(FLAGSHIP.shopId, 'gbk', date);
    const truth = (await client.truth('bills')).filter((row) => row.planted !== null);
    const goods = rows.filter((row) => row[0] === `\t${no}` && row[12] === '货款');
    const wrong = truth.find((row) => row.planted === 'bill-amount')!;
    expect(goods.reduce((sum, row) => sum + fen(row[13]!), 0)).toBe(wrong.billedFen);
    expect(wrong.billedFen).not.toBe(wrong.amountFen);
    const stranger = truth.find((row) => row.planted === 'bill-stranger')!;
    expect(rows.some((row) => row[0] === `\t${String(stranger.strangerOrderNo)}`)).toBe(true);
    expect(rows.some((row) => row[0] === '--' && row[12] === '综合违约金')).toBe(true);
    expect(rows.some((row) => ['账户调整', '系统调账', '业务调整单'].includes(row[12]!))).toBe(true);
  });
});

describe('charges by the gateway', () => {
  it('are the same rows, by order, with directions instead of signs', async () => {
    const span = { startDate: `${day} 00:00:00`, endDate: `${day} 23:59:59`, dateType: 1 };
    const answer = await client.inner('jingdong.pop.taurus.queryBillChargeListByCondition', span);
    const own = (answer.returnType.values as Answer[]).find((one) => String(one.orderId) === orderNo)!;
    const goods = (own.feeList as Answer[]).filter((fee) => fee.settleRemark === '货款');
    expect(goods.every((fee) => fee.direction === 1)).toBe(true);
    const truth = (await client.truth('bills')).find((row) => row.platformOrderNo === orderNo && row.kind === 'goods')!;
    expect(goods.reduce((sum, fee) => sum + Math.round((fee.money as number) * 100), 0)).toBe(truth.billedFen);
    expect(goods[0]!.detailId).toBe(truth.flowNo);
    const wide = { startDate: '2020-01-01 00:00:00', endDate: `${day} 00:00:00` };
    expect(await client.refusal('jingdong.pop.taurus.queryBillChargeListByCondition', wide)).toBe('61');
  });
});
