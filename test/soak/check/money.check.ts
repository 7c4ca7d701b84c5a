import type { Client } from 'pg';
import { DUE_DAYS, type Office, type SoakShop } from '../office';
import type { PatientClient } from '../patient-client';
import type { On, Played } from '../played';
import { wordsOf } from '../platform-words';
import type { TruthBill } from '../truth';
import { newCheck, same, Sums, type Check } from './check';

interface BillRow {
  shop_id: string;
  flow_no: string;
  day: string;
  order_no: string;
  fen: string;
  postings: string;
  sum_fen: string;
}

interface Line {
  class: string;
  platformOrderNo: string | null;
  entryKind: string | null;
  billedFen: number;
  differenceFen: number;
}

/** The class in which each planted difference must be found. */
const CLASS_OF: Readonly<Record<string, string>> = {
  'bill-amount': 'amount_differs',
  'bill-fee': 'fee_differs',
  'bill-drop': 'missing_in_bill',
  'bill-stranger': 'missing_in_orders',
  'bill-twice': 'duplicate',
  'bill-fee-alone': 'fee_without_order',
  'bill-deposit': 'deposit',
  'bill-unknown': 'unclassified',
  'bill-late': 'overdue',
};
/** What a bill has no word for must be shown as not understood. */
const classOf = ({ platform }: On<TruthBill>, planted: string): string | undefined =>
  planted === 'bill-deposit' && !wordsOf(platform).hasDeposits ? 'unclassified' : CLASS_OF[planted];

const DUE_MS = DUE_DAYS * 86_400_000;
/** A look takes its time, and the story goes on meanwhile. */
const LOOK_MS = 86_400_000;
/** Classes that say that something is wrong. */
const DIFFERENCES = new Set(Object.values(CLASS_OF));

/** Rows of the truth that stand in a bill of a day that is over, from the day on which the shop went live. */
function isBilled(row: TruthBill, shops: readonly SoakShop[], coveredTo: ReadonlyMap<string, string>): boolean {
  const day = row.at.slice(0, 10);
  const from = shops.find(({ platformShopId }) => platformShopId === row.platformShopId)?.goLiveAt.slice(0, 10) ?? '';
  return !row.isDropped && row.billedFen !== 0 && day >= from && day <= (coveredTo.get(row.platformShopId) ?? '');
}

/** A row of the truth by what its bill has in common with it. */
const rowKey = (row: On<TruthBill>): string =>
  `${row.platformShopId} ${wordsOf(row.platform).keyOf({
    day: row.at.slice(0, 10),
    flowNo: row.flowNo,
    orderNo: row.platformOrderNo ?? row.strangerOrderNo ?? '',
    fen: row.billedFen,
  })}`;

/** The rows of one side by key, with their sum. */
class RowSums {
  readonly sums = new Sums();
  readonly rows = new Map<string, string[]>();

  add(key: string, fen: number, told: string): void {
    this.sums.add(key, fen);
    this.rows.set(key, [...(this.rows.get(key) ?? []), told]);
  }
}

/**
 * Every row that the platform billed is stored once and posted once, and nothing else. No call of the API lists bill
 * rows with their postings, so the owner's connection reads them.
 */
async function checkRows(
  truth: readonly On<TruthBill>[],
  reader: Client,
  shops: readonly SoakShop[],
  coveredTo: ReadonlyMap<string, string>,
): Promise<Check> {
  const check = newCheck('every bill row booked once, with a posting that adds up to zero');
  const { rows } = await reader.query<BillRow>(
    `SELECT b.shop_id, b.flow_no, (b.occurred_at AT TIME ZONE 'Asia/Shanghai')::date::text AS day, coalesce(b.platform_order_no, '') AS order_no,
            b.in_fen - b.out_fen AS fen, count(DISTINCT t.transaction_id) AS postings, coalesce(sum(e.amount_fen), 0) AS sum_fen
       FROM settlement.bill_line b
       LEFT JOIN settlement.entry_transaction t ON t.company_id = b.company_id AND t.shop_id = b.shop_id AND t.line_key = b.line_key
       LEFT JOIN settlement.entry e ON e.company_id = t.company_id AND e.transaction_id = t.transaction_id
      GROUP BY b.company_id, b.shop_id, b.line_key, b.flow_no, b.occurred_at, b.platform_order_no, b.in_fen, b.out_fen`,
  );
  const known = new Map(shops.map((shop) => [shop.id, shop]));
  const [stored, billed] = [new RowSums(), new RowSums()];
  for (const row of rows) {
    const { platform, platformShopId } = known.get(row.shop_id)!;
    const about = { day: row.day, flowNo: row.flow_no, orderNo: row.order_no, fen: Number(row.fen) };
    const key = `${platformShopId} ${wordsOf(platform).keyOf(about)}`;
    stored.add(key, about.fen, `${row.flow_no || row.order_no} of ${about.fen} fen`);
    same(check, `postings of bill row ${key}`, Number(row.postings), 1);
    same(check, `sum of the posting of bill row ${key}`, Number(row.sum_fen), 0);
  }
  for (const row of truth.filter((one) => isBilled(one, shops, coveredTo))) {
    check.checked += 1;
    billed.add(rowKey(row), row.billedFen, `${row.kind} ${row.flowNo} of ${row.billedFen} fen (${row.at})`);
  }
  for (const [key, told] of billed.rows)
    if (!stored.rows.has(key)) check.unexplained.push(`bill row ${key} is not stored: ${told.join(', ')}`);
    else same(check, `amount of bill row ${key}`, stored.sums.of(key), billed.sums.of(key));
  for (const [key, told] of stored.rows)
    if (!billed.rows.has(key)) check.unexplained.push(`bill row ${key} was never billed: ${told.join(', ')}`);
  return check;
}

