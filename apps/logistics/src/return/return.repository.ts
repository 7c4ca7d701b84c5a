import { execute, row, rows, type Tx } from '@app/shared';
import { Injectable } from '@nestjs/common';
import type { Grade, Owner, ReturnFlag, SkuPieces } from './return.rules';

/** A parcel that comes back; times are story times. */
export interface ReturnRow {
  id: string;
  version: number;
  state: 'expected' | 'received';
  waybillNo: string;
  carrier: string | null;
  warehouse: string | null;
  isMatched: boolean;
  parcelId: string | null;
  orderId: string | null;
  platformOrderNo: string | null;
  shopId: string | null;
  platform: string | null;
  platformAfterSaleNos: string[];
  flags: ReturnFlag[];
  contentHash: string | null;
  expectedAt: Date | null;
  receivedAt: Date | null;
  receivedBy: string | null;
  matchedAt: Date | null;
  matchedBy: string | null;
}

/** A counted line. */
export interface ReturnLineRow {
  returnId: string;
  lineNo: number;
  skuId: string;
  skuCode: string;
  quantity: number;
  grade: Grade;
  flag: ReturnFlag | '';
}

/** What a list of returns is narrowed by. */
export interface ReturnFilter {
  state: string | null;
  isMatched: boolean | null;
  waybillNo: string | null;
  orderId: string | null;
  warehouses: readonly string[] | null;
  shops: readonly string[] | null;
  after: string | null;
  limit: number;
}

const COLUMNS = `r.id, r.version, r.state, r.waybill_no, r.carrier, r.warehouse, r.is_matched, r.parcel_id, r.order_id, r.platform_order_no,
  r.shop_id, r.platform, r.platform_after_sale_nos, r.flags, r.content_hash, r.expected_at, r.received_at, r.received_by, r.matched_at, r.matched_by`;

@Injectable()
export class ReturnRepository {
  find(tx: Tx, companyId: string, id: string): Promise<ReturnRow | undefined> {
    return row(tx, `SELECT ${COLUMNS} FROM return_parcel r WHERE r.company_id = $1 AND r.id = $2`, [companyId, id]);
  }

  /** Every return under some numbers. The caller holds the numbers' locks. */
  ofNumbers(tx: Tx, companyId: string, numbers: readonly string[]): Promise<ReturnRow[]> {
    return rows(
      tx,
      `SELECT ${COLUMNS} FROM return_parcel r WHERE r.company_id = $1 AND r.waybill_no = ANY($2::text[]) ORDER BY r.id`,
      [companyId, numbers],
    );
  }

  async expect(tx: Tx, companyId: string, owners: readonly (Owner & { id: string })[], at: Date): Promise<void> {
    for (const owner of owners)
      await execute(
        tx,
        `INSERT INTO return_parcel (company_id, id, version, state, waybill_no, carrier, warehouse, is_matched, parcel_id, order_id, platform_order_no, shop_id, platform, platform_after_sale_nos, expected_at)
         VALUES ($1, $2, 1, 'expected', $3, $4, $5, true, $6, $7, $8, $9, $10, $11::text[], $12)`,
        [
          companyId,
          owner.id,
          owner.waybillNo,
          owner.carrier,
          owner.warehouse,
          owner.parcelId,
          owner.orderId,
          owner.platformOrderNo,
          owner.shopId,
          owner.platform,
          owner.platformAfterSaleNos,
          at,
        ],
      );
  }

  /** Takes over what is known of an expected return now. */
  async renew(tx: Tx, companyId: string, id: string, owner: Owner): Promise<void> {
    await execute(
      tx,
      `UPDATE return_parcel SET carrier = $3, warehouse = $4, order_id = $5, platform_order_no = $6, shop_id = $7, platform = $8, platform_after_sale_nos = $9::text[]
        WHERE company_id = $1 AND id = $2 AND state = 'expected'`,
      [
        companyId,
        id,
        owner.carrier,
        owner.warehouse,
        owner.orderId,
        owner.platformOrderNo,
        owner.shopId,
        owner.platform,
        owner.platformAfterSaleNos,
      ],
    );
  }

