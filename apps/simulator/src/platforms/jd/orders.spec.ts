import { createDecipheriv } from 'node:crypto';
import type { Answer } from '../../testing/harness';
import * as recorded from './fixtures/sign-vectors.json';
import { decryptField, encryptField } from './tde';
import { FLAGSHIP, SECOND_SHOP, startHere, type Client } from './testing/jd-client';

let client: Client;
let stop: () => Promise<void>;

beforeAll(async () => {
  const { client: own, simulator } = await startHere({ SIMULATOR_STORY_RATE: '1' });
  client = own;
  stop = () => simulator.close();
  await client.control('POST', '/seed', {
    platform: 'jd',
    platformShopId: FLAGSHIP.shopId,
    seed: 3,
    orders: 400,
    listings: 20,
    days: 2,
    stock: 10_000,
  });
});
afterAll(() => stop());
afterEach(() => client.faults());

const FIELDS =
  'orderId,venderId,orderState,orderTotalPrice,orderSellerPrice,orderPayment,balanceUsed,freightPrice,sellerDiscount,' +
  'modified,orderStartTime,paymentConfirmTime,itemInfoList,couponDetailList,consigneeInfo,waybill,logisticsId,' +
  'parentOrderId,storeOrder,orderRemark,venderRemark,orderType';

const search = async (params: Answer): Promise<Answer> =>
  (
    await client.inner('jingdong.pop.order.enSearch', {
      order_state: 'ALL',
      optional_fields: 'orderId',
      page: '1',
      page_size: '100',
      ...params,
    })
  ).searchorderinfo_result as Answer;
const nos = (answer: Answer): string[] => (answer.orderInfoList as { orderId: string }[]).map((one) => one.orderId);
const detail = async (no: string, fields = FIELDS, method = 'jingdong.pop.order.enGet'): Promise<Answer> =>
  (await client.inner(method, { order_id: no, optional_fields: fields })).orderDetailInfo.orderInfo as Answer;

interface Window {
  start_date: string;
  end_date: string;
}
const windowOf = async (): Promise<Window> => ({
  start_date: await client.storyText(-72 * 3_600_000),
  end_date: await client.storyText(-1_000),
});

/** What the list must hold: orders that were paid, or cancelled, by the instant that the list is sorted by. */
async function truthIn(window: Window, field: 'modifiedAt' | 'placedAt'): Promise<Set<string>> {
  const orders = await client.truth('orders', `&platformShopId=${FLAGSHIP.shopId}`);
  const ms = (text: string): number => Date.parse(`${text.replace(' ', 'T')}+08:00`);
  return new Set(
    orders
      .filter(({ state }) => state !== 'unpaid' && state !== 'deposit_paid')
      .filter((order) => {
        const at = Date.parse(order[field] as string);
        return at >= ms(window.start_date) && at <= ms(window.end_date);
      })
      .map((order) => order.platformOrderNo as string),
  );
}

/** The naive client: from the first page on until a page is short. */
async function readForward(params: Answer, between: (page: number) => Promise<void>): Promise<Set<string>> {
  const seen = new Set<string>();
  for (let page = 1; ; page += 1) {
    const answer = await search({ ...params, page: String(page), page_size: '20' });
    for (const no of nos(answer)) seen.add(no);
    if (nos(answer).length < 20) return seen;
    await between(page);
  }
}

const nothing = async (): Promise<void> => undefined;

