import { Injectable } from '@nestjs/common';
import { execute, row, rows, type Tx } from '@app/shared';

/** What to compare. */
export interface Span {
  reconciliationId: string;
  shopId: string;
  fromAt: Date;
  toAt: Date;
  asOf: Date;
}

/** Sums over the lines, in fen. */
export interface Sums {
  expectedFen: number;
  billedFen: number;
  paidOutFen: number;
  depositFen: number;
}

/** The wallet by the balances of its rows, in fen; null where the rows tell no balance. */
export interface Wallet {
  openingFen: number | null;
  closingFen: number | null;
  walletChangeFen: number;
}

/** Most days between an order and its money, or its money and what explains it; the longest due rule has 400. */
const LONGEST_DUE_DAYS = 400;
/** Payments that lie so near may have equal fees, since fees are rounded. */
const SAME_FEE_FEN = 10;

/**
 * Which orders: placed in the span, named by a bill row of it, completed in it, or due in it. Of each, all bill rows up to
 * the end of the span count, so that a payment and its later refund are judged together; rows behind the end only
 * explain (a refund that came next month is no difference of this one). Days without a bill prove nothing.
 */
const ORDERS_SQL = `
WITH touched AS (
  SELECT DISTINCT b.platform_order_no FROM bill_line b
   WHERE b.company_id = $1 AND b.shop_id = $3 AND b.occurred_at >= $4 AND b.occurred_at < $5 AND b.platform_order_no IS NOT NULL
     AND b.entry_kind NOT IN ('transfer', 'deposit', 'unclassified', 'interest')
), due_span AS (
  SELECT r.*, lead(r.valid_from) OVER (ORDER BY r.valid_from) AS valid_to FROM due_rule r WHERE r.company_id = $1 AND r.shop_id = $3
), cover AS (
  SELECT d.day, max(d.day) OVER (PARTITION BY d.run) AS covered_to
    FROM (SELECT day, day - row_number() OVER (ORDER BY day)::int AS run FROM bill_day WHERE company_id = $1 AND shop_id = $3) d
), scoped AS (
  SELECT o.*, o.placed_at >= $4 AND o.placed_at < $5 OR t.platform_order_no IS NOT NULL OR coalesce(o.completed_at >= $4 AND o.completed_at < $5, false) AS is_own
    FROM settlement_order o LEFT JOIN touched t ON t.platform_order_no = o.platform_order_no
   WHERE o.company_id = $1 AND o.shop_id = $3
     AND (o.placed_at >= $4 AND o.placed_at < $5 OR t.platform_order_no IS NOT NULL OR o.completed_at >= $4 AND o.completed_at < $5
          OR (o.placed_at >= $4::timestamptz - interval '${LONGEST_DUE_DAYS} days' AND o.placed_at < $4 AND o.paid_at IS NOT NULL
              AND o.platform_state NOT IN ('cancelled', 'closed') AND EXISTS (SELECT 1 FROM due_span r WHERE r.days IS NOT NULL)))
), refunded AS (
  SELECT l.order_id, sum(l.refunded_fen)::bigint AS refunded_fen
    FROM settlement_order_line l JOIN scoped o ON o.company_id = l.company_id AND o.order_id = l.order_id
   WHERE l.company_id = $1 GROUP BY l.order_id
), pending AS (
  SELECT a.order_id, sum(a.counted_fen)::bigint AS pending_fen
    FROM after_sale a LEFT JOIN cover c ON c.day = (a.modified_at AT TIME ZONE 'Asia/Shanghai')::date
   WHERE a.company_id = $1 AND a.shop_id = $3 AND a.state = 'succeeded' AND a.counted_fen > 0 AND (a.modified_at >= $5 OR c.day IS NULL)
   GROUP BY a.order_id
), sent AS (
  SELECT l.order_id, max(p.shipped_at) AS shipped_at, CASE WHEN bool_and(p.delivered_at IS NOT NULL) THEN max(p.delivered_at) END AS delivered_at
    FROM parcel_line l JOIN scoped o ON o.company_id = l.company_id AND o.order_id = l.order_id
    JOIN parcel p ON p.company_id = l.company_id AND p.parcel_id = l.parcel_id
   WHERE l.company_id = $1 GROUP BY l.order_id
), dated AS (
  SELECT o.order_id, o.platform_order_no, o.platform_state, o.is_own, o.completed_at, c.covered_to,
         coalesce(f.refunded_fen, 0) AS refunded_fen, coalesce(p.pending_fen, 0) AS pending_fen, CASE WHEN o.paid_at IS NULL THEN 0 ELSE o.paid_fen END AS paid_fen,
         CASE WHEN o.platform_state IN ('cancelled', 'closed') OR o.paid_at IS NULL THEN 0 ELSE greatest(o.paid_fen - coalesce(f.refunded_fen, 0), 0) END AS goods_fen,
         CASE WHEN o.platform_state = 'closed' AND f.refunded_fen > 0 THEN greatest(o.paid_fen - f.refunded_fen, 0) ELSE 0 END AS kept_fen,
         CASE r.basis WHEN 'paid' THEN o.paid_at WHEN 'shipped' THEN s.shipped_at WHEN 'delivered' THEN s.delivered_at WHEN 'completed' THEN o.completed_at END
           + r.days * interval '1 day' AS due_at
    FROM scoped o
    LEFT JOIN refunded f ON f.order_id = o.order_id
    LEFT JOIN pending p ON p.order_id = o.order_id
    LEFT JOIN sent s ON s.order_id = o.order_id
    LEFT JOIN cover c ON c.day = (o.paid_at AT TIME ZONE 'Asia/Shanghai')::date
    LEFT JOIN due_span r ON r.valid_from <= (o.placed_at AT TIME ZONE 'Asia/Shanghai')::date AND (r.valid_to IS NULL OR r.valid_to > (o.placed_at AT TIME ZONE 'Asia/Shanghai')::date)
), orders AS (
  -- is_told: whole files cover every day from the payment to the completion, so the money must stand in one of them.
  SELECT d.*, coalesce(d.platform_state = 'completed' AND d.completed_at < $5 AND d.covered_to >= (d.completed_at AT TIME ZONE 'Asia/Shanghai')::date, false) AS is_told,
         coalesce(d.due_at <= $6 AND d.covered_to >= (d.due_at AT TIME ZONE 'Asia/Shanghai')::date, false) AS is_overdue
    FROM dated d WHERE d.is_own OR (d.due_at >= $4 AND d.due_at < $5)
)`;

