import { Injectable } from '@nestjs/common';
import { execute, rows, type Tx } from '@app/shared';

/** A merchant's SKU. */
export interface Sku {
  id: string;
  productId: string;
  code: string;
  name: string;
  spec: Record<string, string>;
  barcodes: string[];
  weightGrams: number | null;
  vatRate: string | null;
  isActive: boolean;
  version: number;
}

const COLUMNS = `s.id, s.product_id, s.code, s.name, s.spec, s.weight_grams, s.vat_rate, s.is_active, s.version,
  ARRAY(SELECT b.barcode FROM barcode b WHERE b.company_id = s.company_id AND b.sku_id = s.id ORDER BY b.barcode) AS barcodes`;

/** SQL of SKUs and barcodes. */
@Injectable()
export class SkuRepository {
  /** Inserts SKUs; returns the ids of those whose codes were free. A concurrent holder of a code is waited for. */
  async insert(tx: Tx, companyId: string, skus: readonly Sku[], at: Date): Promise<Set<string>> {
    const sorted = [...skus].sort((a, b) => (a.code < b.code ? -1 : 1));
    const made = await rows<{ id: string }>(
      tx,
      `INSERT INTO sku (company_id, id, product_id, code, name, spec, weight_grams, vat_rate, created_at)
       SELECT $1, n.id, n.product_id, n.code, n.name, n.spec::jsonb, n.weight_grams, n.vat_rate, $9
         FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[]) AS n(id, product_id, code, name, spec, weight_grams, vat_rate)
       ON CONFLICT (company_id, code) DO NOTHING RETURNING id`,
      [
        companyId,
        sorted.map((sku) => sku.id),
        sorted.map((sku) => sku.productId),
        sorted.map((sku) => sku.code),
        sorted.map((sku) => sku.name),
        sorted.map((sku) => JSON.stringify(sku.spec)),
        sorted.map((sku) => sku.weightGrams),
        sorted.map((sku) => sku.vatRate),
        at,
      ],
    );
    return new Set(made.map(({ id }) => id));
  }

  /** Inserts barcodes; returns those that were free. */
  async insertBarcodes(
    tx: Tx,
    companyId: string,
    barcodes: readonly { barcode: string; skuId: string }[],
  ): Promise<Set<string>> {
    const sorted = [...barcodes].sort((a, b) => (a.barcode < b.barcode ? -1 : 1));
    const made = await rows<{ barcode: string }>(
      tx,
      'INSERT INTO barcode (company_id, barcode, sku_id) SELECT $1, b.* FROM unnest($2::text[], $3::text[]) AS b ON CONFLICT DO NOTHING RETURNING barcode',
      [companyId, sorted.map(({ barcode }) => barcode), sorted.map(({ skuId }) => skuId)],
    );
    return new Set(made.map(({ barcode }) => barcode));
  }

  byCodes(tx: Tx, companyId: string, codes: readonly string[]): Promise<Sku[]> {
    return rows<Sku>(tx, `SELECT ${COLUMNS} FROM sku s WHERE s.company_id = $1 AND s.code = ANY($2::text[])`, [
      companyId,
      codes,
    ]);
  }

  byIds(tx: Tx, companyId: string, ids: readonly string[]): Promise<Sku[]> {
    return rows<Sku>(tx, `SELECT ${COLUMNS} FROM sku s WHERE s.company_id = $1 AND s.id = ANY($2::text[])`, [
      companyId,
      ids,
    ]);
  }

  ofProducts(tx: Tx, companyId: string, productIds: readonly string[]): Promise<Sku[]> {
    return rows<Sku>(
      tx,
      `SELECT ${COLUMNS} FROM sku s WHERE s.company_id = $1 AND s.product_id = ANY($2::text[]) ORDER BY s.code`,
      [companyId, productIds],
    );
  }

  /** In the order of codes, from the unique key. */
  list(tx: Tx, companyId: string, code: string | null, after: string, limit: number): Promise<Sku[]> {
    return rows<Sku>(
      tx,
      `SELECT ${COLUMNS} FROM sku s WHERE s.company_id = $1 AND ($2::text IS NULL OR s.code = $2) AND s.code > $3 ORDER BY s.code LIMIT $4`,
      [companyId, code, after, limit],
    );
  }

  /** Locks one SKU for a change; undefined when there is none. */
  async lock(tx: Tx, companyId: string, id: string): Promise<Sku | undefined> {
    return (
      await rows<Sku>(tx, `SELECT ${COLUMNS} FROM sku s WHERE s.company_id = $1 AND s.id = $2 FOR UPDATE OF s`, [
        companyId,
        id,
      ])
    )[0];
  }

  async update(tx: Tx, companyId: string, sku: Sku): Promise<void> {
    await execute(
      tx,
      'UPDATE sku SET name = $3, spec = $4::jsonb, weight_grams = $5, vat_rate = $6, is_active = $7, version = $8 WHERE company_id = $1 AND id = $2',
      [companyId, sku.id, sku.name, JSON.stringify(sku.spec), sku.weightGrams, sku.vatRate, sku.isActive, sku.version],
    );
  }
}
