import { FACT_TABLES_SQL } from '@app/shared';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const SHOP_SQL = `
CREATE TABLE shop (
  company_id text NOT NULL,
  id text NOT NULL,
  platform text NOT NULL,
  platform_shop_id text NOT NULL,
  name text NOT NULL,
  app_key text NOT NULL,
  app_secret_sealed text NOT NULL,
  credentials_sealed text NOT NULL,
  go_live_at timestamptz NOT NULL,
  default_carrier text NOT NULL,
  pull_from timestamptz NOT NULL,
  token_state text NOT NULL CHECK (token_state IN ('missing', 'valid', 'expiring', 'expired', 'revoked')),
  access_token_sealed text,
  refresh_token_sealed text,
  token_no bigint NOT NULL DEFAULT 0,
  token_expires_at timestamptz,
  refresh_expires_at timestamptz,
  token_scopes text,
  token_error text,
  refresh_claimed_until timestamptz,
  next_refresh_at timestamptz,
  pull text NOT NULL DEFAULT 'on' CHECK (pull IN ('on', 'paused')),
  pull_until timestamptz,
  pull_reason text,
  push text NOT NULL DEFAULT 'off' CHECK (push IN ('off', 'on', 'paused')),
  push_until timestamptz,
  push_reason text,
  ship_notice text NOT NULL DEFAULT 'on' CHECK (ship_notice IN ('on', 'paused')),
  ship_notice_until timestamptz,
  ship_notice_reason text,
  push_percent integer NOT NULL DEFAULT 100 CHECK (push_percent BETWEEN 0 AND 100),
  push_floor integer NOT NULL DEFAULT 0 CHECK (push_floor >= 0),
  messages_subscribed_at timestamptz,
  version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (company_id, id),
  UNIQUE (company_id, platform, platform_shop_id)
);
COMMENT ON TABLE shop IS 'A shop with its app and token; secrets are sealed. go_live_at, pull_from and *_until are story time; token times are wire time.';
COMMENT ON COLUMN shop.token_no IS 'Rises with every stored token, so that a worker knows whether the token it used is still the present one.';
COMMENT ON COLUMN shop.pull_from IS 'Change and creation windows begin here.';
CREATE INDEX shop_app ON shop (platform, app_key);

CREATE TABLE authorisation (
  company_id text NOT NULL,
  state text NOT NULL,
  shop_id text NOT NULL,
  redirect_uri text NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  PRIMARY KEY (company_id, state)
);
COMMENT ON TABLE authorisation IS 'One-time states of authorisation pages; the state carries 128 random bits and is told to the platform alone. Wire times.';
CREATE INDEX authorisation_state ON authorisation (state);

CREATE TABLE ban (
  company_id text NOT NULL,
  platform text NOT NULL,
  app_key text NOT NULL,
  shop_id text NOT NULL,
  method text NOT NULL,
  until timestamptz NOT NULL,
  cause text NOT NULL,
  PRIMARY KEY (company_id, platform, app_key, shop_id, method)
);
COMMENT ON TABLE ban IS 'Bans longer than a minute; wire time. An empty shop_id or method means every one.';

CREATE TABLE alarm (
  company_id text NOT NULL,
  id text NOT NULL,
  kind text NOT NULL,
  subject text NOT NULL,
  shop_id text,
  since timestamptz NOT NULL,
  closed_at timestamptz,
  message text NOT NULL,
  advice text NOT NULL,
  PRIMARY KEY (company_id, id)
);
COMMENT ON TABLE alarm IS 'What a person should look at; wire times. Open while closed_at is empty.';
CREATE UNIQUE INDEX alarm_open ON alarm (company_id, kind, subject) WHERE closed_at IS NULL;

CREATE TABLE message_seen (
  company_id text NOT NULL,
  platform text NOT NULL,
  message_id text NOT NULL,
  topic text NOT NULL,
  shop_id text NOT NULL,
  seen_at timestamptz NOT NULL,
  PRIMARY KEY (company_id, platform, message_id)
);
COMMENT ON TABLE message_seen IS 'Push messages already turned into work; kept 30 days of wire time.';
CREATE INDEX message_seen_at ON message_seen (seen_at);
`;

const WORK_SQL = `
CREATE TABLE work (
  company_id text NOT NULL,
  kind text NOT NULL,
  subject text NOT NULL,
  shop_id text NOT NULL,
  platform text NOT NULL,
  lane text NOT NULL CHECK (lane IN ('pull', 'push', 'notice')),
  wanted_no bigint NOT NULL DEFAULT 1,
  state text NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'dead')),
  due_at timestamptz NOT NULL,
  queued_until timestamptz,
  claimed_until timestamptz,
  claim_no bigint NOT NULL DEFAULT 0,
  tries integer NOT NULL DEFAULT 0,
  failures integer NOT NULL DEFAULT 0,
  last_error text,
  created_at timestamptz NOT NULL,
  failed_at timestamptz,
  dead_id text,
  PRIMARY KEY (company_id, kind, subject)
) WITH (fillfactor = 70);
COMMENT ON TABLE work IS 'What has to be done with a platform; wire times. Redis only carries references to these rows.';
COMMENT ON COLUMN work.wanted_no IS 'Rises with every request for the same subject; a run that began before the last request leaves the row due.';
COMMENT ON COLUMN work.queued_until IS 'Until then the reference in Redis is trusted; afterwards it is put there again.';
COMMENT ON COLUMN work.claim_no IS 'Fencing number of the run that holds the row; a late run cannot finish it.';
CREATE INDEX work_due ON work (due_at) WHERE state = 'due';
CREATE INDEX work_dead ON work (company_id, failed_at) WHERE state = 'dead';
CREATE INDEX work_shop ON work (company_id, shop_id);
`;