/**
 * Which rows, and which of them repeat an earlier one: kind, order, numbers and amounts are equal. Payments of one trade
 * may rightly be equal (a payment per line, Taobao sheet §12.4) and so may partial refunds and the fees of such
 * payments; they are repeated only beyond what the order comes to. Where no line was paid so much (JD shares freight out
 * among the rows), only what is too much tells how many are.
 */
const ROWS_SQL = `, taken AS (
  SELECT b.line_key, b.bill_id, b.row_no, b.platform_order_no, o.order_id, b.occurred_at, b.entry_kind, b.business_no, b.balance_fen, b.in_fen, b.out_fen,
         b.in_fen - b.out_fen AS net_fen, b.occurred_at >= $5 AS is_later,
         b.entry_kind IN ('goods_payment', 'refund', 'split', 'subsidy_back') AS is_goods,
         row_number() OVER (PARTITION BY b.platform_order_no, b.entry_kind, b.in_fen, b.out_fen, b.business_no, b.merchant_order_no ORDER BY b.occurred_at, b.line_key) AS nth
    FROM bill_line b
    LEFT JOIN orders o ON o.platform_order_no = b.platform_order_no
   WHERE b.company_id = $1 AND b.shop_id = $3 AND b.occurred_at < $5::timestamptz + interval '${LONGEST_DUE_DAYS} days'
     AND (b.occurred_at >= $4 AND b.occurred_at < $5 OR (o.order_id IS NOT NULL AND b.entry_kind NOT IN ('transfer', 'deposit', 'unclassified', 'interest')))
), moved AS (
  SELECT order_id, sum(in_fen) FILTER (WHERE entry_kind = 'goods_payment') AS in_fen, coalesce(sum(out_fen) FILTER (WHERE entry_kind = 'refund'), 0) AS out_fen
    FROM taken WHERE order_id IS NOT NULL AND entry_kind IN ('goods_payment', 'refund') GROUP BY order_id HAVING max(nth) > 1
), again AS (
  SELECT t.line_key, t.order_id, t.entry_kind, t.in_fen, t.out_fen, t.nth,
         sum(t.in_fen + t.out_fen) OVER (PARTITION BY t.order_id, t.entry_kind ORDER BY t.occurred_at DESC, t.line_key DESC) AS up_to_here
    FROM taken t WHERE t.nth > 1 AND t.order_id IS NOT NULL AND t.entry_kind IN ('goods_payment', 'refund')
), equal_lines AS (
  SELECT a.line_key, count(*) AS line_count
    FROM again a JOIN settlement_order_line l ON l.company_id = $1 AND l.order_id = a.order_id AND a.in_fen IN (l.paid_fen, l.paid_fen - l.refunded_fen)
   WHERE a.entry_kind = 'goods_payment' GROUP BY a.line_key
), doubled AS (
  SELECT a.line_key
    FROM again a JOIN moved m ON m.order_id = a.order_id JOIN orders o ON o.order_id = a.order_id LEFT JOIN equal_lines e ON e.line_key = a.line_key
   WHERE CASE a.entry_kind
           WHEN 'goods_payment' THEN m.in_fen > least(o.paid_fen, o.goods_fen + m.out_fen + o.pending_fen)
             AND (a.up_to_here <= m.in_fen - least(o.paid_fen, o.goods_fen + m.out_fen + o.pending_fen) OR a.nth > coalesce(e.line_count, CASE WHEN a.in_fen >= o.paid_fen THEN 1 END))
           ELSE a.up_to_here <= m.out_fen - o.refunded_fen
             OR ((o.is_told OR o.platform_state = 'closed') AND a.up_to_here <= o.goods_fen + m.out_fen - coalesce(m.in_fen, 0))
         END
), payments AS (
  SELECT order_id, max(times) AS times
    FROM (SELECT t.order_id, count(*) OVER (PARTITION BY t.order_id ORDER BY t.in_fen RANGE BETWEEN ${SAME_FEE_FEN} PRECEDING AND ${SAME_FEE_FEN} FOLLOWING) AS times
            FROM taken t LEFT JOIN doubled d ON d.line_key = t.line_key
           WHERE t.order_id IN (SELECT order_id FROM taken WHERE nth > 1 AND NOT is_goods) AND t.entry_kind = 'goods_payment' AND d.line_key IS NULL) g
   GROUP BY order_id
), told AS (
  SELECT t.*, CASE
           WHEN t.entry_kind = 'transfer' THEN 'payout'
           WHEN t.entry_kind = 'deposit' THEN 'deposit'
           WHEN t.entry_kind = 'unclassified' THEN 'unclassified'
           WHEN d.line_key IS NOT NULL OR (t.nth > 1 AND t.business_no <> '' AND (t.order_id IS NULL OR (NOT t.is_goods AND t.nth > coalesce(p.times, 1)))) THEN 'duplicate'
           WHEN t.platform_order_no IS NULL THEN CASE WHEN t.is_goods THEN 'missing_in_orders' ELSE 'fee_without_order' END
         END AS own_class
    FROM taken t LEFT JOIN doubled d ON d.line_key = t.line_key LEFT JOIN payments p ON p.order_id = t.order_id
)`;

