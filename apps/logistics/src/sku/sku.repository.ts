import { execute, rows, type Tx } from '@app/shared';
import { Injectable } from '@nestjs/common';

/** A SKU as logistics knows it. */
export interface SkuRow {
  skuId: string;
  code: string;
  version: number;
}

@Injectable()
export class SkuRepository {
  /** Stores SKUs in the order of their ids, newest version only; an older one changes 0 rows. */
  async store(tx: Tx, companyId: string, skus: readonly SkuRow[]): Promise<void> {
    await execute(
      tx,
      `INSERT INTO sku AS s (company_id, sku_id, code, version)
       SELECT $1, n.sku_id, n.code, n.version FROM unnest($2::text[], $3::text[], $4::bigint[]) AS n(sku_id, code, version)
        ORDER BY n.sku_id
       ON CONFLICT (company_id, sku_id) DO UPDATE SET code = excluded.code, version = excluded.version
         WHERE s.version < excluded.version`,
      [companyId, skus.map(({ skuId }) => skuId), skus.map(({ code }) => code), skus.map(({ version }) => version)],
    );
  }

  /** SKU ids by code; unknown codes are left out. Where a code went from one SKU to another, the newer one has it. */
  async idsOf(tx: Tx, companyId: string, codes: readonly string[]): Promise<Map<string, string>> {
    const found = await rows<{ skuId: string; code: string }>(
      tx,
      'SELECT sku_id, code FROM sku WHERE company_id = $1 AND code = ANY($2::text[]) ORDER BY version',
      [companyId, codes],
    );
    return new Map(found.map(({ skuId, code }) => [code, skuId]));
  }
}
