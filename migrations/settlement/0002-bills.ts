import type { MigrationInterface, QueryRunner } from 'typeorm';

const BILLS_SQL = `
ALTER TABLE settlement_order ADD COLUMN completed_at timestamptz;
COMMENT ON COLUMN settlement_order.completed_at IS 'Story time at which orders first told the order as completed.';

CREATE TABLE bill_file (
  company_id text NOT NULL,
  bill_id text NOT NULL,
  shop_id text NOT NULL,
  format text NOT NULL,
  file_name text NOT NULL,
  detail_name text NOT NULL,
  sha256 text NOT NULL,
  byte_count bigint NOT NULL CHECK (byte_count > 0),
  account text NOT NULL,
  covers_from timestamptz,
  covers_to timestamptz,
  is_whole boolean NOT NULL,
  row_count integer NOT NULL CHECK (row_count >= 0),
  new_count integer NOT NULL CHECK (new_count >= 0),
  duplicate_count integer NOT NULL CHECK (duplicate_count >= 0),
  problems text NOT NULL,
  uploaded_at timestamptz NOT NULL,
  uploaded_by text NOT NULL,
  PRIMARY KEY (company_id, bill_id),
  UNIQUE (company_id, shop_id, sha256),
  CHECK (new_count + duplicate_count <= row_count),
  CHECK (is_whole OR new_count = 0)
);
COMMENT ON TABLE bill_file IS 'ledger: every bill file taken in, proven whole or not. Rows of a file that is not whole are never taken.';
CREATE INDEX bill_file_by_shop ON bill_file (company_id, shop_id, uploaded_at, bill_id);

CREATE TABLE bill_day (
  company_id text NOT NULL,
  shop_id text NOT NULL,
  day date NOT NULL,
  bill_id text NOT NULL,
  PRIMARY KEY (company_id, shop_id, day),
  FOREIGN KEY (company_id, bill_id) REFERENCES bill_file (company_id, bill_id)
);
COMMENT ON TABLE bill_day IS 'ledger: days (Asia/Shanghai) that a whole file covers; a day without a row is missing.';

CREATE TABLE bill_line (
  company_id text NOT NULL,
  shop_id text NOT NULL,
  line_key text NOT NULL,
  bill_id text NOT NULL,
  row_no integer NOT NULL CHECK (row_no > 0),
  flow_no text NOT NULL,
  business_no text NOT NULL,
  merchant_order_no text NOT NULL,
  platform_order_no text,
  occurred_at timestamptz NOT NULL,
  in_fen bigint NOT NULL CHECK (in_fen >= 0),
  out_fen bigint NOT NULL CHECK (out_fen >= 0),
  balance_fen bigint,
  currency text NOT NULL,
  business_type text NOT NULL,
  remark text NOT NULL,
  entry_kind text NOT NULL,
  PRIMARY KEY (company_id, shop_id, line_key),
  UNIQUE (company_id, bill_id, row_no),
  FOREIGN KEY (company_id, bill_id) REFERENCES bill_file (company_id, bill_id)
);
COMMENT ON TABLE bill_line IS 'ledger: rows of bills as the platform told them, with file and line. line_key is the flow number, else business number, type and amount.';
-- The shop stands last: an index that begins like the primary key is mistaken for it while there are no statistics yet.
CREATE INDEX bill_line_by_time ON bill_line (company_id, occurred_at, shop_id);
CREATE INDEX bill_line_by_order ON bill_line (company_id, platform_order_no, shop_id) WHERE platform_order_no IS NOT NULL;

CREATE TABLE period_close (
  company_id text NOT NULL,
  shop_id text NOT NULL,
  period text NOT NULL CHECK (period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
  closed_at timestamptz NOT NULL,
  closed_by text NOT NULL,
  transaction_count bigint NOT NULL,
  wallet_fen bigint NOT NULL,
  missing_days text NOT NULL,
  PRIMARY KEY (company_id, shop_id, period)
);
COMMENT ON TABLE period_close IS 'ledger: closed months; nothing can be posted into them any more.';
`;

