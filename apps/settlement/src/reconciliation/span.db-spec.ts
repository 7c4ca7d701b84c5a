import { PlatformRegistry } from '@app/platforms';
import { Audit, inTransaction, type Caller } from '@app/shared';
import { cloneDatabase, type TestDatabase } from '@app/shared/testing/database';
import type { DataSource } from 'typeorm';
import { BillImport } from '../bill/bill.import';
import { BillRepository } from '../bill/bill.repository';
import { EntryRepository } from '../entry/entry.repository';
import { OrderRepository } from '../order/order.repository';
import { RuleRepository } from '../rule/rule.repository';
import { ShopRepository } from '../shop/shop.repository';
import { billFile, commission, payment, refund, type MadeRow } from '../testing/bill-file';
import { orderItem, shopItem } from '../testing/builders';
import { ComparisonRepository } from './comparison.repository';
import { ReconciliationRepository, type LineRow } from './reconciliation.repository';

const no = (n: number): string => `27000000000000000${10 + n}`;
const at = (text: string): Date => new Date(`${text}+08:00`);
const [NOVEMBER, DECEMBER, JANUARY] = [at('2026-11-01T00:00:00'), at('2026-12-01T00:00:00'), at('2027-01-01T00:00:00')];

describe('where a span of a reconciliation begins and ends', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let imports: BillImport;
  let caller: Caller;
  let companies = 0;
  let reconciliationNo = 0;

  beforeAll(async () => {
    database = await cloneDatabase();
    dataSource = await database.open('settlement');
    const now = at('2027-01-20T12:00:00');
    const story = { now: () => now, ms: () => now.getTime(), rate: () => 1 } as never;
    imports = new BillImport(
      dataSource,
      await PlatformRegistry.load(),
      new BillRepository(),
      new EntryRepository(),
      new Audit(story),
      story,
    );
  });
  afterAll(() => database.drop());
  beforeEach(async () => {
    caller = {
      clientId: 'cli_1',
      companyId: `cmp_${(companies += 1)}`,
      scopes: new Set(),
      isService: false,
      shops: null,
      warehouses: null,
    };
    await inTransaction(dataSource, (tx) => new ShopRepository().put(tx, caller.companyId, [shopItem()]));
  });

  interface Made {
    n: number;
    placed: string;
    completed?: string;
    refundedFen?: number;
    state?: 'closed';
    /** What was paid for each line, and for freight. */
    linesFen?: number[];
    freightFen?: number;
  }
  /** An order, of one line of 100 yuan unless told otherwise, paid when it was placed. */
  const order = ({ n, placed, completed, refundedFen = 0, state, linesFen = [10_000], freightFen = 0 }: Made) =>
    inTransaction(dataSource, (tx) => {
      const made = orderItem();
      const goodsFen = linesFen.reduce((sum, fen) => sum + fen, 0);
      const paidFen = goodsFen + freightFen;
      const item = orderItem({
        orderId: `ord_${n}`,
        platformOrderNo: no(n),
        platformState: state ?? (completed ? 'completed' : 'shipped'),
        placedAt: at(placed).toISOString(),
        paidAt: at(placed).toISOString(),
        amounts: { ...made.amounts, goodsFen, freightFen, payableFen: paidFen, paidFen },
        lines: linesFen.map((fen, index) => ({
          ...made.lines[0]!,
          lineId: `${made.lines[0]!.lineId}_${n}_${index}`,
          platformLineNo: `${no(n)}-${index}`,
          paidFen: fen,
          refundedFen,
          refund: refundedFen ? ('refunded' as const) : ('none' as const),
        })),
      });
      return new OrderRepository().put(tx, caller.companyId, [item], () => (completed ? at(completed) : null));
    });
  const bills = (rows: MadeRow[]) =>
    imports.take(caller, {
      shopId: 'shp_1',
      format: 'alipay-signcustomer',
      fileName: 'bill.csv',
      bytes: billFile({ from: '2026-11-01', to: '2027-01-01', rows }),
    });
  async function linesOf(fromAt: Date, toAt: Date): Promise<[string | null, string, number, number][]> {
    const span = { reconciliationId: `rec_${(reconciliationNo += 1)}`, shopId: 'shp_1', fromAt, toAt, asOf: toAt };
    const lines: LineRow[] = await inTransaction(dataSource, async (tx) => {
      const reconciliations = new ReconciliationRepository();
      await reconciliations.add(tx, { ...span, companyId: caller.companyId, requestedBy: 'x' });
      await new ComparisonRepository().compare(tx, caller.companyId, span);
      return reconciliations.lines(tx, caller.companyId, span.reconciliationId, { class: null, after: 0 }, 1_000);
    });
    return lines.map((line) => [line.platformOrderNo, line.class, line.expectedFen, line.billedFen]);
  }

  it('[S2] counts a row of midnight in the month that it begins', async () => {
    await order({ n: 1, placed: '2026-11-10T10:00:00', completed: '2026-12-01T00:00:00' });
    await bills([
      payment('1', no(1), 10_000, '2026-12-01 00:00:00'),
      { flow: '2', at: '2026-12-01 00:00:00', fen: -77, remark: '公益宝贝捐赠=1' },
    ]);
    expect(await linesOf(NOVEMBER, DECEMBER)).toEqual([[no(1), 'not_due', 10_000, 0]]);
    expect(await linesOf(DECEMBER, JANUARY)).toEqual([
      [null, 'fee_without_order', 0, -77],
      [no(1), 'matched', 10_000, 10_000],
    ]);
  });

  it('[S5] judges each payment by the one fee rule of its own day in Asia/Shanghai', async () => {
    await inTransaction(dataSource, async (tx) => {
      const rule = { shopId: 'shp_1', entryKind: 'commission', toleranceFen: 0, setBy: 'x' };
      const rules = new RuleRepository();
      await rules.putFeeRule(tx, caller.companyId, { ...rule, validFrom: '2026-11-01', rateBp: 500 });
      await rules.putFeeRule(tx, caller.companyId, { ...rule, validFrom: '2026-11-11', rateBp: 200 });
      await rules.putFeeRule(tx, caller.companyId, { ...rule, validFrom: '2026-11-21', rateBp: null });
    });
    const days = ['2026-11-10 23:59:59', '2026-11-11 00:00:00', '2026-11-21 00:00:00', '2026-11-11 07:00:00'];
    const rows = days.map((day, n) => payment(`p${n}`, no(n), 10_000, day));
    for (const n of days.keys()) await order({ n, placed: '2026-11-05T10:00:00', completed: '2026-11-25T00:00:00' });
    const charged = [500, 200, 123, 500];
    await bills([...rows, ...charged.map((fen, n) => commission(`c${n}`, no(n), fen, days[n]!))]);
    expect(await linesOf(NOVEMBER, DECEMBER)).toEqual([
      [no(3), 'fee_differs', 9_800, 9_500],
      [no(0), 'matched', 9_500, 9_500],
      [no(1), 'matched', 9_800, 9_800],
      [no(2), 'matched', 9_877, 9_877],
    ]);
  });

  it('[S2] lists a repeated row in the span in which it stands, and in no later one', async () => {
    await order({ n: 1, placed: '2026-11-10T10:00:00', completed: '2026-11-12T10:00:00', refundedFen: 3_000 });
    await bills([
      payment('1', no(1), 10_000, '2026-11-12 10:00:00', { business: 'same' }),
      payment('2', no(1), 10_000, '2026-11-12 10:00:02', { business: 'same' }),
      refund('3', no(1), 3_000, '2026-12-05 10:00:00'),
    ]);
    expect(await linesOf(NOVEMBER, DECEMBER)).toEqual([
      [no(1), 'duplicate', 0, 10_000],
      [no(1), 'matched', 10_000, 10_000],
    ]);
    expect(await linesOf(DECEMBER, JANUARY)).toEqual([[no(1), 'matched', 7_000, 7_000]]);
  });

  it('[S2] takes equal fees of payments that differ by a fen for what they are, and one more for a repeated row', async () => {
    await order({ n: 1, placed: '2026-11-10T10:00:00', completed: '2026-11-12T10:00:00' });
    const same = { business: 'same' };
    const fee = (flow: string, second: number): MadeRow => ({
      ...commission(flow, no(1), 250, `2026-11-12 10:00:0${second}`),
      ...same,
    });
    await bills([
      payment('1', no(1), 5_001, '2026-11-12 10:00:00', same),
      payment('2', no(1), 4_999, '2026-11-12 10:00:00', same),
      fee('3', 1),
      fee('4', 2),
      fee('5', 3),
    ]);
    expect(await linesOf(NOVEMBER, DECEMBER)).toEqual([
      [no(1), 'duplicate', 0, -250],
      [no(1), 'matched', 9_500, 9_500],
    ]);
  });

  it('[S2] finds the repeated ones of equal payments into which freight was shared out', async () => {
    await order({
      n: 1,
      placed: '2026-11-10T10:00:00',
      completed: '2026-11-12T10:00:00',
      linesFen: [2_746, 2_746],
      freightFen: 600,
    });
    const rows = [1, 2, 3, 4].map((n) => payment(`${n}`, no(1), 3_046, `2026-11-12 10:00:0${n}`, { business: 'same' }));
    await bills(rows);
    expect((await linesOf(NOVEMBER, DECEMBER)).sort()).toEqual([
      [no(1), 'duplicate', 0, 3_046],
      [no(1), 'duplicate', 0, 3_046],
      [no(1), 'matched', 6_092, 6_092],
    ]);
  });

  it('[S2] knows the freight that stays with the merchant when all goods of an order came back', async () => {
    for (const n of [1, 2, 3]) await order({ n, placed: '2026-11-10T10:00:00', refundedFen: 9_400, state: 'closed' });
    await bills([
      ...[1, 2, 3].map((n) => payment(`p${n}`, no(n), 10_000, '2026-11-12 10:00:00')),
      refund('r1', no(1), 9_400, '2026-11-20 10:00:00'),
      refund('r2', no(2), 10_000, '2026-11-20 10:00:00'),
      refund('r3', no(3), 9_000, '2026-11-20 10:00:00'),
    ]);
    const found = (await linesOf(NOVEMBER, DECEMBER)).map(([orderNo, kind, , billed]) => [orderNo, kind, billed]);
    expect(found.sort()).toEqual([
      [no(1), 'matched', 600],
      [no(2), 'matched', 0],
      [no(3), 'amount_differs', 1_000],
    ]);
  });

  it('[S3] says that a payment lacks when any fee of it is there, whatever a platform calls its own', async () => {
    await inTransaction(dataSource, (tx) =>
      new RuleRepository().putDueRule(tx, caller.companyId, {
        shopId: 'shp_1',
        validFrom: '2026-11-01',
        setBy: 'x',
        basis: 'completed',
        days: 60,
      }),
    );
    await order({ n: 1, placed: '2026-11-10T10:00:00', completed: '2026-11-12T10:00:00' });
    await bills([{ flow: '1', at: '2026-11-12 10:00:02', fen: -60, remark: `基础软件服务费(${no(1)})扣款` }]);
    expect(await linesOf(NOVEMBER, DECEMBER)).toEqual([[no(1), 'missing_in_bill', 9_940, -60]]);
  });

  it('[S4] lists money in the month in which it falls due, or in which its order completes without it', async () => {
    await bills([]);
    await order({ n: 1, placed: '2026-11-20T10:00:00' });
    await order({ n: 2, placed: '2026-11-20T10:00:00', completed: '2026-12-10T10:00:00' });
    expect(await linesOf(DECEMBER, JANUARY)).toEqual([[no(2), 'missing_in_bill', 10_000, 0]]);
    const due = { shopId: 'shp_1', validFrom: '2026-11-01', setBy: 'x', basis: 'paid' as const };
    await inTransaction(dataSource, (tx) =>
      new RuleRepository().putDueRule(tx, caller.companyId, { ...due, days: 15 }),
    );
    expect(await linesOf(NOVEMBER, DECEMBER)).toEqual([
      [no(1), 'not_due', 10_000, 0],
      [no(2), 'not_due', 10_000, 0],
    ]);
    expect(await linesOf(DECEMBER, JANUARY)).toEqual([
      [no(1), 'overdue', 10_000, 0],
      [no(2), 'overdue', 10_000, 0],
    ]);
    expect(await linesOf(JANUARY, at('2027-02-01T00:00:00'))).toEqual([]);
  });
});