  /** Forgets expected returns that nobody waits for any more; received ones stay. */
  async forget(tx: Tx, companyId: string, ids: readonly string[]): Promise<void> {
    await execute(
      tx,
      `DELETE FROM return_parcel WHERE company_id = $1 AND id = ANY($2::text[]) AND state = 'expected'`,
      [companyId, ids],
    );
  }

  /** Writes a received return, whether it was expected or not. The caller holds the number's lock. */
  async receive(tx: Tx, companyId: string, r: ReturnRow, lines: readonly ReturnLineRow[]): Promise<void> {
    await execute(
      tx,
      `INSERT INTO return_parcel AS r (company_id, id, version, state, waybill_no, carrier, warehouse, is_matched, parcel_id, order_id, platform_order_no, shop_id, platform,
                                       platform_after_sale_nos, flags, content_hash, expected_at, received_at, received_by, matched_at, matched_by)
       VALUES ($1, $2, $3, 'received', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::text[], $14::text[], $15, $16, $17, $18, $19, $20)
       ON CONFLICT (company_id, id) DO UPDATE
          SET version = excluded.version, state = 'received', carrier = excluded.carrier, warehouse = excluded.warehouse,
              platform_after_sale_nos = excluded.platform_after_sale_nos, flags = excluded.flags, content_hash = excluded.content_hash,
              received_at = excluded.received_at, received_by = excluded.received_by, matched_at = excluded.matched_at, matched_by = excluded.matched_by`,
      [
        companyId,
        r.id,
        r.version,
        r.waybillNo,
        r.carrier,
        r.warehouse,
        r.isMatched,
        r.parcelId,
        r.orderId,
        r.platformOrderNo,
        r.shopId,
        r.platform,
        r.platformAfterSaleNos,
        r.flags,
        r.contentHash,
        r.expectedAt,
        r.receivedAt,
        r.receivedBy,
        r.matchedAt,
        r.matchedBy,
      ],
    );
    await execute(
      tx,
      `INSERT INTO return_line (company_id, return_id, line_no, sku_id, sku_code, quantity, grade, flag)
       SELECT $1, $2, l.* FROM unnest($3::int[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[]) AS l`,
      [
        companyId,
        r.id,
        lines.map((line) => line.lineNo),
        lines.map((line) => line.skuId),
        lines.map((line) => line.skuCode),
        lines.map((line) => line.quantity),
        lines.map((line) => line.grade),
        lines.map((line) => line.flag),
      ],
    );
  }

  /** Writes whose goods a received return holds, and what of them does not fit. The caller holds the number's lock. */
  async rewrite(tx: Tx, companyId: string, r: ReturnRow, lines: readonly ReturnLineRow[]): Promise<void> {
    await execute(
      tx,
      `UPDATE return_parcel SET version = $3, is_matched = $4, order_id = $5, platform_order_no = $6, shop_id = $7, platform = $8,
              platform_after_sale_nos = $9::text[], flags = $10::text[], matched_at = $11, matched_by = $12
        WHERE company_id = $1 AND id = $2 AND state = 'received'`,
      [
        companyId,
        r.id,
        r.version,
        r.isMatched,
        r.orderId,
        r.platformOrderNo,
        r.shopId,
        r.platform,
        r.platformAfterSaleNos,
        r.flags,
        r.matchedAt,
        r.matchedBy,
      ],
    );
    await execute(
      tx,
      `UPDATE return_line l SET flag = n.flag FROM unnest($3::int[], $4::text[]) AS n(line_no, flag)
        WHERE l.company_id = $1 AND l.return_id = $2 AND l.line_no = n.line_no`,
      [companyId, r.id, lines.map((line) => line.lineNo), lines.map((line) => line.flag)],
    );
  }

  lines(tx: Tx, companyId: string, returnIds: readonly string[]): Promise<ReturnLineRow[]> {
    return rows(
      tx,
      `SELECT return_id, line_no, sku_id, sku_code, quantity, grade, flag FROM return_line
        WHERE company_id = $1 AND return_id = ANY($2::text[]) ORDER BY return_id, line_no`,
      [companyId, returnIds],
    );
  }

