import { FormatRegistry } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { CanonicalAfterSale, CanonicalAfterSaleSchema } from '@app/contracts/canonical';
import { JdAfterSales } from './jd.after-sales';
import { FakeAnswer, FakeJdClient, SeenCall, failureOf, fakeCall, fakeConfig, fixtureText } from './jd.client.fake';
import { JdConfig } from './jd.config';
import { JdRefunds } from './jd.refunds';
import { JdServices } from './jd.services';

FormatRegistry.Set('date-time', (text) => !Number.isNaN(Date.parse(text)));

const LIST = 'jingdong.pop.afs.soa.refundapply.queryPageList';
const BY_ID = 'jingdong.pop.afs.soa.refundapply.queryById';
const SYNC = 'jingdong.asc.sync.list';
const VIEW = 'jingdong.asc.query.view';
const FREIGHT = 'jingdong.asc.freight.view';
const MONEY = 'jingdong.asc.serviceAndRefund.view';
const window = { from: new Date('2024-03-05T15:30:00+08:00'), to: new Date('2024-03-05T16:30:00+08:00') };

const applications = (result: object[], success: unknown = true): FakeAnswer => ({
  root: { queryResult: { success, totalCount: result.length, result } },
});
const services = (data: object[], success: unknown = true): FakeAnswer => ({
  root: { pageResult: { success, totalCount: data.length, data } },
});
const application = (change: object = {}): object => ({
  id: 7012345678,
  orderId: '296716636166',
  applyTime: '2024-03-05 16:00:01',
  applyRefundSum: 17820.0,
  status: 0,
  checkTime: null,
  ...change,
});
const service = (change: object = {}): object => ({
  serviceId: 1900012345,
  orderId: 296716636167,
  applyTime: 1709800000000,
  updateDate: 1709803600000,
  customerExpect: 10,
  serviceStatus: 10001,
  skuId: 100012043978,
  actualPayPrice: 89.1,
  serviceCount: 1,
  ...change,
});
const paid = (change: object = {}): object => ({
  afsRefundId: 55001234,
  refoundAmount: 89.1,
  completeTime: '2024-03-05 16:01:02',
  status: 13,
  sameOrderServiceBill: { serviceId: 1900012345, orderId: 296716636167 },
  ...change,
});

type Answers = Record<string, FakeAnswer | ((call: SeenCall) => FakeAnswer)>;
function afterSales(answers: Answers, change: Partial<JdConfig> = {}) {
  const none: Answers = {
    [LIST]: applications([]),
    [BY_ID]: applications([]),
    [SYNC]: services([]),
    [FREIGHT]: services([]),
    [MONEY]: services([]),
  };
  const client = new FakeJdClient((call) => {
    const answer = { ...none, ...answers }[call.method]!;
    return typeof answer === 'function' ? answer(call) : answer;
  });
  const config = fakeConfig(change);
  const refunds = new JdRefunds(client.asClient(), config);
  return { client, refunds, jd: new JdAfterSales(refunds, new JdServices(client.asClient(), config), config) };
}

async function read(found: ReturnType<typeof afterSales>): Promise<{ rows: CanonicalAfterSale[]; failed: unknown[] }> {
  const rows: CanonicalAfterSale[] = [];
  const failed: unknown[] = [];
  for await (const page of found.jd.pages(fakeCall, window)) {
    rows.push(...page.afterSales);
    failed.push(...(page.failed ?? []));
  }
  return { rows, failed };
}

/** Answers only the list by update time. */
const bySync = (rows: object[]): Answers => ({
  [SYNC]: ({ params }) => services(params['updateTimeBegin'] === undefined ? [] : rows),
});

