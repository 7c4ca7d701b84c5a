import { FACT_TABLES_SQL } from '@app/shared';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const COPIES = `
CREATE TABLE shop (
  company_id text NOT NULL,
  shop_id text NOT NULL,
  platform text NOT NULL,
  name text NOT NULL,
  default_carrier text NOT NULL,
  PRIMARY KEY (company_id, shop_id)
);
COMMENT ON TABLE shop IS 'Copy of shop.changed facts; default_carrier is empty while none is chosen.';

CREATE TABLE order_copy (
  company_id text NOT NULL,
  order_id text NOT NULL,
  shop_id text NOT NULL,
  platform_order_no text NOT NULL,
  platform_state text NOT NULL,
  status text NOT NULL,
  PRIMARY KEY (company_id, order_id)
) WITH (fillfactor = 80);
COMMENT ON TABLE order_copy IS 'Copy of order.* and refund.* facts: what the platform says of the order.';

CREATE TABLE fulfilment (
  company_id text NOT NULL,
  fulfilment_id text NOT NULL,
  revision bigint NOT NULL CHECK (revision >= 1),
  state text NOT NULL CHECK (state IN ('released', 'stopped')),
  reason text NOT NULL,
  shop_id text NOT NULL,
  platform text NOT NULL,
  warehouse text NOT NULL,
  ship_by timestamptz,
  is_urgent boolean NOT NULL,
  carrier text,
  urgency smallint NOT NULL GENERATED ALWAYS AS (CASE WHEN is_urgent THEN 0 ELSE 1 END) STORED,
  due_at timestamptz NOT NULL GENERATED ALWAYS AS (COALESCE(ship_by, '9999-12-31 00:00:00+00'::timestamptz)) STORED,
  open_count bigint NOT NULL CHECK (open_count >= 0),
  PRIMARY KEY (company_id, fulfilment_id)
) WITH (fillfactor = 80);
COMMENT ON TABLE fulfilment IS 'Copy of fulfilment.* facts. A stop that comes before its release leaves the row as a tombstone.';
COMMENT ON COLUMN fulfilment.open_count IS 'Pieces that no live parcel covers; 0 = nothing left for a clerk.';
COMMENT ON COLUMN fulfilment.due_at IS 'ship_by, or the far future, so that a list needs no NULL rules.';
CREATE INDEX fulfilment_work ON fulfilment (company_id, urgency, due_at, fulfilment_id) WHERE state = 'released' AND open_count > 0;
CREATE INDEX fulfilment_work_warehouse ON fulfilment (company_id, warehouse, urgency, due_at, fulfilment_id) WHERE state = 'released' AND open_count > 0;

CREATE TABLE fulfilment_line (
  company_id text NOT NULL,
  fulfilment_id text NOT NULL,
  line_id text NOT NULL,
  sku_id text NOT NULL,
  order_id text NOT NULL,
  platform_order_no text NOT NULL,
  platform_line_no text NOT NULL,
  sku_code text NOT NULL,
  title text NOT NULL,
  quantity bigint NOT NULL CHECK (quantity >= 1),
  PRIMARY KEY (company_id, fulfilment_id, line_id, sku_id)
);
COMMENT ON TABLE fulfilment_line IS 'Pieces per order line and SKU; a bundle line has several SKUs.';
`;

