const SETTLEMENT = 'apps/settlement/src';
const inUnit = (spec, test) => ({ project: 'unit', spec: `${SETTLEMENT}/${spec}`, test });
const inDb = (spec, test) => ({ project: 'db', spec: `${SETTLEMENT}/${spec}`, test });
const inApi = (spec, test) => ({ project: 'api', spec: `${SETTLEMENT}/${spec}`, test });
const patch = (name, find, replace) => ({ file: `${SETTLEMENT}/${name}.ts`, find, replace });
const compare = (find, replace) => [patch('reconciliation/comparison.repository', find, replace)];
const MONTH = 'reconciliation/month.db-spec.ts';

/** Mistakes in bills, entries, periods, the comparison of orders with bills, and exports. */
export const SETTLEMENT_DEFECTS = [
  {
    id: 'settlement-refund-as-fee',
    title: 'a refund is booked against the commission instead of the receivable',
    patches: [patch('bill/bill.rules', "refund: 'receivable',", "refund: 'fee:commission',")],
    ...inDb('bill/bill.db-spec.ts', 'books a refund as the reversal'),
  },
  {
    id: 'settlement-next-month-closed',
    title: 'a late row goes to the month behind its own, even where that is closed as well',
    patches: [
      patch(
        'bill/bill.rules',
        'while (closed.has(period)) period = nextPeriod(period);',
        'if (closed.has(period)) period = nextPeriod(period);',
      ),
    ],
    ...inUnit('bill/bill.rules.spec.ts'),
  },
  {
    id: 'settlement-period-utc',
    title: 'months are cut at midnight of UTC',
    patches: [
      patch(
        'bill/bill.rules',
        'export const periodOf = (at: Date): string => shanghaiDay(at).slice(0, 7);',
        'export const periodOf = (at: Date): string => at.toISOString().slice(0, 7);',
      ),
    ],
    ...inUnit('bill/bill.rules.spec.ts'),
  },
  {
    id: 'settlement-part-day-covered',
    title: 'the day in whose middle a file begins counts as covered',
    patches: [patch('bill/bill.rules', 'midnight < Date.parse(from) ? midnight + DAY_MS : midnight', 'midnight')],
    ...inUnit('bill/bill.rules.spec.ts'),
  },
  {
    id: 'settlement-equal-rows-lost',
    title: 'of equal rows without a flow number only the first is kept',
    patches: [patch('bill/bill.rules', 'lineKey: nth === 1 ? key : `${key}|${nth}`', 'lineKey: key')],
    ...inUnit('bill/bill.rules.spec.ts'),
  },
  {
    id: 'settlement-differing-row-silent',
    title: 'a row that differs from the stored one in its amount alone is not reported (|| becomes &&)',
    patches: [patch('bill/bill.import', '!isSameMoney ||', '!isSameMoney &&')],
    ...inDb('bill/bill.db-spec.ts', 'keeps the first telling of a row'),
  },
  {
    id: 'settlement-lock-per-file',
    title: 'imports are kept apart per file, not per shop',
    patches: [
      patch(
        'bill/bill.import',
        'this.bills.lockShop(tx, caller.companyId, sent.shopId);',
        'this.bills.lockShop(tx, caller.companyId, sha256);',
      ),
    ],
    ...inDb('bill/bill.db-spec.ts', 'overlapping files that come at the same time'),
  },
  {
    id: 'settlement-completed-without-bill',
    title: 'the bill of the day of completion proves that money is missing, though days before it have none',
    patches: compare(
      "d.covered_to >= (d.completed_at AT TIME ZONE 'Asia/Shanghai')::date, false) AS is_told",
      "EXISTS (SELECT 1 FROM cover c WHERE c.day = (d.completed_at AT TIME ZONE 'Asia/Shanghai')::date), false) AS is_told",
    ),
    ...inDb(MONTH),
  },
  {
    id: 'settlement-later-refund-differs',
    title: 'a refund of the next month is taken off what this month expects',
    patches: compare(
      'IN (0, -b.later_fen, o.pending_fen, o.pending_fen - b.later_fen, o.kept_fen, o.kept_fen - b.later_fen)',
      'IN (0, o.kept_fen)',
    ),
    ...inDb(MONTH),
  },
  {
    id: 'settlement-duplicate-per-line',
    title: 'where too much was paid, every equal payment of a line counts as told twice',
    patches: compare('a.nth > coalesce(e.line_count, CASE WHEN a.in_fen >= o.paid_fen THEN 1 END)', 'a.nth > 1'),
    ...inDb(MONTH),
  },
  {
    id: 'settlement-class-order',
    title: 'a payment that lacks although its commission came is called overdue (the due date is asked first)',
    patches: compare(
      'WHEN goods_rows = 0 AND later_fen = 0 AND covered_to >=',
      'WHEN due_at IS NULL AND goods_rows = 0 AND later_fen = 0 AND covered_to >=',
    ),
    ...inApi('bills.api-spec.ts', 'a month with every class in it'),
  },
  {
    id: 'settlement-fee-rules-overlap',
    title: 'on the day on which a fee rule changes both rules count',
    patches: compare(
      "AND (r.valid_to IS NULL OR r.valid_to > (t.occurred_at AT TIME ZONE 'Asia/Shanghai')::date)",
      "AND (r.valid_to IS NULL OR r.valid_to >= (t.occurred_at AT TIME ZONE 'Asia/Shanghai')::date)",
    ),
    ...inDb('reconciliation/span.db-spec.ts'),
  },
  {
    id: 'settlement-fee-missing-not-judged',
    title: 'a fee that the bill does not hold at all is not judged',
    patches: compare('OR (b.entry_kind IS NULL AND c.day IS NULL)', 'OR b.entry_kind IS NULL'),
    ...inDb(MONTH),
  },
  {
    id: 'settlement-payout-as-told',
    title: 'a payout is right whatever the wallet held',
    patches: compare('net_fen - CASE WHEN net_fen < 0 THEN least(balance_fen, 0) ELSE 0 END', 'net_fen'),
    ...inApi('bills.api-spec.ts', 'payout beyond what the wallet held'),
  },
  {
    id: 'settlement-days-beyond-span',
    title: 'days without a bill are listed up to the newest bill, not to the end of the span',
    patches: [
      patch('reconciliation/reconciliation.runner', 'last < newest ? last : newest', 'last > newest ? last : newest'),
    ],
    ...inApi('bills.api-spec.ts', 'payout beyond what the wallet held'),
  },
  {
    id: 'settlement-span-end-included',
    title: 'the last instant of a span belongs to it, so a row at midnight is in two months',
    patches: compare('b.occurred_at >= $5 AS is_later', 'b.occurred_at > $5 AS is_later'),
    ...inDb('reconciliation/span.db-spec.ts'),
  },
  {
    id: 'settlement-export-formula',
    title: 'cells that begin with = behind a space are left as they are',
    patches: [patch('reconciliation/export.rules', '/^[\\s]*[=+\\-@＝＋－＠]/', '/^[=+\\-@＝＋－＠]/')],
    ...inUnit('reconciliation/export.rules.spec.ts'),
  },
  {
    id: 'settlement-export-sum-short',
    title: 'the sum of a sheet leaves out its last row',
    patches: [
      patch(
        'reconciliation/reconciliation.export',
        '`SUM(${letter}2:${letter}${last})`',
        '`SUM(${letter}2:${letter}${last - 1})`',
      ),
    ],
    ...inApi('bills.api-spec.ts', 'a month with every class in it'),
  },
  {
    id: 'settlement-suspense-dropped',
    title: 'what no part of an order explains is booked only when too much was paid',
    patches: [
      patch(
        'order/order.repository',
        'return amounts.paidFen - linesFen - amounts.freightFen;',
        'return Math.min(0, amounts.paidFen - linesFen - amounts.freightFen);',
      ),
    ],
    ...inDb('settlement.db-spec.ts', 'books to suspense'),
  },
  {
    id: 'settlement-resolve-any-version',
    title: 'a line is resolved over a version that somebody else wrote meanwhile',
    patches: [
      patch(
        'reconciliation/reconciliation.repository',
        'AND line_no = $3 AND version = $4 RETURNING',
        'AND line_no = $3 AND version >= $4 RETURNING',
      ),
    ],
    ...inApi('bills.api-spec.ts', 'a month with every class in it'),
  },
];
