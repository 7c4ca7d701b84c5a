import { PlatformRegistry } from '@app/platforms';
import { Audit, chunk, inTransaction, shanghaiDay, type Caller } from '@app/shared';
import { cloneDatabase, type TestDatabase } from '@app/shared/testing/database';
import type { DataSource } from 'typeorm';
import { AfterSaleRepository } from '../after-sale/after-sale.repository';
import { BillImport } from '../bill/bill.import';
import { BillRepository } from '../bill/bill.repository';
import { EntryRepository } from '../entry/entry.repository';
import { OrderRepository } from '../order/order.repository';
import { ParcelRepository } from '../parcel/parcel.repository';
import { RuleRepository } from '../rule/rule.repository';
import { ShopRepository } from '../shop/shop.repository';
import { billFile } from '../testing/bill-file';
import { shopItem } from '../testing/builders';
import { MonthMaker, seeded } from '../testing/month';
import { ComparisonRepository, type Span } from './comparison.repository';
import { ReconciliationRepository, type LineRow } from './reconciliation.repository';

const BEGIN = Date.parse('2026-11-01T00:00:00+08:00');
const END = Date.parse('2026-12-01T00:00:00+08:00');
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const TIMES = 9;
const OPENING_FEN = 5_000_000;
const COMPANY = 'cmp_month';
const SEED = 20_261_101;

const times = (count: number, make: (no: number) => void): void =>
  Array.from({ length: count }, (_, no) => no).forEach(make);

/** What is in order although it looks odd: none of it may be called a difference. */
function makeOrdinary(month: MonthMaker, random: (below: number) => number): void {
  times(2_400, () => {
    const [placedDay, fen] = [random(20), month.fen()];
    const completed = month.at(placedDay + 1 + random(8));
    const no = month.order({ placed: month.at(placedDay), completed, linesFen: [fen] });
    if (random(7) === 0)
      month.row(completed - DAY_MS / 2, {
        flow: month.next(),
        at: '',
        fen: -45 - random(200),
        remark: `保险承保-卖家版运费险-${no}`,
      });
    month.payWithFees(no, fen, completed);
  });
  times(150, (n) => {
    // A payment per line, every third time of equal lines, with the fees of each payment rounded alone.
    const fen = month.fen();
    const linesFen = n % 3 === 0 ? [fen, fen, fen] : [fen, month.fen(), month.fen()];
    const day = random(15);
    const no = month.order({ placed: month.at(day), completed: month.at(day + 6), linesFen });
    linesFen.forEach((lineFen, index) => month.payWithFees(no, lineFen, month.at(day + 2) + index * HOUR_MS));
  });
  times(60, () => {
    const [fen, day] = [month.fen(), random(15)];
    const back = 1 + random(fen - 1);
    const no = month.order({
      placed: month.at(day),
      completed: month.at(day + 5),
      linesFen: [fen],
      refundedFen: [back],
    });
    month.afterSale(no, back, month.at(day + 2));
    month.payWithFees(no, fen - back, month.at(day + 5) - 12 * HOUR_MS);
  });
  times(60, (n) => {
    // Refunded after the payment: in two equal parts, in part, or all of it, with points given back or kept.
    const [fen, day] = [month.fen() * 2, random(12)];
    const parts = [[fen / 2, fen / 2], [fen / 4 - ((fen / 4) % 1)], [fen]][n % 3]!;
    const back = parts.reduce((sum, part) => sum + part, 0);
    const no = month.order({
      placed: month.at(day),
      completed: month.at(day + 3),
      linesFen: [fen],
      refundedFen: [back],
    });
    month.payWithFees(no, fen, month.at(day + 3) - 12 * HOUR_MS);
    parts.forEach((part, index) => {
      month.giveBack(no, part, month.at(day + 8) + index * DAY_MS);
      month.afterSale(no, part, month.at(day + 8) + index * DAY_MS);
    });
    if (n % 2 === 0)
      month.row(month.at(day + 9), {
        flow: month.next(),
        at: '',
        fen: Math.round((back * 50) / 10_000),
        remark: `代扣交易退回积分${no}`,
      });
  });
  times(40, () => {
    const [fen, day] = [month.fen(), random(20)];
    month.order({ state: 'closed', placed: month.at(day), linesFen: [fen], refundedFen: [fen] });
    month.order({ state: 'cancelled', placed: month.at(day), linesFen: [fen] });
  });
  times(60, () => {
    const no = month.order({ state: 'shipped', placed: month.at(18 + random(4)), linesFen: [month.fen()] });
    month.deliver(no, month.at(24 + random(5)));
  });
  // Completed before the first bill, and told as completed only when the shop was connected.
  times(60, () => {
    month.order({ placed: BEGIN - (2 + random(20)) * DAY_MS, completed: month.at(2), linesFen: [month.fen()] });
  });
}

