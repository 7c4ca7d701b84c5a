import { Injectable } from '@nestjs/common';
import { rows, type Tx } from '@app/shared';

/** A product: what a merchant calls one thing, in one or more SKUs. */
export interface Product {
  id: string;
  code: string;
  name: string;
  categoryId: string | null;
  version: number;
}

/** SQL of products. */
@Injectable()
export class ProductRepository {
  /** Inserts products; returns the ids of those whose codes were free. */
  async insert(tx: Tx, companyId: string, products: readonly Product[], at: Date): Promise<Set<string>> {
    const sorted = [...products].sort((a, b) => (a.code < b.code ? -1 : 1));
    const made = await rows<{ id: string }>(
      tx,
      `INSERT INTO product (company_id, id, code, name, category_id, created_at)
       SELECT $1, p.id, p.code, p.name, p.category_id, $6 FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) AS p(id, code, name, category_id)
       ON CONFLICT (company_id, code) DO NOTHING RETURNING id`,
      [
        companyId,
        sorted.map((p) => p.id),
        sorted.map((p) => p.code),
        sorted.map((p) => p.name),
        sorted.map((p) => p.categoryId),
        at,
      ],
    );
    return new Set(made.map(({ id }) => id));
  }

  byCodes(tx: Tx, companyId: string, codes: readonly string[]): Promise<Product[]> {
    return rows<Product>(
      tx,
      'SELECT id, code, name, category_id, version FROM product WHERE company_id = $1 AND code = ANY($2::text[])',
      [companyId, codes],
    );
  }

  list(tx: Tx, companyId: string, code: string | null, after: string, limit: number): Promise<Product[]> {
    return rows<Product>(
      tx,
      'SELECT id, code, name, category_id, version FROM product WHERE company_id = $1 AND ($2::text IS NULL OR code = $2) AND code > $3 ORDER BY code LIMIT $4',
      [companyId, code, after, limit],
    );
  }
}