const ENTRIES_SQL = `
-- No foreign keys between rows of one import: their checks keep a plan made for an empty table and read it whole per row.
-- The triggers below and the checks of invariants prove the same.
CREATE TABLE entry_transaction (
  company_id text NOT NULL,
  transaction_id text NOT NULL,
  shop_id text NOT NULL,
  line_key text NOT NULL,
  entry_kind text NOT NULL,
  platform_order_no text,
  occurred_at timestamptz NOT NULL,
  posted_at timestamptz NOT NULL,
  period text NOT NULL CHECK (period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
  late_for text CHECK (late_for < period),
  reverses text,
  PRIMARY KEY (company_id, transaction_id),
  UNIQUE (company_id, shop_id, line_key),
  FOREIGN KEY (company_id, reverses) REFERENCES entry_transaction (company_id, transaction_id)
);
COMMENT ON TABLE entry_transaction IS 'ledger: one posting per bill line. late_for: the closed month that the line belongs to when it was posted into a later one. reverses: the payment that a refund takes back.';
CREATE INDEX entry_transaction_by_period ON entry_transaction (company_id, period, shop_id);
CREATE INDEX entry_transaction_by_order ON entry_transaction (company_id, platform_order_no, shop_id) WHERE platform_order_no IS NOT NULL;

CREATE TABLE entry (
  company_id text NOT NULL,
  transaction_id text NOT NULL,
  entry_no integer NOT NULL CHECK (entry_no > 0),
  account text NOT NULL,
  amount_fen bigint NOT NULL,
  currency text NOT NULL,
  PRIMARY KEY (company_id, transaction_id, entry_no)
);
COMMENT ON TABLE entry IS 'ledger: double entries; the amounts of a transaction add up to zero per currency. Positive = debit.';

-- Per statement, not per row: one set-based check of an import instead of one look-up per entry. The entries of a
-- transaction therefore come in one statement, before the transaction itself.
CREATE FUNCTION assert_entries_balanced() RETURNS trigger LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  odd text;
BEGIN
  SELECT e.transaction_id INTO odd
    FROM entry e JOIN (SELECT DISTINCT company_id, transaction_id FROM fresh) f ON f.company_id = e.company_id AND f.transaction_id = e.transaction_id
   GROUP BY e.company_id, e.transaction_id, e.currency HAVING sum(e.amount_fen) <> 0 LIMIT 1;
  IF odd IS NOT NULL THEN
    RAISE EXCEPTION 'transaction % does not add up to zero', odd USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER entry_balanced AFTER INSERT ON entry REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION assert_entries_balanced();

CREATE FUNCTION assert_transactions_posted() RETURNS trigger LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  bare text;
BEGIN
  SELECT f.transaction_id INTO bare
    FROM fresh f LEFT JOIN entry e ON e.company_id = f.company_id AND e.transaction_id = f.transaction_id
   GROUP BY f.company_id, f.transaction_id HAVING count(e.entry_no) < 2 LIMIT 1;
  IF bare IS NOT NULL THEN
    RAISE EXCEPTION 'transaction % has fewer than two entries', bare USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER entry_transaction_posted AFTER INSERT ON entry_transaction REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION assert_transactions_posted();

CREATE FUNCTION refuse_closed_period() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM period_close c WHERE c.company_id = NEW.company_id AND c.shop_id = NEW.shop_id AND c.period = NEW.period) THEN
    RAISE EXCEPTION 'period % of shop % is closed', NEW.period, NEW.shop_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER entry_transaction_period BEFORE INSERT ON entry_transaction FOR EACH ROW EXECUTE FUNCTION refuse_closed_period();
`;

