import type { MigrationInterface, QueryRunner } from 'typeorm';

const SQL = `
ALTER TABLE sellable ADD COLUMN on_hand bigint NOT NULL DEFAULT 0;
ALTER TABLE sellable ADD COLUMN occupied jsonb NOT NULL DEFAULT '[]';
COMMENT ON COLUMN sellable.occupied IS 'As the newest stock fact of the level says: [{"shopId","departed","listings":[{"listingSkuId","pieces"}]}].';

CREATE TABLE departed (
  company_id text NOT NULL,
  shop_id text NOT NULL,
  sku_id text NOT NULL,
  pieces bigint NOT NULL,
  PRIMARY KEY (company_id, shop_id, sku_id)
) WITH (fillfactor = 70);
COMMENT ON TABLE departed IS 'Pieces that ever left in parcels of shops whose platform takes on-hand numbers. What is here and not yet in the departed of the stock facts may be known to the platform as shipped, so it is not counted as occupied.';

ALTER TABLE ship_notice ADD COLUMN sku_ids jsonb NOT NULL DEFAULT '[]';
COMMENT ON COLUMN ship_notice.sku_ids IS 'SKUs whose numbers are told again once the platform knows of the parcel; empty where the platform takes sellable numbers.';
`;

/** What a number is made of where the platform takes what lies in the warehouse. */
export class OnHandNumbers1700000000008 implements MigrationInterface {
  name = 'OnHandNumbers1700000000008';

  async up(q: QueryRunner): Promise<void> {
    await q.query(SQL);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`ALTER TABLE ship_notice DROP COLUMN sku_ids; DROP TABLE departed;
      ALTER TABLE sellable DROP COLUMN occupied; ALTER TABLE sellable DROP COLUMN on_hand`);
  }
}
