/**
 * The tables by which every service sends, receives and sets aside facts, remembers idempotency keys and seals its audit trail.
 * Each service's first migration creates them in its own schema, so there is one definition of them.
 */
export const FACT_TABLES_SQL = `
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
COMMENT ON TABLE outbox IS 'Facts in the transaction of their change. occurred_at is story time, recorded_at wire time; items is JSON text.';
COMMENT ON COLUMN outbox.whole IS 'The items themselves when items only names one that is too large to travel; its consumers read it here.';
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
COMMENT ON TABLE outbox_delivery IS 'One row per fact and consumer; wire times.';
CREATE INDEX outbox_delivery_unsent ON outbox_delivery (event_id) INCLUDE (consumer) WHERE sent_at IS NULL AND acked_at IS NULL;
CREATE INDEX outbox_delivery_unacked ON outbox_delivery (sent_at) INCLUDE (consumer) WHERE acked_at IS NULL AND sent_at IS NOT NULL;

CREATE TABLE inbox (
  company_id text NOT NULL,
  consumer text NOT NULL,
  event_id text NOT NULL,
  item_no integer NOT NULL,
  received_at timestamptz NOT NULL,
  PRIMARY KEY (company_id, consumer, event_id, item_no)
);
COMMENT ON TABLE inbox IS 'Items of facts already applied or set aside, so that a repeat has no effect; wire time.';
CREATE INDEX inbox_by_age ON inbox (received_at);

CREATE TABLE subject_version (
  company_id text NOT NULL,
  subject_kind text NOT NULL,
  subject_id text NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (company_id, subject_kind, subject_id)
) WITH (fillfactor = 70);
COMMENT ON TABLE subject_version IS 'The newest version applied per subject of another service; lower or equal has no effect.';

CREATE TABLE parked_item (
  company_id text NOT NULL,
  id text NOT NULL,
  source text NOT NULL,
  reference text NOT NULL,
  item_no integer NOT NULL,
  cause text NOT NULL,
  fields text,
  payload text NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'replayed')),
  tries integer NOT NULL DEFAULT 1,
  parked_at timestamptz NOT NULL,
  replayed_at timestamptz,
  PRIMARY KEY (company_id, id)
);
COMMENT ON TABLE parked_item IS 'Items set aside with cause and payload. source is fact:<name> or a command; reference its event or request id; fields is JSON text.';
CREATE INDEX parked_item_open ON parked_item (company_id, parked_at) WHERE state = 'open';

CREATE TABLE idempotency_key (
  company_id text NOT NULL,
  client_id text NOT NULL,
  key text NOT NULL,
  route text NOT NULL,
  body_hash text NOT NULL,
  status integer,
  response text,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (company_id, client_id, key)
);
COMMENT ON TABLE idempotency_key IS 'Answers of successful calls that carried an Idempotency-Key; response is JSON text.';

CREATE TABLE audit_entry (
  company_id text NOT NULL,
  id text NOT NULL,
  at timestamptz NOT NULL,
  actor text NOT NULL,
  act text NOT NULL,
  subject text NOT NULL,
  purpose text,
  details text NOT NULL,
  trace_id text NOT NULL,
  PRIMARY KEY (company_id, id)
);
COMMENT ON TABLE audit_entry IS 'ledger: who did what, written in the transaction of the act; story time; details is JSON text.';

CREATE TABLE audit_seal (
  company_id text NOT NULL,
  seal_no bigint NOT NULL,
  entry_id text NOT NULL,
  hash text NOT NULL,
  PRIMARY KEY (company_id, seal_no),
  UNIQUE (company_id, entry_id)
);
COMMENT ON TABLE audit_seal IS 'ledger: hash chain over audit_entry, written by one sealing writer after the fact.';

CREATE TABLE audit_unsealed (
  company_id text NOT NULL,
  entry_id text NOT NULL,
  PRIMARY KEY (company_id, entry_id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
COMMENT ON TABLE audit_unsealed IS 'Entries that wait for their seal; written with the entry, so that the sealing writer never looks through the trail.';
`;
