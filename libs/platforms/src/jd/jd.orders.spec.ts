import { CensusPage, OrderPage, Window } from '../port';
import { FakeAnswer, FakeJdClient, SeenCall, failureOf, fakeCall, fakeConfig, fixtureText } from './jd.client.fake';
import { JdConfig } from './jd.config';
import { JdOrders } from './jd.orders';

const GOOD = { success: true };
const window: Window = { from: new Date('2024-03-08T10:00:00+08:00'), to: new Date('2024-03-08T11:00:00+08:00') };
const row = (orderId: string, change: object = {}): object => ({
  orderId,
  orderState: 'WAIT_SELLER_STOCK_OUT',
  orderStartTime: '2024-03-08 10:00:00',
  modified: '2024-03-08 10:30:00',
  ...change,
});
const listed = (orderInfoList: unknown, orderTotal: number): FakeAnswer => ({
  root: { searchorderinfo_result: { apiResult: GOOD, orderTotal, orderInfoList } },
});

function orders(answer: (call: SeenCall) => FakeAnswer, change: Partial<JdConfig> = {}) {
  const client = new FakeJdClient(answer);
  return { client, orders: new JdOrders(client.asClient(), fakeConfig(change)) };
}

async function all<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const page of pages) found.push(page);
  return found;
}

describe('changed orders', () => {
  it('come whole, each with its own text, by one call when they fit a page', async () => {
    const first = '{"orderId":"1", "orderState":"FINISHED_L","modified":"2024-03-08 10:30:00","orderRemark":"a ] }"}';
    const text = `{"jingdong_pop_order_enSearch_responce":{"code":"0","searchorderinfo_result":{"apiResult":{"success":true},"orderTotal":2,"orderInfoList":[${first},{"orderId":"2"}]}}}`;
    const { client, orders: jd } = orders(() => ({ text }));
    const [page] = (await all(jd.changed(fakeCall, window))) as [OrderPage];
    expect(client.calls).toHaveLength(1);
    expect(page.orders!.map((order) => [order.platformOrderNo, order.raw])).toEqual([
      ['1', first],
      ['2', '{"orderId":"2"}'],
    ]);
    expect(page.items[0]).toEqual({
      platformOrderNo: '1',
      modifiedAt: '2024-03-08T10:30:00+08:00',
      rawStatus: 'FINISHED_L',
    });
    expect([page.total, page.list]).toEqual([2, 'modified from 2024-03-08 10:00:00 to 2024-03-08 11:00:00']);
  });

  it('are asked for by modification time, ascending, in every state, with all fields', async () => {
    const { client, orders: jd } = orders(() => listed([], 0), { extraFields: 'oaid' });
    await all(jd.changed(fakeCall, window));
    expect(client.calls[0]).toMatchObject({
      method: 'jingdong.pop.order.enSearch',
      params: {
        start_date: '2024-03-08 10:00:00',
        end_date: '2024-03-08 11:00:00',
        order_state: 'ALL',
        page: '1',
        page_size: '100',
        sortType: '0',
        dateType: '0',
      },
    });
    expect(client.calls[0]!.json).toContain('"page":"1","page_size":"100","sortType":0,"dateType":0');
    const fields = String(client.calls[0]!.params['optional_fields']).split(',');
    expect(fields).toEqual(expect.arrayContaining(['waybill', 'balanceUsed', 'partialLogisticsInfoModel', 'oaid']));
  });

  it('are halved where a window holds more than JD wants paged, without a hole', async () => {
    const { client, orders: jd } = orders(({ params }) => {
      const isWhole = params['start_date'] === '2024-03-08 10:00:00' && params['end_date'] === '2024-03-08 11:00:00';
      return isWhole ? listed([row('1')], 2_001) : listed([row(String(params['start_date']))], 1);
    });
    const pages = await all(jd.changed(fakeCall, window));
    expect(client.calls.map(({ params }) => [params['start_date'], params['end_date']])).toEqual([
      ['2024-03-08 10:00:00', '2024-03-08 11:00:00'],
      ['2024-03-08 10:00:00', '2024-03-08 10:30:00'],
      ['2024-03-08 10:30:00', '2024-03-08 11:00:00'],
    ]);
    expect(pages.flatMap((page) => page.items)).toHaveLength(2);
  });

  it('fail loudly where a second holds more than JD lists', async () => {
    const second = { from: window.from, to: new Date(window.from.getTime() + 1_000) };
    const { orders: jd } = orders(() => listed([row('1')], 10_001));
    const error = await failureOf(all(jd.changed(fakeCall, second)));
    expect([error.kind, error.facts.reason]).toEqual(['rejected', 'unsupported']);
  });

  it('that cannot be booked are named and stop nothing', async () => {
    const bad = row('2', {
      orderPayment: '90000000000000.00',
      balanceUsed: '90000000000000.00',
      itemInfoList: [{ skuId: '1', jdPrice: '90000000000000.00', itemTotal: '9007199254740991' }],
    });
    const { orders: jd } = orders(() => listed([row('1'), bad], 2));
    const [page] = (await all(jd.changed(fakeCall, window))) as [OrderPage];
    expect(page.orders!.map((order) => order.platformOrderNo)).toEqual(['1']);
    expect(page.failed).toEqual([
      { platformOrderNo: '2', reason: expect.stringContaining('cannot be booked') as string },
    ]);
    expect(page.items).toHaveLength(2);
  });

  it('refuse an answer that says no inside', async () => {
    const root = { searchorderinfo_result: { apiResult: { success: false, chineseErrCode: '权限不足' } } };
    const { orders: jd } = orders(() => ({ root }));
    expect((await failureOf(all(jd.changed(fakeCall, window)))).facts.reason).toBe('permission');
    const { orders: other } = orders(() => ({ root: {} }));
    expect((await failureOf(all(other.changed(fakeCall, window)))).kind).toBe('transient');
  });

  it('may be read masked, and in named states', async () => {
    const { client, orders: jd } = orders(() => listed([], 0), { receivers: 'masked', orderStates: 'LOCKED' });
    await all(jd.changed(fakeCall, window));
    expect([client.calls[0]!.method, client.calls[0]!.params['order_state']]).toEqual([
      'jingdong.pop.order.search',
      'LOCKED',
    ]);
  });
});

