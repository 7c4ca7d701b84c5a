import { ShipNotice } from '../port';
import { JdCarriers } from './jd.carriers';
import { FakeAnswer, FakeJdClient, SeenCall, failureOf, fakeCall, fakeConfig } from './jd.client.fake';
import { JdOrders } from './jd.orders';
import { JdShipments } from './jd.shipments';

const SHIP = 'jingdong.pop.order.shipment';
const parcel = (carrier: string, waybillNo: string): ShipNotice['parcels'][number] => ({
  carrier,
  waybillNo,
  lines: [{ platformLineNo: '296716636166-1', quantity: 1, orderedQuantity: 1 }],
});
const notice = (change: Partial<ShipNotice> = {}): ShipNotice => ({
  platformOrderNo: '296716636166',
  parcels: [parcel('SF', 'SF1')],
  finishesOrder: true,
  shippedBefore: false,
  idempotencyKey: 'k',
  ...change,
});
const told = (success: unknown, chineseErrCode = '', errorCode = ''): FakeAnswer => ({
  root: { sopjosshipment_result: { success, chineseErrCode, errorCode } },
});
const order = (change: object = {}): FakeAnswer => ({
  root: {
    orderDetailInfo: {
      apiResult: { success: true },
      orderInfo: {
        orderId: '296716636166',
        orderState: 'WAIT_GOODS_RECEIVE_CONFIRM',
        logisticsId: '467',
        waybill: 'SF1',
        itemInfoList: [{ skuId: '1', itemTotal: '1' }],
        ...change,
      },
    },
  },
});

function shipments(answer: (call: SeenCall) => FakeAnswer, added = '') {
  const client = new FakeJdClient(answer);
  const carriers = new JdCarriers(added);
  return { client, jd: new JdShipments(client.asClient(), new JdOrders(client.asClient(), fakeConfig()), carriers) };
}

const shipping = (shipped: FakeAnswer, shown: FakeAnswer) =>
  shipments(({ method }) => (method === SHIP ? shipped : shown));

describe('ship notices', () => {
  it('tell all parcels of an order in one call, grouped by carrier', async () => {
    const { client, jd } = shipments(() => told(true));
    const parcels = [parcel('SF', 'SF1'), parcel('ZTO', '7312'), parcel('SF', 'SF2')];
    expect(await jd.send(fakeCall, notice({ parcels }))).toEqual({ kind: 'sent' });
    expect(client.calls).toEqual([
      expect.objectContaining({
        method: SHIP,
        isWrite: true,
        json: '{"orderId":296716636166,"logiCoprId":"467|1499","logiNo":"SF1,SF2|7312"}',
      }),
    ]);
  });

  it('take success as a text as well, and nothing else for success', async () => {
    expect((await shipping(told('true'), order()).jd.send(fakeCall, notice())).kind).toBe('sent');
    for (const success of [false, 'false', undefined, null])
      expect((await failureOf(shipping(told(success, '参数错误'), order()).jd.send(fakeCall, notice()))).kind).toBe(
        'rejected',
      );
  });

  it.each([
    ['订单已出库', ''],
    ['该订单正在出库中', ''],
    ['', '999999'],
    ['', '99999999'],
  ])('are read back after "%s" %s: our number is success, another a conflict', async (text, code) => {
    const ours = await shipping(told(false, text, code), order()).jd.send(fakeCall, notice());
    expect(ours.kind).toBe('already-sent');
    const theirs = await shipping(told(false, text, code), order({ waybill: 'YT9' })).jd.send(fakeCall, notice());
    expect(theirs).toMatchObject({ kind: 'conflict', reason: expect.stringContaining('YT9') as string });
    const none = await shipping(told(false, text, code), order({ waybill: '', logisticsId: '' })).jd.send(
      fakeCall,
      notice(),
    );
    expect(none).toMatchObject({ kind: 'conflict', reason: expect.stringContaining('no number') as string });
  });

  it.each(['65', '66', '67', '70', '1'])('are read back after code %s, whose outcome is unknown', async (fault) => {
    const done = shipping({ fault }, order());
    expect((await done.jd.send(fakeCall, notice())).kind).toBe('already-sent');
    const undone = shipping({ fault }, order({ orderState: 'WAIT_SELLER_STOCK_OUT', waybill: '' }));
    const error = await failureOf(undone.jd.send(fakeCall, notice()));
    expect([error.kind, error.outcomeUnknown]).toEqual(['transient', true]);
  });

  it('are refused for the order’s state when it is shipped nowhere although JD says so', async () => {
    const answer = shipping(told(false, '订单已出库'), order({ orderState: 'LOCKED', waybill: '' }));
    const error = await failureOf(answer.jd.send(fakeCall, notice()));
    expect([error.kind, error.facts.reason]).toEqual(['rejected', 'state']);
  });

  it('succeed when JD shows our number among others', async () => {
    const answer = shipping(told(false, '订单已出库'), order({ waybill: 'SF0,SF1' }));
    expect((await answer.jd.send(fakeCall, notice())).kind).toBe('already-sent');
  });

  it('are not read back after refusals that are sure', async () => {
    const { client, jd } = shipping({ fault: '71' }, order());
    expect((await failureOf(jd.send(fakeCall, notice()))).kind).toBe('not-found');
    expect(client.calls).toHaveLength(1);
    const waiting = shipping(told(false, '运单没有在青龙系统生成'), order());
    const error = await failureOf(waiting.jd.send(fakeCall, notice()));
    expect([error.kind, error.outcomeUnknown]).toEqual(['transient', false]);
  });

  it('that leave goods behind, or name nothing, never reach JD', async () => {
    const { client, jd } = shipments(() => told(true));
    expect((await failureOf(jd.send(fakeCall, notice({ finishesOrder: false })))).facts.reason).toBe('state');
    expect((await failureOf(jd.send(fakeCall, notice({ parcels: [] })))).facts.reason).toBe('bad-request');
    expect((await failureOf(jd.send(fakeCall, notice({ parcels: [parcel('JT', '1')] })))).facts.reason).toBe(
      'configuration',
    );
    expect((await failureOf(jd.send(fakeCall, notice({ replaces: 'SF0' })))).facts.reason).toBe('unsupported');
    expect(client.calls).toEqual([]);
  });
});

