-- The floor of B1: the tables that the intake of a page writes, as they were when the floor was fixed. Not changed together with ours.
CREATE SCHEMA bench_floor;
SET search_path = bench_floor;

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
  UNIQUE (company_id, platform_order_no, shop_id)
) WITH (fillfactor = 70);
CREATE INDEX working_order_by_status ON working_order (company_id, status, order_id);
CREATE INDEX working_order_by_shop ON working_order (company_id, shop_id, order_id);
CREATE INDEX working_order_by_update ON working_order (company_id, updated_at, order_id);
CREATE INDEX working_order_by_platform_state ON working_order (company_id, platform_state, order_id);

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
CREATE INDEX order_line_by_order ON order_line (company_id, order_id);
CREATE INDEX order_line_waiting ON order_line (company_id, shop_id, listing_sku_id) WHERE is_waiting;

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

CREATE TABLE outbox (
  company_id text NOT NULL,
  event_id text NOT NULL,
  name text NOT NULL,
  trace_id text NOT NULL,
  occurred_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  items text NOT NULL,
  whole text,
  PRIMARY KEY (company_id, event_id)
);
CREATE INDEX outbox_by_age ON outbox (recorded_at);

CREATE TABLE outbox_delivery (
  company_id text NOT NULL,
  event_id text NOT NULL,
  consumer text NOT NULL,
  sent_at timestamptz,
  acked_at timestamptz,
  sends integer NOT NULL DEFAULT 0,
  PRIMARY KEY (company_id, event_id, consumer)
) WITH (fillfactor = 70);
CREATE INDEX outbox_delivery_unsent ON outbox_delivery (event_id) INCLUDE (consumer) WHERE sent_at IS NULL AND acked_at IS NULL;
CREATE INDEX outbox_delivery_unacked ON outbox_delivery (sent_at) INCLUDE (consumer) WHERE acked_at IS NULL AND sent_at IS NOT NULL;

CREATE TABLE platform_order_alone (LIKE platform_order INCLUDING ALL) WITH (fillfactor = 80);

RESET search_path;
