import type { MigrationInterface, QueryRunner } from 'typeorm';

const SQL = `
ALTER TABLE stock_level ADD COLUMN occupied jsonb NOT NULL DEFAULT '[]';
COMMENT ON COLUMN stock_level.occupied IS 'Shops whose platform takes on-hand numbers: [{"shopId","departed","listings":[{"listingSkuId","pieces"}]}]. pieces: held for orders which the platform counts as unshipped; departed: ever left in parcels of the shop.';
ALTER TABLE order_stock ADD COLUMN counted jsonb;
COMMENT ON COLUMN order_stock.counted IS '{"shopId","lines":{"<lineId>":"<listingSkuId>"}}: lines whose held pieces stand in stock_level.occupied; NULL for none.';
`;

/** Held pieces that a platform subtracts from its number by itself. */
export class CountedPieces1700000000003 implements MigrationInterface {
  name = 'CountedPieces1700000000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SQL);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE order_stock DROP COLUMN counted; ALTER TABLE stock_level DROP COLUMN occupied');
  }
}