const PARCELS = `
CREATE TABLE parcel (
  company_id text NOT NULL,
  id text NOT NULL,
  state text NOT NULL CHECK (state IN ('requesting', 'labelled', 'departing', 'shipped', 'delivered', 'exception', 'pull_out', 'cancelled')),
  version bigint NOT NULL DEFAULT 1,
  fulfilment_id text NOT NULL,
  revision bigint NOT NULL,
  shop_id text NOT NULL,
  platform text NOT NULL,
  warehouse text NOT NULL,
  carrier text NOT NULL,
  waybill_no text,
  receiver_hash text,
  print_count integer NOT NULL DEFAULT 0,
  request_key text,
  request_hash text,
  replaced_by text,
  reason text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL,
  touched_at timestamptz NOT NULL,
  labelled_at timestamptz,
  departed_at timestamptz,
  shipped_at timestamptz,
  delivered_at timestamptz,
  kept_until timestamptz,
  resume_due_at timestamptz,
  PRIMARY KEY (company_id, id),
  CHECK (state IN ('requesting', 'cancelled') OR waybill_no IS NOT NULL),
  CHECK (state NOT IN ('shipped', 'delivered', 'exception') OR (departed_at IS NOT NULL AND shipped_at >= departed_at)),
  CHECK (state <> 'delivered' OR delivered_at IS NOT NULL)
) WITH (fillfactor = 70);
COMMENT ON COLUMN parcel.revision IS 'Revision of the fulfilment under which the parcel may leave.';
COMMENT ON COLUMN parcel.receiver_hash IS 'Hash of the receiver on the label: a new revision with another receiver needs a new label.';
COMMENT ON COLUMN parcel.touched_at IS 'Wire time of the last change; for due rows.';
COMMENT ON COLUMN parcel.kept_until IS 'Story time until which a pulled parcel keeps its waybill in case the order resumes.';
COMMENT ON COLUMN parcel.resume_due_at IS 'Wire time at which the parcel is compared with the newer revision of its fulfilment.';
CREATE INDEX parcel_fulfilment ON parcel (company_id, fulfilment_id);
CREATE INDEX parcel_waybill ON parcel (company_id, waybill_no) WHERE waybill_no IS NOT NULL;
CREATE INDEX parcel_state ON parcel (company_id, state, id);
CREATE UNIQUE INDEX parcel_request ON parcel (company_id, request_key) WHERE request_key IS NOT NULL;
CREATE INDEX parcel_resume_due ON parcel (resume_due_at) WHERE resume_due_at IS NOT NULL;
CREATE INDEX parcel_kept ON parcel (kept_until) WHERE kept_until IS NOT NULL;
CREATE INDEX parcel_requesting ON parcel (touched_at) WHERE state = 'requesting';

CREATE TABLE parcel_line (
  company_id text NOT NULL,
  parcel_id text NOT NULL,
  line_id text NOT NULL,
  sku_id text NOT NULL,
  order_id text NOT NULL,
  platform_order_no text NOT NULL,
  platform_line_no text NOT NULL,
  sku_code text NOT NULL,
  title text NOT NULL,
  quantity bigint NOT NULL CHECK (quantity >= 1),
  PRIMARY KEY (company_id, parcel_id, line_id, sku_id)
);
CREATE INDEX parcel_line_order ON parcel_line (company_id, order_id);

CREATE TABLE waybill (
  company_id text NOT NULL,
  carrier text NOT NULL,
  waybill_no text NOT NULL,
  parcel_id text NOT NULL,
  print_data text NOT NULL,
  taken_at timestamptz NOT NULL,
  PRIMARY KEY (company_id, carrier, waybill_no)
);
COMMENT ON TABLE waybill IS 'Every number that was ever taken; the key keeps two parcels from sharing one. print_data is sealed.';
CREATE INDEX waybill_parcel ON waybill (company_id, parcel_id);

CREATE TABLE waybill_cancel (
  company_id text NOT NULL,
  parcel_id text NOT NULL,
  shop_id text NOT NULL,
  carrier text NOT NULL,
  waybill_no text,
  state text NOT NULL CHECK (state IN ('due', 'done', 'refused')),
  tries integer NOT NULL DEFAULT 0,
  next_try_at timestamptz NOT NULL,
  cause text NOT NULL DEFAULT '',
  PRIMARY KEY (company_id, parcel_id)
) WITH (fillfactor = 70);
COMMENT ON TABLE waybill_cancel IS 'Numbers to be given back, retried until done; wire times. waybill_no is null when the answer of the request was lost.';
CREATE INDEX waybill_cancel_due ON waybill_cancel (next_try_at) WHERE state = 'due';

CREATE TABLE pull_out (
  company_id text NOT NULL,
  id text NOT NULL,
  parcel_id text NOT NULL,
  fulfilment_id text NOT NULL,
  warehouse text NOT NULL,
  shop_id text NOT NULL,
  reason text NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'acknowledged', 'resumed')),
  opened_at timestamptz NOT NULL,
  closed_at timestamptz,
  closed_by text,
  PRIMARY KEY (company_id, id)
);
COMMENT ON TABLE pull_out IS 'Labelled parcels that must not leave: a clerk confirms that the parcel was taken out; story times.';
CREATE UNIQUE INDEX pull_out_one_open ON pull_out (company_id, parcel_id) WHERE state = 'open';
CREATE INDEX pull_out_of_fulfilment ON pull_out (company_id, fulfilment_id) WHERE state = 'open';
CREATE INDEX pull_out_list ON pull_out (company_id, state, id);

CREATE TABLE sender (
  company_id text NOT NULL,
  warehouse text NOT NULL,
  version bigint NOT NULL DEFAULT 1,
  name text NOT NULL,
  phone text NOT NULL,
  province text NOT NULL,
  city text NOT NULL,
  district text NOT NULL,
  address text NOT NULL,
  PRIMARY KEY (company_id, warehouse)
);
COMMENT ON TABLE sender IS 'Where parcels of a warehouse are sent from, as the carrier has it on file.';

CREATE TABLE carrier (
  company_id text NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  is_active boolean NOT NULL,
  PRIMARY KEY (company_id, code)
);
COMMENT ON TABLE carrier IS 'The company''s changes to the list of carriers that every company starts with.';
`;

const TABLES = [
  'carrier',
  'sender',
  'pull_out',
  'waybill_cancel',
  'waybill',
  'parcel_line',
  'parcel',
  'fulfilment_line',
  'fulfilment',
  'order_copy',
  'shop',
  'audit_unsealed',
  'audit_seal',
  'audit_entry',
  'idempotency_key',
  'parked_item',
  'subject_version',
  'inbox',
  'outbox_delivery',
  'outbox',
];

/** Copies of what orders and shops say, parcels with their lines and waybills, pull-outs, senders and carriers. */
export class Initial1763700000001 implements MigrationInterface {
  name = 'Initial1763700000001';

  async up(query: QueryRunner): Promise<void> {
    await query.query(FACT_TABLES_SQL);
    await query.query(COPIES);
    await query.query(PARCELS);
  }

  async down(query: QueryRunner): Promise<void> {
    for (const table of TABLES) await query.query(`DROP TABLE IF EXISTS ${table}`);
  }
}
