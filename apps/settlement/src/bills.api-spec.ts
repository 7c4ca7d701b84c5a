import { randomBytes } from 'node:crypto';
import { inTransaction, loadConfig, type RunningApp } from '@app/shared';
import { cloneDatabase, TEST_ROLE_PASSWORD, type TestDatabase } from '@app/shared/testing/database';
import { startTestIdentity, type TestIdentity } from '@app/shared/testing/identity';
import { testEnvironment } from '@app/shared/testing/testing.config';
import { Workbook } from 'exceljs';
import { AfterSaleRepository } from './after-sale/after-sale.repository';
import { GoodsReturnRepository } from './goods-return/goods-return.repository';
import { OrderRepository } from './order/order.repository';
import { startSettlement } from './settlement.app';
import { SettlementConfig } from './settlement.config';
import { ShopRepository } from './shop/shop.repository';
import { billFile, commission, payment, refund, type MadeRow } from './testing/bill-file';
import { afterSaleItem, orderItem, returnItem, shopItem } from './testing/builders';

const DONE = { status: 'completed', platformState: 'completed' } as const;
const no = (n: number): string => `27000000000000000${String(n).padStart(2, '0')}`;
const at = (day: number, second = 0): string =>
  `2024-11-${String(day).padStart(2, '0')} 10:00:${String(second).padStart(2, '0')}`;

/** An order of one line. */
function order(n: number, paidFen: number, changes: object = {}, refundedFen = 0) {
  const made = orderItem({
    orderId: `ord_${n}`,
    platformOrderNo: no(n),
    placedAt: '2024-11-02T12:00:00+08:00',
    paidAt: '2024-11-02T12:01:00+08:00',
    ...changes,
  });
  return {
    ...made,
    amounts: { ...made.amounts, goodsFen: paidFen, freightFen: 0, payableFen: paidFen, paidFen },
    lines: [
      { ...made.lines[0]!, paidFen, refundedFen, refund: refundedFen ? ('refunded' as const) : ('none' as const) },
    ],
  };
}

