import type { MigrationInterface, QueryRunner } from 'typeorm';
import { FACT_TABLES_SQL } from '@app/shared';

const COPIES = `
CREATE TABLE shop (
  company_id text NOT NULL,
  shop_id text NOT NULL,
  platform text NOT NULL,
  platform_shop_id text NOT NULL,
  name text NOT NULL,
  go_live_at timestamptz NOT NULL,
  default_carrier text NOT NULL,
  PRIMARY KEY (company_id, shop_id)
);
COMMENT ON TABLE shop IS 'Copy of the shops that sync-worker owns, fed by shop.changed; a first order may bring a shop before its fact.';

CREATE TABLE listing_link (
  company_id text NOT NULL,
  shop_id text NOT NULL,
  listing_id text NOT NULL,
  listing_sku_id text NOT NULL,
  is_linked boolean NOT NULL,
  no_stock boolean NOT NULL,
  components json NOT NULL,
  PRIMARY KEY (company_id, shop_id, listing_sku_id)
);
COMMENT ON TABLE listing_link IS 'Copy of what a listing SKU is made of, fed by listing.changed, so that intake asks nobody.';
`;

const PLATFORM_ORDER = `
CREATE TABLE platform_order (
  company_id text NOT NULL,
  shop_id text NOT NULL,
  platform_order_no text NOT NULL,
  order_id text NOT NULL,
  platform_state text NOT NULL,
  raw_status text,
  stated_modified_at timestamptz NOT NULL,
  modified_at timestamptz NOT NULL,
  fetch_started_at timestamptz NOT NULL,
  fetched_at timestamptz NOT NULL,
  content_hash text NOT NULL,
  canonical text NOT NULL,
  raw text NOT NULL,
  PRIMARY KEY (company_id, shop_id, platform_order_no),
  UNIQUE (company_id, order_id),
  CHECK (modified_at <= fetched_at)
) WITH (fillfactor = 80);
COMMENT ON TABLE platform_order IS 'Each platform order as received in its newest version: (modified_at, fetch_started_at, content_hash).';
COMMENT ON COLUMN platform_order.modified_at IS 'stated_modified_at, but never later than fetched_at, so that a date in the future blocks no later version.';
COMMENT ON COLUMN platform_order.canonical IS 'The canonical order as JSON text without its raw member; text, because 64-bit ids must survive.';
`;

