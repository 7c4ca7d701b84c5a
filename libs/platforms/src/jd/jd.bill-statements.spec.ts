import { createServer, Server } from 'node:http';
import { AddressInfo } from 'node:net';
import { BillFile, ParsedBill } from '../port';
import { parseJdBill } from './jd.bill';
import { statementsOfDay } from './jd.bill-statements';
import { failureOf, fakeCall, fakeConfig, vectors } from './jd.client.fake';
import { JdSpClient, signSp } from './jd.sp-client';

/** The sheet's sample of a row (JD sheet §12.2). */
const ROW = {
  detailNo: '20240309000123456',
  statementId: 'ST202403090001',
  orderId: '296716636166',
  skuId: '100012043978',
  feeName: '货款',
  bal: 178.2,
  direction: 1,
  currency: 'CNY',
  rfBusiTypeDesc: '订单',
  rfBusiId: '296716636166',
  billDate: '2024-03-09',
  happenTime: 1709718070000,
  updateTime: 1709950000000,
  outTradeNo: 'T1',
  remark: '',
};

describe('bills of SP-API', () => {
  let server: Server;
  let url = '';
  let seen: { url: URL; headers: Record<string, unknown> }[] = [];
  let answer: (cursor: string | null) => { status?: number; body: unknown };

  beforeAll(async () => {
    server = createServer((request, response) => {
      const asked = new URL(request.url!, 'http://x');
      seen.push({ url: asked, headers: request.headers });
      const { status = 200, body } = answer(asked.searchParams.get('cursor'));
      response.writeHead(status, { date: fakeCall.wireNow().toUTCString() });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/rest/`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  beforeEach(() => {
    seen = [];
  });

  const page = (data: object[], nextCursor?: string, totalItems?: number): { body: unknown } => ({
    body: { success: true, data, paginationData: { nextCursor, totalItems, pageSize: 100 }, errorList: null },
  });
  const fetched = (call = fakeCall): Promise<BillFile[]> =>
    statementsOfDay(
      new JdSpClient(fakeConfig({ spGatewayUrl: url, timeoutMs: 500 })),
      fakeConfig(),
      call,
      '2024-03-09',
    );
  const parsed = async (billIncome = '1'): Promise<ParsedBill> =>
    parseJdBill('jd-bills', (await fetched())[0]!.bytes, { billIncome, feeTypes: '' });

  it('are signed as the recorded requests are', () => {
    const headers = {
      'X-JOS-App-Key': vectors.appKey,
      'X-JOS-Access-Token': vectors.accessToken,
      'X-JOS-Timestamp': '1795302289000',
    };
    const query = {
      pageSize: '20',
      startTime: '1707150035000',
      sortBy: 'modifiedTime',
      endTime: '1707236435000',
      page: '1',
      scopeSet: 'skuItemInfoList,consigneeInfo',
    };
    expect(signSp({ ...headers, ...query }, vectors.appSecret)).toBe('DFA6FEF633523EBCB64B71B1F0D4B56D');
    expect(signSp({ b: '2', a: '1' }, 'secret')).toBe('EF16F26C937CF52AE6F85DF2FD08B24A');
  });

  it('are read cursor by cursor and kept unchanged beside their day', async () => {
    const rows = [ROW, { ...ROW, detailNo: '2', feeName: '佣金', bal: -14.26, direction: 0 }];
    answer = (cursor) => (cursor === null ? page([rows[0]!], 'c2', 2) : page([rows[1]!], undefined, 2));
    const [file] = await fetched();
    expect(file).toMatchObject({ format: 'jd-bills', fileName: 'jd-10706-2024-03-09.json' });
    const { day, pages } = JSON.parse(Buffer.from(file!.bytes).toString()) as { day: string; pages: string[] };
    expect([day, pages]).toEqual([
      '2024-03-09',
      [JSON.stringify(answer(null).body), JSON.stringify(answer('c2').body)],
    ]);
    const [first, second] = seen;
    expect(first!.url.pathname).toBe('/rest/sp-finance/v0/bills');
    const query = Object.fromEntries(first!.url.searchParams);
    expect(query).toEqual({ startTime: '1709913600000', endTime: '1710000000000', pageSize: '100' });
    expect(second!.url.searchParams.get('cursor')).toBe('c2');
    expect(first!.headers).toMatchObject({
      'x-jos-app-key': fakeCall.shop.appKey,
      'x-jos-access-token': fakeCall.shop.accessToken,
      'x-jos-request-identity': 'vender',
    });
    const signed = {
      'X-JOS-App-Key': fakeCall.shop.appKey,
      'X-JOS-Access-Token': fakeCall.shop.accessToken!,
      'X-JOS-Timestamp': String(first!.headers['x-jos-timestamp']),
    };
    expect(first!.headers['x-jos-sign']).toBe(signSp({ ...signed, ...query }, fakeCall.shop.appSecret));
  });

  it('become rows with their names, orders and days', async () => {
    const fee = { ...ROW, detailNo: '2', feeName: '佣金', bal: -14.26, direction: 0, happenTime: 1709950000000 };
    answer = () => page([ROW, fee, { ...ROW, detailNo: '3', orderId: '0', feeName: '月亮税', bal: 1 }]);
    const bill = await parsed();
    expect(bill).toMatchObject({
      from: '2024-03-09T00:00:00+08:00',
      to: '2024-03-10T00:00:00+08:00',
      isWhole: true,
      rows: [
        {
          rowNo: 1,
          flowNo: '20240309000123456',
          businessNo: '296716636166/100012043978',
          merchantOrderNo: 'T1',
          platformOrderNo: '296716636166',
          occurredAt: '2024-03-09T10:06:40+08:00',
          inFen: 17820,
          outFen: 0,
          businessType: '货款',
          remark: '订单',
          entryKind: 'goods_payment',
        },
        { inFen: 0, outFen: 1426, entryKind: 'commission' },
        { inFen: 100, entryKind: 'unclassified' },
      ],
    });
    expect(bill.rows[2]).not.toHaveProperty('platformOrderNo');
    expect((await parsed('0')).rows[0]).toMatchObject({ inFen: 0, outFen: 17820, entryKind: 'refund' });
  });

  it('may stand within a Response, and repeat a row that moved between pages', async () => {
    answer = (cursor) => {
      const inner = cursor === null ? page([ROW], 'c2', 1) : page([ROW], 'c2', 1);
      return { body: { Response: inner.body } };
    };
    expect(await parsed()).toMatchObject({ isWhole: true, rows: [{ flowNo: ROW.detailNo }] });
    expect(seen).toHaveLength(2);
  });

  it('are not whole when rows are missing, contradict each other or cannot be read', async () => {
    answer = () => page([ROW], undefined, 3);
    expect((await parsed()).problems.map(({ code }) => code)).toEqual(['footer_count']);
    answer = () => page([ROW, { ...ROW, bal: 1 }, { ...ROW, detailNo: '2', bal: 'x' }, { ...ROW, detailNo: null }]);
    expect((await parsed()).problems.map(({ code }) => code)).toEqual([
      'flow_repeated',
      'row_unreadable',
      'row_unreadable',
    ]);
  });

  it('are not there yet when the day is empty, until it is so long ago that nothing can have moved', async () => {
    answer = () => page([]);
    expect((await failureOf(fetched())).kind).toBe('not-found');
    const files = await fetched({ ...fakeCall, storyNow: () => new Date('2024-03-13T00:00:00+08:00') });
    const bill = await parseJdBill('jd-bills', files[0]!.bytes, { billIncome: '1', feeTypes: '' });
    expect(bill).toMatchObject({ from: '2024-03-09T00:00:00+08:00', isWhole: true, rows: [] });
  });

  it.each([
    [200, { success: false, errorList: [{ code: '99904030005', message: '请迁入云鼎' }] }, 'rejected', 'configuration'],
    [401, { success: false, errorList: [{ code: 'X', message: 'token' }] }, 'reauthorise', undefined],
    [403, { success: false, errorList: [{ code: 'X' }] }, 'rejected', 'permission'],
    [429, { success: false, errorList: [] }, 'rate-limited', undefined],
    [200, { success: false, errorList: [{ code: '1', message: '参数错误' }] }, 'rejected', 'bad-request'],
    [500, { success: false }, 'transient', undefined],
    [404, 'not found', 'transient', undefined],
    [200, {}, 'transient', undefined],
  ])('answered by HTTP %s %j fail as %s %s', async (status, body, kind, reason) => {
    answer = () => ({ status, body });
    const error = await failureOf(fetched());
    expect([error.kind, error.facts.reason]).toEqual([kind, reason]);
  });

  it('are no bill when the file is another one', async () => {
    for (const text of [
      '',
      '[]',
      '{"day":"2024-03-09","pages":[]}',
      '{"day":"9.3.","pages":["{}"]}',
      '{"day":"2024-03-09","pages":["<"]}',
    ])
      await expect(parseJdBill('jd-bills', Buffer.from(text), { billIncome: '1', feeTypes: '' })).rejects.toMatchObject(
        { code: 'BILL_FILE.INVALID' },
      );
  });
});
