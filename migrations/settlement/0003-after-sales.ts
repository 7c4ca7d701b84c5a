import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES_SQL = `
CREATE TABLE after_sale (
  company_id text NOT NULL,
  after_sale_id text NOT NULL,
  version bigint NOT NULL CHECK (version > 0),
  shop_id text NOT NULL,
  order_id text NOT NULL,
  line_id text,
  platform_after_sale_no text NOT NULL,
  kind text NOT NULL,
  state text NOT NULL,
  refund_fen bigint NOT NULL,
  counted_fen bigint NOT NULL,
  currency text NOT NULL,
  created_at timestamptz NOT NULL,
  modified_at timestamptz NOT NULL,
  PRIMARY KEY (company_id, after_sale_id)
) WITH (fillfactor = 80);
COMMENT ON TABLE after_sale IS 'Copy of an after-sale at the newest version told by orders; tells when a refund succeeded, so that it is expected in no earlier bill.';
CREATE INDEX after_sale_by_order ON after_sale (company_id, order_id, after_sale_id);
CREATE INDEX after_sale_by_shop ON after_sale (company_id, shop_id, modified_at) WHERE counted_fen > 0;

CREATE TABLE goods_return (
  company_id text NOT NULL,
  return_id text NOT NULL,
  version bigint NOT NULL CHECK (version > 0),
  order_id text,
  warehouse text NOT NULL,
  waybill_no text NOT NULL,
  platform_after_sale_nos text[] NOT NULL,
  received_at timestamptz NOT NULL,
  PRIMARY KEY (company_id, return_id)
) WITH (fillfactor = 80);
COMMENT ON TABLE goods_return IS 'Copy of a parcel that came back, at the newest version told by logistics; order_id NULL = nobody knows yet whose goods they are.';
CREATE INDEX goods_return_by_order ON goods_return (company_id, order_id, return_id) WHERE order_id IS NOT NULL;

CREATE TABLE goods_return_line (
  company_id text NOT NULL,
  return_id text NOT NULL,
  line_no integer NOT NULL CHECK (line_no > 0),
  sku_id text NOT NULL,
  sku_code text NOT NULL,
  quantity integer NOT NULL CHECK (quantity > 0),
  grade text NOT NULL CHECK (grade IN ('A', 'B', 'C')),
  PRIMARY KEY (company_id, return_id, line_no)
);
`;

const SUSPENSE_SQL = `
ALTER TABLE settlement_order ADD COLUMN unexplained_fen bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN settlement_order.unexplained_fen IS 'Booked to suspense: what was paid less lines and freight, where neither with nor without freight they add up.';
UPDATE settlement_order o SET unexplained_fen = o.paid_fen - s.lines_fen - o.freight_fen
  FROM (SELECT company_id, order_id, sum(paid_fen)::bigint AS lines_fen FROM settlement_order_line GROUP BY company_id, order_id) s
 WHERE s.company_id = o.company_id AND s.order_id = o.order_id AND o.paid_at IS NOT NULL AND o.paid_fen NOT IN (s.lines_fen, s.lines_fen + o.freight_fen);
CREATE INDEX settlement_order_unexplained ON settlement_order (company_id, order_id) WHERE unexplained_fen <> 0;
CREATE INDEX entry_in_suspense ON entry (company_id, transaction_id) WHERE account = 'suspense';
`;

/** Entries come before their transaction; whoever adds some to one that stands would change a period that may be closed. */
const SEAL_SQL = `
CREATE FUNCTION refuse_entries_of_posted() RETURNS trigger LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  posted text;
BEGIN
  SELECT t.transaction_id INTO posted
    FROM (SELECT DISTINCT company_id, transaction_id FROM fresh) f
    JOIN entry_transaction t ON t.company_id = f.company_id AND t.transaction_id = f.transaction_id LIMIT 1;
  IF posted IS NOT NULL THEN
    RAISE EXCEPTION 'transaction % is posted and takes no more entries', posted USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER entry_sealed AFTER INSERT ON entry REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_entries_of_posted();
`;

/** After-sales and returns as copies, what no part of an order explains, and entries that nobody can add to. */
export class AfterSales1700000000003 implements MigrationInterface {
  name = 'AfterSales1700000000003';

  async up(q: QueryRunner): Promise<void> {
    await q.query(TABLES_SQL);
    await q.query(SUSPENSE_SQL);
    await q.query(SEAL_SQL);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('DROP TRIGGER entry_sealed ON entry');
    await q.query('DROP FUNCTION refuse_entries_of_posted');
    await q.query('DROP INDEX entry_in_suspense');
    await q.query('ALTER TABLE settlement_order DROP COLUMN unexplained_fen');
    await q.query('DROP TABLE goods_return_line, goods_return, after_sale');
  }
}