describe('applications for refunds', () => {
  it('map the sheet’s sample, in fen, with their own text', async () => {
    const found = afterSales({
      [LIST]: ({ params }) =>
        params['checkTimeStart'] || params['status'] ? applications([]) : { text: fixtureText('refunds.json') },
    });
    const { rows } = await read(found);
    expect(rows).toHaveLength(1);
    expect([...Value.Errors(CanonicalAfterSaleSchema, rows[0])]).toEqual([]);
    expect(rows[0]).toMatchObject({
      platformAfterSaleNo: '7012345678',
      platformOrderNo: '296716636166',
      kind: 'refund_only',
      state: 'requested',
      rawStatus: '0',
      phase: 'before_completion',
      refundFen: 17820,
      goodsComeBack: false,
      reason: '不想买了',
      createdAt: '2024-03-05T16:00:01+08:00',
      modifiedAt: '2024-03-05T16:00:01+08:00',
    });
    expect(rows[0]).not.toHaveProperty('platformLineNo');
    expect(rows[0]!.raw).toContain('"applyRefundSum":17820.0,\n');
  });

  it('are looked for by application, by review and by the ends that no time shows', async () => {
    const found = afterSales({});
    await read(found);
    expect(
      found.client
        .of(LIST)
        .map(({ params: { applyTimeStart, applyTimeEnd, checkTimeStart, checkTimeEnd, status } }) => [
          applyTimeStart,
          applyTimeEnd,
          checkTimeStart,
          checkTimeEnd,
          status,
        ]),
    ).toEqual([
      ['2024-03-05 15:30:00', '2024-03-05 16:30:00', undefined, undefined, undefined],
      [undefined, undefined, '2024-03-05 15:30:00', '2024-03-05 16:30:00', undefined],
      ...['3', '4', '11', '18'].map((status) => [
        '2024-02-27 15:30:00',
        '2024-03-05 16:30:00',
        undefined,
        undefined,
        status,
      ]),
    ]);
    expect(found.client.of(LIST)[0]!.json).toContain('"pageIndex":1,"pageSize":50,"showSku":true');
    const quiet = afterSales({}, { refundLookbackDays: 0 });
    await read(quiet);
    expect(quiet.client.of(LIST)).toHaveLength(2);
  });

  it('carry the later of both times, what goods do, and the prefix that was configured', async () => {
    const rows = [
      application({ status: 6, checkTime: '2024-03-05 16:10:00' }),
      application({ id: 2, status: 17 }),
      application({ id: 3, status: 28 }),
    ];
    const answer = ({ params }: SeenCall) => applications(params['checkTimeStart'] ? rows : []);
    const { rows: found } = await read(afterSales({ [LIST]: answer }, { refundNoPrefix: 'R' }));
    expect(
      found.map(({ platformAfterSaleNo: no, kind, state, goodsComeBack }) => [no, kind, state, goodsComeBack]),
    ).toEqual([
      ['R7012345678', 'refund_only', 'requested', true],
      ['R2', 'return_refund', 'wait_return', true],
      ['R3', 'refund_only', 'unknown', false],
    ]);
    expect(found[0]!.modifiedAt).toBe('2024-03-05T16:10:00+08:00');
  });

  it('that cannot be read are named and stop nothing', async () => {
    const rows = [application({ applyRefundSum: 1.5 }), application({ id: 2 }), { id: 3 }, {}];
    const answer = ({ params }: SeenCall) => applications(params['checkTimeStart'] ? rows : []);
    const { rows: found, failed } = await read(afterSales({ [LIST]: answer }));
    expect(found.map((one) => one.platformAfterSaleNo)).toEqual(['2']);
    expect(failed).toHaveLength(3);
    expect(failed[0]).toEqual({ platformAfterSaleNo: '7012345678', reason: expect.stringContaining('1.5') as string });
  });

  it('fail as a whole when the answer says no inside', async () => {
    const error = await failureOf(read(afterSales({ [LIST]: applications([], false) })));
    expect(error.kind).toBe('rejected');
  });

  it.each([
    [[], 'none'],
    [[0], 'requested'],
    [[1], 'requested'],
    [[2], 'none'],
    [[3], 'none'],
    [[11, 2], 'none'],
    [[3, 0], 'requested'],
    [[17], 'agreed'],
    [[4], 'unknown'],
  ])('%j of an order mean %s before it is shipped', async (statuses, state) => {
    const found = afterSales({
      [LIST]: applications(statuses.map((status, id) => application({ id: id + 1, status }))),
    });
    expect(await found.refunds.stateOf(fakeCall, '296716636166')).toBe(state);
    expect(found.client.calls[0]!.params['orderId']).toBe('296716636166');
  });
});

