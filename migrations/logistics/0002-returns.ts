import type { MigrationInterface, QueryRunner } from 'typeorm';

const COPIES = `
CREATE TABLE sku (
  company_id text NOT NULL,
  sku_id text NOT NULL,
  code text NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (company_id, sku_id)
);
COMMENT ON TABLE sku IS 'Copy of sku.changed facts: what a clerk who counts goods may name.';
CREATE INDEX sku_code ON sku (company_id, code);

CREATE TABLE refund_in_force (
  company_id text NOT NULL,
  order_id text NOT NULL,
  line_id text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('requested', 'refunded', 'closed')),
  PRIMARY KEY (company_id, order_id, line_id)
);
COMMENT ON TABLE refund_in_force IS 'Copy of order.* and refund.* facts: lines whose goods shall not reach the buyer. line_id is empty where the whole order was cancelled or closed.';

CREATE TABLE after_sale (
  company_id text NOT NULL,
  after_sale_id text NOT NULL,
  shop_id text NOT NULL,
  platform text NOT NULL,
  platform_after_sale_no text NOT NULL,
  order_id text NOT NULL,
  platform_order_no text NOT NULL,
  line_id text,
  state text NOT NULL,
  return_waybill_no text,
  return_carrier text,
  PRIMARY KEY (company_id, after_sale_id)
) WITH (fillfactor = 80);
COMMENT ON TABLE after_sale IS 'Copy of after-sale.changed facts. return_waybill_no has no blanks.';
CREATE INDEX after_sale_waybill ON after_sale (company_id, return_waybill_no) WHERE return_waybill_no IS NOT NULL;
CREATE INDEX after_sale_order ON after_sale (company_id, order_id);
`;

const INTERCEPTS = `
CREATE TABLE intercept (
  company_id text NOT NULL,
  id text NOT NULL,
  parcel_id text NOT NULL,
  version bigint NOT NULL,
  state text NOT NULL CHECK (state IN ('asked', 'caught', 'too_late', 'withdrawn')),
  shop_id text NOT NULL,
  warehouse text NOT NULL,
  order_id text NOT NULL,
  platform_order_no text NOT NULL,
  cause text NOT NULL CHECK (cause IN ('requested', 'refunded', 'closed')),
  asked_at timestamptz NOT NULL,
  closed_at timestamptz,
  closed_by text,
  note text NOT NULL DEFAULT '',
  PRIMARY KEY (company_id, id),
  CONSTRAINT intercept_parcel UNIQUE (company_id, parcel_id),
  CHECK ((state = 'asked') = (closed_at IS NULL))
) WITH (fillfactor = 80);
COMMENT ON TABLE intercept IS 'Parcels under way that the carrier is asked to bring back; one row per parcel, story times.';
COMMENT ON COLUMN intercept.order_id IS 'The order that is the cause, where a parcel holds several.';
CREATE INDEX intercept_list ON intercept (company_id, state, id);
`;

const RETURNS = `
CREATE TABLE return_parcel (
  company_id text NOT NULL,
  id text NOT NULL,
  version bigint NOT NULL,
  state text NOT NULL CHECK (state IN ('expected', 'received')),
  waybill_no text NOT NULL,
  carrier text,
  warehouse text,
  is_matched boolean NOT NULL,
  parcel_id text,
  order_id text,
  platform_order_no text,
  shop_id text,
  platform text,
  platform_after_sale_nos text[] NOT NULL,
  flags text[] NOT NULL DEFAULT '{}',
  content_hash text,
  expected_at timestamptz,
  received_at timestamptz,
  received_by text,
  matched_at timestamptz,
  matched_by text,
  PRIMARY KEY (company_id, id),
  CHECK (state = 'expected' OR (received_at IS NOT NULL AND warehouse IS NOT NULL AND content_hash IS NOT NULL)),
  CHECK (state = 'received' OR is_matched),
  CHECK (NOT is_matched OR (order_id IS NOT NULL AND shop_id IS NOT NULL))
) WITH (fillfactor = 80);
COMMENT ON TABLE return_parcel IS 'Parcels that come back: expected while derived from intercepts and after-sales, received once counted; story times.';
COMMENT ON COLUMN return_parcel.parcel_id IS 'The parcel that went out and comes back under its own number; null when a buyer sends goods back.';
COMMENT ON COLUMN return_parcel.content_hash IS 'Hash of what was counted: the same scan again answers the same, another one is refused.';
CREATE UNIQUE INDEX return_parcel_outward ON return_parcel (company_id, parcel_id) WHERE parcel_id IS NOT NULL;
CREATE UNIQUE INDEX return_parcel_inward ON return_parcel (company_id, waybill_no) WHERE parcel_id IS NULL;
CREATE INDEX return_parcel_number ON return_parcel (company_id, waybill_no);
CREATE INDEX return_parcel_order ON return_parcel (company_id, order_id) WHERE order_id IS NOT NULL;
CREATE INDEX return_parcel_list ON return_parcel (company_id, state, id);

CREATE TABLE return_line (
  company_id text NOT NULL,
  return_id text NOT NULL,
  line_no integer NOT NULL,
  sku_id text NOT NULL,
  sku_code text NOT NULL,
  quantity bigint NOT NULL CHECK (quantity >= 1),
  grade text NOT NULL CHECK (grade IN ('A', 'B', 'C')),
  flag text NOT NULL DEFAULT '',
  PRIMARY KEY (company_id, return_id, line_no)
);
COMMENT ON TABLE return_line IS 'What was counted in a returned parcel, per SKU and grade; flag says what does not fit what had left.';
`;

const TABLES = ['return_line', 'return_parcel', 'intercept', 'after_sale', 'refund_in_force', 'sku'];

/** Intercepts of parcels under way, parcels that come back, and the copies from which both are derived. */
export class Returns1763700000002 implements MigrationInterface {
  name = 'Returns1763700000002';

  async up(query: QueryRunner): Promise<void> {
    await query.query(COPIES);
    await query.query(INTERCEPTS);
    await query.query(RETURNS);
  }

  async down(query: QueryRunner): Promise<void> {
    for (const table of TABLES) await query.query(`DROP TABLE IF EXISTS ${table}`);
  }
}
