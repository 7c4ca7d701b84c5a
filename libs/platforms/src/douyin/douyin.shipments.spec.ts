import { ShipNotice, ShippedParcel } from '../port';
import { FakeAnswer, FakeDouyinClient, fakeCall } from './douyin.client.fake';
import { DouyinOrders } from './douyin.orders';
import { DouyinShipments } from './douyin.shipments';

const NO = '6921377343921159820';
const SECOND = '6921377343921225356';

const parcel = (waybillNo: string, lines: [string, number][], carrier = 'ZTO'): ShippedParcel => ({
  carrier,
  waybillNo,
  lines: lines.map(([platformLineNo, quantity]) => ({ platformLineNo, quantity, orderedQuantity: quantity })),
});
const notice = (parcels: ShippedParcel[], change: Partial<ShipNotice> = {}): ShipNotice => ({
  platformOrderNo: NO,
  parcels,
  finishesOrder: true,
  shippedBefore: false,
  idempotencyKey: 'pcl_1/ord_1',
  ...change,
});

type Shown = { waybill: string; pieces: Record<string, number> };

/** An order of two lines (one of three pieces) as the platform shows it. */
const order = (shown: Shown[], statuses = ['2', '2']) => ({
  order_id: NO,
  order_status: 2,
  sku_order_list: [NO, SECOND].map((order_id, index) => ({
    order_id,
    order_status: Number(statuses[index]),
    item_num: index === 0 ? 1 : 3,
  })),
  logistics_info: shown.map(({ waybill, pieces }) => ({
    tracking_no: waybill,
    company: 'zhongtong',
    product_info: Object.entries(pieces).map(([sku_order_id, product_count]) => ({ sku_order_id, product_count })),
  })),
});

function part(answer: FakeAnswer, shown: object = order([])): { client: FakeDouyinClient; ship: DouyinShipments } {
  const client = new FakeDouyinClient(({ method }) =>
    method === 'order.orderDetail' ? { data: { shop_order_detail: shown } } : answer,
  );
  return { client, ship: new DouyinShipments(client.asClient(), new DouyinOrders(client.asClient())) };
}

const fault = (number: number): FakeAnswer => ({
  fault: { code: '50002', subCode: `isv.business-failed:${number}` },
});
const whole = notice([parcel('YT1', [[NO, 1]]), parcel('YT2', [[SECOND, 3]], 'SF')]);

