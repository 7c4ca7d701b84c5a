import { AfterSalePage, PlatformError } from '../port';
import { PinduoduoAfterSales } from './pinduoduo.after-sales';
import { PinduoduoRequest } from './pinduoduo.client';
import { FakeAnswer, FakePinduoduoClient, fakeCall, fakeConfig, fixtureText } from './pinduoduo.client.fake';

const window = { from: new Date('2026-11-21T12:00:00+08:00'), to: new Date('2026-11-21T12:30:00+08:00') };
const LIST = fixtureText('refund-list.json');
const listed = (JSON.parse(LIST) as { refund_increment_get_response: { refund_list: object[] } })
  .refund_increment_get_response.refund_list[0]!;
const detailed = JSON.parse(fixtureText('refund-detail.json')) as object;

function part(answer: (request: PinduoduoRequest) => FakeAnswer, change = {}) {
  const client = new FakePinduoduoClient(answer);
  return { client, afterSales: new PinduoduoAfterSales(client.asClient(), fakeConfig(change)) };
}

const of = (rows: readonly object[]): FakeAnswer => ({ root: { total_count: rows.length, refund_list: rows } });

async function pages(afterSales: PinduoduoAfterSales): Promise<AfterSalePage[]> {
  const found: AfterSalePage[] = [];
  for await (const page of afterSales.changed(fakeCall, window)) found.push(page);
  return found;
}

async function fromList(change: object) {
  const [page] = await pages(part(() => of([{ ...listed, ...change }])).afterSales);
  return page!.afterSales[0]!;
}

async function fromDetail(change: object, config = {}) {
  const { afterSales } = part(() => ({ root: { ...detailed, ...change } }), config);
  return (await afterSales.detail(fakeCall, '7300000001', '261121-123456789012345'))!;
}

