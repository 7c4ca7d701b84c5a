import type { MigrationInterface, QueryRunner } from 'typeorm';
import { FACT_TABLES_SQL } from '@app/shared';

const TABLES_SQL = `
CREATE TABLE shop (
  company_id text NOT NULL,
  shop_id text NOT NULL,
  version bigint NOT NULL,
  platform text NOT NULL,
  platform_shop_id text NOT NULL,
  name text NOT NULL,
  go_live_at timestamptz NOT NULL,
  PRIMARY KEY (company_id, shop_id)
);

CREATE TABLE settlement_order (
  company_id text NOT NULL,
  order_id text NOT NULL,
  version bigint NOT NULL CHECK (version > 0),
  shop_id text NOT NULL,
  platform text NOT NULL,
  platform_order_no text NOT NULL,
  platform_state text NOT NULL,
  status text NOT NULL,
  placed_at timestamptz NOT NULL,
  paid_at timestamptz,
  currency text NOT NULL,
  goods_fen bigint NOT NULL,
  freight_fen bigint NOT NULL,
  shop_discount_fen bigint NOT NULL,
  platform_discount_fen bigint NOT NULL,
  payable_fen bigint NOT NULL,
  paid_fen bigint NOT NULL,
  PRIMARY KEY (company_id, order_id),
  UNIQUE (company_id, shop_id, platform_order_no)
) WITH (fillfactor = 80);
COMMENT ON TABLE settlement_order IS 'Copy of an order at the newest version told by orders; the side that bills are compared with. Amounts in fen.';
CREATE INDEX settlement_order_by_place ON settlement_order (company_id, placed_at, order_id);
CREATE INDEX settlement_order_by_shop ON settlement_order (company_id, shop_id, placed_at, order_id);

CREATE TABLE settlement_order_line (
  company_id text NOT NULL,
  order_id text NOT NULL,
  line_id text NOT NULL,
  platform_line_no text NOT NULL,
  listing_id text NOT NULL,
  listing_sku_id text NOT NULL,
  quantity integer NOT NULL CHECK (quantity >= 0),
  paid_fen bigint NOT NULL,
  refunded_fen bigint NOT NULL,
  refund text NOT NULL CHECK (refund IN ('none', 'requested', 'refunded')),
  PRIMARY KEY (company_id, order_id, line_id)
) WITH (fillfactor = 80);

CREATE TABLE parcel (
  company_id text NOT NULL,
  parcel_id text NOT NULL,
  version bigint NOT NULL CHECK (version > 0),
  state text NOT NULL CHECK (state IN ('shipped', 'delivered', 'exception')),
  shop_id text NOT NULL,
  platform text NOT NULL,
  warehouse text NOT NULL,
  carrier text NOT NULL,
  waybill_no text NOT NULL,
  shipped_at timestamptz NOT NULL,
  delivered_at timestamptz,
  PRIMARY KEY (company_id, parcel_id)
);
COMMENT ON TABLE parcel IS 'Copy of a parcel that has left; may be told before or after its orders.';

CREATE TABLE parcel_line (
  company_id text NOT NULL,
  parcel_id text NOT NULL,
  order_id text NOT NULL,
  line_id text NOT NULL,
  sku_id text NOT NULL,
  sku_code text NOT NULL,
  quantity integer NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (company_id, parcel_id, line_id, sku_id)
);
CREATE INDEX parcel_line_by_order ON parcel_line (company_id, order_id, parcel_id);
`;

/** What settlement knows of the other services: its own copies of orders, parcels and shops. */
export class Initial1700000000001 implements MigrationInterface {
  name = 'Initial1700000000001';

  async up(q: QueryRunner): Promise<void> {
    await q.query(FACT_TABLES_SQL);
    await q.query(TABLES_SQL);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(
      'DROP TABLE parcel_line, parcel, settlement_order_line, settlement_order, shop, audit_unsealed, audit_seal, audit_entry, idempotency_key, parked_item, subject_version, inbox, outbox_delivery, outbox',
    );
  }
}
