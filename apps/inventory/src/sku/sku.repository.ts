import { Injectable } from '@nestjs/common';
import { execute, rows, type Tx } from '@app/shared';

/** A SKU as inventory knows it. */
export interface KnownSku {
  skuId: string;
  code: string;
  name: string;
  spec: Record<string, string>;
  isActive: boolean;
  version: number;
}

/** SQL of the copy of SKUs. */
@Injectable()
export class SkuRepository {
  /** Stores SKUs, newest version only; an older one changes 0 rows. */
  async store(tx: Tx, companyId: string, skus: readonly KnownSku[]): Promise<void> {
    const sorted = [...skus].sort((a, b) => (a.skuId < b.skuId ? -1 : 1));
    await execute(
      tx,
      `INSERT INTO sku AS s (company_id, sku_id, code, name, spec, is_active, version)
       SELECT $1, n.sku_id, n.code, n.name, n.spec::jsonb, n.is_active, n.version
         FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::bigint[]) AS n(sku_id, code, name, spec, is_active, version)
       ON CONFLICT (company_id, sku_id) DO UPDATE
         SET code = excluded.code, name = excluded.name, spec = excluded.spec, is_active = excluded.is_active, version = excluded.version
         WHERE s.version < excluded.version`,
      [
        companyId,
        sorted.map((sku) => sku.skuId),
        sorted.map((sku) => sku.code),
        sorted.map((sku) => sku.name),
        sorted.map((sku) => JSON.stringify(sku.spec)),
        sorted.map((sku) => sku.isActive),
        sorted.map((sku) => sku.version),
      ],
    );
  }

  /** Stores SKUs of which only id and code are known, where they are not known at all; takes no lock on those that are. */
  async remember(tx: Tx, companyId: string, skus: ReadonlyMap<string, string>): Promise<void> {
    const ids = [...skus.keys()].sort();
    await execute(
      tx,
      `INSERT INTO sku (company_id, sku_id, code, name, spec, is_active, version)
       SELECT $1, n.sku_id, n.code, '', '{}'::jsonb, true, 0 FROM unnest($2::text[], $3::text[]) AS n(sku_id, code)
       ON CONFLICT (company_id, sku_id) DO NOTHING`,
      [companyId, ids, ids.map((id) => skus.get(id))],
    );
  }

  /** Codes by SKU id; unknown ids are left out. */
  async codesOf(tx: Tx, companyId: string, skuIds: readonly string[]): Promise<Map<string, string>> {
    const found = await rows<{ skuId: string; code: string }>(
      tx,
      'SELECT sku_id, code FROM sku WHERE company_id = $1 AND sku_id = ANY($2::text[])',
      [companyId, skuIds],
    );
    return new Map(found.map(({ skuId, code }) => [skuId, code]));
  }

  /** SKU ids by code; unknown codes are left out. */
  async idsOf(tx: Tx, companyId: string, codes: readonly string[]): Promise<Map<string, string>> {
    const found = await rows<{ skuId: string; code: string }>(
      tx,
      'SELECT sku_id, code FROM sku WHERE company_id = $1 AND code = ANY($2::text[]) ORDER BY version',
      [companyId, codes],
    );
    return new Map(found.map(({ skuId, code }) => [code, skuId]));
  }
}
