import { OrderPage } from '../port';
import { DouyinRequest } from './douyin.client';
import { FakeAnswer, FakeDouyinClient, fakeCall, fixtureText } from './douyin.client.fake';
import { DouyinOrders } from './douyin.orders';

const window = { from: new Date('2025-09-25T08:00:00+08:00'), to: new Date('2025-09-25T09:00:00+08:00') };
const seconds = (text: string): number => Date.parse(text) / 1_000;
const params = (request: DouyinRequest) => request.params as Record<string, number>;

const row = (no: number) => ({
  order_id: String(6921377343921159000n + BigInt(no)),
  order_status: 2,
  create_time: 1758760000 + no,
  update_time: 1758760000 + no,
  pay_amount: 0,
  sku_order_list: [],
});

/** A list of `count` orders, all inside of any window that holds their time. */
function shop(count: number, change: (no: number) => object = () => ({})): FakeDouyinClient {
  const all = Array.from({ length: count }, (_, no) => ({ ...row(no), ...change(no) }));
  return new FakeDouyinClient((request): FakeAnswer => {
    const { page, size } = params(request);
    return {
      data: { page, size, total: count, shop_order_list: all.slice(page! * size!, (page! + 1) * size!) },
    };
  });
}

async function read(pages: AsyncIterable<OrderPage>): Promise<OrderPage[]> {
  const all: OrderPage[] = [];
  for await (const page of pages) all.push(page);
  return all;
}