  /** Pieces that a returned outward parcel went out with. */
  piecesOfParcel(tx: Tx, companyId: string, parcelId: string): Promise<SkuPieces[]> {
    return rows(
      tx,
      `SELECT sku_id, sum(quantity)::bigint AS quantity FROM parcel_line WHERE company_id = $1 AND parcel_id = $2
        GROUP BY sku_id ORDER BY sku_id`,
      [companyId, parcelId],
    );
  }

  /** Pieces of an order that left and have not come back in another parcel; SKUs of which all came back have 0. */
  piecesOfOrder(tx: Tx, companyId: string, orderId: string, exceptReturnId: string): Promise<SkuPieces[]> {
    return rows(
      tx,
      `SELECT l.sku_id, greatest(sum(l.quantity) - COALESCE(max(b.quantity), 0), 0)::bigint AS quantity
         FROM parcel_line l
         JOIN parcel p ON p.company_id = l.company_id AND p.id = l.parcel_id AND p.state IN ('shipped', 'delivered', 'exception')
         LEFT JOIN LATERAL (
              SELECT sum(rl.quantity) AS quantity FROM return_parcel r
                JOIN return_line rl ON rl.company_id = r.company_id AND rl.return_id = r.id
               WHERE r.company_id = l.company_id AND r.order_id = l.order_id AND r.id <> $3 AND rl.sku_id = l.sku_id) b ON true
        WHERE l.company_id = $1 AND l.order_id = $2
        GROUP BY l.sku_id ORDER BY l.sku_id`,
      [companyId, orderId, exceptReturnId],
    );
  }

  /**
   * Pieces that are waited for: everything in the parcel that went out, or what left of the lines that the after-sales
   * under the number speak of (of the whole order where one names no line).
   */
  awaited(
    tx: Tx,
    companyId: string,
    returnIds: readonly string[],
  ): Promise<{ returnId: string; skuCode: string; quantity: number }[]> {
    return rows(
      tx,
      `SELECT w.return_id, w.sku_code, sum(w.quantity)::bigint AS quantity
         FROM (SELECT r.id AS return_id, l.sku_code, l.quantity
                 FROM return_parcel r
                 JOIN parcel_line l ON l.company_id = r.company_id AND l.parcel_id = r.parcel_id
                WHERE r.company_id = $1 AND r.id = ANY($2::text[]) AND r.state = 'expected'
               UNION ALL
               SELECT r.id, b.sku_code, b.quantity
                 FROM return_parcel r
                CROSS JOIN LATERAL (
                     SELECT DISTINCT l.parcel_id, l.line_id, l.sku_id, l.sku_code, l.quantity
                       FROM after_sale a
                       JOIN parcel_line l ON l.company_id = a.company_id AND l.order_id = a.order_id AND (a.line_id IS NULL OR a.line_id = l.line_id)
                       JOIN parcel p ON p.company_id = l.company_id AND p.id = l.parcel_id AND p.state IN ('shipped', 'delivered', 'exception')
                      WHERE a.company_id = r.company_id AND a.return_waybill_no = r.waybill_no AND a.state NOT IN ('refused', 'withdrawn')) b
                WHERE r.company_id = $1 AND r.id = ANY($2::text[]) AND r.state = 'expected' AND r.parcel_id IS NULL) w
        GROUP BY w.return_id, w.sku_code ORDER BY w.return_id, w.sku_code`,
      [companyId, returnIds],
    );
  }

  /** Returns in order of their making. */
  list(tx: Tx, companyId: string, filter: ReturnFilter): Promise<ReturnRow[]> {
    return rows(
      tx,
      `SELECT ${COLUMNS} FROM return_parcel r
        WHERE r.company_id = $1
          AND ($2::text IS NULL OR r.state = $2)
          AND ($3::boolean IS NULL OR r.is_matched = $3)
          AND ($4::text IS NULL OR r.waybill_no = $4)
          AND ($5::text IS NULL OR r.order_id = $5)
          AND ($6::text[] IS NULL OR r.warehouse = ANY($6))
          AND ($7::text[] IS NULL OR r.shop_id = ANY($7))
          AND ($8::text IS NULL OR r.id > $8)
        ORDER BY r.id LIMIT $9`,
      [
        companyId,
        filter.state,
        filter.isMatched,
        filter.waybillNo,
        filter.orderId,
        filter.warehouses,
        filter.shops,
        filter.after,
        filter.limit,
      ],
    );
  }
}
