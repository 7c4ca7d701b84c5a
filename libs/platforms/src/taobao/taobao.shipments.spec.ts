import { PlatformError, ShipNotice } from '../port';
import { FakeAnswer, FakeTaobaoClient, fakeCall, fakeConfig } from './taobao.client.fake';
import { TaobaoRequest } from './taobao.client';
import { TaobaoOrders } from './taobao.orders';
import { TaobaoShipments } from './taobao.shipments';

const TID = '2231958349212345678';
const line = (no: string, quantity = 1, orderedQuantity = 1) => ({ platformLineNo: no, quantity, orderedQuantity });
const notice = (change: Partial<ShipNotice> = {}): ShipNotice => ({
  platformOrderNo: TID,
  parcels: [{ carrier: 'DEPPON', waybillNo: '78000001', lines: [line('1'), line('2')] }],
  finishesOrder: true,
  shippedBefore: false,
  idempotencyKey: 'k',
  ...change,
});

type Line = { oid: string; status: string; invoice_no?: string };

function shipments(
  send: (request: TaobaoRequest) => FakeAnswer,
  lines: Line[] = [],
): { client: FakeTaobaoClient; part: TaobaoShipments } {
  const client = new FakeTaobaoClient((request) =>
    request.method === 'taobao.trade.fullinfo.get'
      ? { root: { trade: { tid: TID, status: 'WAIT_SELLER_SEND_GOODS', orders: { order: lines } } } }
      : send(request),
  );
  return { client, part: new TaobaoShipments(client.asClient(), new TaobaoOrders(client.asClient(), fakeConfig())) };
}

const done = (): FakeAnswer => ({ root: { shipping: { is_success: true } } });
const refused = (code: string) => (): FakeAnswer => ({
  fault: { code: '15', subCode: `isv.logistics-offline-service-error:${code}` },
});
const shipped = (waybillNo: string): Line[] =>
  ['1', '2'].map((oid) => ({ oid, status: 'WAIT_BUYER_CONFIRM_GOODS', invoice_no: waybillNo }));
const waiting: Line[] = ['1', '2'].map((oid) => ({ oid, status: 'WAIT_SELLER_SEND_GOODS' }));