describe('what JD shows as shipped', () => {
  it('names numbers and our carriers', async () => {
    const { jd } = shipments(() => order());
    expect(await jd.state(fakeCall, '296716636166')).toEqual({
      platformOrderNo: '296716636166',
      lines: [{ platformLineNo: '296716636166-1', isShipped: true, waybillNo: 'SF1', carrier: 'SF' }],
      allShipped: true,
    });
  });

  it('knows which lines left in part', async () => {
    const { jd } = shipments(() =>
      order({
        orderState: 'WAIT_SELLER_STOCK_OUT',
        waybill: '',
        itemInfoList: [
          { skuId: '1', itemTotal: '1' },
          { skuId: '2', itemTotal: '1' },
        ],
        partialLogisticsInfoModel: [{ waybillId: 'SF1', logicId: '467', goods: [{ skuId: '2', num: '1' }] }],
      }),
    );
    expect(await jd.state(fakeCall, '296716636166')).toEqual({
      platformOrderNo: '296716636166',
      lines: [
        { platformLineNo: '296716636166-1', isShipped: false },
        { platformLineNo: '296716636166-2', isShipped: true, waybillNo: 'SF1', carrier: 'SF' },
      ],
      allShipped: false,
    });
  });
});

describe('carriers', () => {
  it('are JD’s numbers; further ones come from the configuration', () => {
    const carriers = new JdCarriers('JT=1234/JTSD, ANE=77 ,nonsense,SF=9');
    expect(['SF', 'ZTO', 'JT', 'ANE', '3046'].map((carrier) => carriers.shipmentId(carrier))).toEqual([
      '9',
      '1499',
      '1234',
      '77',
      '3046',
    ]);
    expect(['JT', 'ANE', 'DEPPON', 'XYZ'].map((carrier) => carriers.providerCode(carrier))).toEqual([
      'JTSD',
      'ANE',
      'DBKD',
      'XYZ',
    ]);
    expect(['1499', 'JTSD', 'DBKD', '5'].map((theirs) => carriers.ours(theirs))).toEqual(['ZTO', 'JT', 'DEPPON', '5']);
    expect(() => new JdCarriers('').shipmentId('JT')).toThrow(/JD_CARRIERS/);
  });
});