/**
 * What the fees of an order should be, per kind that has a rule on the day of the payment. Platforms round per payment or
 * per order, and give back fees with a refund or keep them: each is right. A fee without any row is judged when the day
 * behind the payment has its bill, since fees come with the payment or shortly after (Taobao sheet §12.4).
 */
const FEES_SQL = `, per_order AS (
  SELECT platform_order_no, coalesce(sum(net_fen) FILTER (WHERE is_goods AND NOT is_later), 0)::bigint AS goods_fen, count(*) FILTER (WHERE is_goods AND NOT is_later) AS goods_rows,
         coalesce(sum(net_fen) FILTER (WHERE is_goods AND is_later), 0)::bigint AS later_fen, count(*) FILTER (WHERE NOT is_later) AS row_count,
         coalesce(sum(net_fen) FILTER (WHERE NOT is_goods AND NOT is_later), 0)::bigint AS fee_fen,
         coalesce(sum(in_fen) FILTER (WHERE entry_kind = 'goods_payment' AND NOT is_later), 0)::bigint AS income_fen,
         coalesce(sum(out_fen) FILTER (WHERE entry_kind = 'refund'), 0)::bigint AS back_fen,
         max(occurred_at) FILTER (WHERE entry_kind = 'goods_payment' AND NOT is_later) AS last_paid_at,
         min(occurred_at) FILTER (WHERE entry_kind IN ('commission', 'tech_service', 'affiliate', 'points') AND NOT is_later) AS first_fee_at,
         (array_agg(line_key ORDER BY (entry_kind = 'goods_payment') DESC, occurred_at, line_key) FILTER (WHERE NOT is_later))[1] AS line_key
    FROM told WHERE own_class IS NULL GROUP BY platform_order_no
), fee_span AS (
  SELECT r.*, lead(r.valid_from) OVER (PARTITION BY r.entry_kind ORDER BY r.valid_from) AS valid_to FROM fee_rule r WHERE r.company_id = $1 AND r.shop_id = $3
), fee_due AS (
  SELECT t.platform_order_no, r.entry_kind, max(r.tolerance_fen) AS tolerance_fen,
         -coalesce(sum(round(t.in_fen * r.rate_bp / 10000.0)) FILTER (WHERE NOT t.is_later), 0)::bigint AS fee_fen,
         -sum(round(t.in_fen * r.rate_bp / 10000.0))::bigint AS all_fen,
         -coalesce(sum(t.in_fen * r.rate_bp / 10000.0) FILTER (WHERE NOT t.is_later), 0) AS exact_fen
    FROM told t
    JOIN fee_span r ON r.rate_bp IS NOT NULL AND r.valid_from <= (t.occurred_at AT TIME ZONE 'Asia/Shanghai')::date
     AND (r.valid_to IS NULL OR r.valid_to > (t.occurred_at AT TIME ZONE 'Asia/Shanghai')::date)
   WHERE t.own_class IS NULL AND t.entry_kind = 'goods_payment' GROUP BY t.platform_order_no, r.entry_kind
), fee_billed AS (
  SELECT platform_order_no, entry_kind, coalesce(sum(net_fen) FILTER (WHERE NOT is_later), 0)::bigint AS fee_fen, sum(net_fen)::bigint AS all_fen,
         -coalesce(sum(out_fen) FILTER (WHERE NOT is_later), 0)::bigint AS charged_fen
    FROM told WHERE own_class IS NULL AND NOT is_goods GROUP BY platform_order_no, entry_kind
), fees AS (
  SELECT platform_order_no, sum(CASE
           WHEN d.entry_kind IS NULL OR abs(coalesce(b.fee_fen, 0) - d.fee_fen) <= d.tolerance_fen OR abs(coalesce(b.fee_fen, 0) - round(d.exact_fen)) <= d.tolerance_fen
             OR abs(coalesce(b.all_fen, 0) - d.all_fen) <= d.tolerance_fen
             OR (b.entry_kind IS NULL AND c.day IS NULL)
             OR (p.back_fen > 0 AND (abs(b.charged_fen - d.fee_fen) <= d.tolerance_fen
                 OR abs(b.fee_fen - round(d.exact_fen * greatest(p.income_fen - p.back_fen, 0) / nullif(p.income_fen, 0))) <= d.tolerance_fen))
           THEN coalesce(b.fee_fen, 0) ELSE d.fee_fen END)::bigint AS fee_fen
    FROM fee_billed b FULL JOIN fee_due d USING (platform_order_no, entry_kind) LEFT JOIN per_order p USING (platform_order_no)
    LEFT JOIN cover c ON c.day = (p.last_paid_at AT TIME ZONE 'Asia/Shanghai')::date + 1
   GROUP BY platform_order_no
)`;

