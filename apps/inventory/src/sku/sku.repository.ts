import { Injectable } from '@nestjs/common';
import { afterCommit, execute, rows, type Tx } from '@app/shared';

/** A SKU as inventory knows it. */
export interface KnownSku {
  skuId: string;
  code: string;
  name: string;
  spec: Record<string, string>;
  isActive: boolean;
  version: number;
}

/** Keys of SKUs kept in memory; some tens of bytes each. */
const MOST_SEEN = 50_000;

/** SQL of the copy of SKUs. */
@Injectable()
export class SkuRepository {
  /** SKUs that are known to have a row. */
  private readonly seen = new Set<string>();

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

  /**
   * Stores SKUs of which only id and code are known, where they are not known at all; takes no lock on those that are.
   * SKUs are never deleted, so those that were seen in a committed transaction need not be looked for again.
   */
  async remember(tx: Tx, companyId: string, skus: ReadonlyMap<string, string>): Promise<void> {
    const keyOf = (skuId: string) => `${companyId} ${skuId}`;
    const ids = [...skus.keys()].filter((id) => !this.seen.has(keyOf(id))).sort();
    if (ids.length === 0) return;
    afterCommit(tx, () => {
      if (this.seen.size > MOST_SEEN) this.seen.clear();
      for (const id of ids) this.seen.add(keyOf(id));
    });
    await execute(
      tx,
      `INSERT INTO sku (company_id, sku_id, code, name, spec, is_active, version)
       SELECT $1, n.sku_id, n.code, '', '{}'::jsonb, true, 0 FROM unnest($2::text[], $3::text[]) AS n(sku_id, code)
       ON CONFLICT (company_id, sku_id) DO NOTHING`,
      [companyId, ids, ids.map((id) => skus.get(id))],
    );
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
