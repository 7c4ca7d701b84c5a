import type { MigrationInterface, QueryRunner } from 'typeorm';
import { FACT_TABLES_SQL } from '@app/shared';

const STOCK_SQL = `
CREATE TABLE warehouse (
  company_id text NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  priority integer NOT NULL,
  is_active boolean NOT NULL DEFAULT true,
  allows_negative boolean NOT NULL DEFAULT false CHECK (NOT allows_negative),
  version bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (company_id, code)
);
COMMENT ON COLUMN warehouse.priority IS 'Routing tries warehouses in rising order, then by code.';

CREATE TABLE sku (
  company_id text NOT NULL,
  sku_id text NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  spec jsonb NOT NULL,
  is_active boolean NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (company_id, sku_id)
);
COMMENT ON TABLE sku IS 'Copy of what catalog tells of SKUs. Version 0: known only from an order or parcel so far.';
CREATE INDEX sku_code ON sku (company_id, code);

CREATE TABLE stock_level (
  company_id text NOT NULL,
  sku_id text NOT NULL,
  warehouse text NOT NULL,
  on_hand bigint NOT NULL DEFAULT 0,
  reserved bigint NOT NULL DEFAULT 0,
  damaged bigint NOT NULL DEFAULT 0,
  quarantine bigint NOT NULL DEFAULT 0,
  incoming bigint NOT NULL DEFAULT 0,
  safety bigint NOT NULL DEFAULT 0,
  version bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (company_id, sku_id, warehouse),
  CONSTRAINT stock_level_not_negative CHECK (on_hand >= 0 AND reserved >= 0 AND damaged >= 0 AND quarantine >= 0 AND incoming >= 0 AND safety >= 0)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 200);
COMMENT ON TABLE stock_level IS 'Counters in pieces; each but safety equals the sum of its movements. No index on a counter, so updates stay on their page.';

CREATE TABLE stock_movement (
  company_id text NOT NULL,
  no bigint GENERATED ALWAYS AS IDENTITY,
  sku_id text NOT NULL,
  warehouse text NOT NULL,
  bucket text NOT NULL CHECK (bucket IN ('onHand', 'reserved', 'damaged', 'quarantine', 'incoming')),
  before bigint NOT NULL,
  after bigint NOT NULL,
  delta bigint NOT NULL CHECK (delta <> 0 AND before + delta = after),
  cause_type text NOT NULL,
  cause_id text NOT NULL,
  cause_line text NOT NULL,
  cause_revision bigint NOT NULL,
  actor text NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (company_id, no),
  CONSTRAINT stock_movement_cause UNIQUE (company_id, cause_type, cause_id, cause_line, cause_revision, sku_id, warehouse, bucket)
);
COMMENT ON TABLE stock_movement IS 'ledger: every change of every counter with its cause, which posts once; at is story time.';
CREATE INDEX stock_movement_of_level ON stock_movement (company_id, sku_id, warehouse, no);
CREATE INDEX stock_movement_of_warehouse ON stock_movement (company_id, warehouse, no);

CREATE TABLE adjustment (
  company_id text NOT NULL,
  id text NOT NULL,
  key text NOT NULL,
  body_hash text NOT NULL,
  cause text NOT NULL,
  actor text NOT NULL,
  at timestamptz NOT NULL,
  response text NOT NULL,
  PRIMARY KEY (company_id, id),
  CONSTRAINT adjustment_key UNIQUE (company_id, key)
);
COMMENT ON TABLE adjustment IS 'ledger: documents that changed stock by hand; response is the JSON text that was answered.';
`;