describe('lists', () => {
  it('hold every paid order of the window, by modified and by creation time, in both directions', async () => {
    const window = await windowOf();
    for (const [dateType, field] of [
      [0, 'modifiedAt'],
      [1, 'placedAt'],
    ] as const)
      for (const sortType of [0, 1]) {
        const seen = await readForward({ ...window, dateType, sortType }, nothing);
        expect(seen).toEqual(await truthIn(window, field));
        expect(seen.size).toBeGreaterThan(100);
      }
  });

  it('lose an order to a client that pages forward while another order moves', async () => {
    const window = await windowOf();
    const before = await truthIn(window, 'modifiedAt');
    const seen = await readForward({ ...window, dateType: 0, sortType: 0 }, async (page) => {
      if (page > 3) return;
      const [oldest] = nos(await search({ ...window, dateType: 0, sortType: 0, page_size: '1' }));
      await client.act(oldest!, 'edit');
    });
    const lost = [...before].filter((no) => !seen.has(no));
    expect(lost.length).toBeGreaterThan(0);
  });

  it('change their total when that happens, and the order that moved is in the window that follows', async () => {
    const window = await windowOf();
    const first = await search({ ...window, dateType: 0 });
    const [oldest] = nos(first);
    await client.act(oldest!, 'edit');
    const second = await search({ ...window, dateType: 0 });
    expect(second.orderTotal).toBe((first.orderTotal as number) - 1);
    const next = await search({ start_date: window.end_date, end_date: await client.storyText(1_000), dateType: 0 });
    expect(nos(next)).toContain(oldest);
  });

  it('lose an order to a client that follows creation times: it is listed when it was paid, where it was created', async () => {
    await client.control('PUT', '/clock', { storyRate: 1 });
    const placed = await client.order(['TEE-RED-S'], { paid: false });
    const no = placed.platformOrderNo as string;
    const start = await client.storyText(-5_000);
    await client.control('POST', '/advance', { seconds: 600 });
    const watermark = await client.storyText();
    const early = { start_date: start, end_date: watermark, dateType: 1 };
    expect(nos(await search(early))).not.toContain(no);
    await client.act(no, 'pay');
    const later = { start_date: watermark, end_date: await client.storyText(1_000), dateType: 1 };
    expect(nos(await search(later))).not.toContain(no);
    expect(nos(await search(early))).toContain(no);
    expect(nos(await search({ ...later, dateType: 0 }))).toContain(no);
  });

  it('answer an empty page behind page 100, and refuse pages over 100 rows and windows over a month', async () => {
    const window = await windowOf();
    const far = await search({ ...window, page: '101', page_size: '1' });
    expect(far.orderInfoList).toEqual([]);
    expect(far.orderTotal).toBeGreaterThan(101);
    const ask = (params: Answer): Promise<string | undefined> =>
      client.refusal('jingdong.pop.order.search', {
        order_state: 'ALL',
        optional_fields: 'orderId',
        page: '1',
        page_size: '100',
        ...window,
        ...params,
      });
    expect(await ask({ page_size: '101' })).toBe('61');
    expect(await ask({ start_date: await client.storyText(-31 * 86_400_000) })).toBe('61');
    expect(await ask({ optional_fields: '' })).toBe('68');
    expect(await ask({ order_state: '' })).toBe('60');
    expect(await ask({ order_state: 'PAID' })).toBe('61');
    expect(await ask({ start_date: '', end_date: '' })).toBe('60');
    expect(await ask({ start_date: '', end_date: '', order_state: 'WAIT_SELLER_STOCK_OUT' })).toBeUndefined();
  });

  it('leave rows out of each answer without a word (drop-row), by modified and by creation', async () => {
    const window = await windowOf();
    for (const dateType of [0, 1]) {
      await client.faults({ kind: 'drop-row', p: 0.2 });
      const holey = await search({ ...window, dateType });
      await client.faults();
      const whole = await search({ ...window, dateType });
      expect(holey.orderTotal).toBe(whole.orderTotal);
      expect(nos(holey).length).toBeLessThan(nos(whole).length);
    }
  });

  it('lose orders to forward paging when each page moves an order (page-shift), and restarting the window finds them', async () => {
    const window = { start_date: await client.storyText(-72 * 3_600_000), end_date: await client.storyText(-1_000) };
    const before = await truthIn(window, 'modifiedAt');
    await client.faults({ kind: 'page-shift', p: 1, times: 3 });
    const seen = await readForward({ ...window, dateType: 0, sortType: 0 }, nothing);
    expect([...before].filter((no) => !seen.has(no)).length).toBeGreaterThan(0);
    const again = await readForward({ ...window, dateType: 0, sortType: 0 }, nothing);
    expect(again).toEqual(await truthIn(window, 'modifiedAt'));
  });

  it('show an order later than it changed (delay-list)', async () => {
    await client.faults({ kind: 'delay-list', p: 1, seconds: 60 });
    const no = (await client.order()).platformOrderNo as string;
    const window = { start_date: await client.storyText(-5_000), end_date: await client.storyText(3_600_000) };
    expect(nos(await search({ ...window, dateType: 0 }))).not.toContain(no);
    await client.control('POST', '/advance', { seconds: 61 });
    expect(nos(await search({ ...window, dateType: 0 }))).toContain(no);
  });

  it('hide an order from lists by modified time alone (drop-from-modified)', async () => {
    await client.faults({ kind: 'drop-from-modified', p: 0.1 });
    const window = await windowOf();
    const modified = await readForward({ ...window, dateType: 0 }, nothing);
    const created = await readForward({ ...window, dateType: 1 }, nothing);
    const hidden = [...(await truthIn(window, 'modifiedAt'))].filter((no) => !modified.has(no));
    expect(hidden.length).toBeGreaterThan(0);
    expect(hidden.filter((no) => created.has(no)).length).toBeGreaterThan(0);
  });
});