/** The day on which the money of an order that ended then is due, as the office's rule says. */
function dueDay(endedAt: string | undefined): string {
  return endedAt ? new Date(Date.parse(endedAt) + DUE_MS).toISOString().slice(0, 10) : '';
}

/**
 * Whether somebody looked while the money of a late row was overdue: between the day on which it was due, with the bills
 * of all days up to it, and the moment at which it came. At the end it is looked for once more.
 */
function wasLookedFor(
  row: TruthBill,
  office: Office,
  coveredTo: string,
  endedAt: ReadonlyMap<string, string>,
): boolean {
  const due = dueDay(endedAt.get(row.platformOrderNo ?? ''));
  const came = Date.parse(row.at);
  const isOverdueNow = row.isPending && coveredTo > due;
  return (
    isOverdueNow ||
    office.looks.some(
      (look) =>
        look.platformShopId === row.platformShopId && look.coveredTo > due && Date.parse(look.at) + LOOK_MS < came,
    )
  );
}

/** Lines that are no order's are told apart by what they moved. */
const keyOf = (shop: SoakShop, line: Line): string =>
  `${shop.platformShopId} ${line.platformOrderNo ?? `${line.billedFen} fen`}`;

function keyOfTruth(row: TruthBill): string {
  return `${row.platformShopId} ${row.platformOrderNo ?? row.strangerOrderNo ?? `${row.billedFen} fen`}`;
}

/** Every planted difference in its class, and no difference that nobody planted. */
async function checkClasses(
  truth: readonly On<TruthBill>[],
  api: PatientClient,
  office: Office,
  coveredTo: ReadonlyMap<string, string>,
  span: { from: string; to: string },
  endedAt: ReadonlyMap<string, string>,
): Promise<Check> {
  const check = newCheck('every planted difference in its class, and no other difference');
  const found = new Sums();
  for (const shop of office.shops) {
    const id = await office.reconcile(shop, span.from, span.to);
    for await (const line of api.each<Line>(`/settlement/v1/reconciliations/${id}/lines`)) {
      check.figures[line.class] = (check.figures[line.class] ?? 0) + 1;
      if (DIFFERENCES.has(line.class)) found.add(`${line.class} ${keyOf(shop, line)}`, 1);
    }
  }
  const planted = new Set<string>();
  for (const row of truth) {
    if (!row.planted) continue;
    const wanted = classOf(row, row.planted);
    if (!wanted) check.unexplained.push(`nobody knows the class of ${row.planted}`);
    const key = `${wanted} ${keyOfTruth(row)}`;
    // The rows of one late or wrong order are one difference.
    if (planted.has(key) && row.platformOrderNo !== null) continue;
    planted.add(key);
    check.checked += 1;
    const covered = coveredTo.get(row.platformShopId) ?? '';
    const isExplained =
      row.planted === 'bill-late'
        ? office.seenOverdue.has(row.platformOrderNo ?? '') || !wasLookedFor(row, office, covered, endedAt)
        : !row.isDropped && row.at.slice(0, 10) > covered;
    if (found.of(key) === 0 && !isExplained)
      check.unexplained.push(`${row.planted} at ${key.slice(key.indexOf(' ') + 1)} (${row.at}) is not in ${wanted}`);
    const counted = `planted ${row.planted}`;
    check.figures[counted] = (check.figures[counted] ?? 0) + 1;
  }
  for (const row of truth)
    if (wordsOf(row.platform).besideCommission.includes(row.kind)) planted.add(`fee_differs ${keyOfTruth(row)}`);
  for (const key of found.keys()) if (!planted.has(key)) check.unexplained.push(`nobody planted ${key}`);
  return check;
}

/** Bills and reconciliation against the platform's money. */
export async function checkMoney(
  api: PatientClient,
  played: Played,
  office: Office,
  reader: Client,
  span: { from: string; to: string },
  endedAt: ReadonlyMap<string, string>,
): Promise<Check[]> {
  const truth = await played.bills();
  const { rows } = await reader.query<{ shop_id: string; day: string }>(
    'SELECT shop_id, max(day)::text AS day FROM settlement.bill_day GROUP BY shop_id',
  );
  const covered = new Map(
    rows.map(({ shop_id, day }) => [office.shops.find(({ id }) => id === shop_id)?.platformShopId ?? shop_id, day]),
  );
  return [
    await checkRows(truth, reader, office.shops, covered),
    await checkClasses(truth, api, office, covered, span, endedAt),
  ];
}
