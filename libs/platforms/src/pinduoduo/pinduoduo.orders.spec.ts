import { OrderPage, PlatformError } from '../port';
import { PinduoduoRequest } from './pinduoduo.client';
import { FakeAnswer, FakePinduoduoClient, fakeCall, fakeConfig, fixtureText } from './pinduoduo.client.fake';
import { PinduoduoOrders, RefundedFen } from './pinduoduo.orders';

const window = { from: new Date('2026-11-21T12:00:00+08:00'), to: new Date('2026-11-21T12:30:00+08:00') };
const noSum: RefundedFen = async () => undefined;
const row = (no: number, change = {}) => ({
  order_sn: `261121-${no}`,
  order_status: 1,
  refund_status: 1,
  confirm_status: 1,
  group_status: 1,
  created_time: '2026-11-21 11:59:00',
  updated_at: '2026-11-21 12:10:00',
  pay_time: '2026-11-21 12:00:00',
  pay_amount: 1,
  goods_amount: 1,
  item_list: [{ goods_id: 1, sku_id: 2, goods_name: 'x', goods_count: 1, goods_price: 1 }],
  ...change,
});

/** A list of the given rows, newest first, in the platform's pages. */
function lister(key: string, rows: readonly object[]): (request: PinduoduoRequest) => FakeAnswer {
  return ({ params }) => {
    const size = Number(params['page_size']);
    const start = (Number(params['page']) - 1) * size;
    const page = { [key]: rows.slice(start, start + size), request_id: '1' };
    return params['use_has_next'] === 'true'
      ? { root: { ...page, has_next: start + size < rows.length } }
      : { root: { ...page, total_count: rows.length } };
  };
}

function part(answer: (request: PinduoduoRequest) => FakeAnswer, sum = noSum) {
  const client = new FakePinduoduoClient(answer);
  return { client, orders: new PinduoduoOrders(client.asClient(), fakeConfig(), sum) };
}

async function all<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const page of pages) found.push(page);
  return found;
}

