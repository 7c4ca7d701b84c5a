import type { FulfilmentFactItem } from '@app/contracts';
import { execute, row, rows, type Tx } from '@app/shared';
import { Injectable } from '@nestjs/common';

/** A fulfilment as orders last told it. Times are story times. */
export interface FulfilmentRow {
  fulfilmentId: string;
  revision: number;
  state: 'released' | 'stopped';
  reason: string;
  shopId: string;
  platform: string;
  warehouse: string;
  shipBy: Date | null;
  isUrgent: boolean;
  carrier: string | null;
  urgency: number;
  dueAt: Date;
  /** Pieces that no live parcel covers. */
  openCount: number;
}

/** Pieces of one order line and SKU. */
export interface PieceLine {
  lineId: string;
  skuId: string;
  orderId: string;
  platformOrderNo: string;
  platformLineNo: string;
  skuCode: string;
  title: string;
  quantity: number;
}

/** What a list of work is narrowed by. */
export interface WorkFilter {
  warehouses: readonly string[] | null;
  shops: readonly string[] | null;
  carrier: string | null;
  cutOffBefore: Date | null;
  after: { urgency: number; dueAt: Date; fulfilmentId: string } | null;
  limit: number;
}

const COLUMNS = `f.fulfilment_id, f.revision, f.state, f.reason, f.shop_id, f.platform, f.warehouse, f.ship_by, f.is_urgent,
  f.carrier, f.urgency, f.due_at, f.open_count`;

@Injectable()
export class FulfilmentRepository {
  /** Three statements for any number of fulfilments; their rows are locked in key order. */
  async store(tx: Tx, companyId: string, items: readonly FulfilmentFactItem[]): Promise<void> {
    const ids = items.map((item) => item.fulfilmentId);
    await execute(
      tx,
      `INSERT INTO fulfilment (company_id, fulfilment_id, revision, state, reason, shop_id, platform, warehouse, ship_by, is_urgent, carrier, open_count)
       SELECT $1, f.*, 0 FROM unnest($2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::timestamptz[], $10::boolean[], $11::text[])
           AS f(fulfilment_id, revision, state, reason, shop_id, platform, warehouse, ship_by, is_urgent, carrier)
        ORDER BY f.fulfilment_id
       ON CONFLICT (company_id, fulfilment_id) DO UPDATE
          SET revision = excluded.revision, state = excluded.state, reason = excluded.reason, shop_id = excluded.shop_id,
              platform = excluded.platform, warehouse = excluded.warehouse, ship_by = excluded.ship_by,
              is_urgent = excluded.is_urgent, carrier = excluded.carrier`,
      [
        companyId,
        ids,
        items.map((item) => item.fulfilmentRevision),
        items.map((item) => item.state),
        items.map((item) => item.reason),
        items.map((item) => item.shopId),
        items.map((item) => item.platform),
        items.map((item) => item.warehouse),
        items.map((item) => item.shipBy),
        items.map((item) => item.isUrgent),
        items.map((item) => item.carrier),
      ],
    );
    await this.storeLines(tx, companyId, items);
  }

  private async storeLines(tx: Tx, companyId: string, items: readonly FulfilmentFactItem[]): Promise<void> {
    const ids = items.map((item) => item.fulfilmentId);
    await execute(tx, 'DELETE FROM fulfilment_line WHERE company_id = $1 AND fulfilment_id = ANY($2::text[])', [
      companyId,
      ids,
    ]);
    const lines = items.flatMap((item) => item.lines.map((line) => ({ ...line, fulfilmentId: item.fulfilmentId })));
    await execute(
      tx,
      `INSERT INTO fulfilment_line (company_id, fulfilment_id, line_id, sku_id, order_id, platform_order_no, platform_line_no, sku_code, title, quantity)
       SELECT $1, l.fulfilment_id, l.line_id, l.sku_id, min(l.order_id), min(l.platform_order_no), min(l.platform_line_no), min(l.sku_code), min(l.title), sum(l.quantity)
         FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::bigint[])
           AS l(fulfilment_id, line_id, sku_id, order_id, platform_order_no, platform_line_no, sku_code, title, quantity)
        GROUP BY l.fulfilment_id, l.line_id, l.sku_id`,
      [
        companyId,
        lines.map((line) => line.fulfilmentId),
        lines.map((line) => line.lineId),
        lines.map((line) => line.skuId),
        lines.map((line) => line.orderId),
        lines.map((line) => line.platformOrderNo),
        lines.map((line) => line.platformLineNo),
        lines.map((line) => line.skuCode),
        lines.map((line) => line.title),
        lines.map((line) => line.quantity),
      ],
    );
  }

