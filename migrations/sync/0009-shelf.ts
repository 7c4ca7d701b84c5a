import type { MigrationInterface, QueryRunner } from 'typeorm';

const SQL = `
ALTER TABLE push_rule ADD COLUMN auto_shelf boolean;
COMMENT ON COLUMN push_rule.auto_shelf IS 'A listing is taken off the shelf when nothing of it may be sold, and put back when something may.';
CREATE INDEX push_rule_shelf ON push_rule (company_id, shop_id) WHERE auto_shelf;

CREATE TABLE listing_shelf (
  company_id text NOT NULL,
  shop_id text NOT NULL,
  listing_id text NOT NULL,
  state text NOT NULL CHECK (state IN ('taking-off', 'off', 'putting-back', 'on')),
  since timestamptz NOT NULL,
  refused_no bigint,
  cause text,
  PRIMARY KEY (company_id, shop_id, listing_id)
);
COMMENT ON TABLE listing_shelf IS 'Listings that a rule ever took off the shelf, and where they stand; since is story time. The intention is written before the platform is asked.';
COMMENT ON COLUMN listing_shelf.refused_no IS 'Sum of the listing''s wanted_no when the platform refused the move: it is tried again once a number changed.';
`;

/** Listings that leave the shelf at zero and come back. */
export class Shelf1700000000009 implements MigrationInterface {
  name = 'Shelf1700000000009';

  async up(q: QueryRunner): Promise<void> {
    await q.query(SQL);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('DROP TABLE listing_shelf; ALTER TABLE push_rule DROP COLUMN auto_shelf');
  }
}