describe('taobao ship notices', () => {
  it('tells a whole order in one classic call with the translated carrier', async () => {
    const { client, part } = shipments(done);
    expect(await part.send(fakeCall, notice())).toEqual({ kind: 'sent' });
    expect(client.calls).toHaveLength(1);
    expect(client.calls[0]).toMatchObject({
      method: 'taobao.logistics.offline.send',
      isWrite: true,
      params: { tid: TID, out_sid: '78000001', company_code: 'DBKD', is_split: '0' },
    });
    expect(client.calls[0]!.params).not.toHaveProperty('sub_tid');
  });

  it('splits by line with one call per parcel', async () => {
    const { client, part } = shipments(done);
    const parcels = ['1', '2'].map((no) => ({ carrier: 'ZTO', waybillNo: `7800000${no}`, lines: [line(no)] }));
    await part.send(fakeCall, notice({ parcels }));
    expect(
      client.calls.map((call) => [call.params['is_split'], call.params['sub_tid'], call.params['out_sid']]),
    ).toEqual([
      ['1', '1', '78000001'],
      ['1', '2', '78000002'],
    ]);
  });

  it('names lines when earlier ones were told before, at most 50 in a call', async () => {
    const { client, part } = shipments(done);
    const lines = Array.from({ length: 60 }, (_, index) => line(String(index)));
    await part.send(fakeCall, notice({ shippedBefore: true, parcels: [{ carrier: 'ZTO', waybillNo: '78', lines }] }));
    expect(client.calls.map((call) => call.params['sub_tid']!.split(',').length)).toEqual([50, 10]);
  });

  it('uses the new chain when a line is split, and refuses when the platform forbids that', async () => {
    const { client, part } = shipments(() => ({ root: { result: { success: true } } }));
    const split = notice({
      finishesOrder: false,
      parcels: [{ carrier: 'ZTO', waybillNo: '78', lines: [line('1', 1, 3)] }],
    });
    expect((await part.send(fakeCall, split)).kind).toBe('sent');
    expect(client.calls[0]!.method).toBe('alibaba.ascp.logistics.offline.send');
    expect(client.calls[0]!.params['consign_type']).toBe('1');
    expect(JSON.parse(client.calls[0]!.params['consign_pkgs']!)).toEqual([
      { out_sid: '78', company_code: 'ZTO', goods: [{ sub_tid: '1', item_type: 0, num: 1 }] },
    ]);
    await expect(part.send(fakeCall, { ...split, noLineSplit: true })).rejects.toMatchObject({ kind: 'rejected' });
  });

  it('switches to the new chain when the platform asks for it (CD86)', async () => {
    const { client, part } = shipments((request) =>
      request.method.startsWith('taobao.') ? refused('CD86')() : { root: { result: { success: true } } },
    );
    expect((await part.send(fakeCall, notice())).kind).toBe('sent');
    expect(client.calls.map((call) => call.method)).toEqual([
      'taobao.logistics.offline.send',
      'alibaba.ascp.logistics.offline.send',
    ]);
  });

  it('takes B04 as success only when the read-back shows our waybill', async () => {
    expect((await shipments(refused('B04'), shipped('78000001')).part.send(fakeCall, notice())).kind).toBe(
      'already-sent',
    );
    const conflict = await shipments(refused('B04'), shipped('99')).part.send(fakeCall, notice());
    expect(conflict).toMatchObject({ kind: 'conflict', reason: expect.stringContaining('99') });
  });

  it('takes B04 without any shipped line as a state that forbids shipping', async () => {
    await expect(shipments(refused('B04'), waiting).part.send(fakeCall, notice())).rejects.toMatchObject({
      kind: 'rejected',
      facts: { reason: 'state' },
    });
  });

  it('reads back after an unknown outcome and repeats only when nothing was done', async () => {
    const lost = (): FakeAnswer => ({ fault: { code: '15', subCode: 'isp.remote-service-timeout' } });
    expect((await shipments(lost, shipped('78000001')).part.send(fakeCall, notice())).kind).toBe('already-sent');
    const error = await shipments(lost, waiting)
      .part.send(fakeCall, notice())
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(PlatformError);
    expect((error as PlatformError).kind).toBe('transient');
  });

  it('hands on refusals that no read-back can mend', async () => {
    await expect(shipments(refused('F-F06')).part.send(fakeCall, notice())).rejects.toMatchObject({
      kind: 'rejected',
      facts: { reason: 'conflict' },
    });
    await expect(shipments(refused('B02')).part.send(fakeCall, notice())).rejects.toMatchObject({
      facts: { reason: 'state' },
    });
  });

  it('changes the number of the lines that show the old one, and names them unless they are all', async () => {
    const whole = shipments(done, shipped('OLD'));
    expect(await whole.part.send(fakeCall, notice({ replaces: 'OLD' }))).toEqual({ kind: 'sent' });
    expect(whole.client.calls.at(-1)).toMatchObject({
      method: 'taobao.logistics.consign.resend',
      isWrite: true,
      params: { tid: TID, out_sid: '78000001', company_code: 'DBKD', is_split: '0' },
    });
    const part = shipments(done, [shipped('OLD')[0]!, shipped('OTHER')[1]!]);
    const parcels = [{ carrier: 'ZTO', waybillNo: '78000001', lines: [line('1')] }];
    await part.part.send(fakeCall, notice({ replaces: 'OLD', parcels }));
    expect(part.client.calls.at(-1)!.params).toMatchObject({ is_split: '1', sub_tid: '1' });
  });

  it('changes no number twice, and none that is a stranger’s', async () => {
    const again = shipments(done, shipped('78000001'));
    expect((await again.part.send(fakeCall, notice({ replaces: 'OLD' }))).kind).toBe('already-sent');
    const stranger = shipments(done, shipped('YT9'));
    expect((await stranger.part.send(fakeCall, notice({ replaces: 'OLD' }))).kind).toBe('conflict');
    for (const { client } of [again, stranger])
      expect(client.calls.map(({ method }) => method)).not.toContain('taobao.logistics.consign.resend');
    const late = shipments(refused('P08'), shipped('OLD'));
    await expect(late.part.send(fakeCall, notice({ replaces: 'OLD' }))).rejects.toMatchObject({ kind: 'rejected' });
  });

  it('shows what is shipped, closed lines apart', async () => {
    const lines = [
      { oid: '1', status: 'WAIT_BUYER_CONFIRM_GOODS', invoice_no: '78' },
      { oid: '2', status: 'TRADE_CLOSED' },
    ];
    expect(await shipments(done, lines).part.state(fakeCall, TID)).toEqual({
      platformOrderNo: TID,
      lines: [
        { platformLineNo: '1', isShipped: true, waybillNo: '78' },
        { platformLineNo: '2', isShipped: false },
      ],
      allShipped: true,
    });
  });
});
