import type { MigrationInterface, QueryRunner } from 'typeorm';
import { FACT_TABLES_SQL } from '@app/shared';

const TABLES_SQL = `
CREATE TABLE shop (
  company_id text NOT NULL,
  shop_id text NOT NULL,
  platform text NOT NULL,
  name text NOT NULL,
  PRIMARY KEY (company_id, shop_id)
);
COMMENT ON TABLE shop IS 'Copy of what sync-worker tells of shops.';

CREATE TABLE product (
  company_id text NOT NULL,
  id text NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  category_id text,
  version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (company_id, id),
  CONSTRAINT product_code UNIQUE (company_id, code)
);

CREATE TABLE sku (
  company_id text NOT NULL,
  id text NOT NULL,
  product_id text NOT NULL,
  code text NOT NULL CHECK (code = btrim(code) AND code <> ''),
  name text NOT NULL,
  spec jsonb NOT NULL,
  weight_grams bigint CHECK (weight_grams >= 0),
  vat_rate text,
  is_active boolean NOT NULL DEFAULT true,
  version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (company_id, id),
  CONSTRAINT sku_code UNIQUE (company_id, code),
  FOREIGN KEY (company_id, product_id) REFERENCES product (company_id, id)
);
CREATE INDEX sku_of_product ON sku (company_id, product_id);
COMMENT ON COLUMN sku.vat_rate IS 'Percent as the merchant writes it, e.g. 13.';

CREATE TABLE barcode (
  company_id text NOT NULL,
  barcode text NOT NULL,
  sku_id text NOT NULL,
  CONSTRAINT barcode_key PRIMARY KEY (company_id, barcode),
  FOREIGN KEY (company_id, sku_id) REFERENCES sku (company_id, id)
);
CREATE INDEX barcode_of_sku ON barcode (company_id, sku_id);

CREATE TABLE listing (
  company_id text NOT NULL,
  id text NOT NULL,
  shop_id text NOT NULL,
  listing_id text NOT NULL,
  title text NOT NULL,
  merchant_code text,
  image_url text,
  status text NOT NULL,
  raw_status text,
  deducts_on text NOT NULL,
  currency text NOT NULL,
  modified_at timestamptz,
  fetched_at timestamptz NOT NULL,
  content_hash text NOT NULL,
  raw text,
  PRIMARY KEY (company_id, shop_id, listing_id),
  CONSTRAINT listing_own_id UNIQUE (company_id, id)
);
COMMENT ON TABLE listing IS 'What a shop offers, as the platform says it; listing_id is the platform''s id, raw the text as received.';
COMMENT ON COLUMN listing.content_hash IS 'Over all members but fetch time and raw text: equal content writes nothing.';

CREATE TABLE listing_sku (
  company_id text NOT NULL,
  shop_id text NOT NULL,
  listing_sku_id text NOT NULL,
  listing_id text NOT NULL,
  merchant_code text,
  barcode text,
  spec_text text,
  price_fen bigint NOT NULL,
  quantity bigint NOT NULL,
  status text NOT NULL,
  is_linked boolean NOT NULL DEFAULT false,
  no_stock boolean NOT NULL DEFAULT false,
  components jsonb NOT NULL DEFAULT '[]',
  linked_by text CHECK (linked_by IN ('rule', 'person')),
  link_version bigint NOT NULL DEFAULT 1,
  told text NOT NULL DEFAULT '',
  PRIMARY KEY (company_id, shop_id, listing_sku_id),
  FOREIGN KEY (company_id, shop_id, listing_id) REFERENCES listing (company_id, shop_id, listing_id),
  CHECK (is_linked = (linked_by IS NOT NULL)),
  CHECK (NOT no_stock OR components = '[]'::jsonb)
);
COMMENT ON TABLE listing_sku IS 'A listing''s SKU. merchant_code to status belong to the platform; is_linked to linked_by belong to the rule or the person who linked, and a pull never writes a person''s link.';
COMMENT ON COLUMN listing_sku.merchant_code IS 'Trimmed; the listing''s own code where the listing has this SKU alone and the SKU has none.';
COMMENT ON COLUMN listing_sku.components IS '[{"skuId","quantity"}]: what one sold piece consists of.';
COMMENT ON COLUMN listing_sku.told IS 'What was last told by listing.changed, so that nothing is told twice.';
CREATE INDEX listing_sku_of_listing ON listing_sku (company_id, shop_id, listing_id);
CREATE INDEX listing_sku_waiting ON listing_sku (company_id, merchant_code) WHERE NOT is_linked;
CREATE INDEX listing_sku_worklist ON listing_sku (company_id, shop_id, listing_id) WHERE NOT is_linked;
`;

export class Initial1700000000001 implements MigrationInterface {
  name = 'Initial1700000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(FACT_TABLES_SQL);
    await runner.query(TABLES_SQL);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'DROP TABLE listing_sku, listing, barcode, sku, product, shop, audit_unsealed, audit_seal, audit_entry, idempotency_key, parked_item, subject_version, inbox, outbox_delivery, outbox',
    );
  }
}