describe('bills and reconciliations over HTTP', () => {
  let database: TestDatabase;
  let identity: TestIdentity;
  let app: RunningApp;

  beforeAll(async () => {
    database = await cloneDatabase();
    identity = await startTestIdentity();
    app = await startSettlement(
      loadConfig(SettlementConfig, {
        HUIDIAN_MODE: 'test',
        DATABASE_URL: database.adminUrl,
        DATABASE_ROLE_PASSWORD: TEST_ROLE_PASSWORD,
        REDIS_URL: testEnvironment().redisUrl,
        REDIS_PREFIX: `set-${randomBytes(4).toString('hex')}`,
        SERVICE_CLIENT_SECRET: 'service-secret-for-tests',
        GATEWAY_URL: identity.url,
        SETTLEMENT_PORT: '0',
      }),
    );
  });
  afterAll(async () => {
    await app.close();
    await identity.close();
    await database.drop();
  });

  interface Claims {
    scopes?: string[];
    shops?: string[];
    companyId?: string;
  }
  async function call(
    method: string,
    path: string,
    body?: unknown,
    claims: Claims = {},
    headers: Record<string, string> = {},
  ) {
    const token = await identity.token({ scopes: ['settlement:read', 'settlement:write', 'verify:read'], ...claims });
    const isForm = body instanceof FormData;
    const response = await fetch(`http://127.0.0.1:${app.port}/settlement/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    const isJson = response.headers.get('content-type')?.includes('json');
    return {
      status: response.status,
      headers: response.headers,
      bytes,
      body: isJson ? (JSON.parse(bytes.toString('utf8')) as any) : undefined,
    };
  }
  function form(
    file: Buffer | null,
    fields: Record<string, string> = { shopId: 'shp_1', format: 'alipay-signcustomer' },
  ): FormData {
    const made = new FormData();
    for (const [name, value] of Object.entries(fields)) made.set(name, value);
    if (file) made.set('file', new Blob([new Uint8Array(file)]), 'bill.csv');
    return made;
  }
  const upload = (file: Buffer | null, claims: Claims = {}, fields?: Record<string, string>) =>
    call('POST', '/bills', form(file, fields), claims);
  async function store(
    companyId: string,
    orders: ReturnType<typeof order>[],
    toldAt = new Date('2024-11-05T12:00:00+08:00'),
  ) {
    await inTransaction(await database.open('settlement'), async (tx) => {
      await new ShopRepository().put(tx, companyId, [shopItem({ goLiveAt: '2024-11-01T00:00:00+08:00' })]);
      await new OrderRepository().put(tx, companyId, orders, () => toldAt);
    });
  }
  async function reconcile(body: object, claims: Claims = {}) {
    const started = await call('POST', '/reconciliations', body, claims);
    expect(started).toMatchObject({ status: 202, body: { state: 'waiting' } });
    for (;;) {
      const { body: found } = await call('GET', `/reconciliations/${started.body.id}`, undefined, claims);
      if (found.state !== 'waiting') return found;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  const month = { shopId: 'shp_1', from: '2024-11-01', to: '2024-12-01' };
  const bill = (rows: MadeRow[], to = '2024-12-01') => billFile({ from: '2024-11-01', to, rows });

  it('[S1] takes in a bill once and tells the days that are missing', async () => {
    await store('cmp_test', []);
    const file = billFile({ from: '2024-11-01', to: '2024-11-03', rows: [payment('1', no(1), 100, at(1))] });
    const { status, body } = await upload(file);
    expect([status, body]).toEqual([
      201,
      { id: expect.stringMatching(/^bil_/), rows: 1, new: 1, duplicate: 0, whole: true, problems: [] },
    ]);
    expect(await upload(file)).toMatchObject({ status: 201, body: { id: body.id, new: 0, duplicate: 1 } });
    const list = await call('GET', '/bills?shopId=shp_1&from=2024-11-01&to=2024-11-05');
    expect(list).toMatchObject({
      status: 200,
      body: {
        items: [{ id: body.id, fileName: 'bill.csv', coversFrom: '2024-11-01T00:00:00+08:00' }],
        nextCursor: null,
      },
    });
    expect(list.body.coverage).toEqual({
      from: '2024-11-01',
      to: '2024-11-05',
      missingDays: ['2024-11-03', '2024-11-04', '2024-11-05'],
    });
    const broken = await upload(file.subarray(0, 330));
    expect(broken).toMatchObject({ status: 201, body: { new: 0, whole: false } });
    const page = await call('GET', '/bills?limit=1');
    expect(page.body.items.map((one: any) => one.whole)).toEqual([false]);
    expect((await call('GET', `/bills?limit=1&cursor=${page.body.nextCursor}`)).body.items[0].id).toBe(body.id);
  });

  it('[S1] refuses wrong uploads and lists, each with its code', async () => {
    const file = bill([]);
    const isCode = (answer: { status: number; body?: any }, status: number, code: string) =>
      expect([answer.status, answer.body?.code]).toEqual([status, code]);
    isCode(await upload(null), 400, 'VALIDATION');
    isCode(await upload(file, {}, { shopId: 'shp_1', format: 'alipay-signcustomer', more: 'x' }), 400, 'VALIDATION');
    isCode(await call('POST', '/bills', { shopId: 'shp_1' }), 400, 'VALIDATION');
    isCode(await upload(Buffer.from('PK no zip')), 400, 'BILL_FILE.INVALID');
    isCode(await upload(file, {}, { shopId: 'shp_x', format: 'alipay-signcustomer' }), 404, 'SHOP.NOT_FOUND');
    isCode(await upload(file, { shops: ['shp_2'] }), 404, 'SHOP.NOT_FOUND');
    isCode(await upload(file, { companyId: 'cmp_other' }), 404, 'SHOP.NOT_FOUND');
    isCode(await upload(file, {}, { shopId: 'shp_1', format: 'pdf' }), 404, 'BILL_FORMAT.UNKNOWN');
    isCode(
      await upload(billFile({ from: '2024-11-09', to: '2024-11-10', rows: [], account: '20889999999999990156' })),
      409,
      'BILL_FILE.OTHER_ACCOUNT',
    );
    isCode(await upload(Buffer.alloc(31 * 1024 * 1024, 65)), 413, 'BODY_TOO_LARGE');
    isCode(await upload(file, { scopes: ['settlement:read'] }), 403, 'AUTH.SCOPE');
    isCode(await call('GET', '/bills?from=2024-02-31'), 400, 'VALIDATION');
    isCode(await call('GET', '/bills?cursor=x'), 400, 'CURSOR.INVALID');
    isCode(await call('GET', '/bills?shopId=shp_1', undefined, { shops: ['shp_2'] }), 404, 'SHOP.NOT_FOUND');
    expect((await call('GET', '/bills', undefined, { shops: ['shp_2'] })).body.items).toEqual([]);
  });

  it('[S3] [S5] keeps dated rules that are unset until somebody sets them', async () => {
    expect((await call('GET', '/due-rules?shopId=shp_1')).body).toEqual({ items: [], nextCursor: null });
    const due = { shopId: 'shp_1', validFrom: '2024-11-01', basis: 'delivered', days: 10 };
    expect(await call('PUT', '/due-rules', due)).toMatchObject({ status: 200, body: due });
    expect(await call('PUT', '/due-rules', { ...due, days: null })).toMatchObject({
      status: 200,
      body: { days: null },
    });
    const fee = { shopId: 'shp_1', validFrom: '2024-11-01', entryKind: 'commission', rateBp: 500 };
    expect(await call('PUT', '/fee-rules', fee)).toMatchObject({ status: 200, body: { ...fee, toleranceFen: 1 } });
    expect((await call('GET', '/due-rules?shopId=shp_1')).body.items).toMatchObject([{ ...due, days: null }]);
    expect((await call('GET', '/fee-rules?shopId=shp_1')).body.items).toMatchObject([fee]);
    for (const [path, body] of [
      ['/due-rules', due],
      ['/fee-rules', fee],
    ] as const) {
      expect(await call('PUT', path, { ...body, validFrom: '2024-02-30' })).toMatchObject({
        status: 400,
        body: { code: 'VALIDATION' },
      });
      expect(await call('PUT', path, { ...body, shopId: 'shp_x' })).toMatchObject({
        status: 404,
        body: { code: 'SHOP.NOT_FOUND' },
      });
      expect(await call('GET', `${path}?shopId=shp_1&cursor=x`)).toMatchObject({
        status: 400,
        body: { code: 'CURSOR.INVALID' },
      });
      expect(await call('GET', `${path}?shopId=shp_1`, undefined, { shops: ['shp_2'] })).toMatchObject({
        status: 404,
        body: { code: 'SHOP.NOT_FOUND' },
      });
      expect(await call('GET', path)).toMatchObject({ status: 400, body: { code: 'VALIDATION' } });
    }
  });

  it('[S25] closes a month for good', async () => {
    expect(await call('POST', '/periods/2024-10/close', { shopId: 'shp_1' })).toMatchObject({
      status: 200,
      body: { period: '2024-10', transactionCount: 0 },
    });
    expect(await call('POST', '/periods/2024-10/close', { shopId: 'shp_1' })).toMatchObject({
      status: 409,
      body: { code: 'PERIOD.CLOSED' },
    });
    expect(await call('POST', '/periods/2999-10/close', { shopId: 'shp_1' })).toMatchObject({
      status: 409,
      body: { code: 'PERIOD.NOT_OVER' },
    });
    expect(await call('POST', '/periods/2024-13/close', { shopId: 'shp_1' })).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION' },
    });
    expect(await call('POST', '/periods/2024-10/close', { shopId: 'shp_x' })).toMatchObject({
      status: 404,
      body: { code: 'SHOP.NOT_FOUND' },
    });
    expect((await call('GET', '/periods?shopId=shp_1')).body.items).toMatchObject([
      { period: '2024-10', shopId: 'shp_1' },
    ]);
    expect(await call('GET', '/periods')).toMatchObject({ status: 400, body: { code: 'VALIDATION' } });
    expect(await call('GET', '/periods?shopId=shp_1&cursor=x')).toMatchObject({
      status: 400,
      body: { code: 'CURSOR.INVALID' },
    });
    expect(await call('GET', '/periods?shopId=shp_1', undefined, { shops: ['shp_2'] })).toMatchObject({
      status: 404,
      body: { code: 'SHOP.NOT_FOUND' },
    });
  });

  describe('a month with every class in it', () => {
    const claims = { companyId: 'cmp_month' };
    let result: any;
    const rows = [
      payment('1', no(1), 10_000, at(3)),
      commission('2', no(1), 500, at(3, 1)),
      payment('3', no(2), 10_000, at(3, 2)),
      commission('4', no(2), 600, at(3, 3)),
      payment('5', no(3), 9_999, at(3, 4)),
      commission('6', no(3), 500, at(3, 5)),
      payment('7', no(7), 3_000, at(4)),
      payment('8', no(8), 2_000, at(4, 1), { business: 'same' }),
      payment('9', no(8), 2_000, at(4, 2), { business: 'same' }),
      commission('10', no(8), 100, at(4, 3)),
      payment('11', no(9), 5_000, at(4, 4)),
      commission('12', no(9), 250, at(4, 5)),
      refund('13', no(9), 1_500, at(20)),
      payment('14', no(10), 1_000, at(4, 6), { business: 'per-line' }),
      payment('15', no(10), 1_000, at(5), { business: 'per-line' }),
      commission('16', no(10), 100, at(5, 1)),
      { flow: '17', at: at(6), fen: -77, remark: '公益宝贝捐赠=1' },
      { flow: '18', at: at(7), fen: -20_000, type: '提现' },
      { flow: '19', at: at(8), fen: -5_000, remark: '天猫保证金-充值（代扣）-延迟发货' },
      { flow: '20', at: at(9), fen: -33, remark: '=新的收费' },
      { ...commission('21', no(99), 40, at(9, 1)) },
      commission('22', no(4), 200, at(9, 2)),
    ];

    beforeAll(async () => {
      const late = { status: 'shipped', platformState: 'shipped' };
      await store('cmp_month', [
        order(1, 10_000, DONE),
        order(2, 10_000, DONE),
        order(3, 10_000, DONE),
        order(4, 4_000, DONE),
        order(5, 5_000, late),
        order(6, 6_000, { ...late, placedAt: '2024-11-28T12:00:00+08:00', paidAt: '2024-11-28T12:01:00+08:00' }),
        order(8, 2_000, DONE),
        order(9, 5_000, DONE, 1_500),
        order(10, 2_000, DONE),
        order(11, 900, { status: 'cancelled', platformState: 'closed' }, 900),
      ]);
      await call('PUT', '/due-rules', { shopId: 'shp_1', validFrom: '2024-01-01', basis: 'paid', days: 15 }, claims);
      await call(
        'PUT',
        '/fee-rules',
        { shopId: 'shp_1', validFrom: '2024-01-01', entryKind: 'commission', rateBp: 500 },
        claims,
      );
      expect((await upload(bill(rows), claims)).body).toMatchObject({ new: 22, whole: true });
      result = await reconcile(month, claims);
    });

    it('[S2] [S4] [S5] [S6] [S8] [S9] finds each, and adds up to the fen', async () => {
      expect(result.classes).toEqual({
        matched: 4,
        not_due: 1,
        overdue: 1,
        amount_differs: 1,
        fee_differs: 1,
        missing_in_bill: 1,
        missing_in_orders: 1,
        duplicate: 1,
        fee_without_order: 2,
        payout: 1,
        deposit: 1,
        unclassified: 1,
      });
      const net = rows.reduce((sum, { fen }) => sum + fen, 0);
      const { expectedFen, billedFen, paidOutFen, differenceFen, walletChangeFen } = result.totals;
      expect({ paidOutFen, walletChangeFen, billedFen }).toEqual({
        paidOutFen: 20_000,
        walletChangeFen: net,
        billedFen: net + 20_000 + 5_000,
      });
      expect(differenceFen).toBe(billedFen - expectedFen);
      const { items } = (await call('GET', `/reconciliations/${result.id}/lines?limit=500`, undefined, claims)).body;
      const of = (name: string) =>
        items
          .filter((line: any) => line.class === name)
          .map((line: any) => [
            line.platformOrderNo,
            line.expectedFen,
            line.billedFen,
            line.differenceFen,
            line.bill?.row ?? null,
          ]);
      expect(of('matched')).toEqual(
        [
          [no(1), 9_500, 9_500, 0, 6],
          [no(10), 1_900, 1_900, 0, 19],
          [no(8), 1_900, 1_900, 0, 13],
          [no(9), 3_250, 3_250, 0, 16],
        ].sort(),
      );
      expect(of('fee_differs')).toEqual([[no(2), 9_500, 9_400, -100, 8]]);
      expect(of('amount_differs')).toEqual([[no(3), 9_500, 9_499, -1, 10]]);
      expect(of('missing_in_bill')).toEqual([[no(4), 3_800, -200, -4_000, 27]]);
      expect(of('overdue')).toEqual([[no(5), 5_000, 0, -5_000, null]]);
      expect(of('not_due')).toEqual([[no(6), 6_000, 0, -6_000, null]]);
      expect(of('missing_in_orders')).toEqual([[no(7), 0, 3_000, 3_000, 12]]);
      expect(of('duplicate')).toEqual([[no(8), 0, 2_000, 2_000, 14]]);
      expect(
        of('fee_without_order')
          .map((line: any) => line[2])
          .sort(),
      ).toEqual([-40, -77]);
      expect(of('payout')).toEqual([[null, -20_000, -20_000, 0, 23]]);
      expect(of('deposit')).toEqual([[null, -5_000, -5_000, 0, 24]]);
      expect(of('unclassified')).toEqual([[null, 0, -33, -33, 25]]);
      expect(items.find((line: any) => line.class === 'overdue').dueAt).toBe('2024-11-17T12:01:00+08:00');
      expect(items.reduce((sum: number, line: any) => sum + line.differenceFen, 0)).toBe(differenceFen);
    });

    it('[S2] pages lines without loss, and shows one class', async () => {
      const seen: string[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const { body } = await call(
          'GET',
          `/reconciliations/${result.id}/lines?limit=4${cursor ? `&cursor=${cursor}` : ''}`,
          undefined,
          claims,
        );
        seen.push(...body.items.map(({ id }: { id: string }) => id));
        cursor = body.nextCursor;
      }
      expect(seen).toEqual(Array.from({ length: 16 }, (_, index) => String(index + 1)));
      const one = await call('GET', `/reconciliations/${result.id}/lines?class=payout`, undefined, claims);
      expect(one.body.items.map((line: any) => line.entryKind)).toEqual(['transfer']);
    });

    it('[S2] keeps who settled a line and how, once per version', async () => {
      const [line] = (await call('GET', `/reconciliations/${result.id}/lines?class=overdue`, undefined, claims)).body
        .items;
      const path = `/reconciliations/${result.id}/lines/${line.id}/resolve`;
      const body = { resolution: 'claimed', note: '=claim', owner: '李娜', expectedVersion: 1 };
      expect(await call('POST', path, body, claims)).toMatchObject({
        status: 200,
        body: { id: line.id, owner: '李娜', resolution: 'claimed', note: '=claim', version: 2, expectedFen: 5_000 },
      });
      expect(await call('POST', path, body, claims)).toMatchObject({
        status: 409,
        body: { code: 'RECONCILIATION_LINE.VERSION_CONFLICT', version: 2 },
      });
      expect(await call('POST', `/reconciliations/${result.id}/lines/999/resolve`, body, claims)).toMatchObject({
        status: 404,
        body: { code: 'RECONCILIATION_LINE.NOT_FOUND' },
      });
      expect(await call('POST', path, { note: 1 }, claims)).toMatchObject({
        status: 400,
        body: { code: 'VALIDATION' },
      });
    });

    it('[S2] exports CSV with ids as text and harmless cells', async () => {
      const { status, bytes, headers } = await call(
        'GET',
        `/reconciliations/${result.id}/export?format=csv`,
        undefined,
        claims,
      );
      expect([status, headers.get('content-type'), headers.get('content-disposition')]).toEqual([
        200,
        'text/csv; charset=utf-8',
        `attachment; filename="${result.id}.csv"`,
      ]);
      expect(bytes.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
      const lines = bytes.toString('utf8').trim().split('\r\n');
      expect(lines).toHaveLength(17);
      expect(lines).toContain(
        `amount_differs,${no(3)}\t,,95.00,94.99,-0.01,-5.00,-5.00,bill.csv,10,2024-11-17 12:01:00,,,`,
      );
      expect(lines.find((line) => line.startsWith('overdue'))).toContain(`'=claim`);
    });

    it('[S2] exports XLSX with frozen header, sums and text ids', async () => {
      const { bytes } = await call('GET', `/reconciliations/${result.id}/export?format=xlsx`, undefined, claims);
      const book = new Workbook();
      await book.xlsx.load(bytes as never);
      const sheet = book.worksheets[0]!;
      expect(sheet.views[0]).toMatchObject({ state: 'frozen', ySplit: 1 });
      const row = Array.from({ length: 16 }, (_, index) => sheet.getRow(index + 2)).find(
        (one) => one.getCell(2).value === no(3),
      )!;
      expect([row.getCell(4).value, row.getCell(5).value, row.getCell(4).numFmt]).toEqual([
        95,
        94.99,
        '#,##0.00;[Red]-#,##0.00',
      ]);
      const sum = sheet.getRow(18);
      expect(sum.getCell(1).value).toBe('合计 sum');
      expect(sum.getCell(6).value).toMatchObject({ formula: 'SUM(F2:F17)', result: result.totals.differenceFen / 100 });
      const texts: unknown[] = [];
      sheet.eachRow((one) => one.eachCell((cell) => texts.push(cell.value)));
      expect(texts.filter((value) => typeof value === 'string' && /^[=+\-@]/.test(value))).toEqual([]);
    });

    it('[S8] judges a refund of a later month with its payment, in that month', async () => {
      await upload(
        billFile({ from: '2024-12-01', to: '2025-01-01', rows: [refund('30', no(1), 10_000, '2024-12-05 09:00:00')] }),
        claims,
      );
      await store('cmp_month', [{ ...order(1, 10_000, DONE, 10_000), orderVersion: 2 }]);
      const december = await reconcile(
        { shopId: 'shp_1', from: '2024-12-01T00:00:00+08:00', to: '2025-01-01T00:00:00+08:00' },
        claims,
      );
      // Order 6 was placed in November and fell due in December: it belongs to December's list, too.
      expect(december.classes).toMatchObject({ matched: 1, amount_differs: 0, overdue: 1 });
      expect(december.totals).toMatchObject({
        expectedFen: -500 + 6_000,
        billedFen: -500,
        differenceFen: -6_000,
        walletChangeFen: -10_000,
      });
      const again = await reconcile(month, claims);
      expect(again.classes).toEqual(result.classes);
    });

    it('[S26] proves that entries add up and every line is posted', async () => {
      const { body } = await call('GET', '/verify', undefined, claims);
      const found = body.items.filter(({ invariant }: any) => /transaction of entries|bill line/.test(invariant));
      expect(found.map((one: any) => [one.checked, one.breaches])).toEqual([
        [23, []],
        [23, []],
      ]);
    });
  });

  it('[S8] [S25] shows late rows with the closed month that they belong to, and refunds with the payment they take back', async () => {
    const claims = { companyId: 'cmp_late' };
    await store('cmp_late', []);
    const day = (from: string, to: string, openingFen: number, rows: MadeRow[]) =>
      upload(billFile({ from, to, openingFen, rows }), claims);
    await day('2024-11-01', '2024-11-02', 0, [payment('1', no(1), 1_000, at(1))]);
    expect((await call('POST', '/periods/2024-11/close', { shopId: 'shp_1' }, claims)).status).toBe(200);
    await day('2024-11-02', '2024-11-03', 1_000, [
      payment('2', no(2), 500, at(2)),
      refund('3', no(1), 1_000, at(2, 1)),
    ]);
    const { body } = await call('GET', '/postings?shopId=shp_1&period=2024-12', undefined, claims);
    const [paid] = (await call('GET', `/postings?shopId=shp_1&late=false`, undefined, claims)).body.items;
    expect(paid).toMatchObject({ period: '2024-11', lateFor: null, bill: { file: 'bill.csv', row: 6 } });
    expect(body.items).toMatchObject([
      { period: '2024-12', lateFor: '2024-11', entryKind: 'goods_payment', platformOrderNo: no(2), reverses: null },
      {
        period: '2024-12',
        lateFor: '2024-11',
        entryKind: 'refund',
        reverses: paid.id,
        reversesPeriod: '2024-11',
        entries: [
          { account: 'wallet', amountFen: -1_000, currency: 'CNY' },
          { account: 'receivable', amountFen: 1_000, currency: 'CNY' },
        ],
      },
    ]);
    const first = await call('GET', '/postings?shopId=shp_1&late=true&limit=1', undefined, claims);
    const next = await call(
      'GET',
      `/postings?shopId=shp_1&late=true&limit=1&cursor=${first.body.nextCursor}`,
      undefined,
      claims,
    );
    expect([...first.body.items, ...next.body.items].map(({ id }: any) => id)).toEqual(
      body.items.map(({ id }: any) => id),
    );
    expect(
      (await call('GET', `/postings?shopId=shp_1&platformOrderNo=${no(1)}`, undefined, claims)).body.items,
    ).toHaveLength(2);
    expect((await call('GET', '/postings?shopId=shp_1', undefined, { companyId: 'cmp_other' })).body.items).toEqual([]);
    expect(await call('GET', '/postings?shopId=shp_1', undefined, { shops: ['shp_2'] })).toMatchObject({
      status: 404,
      body: { code: 'SHOP.NOT_FOUND' },
    });
    expect(await call('GET', '/postings?shopId=shp_1&cursor=x')).toMatchObject({
      status: 400,
      body: { code: 'CURSOR.INVALID' },
    });
    expect(await call('GET', '/postings?late=maybe')).toMatchObject({ status: 400, body: { code: 'VALIDATION' } });
  });

  it('[S9] shows a payout beyond what the wallet held, a wallet that moved without rows, and the days without a bill', async () => {
    const claims = { companyId: 'cmp_wallet' };
    await store('cmp_wallet', []);
    const day = (from: string, to: string, openingFen: number, rows: MadeRow[]) =>
      upload(billFile({ from, to, openingFen, rows }), claims);
    const payout = (flow: string, fen: number, when: string): MadeRow => ({ flow, at: when, fen, type: '提现' });
    await day('2024-11-01', '2024-11-02', 5_000, [payment('1', no(1), 1_000, at(1)), payout('2', -7_500, at(1, 1))]);
    await day('2024-11-03', '2024-11-04', 2_000, [payout('3', -500, at(3)), payout('4', 200, at(3, 1))]);
    const result = await reconcile({ shopId: 'shp_1', from: '2024-11-01', to: '2024-11-04' }, claims);
    expect(result.totals).toMatchObject({
      openingFen: 5_000,
      earnedFen: 1_000,
      paidOutFen: 7_800,
      closingFen: 1_700,
      walletChangeFen: -6_800,
      walletGapFen: 3_500,
      missingDays: ['2024-11-02'],
    });
    const { items } = (await call('GET', `/reconciliations/${result.id}/lines?class=payout`, undefined, claims)).body;
    expect(items.map((line: any) => [line.expectedFen, line.billedFen, line.differenceFen]).sort()).toEqual(
      [
        [-6_000, -7_500, -1_500],
        [-500, -500, 0],
        [200, 200, 0],
      ].sort(),
    );
  });

  it('[S7] [S26] shows what bills moved for an order, its after-sales and returns, and lists what nothing explains', async () => {
    const claims = { companyId: 'cmp_shown' };
    const odd = order(2, 5_000, { ...DONE });
    await store('cmp_shown', [
      order(1, 10_000, DONE, 1_500),
      { ...odd, lines: [{ ...odd.lines[0]!, paidFen: 4_900 }] },
    ]);
    await inTransaction(await database.open('settlement'), async (tx) => {
      await new AfterSaleRepository().put(tx, 'cmp_shown', [
        afterSaleItem({ platformOrderNo: no(1), countedFen: 1_500 }),
      ]);
      await new GoodsReturnRepository().put(tx, 'cmp_shown', [returnItem({ platformOrderNo: no(1) })]);
    });
    const rows = [
      payment('1', no(1), 10_000, at(3)),
      commission('2', no(1), 500, at(3, 1)),
      refund('3', no(1), 1_500, at(9)),
      { flow: '4', at: at(9, 1), fen: -33, remark: '=新的收费' },
    ];
    await upload(bill(rows), claims);
    const shown = (await call('GET', `/orders?platformOrderNo=${no(1)}`, undefined, claims)).body.items[0];
    expect(shown).toMatchObject({
      settledFen: 8_000,
      unexplainedFen: 0,
      billed: [
        { entryKind: 'commission', rows: 1, netFen: -500 },
        { entryKind: 'goods_payment', rows: 1, netFen: 10_000 },
        { entryKind: 'refund', rows: 1, netFen: -1_500 },
      ],
      afterSales: [{ afterSaleId: 'afs_1', state: 'succeeded', countedFen: 1_500 }],
      returns: [{ returnId: 'ret_1', skuCode: 'TEE-1', quantity: 1, grade: 'A' }],
    });
    const first = await call('GET', '/suspense?limit=1', undefined, claims);
    expect(first.body).toMatchObject({
      items: [
        { source: 'bill', amountFen: -33, remark: '=新的收费', bill: { file: 'bill.csv', row: 9 }, orderId: null },
      ],
      totals: { ordersFen: 100, billsFen: -33 },
    });
    const second = await call(
      'GET',
      `/suspense?shopId=shp_1&limit=1&cursor=${first.body.nextCursor}`,
      undefined,
      claims,
    );
    expect(second.body).toMatchObject({
      items: [{ source: 'order', key: 'ord_2', platformOrderNo: no(2), amountFen: 100, bill: null }],
      nextCursor: null,
    });
    const limited = await call('GET', '/suspense', undefined, { ...claims, shops: ['shp_2'] });
    expect(limited.body).toEqual({ items: [], nextCursor: null, totals: { ordersFen: 0, billsFen: 0 } });
    expect(await call('GET', '/suspense?shopId=shp_1', undefined, { shops: ['shp_2'] })).toMatchObject({
      status: 404,
      body: { code: 'SHOP.NOT_FOUND' },
    });
    expect(await call('GET', '/suspense?cursor=x')).toMatchObject({ status: 400, body: { code: 'CURSOR.INVALID' } });
    expect(await call('GET', '/suspense?limit=0')).toMatchObject({ status: 400, body: { code: 'VALIDATION' } });
    const verified = (await call('GET', '/verify', undefined, claims)).body.items;
    expect(verified.find(({ invariant }: any) => invariant.includes('suspense'))).toMatchObject({
      checked: 2,
      breaches: [],
    });
  });

  it('[S2] answers a repeated order of a reconciliation with the first one, and lists them', async () => {
    const first = await call('POST', '/reconciliations', month, {}, { 'idempotency-key': 'k1' });
    expect((await call('POST', '/reconciliations', month, {}, { 'idempotency-key': 'k1' })).body.id).toBe(
      first.body.id,
    );
    expect(
      await call('POST', '/reconciliations', { ...month, to: '2024-12-02' }, {}, { 'idempotency-key': 'k1' }),
    ).toMatchObject({ status: 409, body: { code: 'IDEMPOTENCY.KEY_REUSED' } });
    const list = await call('GET', '/reconciliations?shopId=shp_1');
    expect(list.body.items.map(({ id }: any) => id)).toEqual([first.body.id]);
  });

  it('[S2] refuses wrong reconciliations, each with its code', async () => {
    const isCode = (answer: { status: number; body?: any }, status: number, code: string) =>
      expect([answer.status, answer.body?.code]).toEqual([status, code]);
    isCode(await call('POST', '/reconciliations', { ...month, to: month.from }), 400, 'VALIDATION');
    isCode(await call('POST', '/reconciliations', { ...month, from: 'soon' }), 400, 'VALIDATION');
    isCode(await call('POST', '/reconciliations', { ...month, shopId: 'shp_x' }), 404, 'SHOP.NOT_FOUND');
    isCode(await call('POST', '/reconciliations', month, { shops: ['shp_2'] }), 404, 'SHOP.NOT_FOUND');
    isCode(await call('GET', '/reconciliations?cursor=x'), 400, 'CURSOR.INVALID');
    isCode(await call('GET', '/reconciliations?limit=0'), 400, 'VALIDATION');
    isCode(await call('GET', '/reconciliations?shopId=shp_1', undefined, { shops: ['shp_2'] }), 404, 'SHOP.NOT_FOUND');
    const known = (await reconcile(month)).id as string;
    const resolution = { resolution: 'x', expectedVersion: 1 };
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['GET', '/lines', undefined],
      ['GET', '/export?format=csv', undefined],
      ['POST', '/lines/1/resolve', resolution],
    ] as const) {
      isCode(await call(method, `/reconciliations/rec_x${path}`, body), 404, 'RECONCILIATION.NOT_FOUND');
      isCode(
        await call(method, `/reconciliations/${known}${path}`, body, { shops: ['shp_2'] }),
        404,
        'RECONCILIATION.NOT_FOUND',
      );
    }
    isCode(await call('GET', `/reconciliations/${known}/lines?class=odd`), 400, 'VALIDATION');
    isCode(await call('GET', `/reconciliations/${known}/lines?cursor=x`), 400, 'CURSOR.INVALID');
    isCode(await call('GET', `/reconciliations/${known}/export?format=pdf`), 400, 'VALIDATION');
    const dataSource = await database.open('settlement');
    await dataSource.query(
      `INSERT INTO reconciliation (company_id, reconciliation_id, shop_id, from_at, to_at, as_of, state, requested_by, problem) VALUES ('cmp_test', 'rec_failed', 'shp_1', '2024-11-01', '2024-12-01', '2024-12-01', 'failed', 'x', 'why')`,
    );
    expect((await call('GET', '/reconciliations/rec_failed')).body).toMatchObject({
      state: 'failed',
      problem: 'why',
      totals: null,
    });
    isCode(await call('GET', '/reconciliations/rec_failed/lines'), 409, 'RECONCILIATION.NOT_DONE');
    isCode(await call('GET', '/reconciliations/rec_failed/export?format=xlsx'), 409, 'RECONCILIATION.NOT_DONE');
    isCode(
      await call('POST', '/reconciliations/rec_failed/lines/1/resolve', resolution),
      409,
      'RECONCILIATION.NOT_DONE',
    );
  });
});