describe('ship notices to douyin', () => {
  it('names parcels, lines and pieces, with the platform’s carrier codes and a request id', async () => {
    const told = { pack_list: [{ logistics_code: 'YT1' }, { logistics_code: 'YT2' }] };
    const { client, ship } = part({ data: told });
    expect(await ship.send(fakeCall, whole)).toEqual({ kind: 'sent' });
    expect(client.calls[0]).toMatchObject({ method: 'order.logisticsAddMultiPack', isWrite: true });
    expect(client.sent(0)).toEqual({
      order_id: NO,
      request_id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/),
      pack_list: [
        {
          company_code: 'zhongtong',
          logistics_code: 'YT1',
          shipped_order_info: [{ shipped_order_id: NO, shipped_num: 1 }],
        },
        {
          company_code: 'shunfeng',
          logistics_code: 'YT2',
          shipped_order_info: [{ shipped_order_id: SECOND, shipped_num: 3 }],
        },
      ],
    });
  });

  it('repeats the request id with the same parcels and changes it with other ones', async () => {
    const { client, ship } = part({ data: {} });
    const other = notice([parcel('YT9', [[NO, 1]])]);
    for (const one of [whole, whole, other]) await ship.send(fakeCall, one);
    const ids = client.calls.map(({ params }) => params['request_id']);
    expect(ids[0]).toBe(ids[1]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  it('cuts more than 20 parcels into calls', async () => {
    const { client, ship } = part({ data: {} });
    await ship.send(fakeCall, notice(Array.from({ length: 21 }, (_, n) => parcel(`N${n}`, [[NO, 1]]))));
    expect(client.calls).toHaveLength(2);
  });

  it.each([60110, 70023, 60113])('takes %d for told when the platform shows our numbers', async (number) => {
    const shown = order(
      [
        { waybill: 'YT1', pieces: { [NO]: 1 } },
        { waybill: 'YT2', pieces: { [SECOND]: 3 } },
      ],
      ['3', '3'],
    );
    expect((await part(fault(number), shown).ship.send(fakeCall, whole)).kind).toBe('already-sent');
  });

  it('is a conflict when the platform shows other numbers, which a person must see', async () => {
    const shown = order([{ waybill: 'ZZ9', pieces: { [NO]: 1 } }], ['3', '2']);
    for (const number of [60110, 60113]) {
      const outcome = await part(fault(number), shown).ship.send(fakeCall, whole);
      expect(outcome).toMatchObject({ kind: 'conflict', reason: expect.stringContaining('ZZ9') });
    }
  });

  it('finds out that a repeated request id brought the first answer', async () => {
    const shown = order([{ waybill: 'OLD', pieces: { [NO]: 1, [SECOND]: 3 } }], ['3', '3']);
    const { ship } = part({ data: { pack_list: [{ logistics_code: 'OLD' }] } }, shown);
    expect((await ship.send(fakeCall, whole)).kind).toBe('conflict');
  });

  it('reads back after a lost answer: told, or still open', async () => {
    const lost: FakeAnswer = { fault: { code: '20001' } };
    const shown = order(
      [
        { waybill: 'YT1', pieces: { [NO]: 1 } },
        { waybill: 'YT2', pieces: { [SECOND]: 3 } },
      ],
      ['3', '3'],
    );
    expect((await part(lost, shown).ship.send(fakeCall, whole)).kind).toBe('already-sent');
    await expect(part(lost).ship.send(fakeCall, whole)).rejects.toMatchObject({
      kind: 'transient',
      outcomeUnknown: true,
    });
  });

  it('says that the state forbids it when nothing is shipped there', async () => {
    await expect(part(fault(60110)).ship.send(fakeCall, whole)).rejects.toMatchObject({
      kind: 'rejected',
      facts: { reason: 'state' },
    });
  });

  it('never refuses a refund along the way', async () => {
    const { client, ship } = part(fault(60040));
    await expect(ship.send(fakeCall, whole)).rejects.toMatchObject({ kind: 'rejected', facts: { reason: 'state' } });
    expect(client.sent(0)).not.toHaveProperty('is_reject_refund');
    expect(client.calls).toHaveLength(1);
  });

  describe('that replace a waybill', () => {
    const shown = (waybill: string, id: string | undefined = '147149636126188389') => {
      const found = order([{ waybill, pieces: { [NO]: 1, [SECOND]: 3 } }], ['3', '3']);
      return { ...found, logistics_info: found.logistics_info.map((pack) => ({ ...pack, delivery_id: id })) };
    };
    const change = notice([parcel('NEW', [[NO, 1]], 'SF')], { replaces: 'OLD' });

    it('change the parcel by its package id, or the order when it has none', async () => {
      const byPack = part({ data: {} }, shown('OLD'));
      expect(await byPack.ship.send(fakeCall, change)).toEqual({ kind: 'sent' });
      expect(byPack.client.calls[1]!.method).toBe('order.logisticsEditByPack');
      expect(byPack.client.sent(1)).toEqual({
        order_id: NO,
        pack_id: '147149636126188389',
        company_code: 'shunfeng',
        logistics_code: 'NEW',
      });
      const whole = part({ data: {} }, shown('OLD', '0'));
      await whole.ship.send(fakeCall, change);
      expect(whole.client.calls[1]!.method).toBe('order.logisticsEdit');
      expect(whole.client.sent(1)).not.toHaveProperty('pack_id');
    });

    it('are told already when the new number stands there, and a conflict when neither does', async () => {
      expect((await part({ data: {} }, shown('NEW')).ship.send(fakeCall, change)).kind).toBe('already-sent');
      expect(await part({ data: {} }, shown('ELSE')).ship.send(fakeCall, change)).toMatchObject({
        kind: 'conflict',
        reason: expect.stringContaining('ELSE'),
      });
    });

    it('are read back after a lost answer, and stay open while the old number stands there', async () => {
      let isChanged = false;
      const client = new FakeDouyinClient(({ method }): FakeAnswer => {
        if (method === 'order.orderDetail') return { data: { shop_order_detail: shown(isChanged ? 'NEW' : 'OLD') } };
        isChanged = true;
        return { fault: { code: '20001' } };
      });
      const ship = new DouyinShipments(client.asClient(), new DouyinOrders(client.asClient()));
      expect((await ship.send(fakeCall, change)).kind).toBe('already-sent');
      await expect(part({ fault: { code: '20001' } }, shown('OLD')).ship.send(fakeCall, change)).rejects.toMatchObject({
        outcomeUnknown: true,
      });
      await expect(part(fault(70011), shown('OLD')).ship.send(fakeCall, change)).rejects.toMatchObject({
        kind: 'rejected',
      });
    });
  });

  it('refuses a notice without parcels', async () => {
    await expect(part({ data: {} }).ship.send(fakeCall, notice([]))).rejects.toMatchObject({ kind: 'rejected' });
  });

  it('shows a line as shipped when all its pieces are told, and the order when nothing is left', async () => {
    const state = (shown: Shown[], statuses: string[]) =>
      part({ data: {} }, order(shown, statuses)).ship.state(fakeCall, NO);
    const some = await state([{ waybill: 'A', pieces: { [SECOND]: 2 } }], ['2', '101']);
    expect(some.lines).toEqual([
      { platformLineNo: NO, isShipped: false },
      { platformLineNo: SECOND, isShipped: false, waybillNo: 'A', carrier: 'ZTO' },
    ]);
    const all = await state(
      [
        { waybill: 'A', pieces: { [SECOND]: 2 } },
        { waybill: 'B', pieces: { [SECOND]: 1 } },
      ],
      ['4', '101'],
    );
    expect([all.allShipped, all.lines.map(({ isShipped }) => isShipped)]).toEqual([true, [false, true]]);
  });
});