/**
 * One statement over the whole span. Rows that stand for themselves (transfers, deposits, unclassified, without an
 * order, repeated) make a line each. A transfer to the bank is expected to take no more than what the wallet held.
 * Reads only copies and ledgers, locks nothing; 0 rows: nothing happened. $1 company, $2 reconciliation, $3 shop,
 * $4 from, $5 to, $6 as of.
 */
const COMPARE_SQL = `${ORDERS_SQL}${ROWS_SQL}${FEES_SQL}, fitted AS (
  SELECT o.*, b.goods_rows, b.row_count, b.later_fen, b.first_fee_at, b.line_key, b.goods_fen AS billed_goods_fen, b.platform_order_no AS billed_order_no,
         coalesce(b.fee_fen, 0) AS billed_fee_fen, CASE WHEN o.order_id IS NULL THEN 0 ELSE coalesce(f.fee_fen, 0) END AS expected_fee_fen,
         coalesce(b.goods_rows > 0 AND b.goods_fen - o.goods_fen IN (0, -b.later_fen, o.pending_fen, o.pending_fen - b.later_fen, o.kept_fen, o.kept_fen - b.later_fen), false) AS is_fitting
    FROM orders o FULL JOIN per_order b ON b.platform_order_no = o.platform_order_no LEFT JOIN fees f ON f.platform_order_no = b.platform_order_no
), compared AS (
  SELECT CASE
           WHEN order_id IS NULL THEN CASE WHEN goods_rows > 0 THEN 'missing_in_orders' ELSE 'fee_without_order' END
           WHEN is_fitting THEN CASE WHEN expected_fee_fen = billed_fee_fen THEN 'matched' ELSE 'fee_differs' END
           WHEN goods_rows > 0 AND (billed_goods_fen > goods_fen OR is_told OR platform_state IN ('closed', 'cancelled')) THEN 'amount_differs'
           WHEN goods_fen = 0 THEN 'matched'
           -- A fee of the payment proves that the platform settled the order; the payment is not late, it is lacking.
           WHEN goods_rows = 0 AND later_fen = 0 AND covered_to >= (first_fee_at AT TIME ZONE 'Asia/Shanghai')::date THEN 'missing_in_bill'
           WHEN due_at IS NOT NULL THEN CASE WHEN is_overdue THEN 'overdue' ELSE 'not_due' END
           WHEN is_told AND coalesce(later_fen, 0) = 0 THEN 'missing_in_bill'
           ELSE 'not_due'
         END AS class,
         coalesce(platform_order_no, billed_order_no) AS platform_order_no, order_id, NULL::text AS entry_kind,
         CASE WHEN order_id IS NULL THEN 0 WHEN is_fitting THEN billed_goods_fen + expected_fee_fen ELSE goods_fen + expected_fee_fen END AS expected_fen,
         coalesce(billed_goods_fen, 0) + billed_fee_fen AS billed_fen, expected_fee_fen, billed_fee_fen, line_key, due_at
    FROM fitted
   WHERE order_id IS NULL OR goods_fen <> 0 OR row_count > 0
  UNION ALL
  SELECT own_class, platform_order_no, NULL, entry_kind,
         CASE own_class WHEN 'payout' THEN net_fen - CASE WHEN net_fen < 0 THEN least(balance_fen, 0) ELSE 0 END WHEN 'deposit' THEN net_fen ELSE 0 END, net_fen,
         0, CASE WHEN is_goods OR own_class IN ('payout', 'deposit') THEN 0 ELSE net_fen END, line_key, NULL
    FROM told WHERE own_class IS NOT NULL AND occurred_at >= $4 AND NOT is_later
)
INSERT INTO reconciliation_line (company_id, reconciliation_id, line_no, class, platform_order_no, order_id, entry_kind, expected_fen, billed_fen,
       expected_fee_fen, billed_fee_fen, bill_file, bill_row, due_at)
SELECT $1, $2, row_number() OVER (ORDER BY c.class, c.platform_order_no, c.line_key), c.class, c.platform_order_no, c.order_id, c.entry_kind, c.expected_fen, c.billed_fen,
       c.expected_fee_fen, c.billed_fee_fen, f.file_name, b.row_no, c.due_at
  FROM compared c
  LEFT JOIN bill_line b ON b.company_id = $1 AND b.shop_id = $3 AND b.line_key = c.line_key
  LEFT JOIN bill_file f ON f.company_id = $1 AND f.bill_id = b.bill_id`;