/** What the end of the month cuts in two. */
function makeCut(month: MonthMaker): void {
  times(TIMES, () => {
    const [a, b, c, d] = [month.fen(), month.fen(), month.fen(), month.fen()];
    const feesNext = month.order({ placed: month.at(20), completed: END - 1_000, linesFen: [a] });
    month.payWithFees(feesNext, a, END - 1_000);
    const refundNext = month.order({ placed: month.at(10), completed: month.at(14), linesFen: [b], refundedFen: [b] });
    month.payWithFees(refundNext, b, month.at(14) - 12 * HOUR_MS);
    month.afterSale(refundNext, b, END + 30 * HOUR_MS);
    month.giveBack(refundNext, b, END + 30 * HOUR_MS);
    const lineNext = month.order({ placed: month.at(22), completed: END + 30 * HOUR_MS, linesFen: [c, c] });
    month.payWithFees(lineNext, c, month.at(26));
    month.payWithFees(lineNext, c, END + 29 * HOUR_MS);
    const equalLines = month.order({
      placed: month.at(5),
      completed: month.at(12),
      linesFen: [d, d],
      refundedFen: [d, 0],
    });
    month.payWithFees(equalLines, d, month.at(8));
    month.payWithFees(equalLines, d, month.at(10));
    month.afterSale(equalLines, d, END + 31 * HOUR_MS);
    month.giveBack(equalLines, d, END + 31 * HOUR_MS);
  });
}

/** Each kind of difference, several times. */
function plantAll(month: MonthMaker, random: (below: number) => number): void {
  const ordinary = (fen = month.fen()) => {
    const day = random(18);
    const ms = month.at(day + 4);
    return { fen, ms, no: month.order({ placed: month.at(day), completed: ms, linesFen: [fen] }) };
  };
  times(TIMES, (n) => {
    const amount = ordinary();
    const wrong = amount.fen + (n % 2 ? 1 : -1) * (1 + random(500));
    month.pay(amount.no, wrong, amount.ms);
    month.fees(amount.no, wrong, amount.ms);
    month.plant('amount_differs', amount.no);

    const fee = ordinary();
    month.pay(fee.no, fee.fen, fee.ms);
    if (n % 3 === 0) month.plant('fee_differs', fee.no);
    else {
      month.fees(fee.no, fee.fen, fee.ms, n % 2 ? 50 + random(200) : -2);
      month.plant('fee_differs', fee.no);
    }
    const drop = ordinary();
    month.fees(drop.no, drop.fen, drop.ms);
    month.plant('missing_in_bill', drop.no);

    const late = ordinary();
    month.deliver(late.no, late.ms - DAY_MS);
    if (late.ms + 9 * DAY_MS < END) month.plant('overdue', late.no);

    const strangerNo = `279999999999999${1_000 + n}`;
    month.payWithFees(strangerNo, month.fen(), month.at(random(28)));
    month.plant('missing_in_orders', strangerNo);

    const once = ordinary();
    month.payWithFees(once.no, once.fen, once.ms);
    month.pay(once.no, once.fen, once.ms + 2_000);
    month.plant('duplicate', once.no);

    const [first, second] = [month.fen(), month.fen()];
    const day = random(18);
    const split = month.order({
      placed: month.at(day),
      completed: month.at(day + 6),
      linesFen: [first, second, second],
    });
    [first, second, second].forEach((fen, index) => month.payWithFees(split, fen, month.at(day + 2) + index * HOUR_MS));
    month.pay(split, n % 2 ? second : first, month.at(day + 4));
    month.plant('duplicate', split);

    const feeTwice = ordinary();
    month.payWithFees(feeTwice.no, feeTwice.fen, feeTwice.ms);
    month.charge(feeTwice.no, Math.round((feeTwice.fen * 500) / 10_000), feeTwice.ms + 5_000, `same-${n}`);
    month.charge(feeTwice.no, Math.round((feeTwice.fen * 500) / 10_000), feeTwice.ms + 6_000, `same-${n}`);
    month.plant('fee_differs', feeTwice.no);
    month.plant('duplicate', feeTwice.no);

    const back = month.order({
      placed: month.at(3),
      completed: month.at(6),
      linesFen: [9_000 + n],
      refundedFen: [4_000],
    });
    month.payWithFees(back, 9_000 + n, month.at(6) - 12 * HOUR_MS);
    month.giveBack(back, 4_000, month.at(9));
    month.giveBack(back, 4_000, month.at(9));
    month.afterSale(back, 4_000, month.at(9));
    month.plant('duplicate', back);

    const alone = (name: string, row: { fen: number; type?: string; remark: string }) => {
      month.row(month.at(random(28)), { flow: month.next(), at: '', ...row });
      month.plant(name, row.remark);
    };
    alone('fee_without_order', { fen: -100 - random(900), remark: `百亿补贴软件服务费-${n}` });
    alone('deposit', { fen: -500 - random(900), remark: `天猫保证金-充值（代扣）-缺货-${n}` });
    alone('unclassified', { fen: (n % 2 ? 1 : -1) * (50 + random(900)), remark: `没有人知道-${n}` });
    alone('payout', { fen: -10_000 - random(5_000), type: '提现', remark: `提现-${n}` });
  });
}