const WORKING_ORDER = `
CREATE TABLE working_order (
  company_id text NOT NULL,
  order_id text NOT NULL,
  shop_id text NOT NULL,
  platform text NOT NULL,
  platform_order_no text NOT NULL,
  parent_order_no text,
  platform_state text NOT NULL,
  unknown_status text,
  review text NOT NULL CHECK (review IN ('pending', 'approved', 'taken_back')),
  stock text NOT NULL CHECK (stock IN ('none', 'reserved', 'short', 'shipped_out', 'released')),
  fulfilment text NOT NULL CHECK (fulfilment IN ('none', 'planned', 'released', 'departing', 'shipped')),
  after_sale text NOT NULL CHECK (after_sale IN ('none', 'open', 'done')),
  notice text NOT NULL CHECK (notice IN ('none', 'pending', 'told', 'failed')),
  status text NOT NULL CHECK (status IN ('wait_pay', 'paid', 'held', 'approved', 'released', 'shipped', 'delivered', 'completed', 'cancelled')),
  version bigint NOT NULL CHECK (version > 0),
  is_live boolean NOT NULL,
  is_urgent boolean NOT NULL,
  is_cancelled boolean NOT NULL,
  is_replaced boolean NOT NULL,
  is_shipped_by_platform boolean NOT NULL,
  is_balance_due boolean NOT NULL,
  is_stock_asked boolean NOT NULL,
  stock_since bigint NOT NULL,
  placed_at timestamptz NOT NULL,
  paid_at timestamptz,
  ship_by timestamptz,
  ended_at timestamptz,
  not_before timestamptz,
  forbids text,
  currency text NOT NULL,
  amounts json NOT NULL,
  unexplained_fen bigint NOT NULL,
  payment_difference_fen bigint NOT NULL,
  receiver json NOT NULL,
  receiver_mark text NOT NULL,
  approved_receiver_mark text,
  province text NOT NULL,
  city text NOT NULL,
  buyer_id text NOT NULL,
  buyer_nick text NOT NULL,
  buyer_message text NOT NULL,
  seller_memo text NOT NULL,
  memo_flag integer,
  flags text[] NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (company_id, order_id),
  UNIQUE (company_id, shop_id, platform_order_no)
) WITH (fillfactor = 70);
COMMENT ON TABLE working_order IS 'The order that people act on: axes beside each other and one derived status. All times are story time.';
COMMENT ON COLUMN working_order.unknown_status IS 'Raw status of the newest version when nobody knows what it means; platform_state then keeps its last known value.';
COMMENT ON COLUMN working_order.receiver IS 'Masked receiver only; what the platform can decipher stays in platform_order.canonical.';
COMMENT ON COLUMN working_order.stock_since IS 'The version with which inventory was last asked to begin to hold stock; what it held for an earlier one counts no more.';
COMMENT ON COLUMN working_order.not_before IS 'The platform asks not to work on the order before this time.';
CREATE INDEX working_order_by_status ON working_order (company_id, status, order_id);
CREATE INDEX working_order_by_shop ON working_order (company_id, shop_id, order_id);
CREATE INDEX working_order_by_update ON working_order (company_id, updated_at, order_id);

CREATE TABLE order_line (
  company_id text NOT NULL,
  line_id text NOT NULL,
  order_id text NOT NULL,
  shop_id text NOT NULL,
  platform_line_no text NOT NULL,
  position integer NOT NULL,
  listing_id text NOT NULL,
  listing_sku_id text NOT NULL,
  merchant_code text,
  title text NOT NULL,
  spec_text text NOT NULL,
  quantity integer NOT NULL CHECK (quantity >= 0),
  cancelled integer NOT NULL CHECK (cancelled >= 0 AND cancelled <= quantity),
  reserved integer NOT NULL CHECK (reserved >= 0),
  shipped integer NOT NULL CHECK (shipped >= 0),
  unit_price_fen bigint NOT NULL,
  discount_fen bigint NOT NULL,
  paid_fen bigint NOT NULL,
  refund_state text NOT NULL,
  refund_no text,
  platform_line_state text,
  no_stock boolean NOT NULL,
  is_shipped_by_platform boolean NOT NULL,
  is_elsewhere boolean NOT NULL,
  is_implausible boolean NOT NULL,
  is_removed boolean NOT NULL,
  is_gift boolean NOT NULL,
  is_waiting boolean NOT NULL,
  forbids text,
  components json,
  held json NOT NULL,
  PRIMARY KEY (company_id, line_id),
  UNIQUE (company_id, shop_id, platform_line_no)
) WITH (fillfactor = 70);
COMMENT ON COLUMN order_line.components IS 'SKUs of one piece with their quantity; null while the listing is not linked.';
COMMENT ON COLUMN order_line.held IS 'What inventory last told of this line: SKU, warehouse, reserved, shippedOut, short.';
COMMENT ON COLUMN order_line.is_elsewhere IS 'The platform says it left, and we did not ship it.';
COMMENT ON COLUMN order_line.is_implausible IS 'The stated quantity was negative or absurd; quantity is 0 and the order is held.';
CREATE INDEX order_line_by_order ON order_line (company_id, order_id);
CREATE INDEX order_line_waiting ON order_line (company_id, shop_id, listing_sku_id) WHERE is_waiting;

CREATE TABLE order_hold (
  company_id text NOT NULL,
  hold_id text NOT NULL,
  order_id text NOT NULL,
  type text NOT NULL,
  cause text NOT NULL,
  reason text NOT NULL,
  owner text NOT NULL,
  since timestamptz NOT NULL,
  release_at timestamptz,
  closed_at timestamptz,
  closed_by text,
  close_reason text,
  PRIMARY KEY (company_id, hold_id),
  CHECK ((closed_at IS NULL) = (closed_by IS NULL))
);
COMMENT ON COLUMN order_hold.cause IS 'What the hold was opened for; a hold that a person released is not opened again for the same cause.';
CREATE INDEX order_hold_by_order ON order_hold (company_id, order_id);
CREATE INDEX order_hold_open ON order_hold (company_id, type, order_id) WHERE closed_at IS NULL;
CREATE INDEX order_hold_due ON order_hold (release_at) WHERE closed_at IS NULL AND release_at IS NOT NULL;

CREATE TABLE order_log (
  company_id text NOT NULL,
  order_id text NOT NULL,
  version bigint NOT NULL,
  at timestamptz NOT NULL,
  actor text NOT NULL,
  reason text NOT NULL,
  changes text NOT NULL,
  PRIMARY KEY (company_id, order_id, version)
);
COMMENT ON TABLE order_log IS 'ledger: one row per version of an order: who changed what and why; changes is a JSON list of texts.';
`;