  /**
   * Counts anew the pieces that no live parcel covers. The caller holds the fulfilments' row locks, since every
   * change of a parcel that alters the number is made under that lock.
   */
  async recount(tx: Tx, companyId: string, fulfilmentIds: readonly string[]): Promise<void> {
    await execute(
      tx,
      `UPDATE fulfilment f
          SET open_count = COALESCE((
                SELECT sum(greatest(l.quantity - COALESCE(c.covered, 0), 0))
                  FROM fulfilment_line l
                  LEFT JOIN LATERAL (
                       SELECT sum(pl.quantity) AS covered
                         FROM parcel p
                         JOIN parcel_line pl ON pl.company_id = p.company_id AND pl.parcel_id = p.id
                        WHERE p.company_id = l.company_id AND p.fulfilment_id = l.fulfilment_id
                          AND p.state IN ('labelled', 'departing', 'shipped', 'delivered', 'exception')
                          AND pl.line_id = l.line_id AND pl.sku_id = l.sku_id) c ON true
                 WHERE l.company_id = f.company_id AND l.fulfilment_id = f.fulfilment_id), 0)
        WHERE f.company_id = $1 AND f.fulfilment_id = ANY($2::text[])`,
      [companyId, fulfilmentIds],
    );
  }

  /** Locks the fulfilment's row; a transaction that also locks parcels locks this first. */
  lock(tx: Tx, companyId: string, fulfilmentId: string): Promise<FulfilmentRow | undefined> {
    return row(tx, `SELECT ${COLUMNS} FROM fulfilment f WHERE f.company_id = $1 AND f.fulfilment_id = $2 FOR UPDATE`, [
      companyId,
      fulfilmentId,
    ]);
  }

  lines(
    tx: Tx,
    companyId: string,
    fulfilmentIds: readonly string[],
  ): Promise<(PieceLine & { fulfilmentId: string })[]> {
    return rows(
      tx,
      `SELECT fulfilment_id, line_id, sku_id, order_id, platform_order_no, platform_line_no, sku_code, title, quantity
         FROM fulfilment_line WHERE company_id = $1 AND fulfilment_id = ANY($2::text[]) ORDER BY fulfilment_id, line_id, sku_id`,
      [companyId, fulfilmentIds],
    );
  }

  /**
   * Released fulfilments with pieces left and no parcel waiting to be pulled out: urgent first, then by promised time.
   * Reads along the index of work and stops at the limit.
   */
  work(tx: Tx, companyId: string, filter: WorkFilter): Promise<FulfilmentRow[]> {
    return rows(
      tx,
      `SELECT ${COLUMNS.replace('f.carrier', "COALESCE(f.carrier, NULLIF(s.default_carrier, '')) AS carrier")}
         FROM fulfilment f
         LEFT JOIN shop s ON s.company_id = f.company_id AND s.shop_id = f.shop_id
        WHERE f.company_id = $1 AND f.state = 'released' AND f.open_count > 0
          AND ($2::text[] IS NULL OR f.warehouse = ANY($2))
          AND ($3::text[] IS NULL OR f.shop_id = ANY($3))
          AND ($4::text IS NULL OR COALESCE(f.carrier, s.default_carrier) = $4)
          AND ($5::timestamptz IS NULL OR f.due_at < $5)
          AND ($6::smallint IS NULL OR (f.urgency, f.due_at, f.fulfilment_id) > ($6, $7::timestamptz, $8::text))
          AND NOT EXISTS (SELECT 1 FROM pull_out o WHERE o.company_id = f.company_id AND o.fulfilment_id = f.fulfilment_id AND o.state = 'open')
        ORDER BY f.urgency, f.due_at, f.fulfilment_id
        LIMIT $9`,
      [
        companyId,
        filter.warehouses,
        filter.shops,
        filter.carrier,
        filter.cutOffBefore,
        filter.after?.urgency ?? null,
        filter.after?.dueAt ?? null,
        filter.after?.fulfilmentId ?? null,
        filter.limit,
      ],
    );
  }
}
