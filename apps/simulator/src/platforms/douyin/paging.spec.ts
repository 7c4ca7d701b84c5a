import type { Answer } from '../../testing/harness';
import { FLAGSHIP, startHere, type Client } from './testing/douyin-client';

let client: Client;
let stop: () => Promise<void>;

beforeAll(async () => {
  const { client: own, simulator } = await startHere();
  client = own;
  stop = () => simulator.close();
  await client.control('POST', '/seed', {
    platform: 'douyin',
    platformShopId: FLAGSHIP.shopId,
    seed: 3,
    orders: 200,
    listings: 20,
    days: 2,
    stock: 10_000,
  });
});
afterAll(() => stop());
afterEach(() => client.faults());

const DAY = 86_400;
const list = (params: Answer): Promise<Answer> => client.data('order.searchList', { page: 0, size: 100, ...params });
const numbers = (answer: Answer): string[] =>
  (answer.shop_order_list as { order_id: string }[]).map((order) => order.order_id);

interface Window {
  update_time_start: number;
  update_time_end: number;
}

const windowOf = async (): Promise<Window> => ({
  update_time_start: await client.storySeconds(-DAY),
  update_time_end: await client.storySeconds(0),
});

async function truthIn(window: Window): Promise<Set<string>> {
  const orders = await client.truth('orders', `&platformShopId=${FLAGSHIP.shopId}`);
  const at = (order: Answer): number => Date.parse(order.modifiedAt as string) / 1_000;
  return new Set(
    orders
      .filter((order) => at(order) >= window.update_time_start && at(order) < window.update_time_end)
      .map((order) => order.platformOrderNo as string),
  );
}

/** Reads all pages from the first to the last; something happens between two of them. */
async function readForward(params: Answer, between: (page: number) => Promise<void>): Promise<Set<string>> {
  const seen = new Set<string>();
  for (let page = 0; ; page += 1) {
    const answer = await list({ ...params, page, size: 20 });
    for (const no of numbers(answer)) seen.add(no);
    if ((page + 1) * 20 >= (answer.total as number)) return seen;
    await between(page);
  }
}

/** A listed order is changed, so that it leaves a window that is over. */
async function changeFirst(params: Answer): Promise<void> {
  const [first] = numbers(await list({ ...params, page: 0, size: 1 }));
  await client.act(first!, 'edit');
}

const lostOf = (before: Set<string>, after: Set<string>, seen: Set<string>): string[] =>
  [...before].filter((no) => after.has(no) && !seen.has(no));

describe('paging while orders change', () => {
  it('loses orders to a client that pages an ascending list forward without watching the total', async () => {
    const window = await windowOf();
    const params = { ...window, order_by: 'update_time', order_asc: true };
    const before = await truthIn(window);
    const seen = await readForward(params, () => changeFirst(params));
    expect(before.size).toBeGreaterThan(60);
    expect(lostOf(before, await truthIn(window), seen).length).toBeGreaterThan(0);
  });

  it('loses none to a client that begins the window again whenever the total changes', async () => {
    const window = await windowOf();
    const params = { ...window, order_by: 'update_time', order_asc: true };
    let changes = 3;
    const seen = new Set<string>();
    for (let page = 0, total: number | undefined; ; page += 1) {
      const answer = await list({ ...params, page, size: 20 });
      for (const no of numbers(answer)) seen.add(no);
      if (total !== undefined && answer.total !== total) page = -1;
      total = answer.total as number;
      if (page >= 0 && (page + 1) * 20 >= total) break;
      if (changes > 0) {
        changes -= 1;
        await changeFirst(params);
      }
    }
    expect([...(await truthIn(window))].filter((no) => !seen.has(no))).toEqual([]);
  });

  it('loses orders to a client that filters by update and leaves the sort at its default', async () => {
    const window = await windowOf();
    const before = await truthIn(window);
    const seen = await readForward({ ...window }, () => changeFirst({ ...window }));
    expect(lostOf(before, await truthIn(window), seen).length).toBeGreaterThan(0);
    const [newest, next] = (await list({ ...window })).shop_order_list as Answer[];
    expect(newest!.create_time).toBeGreaterThanOrEqual(next!.create_time as number);
  });

  it('shifts rows by itself when page-shift is injected', async () => {
    const window = await windowOf();
    const before = await truthIn(window);
    await client.faults({ kind: 'page-shift', p: 1 });
    const seen = await readForward({ ...window, order_by: 'update_time', order_asc: true }, async () => undefined);
    await client.faults();
    expect(lostOf(before, await truthIn(window), seen).length).toBeGreaterThan(0);
  });
});