describe('pinduoduo after-sales', () => {
  it('maps a row of the list: yuan texts, Shanghai times, its own text as it came', async () => {
    const { client, afterSales } = part(() => ({ text: LIST }));
    const [page] = await pages(afterSales);
    expect(page!.total).toBe(1);
    expect(page!.afterSales[0]).toEqual({
      platformAfterSaleNo: '7300000001',
      platformOrderNo: '261121-123456789012345',
      kind: 'refund_only',
      state: 'requested',
      rawStatus: '2',
      refundFen: 3480,
      quantity: 2,
      goodsComeBack: false,
      reason: '不想要了',
      createdAt: '2026-11-21T12:00:00+08:00',
      modifiedAt: '2026-11-21T12:00:01+08:00',
      fetchedAt: '2026-11-21T12:30:00+08:00',
      fetchStartedAt: '2026-11-21T12:30:00+08:00',
      currency: 'CNY',
      raw: expect.stringMatching(/^\{\n "id":7300000001.*\}$/s) as string,
    });
    expect(client.calls).toHaveLength(1);
    expect(client.calls[0]!.params).toEqual({
      start_updated_at: '1795233600',
      end_updated_at: '1795235400',
      after_sales_status: '1',
      after_sales_type: '1',
      page: '1',
      page_size: '100',
    });
  });

  it('reads the pages of a window backwards by the total, since the list has no has_next', async () => {
    const rows = Array.from({ length: 230 }, (_, index) => ({ ...listed, id: index + 1 }));
    const { afterSales } = part(({ params }) => {
      const size = Number(params['page_size']);
      const start = (Number(params['page']) - 1) * size;
      return { root: { total_count: rows.length, refund_list: rows.slice(start, start + size) } };
    });
    expect((await pages(afterSales)).map((page) => page.afterSales.length)).toEqual([30, 100, 100]);
  });

  it.each([
    [2, 'refund_only', false],
    [3, 'return_refund', true],
    [4, 'exchange', true],
    [5, 'resend', false],
    [6, 'repair', true],
    [9, 'return_refund', true],
    [8, 'other', false],
  ])('reads type %i of the list as %s', async (after_sales_type, kind, goodsComeBack) => {
    expect(await fromList({ after_sales_type })).toMatchObject({ kind, goodsComeBack });
  });

  it('sees that the goods are on their way back', async () => {
    const sent = await fromList({
      after_sales_type: 3,
      after_sales_status: 7,
      tracking_number: 'YT9',
      shipping_name: '圆通',
    });
    expect([sent.state, sent.returnParcel]).toEqual(['return_sent', { waybillNo: 'YT9', carrier: '圆通' }]);
    const refusing = await fromList({ after_sales_type: 2, after_sales_status: 31 });
    expect([refusing.state, refusing.goodsComeBack]).toEqual(['wait_return', true]);
  });

  it('reads amounts that come as numbers, and loses nothing to one that cannot be read', async () => {
    expect((await fromList({ refund_amount: 34.8 })).refundFen).toBe(3480);
    expect(await fromList({ refund_amount: 'some' })).toMatchObject({ refundFen: 0, state: 'unknown', rawStatus: '2' });
  });

  it('names a row without a number and goes on with the others', async () => {
    const { afterSales } = part(() => of([{ ...listed, order_sn: '' }, listed]));
    const [page] = await pages(afterSales);
    expect(page!.afterSales).toHaveLength(1);
    expect(page!.failed).toEqual([{ platformAfterSaleNo: '7300000001', reason: expect.any(String) as string }]);
  });

  it('maps the detail: fen, milliseconds, the other coding of types', async () => {
    const { client, afterSales } = part(() => ({ text: fixtureText('refund-detail.json') }));
    const found = await afterSales.detail(fakeCall, '7300000001', '261121-123456789012345');
    expect(client.calls[0]!.params).toEqual({ order_sn: '261121-123456789012345', after_sales_id: '7300000001' });
    expect(found).toMatchObject({
      kind: 'return_refund',
      state: 'requested',
      refundFen: 3480,
      quantity: 2,
      goodsComeBack: true,
      reason: '不想要了',
      description: '尺码不对',
      createdAt: '2026-11-21T12:00:00+08:00',
      modifiedAt: '2026-11-21T12:00:01+08:00',
      deadlineAt: '2026-11-23T12:00:00+08:00',
      raw: fixtureText('refund-detail.json'),
    });
  });

  it.each([
    [1, 'refund_only'],
    [2, 'return_refund'],
    [3, 'exchange'],
    [4, 'resend'],
    [5, 'repair'],
    [9, 'other'],
  ])('reads type %i of the detail as %s', async (after_sales_type, kind) => {
    expect((await fromDetail({ after_sales_type })).kind).toBe(kind);
  });

  it('takes the unit of the detail from the configuration, and no fraction of a fen', async () => {
    expect((await fromDetail({ refund_amount: 34.8 }, { refundDetailUnit: 'yuan' })).refundFen).toBe(3480);
    expect((await fromDetail({ refund_amount: '3480.00' })).refundFen).toBe(3480);
    expect(await fromDetail({ refund_amount: 34.8 })).toMatchObject({ refundFen: 0, state: 'unknown' });
  });

  it('knows the parcel of an exchange, a missing deadline, and that the platform stepped in', async () => {
    const exchange = await fromDetail({
      after_sales_type: 3,
      after_sales_status: 15,
      exchange_shipping_detail: { customer_send_back_trunk_number: 'ZT5' },
      expire_time: null,
      join_or_not: '1',
    });
    expect(exchange).toMatchObject({ state: 'return_sent', returnParcel: { waybillNo: 'ZT5' } });
    expect(exchange.deadlineAt).toBeUndefined();
    expect(exchange.forbids).toEqual([{ code: 'join_or_not', text: expect.any(String) as string }]);
    expect((await fromDetail({ expire_time: 9e15 })).deadlineAt).toBeUndefined();
  });

  it('cannot ask for an after-sale without its order, and tells a missing one from a mistaken answer', async () => {
    const { client, afterSales } = part(() => ({ root: { ...detailed, id: 5 } }));
    expect(await afterSales.detail(fakeCall, '7300000001')).toBeUndefined();
    expect(client.calls).toHaveLength(0);
    const kind = (error: unknown) => (error as PlatformError).kind;
    expect(await afterSales.detail(fakeCall, '7300000001', '261121-1').catch(kind)).toBe('transient');
    const none = part(() => ({ root: { request_id: '1' } })).afterSales;
    expect(await none.detail(fakeCall, '7300000001', '261121-1').catch(kind)).toBe('not-found');
  });

  it('adds up what of one order went back', async () => {
    const order_sn = '261121-123456789012345';
    const rows = [
      { ...listed, after_sales_status: 10, refund_amount: '10.00' },
      { ...listed, id: 2, after_sales_status: 10, refund_amount: '24.80' },
      { ...listed, id: 3, after_sales_status: 11, refund_amount: '5.00' },
      { ...listed, id: 4, after_sales_status: 16, refund_amount: '7.00' },
      { ...listed, id: 5, order_sn: 'other', after_sales_status: 10, refund_amount: '9.00' },
    ];
    const { client, afterSales } = part(() => of(rows));
    expect(await afterSales.refundedFen(fakeCall, order_sn)).toBe(3480);
    expect(client.calls[0]!.params['order_sn']).toBe(order_sn);
  });
});