describe('service orders', () => {
  it('map the sheet’s sample, in yuan, with the number that the buyer sent them back with', async () => {
    const found = afterSales({
      [SYNC]: ({ params }) =>
        params['updateTimeBegin'] === undefined ? services([]) : { text: fixtureText('services.json') },
      [FREIGHT]: { root: { result: { success: true, expressCompany: '顺丰', expressCode: 'SF9' } } },
    });
    const { rows } = await read(found);
    expect(rows).toHaveLength(1);
    expect([...Value.Errors(CanonicalAfterSaleSchema, rows[0])]).toEqual([]);
    expect(rows[0]).toMatchObject({
      platformAfterSaleNo: '1900012345',
      platformOrderNo: '296716636167',
      platformLineNo: '296716636167-100012043978',
      kind: 'return_refund',
      state: 'return_sent',
      rawStatus: '10005',
      refundFen: 8910,
      goodsComeBack: true,
      quantity: 1,
      platformVersion: '3',
      returnParcel: { waybillNo: 'SF9', carrier: '顺丰' },
      createdAt: '2024-03-07T16:26:40+08:00',
      modifiedAt: '2024-03-07T17:26:40+08:00',
    });
    expect(found.client.of(FREIGHT)[0]!.json).toContain('"serviceId":1900012345,"orderId":296716636167');
  });

  it('are looked for by change, by return number and by payment, with complete pairs and flat names', async () => {
    const found = afterSales({});
    await read(found);
    const [byChange, byFreight] = found.client.of(SYNC).map(({ params }) => params);
    const head = { buId: '10706', operatePin: 'huidian', operateNick: 'huidian', pageNumber: '1', pageSize: '50' };
    expect(byChange).toEqual({ ...head, updateTimeBegin: '2024-03-05 15:30:00', updateTimeEnd: '2024-03-05 16:30:00' });
    expect(byFreight).toEqual({
      ...head,
      freightUpdateDateBegin: '2024-03-05 15:30:00',
      freightUpdateDateEnd: '2024-03-05 16:30:00',
    });
    expect(found.client.of(MONEY)[0]!.params).toEqual({
      ...head,
      applyTimeBegin: '2024-02-19 15:30:00',
      applyTimeEnd: '2024-03-05 16:30:00',
    });
    const quiet = afterSales({}, { serviceLookbackDays: 0, timeFilters: 'ms' });
    await read(quiet);
    expect(quiet.client.of(MONEY)).toEqual([]);
    expect(quiet.client.of(SYNC)[0]!.json).toContain(`"updateTimeBegin":${window.from.getTime()}`);
  });

  it.each([
    ['asked for', { serviceStatus: 10001 }, [], 'requested', 8910],
    ['done without money yet', { serviceStatus: 10010 }, [], 'return_sent', 8910],
    [
      'done, another one’s money',
      { serviceStatus: 10010 },
      [paid({ sameOrderServiceBill: { serviceId: 1 } })],
      'return_sent',
      8910,
    ],
    ['done, no refund number', { serviceStatus: 10010 }, [paid({ afsRefundId: null })], 'return_sent', 8910],
    ['done and paid', { serviceStatus: 10010 }, [paid({ refoundAmount: 80 })], 'succeeded', 8000],
    ['done, the refund failed', { serviceStatus: 10010 }, [paid({ status: 14 })], 'unknown', 8910],
    [
      'done, one refund failed and one was paid',
      { serviceStatus: 10010 },
      [paid({ status: 14 }), paid()],
      'succeeded',
      8910,
    ],
    ['paying', { serviceStatus: 10041 }, [], 'return_sent', 8910],
    ['paid before it is done', { serviceStatus: 10041 }, [paid()], 'succeeded', 8910],
    ['an exchange that is done', { serviceStatus: 10010, customerExpect: 20 }, [], 'succeeded', 0],
    ['refused', { serviceStatus: 10004 }, [], 'refused', 8910],
  ] as [string, object, object[], string, number][])('%s', async (_title, change, money, state, refundFen) => {
    const answer: Answers = {
      ...bySync([service(change)]),
      [MONEY]: ({ params }) => services(params['orderId'] === undefined ? [] : money),
    };
    const { rows } = await read(afterSales(answer));
    expect(rows.map((row) => [row.state, row.refundFen])).toEqual([[state, refundFen]]);
  });

  it('ask for a return number only while goods are on their way, and do without one', async () => {
    const waiting = afterSales(bySync([service({ serviceStatus: 10005 })]));
    expect((await read(waiting)).rows[0]!.state).toBe('wait_return');
    expect(waiting.client.of(FREIGHT)).toHaveLength(1);
    const others = afterSales(bySync([service(), service({ serviceId: 2, serviceStatus: 10005, customerExpect: 11 })]));
    await read(others);
    expect(others.client.of(FREIGHT)).toEqual([]);
  });

  it('keep the number that goods came back with when they are done', async () => {
    const done = afterSales({
      ...bySync([service({ serviceStatus: 10010 })]),
      [FREIGHT]: { root: { result: { success: true, data: [{ expressCompany: '顺丰', expressCode: 'SF9' }] } } },
    });
    expect((await read(done)).rows[0]!.returnParcel).toEqual({ waybillNo: 'SF9', carrier: '顺丰' });
  });

  it('speak of no line when they concern several SKUs, and add up their parts', async () => {
    const details = [
      { skuId: 1, wareNum: 2, actualPayPrice: 10 },
      { skuId: 2, wareNum: 1, actualPayPrice: 5.5 },
    ];
    const row = service({
      skuId: undefined,
      actualPayPrice: undefined,
      serviceCount: undefined,
      serviceBillDetailList: details,
    });
    const { rows } = await read(afterSales(bySync([row])));
    expect(rows[0]).toMatchObject({ refundFen: 1550, quantity: 3 });
    expect(rows[0]).not.toHaveProperty('platformLineNo');
  });

  it('that were paid in the window come although nothing else of them moved', async () => {
    const found = afterSales({
      [MONEY]: ({ params }) =>
        services(
          params['orderId'] === undefined
            ? [paid(), paid({ completeTime: '2024-03-04 00:00:00' }), paid({ afsRefundId: null })]
            : [paid()],
        ),
      [VIEW]: { root: { result: { success: true, data: service({ serviceStatus: 10010 }) } } },
    });
    const { rows } = await read(found);
    expect(rows.map((row) => [row.platformAfterSaleNo, row.state, row.refundFen])).toEqual([
      ['1900012345', 'succeeded', 8910],
    ]);
    expect(found.client.of(VIEW)).toHaveLength(1);
  });

  it('that a page left out although it was counted are asked for once more', async () => {
    let reading = 0;
    const found = afterSales({
      [SYNC]: ({ params }) => {
        if (params['updateTimeBegin'] === undefined) return services([]);
        reading += 1;
        const data = reading === 1 ? [service()] : [service(), service({ serviceId: 2 })];
        return { root: { pageResult: { success: true, totalCount: 2, data } } };
      },
    });
    const { rows } = await read(found);
    expect(new Set(rows.map((row) => row.platformAfterSaleNo))).toEqual(new Set(['1900012345', '2']));
  });
});