/**
 * The wallet in the span by its own running balances: a row's balance before it is the balance behind its predecessor, so
 * in an unbroken chain all of them cancel out but the first and the last; whatever the order of rows within a second.
 */
const WALLET_SQL = `
WITH moves AS (
  SELECT occurred_at, in_fen - out_fen AS net_fen, balance_fen FROM bill_line
   WHERE company_id = $1 AND shop_id = $2 AND occurred_at >= $3 AND occurred_at < $4
), ends AS (
  SELECT fen, sum(sign) AS sign, min(occurred_at) AS first_at, max(occurred_at) AS last_at
    FROM (SELECT balance_fen - net_fen AS fen, 1 AS sign, occurred_at FROM moves UNION ALL SELECT balance_fen, -1, occurred_at FROM moves) e
   WHERE fen IS NOT NULL GROUP BY fen HAVING sum(sign) <> 0
)
SELECT coalesce((SELECT sum(net_fen) FROM moves), 0)::bigint AS wallet_change_fen,
       coalesce((SELECT fen FROM ends WHERE sign > 0 ORDER BY first_at, fen LIMIT 1), (SELECT balance_fen - net_fen FROM moves ORDER BY occurred_at LIMIT 1)) AS opening_fen,
       coalesce((SELECT fen FROM ends WHERE sign < 0 ORDER BY last_at DESC, fen LIMIT 1), (SELECT balance_fen FROM moves ORDER BY occurred_at DESC LIMIT 1)) AS closing_fen`;