const RESERVATION_SQL = `
CREATE TABLE reservation (
  company_id text NOT NULL,
  id text NOT NULL,
  key text NOT NULL,
  body_hash text NOT NULL,
  state text NOT NULL CHECK (state IN ('reserved', 'released', 'shipped')),
  lines jsonb NOT NULL,
  expires_at timestamptz,
  actor text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (company_id, id),
  CONSTRAINT reservation_key UNIQUE (company_id, key)
);
COMMENT ON TABLE reservation IS 'Reservations asked for by other programs; lines as answered: [{"skuCode","quantity","warehouse"}]; expires_at is story time.';
CREATE INDEX reservation_due ON reservation (expires_at) WHERE state = 'reserved' AND expires_at IS NOT NULL;

CREATE TABLE reservation_line (
  company_id text NOT NULL,
  holder_type text NOT NULL CHECK (holder_type IN ('order', 'reservation')),
  holder_id text NOT NULL,
  id text NOT NULL,
  reserve_id text NOT NULL,
  line_id text NOT NULL,
  sku_id text NOT NULL,
  warehouse text NOT NULL,
  revision bigint NOT NULL,
  kind text NOT NULL CHECK (kind IN ('reserve', 'release', 'ship_out')),
  delta bigint NOT NULL CHECK ((kind = 'reserve') = (delta > 0) AND delta <> 0),
  cause_type text NOT NULL,
  cause_id text NOT NULL,
  actor text NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (company_id, holder_type, holder_id, id),
  CHECK ((kind = 'reserve') = (id = reserve_id))
);
COMMENT ON TABLE reservation_line IS 'ledger: explains stock_level.reserved. A release or ship-out is a new row that points to its reserve row by reserve_id; open = sum of delta.';
CREATE UNIQUE INDEX reservation_line_key ON reservation_line (company_id, holder_type, holder_id, line_id, sku_id, warehouse, revision) WHERE kind = 'reserve';
CREATE UNIQUE INDEX reservation_line_settled_once ON reservation_line (company_id, reserve_id, kind, cause_type, cause_id) WHERE kind <> 'reserve';

CREATE TABLE order_stock (
  company_id text NOT NULL,
  order_id text NOT NULL,
  order_version bigint NOT NULL DEFAULT 0,
  is_wanted boolean NOT NULL DEFAULT false,
  wants jsonb NOT NULL DEFAULT '[]',
  paid_at timestamptz,
  state text CHECK (state IN ('reserved', 'short', 'released', 'shipped_out')),
  revision bigint NOT NULL DEFAULT 0,
  told text NOT NULL DEFAULT '',
  PRIMARY KEY (company_id, order_id)
) WITH (fillfactor = 70);
COMMENT ON TABLE order_stock IS 'What inventory holds for an order. order_version 0: only parcels of it are known so far. paid_at decides the order of service; told is the last fact, so that nothing is told twice.';

CREATE TABLE short_want (
  company_id text NOT NULL,
  sku_id text NOT NULL,
  paid_at timestamptz NOT NULL,
  order_id text NOT NULL,
  PRIMARY KEY (company_id, sku_id, paid_at, order_id)
);
COMMENT ON TABLE short_want IS 'Orders that wait for a SKU, oldest payment first.';
CREATE INDEX short_want_of_order ON short_want (company_id, order_id);

CREATE TABLE stock_rise (
  company_id text NOT NULL,
  id text NOT NULL,
  sku_id text NOT NULL,
  after_paid_at timestamptz,
  after_order_id text,
  PRIMARY KEY (company_id, id)
);
COMMENT ON TABLE stock_rise IS 'Due work: more of a SKU is free, so orders that wait for it (behind the named one) are judged again.';

CREATE TABLE parcel_out (
  company_id text NOT NULL,
  parcel_id text NOT NULL,
  line_id text NOT NULL,
  sku_id text NOT NULL,
  sku_code text NOT NULL,
  order_id text NOT NULL,
  warehouse text NOT NULL,
  quantity bigint NOT NULL CHECK (quantity > 0),
  at timestamptz NOT NULL,
  PRIMARY KEY (company_id, parcel_id, line_id, sku_id)
);
COMMENT ON TABLE parcel_out IS 'ledger: what left in parcels; each row has exactly one movement out of onHand.';
CREATE INDEX parcel_out_of_order ON parcel_out (company_id, order_id);
`;

export class Initial1700000000001 implements MigrationInterface {
  name = 'Initial1700000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(FACT_TABLES_SQL);
    await runner.query(STOCK_SQL);
    await runner.query(RESERVATION_SQL);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'DROP TABLE parcel_out, stock_rise, short_want, order_stock, reservation_line, reservation, adjustment, stock_movement, stock_level, sku, warehouse, audit_unsealed, audit_seal, audit_entry, idempotency_key, parked_item, subject_version, inbox, outbox_delivery, outbox',
    );
  }
}
