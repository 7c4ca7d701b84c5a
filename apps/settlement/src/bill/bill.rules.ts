import type { BillRow, EntryKind } from '@app/platforms';
import { fen, shanghaiDay, startOfShanghaiDay } from '@app/shared';

/** Asset account: what lies in the shop's account at the platform. */
export const WALLET = 'wallet';

/** Where the other side of a movement is booked. */
const COUNTER_ACCOUNT: Record<EntryKind, string> = {
  goods_payment: 'receivable',
  refund: 'receivable',
  commission: 'fee:commission',
  tech_service: 'fee:tech_service',
  points: 'fee:points',
  affiliate: 'fee:affiliate',
  payment_fee: 'fee:payment_fee',
  freight_insurance: 'fee:freight_insurance',
  charity: 'fee:charity',
  platform_fee: 'fee:platform_fee',
  subsidy_back: 'receivable',
  deposit: 'deposit',
  split: 'split',
  transfer: 'bank',
  interest: 'interest',
  unclassified: 'suspense',
};

/** The two entries of a bill row; they add up to zero. */
export function entriesOf(
  row: Pick<BillRow, 'inFen' | 'outFen' | 'entryKind'>,
): { account: string; amountFen: number }[] {
  const net = fen(row.inFen - row.outFen);
  return [
    { account: WALLET, amountFen: net },
    { account: COUNTER_ACCOUNT[row.entryKind], amountFen: fen(-net) },
  ];
}

/**
 * What makes rows the same in another file (Taobao sheet §12.4): their flow number, else number, type and amount. Without
 * flow numbers, equal payments of one trade would be taken for one, so their time and place among equals count as well;
 * a file holds whole days, hence all equals of a second.
 */
export function keyed(rows: readonly BillRow[]): (BillRow & { lineKey: string })[] {
  const equals = new Map<string, number>();
  return rows.map((row) => {
    if (row.flowNo) return { ...row, lineKey: `f:${row.flowNo}` };
    const key = `b:${row.businessNo}|${row.businessType}|${row.inFen}|${row.outFen}|${row.occurredAt}`;
    const nth = (equals.get(key) ?? 0) + 1;
    equals.set(key, nth);
    return { ...row, lineKey: nth === 1 ? key : `${key}|${nth}` };
  });
}

/** The month `yyyy-mm` in Asia/Shanghai. */
export const periodOf = (at: Date): string => shanghaiDay(at).slice(0, 7);

function nextPeriod(period: string): string {
  const [year, month] = period.split('-').map(Number) as [number, number];
  return month === 12 ? `${year + 1}-01` : `${year}-${String(month + 1).padStart(2, '0')}`;
}

/** The month into which a row is posted: its own, or the next open one after a closed one, which is then named. */
export function postingPeriod(own: string, closed: ReadonlySet<string>): { period: string; lateFor: string | null } {
  let period = own;
  while (closed.has(period)) period = nextPeriod(period);
  return { period, lateFor: period === own ? null : own };
}

const DAY_MS = 86_400_000;

/** Whole Shanghai days within a half-open span; the zone has no daylight saving. A last instant of 23:59:59 counts as the day's end. */
export function daysWithin(from: string, to: string): string[] {
  const midnight = startOfShanghaiDay(shanghaiDay(new Date(from))).getTime();
  const end = Date.parse(to) + 1_000;
  const days: string[] = [];
  for (let at = midnight < Date.parse(from) ? midnight + DAY_MS : midnight; at + DAY_MS <= end; at += DAY_MS)
    days.push(shanghaiDay(new Date(at)));
  return days;
}

/** The newest day whose bill can be had: yesterday, from 09:00 on (Taobao sheet §12.2). */
export function newestBillDay(now: Date): string {
  return shanghaiDay(new Date(now.getTime() - DAY_MS - 9 * 3_600_000));
}