describe('the rules of the order list', () => {
  const refusal = (params: Answer): Promise<string | undefined> =>
    client.refusal('order.searchList', { page: 0, size: 10, ...params });

  it('refuses what the sheet says is refused', async () => {
    const start = await client.storySeconds(-3_600);
    expect(await refusal({})).toBe('40004 isv.parameter-invalid:20011');
    expect(await refusal({ create_time_start: start, size: 101 })).toBe('40004 isv.parameter-invalid:20008');
    expect(await refusal({ create_time_start: start, page: -1 })).toBe('40004 isv.parameter-invalid:10035');
    expect(await refusal({ create_time_start: start, page: 501, size: 100 })).toBe('40004 isv.parameter-invalid:20013');
    expect(await refusal({ create_time_start: start - 91 * DAY })).toBe('40004 isv.parameter-invalid:20022');
    const two = [{ order_status: '2' }, { order_status: '3' }];
    expect(await refusal({ create_time_start: start, combine_status: two })).toBe('40004 isv.parameter-invalid:20012');
  });

  it('hides a changed order from a pull by update time when it was created more than 90 days ago', async () => {
    const { client: other, simulator } = await startHere();
    await other.control('POST', '/seed', { platform: 'douyin', seed: 4, orders: 0, listings: 8, days: 1 });
    const { platformOrderNo: old } = await other.order();
    await other.control('POST', '/advance', { hours: 91 * 24 });
    const { platformOrderNo: young } = await other.order();
    await other.act(old as string, 'edit');
    const answer = await other.data('order.searchList', {
      page: 0,
      size: 100,
      update_time_start: await other.storySeconds(-3_600),
      order_by: 'update_time',
    });
    expect(numbers(answer)).toContain(young);
    expect(numbers(answer)).not.toContain(old);
    await simulator.close();
  });

  it('filters by several statuses in one element, and leaves the end of a window out', async () => {
    const { platformOrderNo: no } = await client.order();
    const created = (await client.data('order.orderDetail', { shop_order_id: no })).shop_order_detail
      .create_time as number;
    const of = async (params: Answer): Promise<string[]> =>
      numbers(await list({ create_time_start: created, ...params }));
    expect(await of({ combine_status: [{ order_status: '2,101' }] })).toContain(no);
    expect(await of({ combine_status: [{ order_status: '3,5' }] })).not.toContain(no);
    expect(await of({ create_time_end: created })).not.toContain(no);
    expect(await of({ create_time_end: created + 1 })).toContain(no);
  });

  it('names the first line like its order and the others by numbers of their own', async () => {
    const placed = await client.order(['TEE-RED-S', 'TEE-RED-M'], { freightFen: 601, platformDiscountFen: 333 });
    const { shop_order_detail: order } = await client.data('order.orderDetail', {
      shop_order_id: placed.platformOrderNo,
    });
    const lines = order.sku_order_list as Answer[];
    expect(lines.map((line) => line.order_id === order.order_id)).toEqual([true, false]);
    const sum = (field: string): number => lines.reduce((all, line) => all + (line[field] as number), 0);
    for (const field of ['pay_amount', 'post_amount', 'order_amount', 'promotion_amount', 'platform_cost_amount'])
      expect(sum(field)).toBe(order[field]);
    expect(order.pay_amount).toBe(placed.payableFen);
    expect(order.order_amount - order.promotion_amount).toBe(order.pay_amount);
    expect(order.promotion_shop_amount + order.promotion_platform_amount + order.promotion_talent_amount).toBe(
      order.promotion_amount,
    );
    expect(order.platform_cost_amount).toBe(333);
  });

  it('says who issued a promotion and who pays it, which are not always the same', async () => {
    const all = (await list({ create_time_start: await client.storySeconds(-3 * DAY) })).shop_order_list as Answer[];
    const differ = all.filter((order) => order.platform_cost_amount !== order.promotion_platform_amount);
    expect(differ.length).toBeGreaterThan(0);
  });

  it('tells of presales, virtual goods, price differences, reviewed and platform-shipped orders', async () => {
    const of = async (kind: string, code: string): Promise<Answer> => {
      const { platformOrderNo: no } = await client.order([code], { kind });
      return (await client.data('order.orderDetail', { shop_order_id: no })).shop_order_detail as Answer;
    };
    expect((await of('presale', 'TEE-RED-S')).main_status).toBe(103);
    expect(await of('blocked', 'TEE-RED-S')).toMatchObject({ order_status: 105, main_status: 105 });
    expect((await of('virtual', 'CARD-100')).order_type).toBe(2);
    expect((await of('price_difference', 'PRICE-DIFF')).sku_order_list[0].trade_type).toBe(103);
    const line = (await of('platform_shipped', 'TEE-RED-S')).sku_order_list[0] as Answer;
    expect(line.inventory_list[0].warehouse_type).toBe(2);
  });
});

describe('census faults', () => {
  it('leaves list rows out without changing the total, and counts each', async () => {
    await client.faults({ kind: 'drop-row', p: 0.3 });
    const answer = await list({ create_time_start: await client.storySeconds(-3 * DAY) });
    await client.faults();
    const { items } = await client.control('GET', '/faults');
    const injected = (items as Answer[]).find((fault) => fault.kind === 'drop-row')!.injected as number;
    expect(injected).toBeGreaterThan(0);
    expect(numbers(answer).length).toBe(Math.min(100, answer.total as number) - injected);
  });

  it('keeps an order out of every list by update time but in those by creation', async () => {
    await client.faults({ kind: 'drop-from-modified', p: 0.2 });
    const window = await windowOf();
    const start = { create_time_start: await client.storySeconds(-3 * DAY) };
    const dropped = await list({ ...window });
    const created = await list(start);
    await client.faults();
    expect(dropped.total).toBeLessThan((await list({ ...window })).total as number);
    expect(created.total).toBe((await list(start)).total);
  });
});

describe('products', () => {
  it('count pages from 1 and leave both ends of the update range out', async () => {
    const first = await client.data('product.listV2', { page: 1, size: 5 });
    const second = await client.data('product.listV2', { page: 2, size: 5 });
    const ids = (answer: Answer): string[] => (answer.data as Answer[]).map((row) => String(row.product_id));
    expect(new Set([...ids(first), ...ids(second)]).size).toBe(10);
    expect(await client.refusal('product.listV2', { page: 0, size: 5 })).toMatch(/^40004/);
    const at = first.data[0].update_time as number;
    const of = async (from: number, to: number): Promise<string[]> =>
      ids(await client.data('product.listV2', { page: 1, size: 100, update_start_time: from, update_end_time: to }));
    expect(await of(at - 1, at + 1)).toContain(ids(first)[0]);
    expect(await of(at, at + 1)).not.toContain(ids(first)[0]);
    expect(await of(at - 1, at)).not.toContain(ids(first)[0]);
  });
});
