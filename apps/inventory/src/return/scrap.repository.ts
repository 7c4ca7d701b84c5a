import { Injectable } from '@nestjs/common';
import { execute, rows, type Tx } from '@app/shared';

/** Pieces to be written off. */
export interface NewScrap {
  skuId: string;
  warehouse: string;
  quantity: number;
  reason: string;
  causeType: string;
  causeId: string;
  causeLine: string;
}

/** Pieces that were written off, as lists show them. */
export interface ShownScrap extends NewScrap {
  no: number;
  skuCode: string;
  actor: string;
  at: Date;
}

/** What the list of scraps is limited to; null = all. */
export interface ScrapFilter {
  skuIds: readonly string[] | null;
  warehouses: readonly string[] | null;
  from: Date | null;
  to: Date | null;
}

/** SQL of the ledger of scrapped pieces. */
@Injectable()
export class ScrapRepository {
  /** Appends to the ledger. A cause that was posted already violates its unique key. */
  async post(tx: Tx, companyId: string, scraps: readonly NewScrap[], actor: string, at: Date): Promise<void> {
    await execute(
      tx,
      `INSERT INTO scrap (company_id, sku_id, warehouse, quantity, reason, cause_type, cause_id, cause_line, actor, at)
       SELECT $1, s.sku_id, s.warehouse, s.quantity, s.reason, s.cause_type, s.cause_id, s.cause_line, $9, $10
         FROM unnest($2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[])
           WITH ORDINALITY AS s(sku_id, warehouse, quantity, reason, cause_type, cause_id, cause_line, no)
        ORDER BY s.no`,
      [
        companyId,
        scraps.map((scrap) => scrap.skuId),
        scraps.map((scrap) => scrap.warehouse),
        scraps.map((scrap) => scrap.quantity),
        scraps.map((scrap) => scrap.reason),
        scraps.map((scrap) => scrap.causeType),
        scraps.map((scrap) => scrap.causeId),
        scraps.map((scrap) => scrap.causeLine),
        actor,
        at,
      ],
    );
  }

  /** A page of scraps, newest first by their number. */
  list(tx: Tx, companyId: string, filter: ScrapFilter, before: number | null, limit: number): Promise<ShownScrap[]> {
    return rows<ShownScrap>(
      tx,
      `SELECT c.no, c.sku_id, coalesce(s.code, c.sku_id) AS sku_code, c.warehouse, c.quantity, c.reason, c.cause_type, c.cause_id, c.cause_line, c.actor, c.at
         FROM scrap c LEFT JOIN sku s ON s.company_id = c.company_id AND s.sku_id = c.sku_id
        WHERE c.company_id = $1 AND ($2::text[] IS NULL OR c.sku_id = ANY($2)) AND ($3::text[] IS NULL OR c.warehouse = ANY($3))
          AND ($4::timestamptz IS NULL OR c.at >= $4) AND ($5::timestamptz IS NULL OR c.at < $5) AND ($6::bigint IS NULL OR c.no < $6)
        ORDER BY c.no DESC LIMIT $7`,
      [companyId, filter.skuIds, filter.warehouses, filter.from, filter.to, before, limit],
    );
  }
}
