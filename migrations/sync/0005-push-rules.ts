import type { MigrationInterface, QueryRunner } from 'typeorm';

const SQL = `
CREATE TABLE push_rule (
  company_id text NOT NULL,
  shop_id text NOT NULL,
  listing_sku_id text NOT NULL,
  percent integer CHECK (percent BETWEEN 0 AND 100),
  safety integer CHECK (safety >= 0),
  floor integer CHECK (floor >= 0),
  ceiling integer CHECK (ceiling >= 0),
  weight integer CHECK (weight BETWEEN 1 AND 1000),
  warehouses text[],
  is_paused boolean NOT NULL DEFAULT false,
  paused_until timestamptz,
  pause_reason text,
  PRIMARY KEY (company_id, shop_id, listing_sku_id),
  CHECK (is_paused OR (paused_until IS NULL AND pause_reason IS NULL)),
  CHECK (listing_sku_id <> '' OR NOT is_paused)
);
COMMENT ON TABLE push_rule IS 'How much of what may be sold a platform is told, per listing SKU; an empty listing_sku_id is the rule of the whole shop. An empty field follows the shop''s rule, then the shop''s row. paused_until is story time.';
COMMENT ON COLUMN push_rule.safety IS 'Pieces held back before the percentage is taken.';
COMMENT ON COLUMN push_rule.weight IS 'Listings with a weight divide each SKU among themselves; those without show all of it.';
CREATE INDEX push_rule_pause ON push_rule (paused_until) WHERE is_paused;
CREATE INDEX push_rule_weight ON push_rule (company_id, shop_id) WHERE weight IS NOT NULL;

ALTER TABLE listing_push
  ADD COLUMN deducts_on text NOT NULL DEFAULT 'order' CHECK (deducts_on IN ('order', 'pay')),
  ADD COLUMN drift_since timestamptz,
  ADD COLUMN repairs integer NOT NULL DEFAULT 0,
  ADD COLUMN repaired_at timestamptz,
  ADD COLUMN repair_reason text;
COMMENT ON COLUMN listing_push.drift_since IS 'The first reading (story time) since the last telling that showed another number than the told one.';
COMMENT ON COLUMN listing_push.repairs IS 'Numbers told again in a row because the platform showed another one.';
CREATE INDEX listing_push_drift ON listing_push (company_id, shop_id) WHERE drift_since IS NOT NULL;
`;

/** Rules of what platforms are told, per shop and listing, and the repair of numbers that drifted. */
export class PushRules1700000000005 implements MigrationInterface {
  name = 'PushRules1700000000005';

  async up(q: QueryRunner): Promise<void> {
    await q.query(SQL);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`
      ALTER TABLE listing_push
        DROP COLUMN deducts_on, DROP COLUMN drift_since, DROP COLUMN repairs, DROP COLUMN repaired_at, DROP COLUMN repair_reason;
      DROP TABLE push_rule;
    `);
  }
}
