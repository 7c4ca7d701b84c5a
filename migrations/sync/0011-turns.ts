import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The next pieces of work of each shop and lane are found without reading all that wait. */
export class Turns1700000000011 implements MigrationInterface {
  name = 'Turns1700000000011';

  async up(q: QueryRunner): Promise<void> {
    await q.query(`
CREATE INDEX work_turn ON work (company_id, shop_id, lane, (CASE kind WHEN 'token' THEN 0 WHEN 'window' THEN 1 WHEN 'census' THEN 3 ELSE 2 END), due_at, subject) WHERE state = 'due';
`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('DROP INDEX work_turn');
  }
}
