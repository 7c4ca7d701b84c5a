import type { MigrationInterface, QueryRunner } from 'typeorm';

const RETURNS_SQL = `
CREATE TABLE return_in (
  company_id text NOT NULL,
  return_id text NOT NULL,
  line_no integer NOT NULL,
  sku_id text NOT NULL,
  sku_code text NOT NULL,
  warehouse text NOT NULL,
  quantity bigint NOT NULL CHECK (quantity > 0),
  grade text NOT NULL CHECK (grade IN ('A', 'B', 'C')),
  is_matched boolean NOT NULL,
  return_version bigint NOT NULL,
  PRIMARY KEY (company_id, return_id, line_no)
);
COMMENT ON TABLE return_in IS 'Copy of return.received facts. A matched line was posted once by its grade, an unmatched one waits in quarantine.';

CREATE TABLE scrap (
  company_id text NOT NULL,
  no bigint GENERATED ALWAYS AS IDENTITY,
  sku_id text NOT NULL,
  warehouse text NOT NULL,
  quantity bigint NOT NULL CHECK (quantity > 0),
  reason text NOT NULL,
  cause_type text NOT NULL,
  cause_id text NOT NULL,
  cause_line text NOT NULL,
  actor text NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (company_id, no),
  CONSTRAINT scrap_cause UNIQUE (company_id, cause_type, cause_id, cause_line)
);
COMMENT ON TABLE scrap IS 'ledger: pieces that came back and are worth nothing any more; a cause posts once, at is story time.';
CREATE INDEX scrap_of_sku ON scrap (company_id, sku_id, no);
`;

/** Goods that came back, and those of them that were scrapped. */
export class Returns1700000000002 implements MigrationInterface {
  name = 'Returns1700000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(RETURNS_SQL);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE scrap, return_in');
  }
}
