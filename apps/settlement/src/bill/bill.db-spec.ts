import { PlatformRegistry } from '@app/platforms';
import { Audit, inTransaction, type Caller } from '@app/shared';
import { cloneDatabase, type TestDatabase } from '@app/shared/testing/database';
import type { DataSource } from 'typeorm';
import { EntryRepository } from '../entry/entry.repository';
import { PeriodRepository } from '../period/period.repository';
import { PeriodService } from '../period/period.service';
import { ShopRepository } from '../shop/shop.repository';
import { billFile, commission, payment, refund, type MadeBill } from '../testing/bill-file';
import { shopItem } from '../testing/builders';
import { BillImport } from './bill.import';
import { BillRepository } from './bill.repository';

const DENIED = { driverError: { code: '42501' } };
const CHECK = { driverError: { code: '23514' } };
const [A, B] = ['2700000000000000001', '2700000000000000002'];
const NOVEMBER_1: MadeBill = {
  from: '2026-11-01',
  to: '2026-11-02',
  rows: [payment('1', A, 10_000, '2026-11-01 10:00:00'), commission('2', A, 500, '2026-11-01 10:00:01')],
};
const NOVEMBER_1_2: MadeBill = {
  from: '2026-11-01',
  to: '2026-11-03',
  rows: [
    ...NOVEMBER_1.rows,
    payment('3', B, 20_000, '2026-11-02 10:00:00'),
    refund('4', A, 1_000, '2026-11-02 11:00:00'),
  ],
};

