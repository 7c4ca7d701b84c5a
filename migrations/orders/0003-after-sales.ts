import type { MigrationInterface, QueryRunner } from 'typeorm';

const AFTER_SALES = `
CREATE TABLE platform_after_sale (
  company_id text NOT NULL,
  shop_id text NOT NULL,
  platform_after_sale_no text NOT NULL,
  after_sale_id text NOT NULL,
  platform_order_no text NOT NULL,
  stated_modified_at timestamptz NOT NULL,
  modified_at timestamptz NOT NULL,
  fetch_started_at timestamptz NOT NULL,
  fetched_at timestamptz NOT NULL,
  content_hash text NOT NULL,
  canonical text NOT NULL,
  raw text NOT NULL,
  PRIMARY KEY (company_id, shop_id, platform_after_sale_no),
  UNIQUE (company_id, after_sale_id),
  CHECK (modified_at <= fetched_at)
) WITH (fillfactor = 80);
COMMENT ON TABLE platform_after_sale IS 'Each after-sale as received in its newest version: (modified_at, fetch_started_at, content_hash).';
COMMENT ON COLUMN platform_after_sale.platform_order_no IS 'The order that the first version named; an after-sale never moves to another order.';

CREATE TABLE after_sale (
  company_id text NOT NULL,
  after_sale_id text NOT NULL,
  shop_id text NOT NULL,
  platform text NOT NULL,
  platform_after_sale_no text NOT NULL,
  platform_order_no text NOT NULL,
  platform_line_no text,
  order_id text,
  line_id text,
  version bigint NOT NULL CHECK (version > 0),
  kind text NOT NULL CHECK (kind IN ('refund_only', 'return_refund', 'exchange', 'resend', 'repair', 'other')),
  state text NOT NULL CHECK (state IN ('requested', 'wait_return', 'return_sent', 'wait_resend', 'wait_buyer', 'refused', 'withdrawn', 'succeeded', 'unknown')),
  raw_status text,
  phase text,
  platform_version text,
  refund_fen bigint NOT NULL,
  counted_fen bigint NOT NULL CHECK (counted_fen >= 0),
  excess_fen bigint NOT NULL CHECK (excess_fen >= 0),
  counted json NOT NULL,
  currency text NOT NULL,
  quantity bigint,
  goods_come_back boolean NOT NULL,
  reason text NOT NULL,
  description text NOT NULL,
  return_waybill_no text,
  return_carrier text,
  asked_at timestamptz NOT NULL,
  modified_at timestamptz NOT NULL,
  fetch_started_at timestamptz NOT NULL,
  deadline_at timestamptz,
  forbids text,
  goods_received_at timestamptz,
  returned json NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (company_id, after_sale_id),
  UNIQUE (company_id, platform_after_sale_no, shop_id),
  CHECK (order_id IS NOT NULL OR (line_id IS NULL AND counted_fen = 0)),
  CHECK (state = 'succeeded' OR counted_fen = 0)
) WITH (fillfactor = 80);
COMMENT ON TABLE after_sale IS 'After-sales as they act on their orders. order_id is null while the order is unknown (an orphan).';
COMMENT ON COLUMN after_sale.counted IS 'What of the refund counts per line, as [{lineId, fen}]; lineId null is freight and other charges.';
COMMENT ON COLUMN after_sale.excess_fen IS 'What the platform gave back above what was paid and not given back before.';
COMMENT ON COLUMN after_sale.modified_at IS 'Modified time, never later than the fetch.';
COMMENT ON COLUMN after_sale.returned IS 'What came back for it, as [{skuId, skuCode, quantity, grade}].';
CREATE INDEX after_sale_by_order ON after_sale (company_id, order_id);
CREATE INDEX after_sale_orphan ON after_sale (company_id, shop_id, platform_order_no) WHERE order_id IS NULL;
CREATE INDEX after_sale_by_number ON after_sale (company_id, platform_order_no, after_sale_id);
CREATE INDEX after_sale_by_shop ON after_sale (company_id, shop_id, after_sale_id);
CREATE INDEX after_sale_by_state ON after_sale (company_id, state, after_sale_id);
CREATE INDEX after_sale_by_update ON after_sale (company_id, updated_at, after_sale_id);

CREATE TABLE order_return (
  company_id text NOT NULL,
  return_id text NOT NULL,
  version bigint NOT NULL CHECK (version > 0),
  order_id text,
  warehouse text NOT NULL,
  waybill_no text NOT NULL,
  parcel_id text,
  platform_after_sale_nos text[] NOT NULL,
  received_at timestamptz NOT NULL,
  lines json NOT NULL,
  PRIMARY KEY (company_id, return_id)
);
COMMENT ON TABLE order_return IS 'Copy of the parcels that came back, fed by return.received; order_id is null while nobody knows whose they are.';
COMMENT ON COLUMN order_return.lines IS 'What was counted, as [{skuId, skuCode, quantity, grade}].';
CREATE INDEX order_return_by_order ON order_return (company_id, order_id);
`;

const REFUNDS = `
ALTER TABLE working_order ADD COLUMN has_after_sales boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN working_order.has_after_sales IS 'Whether rows of after_sale or order_return belong to the order; orders without are loaded in fewer statements.';

ALTER TABLE order_line
  ADD COLUMN refunded_fen bigint NOT NULL DEFAULT 0,
  ADD COLUMN is_refunded boolean NOT NULL DEFAULT false,
  ADD COLUMN stated_refund_state text NOT NULL DEFAULT 'none',
  ADD COLUMN stated_refund_at timestamptz,
  ADD COLUMN stated_refund_fetch_at timestamptz;
UPDATE order_line l
   SET refunded_fen = CASE WHEN l.refund_state = 'succeeded' THEN greatest(l.paid_fen, 0) ELSE 0 END,
       is_refunded = l.refund_state = 'succeeded',
       stated_refund_state = l.refund_state,
       stated_refund_at = p.modified_at,
       stated_refund_fetch_at = p.fetch_started_at
  FROM platform_order p
 WHERE p.company_id = l.company_id AND p.order_id = l.order_id;
UPDATE order_line SET stated_refund_at = 'epoch', stated_refund_fetch_at = 'epoch' WHERE stated_refund_at IS NULL;
ALTER TABLE order_line
  ALTER COLUMN stated_refund_at SET NOT NULL,
  ALTER COLUMN stated_refund_fetch_at SET NOT NULL,
  ADD CONSTRAINT order_line_refund CHECK (refunded_fen >= 0 AND refunded_fen <= greatest(paid_fen, 0));
COMMENT ON COLUMN order_line.refunded_fen IS 'What counts of the succeeded after-sales of the line; never more than was paid.';
COMMENT ON COLUMN order_line.is_refunded IS 'Everything paid for the line went back, so it is not shipped.';
COMMENT ON COLUMN order_line.stated_refund_state IS 'What the order itself last stated of a refund; refund_state is the newest statement of the order and its after-sales.';
`;

/** After-sales, what came back, and what was refunded per line. */
export class OrdersAfterSales1763000000003 implements MigrationInterface {
  name = 'OrdersAfterSales1763000000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(AFTER_SALES);
    await runner.query(REFUNDS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE order_line DROP CONSTRAINT order_line_refund, DROP COLUMN refunded_fen, DROP COLUMN is_refunded,
        DROP COLUMN stated_refund_state, DROP COLUMN stated_refund_at, DROP COLUMN stated_refund_fetch_at;
      ALTER TABLE working_order DROP COLUMN has_after_sales;
      DROP TABLE order_return, after_sale, platform_after_sale;
    `);
  }
}