describe('pinduoduo orders', () => {
  it('counts a window, then reads it from the last page to the first, with every state', async () => {
    const rows = Array.from({ length: 250 }, (_, index) => row(index));
    const { client, orders } = part(lister('order_sn_list', rows));
    const pages = await all(orders.changed(fakeCall, window));
    expect(pages.map(({ page, total, items }) => [page, total, items.length])).toEqual([
      [3, 250, 50],
      [2, 250, 100],
      [1, 250, 100],
    ]);
    expect(client.calls[0]!.params).toEqual({
      start_updated_at: '1795233600',
      end_updated_at: '1795235400',
      is_lucky_flag: '0',
      order_status: '5',
      refund_status: '5',
      page: '1',
      page_size: '100',
      use_has_next: 'false',
    });
    const paging = client.calls
      .slice(1)
      .map(({ params }) => [params['page'], params['page_size'], params['use_has_next']]);
    expect(paging).toEqual([
      ['3', '100', 'true'],
      ['2', '100', 'true'],
      ['1', '100', 'true'],
      ['1', '1', 'false'],
    ]);
  });

  it('brings whole orders, each with its own text as it came', async () => {
    const text = fixtureText('order-list.json');
    const { orders } = part(() => ({ text }));
    const [page] = (await all(orders.changed(fakeCall, window))) as [OrderPage];
    const [order] = page.orders!;
    expect(order!.platformOrderNo).toBe('261121-123456789012345');
    expect(text).toContain(order!.raw);
    expect([order!.raw.startsWith('{\n  "order_sn"'), order!.raw.includes('"goods_price":19.90')]).toEqual([
      true,
      true,
    ]);
    expect(page.items).toEqual([
      { platformOrderNo: '261121-123456789012345', modifiedAt: '2026-11-21T10:05:00+08:00' },
    ]);
    expect([page.failed, page.list]).toEqual([[], 'updated from 1795233600']);
  });

  it('names an order that cannot be read and goes on with the others', async () => {
    const absurd = row(1, { item_list: [{ goods_count: 9e15, goods_price: 1000, sku_id: 1 }] });
    const { orders } = part(lister('order_sn_list', [absurd, row(2)]));
    const [page] = (await all(orders.changed(fakeCall, window))) as [OrderPage];
    expect(page.items).toHaveLength(2);
    expect(page.orders!.map(({ platformOrderNo }) => platformOrderNo)).toEqual(['261121-2']);
    expect(page.failed).toEqual([{ platformOrderNo: '261121-1', reason: expect.any(String) as string }]);
  });

  it('cuts long windows into half hours and days', async () => {
    const { client, orders } = part(lister('order_sn_list', []));
    await all(orders.changed(fakeCall, { ...window, to: new Date(window.to.getTime() + 1_500) }));
    const spans = client.calls.map(({ params: p }) => Number(p['end_updated_at']) - Number(p['start_updated_at']));
    expect(spans).toEqual([1_800, 2]);
    const census = part(lister('order_list', []));
    const days = { from: window.from, to: new Date(window.from.getTime() + 2 * 86_400_000) };
    const pages = await all(census.orders.census(fakeCall, days));
    expect(pages).toEqual([
      { list: 'confirmed from 1795233600', total: 0, items: [] },
      { list: 'confirmed from 1795320000', total: 0, items: [] },
    ]);
  });

  it('takes the census by confirmation time with another method', async () => {
    const { client, orders } = part(lister('order_list', [row(1), row(2, { order_status: 3 })]));
    expect(await all(orders.census(fakeCall, window))).toEqual([
      {
        list: 'confirmed from 1795233600',
        total: 2,
        items: [
          {
            platformOrderNo: '261121-1',
            modifiedAt: '2026-11-21T12:10:00+08:00',
            placedAt: '2026-11-21T11:59:00+08:00',
            rawStatus: '1',
          },
          expect.objectContaining({ platformOrderNo: '261121-2', rawStatus: '3' }),
        ],
      },
    ]);
    expect(client.calls[0]).toMatchObject({
      method: 'pdd.order.list.get',
      params: { start_confirm_at: '1795233600', end_confirm_at: '1795235400', order_status: '5', refund_status: '5' },
    });
  });

  it('reads one order with the whole answer as its text', async () => {
    const text = fixtureText('order-detail.json');
    const { orders } = part(() => ({ text }));
    const order = await orders.detail(fakeCall, '261121-123456789012345');
    expect([order.raw, order.fetchedAt]).toEqual([text, '2026-11-21T12:30:00+08:00']);
  });

  it('tells a missing order from a mistaken answer', async () => {
    const kindOf = async (answer: FakeAnswer) =>
      part(() => answer)
        .orders.detail(fakeCall, '261121-1')
        .catch((error: unknown) => (error as PlatformError).kind);
    expect(await kindOf({ root: { order_info: null, request_id: '1' } })).toBe('not-found');
    expect(await kindOf({ fault: { code: '50001', msg: '订单不属于当前店铺或订单不存在' } })).toBe('not-found');
    expect(await kindOf({ root: { order_info: row(2) } })).toBe('transient');
  });

  it('asks a shipped and refunded order’s after-sales what went back, and no other order’s', async () => {
    const asked: string[] = [];
    const sum: RefundedFen = async (_call, no) => (asked.push(no), no === '261121-2' ? 100 : 50);
    const refunded = { refund_status: 4, order_status: 2 };
    const rows = [row(1), row(2, refunded), row(3, refunded), row(4, { refund_status: 4 })];
    const { orders } = part(lister('order_sn_list', rows), sum);
    const [page] = (await all(orders.changed(fakeCall, window))) as [OrderPage];
    expect(asked).toEqual(['261121-2', '261121-3']);
    expect(page.orders!.map(({ platformState }) => platformState)).toEqual(['paid', 'closed', 'shipped', 'closed']);
    const state = part(() => ({ root: { order_info: row(2, refunded) } }), sum);
    expect((await state.orders.state(fakeCall, '261121-2')).platformState).toBe('closed');
  });

  it('keeps the shipping status when after-sales may not be read, and fails when they could not', async () => {
    const answer = () => ({ root: { order_info: row(2, { refund_status: 4, order_status: 2 }) } });
    const denied = new PlatformError('rejected', 'no', { method: 'x', reason: 'permission' });
    const { orders } = part(answer, () => Promise.reject(denied));
    expect((await orders.detail(fakeCall, '261121-2')).platformState).toBe('shipped');
    const away = new PlatformError('transient', 'away', { method: 'x' });
    await expect(part(answer, () => Promise.reject(away)).orders.detail(fakeCall, '261121-2')).rejects.toBe(away);
  });
});