const PULL_SQL = `
CREATE TABLE pull_state (
  company_id text NOT NULL,
  shop_id text NOT NULL,
  kind text NOT NULL,
  planned_to timestamptz NOT NULL,
  next_plan_at timestamptz NOT NULL,
  last_success_at timestamptz,
  PRIMARY KEY (company_id, shop_id, kind)
) WITH (fillfactor = 70);
COMMENT ON TABLE pull_state IS 'Up to where windows are cut (story time), and when to look next and when a pull last succeeded (wire time).';

CREATE TABLE pull_request (
  company_id text NOT NULL,
  id text NOT NULL,
  shop_id text NOT NULL,
  kind text NOT NULL,
  from_at timestamptz,
  to_at timestamptz,
  platform_order_no text,
  is_dry_run boolean NOT NULL,
  state text NOT NULL CHECK (state IN ('running', 'done', 'failed')),
  result text,
  created_at timestamptz NOT NULL,
  done_at timestamptz,
  PRIMARY KEY (company_id, id)
);
COMMENT ON TABLE pull_request IS 'Pulls that a person asked for; result is JSON text. from_at and to_at are story time.';

CREATE TABLE change_window (
  company_id text NOT NULL,
  id text NOT NULL,
  shop_id text NOT NULL,
  kind text NOT NULL,
  from_at timestamptz NOT NULL,
  to_at timestamptz NOT NULL,
  after_at timestamptz NOT NULL,
  request_id text,
  state text NOT NULL CHECK (state IN ('due', 'done')),
  listed integer NOT NULL DEFAULT 0,
  stored integer NOT NULL DEFAULT 0,
  parked integer NOT NULL DEFAULT 0,
  tries integer NOT NULL DEFAULT 0,
  last_error text,
  done_at timestamptz,
  PRIMARY KEY (company_id, id),
  CHECK (from_at < to_at)
) WITH (fillfactor = 80);
COMMENT ON TABLE change_window IS 'Windows by modification time, story time; done only when every listed order has a verdict. after_at: what lies before it is another window''s; request_id: asked for by a person, not cut by the schedule.';
CREATE INDEX change_window_due ON change_window (company_id, shop_id, kind, from_at) WHERE state = 'due';
CREATE INDEX change_window_to ON change_window (company_id, shop_id, kind, to_at);

CREATE TABLE census_window (
  company_id text NOT NULL,
  id text NOT NULL,
  shop_id text NOT NULL,
  kind text NOT NULL,
  from_at timestamptz NOT NULL,
  to_at timestamptz NOT NULL,
  state text NOT NULL CHECK (state IN ('waiting', 'open', 'proven')),
  checks integer NOT NULL DEFAULT 0,
  next_check_at timestamptz,
  checked_at timestamptz,
  listed integer NOT NULL DEFAULT 0,
  stored integer NOT NULL DEFAULT 0,
  missing text[] NOT NULL DEFAULT '{}',
  older text[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (company_id, id),
  UNIQUE (company_id, shop_id, kind, from_at),
  CHECK (from_at < to_at)
);
COMMENT ON TABLE census_window IS 'The proof: immutable windows by creation time, compared id by id after an hour and after a day; story times.';
CREATE INDEX census_window_next ON census_window (next_check_at) WHERE next_check_at IS NOT NULL;

CREATE TABLE census_gap (
  company_id text NOT NULL,
  shop_id text NOT NULL,
  kind text NOT NULL,
  platform_order_no text NOT NULL,
  window_id text NOT NULL,
  cause text NOT NULL CHECK (cause IN ('missing', 'older')),
  found_at timestamptz NOT NULL,
  found_wire_at timestamptz NOT NULL,
  stored_at timestamptz,
  PRIMARY KEY (company_id, shop_id, kind, platform_order_no)
);
COMMENT ON TABLE census_gap IS 'Orders that the census found missing or older; found_at and stored_at are story time, found_wire_at bounds how long a gap may stay open.';
CREATE INDEX census_gap_open ON census_gap (company_id, shop_id, found_wire_at) WHERE stored_at IS NULL;
`;

