import { FakeAnswer, FakeTaobaoClient, fakeCall, fakeConfig, fixtureText } from './taobao.client.fake';
import { TaobaoRequest } from './taobao.client';
import { asObject, parseAnswer } from '../kit/answer.json';
import { TaobaoOrders } from './taobao.orders';

const window = { from: new Date('2025-11-11T00:00:00.500+08:00'), to: new Date('2025-11-11T00:30:00.200+08:00') };
const listRoot = asObject(asObject(parseAnswer(fixtureText('trades-list.json')))['trades_sold_increment_get_response']);
const detailRoot = asObject(asObject(parseAnswer(fixtureText('trade-detail.json')))['trade_fullinfo_get_response']);

function orders(answer: (request: TaobaoRequest) => FakeAnswer): { client: FakeTaobaoClient; part: TaobaoOrders } {
  const client = new FakeTaobaoClient(answer);
  return { client, part: new TaobaoOrders(client.asClient(), fakeConfig()) };
}

async function collect<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const page of pages) list.push(page);
  return list;
}

describe('taobao orders', () => {
  it('lists changed numbers of the sample page without losing a digit', async () => {
    const { client, part } = orders(() => ({ root: { ...listRoot, total_results: '1' } }));
    const pages = await collect(part.changed(fakeCall, window));
    expect(pages).toEqual([
      {
        page: 1,
        total: 1,
        items: [{ platformOrderNo: '2231958349212345678', modifiedAt: '2025-11-11T00:00:42+08:00' }],
      },
    ]);
    expect(client.calls).toHaveLength(1);
    const { params } = client.calls[0]!;
    expect([params['start_modified'], params['end_modified']]).toEqual(['2025-11-11 00:00:00', '2025-11-11 00:30:01']);
    expect(params).not.toHaveProperty('status');
    expect(params['type']).toContain('fenxiao');
  });

  it('cuts windows longer than a day', async () => {
    const { client, part } = orders(() => ({ root: { total_results: 0 } }));
    await collect(
      part.changed(fakeCall, {
        from: new Date('2025-11-01T00:00:00+08:00'),
        to: new Date('2025-11-03T12:00:00+08:00'),
      }),
    );
    expect(client.calls.map((call) => call.params['start_modified'])).toEqual([
      '2025-11-01 00:00:00',
      '2025-11-02 00:00:00',
      '2025-11-03 00:00:00',
    ]);
  });

  it('proves by creation time with another filter than the change pull', async () => {
    const { client, part } = orders((request) => ({
      root: request.params['type'] ? { total_results: 0 } : { ...listRoot, total_results: 1, has_next: false },
    }));
    const [page] = await collect(part.census(fakeCall, window));
    expect(page).toEqual({
      list: 'default kinds from 2025-11-11 00:00:00',
      total: 1,
      items: [
        {
          platformOrderNo: '2231958349212345678',
          modifiedAt: '2025-11-11T00:00:42+08:00',
          placedAt: '2025-11-11T00:00:03+08:00',
          rawStatus: 'WAIT_SELLER_SEND_GOODS',
        },
      ],
    });
    expect(client.calls.every((call) => call.method === 'taobao.trades.sold.get')).toBe(true);
    expect(new Set(client.calls.map((call) => call.params['type'] === undefined))).toEqual(new Set([true, false]));
  });

  it('asks for the five fields without which no oaid comes', async () => {
    const { client, part } = orders(() => ({ root: detailRoot }));
    const order = await part.detail(fakeCall, '2231958349212345678');
    const fields = client.calls[0]!.params['fields']!.split(',');
    for (const field of ['receiver_name', 'receiver_address', 'created', 'receiver_mobile', 'receiver_phone', 'oaid'])
      expect(fields).toContain(field);
    expect(order.fetchStartedAt).toBe('2026-11-11T00:10:00+08:00');
    expect(order.raw.startsWith('{"trade_fullinfo_get_response"')).toBe(true);
  });

  it('refuses an answer about another trade or about none', async () => {
    await expect(orders(() => ({ root: detailRoot })).part.detail(fakeCall, '1')).rejects.toMatchObject({
      kind: 'transient',
    });
    await expect(orders(() => ({ root: {} })).part.detail(fakeCall, '1')).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('re-reads state, refunds and receiver of one order', async () => {
    const state = await orders(() => ({ root: detailRoot })).part.state(fakeCall, '2231958349212345678');
    expect(state).toMatchObject({
      platformState: 'paid',
      forbids: [],
      receiver: { cipher: { oaid: '1Xx8ExampleOaid' } },
    });
    expect(state.lines.map((line) => line.refundState)).toEqual(['none', 'none']);
  });
});