describe('the census', () => {
  it('lists numbers by creation time with JD’s count', async () => {
    const { client, orders: jd } = orders(() => listed([row('1')], 1));
    const pages = (await all(jd.census(fakeCall, window))) as CensusPage[];
    expect(pages).toEqual([
      {
        list: 'created from 2024-03-08 10:00:00 to 2024-03-08 11:00:00',
        total: 1,
        items: [
          {
            platformOrderNo: '1',
            modifiedAt: '2024-03-08T10:30:00+08:00',
            placedAt: '2024-03-08T10:00:00+08:00',
            rawStatus: 'WAIT_SELLER_STOCK_OUT',
          },
        ],
      },
    ]);
    expect(client.calls[0]!.params).toMatchObject({
      dateType: '1',
      optional_fields: 'orderId,orderState,orderStartTime,modified',
    });
  });

  it('tells an empty list by one page, and the same names in every reading', async () => {
    const { orders: jd } = orders(() => listed(undefined, 0));
    const read = () => all(jd.census(fakeCall, window)) as Promise<CensusPage[]>;
    expect(await read()).toEqual([{ list: expect.any(String) as string, total: 0, items: [] }]);
    expect(await read()).toEqual(await read());
  });
});

describe('one order', () => {
  it('is asked for by an exact number and keeps the answer as its text', async () => {
    const { client, orders: jd } = orders(() => ({ text: fixtureText('order-detail.json') }));
    const order = await jd.detail(fakeCall, '296716636166');
    expect(order.raw).toBe(fixtureText('order-detail.json'));
    expect(client.calls[0]!.json).toContain('{"order_id":296716636166,');
  });

  it('is not found when the answer holds none, and asked again when it holds another', async () => {
    const empty = orders(() => ({ root: { orderDetailInfo: { apiResult: GOOD } } }));
    expect((await failureOf(empty.orders.detail(fakeCall, '1'))).kind).toBe('not-found');
    const other = orders(() => ({ text: fixtureText('order-detail.json') }));
    expect((await failureOf(other.orders.detail(fakeCall, '1'))).kind).toBe('transient');
  });

  it('tells its state with holds and the refund of the whole order', async () => {
    const root = {
      orderDetailInfo: {
        apiResult: GOOD,
        orderInfo: row('1', { orderState: 'LOCKED', itemInfoList: [{ skuId: '7' }] }),
      },
    };
    const { orders: jd } = orders(() => ({ root }));
    expect(await jd.state(fakeCall, '1', 'requested')).toMatchObject({
      platformState: 'paid',
      forbids: [{ code: 'LOCKED' }],
      lines: [{ platformLineNo: '1-7', refundState: 'requested' }],
    });
  });
});