describe('an order', () => {
  it('gives what optional_fields names and nothing else', async () => {
    const [no] = nos(await search(await windowOf()));
    expect(Object.keys(await detail(no!, 'orderState,modified')).sort()).toEqual(['modified', 'orderState']);
  });

  it('adds up: what was paid is orderPayment and the balance; lines come from the amounts call', async () => {
    const orders = (await client.truth('orders', `&platformShopId=${FLAGSHIP.shopId}`)).filter(
      ({ paidAt, lines }) => paidAt !== undefined && (lines as Answer[]).length > 1,
    );
    const fen = (text: unknown): number => Math.round(Number(text) * 100);
    let balances = 0;
    for (const order of orders.slice(0, 60)) {
      const own = await detail(order.platformOrderNo as string);
      expect(fen(own.orderPayment) + fen(own.balanceUsed)).toBe(order.payableFen);
      expect(fen(own.orderTotalPrice)).toBe(order.amounts.goodsFen);
      expect(fen(own.sellerDiscount)).toBe(order.amounts.lineDiscountFen + order.amounts.shopDiscountFen);
      balances += fen(own.balanceUsed) > 0 ? 1 : 0;
      const { orderSplitAmountResult: rows } = await client.inner('jingdong.queryOrderSplitAmountByQueryArr', {
        id: order.platformOrderNo as string,
        queryTypes: 'all',
        systemName: 'x',
        systemKey: 'y',
      });
      expect((rows as Answer[]).map((row) => fen(row.amountPayable) + fen(row.moneyBalance))).toEqual(
        (order.lines as Answer[]).map((line) => line.paidFen as number),
      );
    }
    expect(balances).toBeGreaterThan(0);
  });

  it('is moved by its state and its waybills, not by memo, remark or address', async () => {
    const placed = await client.order();
    const no = placed.platformOrderNo as string;
    const before = (await detail(no)).modified as string;
    await client.control('POST', '/advance', { seconds: 100 });
    await client.inner('jingdong.pop.order.modifyVenderRemark', { order_id: no, flag: '3', remark: '发顺丰' });
    await client.act(no, 'change-address', { detail: '新址1号' });
    await client.act(no, 'memo', { actor: 'buyer', memo: '快点' });
    const same = await detail(no);
    expect(same).toMatchObject({ modified: before, venderRemark: '发顺丰', orderRemark: '快点' });
    await client.act(no, 'forbid');
    const held = await detail(no);
    expect(held.orderState).toBe('POP_ORDER_PAUSE');
    expect(held.modified > before).toBe(true);
  });

  it('is split into children that share its lines and its money; the parent ends without a refund', async () => {
    const placed = await client.order(['TEE-RED-S', 'JEAN-RED-28', 'MUG-RED-350ml'], {
      freightFen: 600,
      shopDiscountFen: 1_001,
      platformDiscountFen: 333,
    });
    const no = placed.platformOrderNo as string;
    await client.act(no, 'split');
    expect((await detail(no)).orderState).toBe('PARENT_TRADE_CANCELED');
    const children = (await client.truth('orders')).filter(({ parentOrderNo }) => parentOrderNo === no);
    expect(children.map(({ lines }) => (lines as Answer[]).length)).toEqual([1, 2]);
    expect(children.reduce((sum, child) => sum + (child.payableFen as number), 0)).toBe(placed.payableFen);
    for (const child of children) {
      const own = await detail(child.platformOrderNo as string);
      expect(own).toMatchObject({ parentOrderId: no, orderState: 'WAIT_SELLER_STOCK_OUT' });
    }
  });

  it('puts the district of a municipality into city and its street into county', async () => {
    const receiver = { state: '北京', city: '北京市', district: '朝阳区', town: '望京街道', detail: '1号院' };
    const placed = await client.order(['TEE-RED-S'], { receiver });
    const { consigneeInfo } = await detail(placed.platformOrderNo as string);
    expect(consigneeInfo).toMatchObject({ province: '北京', city: '朝阳区', county: '望京街道', town: '' });
  });

  it('from a warehouse of JD says so, and lays raw fields of a test over the answer', async () => {
    const placed = await client.order(['TEE-RED-S'], { kind: 'platform_shipped' });
    const no = placed.platformOrderNo as string;
    expect((await detail(no)).storeOrder).toBe('京仓订单');
    await client.act(no, 'edit', { raw: { orderState: 'SOMETHING_NEW', newField: '\ud83d' } });
    expect(await detail(no)).toMatchObject({ orderState: 'SOMETHING_NEW', newField: '\ud83d' });
  });
});

