import { PlatformError, ShipNotice } from '../port';
import { PinduoduoCarriers } from './pinduoduo.carriers';
import { PinduoduoRequest } from './pinduoduo.client';
import { FakeAnswer, FakePinduoduoClient, fakeCall, fakeConfig } from './pinduoduo.client.fake';
import { PinduoduoOrders } from './pinduoduo.orders';
import { PinduoduoShipments } from './pinduoduo.shipments';

const NO = '261121-123456789012345';
const SEND = 'pdd.logistics.online.send';
const EXTRA = 'pdd.order.upload.extra.logistics';
const parcel = (waybillNo: string, carrier = 'ZTO') => ({
  carrier,
  waybillNo,
  lines: [{ platformLineNo: NO, quantity: 1, orderedQuantity: 1 }],
});
const notice = (change: Partial<ShipNotice> = {}): ShipNotice => ({
  platformOrderNo: NO,
  parcels: [parcel('78000001')],
  finishesOrder: true,
  shippedBefore: false,
  idempotencyKey: 'k',
  ...change,
});
const order = (change = {}) => ({
  order_sn: NO,
  order_status: 1,
  refund_status: 1,
  item_list: [{ goods_id: 1, sku_id: 2, goods_count: 1, goods_price: 1 }],
  logistics_id: 0,
  tracking_number: '',
  ...change,
});
const shipped = (tracking_number: string, logistics_id = 115, change = {}) =>
  order({ order_status: 2, tracking_number, logistics_id, ...change });
const done: FakeAnswer = { root: { is_success: true } };
const refused = (subMsg: string, code = '50001'): FakeAnswer => ({ fault: { code, subMsg } });
const lost: FakeAnswer = { fault: { code: '50000' } };

/** Orders are shown in turn; the last one stays. */
function part(write: (request: PinduoduoRequest) => FakeAnswer, ...orders: object[]) {
  const client = new FakePinduoduoClient((request) => {
    if (request.method === 'pdd.logistics.companies.get') return { root: { logistics_companies: [] } };
    if (request.method !== 'pdd.order.information.get') return write(request);
    return { root: { order_info: orders.length > 1 ? orders.shift()! : orders[0]! } };
  });
  const own = new PinduoduoOrders(client.asClient(), fakeConfig(), async () => undefined);
  const carriers = new PinduoduoCarriers(client.asClient(), fakeConfig());
  const writes = () => client.calls.filter((call) => call.isWrite);
  return { writes, shipments: new PinduoduoShipments(client.asClient(), own, carriers) };
}

const caught = (error: unknown) => error as PlatformError;

