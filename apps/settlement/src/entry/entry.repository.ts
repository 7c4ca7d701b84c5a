import { Injectable } from '@nestjs/common';
import { execute, row, rows, type Tx } from '@app/shared';

/** A posting of one bill line. */
export interface Posting {
  transactionId: string;
  lineKey: string;
  entryKind: string;
  platformOrderNo: string | null;
  occurredAt: string;
  period: string;
  lateFor: string | null;
  /** The transaction that this one takes back. */
  reverses: string | null;
  entries: { account: string; amountFen: number }[];
}

/** All statements on double entries and closed periods. */
@Injectable()
export class EntryRepository {
  /** The first payment posted for each of these orders, by order number. */
  async paymentsOf(
    tx: Tx,
    companyId: string,
    shopId: string,
    orderNos: readonly string[],
  ): Promise<Map<string, string>> {
    if (orderNos.length === 0) return new Map();
    const found = await rows<{ platformOrderNo: string; transactionId: string }>(
      tx,
      `SELECT DISTINCT ON (platform_order_no) platform_order_no, transaction_id FROM entry_transaction
        WHERE company_id = $1 AND shop_id = $2 AND entry_kind = 'goods_payment' AND platform_order_no = ANY($3)
        ORDER BY platform_order_no, occurred_at, transaction_id`,
      [companyId, shopId, orderNos],
    );
    return new Map(found.map(({ platformOrderNo, transactionId }) => [platformOrderNo, transactionId]));
  }

  /** Posts entries, then their transactions. The database refuses sums other than zero, too few entries and closed periods. */
  async post(tx: Tx, companyId: string, shopId: string, postedAt: Date, postings: readonly Posting[]): Promise<void> {
    const entries = postings.flatMap(({ transactionId, entries: own }) =>
      own.map((entry, index) => ({ ...entry, transactionId, entryNo: index + 1 })),
    );
    await execute(
      tx,
      `INSERT INTO entry (company_id, transaction_id, entry_no, account, amount_fen, currency)
       SELECT $1, x."transactionId", x."entryNo", x.account, x."amountFen", 'CNY'
         FROM jsonb_to_recordset($2::jsonb) AS x("transactionId" text, "entryNo" int, account text, "amountFen" bigint)
        ORDER BY x."transactionId", x."entryNo"`,
      [companyId, JSON.stringify(entries)],
    );
    const heads = postings.map(({ entries: _entries, ...head }) => head);
    await execute(
      tx,
      `INSERT INTO entry_transaction (company_id, transaction_id, shop_id, line_key, entry_kind, platform_order_no, occurred_at, posted_at, period, late_for, reverses)
       SELECT $1, x."transactionId", $2, x."lineKey", x."entryKind", x."platformOrderNo", x."occurredAt", $3, x.period, x."lateFor", x.reverses
         FROM jsonb_to_recordset($4::jsonb) AS x("transactionId" text, "lineKey" text, "entryKind" text, "platformOrderNo" text, "occurredAt" timestamptz,
              period text, "lateFor" text, reverses text)
        ORDER BY x."transactionId"`,
      [companyId, shopId, postedAt, JSON.stringify(heads)],
    );
  }

  async closedPeriods(tx: Tx, companyId: string, shopId: string): Promise<Set<string>> {
    const found = await rows<{ period: string }>(
      tx,
      'SELECT period FROM period_close WHERE company_id = $1 AND shop_id = $2',
      [companyId, shopId],
    );
    return new Set(found.map(({ period }) => period));
  }

  /** How many transactions a period holds, and by how much the wallet changed in it. */
  async totalsOf(
    tx: Tx,
    companyId: string,
    shopId: string,
    period: string,
  ): Promise<{ transactionCount: number; walletFen: number }> {
    const found = await row<{ transactionCount: number; walletFen: number }>(
      tx,
      `SELECT count(DISTINCT t.transaction_id) AS transaction_count, coalesce(sum(e.amount_fen), 0)::bigint AS wallet_fen
         FROM entry_transaction t JOIN entry e ON e.company_id = t.company_id AND e.transaction_id = t.transaction_id AND e.account = 'wallet'
        WHERE t.company_id = $1 AND t.shop_id = $2 AND t.period = $3`,
      [companyId, shopId, period],
    );
    return found!;
  }

  async countTransactions(tx: Tx, companyId: string): Promise<number> {
    const found = await row<{ count: number }>(
      tx,
      'SELECT count(*) AS count FROM entry_transaction WHERE company_id = $1',
      [companyId],
    );
    return found!.count;
  }

  /** At most 20 transactions whose entries do not add up to zero. */
  findUnbalanced(tx: Tx, companyId: string): Promise<{ transactionId: string; currency: string; sumFen: number }[]> {
    return rows(
      tx,
      `SELECT transaction_id, currency, sum(amount_fen)::bigint AS sum_fen FROM entry WHERE company_id = $1
        GROUP BY transaction_id, currency HAVING sum(amount_fen) <> 0 ORDER BY transaction_id LIMIT 20`,
      [companyId],
    );
  }

  /**
   * Fresh tables have no statistics, and a nested loop over a large import would run for minutes; the setting ends with
   * the transaction, which reads whole tables anyway.
   */
  private avoidNestedLoops(tx: Tx): Promise<unknown> {
    return rows(tx, `SELECT set_config('enable_nestloop', 'off', true) AS setting`);
  }

  /** At most 20 bill lines that are not posted, or whose wallet entry is another amount. */
  async findWrongPostings(
    tx: Tx,
    companyId: string,
  ): Promise<{ shopId: string; lineKey: string; netFen: number; postedFen: number | null }[]> {
    await this.avoidNestedLoops(tx);
    return rows(
      tx,
      `SELECT b.shop_id, b.line_key, b.in_fen - b.out_fen AS net_fen, e.amount_fen AS posted_fen
         FROM bill_line b
         LEFT JOIN entry_transaction t ON t.company_id = b.company_id AND t.shop_id = b.shop_id AND t.line_key = b.line_key
         LEFT JOIN entry e ON e.company_id = t.company_id AND e.transaction_id = t.transaction_id AND e.account = 'wallet'
        WHERE b.company_id = $1 AND e.amount_fen IS DISTINCT FROM b.in_fen - b.out_fen ORDER BY b.shop_id, b.line_key LIMIT 20`,
      [companyId],
    );
  }
}
