import type { MigrationInterface, QueryRunner } from 'typeorm';

const SQL = `
ALTER TABLE ship_notice ADD COLUMN earlier_waybill_nos text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN ship_notice.earlier_waybill_nos IS 'Numbers that the parcel bore before, the last one first; the platform may show one of them.';
`;

/** Parcels that got another number after they had left. */
export class ChangedWaybills1700000000007 implements MigrationInterface {
  name = 'ChangedWaybills1700000000007';

  async up(q: QueryRunner): Promise<void> {
    await q.query(SQL);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('ALTER TABLE ship_notice DROP COLUMN earlier_waybill_nos');
  }
}