const TELL_SQL = `
CREATE TABLE ship_notice (
  company_id text NOT NULL,
  parcel_id text NOT NULL,
  order_id text NOT NULL,
  shop_id text NOT NULL,
  platform_order_no text NOT NULL,
  carrier text NOT NULL,
  waybill_no text NOT NULL,
  lines text NOT NULL,
  state text NOT NULL CHECK (state IN ('pending', 'told', 'failed')),
  reason text NOT NULL DEFAULT '',
  version bigint NOT NULL DEFAULT 1,
  shipped_at timestamptz NOT NULL,
  told_at timestamptz,
  PRIMARY KEY (company_id, parcel_id, order_id)
);
COMMENT ON TABLE ship_notice IS 'What a platform is told of a parcel for one of its orders; lines is JSON text; story times.';
CREATE INDEX ship_notice_order ON ship_notice (company_id, shop_id, platform_order_no);
CREATE INDEX ship_notice_state ON ship_notice (company_id, state) WHERE state <> 'told';

CREATE TABLE waybill (
  company_id text NOT NULL,
  parcel_id text NOT NULL,
  shop_id text NOT NULL,
  fulfilment_id text NOT NULL,
  carrier text NOT NULL,
  first_order_no text NOT NULL,
  state text NOT NULL CHECK (state IN ('asked', 'taken', 'cancelled')),
  ask_no integer NOT NULL DEFAULT 1,
  claimed_until timestamptz,
  waybill_no text,
  told_carrier text,
  print_data_sealed text,
  asked_at timestamptz NOT NULL,
  taken_at timestamptz,
  cancelled_at timestamptz,
  PRIMARY KEY (company_id, parcel_id)
);
COMMENT ON TABLE waybill IS 'Numbers asked for per parcel: the row is written before the call and filled after it; wire times. print_data may hold receiver data, so it is sealed.';
CREATE INDEX waybill_number ON waybill (company_id, waybill_no);

CREATE TABLE listing_link (
  company_id text NOT NULL,
  shop_id text NOT NULL,
  listing_sku_id text NOT NULL,
  listing_id text NOT NULL,
  title text NOT NULL,
  merchant_code text,
  is_on_shelf boolean NOT NULL,
  is_linked boolean NOT NULL,
  no_stock boolean NOT NULL,
  PRIMARY KEY (company_id, shop_id, listing_sku_id)
);
COMMENT ON TABLE listing_link IS 'Copy of the catalog''s links, from listing.changed.';
CREATE INDEX listing_link_listing ON listing_link (company_id, shop_id, listing_id);

CREATE TABLE listing_component (
  company_id text NOT NULL,
  shop_id text NOT NULL,
  listing_sku_id text NOT NULL,
  sku_id text NOT NULL,
  quantity integer NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (company_id, shop_id, listing_sku_id, sku_id)
);
CREATE INDEX listing_component_sku ON listing_component (company_id, sku_id);

CREATE TABLE sellable (
  company_id text NOT NULL,
  sku_id text NOT NULL,
  warehouse text NOT NULL,
  sku_code text NOT NULL,
  quantity integer NOT NULL,
  PRIMARY KEY (company_id, sku_id, warehouse)
) WITH (fillfactor = 70);
COMMENT ON TABLE sellable IS 'Copy of what may be sold, from stock.sellable-changed; pieces, may be negative.';

CREATE TABLE listing_push (
  company_id text NOT NULL,
  shop_id text NOT NULL,
  listing_sku_id text NOT NULL,
  listing_id text NOT NULL,
  shown integer,
  shown_at timestamptz,
  wanted integer,
  wanted_no bigint NOT NULL DEFAULT 0,
  told integer,
  told_no bigint NOT NULL DEFAULT 0,
  told_at timestamptz,
  state text NOT NULL DEFAULT 'idle' CHECK (state IN ('idle', 'pending', 'waiting', 'parked')),
  waiting_reason text,
  cause text,
  retry_at timestamptz,
  PRIMARY KEY (company_id, shop_id, listing_sku_id),
  CHECK (told_no <= wanted_no)
) WITH (fillfactor = 70);
COMMENT ON TABLE listing_push IS 'Per listing SKU: what the platform showed when listings were last read, what it shall show, what it was last told; told_at and shown_at are story time, retry_at wire time.';
CREATE INDEX listing_push_listing ON listing_push (company_id, shop_id, listing_id);
CREATE INDEX listing_push_open ON listing_push (company_id, shop_id) WHERE state <> 'idle';
`;

export class InitialSync1700000000001 implements MigrationInterface {
  name = 'InitialSync1700000000001';

  async up(q: QueryRunner): Promise<void> {
    await q.query(FACT_TABLES_SQL);
    await q.query(SHOP_SQL);
    await q.query(WORK_SQL);
    await q.query(PULL_SQL);
    await q.query(TELL_SQL);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`DROP TABLE listing_push, sellable, listing_component, listing_link, waybill, ship_notice, census_gap, census_window, change_window,
      pull_request, pull_state, work, message_seen, alarm, ban, authorisation, shop`);
    await q.query(
      'DROP TABLE audit_unsealed, audit_seal, audit_entry, idempotency_key, parked_item, subject_version, inbox, outbox_delivery, outbox',
    );
  }
}