describe('one after-sale', () => {
  it('is an application, with the answer as its text', async () => {
    const found = afterSales({ [BY_ID]: applications([application({ id: 5, status: 3 })]) });
    const one = await found.jd.one(fakeCall, '5');
    expect([one.platformAfterSaleNo, one.state, one.raw.startsWith('{"jingdong')]).toEqual(['5', 'succeeded', true]);
    const single = afterSales({
      [BY_ID]: { root: { queryResult: { success: true, result: application({ id: 5 }) } } },
    });
    expect((await single.jd.one(fakeCall, '5')).platformAfterSaleNo).toBe('5');
  });

  it('is a service order when no application has the number', async () => {
    for (const answer of [applications([]), applications([], false), { fault: '71' }]) {
      const found = afterSales({
        [BY_ID]: answer,
        [SYNC]: services([service()]),
        [VIEW]: { root: { result: { ...service(), success: true } } },
      });
      expect((await found.jd.one(fakeCall, '1900012345')).kind).toBe('return_refund');
    }
  });

  it('is read by its order at once where that is known, and is no application of another order', async () => {
    const found = afterSales({
      [BY_ID]: applications([application({ id: 1900012345 })]),
      [VIEW]: { root: { result: { success: true, data: service() } } },
    });
    const one = await found.jd.one(fakeCall, '1900012345', '296716636167');
    expect([one.kind, one.platformOrderNo]).toEqual(['return_refund', '296716636167']);
    expect(found.client.of(SYNC)).toEqual([]);
    expect((await found.jd.one(fakeCall, '1900012345', '296716636166')).kind).toBe('refund_only');
    const none = afterSales({ [VIEW]: { root: { result: { success: true, data: null } } } });
    expect((await failureOf(none.jd.one(fakeCall, '1', '2'))).kind).toBe('not-found');
  });

  it('is looked for in one system alone where a prefix tells them apart', async () => {
    const found = afterSales({ [BY_ID]: applications([application({ id: 5 })]) }, { refundNoPrefix: 'R' });
    expect((await found.jd.one(fakeCall, 'R5')).platformAfterSaleNo).toBe('R5');
    expect((await failureOf(found.jd.one(fakeCall, '5'))).kind).toBe('not-found');
    expect(found.client.of(BY_ID)).toHaveLength(1);
  });

  it('is told as a failure when JD fails', async () => {
    expect((await failureOf(afterSales({ [BY_ID]: { fault: '66' } }).jd.one(fakeCall, '5'))).kind).toBe('transient');
  });
});
