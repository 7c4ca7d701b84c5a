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
  walletChangeFen: number;
}

/**
 * One statement over the whole span. Orders are those placed in the span or named by a bill row of it; of each, all bill
 * rows up to the end of the span count, so that a payment and its later refund are judged together. Rows that stand for
 * themselves (transfers, deposits, unclassified, without an order, repeated) make a line each. Reads only copies and
 * ledgers, locks nothing; $1 company, $2 reconciliation, $3 shop, $4 from, $5 to, $6 as of.
 * A row is repeated when kind, order, numbers and amounts equal an earlier one's; payments of one trade may rightly be
 * equal (a payment per line, Taobao sheet §12.4), so they are repeated only beyond what the order comes to.
 */
const COMPARE_SQL = `
WITH touched AS (
  SELECT DISTINCT b.platform_order_no FROM bill_line b
   WHERE b.company_id = $1 AND b.shop_id = $3 AND b.occurred_at >= $4 AND b.occurred_at < $5 AND b.platform_order_no IS NOT NULL
     AND b.entry_kind NOT IN ('transfer', 'deposit', 'unclassified', 'interest')
), scoped AS (
  SELECT o.* FROM settlement_order o WHERE o.company_id = $1 AND o.shop_id = $3 AND o.placed_at >= $4 AND o.placed_at < $5
  UNION
  SELECT o.* FROM settlement_order o JOIN touched t USING (platform_order_no) WHERE o.company_id = $1 AND o.shop_id = $3
), refunded AS (
  SELECT l.order_id, sum(l.refunded_fen)::bigint AS refunded_fen
    FROM settlement_order_line l JOIN scoped o ON o.company_id = l.company_id AND o.order_id = l.order_id
   WHERE l.company_id = $1 GROUP BY l.order_id
), sent AS (
  SELECT l.order_id, max(p.shipped_at) AS shipped_at, CASE WHEN bool_and(p.delivered_at IS NOT NULL) THEN max(p.delivered_at) END AS delivered_at
    FROM parcel_line l JOIN scoped o ON o.company_id = l.company_id AND o.order_id = l.order_id
    JOIN parcel p ON p.company_id = l.company_id AND p.parcel_id = l.parcel_id
   WHERE l.company_id = $1 GROUP BY l.order_id
), due_span AS (
  SELECT r.*, lead(r.valid_from) OVER (ORDER BY r.valid_from) AS valid_to FROM due_rule r WHERE r.company_id = $1 AND r.shop_id = $3
), orders AS (
  SELECT o.order_id, o.platform_order_no, o.platform_state,
         CASE WHEN o.platform_state IN ('cancelled', 'closed') OR o.paid_at IS NULL THEN 0 ELSE greatest(o.paid_fen - coalesce(f.refunded_fen, 0), 0) END AS goods_fen,
         o.platform_state = 'completed' AND d.day IS NOT NULL AS is_told,
         CASE r.basis WHEN 'paid' THEN o.paid_at WHEN 'shipped' THEN s.shipped_at WHEN 'delivered' THEN s.delivered_at WHEN 'completed' THEN o.completed_at END
           + r.days * interval '1 day' AS due_at
    FROM scoped o
    LEFT JOIN refunded f ON f.order_id = o.order_id
    LEFT JOIN sent s ON s.order_id = o.order_id
    LEFT JOIN due_span r ON r.valid_from <= (o.placed_at AT TIME ZONE 'Asia/Shanghai')::date AND (r.valid_to IS NULL OR r.valid_to > (o.placed_at AT TIME ZONE 'Asia/Shanghai')::date)
    LEFT JOIN bill_day d ON d.company_id = $1 AND d.shop_id = $3 AND d.day = (o.completed_at AT TIME ZONE 'Asia/Shanghai')::date AND o.completed_at < $5
), taken AS (
  SELECT b.line_key, b.bill_id, b.row_no, b.platform_order_no, b.occurred_at, b.entry_kind, b.in_fen, b.out_fen, b.in_fen - b.out_fen AS net_fen,
         b.entry_kind IN ('goods_payment', 'refund', 'split', 'subsidy_back') AS is_goods,
         row_number() OVER (PARTITION BY b.entry_kind, b.platform_order_no, b.merchant_order_no, b.business_no, b.in_fen, b.out_fen ORDER BY b.occurred_at, b.line_key) > 1
           AND b.business_no <> '' AND b.platform_order_no IS NOT NULL AS is_repeated
    FROM bill_line b
    LEFT JOIN scoped o ON o.platform_order_no = b.platform_order_no
   WHERE b.company_id = $1 AND b.shop_id = $3 AND b.occurred_at < $5
     AND (b.occurred_at >= $4 OR (o.order_id IS NOT NULL AND b.entry_kind NOT IN ('transfer', 'deposit', 'unclassified', 'interest')))
), paid AS (
  SELECT platform_order_no, sum(net_fen)::bigint AS net_fen FROM taken WHERE is_goods AND platform_order_no IS NOT NULL GROUP BY platform_order_no
), told AS (
  SELECT t.*, CASE
           WHEN t.entry_kind = 'transfer' THEN 'payout'
           WHEN t.entry_kind = 'deposit' THEN 'deposit'
           WHEN t.entry_kind = 'unclassified' THEN 'unclassified'
           WHEN t.platform_order_no IS NULL THEN CASE WHEN t.is_goods THEN 'missing_in_orders' ELSE 'fee_without_order' END
           WHEN t.is_repeated AND (NOT t.is_goods OR o.order_id IS NULL OR (t.entry_kind = 'goods_payment' AND p.net_fen > o.goods_fen)) THEN 'duplicate'
         END AS own_class
    FROM taken t LEFT JOIN orders o ON o.platform_order_no = t.platform_order_no LEFT JOIN paid p ON p.platform_order_no = t.platform_order_no
), per_order AS (
  SELECT platform_order_no, coalesce(sum(net_fen) FILTER (WHERE is_goods), 0)::bigint AS goods_fen, count(*) FILTER (WHERE is_goods) AS goods_rows,
         coalesce(sum(net_fen) FILTER (WHERE NOT is_goods), 0)::bigint AS fee_fen,
         coalesce(sum(in_fen) FILTER (WHERE entry_kind = 'goods_payment'), 0)::bigint AS income_fen,
         min(occurred_at) FILTER (WHERE entry_kind = 'goods_payment') AS first_paid_at,
         (array_agg(line_key ORDER BY (entry_kind = 'goods_payment') DESC, occurred_at, line_key))[1] AS line_key
    FROM told WHERE own_class IS NULL GROUP BY platform_order_no
), fee_span AS (
  SELECT r.*, lead(r.valid_from) OVER (PARTITION BY r.entry_kind ORDER BY r.valid_from) AS valid_to FROM fee_rule r WHERE r.company_id = $1 AND r.shop_id = $3
), fee_due AS (
  SELECT p.platform_order_no, r.entry_kind, -round(p.income_fen * r.rate_bp / 10000.0)::bigint AS fee_fen, r.tolerance_fen
    FROM per_order p
    JOIN fee_span r ON r.rate_bp IS NOT NULL AND r.valid_from <= (p.first_paid_at AT TIME ZONE 'Asia/Shanghai')::date
     AND (r.valid_to IS NULL OR r.valid_to > (p.first_paid_at AT TIME ZONE 'Asia/Shanghai')::date)
   WHERE p.income_fen > 0
), fee_billed AS (
  SELECT platform_order_no, entry_kind, sum(net_fen)::bigint AS fee_fen FROM told WHERE own_class IS NULL AND NOT is_goods GROUP BY platform_order_no, entry_kind
), fees AS (
  SELECT platform_order_no, sum(CASE WHEN abs(coalesce(b.fee_fen, 0) - d.fee_fen) <= d.tolerance_fen THEN coalesce(b.fee_fen, 0) ELSE coalesce(d.fee_fen, b.fee_fen) END)::bigint AS fee_fen
    FROM fee_billed b FULL JOIN fee_due d USING (platform_order_no, entry_kind) GROUP BY platform_order_no
), compared AS (
  SELECT CASE
           WHEN o.order_id IS NULL THEN CASE WHEN b.goods_rows > 0 THEN 'missing_in_orders' ELSE 'fee_without_order' END
           WHEN b.goods_rows > 0 AND b.goods_fen = o.goods_fen THEN CASE WHEN f.fee_fen = b.fee_fen THEN 'matched' ELSE 'fee_differs' END
           WHEN b.goods_rows > 0 AND (b.goods_fen > o.goods_fen OR o.platform_state IN ('completed', 'closed', 'cancelled')) THEN 'amount_differs'
           WHEN o.goods_fen = 0 THEN 'matched'
           WHEN o.is_told THEN 'missing_in_bill'
           WHEN o.due_at <= $6 THEN 'overdue'
           ELSE 'not_due'
         END AS class,
         coalesce(o.platform_order_no, b.platform_order_no) AS platform_order_no, o.order_id, NULL::text AS entry_kind,
         CASE WHEN o.order_id IS NULL THEN 0 ELSE o.goods_fen + coalesce(f.fee_fen, 0) END AS expected_fen,
         coalesce(b.goods_fen + b.fee_fen, 0) AS billed_fen,
         CASE WHEN o.order_id IS NULL THEN 0 ELSE coalesce(f.fee_fen, 0) END AS expected_fee_fen, coalesce(b.fee_fen, 0) AS billed_fee_fen,
         b.line_key, o.due_at
    FROM orders o FULL JOIN per_order b ON b.platform_order_no = o.platform_order_no LEFT JOIN fees f ON f.platform_order_no = coalesce(o.platform_order_no, b.platform_order_no)
   WHERE o.order_id IS NULL OR o.goods_fen <> 0 OR b.platform_order_no IS NOT NULL
  UNION ALL
  SELECT own_class, platform_order_no, NULL, entry_kind, CASE WHEN own_class IN ('payout', 'deposit') THEN net_fen ELSE 0 END, net_fen,
         0, CASE WHEN is_goods OR own_class IN ('payout', 'deposit') THEN 0 ELSE net_fen END, line_key, NULL
    FROM told WHERE own_class IS NOT NULL
)
INSERT INTO reconciliation_line (company_id, reconciliation_id, line_no, class, platform_order_no, order_id, entry_kind, expected_fen, billed_fen,
       expected_fee_fen, billed_fee_fen, bill_file, bill_row, due_at)
SELECT $1, $2, row_number() OVER (ORDER BY c.class, c.platform_order_no, c.line_key), c.class, c.platform_order_no, c.order_id, c.entry_kind, c.expected_fen, c.billed_fen,
       c.expected_fee_fen, c.billed_fee_fen, f.file_name, b.row_no, c.due_at
  FROM compared c
  LEFT JOIN bill_line b ON b.company_id = $1 AND b.shop_id = $3 AND b.line_key = c.line_key
  LEFT JOIN bill_file f ON f.company_id = $1 AND f.bill_id = b.bill_id`;

