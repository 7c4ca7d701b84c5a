import type { Answer } from '../../testing/harness';
import { FLAGSHIP, OPERATOR, startHere, type Client } from './testing/jd-client';

let client: Client;
let stop: () => Promise<void>;

beforeAll(async () => {
  const { client: own, simulator } = await startHere({ SIMULATOR_STORY_RATE: '1' });
  client = own;
  stop = () => simulator.close();
  await client.control('POST', '/seed', { platform: 'jd', seed: 5, orders: 2, listings: 8, days: 1, stock: 1_000 });
});
afterAll(() => stop());

const stateOf = async (no: string): Promise<Answer> =>
  (await client.inner('jingdong.pop.order.enGet', { order_id: no, optional_fields: 'orderState,modified,waybill' }))
    .orderDetailInfo.orderInfo as Answer;
const placed = async (codes = ['TEE-RED-S', 'JEAN-RED-28'], more: Answer = {}): Promise<Answer> =>
  client.order(codes, more);
const applications = async (params: Answer): Promise<Answer[]> =>
  (
    await client.inner('jingdong.pop.afs.soa.refundapply.queryPageList', {
      pageIndex: '1',
      pageSize: '50',
      ...params,
    })
  ).queryResult.result as Answer[];
const services = async (params: Answer, method = 'jingdong.asc.query.list'): Promise<Answer[]> =>
  (await client.inner(method, { ...OPERATOR, ...params })).pageResult.data as Answer[];
const asc = async (act: string, params: Answer): Promise<Answer> =>
  (await client.inner(`jingdong.asc.${act}`, { ...OPERATOR, approveNotes: '同意', approveReasonCid1: 101, ...params }))
    .result as Answer;
const reply = async (id: unknown, status: number, more: Answer = {}): Promise<Answer> =>
  (
    await client.inner('jingdong.pop.afs.soa.refundapply.replyRefund', {
      id,
      status,
      checkUserName: '客服',
      remark: '核对',
      ...more,
    })
  ).replyResult as Answer;

/** An order that its buyer has. */
async function delivered(codes?: string[]): Promise<string> {
  const no = (await placed(codes)).platformOrderNo as string;
  await client.inner('jingdong.pop.order.shipment', { orderId: no, logiCoprId: '467', logiNo: `SF${no}` });
  await client.act(no, 'sign');
  return no;
}

