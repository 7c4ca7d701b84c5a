import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lets an order be found by its platform's number without naming the shop, and orders by the platform's state. */
export class OrdersLookup1763000000002 implements MigrationInterface {
  name = 'OrdersLookup1763000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE working_order DROP CONSTRAINT working_order_company_id_shop_id_platform_order_no_key;
      ALTER TABLE working_order ADD CONSTRAINT working_order_number UNIQUE (company_id, platform_order_no, shop_id);
      CREATE INDEX working_order_by_platform_state ON working_order (company_id, platform_state, order_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX working_order_by_platform_state;
      ALTER TABLE working_order DROP CONSTRAINT working_order_number;
      ALTER TABLE working_order ADD CONSTRAINT working_order_company_id_shop_id_platform_order_no_key UNIQUE (company_id, shop_id, platform_order_no);
    `);
  }
}