const RECONCILING_SQL = `
CREATE TABLE due_rule (
  company_id text NOT NULL,
  shop_id text NOT NULL,
  valid_from date NOT NULL,
  basis text NOT NULL CHECK (basis IN ('paid', 'shipped', 'delivered', 'completed')),
  days integer CHECK (days BETWEEN 0 AND 400),
  set_by text NOT NULL,
  PRIMARY KEY (company_id, shop_id, valid_from)
);
COMMENT ON TABLE due_rule IS 'When the platform owes the money of orders placed from that day on; days NULL = unset, nothing becomes overdue.';

CREATE TABLE fee_rule (
  company_id text NOT NULL,
  shop_id text NOT NULL,
  entry_kind text NOT NULL,
  valid_from date NOT NULL,
  rate_bp integer CHECK (rate_bp BETWEEN 0 AND 10000),
  tolerance_fen integer NOT NULL CHECK (tolerance_fen >= 0),
  set_by text NOT NULL,
  PRIMARY KEY (company_id, shop_id, entry_kind, valid_from)
);
COMMENT ON TABLE fee_rule IS 'Expected fee of goods paid from that day on, in 1/100 percent of the payment; rate NULL = unset, the fee is not judged.';

CREATE TABLE reconciliation (
  company_id text NOT NULL,
  reconciliation_id text NOT NULL,
  shop_id text NOT NULL,
  from_at timestamptz NOT NULL,
  to_at timestamptz NOT NULL,
  as_of timestamptz NOT NULL,
  state text NOT NULL CHECK (state IN ('waiting', 'done', 'failed')),
  requested_by text NOT NULL,
  tries integer NOT NULL DEFAULT 0,
  problem text,
  totals text,
  classes text,
  PRIMARY KEY (company_id, reconciliation_id),
  CHECK (from_at < to_at),
  CHECK ((state = 'done') = (totals IS NOT NULL AND classes IS NOT NULL))
);
CREATE INDEX reconciliation_waiting ON reconciliation (company_id, reconciliation_id) WHERE state = 'waiting';
CREATE INDEX reconciliation_by_shop ON reconciliation (company_id, shop_id, reconciliation_id);

CREATE TABLE reconciliation_line (
  company_id text NOT NULL,
  reconciliation_id text NOT NULL,
  line_no integer NOT NULL,
  class text NOT NULL CHECK (class IN ('matched', 'not_due', 'overdue', 'amount_differs', 'fee_differs', 'missing_in_bill', 'missing_in_orders',
    'duplicate', 'fee_without_order', 'payout', 'deposit', 'unclassified')),
  platform_order_no text,
  order_id text,
  entry_kind text,
  expected_fen bigint NOT NULL,
  billed_fen bigint NOT NULL,
  expected_fee_fen bigint NOT NULL,
  billed_fee_fen bigint NOT NULL,
  bill_file text,
  bill_row integer,
  due_at timestamptz,
  owner text,
  resolution text,
  note text,
  resolved_at timestamptz,
  version integer NOT NULL DEFAULT 1,
  PRIMARY KEY (company_id, reconciliation_id, line_no),
  FOREIGN KEY (company_id, reconciliation_id) REFERENCES reconciliation (company_id, reconciliation_id),
  CHECK ((resolution IS NULL) = (resolved_at IS NULL))
);
COMMENT ON TABLE reconciliation_line IS 'Outcome per order, or per bill row without one. expected_fen and billed_fen are goods and fees together; fees alone stand beside them.';
CREATE INDEX reconciliation_line_by_class ON reconciliation_line (company_id, reconciliation_id, class, line_no);
`;

/** Bills, double entries, periods, rules and reconciliations. */
export class Bills1700000000002 implements MigrationInterface {
  name = 'Bills1700000000002';

  async up(q: QueryRunner): Promise<void> {
    await q.query(BILLS_SQL);
    await q.query(ENTRIES_SQL);
    await q.query(RECONCILING_SQL);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(
      'DROP TABLE reconciliation_line, reconciliation, fee_rule, due_rule, entry, entry_transaction, period_close, bill_line, bill_day, bill_file',
    );
    await q.query('DROP FUNCTION assert_entries_balanced, assert_transactions_posted, refuse_closed_period');
    await q.query('ALTER TABLE settlement_order DROP COLUMN completed_at');
  }
}