/** The statements that compare orders with bills. */
@Injectable()
export class ComparisonRepository {
  /** Writes the lines of a reconciliation; removes those of an earlier try first. A million rows take longer than a request may. */
  async compare(tx: Tx, companyId: string, span: Span): Promise<void> {
    // A bill that was just taken in has no statistics yet; hashing both sides is right at every size.
    await rows(
      tx,
      `SELECT set_config('statement_timeout', '600000', true), set_config('enable_nestloop', 'off', true)`,
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

  /** Sums of the lines, payouts and deposits apart, and the change of the wallet within the span. */
  async sums(tx: Tx, companyId: string, span: Span): Promise<Sums> {
    const found = await row<Sums>(
      tx,
      `SELECT coalesce(sum(expected_fen) FILTER (WHERE class NOT IN ('payout', 'deposit')), 0)::bigint AS expected_fen,
              coalesce(sum(billed_fen) FILTER (WHERE class NOT IN ('payout', 'deposit')), 0)::bigint AS billed_fen,
              coalesce(-sum(billed_fen) FILTER (WHERE class = 'payout'), 0)::bigint AS paid_out_fen,
              (SELECT coalesce(sum(in_fen - out_fen), 0)::bigint FROM bill_line
                WHERE company_id = $1 AND shop_id = $3 AND occurred_at >= $4 AND occurred_at < $5) AS wallet_change_fen
         FROM reconciliation_line WHERE company_id = $1 AND reconciliation_id = $2`,
      [companyId, span.reconciliationId, span.shopId, span.fromAt, span.toAt],
    );
    return found!;
  }
}