describe('pinduoduo ship notices', () => {
  it('tells an order with the id of its carrier', async () => {
    const { writes, shipments } = part(() => done);
    expect(await shipments.send(fakeCall, notice())).toEqual({ kind: 'sent' });
    expect(writes()).toEqual([
      {
        method: SEND,
        isWrite: true,
        params: { order_sn: NO, logistics_id: '115', tracking_number: '78000001', redelivery_type: undefined },
      },
    ]);
  });

  it.each([
    ['a refusal', refused('订单状态不是待发货')],
    ['a refusal with another text', refused('何か')],
    ['a parameter error', refused('x', '10000')],
    ['a lost answer', lost],
  ])('finds its own parcel after %s', async (_title, answer) => {
    const { shipments } = part(() => answer, shipped('78000001'));
    expect(await shipments.send(fakeCall, notice())).toEqual({
      kind: 'already-sent',
      state: {
        platformOrderNo: NO,
        lines: [{ platformLineNo: NO, isShipped: true, waybillNo: '78000001', carrier: 'ZTO' }],
        allShipped: true,
      },
    });
  });

  it('finds its own parcel among those that were added', async () => {
    const extra = { extra_delivery_list: [{ logistics_id: 115, tracking_number: '78000001' }] };
    const { shipments } = part(() => refused('x'), shipped('SF1', 44, extra));
    expect((await shipments.send(fakeCall, notice())).kind).toBe('already-sent');
  });

  it.each([
    ['another number', shipped('78000009')],
    ['the same number of another carrier', shipped('78000001', 85)],
    ['no number', shipped('', 0)],
  ])('shows a person that the platform has %s', async (_title, shown) => {
    const { shipments } = part(() => refused('订单状态不是待发货'), shown);
    const outcome = await shipments.send(fakeCall, notice());
    expect(outcome).toMatchObject({ kind: 'conflict', reason: expect.stringContaining('not 78000001') as string });
  });

  it.each([
    ['2', 'a running refund'],
    ['4', 'a refund that was given'],
  ])('says that refund_status %s forbids it', async (refund_status, _title) => {
    const { shipments } = part(() => refused('不能发货'), order({ refund_status }));
    const error = await shipments.send(fakeCall, notice()).catch(caught);
    expect(error).toMatchObject({ kind: 'rejected', facts: { reason: 'state' } });
    expect((error as PlatformError).message).toContain(`refund_status ${refund_status}`);
  });

  it('passes a refusal on whose cause the order does not show', async () => {
    const { shipments } = part(() => refused('快递单号格式不正确'), order());
    expect(await shipments.send(fakeCall, notice()).catch(caught)).toMatchObject({
      kind: 'rejected',
      facts: { reason: 'bad-request' },
    });
    const state = part(() => refused('订单状态不是待发货'), order());
    expect(await state.shipments.send(fakeCall, notice()).catch(caught)).toMatchObject({ facts: { reason: 'state' } });
  });

  it('leaves a lost answer unknown while nothing is shown', async () => {
    const { shipments } = part(() => lost, order());
    expect(await shipments.send(fakeCall, notice()).catch(caught)).toMatchObject({
      kind: 'transient',
      outcomeUnknown: true,
    });
  });

  it.each(['20031', '10016', '52101', '10019', '52103'])(
    'does not look at the order when code %s speaks of the call',
    async (code) => {
      const { shipments } = part(() => ({ fault: { code } }));
      await expect(shipments.send(fakeCall, notice())).rejects.toMatchObject({ facts: { platformCode: code } });
    },
  );

  it('adds the further parcels of an order', async () => {
    const { writes, shipments } = part(() => done, shipped('78000001'));
    const parcels = [parcel('78000001'), parcel('SF2', 'SF'), parcel('YT3', 'YTO')];
    expect(await shipments.send(fakeCall, notice({ parcels }))).toEqual({ kind: 'sent' });
    expect(writes()[1]).toEqual({
      method: EXTRA,
      isWrite: true,
      params: {
        order_sn: NO,
        extra_track_list: '[{"shipping_id":44,"tracking_number":"SF2"},{"shipping_id":85,"tracking_number":"YT3"}]',
        extra_track_type: '1',
      },
    });
  });

  it('adds only what is missing when a notice of several parcels is repeated', async () => {
    const first = shipped('78000001', 115, { extra_delivery_list: [{ logistics_id: 44, tracking_number: 'SF2' }] });
    const { writes, shipments } = part(({ method }) => (method === SEND ? refused('已发货') : done), first);
    const parcels = [parcel('78000001'), parcel('SF2', 'SF'), parcel('YT3', 'YTO')];
    expect((await shipments.send(fakeCall, notice({ parcels }))).kind).toBe('sent');
    expect(writes()[1]!.params['extra_track_list']).toBe('[{"shipping_id":85,"tracking_number":"YT3"}]');
    const all = part(() => refused('已发货'), first);
    const two = notice({ parcels: parcels.slice(0, 2) });
    expect((await all.shipments.send(fakeCall, two)).kind).toBe('already-sent');
    expect(all.writes()).toHaveLength(1);
  });

  it('adds a parcel to an order that was shipped before, and ships one that was not', async () => {
    const before = part(() => done, shipped('SF1', 44));
    expect((await before.shipments.send(fakeCall, notice({ shippedBefore: true }))).kind).toBe('sent');
    expect(before.writes().map(({ method }) => method)).toEqual([EXTRA]);
    const open = part(() => done, order());
    await open.shipments.send(fakeCall, notice({ shippedBefore: true }));
    expect(open.writes().map(({ method }) => method)).toEqual([SEND]);
  });

  it('reads back a lost answer to an added parcel', async () => {
    const extra = { extra_delivery_list: [{ shipping_id: 115, tracking_number: '78000001' }] };
    const found = part(() => lost, shipped('SF1', 44), shipped('SF1', 44, extra));
    expect((await found.shipments.send(fakeCall, notice({ shippedBefore: true }))).kind).toBe('already-sent');
    const missing = part(() => lost, shipped('SF1', 44));
    expect(await missing.shipments.send(fakeCall, notice({ shippedBefore: true })).catch(caught)).toMatchObject({
      outcomeUnknown: true,
    });
  });

  it('changes a waybill while the old number is shown', async () => {
    const { writes, shipments } = part(() => done, shipped('SF1', 44));
    expect(await shipments.send(fakeCall, notice({ replaces: 'SF1' }))).toEqual({ kind: 'sent' });
    expect(writes()[0]!.params).toMatchObject({ redelivery_type: '2', tracking_number: '78000001' });
  });

  it('adds the new number of a further parcel, since a change would overwrite the order’s own', async () => {
    const extra = { extra_delivery_list: [{ shipping_id: 115, tracking_number: 'ZT2' }] };
    const { writes, shipments } = part(() => done, shipped('SF1', 44, extra));
    expect((await shipments.state(fakeCall, NO)).lines[0]).toMatchObject({ waybillNos: ['SF1', 'ZT2'] });
    expect(await shipments.send(fakeCall, notice({ replaces: 'ZT2' }))).toEqual({ kind: 'sent' });
    expect(writes().map(({ method }) => method)).toEqual([EXTRA]);
  });

  it('does not change a waybill twice, nor one that is another already', async () => {
    const again = part(() => done, shipped('78000001'));
    expect((await again.shipments.send(fakeCall, notice({ replaces: 'SF1' }))).kind).toBe('already-sent');
    const other = part(() => done, shipped('YT9', 85));
    expect((await other.shipments.send(fakeCall, notice({ replaces: 'SF1' }))).kind).toBe('conflict');
    const open = part(() => done, order());
    await expect(open.shipments.send(fakeCall, notice({ replaces: 'SF1' }))).rejects.toMatchObject({
      facts: { reason: 'state' },
    });
    for (const { writes } of [again, other, open]) expect(writes()).toEqual([]);
  });

  it('reads back a change whose answer was lost or refused', async () => {
    const took = part(() => lost, shipped('SF1', 44), shipped('78000001'));
    expect((await took.shipments.send(fakeCall, notice({ replaces: 'SF1' }))).kind).toBe('already-sent');
    const kept = part(() => refused('超时'), shipped('SF1', 44));
    expect(await kept.shipments.send(fakeCall, notice({ replaces: 'SF1' })).catch(caught)).toMatchObject({
      kind: 'rejected',
    });
  });

  it('refuses a notice without parcels', async () => {
    await expect(part(() => done).shipments.send(fakeCall, notice({ parcels: [] }))).rejects.toThrow('no parcel');
  });

  it('shows nothing as shipped before it is', async () => {
    expect(await part(() => done, order()).shipments.state(fakeCall, NO)).toEqual({
      platformOrderNo: NO,
      lines: [{ platformLineNo: NO, isShipped: false }],
      allShipped: false,
    });
  });
});