describe('a generated month', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let imports: BillImport;
  const random = seeded(SEED);
  const month = new MonthMaker(BEGIN, random);
  const { made } = month;
  const comparison = new ComparisonRepository();
  const reconciliations = new ReconciliationRepository();
  const now = new Date('2026-12-20T12:00:00+08:00');
  const caller: Caller = {
    clientId: 'cli_1',
    companyId: COMPANY,
    scopes: new Set(),
    isService: false,
    shops: null,
    warehouses: null,
  };
  let balanceFen = OPENING_FEN;

  /** A file per day, chained by their balances; rows of a second in any order. */
  async function uploadDays(from: number, to: number): Promise<void> {
    for (let day = from; day < to; day += DAY_MS) {
      const rows = made.rows.filter(({ ms }) => ms >= day && ms < day + DAY_MS).sort((a, b) => a.ms - b.ms);
      const bytes = billFile({
        from: shanghaiDay(new Date(day)),
        to: shanghaiDay(new Date(day + DAY_MS)),
        rows,
        openingFen: balanceFen,
      });
      const answer = await imports.take(caller, {
        shopId: 'shp_1',
        format: 'alipay-signcustomer',
        fileName: `${day}.csv`,
        bytes,
      });
      expect(answer).toMatchObject({ new: rows.length, duplicate: 0, whole: true });
      balanceFen += rows.reduce((sum, { fen }) => sum + fen, 0);
    }
  }

  async function reconcile(id: string, fromAt: number, toAt: number): Promise<{ span: Span; lines: LineRow[] }> {
    const span = {
      reconciliationId: id,
      shopId: 'shp_1',
      fromAt: new Date(fromAt),
      toAt: new Date(toAt),
      asOf: new Date(toAt),
    };
    return inTransaction(dataSource, async (tx) => {
      await reconciliations.add(tx, { ...span, companyId: COMPANY, requestedBy: 'x' });
      await comparison.compare(tx, COMPANY, span);
      return { span, lines: await reconciliations.lines(tx, COMPANY, id, { class: null, after: 0 }, 100_000) };
    });
  }

  /** Remarks of the rows that stand for themselves, numbers of all others, by class, but for what is in order. */
  async function differencesOf(lines: readonly LineRow[]): Promise<Record<string, string[]>> {
    const remarks = new Map(
      (
        (await dataSource.query(
          `SELECT f.file_name || '/' || b.row_no AS place, b.remark FROM bill_line b JOIN bill_file f USING (company_id, bill_id) WHERE b.company_id = $1`,
          [COMPANY],
        )) as { place: string; remark: string }[]
      ).map(({ place, remark }) => [place, remark]),
    );
    const found: Record<string, string[]> = {};
    for (const line of lines)
      if (line.class !== 'matched' && line.class !== 'not_due')
        (found[line.class] ??= []).push(line.platformOrderNo ?? remarks.get(`${line.billFile}/${line.billRow}`) ?? '?');
    for (const list of Object.values(found)) list.sort();
    return found;
  }
  const planted = (): Record<string, string[]> =>
    Object.fromEntries([...made.planted].map(([name, keys]) => [name, [...keys].sort()]));

  beforeAll(async () => {
    makeOrdinary(month, random);
    makeCut(month);
    plantAll(month, random);
    database = await cloneDatabase();
    dataSource = await database.open('settlement');
    const story = { now: () => now, ms: () => now.getTime(), rate: () => 1 } as never;
    imports = new BillImport(
      dataSource,
      await PlatformRegistry.load(),
      new BillRepository(),
      new EntryRepository(),
      new Audit(story),
      story,
    );
    await inTransaction(dataSource, async (tx) => {
      await new ShopRepository().put(tx, COMPANY, [shopItem()]);
      for (const part of chunk(made.orders, 500)) {
        await new OrderRepository().put(
          tx,
          COMPANY,
          part.map(({ item }) => item),
        );
        await tx.query(
          `UPDATE settlement_order o SET completed_at = x.at FROM unnest($2::text[], $3::timestamptz[]) AS x(id, at)
            WHERE o.company_id = $1 AND o.order_id = x.id AND o.platform_state = 'completed'`,
          [COMPANY, part.map(({ item }) => item.orderId), part.map(({ toldAt }) => toldAt)],
        );
      }
      await new ParcelRepository().put(tx, COMPANY, made.parcels);
      for (const part of chunk(made.afterSales, 500)) await new AfterSaleRepository().put(tx, COMPANY, part);
      const rules = new RuleRepository();
      const rule = { shopId: 'shp_1', validFrom: '2026-01-01', setBy: 'x' };
      await rules.putDueRule(tx, COMPANY, { ...rule, basis: 'delivered', days: 9 });
      await rules.putFeeRule(tx, COMPANY, { ...rule, entryKind: 'commission', rateBp: 500, toleranceFen: 1 });
      await rules.putFeeRule(tx, COMPANY, { ...rule, entryKind: 'points', rateBp: 50, toleranceFen: 1 });
    });
    await uploadDays(BEGIN, END);
  });
  afterAll(() => database.drop());

  it(`[S2] [S4] [S5] [S6] [S7] [S8] shows each of the planted differences in its class and nothing else (seed ${SEED})`, async () => {
    const { lines } = await reconcile('rec_1', BEGIN, END);
    expect(await differencesOf(lines)).toEqual(planted());
    for (const keys of Object.values(planted())) expect(keys.length).toBeGreaterThanOrEqual(5);
    expect(lines.filter((line) => line.class === 'matched').length).toBeGreaterThan(2_700);
    for (const line of lines.filter(
      (one) => one.class === 'matched' || one.class === 'payout' || one.class === 'deposit',
    ))
      expect([line.platformOrderNo, line.billedFen]).toEqual([line.platformOrderNo, line.expectedFen]);
  });

  it('[S9] compares the wallet: opening, plus what was earned, less what was paid out, is its closing balance', async () => {
    const { span, lines } = await reconcile('rec_2', BEGIN, END);
    const { wallet, sums } = await inTransaction(dataSource, async (tx) => ({
      wallet: await comparison.wallet(tx, COMPANY, span),
      sums: await comparison.sums(tx, COMPANY, span.reconciliationId),
    }));
    expect([wallet.openingFen, wallet.closingFen]).toEqual([OPENING_FEN, balanceFen]);
    const moved = made.rows.filter(({ ms }) => ms < END);
    expect(wallet.walletChangeFen).toBe(moved.reduce((sum, { fen }) => sum + fen, 0));
    expect(sums.billedFen - sums.paidOutFen - sums.depositFen).toBe(wallet.walletChangeFen);
    expect(sums.paidOutFen).toBe(-moved.filter(({ type }) => type === '提现').reduce((sum, { fen }) => sum + fen, 0));
    expect(lines.reduce((sum, line) => sum + line.billedFen, 0)).toBe(wallet.walletChangeFen);
  });

  it('[S2] [S8] calls nothing a difference that the first days of the next month explain, before and after they came', async () => {
    await uploadDays(END, END + 3 * DAY_MS);
    const november = await reconcile('rec_3', BEGIN, END);
    expect(await differencesOf(november.lines)).toEqual(planted());
    const next = await reconcile('rec_4', END, END + 3 * DAY_MS);
    const again = made.planted.get('overdue')!;
    const { overdue = [], ...others } = await differencesOf(next.lines);
    expect(others).toEqual({});
    expect(overdue.filter((no) => again.includes(no))).toEqual([]);
  });

  it('[S3] [S4] calls nothing overdue or missing that may stand in a day without a bill', async () => {
    const { lines } = await reconcile('rec_5', END + 3 * DAY_MS, END + 19 * DAY_MS);
    expect(lines.filter((line) => line.class === 'overdue' || line.class === 'missing_in_bill')).toEqual([]);
  });
});