const FULFILMENT = `
CREATE TABLE fulfilment (
  company_id text NOT NULL,
  fulfilment_id text NOT NULL,
  order_id text NOT NULL,
  shop_id text NOT NULL,
  warehouse text NOT NULL,
  revision bigint NOT NULL CHECK (revision > 0),
  state text NOT NULL CHECK (state IN ('released', 'departing', 'shipped', 'stopped')),
  reason text NOT NULL,
  ship_by timestamptz,
  is_urgent boolean NOT NULL,
  departed_at timestamptz,
  parcel_id text,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (company_id, fulfilment_id),
  CHECK (state <> 'departing' OR departed_at IS NOT NULL)
) WITH (fillfactor = 70);
COMMENT ON TABLE fulfilment IS 'What one warehouse ships of an order to one address. revision rises with every release and stop.';
CREATE INDEX fulfilment_by_order ON fulfilment (company_id, order_id);
CREATE INDEX fulfilment_by_warehouse ON fulfilment (company_id, warehouse, state, fulfilment_id);
CREATE INDEX fulfilment_by_state ON fulfilment (company_id, state, fulfilment_id);

CREATE TABLE fulfilment_line (
  company_id text NOT NULL,
  fulfilment_id text NOT NULL,
  line_id text NOT NULL,
  sku_id text NOT NULL,
  sku_code text NOT NULL,
  quantity integer NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (company_id, fulfilment_id, line_id, sku_id)
);

CREATE TABLE departure (
  company_id text NOT NULL,
  fulfilment_id text NOT NULL,
  parcel_id text NOT NULL,
  revision bigint NOT NULL,
  order_id text NOT NULL,
  order_version bigint NOT NULL,
  granted_at timestamptz NOT NULL,
  client_id text NOT NULL,
  taken_back_at timestamptz,
  taken_back_by text,
  take_back_reason text,
  PRIMARY KEY (company_id, fulfilment_id, parcel_id, revision)
);
COMMENT ON TABLE departure IS 'Every parcel that was allowed to leave: for which revision of its fulfilment, at which version of its order.';
CREATE INDEX departure_by_parcel ON departure (company_id, parcel_id);

CREATE TABLE order_parcel (
  company_id text NOT NULL,
  parcel_id text NOT NULL,
  order_id text NOT NULL,
  fulfilment_id text NOT NULL,
  revision bigint NOT NULL,
  warehouse text NOT NULL,
  carrier text NOT NULL,
  waybill_no text NOT NULL,
  state text NOT NULL CHECK (state IN ('shipped', 'delivered', 'exception')),
  shipped_at timestamptz NOT NULL,
  delivered_at timestamptz,
  lines json NOT NULL,
  PRIMARY KEY (company_id, parcel_id, order_id)
);
COMMENT ON TABLE order_parcel IS 'Copy of the parcels that left for an order, fed by parcel.*.';
CREATE INDEX order_parcel_by_order ON order_parcel (company_id, order_id);

CREATE TABLE ship_notice (
  company_id text NOT NULL,
  notice_id text NOT NULL,
  order_id text NOT NULL,
  parcel_id text NOT NULL,
  state text NOT NULL CHECK (state IN ('pending', 'told', 'failed')),
  reason text NOT NULL,
  PRIMARY KEY (company_id, notice_id)
);
COMMENT ON TABLE ship_notice IS 'Copy of what platforms were told about parcels, fed by ship-notice.*; may arrive before the parcel.';
CREATE INDEX ship_notice_by_order ON ship_notice (company_id, order_id);
`;

/** Everything of the orders service, newest first when undone. */
export class OrdersInitial1763000000001 implements MigrationInterface {
  name = 'OrdersInitial1763000000001';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of [FACT_TABLES_SQL, COPIES, PLATFORM_ORDER, WORKING_ORDER, FULFILMENT]) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `DROP TABLE ship_notice, order_parcel, departure, fulfilment_line, fulfilment, order_log, order_hold, order_line, working_order,
        platform_order, listing_link, shop, audit_unsealed, audit_seal, audit_entry, idempotency_key, parked_item, subject_version, inbox, outbox_delivery, outbox`,
    );
  }
}