describe('applications for a refund', () => {
  it('ask the whole order back in fen, whatever line was meant, and lock it', async () => {
    const order = await placed();
    const no = order.platformOrderNo as string;
    const before = await stateOf(no);
    await client.control('POST', '/advance', { seconds: 60 });
    await client.act(no, 'request-refund', { lineNo: (order.lines as Answer[])[1]!.no as string });
    const [own, ...more] = await applications({ orderId: no });
    expect(more).toEqual([]);
    expect(own).toMatchObject({ orderId: no, status: 0, applyRefundSum: order.payableFen, checkTime: null });
    const locked = await stateOf(no);
    expect(locked.orderState).toBe('LOCKED');
    expect(locked.modified > before.modified).toBe(true);
    const refusal = await client.inner('jingdong.pop.order.shipment', {
      orderId: no,
      logiCoprId: '467',
      logiNo: 'SF1234567',
    });
    expect(refusal.sopjosshipment_result).toMatchObject({ success: false, errorCode: '10400002' });
    const [truth] = (await client.truth('after-sales')).filter((one) => one.platformOrderNo === no);
    expect(truth).toMatchObject({ platformLineNo: null, amountFen: order.payableFen });
    expect((truth!.parts as Answer[]).length).toBe(2);
  });

  it('are approved: the money arrives later, the order is cancelled, its units can be sold again', async () => {
    const units = async (): Promise<number> =>
      (await client.truth('stock', `&platformShopId=${FLAGSHIP.shopId}`)).find((one) => one.merchantCode === 'BAG-RED')!
        .quantity as number;
    const before = await units();
    const no = (await placed(['BAG-RED'])).platformOrderNo as string;
    expect(await units()).toBe(before - 1);
    await client.act(no, 'request-refund', {});
    const [own] = await applications({ orderId: no });
    expect(await reply(own!.id, 2, { rejectType: '' }).catch(() => ({ refused: true }))).toEqual({ refused: true });
    expect(await reply(own!.id, 1)).toMatchObject({ success: true });
    expect(await reply(own!.id, 1)).toMatchObject({ success: false });
    expect((await applications({ orderId: no }))[0]).toMatchObject({ status: 1, checkUserName: '客服' });
    expect((await stateOf(no)).orderState).toBe('LOCKED');
    await client.control('POST', '/advance', { seconds: 900 });
    expect((await applications({ orderId: no }))[0]!.status).toBe(3);
    expect((await stateOf(no)).orderState).toBe('TRADE_CANCELED');
    expect(await units()).toBe(before);
  });

  it('are refused or taken back, and the order waits for its parcel again', async () => {
    for (const end of ['refuse', 'withdraw']) {
      const no = (await placed()).platformOrderNo as string;
      await client.act(no, 'request-refund', {});
      const [own] = await applications({ orderId: no });
      if (end === 'refuse') await reply(own!.id, 2, { rejectType: 5 });
      else await client.act(no, 'withdraw-refund');
      expect((await applications({ orderId: no }))[0]!.status).toBe(end === 'refuse' ? 2 : 11);
      expect((await stateOf(no)).orderState).toBe('WAIT_SELLER_STOCK_OUT');
    }
  });

  it('are found by two clocks: one that was asked before and decided now is in no window of application times', async () => {
    const no = (await placed()).platformOrderNo as string;
    await client.act(no, 'request-refund', {});
    await client.control('POST', '/advance', { seconds: 600 });
    const from = await client.storyText(-1_000);
    const [own] = await applications({ orderId: no });
    await reply(own!.id, 2, { rejectType: 1 });
    const to = await client.storyText(1_000);
    const ids = (rows: Answer[]): unknown[] => rows.map((row) => row.id as unknown);
    expect(ids(await applications({ applyTimeStart: from, applyTimeEnd: to }))).not.toContain(own!.id);
    expect(ids(await applications({ checkTimeStart: from, checkTimeEnd: to }))).toContain(own!.id);
  });

  it('of a part leave the order to be shipped', async () => {
    const no = (await placed()).platformOrderNo as string;
    await client.act(no, 'request-refund', { amountFen: 500 });
    const [own] = await applications({ orderId: no });
    expect(own).toMatchObject({ applyRefundSum: 500, partRefundType: 1 });
    await client.act(no, 'grant-refund');
    expect((await stateOf(no)).orderState).toBe('WAIT_SELLER_STOCK_OUT');
  });

  it('of a parcel under way end in DELIVERY_RETURN', async () => {
    const no = (await placed()).platformOrderNo as string;
    await client.inner('jingdong.pop.order.shipment', { orderId: no, logiCoprId: '467', logiNo: `SF${no}` });
    await client.act(no, 'request-refund', {});
    expect((await applications({ orderId: no })).length).toBe(1);
    await client.act(no, 'grant-refund');
    expect((await stateOf(no)).orderState).toBe('DELIVERY_RETURN');
  });
});

