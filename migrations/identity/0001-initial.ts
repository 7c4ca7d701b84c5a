import type { MigrationInterface, QueryRunner } from 'typeorm';
import { FACT_TABLES_SQL } from '@app/shared';

/** Companies, API clients and signing keys. */
export class Initial1700000000001 implements MigrationInterface {
  name = 'Initial1700000000001';

  async up(q: QueryRunner): Promise<void> {
    await q.query(FACT_TABLES_SQL);
    await q.query(`
CREATE TABLE company (
  company_id text NOT NULL,
  name text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (company_id)
);

CREATE TABLE client (
  company_id text NOT NULL,
  client_id text NOT NULL,
  name text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('client', 'service')),
  secret_hash text NOT NULL,
  scopes text[] NOT NULL,
  shops text[],
  warehouses text[],
  created_at timestamptz NOT NULL,
  disabled_at timestamptz,
  version bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (company_id, client_id),
  CHECK ((kind = 'service') = (company_id = '*'))
);
COMMENT ON TABLE client IS 'Programs that may take tokens. secret_hash is argon2id. company_id * marks the clients of the services themselves.';
COMMENT ON COLUMN client.shops IS 'The only shops the client may see and touch; null = all of the company.';
COMMENT ON COLUMN client.warehouses IS 'The only warehouses the client may see and touch; null = all of the company.';
CREATE INDEX client_by_id ON client (client_id);

CREATE TABLE signing_key (
  kid text NOT NULL,
  public_jwk text NOT NULL,
  sealed_private_key text NOT NULL,
  created_at timestamptz NOT NULL,
  signs_from timestamptz NOT NULL,
  PRIMARY KEY (kid)
);
COMMENT ON TABLE signing_key IS 'Key pairs that sign tokens, for the whole installation. Wire times. The newest whose signs_from has come signs; older ones stay published until their last token has expired.';
`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(
      'DROP TABLE signing_key, client, company, audit_unsealed, audit_seal, audit_entry, idempotency_key, parked_item, subject_version, inbox, outbox_delivery, outbox',
    );
  }
}
