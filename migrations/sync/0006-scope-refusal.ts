import type { MigrationInterface, QueryRunner } from 'typeorm';

const SQL = `
CREATE TABLE scope_refusal (
  company_id text NOT NULL,
  shop_id text NOT NULL,
  method text NOT NULL,
  token_no bigint NOT NULL,
  refused_at timestamptz NOT NULL,
  cause text NOT NULL,
  PRIMARY KEY (company_id, shop_id, method)
);
COMMENT ON TABLE scope_refusal IS 'Methods that a platform refused for want of permission, with the token that was refused; wire times. A row counts for a day and for that token.';
CREATE INDEX scope_refusal_at ON scope_refusal (refused_at);
`;

/** Permissions that a shop lacks, learnt from refusals. */
export class ScopeRefusal1700000000006 implements MigrationInterface {
  name = 'ScopeRefusal1700000000006';

  async up(q: QueryRunner): Promise<void> {
    await q.query(SQL);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('DROP TABLE scope_refusal');
  }
}