describe('receivers', () => {
  it('reproduce the recorded cipher texts', () => {
    const key = {
      id: Buffer.from(recorded.tde.keyIdBase64, 'base64'),
      bytes: Buffer.from(recorded.tde.keyStringBase64, 'base64'),
    };
    for (const { plain, cipherBase64 } of recorded.tde.samples) {
      expect(decryptField(key, cipherBase64)).toBe(plain);
      const iv = Buffer.from(cipherBase64, 'base64').subarray(18, 34);
      expect(encryptField(key, iv, plain)).toBe(cipherBase64);
    }
  });

  it('are masked in the plain call, cipher text in the other, and clear with the key that the platform hands out', async () => {
    const placed = await client.order();
    const no = placed.platformOrderNo as string;
    const masked = (await detail(no, 'consigneeInfo', 'jingdong.pop.order.get')).consigneeInfo as Answer;
    expect(masked.fullname).toBe(`${[...(placed.receiver.name as string)][0]}*`);
    expect(masked.mobile).toMatch(/^1\d\d\*{4}\d{4}$/);
    const { fullname } = (await detail(no)).consigneeInfo as { fullname: string };
    expect(fullname.startsWith('AAQ')).toBe(true);
    const { response } = await client.inner('jingdong.jos.voucher.info.get', {});
    const { data } = JSON.parse(Buffer.from(response.data.voucher as string, 'base64url').toString()) as {
      data: { id: string; key: string };
    };
    const ts = Date.parse('2026-11-22T08:00:00Z');
    const { createHmac } = await import('node:crypto');
    const text = JSON.stringify({ sdk_ver: 2, ts, tid: data.id });
    const sig = createHmac('sha256', Buffer.from(data.key, 'base64')).update(text).digest('base64');
    const ask = { sig, sdk_ver: 2, ts, tid: data.id };
    const keys = (await client.inner('jingdong.jos.master.key.get', ask)).response as Answer;
    expect(keys.status_code).toBe(0);
    const key = keys.service_key_list[0].keys[0] as { id: string; key_string: string };
    const bytes = Buffer.from(fullname, 'base64');
    expect(bytes.subarray(2, 18).toString('base64')).toBe(key.id);
    const aes = Buffer.from(key.key_string, 'base64').subarray(0, 16);
    const open = createDecipheriv('aes-128-cbc', aes, bytes.subarray(18, 34));
    expect(Buffer.concat([open.update(bytes.subarray(34)), open.final()]).toString()).toBe(placed.receiver.name);
    const wrong = await client.inner('jingdong.jos.master.key.get', { ...ask, sig: 'AAAA' });
    expect(wrong.response.status_code).not.toBe(0);
  });

  it('are decrypted by oaid until the address changes, for a quota, and never for another shop', async () => {
    const placed = await client.order();
    const no = placed.platformOrderNo as string;
    const { oaid } = (await detail(no)).consigneeInfo as { oaid: string };
    const ask = async (token = FLAGSHIP.token): Promise<Answer> =>
      (
        await client.inner(
          'jingdong.jos.order.oaid.decrypt',
          { getReceiverInfoListReqVO: { appName: 'x', scenesType: 1001, orderInfos: [{ orderId: no, oaid }] } },
          { token },
        )
      ).returnType as Answer;
    expect(await ask()).toMatchObject({
      code: 0,
      data: [{ customerName: placed.receiver.name, privacyProtection: true }],
    });
    expect((await ask(SECOND_SHOP.token)).code).not.toBe(0);
    await client.act(no, 'change-address', { detail: '新址9号' });
    expect((await ask()).code).not.toBe(0);
  });
});
