import type { MigrationInterface, QueryRunner } from 'typeorm';

const UP_SQL = `
ALTER TABLE work DROP CONSTRAINT work_lane_check;
ALTER TABLE work ADD CONSTRAINT work_lane_check CHECK (lane IN ('pull', 'push', 'notice', 'bill'));

CREATE TABLE bill_account (
  company_id text NOT NULL,
  shop_id text NOT NULL,
  app_id text NOT NULL,
  private_key_sealed text NOT NULL,
  platform_public_key_sealed text NOT NULL,
  account_no bigint NOT NULL DEFAULT 1,
  state text NOT NULL CHECK (state IN ('unproven', 'working', 'refused')),
  error text,
  set_at timestamptz NOT NULL,
  PRIMARY KEY (company_id, shop_id)
);
COMMENT ON TABLE bill_account IS 'Account at the payment provider from which a shop''s bills are fetched; keys are sealed; set_at is story time.';
COMMENT ON COLUMN bill_account.account_no IS 'Rises with every account that is set, so that a late fetch by the one before says nothing of the present one.';

CREATE TABLE bill_day (
  company_id text NOT NULL,
  shop_id text NOT NULL,
  day text NOT NULL CHECK (day ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'),
  state text NOT NULL CHECK (state IN ('waiting', 'not_ready', 'not_whole', 'refused', 'failed', 'done')),
  due_at timestamptz,
  fetch_no bigint NOT NULL DEFAULT 1,
  tries integer NOT NULL DEFAULT 0,
  row_count integer NOT NULL DEFAULT 0,
  new_count integer NOT NULL DEFAULT 0,
  reason text NOT NULL DEFAULT '',
  fetched_at timestamptz,
  PRIMARY KEY (company_id, shop_id, day)
) WITH (fillfactor = 80);
COMMENT ON TABLE bill_day IS 'Days of a shop whose bill is fetched and handed to settlement; story times. due_at is empty when nothing is left to do.';
COMMENT ON COLUMN bill_day.fetch_no IS 'Rises when somebody asks for the day again, so that a fetch that began before does not end the new one.';
CREATE INDEX bill_day_due ON bill_day (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE after_sale_orphan (
  company_id text NOT NULL,
  shop_id text NOT NULL,
  platform_after_sale_no text NOT NULL,
  platform_order_no text NOT NULL,
  seen_at timestamptz NOT NULL,
  PRIMARY KEY (company_id, shop_id, platform_after_sale_no)
);
COMMENT ON TABLE after_sale_orphan IS 'After-sales whose order is not here, with the wire time at which that was first seen; a row goes away with its cause.';

INSERT INTO pull_state (company_id, shop_id, kind, planned_to, next_plan_at)
SELECT company_id, id, 'after-sales', pull_from, created_at FROM shop ON CONFLICT DO NOTHING;
`;

/** Alarms of bans get another subject, by which they are closed when the ban ends; those of before would stay open for ever. */
const CLOSE_BANS_SQL = `UPDATE alarm SET closed_at = since WHERE kind = 'PLATFORM_BAN' AND closed_at IS NULL`;

const DOWN_SQL = `
DELETE FROM pull_state WHERE kind IN ('after-sales', 'bills');
DELETE FROM change_window WHERE kind = 'after-sales';
DELETE FROM work WHERE kind IN ('bill', 'bill-check', 'after-sale');
DROP TABLE after_sale_orphan, bill_day, bill_account;
ALTER TABLE work DROP CONSTRAINT work_lane_check;
ALTER TABLE work ADD CONSTRAINT work_lane_check CHECK (lane IN ('pull', 'push', 'notice'));
`;

export class BillsAndAfterSales1700000000002 implements MigrationInterface {
  name = 'BillsAndAfterSales1700000000002';

  async up(q: QueryRunner): Promise<void> {
    await q.query(UP_SQL);
    await q.query(CLOSE_BANS_SQL);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(DOWN_SQL);
  }
}