describe('the lists of douyin orders', () => {
  it('asks by update time with the sort of the filter, a second beyond each end, and reads the last page first', async () => {
    const client = shop(250);
    const pages = await read(new DouyinOrders(client.asClient()).changed(fakeCall, window));
    expect(pages.map(({ page, items, total }) => [page, items.length, total])).toEqual([
      [2, 50, 250],
      [1, 100, 250],
      [0, 100, 250],
    ]);
    expect(params(client.calls[1]!)).toEqual({
      page: 2,
      size: 100,
      order_by: 'update_time',
      order_asc: true,
      update_time_start: seconds('2025-09-25T07:59:59+08:00'),
      update_time_end: seconds('2025-09-25T09:00:01+08:00'),
    });
    // The first page with the count, three pages, and the count again that proves that nothing arrived.
    expect(client.calls.map((call) => [params(call)['page'], params(call)['size']])).toEqual([
      [0, 100],
      [2, 100],
      [1, 100],
      [0, 100],
      [0, 1],
    ]);
  });

  it.each([1, 3])('carries with each of %d pages the time in which it was read', async (pages) => {
    const client = shop(pages * 100 - 50);
    let seconds = 0;
    const call = { ...fakeCall, storyNow: () => new Date(Date.UTC(2026, 10, 1, 0, 0, (seconds += 1))) };
    const orders: { fetchStartedAt?: string; fetchedAt: string }[] = [];
    for await (const page of new DouyinOrders(client.asClient()).changed(call, window)) orders.push(page.orders![0]!);
    expect(orders).toHaveLength(pages);
    const starts = orders.map(({ fetchStartedAt }) => Date.parse(fetchStartedAt!));
    expect(orders.map(({ fetchedAt }, index) => Date.parse(fetchedAt) - starts[index]!)).toEqual(
      orders.map(() => 1_000),
    );
    expect(new Set(starts).size).toBe(pages);
  });

  it('carries whole orders, each with its own text', async () => {
    const client = new FakeDouyinClient(() => ({ text: fixtureText('order-list.json') }));
    const [page] = await read(new DouyinOrders(client.asClient()).changed(fakeCall, window));
    expect(page!.items).toEqual([{ platformOrderNo: '6921377343921159820', modifiedAt: '2025-09-24T15:46:01+08:00' }]);
    const [order] = page!.orders!;
    expect(order!.platformOrderNo).toBe('6921377343921159820');
    expect(fixtureText('order-list.json')).toContain(order!.raw);
    expect(order!.raw).toMatch(/^\{\s*"order_id":"6921377343921159820"[^]*\}$/);
    expect(order!.raw).toContain('"product_id":3704250147174219802');
  });

  it('names an order that it cannot read and goes on with its page', async () => {
    const client = shop(3, (no) => (no === 1 ? { pay_amount: 'much' } : {}));
    const [page] = await read(new DouyinOrders(client.asClient()).changed(fakeCall, window));
    expect(page!.items).toHaveLength(3);
    expect(page!.orders).toHaveLength(2);
    expect(page!.failed).toEqual([
      { platformOrderNo: '6921377343921159001', reason: expect.stringContaining('pay_amount') },
    ]);
  });

  it('halves a window that holds more than the platform shows', async () => {
    const middle = seconds('2025-09-25T08:30:00+08:00');
    const client = new FakeDouyinClient((request) => {
      const { update_time_start: from, update_time_end: to } = params(request);
      const isWhole = to! - from! > 3_000;
      return { data: { total: isWhole ? 50_001 : 1, shop_order_list: [row(from! < middle - 60 ? 1 : 2)] } };
    });
    const pages = await read(new DouyinOrders(client.asClient()).changed(fakeCall, window));
    expect(pages.flatMap(({ items }) => items.map(({ platformOrderNo }) => platformOrderNo.slice(-1)))).toEqual([
      '1',
      '2',
    ]);
    expect(new Set(pages.map(({ list }) => list)).size).toBe(2);
  });

  it('reads the census by creation time, one list per span, an empty one as well', async () => {
    const client = shop(0);
    const pages = [];
    const days = { from: new Date('2025-09-23T00:00:00+08:00'), to: new Date('2025-09-25T00:00:00+08:00') };
    for await (const page of new DouyinOrders(client.asClient()).census(fakeCall, days)) pages.push(page);
    expect(pages.map(({ total, items }) => [total, items])).toEqual([
      [0, []],
      [0, []],
      [0, []],
    ]);
    expect(new Set(pages.map(({ list }) => list)).size).toBe(3);
    expect(params(client.calls[0]!)).toMatchObject({ order_by: 'create_time', order_asc: true });
    expect(params(client.calls[0]!)['update_time_start']).toBeUndefined();
  });

  it('begins a window of 90 days where the platform still answers, and leaves one that is older to its refusal', async () => {
    const starts = async (from: string, to: string): Promise<number> => {
      const client = shop(0);
      const window = { from: new Date(from), to: new Date(to) };
      for await (const page of new DouyinOrders(client.asClient()).census(fakeCall, window))
        expect(page.items).toEqual([]);
      return params(client.calls[0]!)['create_time_start']!;
    };
    const oldest = seconds('2025-06-27T10:00:00+08:00');
    expect(await starts('2025-06-27T10:00:00+08:00', '2025-06-28T10:00:00+08:00')).toBe(oldest + 59);
    expect(await starts('2025-06-26T10:00:00+08:00', '2025-06-27T09:00:00+08:00')).toBe(oldest - 86_401);
  });

  it('tells number, times and status in the census', async () => {
    const [page] = await Promise.all([
      new DouyinOrders(shop(1).asClient()).census(fakeCall, window)[Symbol.asyncIterator]().next(),
    ]);
    expect(page.value).toMatchObject({
      total: 1,
      items: [
        {
          platformOrderNo: '6921377343921159000',
          modifiedAt: '2025-09-25T08:26:40+08:00',
          placedAt: '2025-09-25T08:26:40+08:00',
          rawStatus: '2',
        },
      ],
    });
  });
});

describe('one douyin order', () => {
  const orders = (answer: FakeAnswer) => new DouyinOrders(new FakeDouyinClient(() => answer).asClient());

  it('is read in full with the answer as it came, and as its state alone', async () => {
    const answer = { text: fixtureText('order-detail.json') };
    const order = await orders(answer).detail(fakeCall, '6929464285723432480');
    expect(order.raw).toBe(answer.text);
    const state = await orders(answer).state(fakeCall, '6929464285723432480');
    expect(state).toMatchObject({ platformState: 'part_shipped', lines: [{}, { refundState: 'requested' }] });
  });

  it('is not found when the answer is empty, and asked for again when it is another one', async () => {
    await expect(orders({ data: {} }).detail(fakeCall, '1')).rejects.toMatchObject({ kind: 'not-found' });
    await expect(orders({ text: fixtureText('order-detail.json') }).state(fakeCall, '1')).rejects.toMatchObject({
      kind: 'transient',
    });
  });
});
