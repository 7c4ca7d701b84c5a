import { Injectable } from '@nestjs/common';
import { rows, type Tx } from '@app/shared';
import type { Bucket, StockLevel } from '../level/level.book';

export type ShownLevel = Omit<StockLevel, 'occupied'> & { skuCode: string };

/** A movement as lists show it. */
export interface ShownMovement {
  no: number;
  skuCode: string;
  warehouse: string;
  bucket: Bucket;
  before: number;
  after: number;
  delta: number;
  causeType: string;
  causeId: string;
  causeLine: string;
  actor: string;
  at: Date;
}

/** What lists of stock and movements are limited to; null = all. */
export interface StockFilter {
  skuIds: readonly string[] | null;
  warehouses: readonly string[] | null;
}

/** SQL of the lists of stock. */
@Injectable()
export class StockRepository {
  /** A page of levels in the order of their primary key. */
  levels(
    tx: Tx,
    companyId: string,
    filter: StockFilter,
    after: { skuId: string; warehouse: string },
    limit: number,
  ): Promise<ShownLevel[]> {
    return rows<ShownLevel>(
      tx,
      `SELECT l.sku_id, coalesce(s.code, l.sku_id) AS sku_code, l.warehouse, l.on_hand, l.reserved, l.damaged, l.quarantine, l.incoming, l.safety, l.version
         FROM stock_level l LEFT JOIN sku s ON s.company_id = l.company_id AND s.sku_id = l.sku_id
        WHERE l.company_id = $1 AND ($2::text[] IS NULL OR l.sku_id = ANY($2)) AND ($3::text[] IS NULL OR l.warehouse = ANY($3)) AND (l.sku_id, l.warehouse) > ($4, $5)
        ORDER BY l.sku_id, l.warehouse LIMIT $6`,
      [companyId, filter.skuIds, filter.warehouses, after.skuId, after.warehouse, limit],
    );
  }

  /** A page of movements, newest first by their number. */
  movements(
    tx: Tx,
    companyId: string,
    filter: StockFilter & { from: Date | null; to: Date | null },
    before: number | null,
    limit: number,
  ): Promise<ShownMovement[]> {
    return rows<ShownMovement>(
      tx,
      `SELECT m.no, coalesce(s.code, m.sku_id) AS sku_code, m.warehouse, m.bucket, m.before, m.after, m.delta, m.cause_type, m.cause_id, m.cause_line, m.actor, m.at
         FROM stock_movement m LEFT JOIN sku s ON s.company_id = m.company_id AND s.sku_id = m.sku_id
        WHERE m.company_id = $1 AND ($2::text[] IS NULL OR m.sku_id = ANY($2)) AND ($3::text[] IS NULL OR m.warehouse = ANY($3))
          AND ($4::timestamptz IS NULL OR m.at >= $4) AND ($5::timestamptz IS NULL OR m.at < $5) AND ($6::bigint IS NULL OR m.no < $6)
        ORDER BY m.no DESC LIMIT $7`,
      [companyId, filter.skuIds, filter.warehouses, filter.from, filter.to, before, limit],
    );
  }
}