describe('bills in the database', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let imports: BillImport;
  let periods: PeriodService;
  let now = new Date('2026-11-20T12:00:00+08:00');
  const entries = new EntryRepository();
  let companies = 0;
  let caller: Caller;

  beforeAll(async () => {
    database = await cloneDatabase();
    dataSource = await database.open('settlement');
    const story = { now: () => now, ms: () => now.getTime(), rate: () => 1 };
    const audit = new Audit(story as never);
    imports = new BillImport(
      dataSource,
      await PlatformRegistry.load(),
      new BillRepository(),
      entries,
      audit,
      story as never,
    );
    periods = new PeriodService(
      dataSource,
      new PeriodRepository(),
      new BillRepository(),
      entries,
      audit,
      story as never,
    );
  });
  afterAll(() => database.drop());
  beforeEach(async () => {
    companies += 1;
    now = new Date('2026-11-20T12:00:00+08:00');
    caller = {
      clientId: 'cli_1',
      companyId: `cmp_${companies}`,
      scopes: new Set(),
      isService: false,
      shops: null,
      warehouses: null,
    };
    await inTransaction(dataSource, (tx) => new ShopRepository().put(tx, caller.companyId, [shopItem()]));
  });
  afterEach(async () => {
    await inTransaction(dataSource, async (tx) => {
      expect(await entries.findUnbalanced(tx, caller.companyId)).toEqual([]);
      expect(await entries.findWrongPostings(tx, caller.companyId)).toEqual([]);
    });
  });

  const send = (bytes: Buffer, format = 'alipay-signcustomer') =>
    imports.take(caller, { shopId: 'shp_1', format, fileName: 'bill.csv', bytes });
  const count = async (table: string): Promise<number> =>
    (
      (await dataSource.query(`SELECT count(*)::int AS n FROM ${table} WHERE company_id = $1`, [caller.companyId])) as [
        { n: number },
      ]
    )[0].n;
  const ledgers = async () => [
    await count('bill_file'),
    await count('bill_line'),
    await count('entry_transaction'),
    await count('entry'),
    await count('bill_day'),
  ];

  it('[S1] adds nothing when the same file comes twice, even at the same time', async () => {
    const bytes = billFile(NOVEMBER_1);
    const first = await send(bytes);
    expect(first).toMatchObject({ rows: 2, new: 2, duplicate: 0, whole: true, problems: [] });
    expect(await ledgers()).toEqual([1, 2, 2, 4, 1]);
    expect(await send(bytes)).toEqual({ ...first, new: 0, duplicate: 2 });
    const both = await Promise.all([send(billFile(NOVEMBER_1_2)), send(billFile(NOVEMBER_1_2))]);
    expect(both.map((answer) => answer.new).sort()).toEqual([0, 2]);
    expect(new Set(both.map(({ id }) => id)).size).toBe(1);
    expect(await ledgers()).toEqual([2, 4, 4, 8, 2]);
  });

  it('[S1] takes from an overlapping file what is new alone, and names its own file and line for it', async () => {
    await send(billFile(NOVEMBER_1));
    expect(await send(billFile(NOVEMBER_1_2))).toMatchObject({ rows: 4, new: 2, duplicate: 2, whole: true });
    const lines = await dataSource.query(
      `SELECT l.flow_no, l.row_no, f.row_count FROM bill_line l JOIN bill_file f USING (company_id, bill_id) WHERE company_id = $1 ORDER BY l.flow_no`,
      [caller.companyId],
    );
    expect(lines).toEqual([
      { flow_no: '1', row_no: 6, row_count: 2 },
      { flow_no: '2', row_no: 7, row_count: 2 },
      { flow_no: '3', row_no: 8, row_count: 4 },
      { flow_no: '4', row_no: 9, row_count: 4 },
    ]);
  });

  it('[S1] takes each row once from overlapping files that come at the same time', async () => {
    const days = [3, 4, 5, 6, 7, 8];
    const rows = Array.from({ length: 400 }, (_, n) => payment(`c${n}`, A, 10 + n, '2026-11-02 10:00:00'));
    const files = days.map((day) => billFile({ from: '2026-11-02', to: `2026-11-0${day}`, rows }));
    const taken = Promise.all(files.map((bytes) => send(bytes))).then((answers) =>
      answers.map((answer) => answer.new).sort((a, b) => a - b),
    );
    await expect(taken).resolves.toEqual([0, 0, 0, 0, 0, 400]);
    expect(await ledgers()).toEqual([6, 400, 400, 800, 6]);
  });

  it('[S1] keeps the first telling of a row and reports a later one that differs', async () => {
    await send(billFile(NOVEMBER_1));
    const changed = await send(
      billFile({ ...NOVEMBER_1, rows: [payment('1', A, 9_999, '2026-11-01 10:00:00'), NOVEMBER_1.rows[1]!] }),
    );
    expect(changed).toMatchObject({ new: 0, duplicate: 2, whole: true, problems: [{ code: 'row_differs', row: 6 }] });
    expect(
      await dataSource.query(`SELECT in_fen FROM bill_line WHERE company_id = $1 AND flow_no = '1'`, [
        caller.companyId,
      ]),
    ).toEqual([{ in_fen: 10_000 }]);
  });

  it('[S1] takes no row of a file that is not whole, and records what is wrong with it', async () => {
    const whole = billFile(NOVEMBER_1_2);
    const broken: [string, Buffer][] = [
      ['end_missing', whole.subarray(0, whole.length - 150)],
      ['footer_sum', billFile({ ...NOVEMBER_1_2, sumOffFen: 1 })],
      ['footer_missing', billFile({ ...NOVEMBER_1_2, hasFooter: false })],
      ['nul_byte', Buffer.concat([whole.subarray(0, 400), Buffer.from([0]), whole.subarray(400)])],
    ];
    for (const [code, bytes] of broken) {
      const answer = await send(bytes);
      expect(answer).toMatchObject({ new: 0, duplicate: 0, whole: false });
      expect(answer.problems.map((problem) => problem.code)).toContain(code);
    }
    expect(await ledgers()).toEqual([4, 0, 0, 0, 0]);
    await expect(send(Buffer.from('PK this is no zip'))).rejects.toMatchObject({ code: 'BILL_FILE.INVALID' });
    expect(await ledgers()).toEqual([4, 0, 0, 0, 0]);
    expect(await send(whole)).toMatchObject({ new: 4, whole: true });
  });

  it('[S8] books a refund as the reversal of its order’s payment, whether both come together or apart', async () => {
    await send(billFile(NOVEMBER_1_2));
    const [link] = await dataSource.query(
      `SELECT p.entry_kind, p.platform_order_no FROM entry_transaction r JOIN entry_transaction p ON p.company_id = r.company_id AND p.transaction_id = r.reverses WHERE r.company_id = $1 AND r.entry_kind = 'refund'`,
      [caller.companyId],
    );
    expect(link).toEqual({ entry_kind: 'goods_payment', platform_order_no: A });
    const sums = await dataSource.query(
      'SELECT account, sum(amount_fen)::bigint AS fen FROM entry WHERE company_id = $1 GROUP BY account ORDER BY account',
      [caller.companyId],
    );
    expect(sums).toEqual([
      { account: 'fee:commission', fen: 500 },
      { account: 'receivable', fen: -29_000 },
      { account: 'wallet', fen: 28_500 },
    ]);
  });

  it('[S26] lets nothing be committed that does not add up to zero, or has no entries', async () => {
    await send(billFile(NOVEMBER_1));
    const [known] = await dataSource.query('SELECT * FROM entry_transaction WHERE company_id = $1 LIMIT 1', [
      caller.companyId,
    ]);
    const add = (amount: number) =>
      dataSource.query(
        `INSERT INTO entry (company_id, transaction_id, entry_no, account, amount_fen, currency) VALUES ($1, $2, 3, 'suspense', $3, 'CNY')`,
        [caller.companyId, known.transaction_id, amount],
      );
    await expect(add(1)).rejects.toMatchObject(CHECK);
    await dataSource.query(
      `INSERT INTO bill_line SELECT company_id, shop_id, 'f:x', bill_id, 99, 'x', '', '', NULL, occurred_at, 0, 0, NULL, currency, '', '', 'interest' FROM bill_line WHERE company_id = $1 LIMIT 1`,
      [caller.companyId],
    );
    const bare = `INSERT INTO entry_transaction (company_id, transaction_id, shop_id, line_key, entry_kind, occurred_at, posted_at, period) VALUES ($1, 'etx_x', 'shp_1', 'f:x', 'interest', now(), now(), '2026-11')`;
    await expect(dataSource.query(bare, [caller.companyId])).rejects.toMatchObject(CHECK);
    await inTransaction(dataSource, (tx) =>
      entries.post(tx, caller.companyId, 'shp_1', now, [
        {
          transactionId: 'etx_0',
          lineKey: 'f:x',
          entryKind: 'interest',
          platformOrderNo: null,
          occurredAt: now.toISOString(),
          period: '2026-11',
          lateFor: null,
          reverses: null,
          entries: [
            { account: 'wallet', amountFen: 0 },
            { account: 'interest', amountFen: 0 },
          ],
        },
      ]),
    );
  });

  it('[S1] may not change or remove what it has taken in', async () => {
    await send(billFile(NOVEMBER_1));
    for (const table of ['bill_file', 'bill_line', 'bill_day', 'entry_transaction', 'entry', 'period_close']) {
      await expect(dataSource.query(`UPDATE ${table} SET company_id = company_id`)).rejects.toMatchObject(DENIED);
      await expect(dataSource.query(`DELETE FROM ${table}`)).rejects.toMatchObject(DENIED);
    }
  });

  it('[S25] never changes a closed period: late rows go to the next open one and name it', async () => {
    await send(billFile(NOVEMBER_1));
    await expect(periods.close(caller, '2026-11', 'shp_1')).rejects.toMatchObject({ code: 'PERIOD.NOT_OVER' });
    now = new Date('2026-12-02T12:00:00+08:00');
    const closed = await periods.close(caller, '2026-11', 'shp_1');
    expect(closed).toMatchObject({ transactionCount: 2, walletFen: 9_500 });
    expect(closed.missingDays).toHaveLength(29);
    await expect(periods.close(caller, '2026-11', 'shp_1')).rejects.toMatchObject({ code: 'PERIOD.CLOSED' });
    await send(billFile(NOVEMBER_1_2));
    const placed = await dataSource.query(
      'SELECT line_key, period, late_for FROM entry_transaction WHERE company_id = $1 ORDER BY line_key',
      [caller.companyId],
    );
    expect(placed).toEqual([
      { line_key: 'f:1', period: '2026-11', late_for: null },
      { line_key: 'f:2', period: '2026-11', late_for: null },
      { line_key: 'f:3', period: '2026-12', late_for: '2026-11' },
      { line_key: 'f:4', period: '2026-12', late_for: '2026-11' },
    ]);
    await inTransaction(dataSource, async (tx) =>
      expect(await entries.totalsOf(tx, caller.companyId, 'shp_1', '2026-11')).toEqual({
        transactionCount: 2,
        walletFen: 9_500,
      }),
    );
    const forced = `INSERT INTO entry_transaction SELECT company_id, 'etx_y', shop_id, 'f:none', entry_kind, NULL, occurred_at, posted_at, '2026-11', NULL, NULL FROM entry_transaction WHERE company_id = $1 LIMIT 1`;
    await expect(dataSource.query(forced, [caller.companyId])).rejects.toMatchObject(CHECK);
  });

  it('[S8] [S25] books the refund of a closed month as a reversal in the open one, and leaves the closed one as it was', async () => {
    await send(billFile(NOVEMBER_1));
    now = new Date('2026-12-02T12:00:00+08:00');
    await periods.close(caller, '2026-11', 'shp_1');
    const stored = () =>
      dataSource.query(
        `SELECT t.transaction_id, t.period, e.account, e.amount_fen FROM entry_transaction t JOIN entry e USING (company_id, transaction_id)
          WHERE t.company_id = $1 AND t.period = '2026-11' ORDER BY t.transaction_id, e.entry_no`,
        [caller.companyId],
      );
    const before = await stored();
    now = new Date('2026-12-06T12:00:00+08:00');
    await send(
      billFile({
        from: '2026-12-05',
        to: '2026-12-06',
        openingFen: 1_009_500,
        rows: [refund('9', A, 10_000, '2026-12-05 10:00:00')],
      }),
    );
    expect(await stored()).toEqual(before);
    const [reversal] = await dataSource.query(
      `SELECT r.period, r.late_for, p.period AS of_period, p.line_key FROM entry_transaction r JOIN entry_transaction p ON p.company_id = r.company_id AND p.transaction_id = r.reverses
        WHERE r.company_id = $1 AND r.line_key = 'f:9'`,
      [caller.companyId],
    );
    expect(reversal).toEqual({ period: '2026-12', late_for: null, of_period: '2026-11', line_key: 'f:1' });
  });

  it('[S25] lets nobody add entries to a transaction that is posted, not even ones that add up to zero', async () => {
    await send(billFile(NOVEMBER_1));
    const more = `INSERT INTO entry (company_id, transaction_id, entry_no, account, amount_fen, currency)
      SELECT t.company_id, t.transaction_id, x.no, x.account, x.fen, 'CNY' FROM entry_transaction t, (VALUES (3, 'wallet', 1), (4, 'suspense', -1)) AS x(no, account, fen)
       WHERE t.company_id = $1 AND t.line_key = 'f:1'`;
    await expect(dataSource.query(more, [caller.companyId])).rejects.toMatchObject({
      driverError: { code: '23514', message: expect.stringContaining('takes no more entries') },
    });
  });

  it('[S1] loses none of several equal rows of a file that has no flow numbers, and takes none of them twice', async () => {
    const rows = [1, 2, 3].map((day) =>
      payment('', A, 1_000, `2026-11-0${day} 10:00:00`, { business: 'trade', flow: '' }),
    );
    const both = (from: string, to: string, some: typeof rows, openingFen: number) =>
      send(billFile({ from, to, rows: some, openingFen }));
    expect(await both('2026-11-01', '2026-11-03', rows.slice(0, 2), 0)).toMatchObject({ rows: 2, new: 2 });
    expect(await both('2026-11-02', '2026-11-04', rows.slice(1), 1_000)).toMatchObject({ new: 1, duplicate: 1 });
    expect(await ledgers()).toEqual([2, 3, 3, 6, 3]);
  });

  it('[S1] refuses the file of another account, unknown forms and unknown shops', async () => {
    await send(billFile(NOVEMBER_1));
    await expect(send(billFile({ ...NOVEMBER_1_2, account: '20889999999999990156' }))).rejects.toMatchObject({
      code: 'BILL_FILE.OTHER_ACCOUNT',
    });
    await expect(send(billFile(NOVEMBER_1_2), 'wechat')).rejects.toMatchObject({ code: 'BILL_FORMAT.UNKNOWN' });
    await expect(
      imports.take(caller, {
        shopId: 'shp_x',
        format: 'alipay-signcustomer',
        fileName: 'x',
        bytes: billFile(NOVEMBER_1),
      }),
    ).rejects.toMatchObject({ code: 'SHOP.NOT_FOUND' });
    expect(await ledgers()).toEqual([1, 2, 2, 4, 1]);
  });

  it('[S1] takes in 20,000 rows at once, and none of them again', async () => {
    const rows = Array.from({ length: 20_000 }, (_, no) =>
      payment(`p${no}`, String(2_700_000_000_000_000_000n + BigInt(no)), 100 + no, '2026-11-05 10:00:00'),
    );
    expect(await send(billFile({ from: '2026-11-05', to: '2026-11-06', rows }))).toMatchObject({
      new: 20_000,
      whole: true,
    });
    expect(await send(billFile({ from: '2026-11-05', to: '2026-11-07', rows }))).toMatchObject({
      new: 0,
      duplicate: 20_000,
    });
  });
});