/** The statements that compare orders with bills. */
@Injectable()
export class ComparisonRepository {
  /** Writes the lines of a reconciliation; removes those of an earlier try first. A million rows take longer than a request may. */
  async compare(tx: Tx, companyId: string, span: Span): Promise<void> {
    // A bill that was just taken in has no statistics yet; hashing both sides is right at every size, without compiling
    // what then looks dear, and in memory where a million rows would be sorted on disk.
    await rows(
      tx,
      `SELECT set_config('statement_timeout', '600000', true), set_config('enable_nestloop', 'off', true), set_config('jit', 'off', true), set_config('work_mem', '128MB', true)`,
    );
    await execute(tx, 'DELETE FROM reconciliation_line WHERE company_id = $1 AND reconciliation_id = $2', [
      companyId,
      span.reconciliationId,
    ]);
    await execute(tx, COMPARE_SQL, [companyId, span.reconciliationId, span.shopId, span.fromAt, span.toAt, span.asOf]);
  }

  async classes(tx: Tx, companyId: string, reconciliationId: string): Promise<{ class: string; count: number }[]> {
    return rows(
      tx,
      'SELECT class, count(*) AS count FROM reconciliation_line WHERE company_id = $1 AND reconciliation_id = $2 GROUP BY class',
      [companyId, reconciliationId],
    );
  }

  /** Sums of the lines, payouts and deposits apart. */
  async sums(tx: Tx, companyId: string, reconciliationId: string): Promise<Sums> {
    const found = await row<Sums>(
      tx,
      `SELECT coalesce(sum(expected_fen) FILTER (WHERE class NOT IN ('payout', 'deposit')), 0)::bigint AS expected_fen,
              coalesce(sum(billed_fen) FILTER (WHERE class NOT IN ('payout', 'deposit')), 0)::bigint AS billed_fen,
              coalesce(-sum(billed_fen) FILTER (WHERE class = 'payout'), 0)::bigint AS paid_out_fen,
              coalesce(-sum(billed_fen) FILTER (WHERE class = 'deposit'), 0)::bigint AS deposit_fen
         FROM reconciliation_line WHERE company_id = $1 AND reconciliation_id = $2`,
      [companyId, reconciliationId],
    );
    return found!;
  }

  async wallet(tx: Tx, companyId: string, { shopId, fromAt, toAt }: Span): Promise<Wallet> {
    const found = await row<Wallet>(tx, WALLET_SQL, [companyId, shopId, fromAt, toAt]);
    return found!;
  }
}
