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

/** A posting as it is listed. */
export interface ListedPosting {
  transactionId: string;
  period: string;
  lateFor: string | null;
  reverses: string | null;
  reversesPeriod: string | null;
  entryKind: string;
  platformOrderNo: string | null;
  occurredAt: Date;
  postedAt: Date;
  billFile: string;
  billRow: number;
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

  /** A page of a shop's postings, oldest first; `after` holds the keys of the last one shown. Null in the filter = any. */
  list(
    tx: Tx,
    companyId: string,
    filter: { shopId: string; period: string | null; platformOrderNo: string | null; isLate: boolean | null },
    after: { at: Date; id: string } | null,
    limit: number,
  ): Promise<ListedPosting[]> {
    return rows<ListedPosting>(
      tx,
      `SELECT t.transaction_id, t.period, t.late_for, t.reverses, p.period AS reverses_period, t.entry_kind, t.platform_order_no, t.occurred_at, t.posted_at,
              f.file_name AS bill_file, b.row_no AS bill_row
         FROM entry_transaction t
         JOIN bill_line b ON b.company_id = t.company_id AND b.shop_id = t.shop_id AND b.line_key = t.line_key
         JOIN bill_file f ON f.company_id = b.company_id AND f.bill_id = b.bill_id
         LEFT JOIN entry_transaction p ON p.company_id = t.company_id AND p.transaction_id = t.reverses
        WHERE t.company_id = $1 AND t.shop_id = $2 AND ($3::text IS NULL OR t.period = $3) AND ($4::text IS NULL OR t.platform_order_no = $4)
          AND ($5::boolean IS NULL OR (t.late_for IS NOT NULL) = $5) AND ($6::timestamptz IS NULL OR (t.occurred_at, t.transaction_id) > ($6, $7::text))
        ORDER BY t.occurred_at, t.transaction_id LIMIT $8`,
      [
        companyId,
        filter.shopId,
        filter.period,
        filter.platformOrderNo,
        filter.isLate,
        after?.at ?? null,
        after?.id ?? null,
        limit,
      ],
    );
  }

  entriesOf(
    tx: Tx,
    companyId: string,
    transactionIds: readonly string[],
  ): Promise<{ transactionId: string; account: string; amountFen: number; currency: string }[]> {
    return rows(
      tx,
      `SELECT transaction_id, account, amount_fen, currency FROM entry WHERE company_id = $1 AND transaction_id = ANY($2)
        ORDER BY transaction_id, entry_no`,
      [companyId, transactionIds],
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