describe('service orders', () => {
  it('are of one SKU, in yuan, and do not move the order', async () => {
    const no = await delivered();
    const before = await stateOf(no);
    await client.control('POST', '/advance', { seconds: 60 });
    const truth = await client.control('GET', `/platforms/jd/orders/${no}`);
    const line = (truth.lines as Answer[])[1]!;
    await client.act(no, 'request-refund', { lineNo: line.no as string, kind: 'return' });
    const [own] = await services({ orderId: no });
    expect(own).toMatchObject({
      orderId: Number(no),
      skuId: Number(line.listingSkuId),
      customerExpect: 10,
      serviceStatus: 10001,
    });
    expect(own!.actualPayPrice).toBe((line.paidFen as number) / 100);
    expect(await stateOf(no)).toEqual(before);
  });

  it('go from the review to the money, with a version for each write and a clock of its own for the freight', async () => {
    const no = await delivered(['CAP-RED']);
    await client.act(no, 'request-refund', { kind: 'return' });
    const [own] = await services({ orderId: no });
    const ids = { serviceId: own!.serviceId as number, orderId: no };
    expect(await asc('audit.send', { ...ids, sysVersion: 9 })).toMatchObject({ success: false, code: '3002' });
    expect(await asc('audit.send', { ...ids, sysVersion: own!.sysVersion as number })).toMatchObject({ success: true });
    const view = async (): Promise<Answer> => (await asc('query.view', ids)).data as Answer;
    expect(await view()).toMatchObject({ serviceStatus: 10005, approveResult: 33 });
    await client.control('POST', '/advance', { seconds: 600 });
    const from = await client.storyText(-1_000);
    await client.act(no, 'send-back', { carrier: '1499', waybillNo: '7390000000001' });
    const to = await client.storyText(1_000);
    const sync = (params: Answer): Promise<Answer[]> => services(params, 'jingdong.asc.sync.list');
    expect(await sync({ updateTimeBegin: from, updateTimeEnd: to })).toEqual([]);
    expect(await sync({ freightUpdateDateBegin: from, freightUpdateDateEnd: to })).toHaveLength(1);
    expect((await asc('freight.view', ids)).data).toMatchObject({
      expressCode: '7390000000001',
      expressCompany: '中通速递',
    });
    const money = async (): Promise<Answer> =>
      (await client.inner('jingdong.asc.serviceAndRefund.view', { ...OPERATOR, orderId: no })).pageResult
        .data[0] as Answer;
    const apply = (): Promise<Answer> =>
      client.inner('jingdong.pop.afs.soa.afsRefundApply', { afsServiceId: ids.serviceId, processType: 1, source: 1 });
    expect((await apply()).returnType.success).toBe(false);
    const unpacked = { packingState: 1, qualityState: 1, receivePin: 'a', receiveName: 'a', wareNum: 1 };
    const { sysVersion } = await view();
    expect(await asc('receive.register', { ...ids, ...unpacked, sysVersion: sysVersion as number })).toMatchObject({
      success: true,
    });
    expect((await view()).serviceStatus).toBe(10007);
    expect(await money()).toMatchObject({ afsRefundId: null, status: null });
    expect((await apply()).returnType.success).toBe(true);
    expect(await view()).toMatchObject({ serviceStatus: 10041 });
    expect(await money()).toMatchObject({ status: 11 });
    await client.control('POST', '/advance', { seconds: 900 });
    expect(await money()).toMatchObject({ status: 13, refoundAmount: expect.any(Number) });
    expect(await view()).toMatchObject({ serviceStatus: 10010, processResult: 100 });
  });

  it.each([
    ['refund', 11],
    ['exchange', 20],
    ['repair', 30],
    ['resend', 80],
  ])('may be asked for as %s', async (kind, expectation) => {
    const no = await delivered(['CAP-RED']);
    await client.act(no, 'request-refund', { kind });
    const [own] = await services({ orderId: no });
    expect(own).toMatchObject({ customerExpect: expectation, serviceStatus: 10001 });
    const ids = { serviceId: own!.serviceId as number, orderId: no };
    if (kind === 'refund') {
      expect(await asc('audit.refuse', { ...ids, sysVersion: 1 })).toMatchObject({ success: true });
      expect((await services({ orderId: no }))[0]!.serviceStatus).toBe(10004);
    } else if (kind === 'resend') {
      const parcel = { expressCode: 'SF8880000001', shipWayId: '467', wareNum: 1 };
      expect(await asc('audit.reissue', { ...ids, ...parcel, sysVersion: 1 })).toMatchObject({ success: true });
      expect((await services({ orderId: no }))[0]!.serviceStatus).toBe(10009);
    } else {
      expect(await asc('audit.send', { ...ids, sysVersion: 1 })).toMatchObject({ success: true });
      const freight = { expressCode: 'SF8880000002', expressCompany: '顺丰', shipWayId: '467' };
      expect(await asc('freight.save', { ...ids, ...freight })).toMatchObject({ success: true });
      const change = { ...ids, expressCode: 'SF8880000003', shipWayId: '467' };
      expect(await asc('process.offline.change', { ...change, sysVersion: 3 })).toMatchObject({ code: '3003' });
      const unpacked = { packingState: 1, qualityState: 1, receivePin: 'a', receiveName: 'a', wareNum: 1 };
      await asc('receive.register', { ...ids, ...unpacked, sysVersion: 3 });
      expect(await asc('process.offline.change', { ...change, sysVersion: 4 })).toMatchObject({ success: true });
    }
  });

  it('need the vender and an operator, complete pairs of times, and belong to one shop', async () => {
    expect(await client.refusal('jingdong.asc.query.list', { pageNumber: 1 })).toBe('60');
    expect(await client.refusal('jingdong.asc.query.list', { ...OPERATOR, buId: '10707' })).toBe('61');
    const half = { ...OPERATOR, updateTimeBegin: await client.storyText() };
    expect(await client.refusal('jingdong.asc.sync.list', half)).toBe('60');
    expect(await client.refusal('jingdong.asc.sync.list', OPERATOR)).toBe('60');
  });
});
