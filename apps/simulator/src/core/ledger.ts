import type { EventLog, LogRecord } from './event-log';
import type { MoneyRow, OrderStory } from './story.types';

/** What every shop's account held before its first row. */
export const OPENING_BALANCE_FEN = 1_000_000;

/** A row of money with the account in which it moved. */
export interface LedgerRow extends MoneyRow {
  platform: string;
  shopId: string;
  /** The order that caused it. */
  order?: OrderStory;
}

/** What the bill says that a row moved. */
export const billedFen = (row: MoneyRow): number => (row.isDropped ? 0 : (row.billedFen ?? row.amountFen));

const seqOf = (row: MoneyRow): number => Number(row.no);

/**
 * All money of all shops: the rows of the orders, which are kept with their orders, and the rows of the accounts
 * alone, which have log records of their own. Rows are only ever added.
 */
export class Ledger {
  private readonly accounts = new Map<string, LedgerRow[]>();
  private readonly byNumber = new Map<string, LedgerRow[]>();
  private readonly seen = new WeakMap<OrderStory, number>();
  private log: EventLog | undefined;

  attach(log: EventLog): void {
    this.log = log;
  }

  replay(record: LogRecord): void {
    if (record.k === 'money')
      this.put({ ...(record.row as MoneyRow), platform: record.p as string, shopId: record.shop as string });
  }

  /** Takes in the rows that an order got since it was last looked at. */
  watch(order: OrderStory): void {
    const { money } = order;
    for (let i = this.seen.get(order) ?? 0; i < money.length; i += 1)
      this.put({ ...money[i]!, platform: order.platform, shopId: order.shopId, order });
    this.seen.set(order, money.length);
  }

  /** Adds a row that belongs to no order. */
  add(platform: string, shopId: string, row: MoneyRow): void {
    this.put({ ...row, platform, shopId });
    this.log?.append({ k: 'money', p: platform, shop: shopId, row });
  }

  /** The rows of an account from an instant up to before another, in the order in which they moved the balance. */
  between(platform: string, shopId: string, from: number, to: number): LedgerRow[] {
    const rows = this.accounts.get(`${platform}:${shopId}`) ?? [];
    const first = lowerBound(rows, (row) => row.at < from);
    return rows.slice(
      first,
      lowerBound(rows, (row) => row.at < to),
    );
  }

  /** What the account held before an instant. */
  balanceBefore(platform: string, shopId: string, instant: number): number {
    let balance = OPENING_BALANCE_FEN;
    for (const row of this.accounts.get(`${platform}:${shopId}`) ?? []) {
      if (row.at >= instant) break;
      balance += billedFen(row);
    }
    return balance;
  }

  /** All rows of a platform whose number is above the given one, by number. */
  *after(platform: string, number: number): Iterable<LedgerRow> {
    const rows = this.byNumber.get(platform) ?? [];
    for (let i = lowerBound(rows, (row) => seqOf(row) <= number); i < rows.length; i += 1) yield rows[i]!;
  }

  private put(row: LedgerRow): void {
    insert(this.accounts, `${row.platform}:${row.shopId}`, row, (other) =>
      other.at === row.at ? seqOf(other) < seqOf(row) : other.at < row.at,
    );
    insert(this.byNumber, row.platform, row, (other) => seqOf(other) < seqOf(row));
  }
}

function insert(
  lists: Map<string, LedgerRow[]>,
  key: string,
  row: LedgerRow,
  isBefore: (other: LedgerRow) => boolean,
): void {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  const last = list[list.length - 1];
  if (!last || isBefore(last)) list.push(row);
  else list.splice(lowerBound(list, isBefore), 0, row);
}

/** The first position whose row is no longer before. */
function lowerBound(rows: readonly LedgerRow[], isBefore: (row: LedgerRow) => boolean): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(rows[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}
