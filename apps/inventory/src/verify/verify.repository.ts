import { Injectable } from '@nestjs/common';
import { row, rows, type Tx } from '@app/shared';

/** A counter that differs from the rows that explain it. */
export interface CounterBreach {
  skuId: string;
  warehouse: string;
  bucket: string;
  counter: number;
  explained: number;
}

/** SQL of inventory's checks. */
@Injectable()
export class VerifyRepository {
  async countLevels(tx: Tx, companyId: string): Promise<number> {
    return (
      (await row<{ count: number }>(tx, 'SELECT count(*) AS count FROM stock_level WHERE company_id = $1', [companyId]))
        ?.count ?? 0
    );
  }

  /** Counters that differ from the sum of their movements, also where only one of both exists; at most 20. */
  unexplained(tx: Tx, companyId: string): Promise<CounterBreach[]> {
    return rows<CounterBreach>(
      tx,
      `WITH counted AS (
         SELECT l.sku_id, l.warehouse, c.bucket, c.counter FROM stock_level l
          CROSS JOIN LATERAL (VALUES ('onHand', l.on_hand), ('reserved', l.reserved), ('damaged', l.damaged), ('quarantine', l.quarantine), ('incoming', l.incoming)) AS c(bucket, counter)
          WHERE l.company_id = $1),
       moved AS (SELECT sku_id, warehouse, bucket, sum(delta)::bigint AS explained FROM stock_movement WHERE company_id = $1 GROUP BY 1, 2, 3)
       SELECT sku_id, warehouse, bucket, coalesce(counter, 0) AS counter, coalesce(explained, 0) AS explained
         FROM counted FULL JOIN moved USING (sku_id, warehouse, bucket)
        WHERE coalesce(counter, 0) <> coalesce(explained, 0) OR coalesce(counter, 0) < 0 LIMIT 20`,
      [companyId],
    );
  }

  /** Levels whose reserved counter differs from the open reservations; at most 20. */
  unheld(tx: Tx, companyId: string): Promise<CounterBreach[]> {
    return rows<CounterBreach>(
      tx,
      `SELECT coalesce(l.sku_id, h.sku_id) AS sku_id, coalesce(l.warehouse, h.warehouse) AS warehouse, 'reserved' AS bucket,
              coalesce(l.reserved, 0) AS counter, coalesce(h.held, 0) AS explained
         FROM (SELECT sku_id, warehouse, reserved FROM stock_level WHERE company_id = $1) l
         FULL JOIN (SELECT sku_id, warehouse, sum(delta)::bigint AS held FROM reservation_line WHERE company_id = $1 GROUP BY 1, 2) h
           ON h.sku_id = l.sku_id AND h.warehouse = l.warehouse
        WHERE coalesce(l.reserved, 0) <> coalesce(h.held, 0) LIMIT 20`,
      [companyId],
    );
  }

  /** Pieces that levels show as occupied by a listing, where its counted orders hold another number; at most 20. */
  miscounted(
    tx: Tx,
    companyId: string,
  ): Promise<
    { skuId: string; warehouse: string; shopId: string; listingSkuId: string; counter: number; explained: number }[]
  > {
    return rows(
      tx,
      `WITH shown AS (
         SELECT l.sku_id, l.warehouse, s.shop->>'shopId' AS shop_id, i.listing->>'listingSkuId' AS listing_sku_id, (i.listing->>'pieces')::bigint AS counter
           FROM stock_level l CROSS JOIN LATERAL jsonb_array_elements(l.occupied) AS s(shop)
          CROSS JOIN LATERAL jsonb_array_elements(s.shop->'listings') AS i(listing)
          WHERE l.company_id = $1),
       held AS (
         SELECT r.sku_id, r.warehouse, o.counted->>'shopId' AS shop_id, o.counted->'lines'->>r.line_id AS listing_sku_id, sum(r.delta)::bigint AS explained
           FROM order_stock o JOIN reservation_line r ON r.company_id = o.company_id AND r.holder_type = 'order' AND r.holder_id = o.order_id
          WHERE o.company_id = $1 AND o.counted->'lines'->>r.line_id IS NOT NULL
          GROUP BY 1, 2, 3, 4 HAVING sum(r.delta) <> 0)
       SELECT sku_id, warehouse, shop_id, listing_sku_id, coalesce(counter, 0) AS counter, coalesce(explained, 0) AS explained
         FROM shown FULL JOIN held USING (sku_id, warehouse, shop_id, listing_sku_id)
        WHERE coalesce(counter, 0) <> coalesce(explained, 0) LIMIT 20`,
      [companyId],
    );
  }

  /** Reserve rows of which more was settled than they hold; at most 20. */
  oversettled(tx: Tx, companyId: string): Promise<{ reserveId: string; open: number }[]> {
    return rows(
      tx,
      'SELECT reserve_id, sum(delta)::bigint AS open FROM reservation_line WHERE company_id = $1 GROUP BY reserve_id HAVING sum(delta) < 0 LIMIT 20',
      [companyId],
    );
  }

  async countParcelLines(tx: Tx, companyId: string): Promise<number> {
    return (
      (await row<{ count: number }>(tx, 'SELECT count(*) AS count FROM parcel_out WHERE company_id = $1', [companyId]))
        ?.count ?? 0
    );
  }

  /** Parcel lines without exactly one movement of their pieces out of onHand, and such movements without a line; at most 20. */
  unpostedParcelLines(
    tx: Tx,
    companyId: string,
  ): Promise<
    { parcelId: string; lineId: string; skuId: string; quantity: number; posted: number; movements: number }[]
  > {
    return rows(
      tx,
      `SELECT coalesce(p.parcel_id, m.cause_id) AS parcel_id, coalesce(p.line_id, m.cause_line) AS line_id, coalesce(p.sku_id, m.sku_id) AS sku_id,
              coalesce(p.quantity, 0) AS quantity, coalesce(m.posted, 0) AS posted, coalesce(m.movements, 0) AS movements
         FROM (SELECT parcel_id, line_id, sku_id, warehouse, quantity FROM parcel_out WHERE company_id = $1) p
         FULL JOIN (SELECT cause_id, cause_line, sku_id, warehouse, -sum(delta)::bigint AS posted, count(*) AS movements
                      FROM stock_movement WHERE company_id = $1 AND cause_type = 'parcel' AND bucket = 'onHand' GROUP BY 1, 2, 3, 4) m
           ON m.cause_id = p.parcel_id AND m.cause_line = p.line_id AND m.sku_id = p.sku_id AND m.warehouse = p.warehouse
        WHERE coalesce(p.quantity, 0) <> coalesce(m.posted, 0) OR coalesce(m.movements, 0) <> 1 LIMIT 20`,
      [companyId],
    );
  }

  async countReturnLines(tx: Tx, companyId: string): Promise<number> {
    return (
      (await row<{ count: number }>(tx, 'SELECT count(*) AS count FROM return_in WHERE company_id = $1', [companyId]))
        ?.count ?? 0
    );
  }

  /**
   * Returned lines whose pieces are not exactly once where they belong: matched ones in the bucket of their grade or in
   * the ledger of scraps and out of quarantine, unmatched ones in quarantine alone; and bookings without a line. At most 20.
   */
  misbookedReturnLines(
    tx: Tx,
    companyId: string,
  ): Promise<
    {
      returnId: string;
      lineNo: string;
      quantity: number;
      grade: string;
      isMatched: boolean;
      booked: number;
      bookings: number;
      quarantined: number;
    }[]
  > {
    return rows(
      tx,
      `WITH booked AS (
         SELECT cause_id, cause_line, sku_id, warehouse, CASE bucket WHEN 'onHand' THEN 'A' WHEN 'damaged' THEN 'B' END AS grade, delta AS pieces
           FROM stock_movement WHERE company_id = $1 AND cause_type = 'return'
         UNION ALL
         SELECT cause_id, cause_line, sku_id, warehouse, 'C', quantity FROM scrap WHERE company_id = $1 AND cause_type = 'return'),
       done AS (
         SELECT cause_id, cause_line, max(sku_id) AS sku_id, max(warehouse) AS warehouse, max(grade) AS grade, sum(pieces)::bigint AS pieces, count(*) AS bookings
           FROM booked GROUP BY 1, 2),
       waiting AS (
         SELECT cause_id, cause_line, sum(delta)::bigint AS pieces FROM stock_movement
          WHERE company_id = $1 AND cause_type = 'return-quarantine' AND bucket = 'quarantine' GROUP BY 1, 2),
       line AS (SELECT *, line_no::text AS line FROM return_in WHERE company_id = $1)
       SELECT coalesce(l.return_id, d.cause_id, w.cause_id) AS return_id, coalesce(l.line, d.cause_line, w.cause_line) AS line_no,
              coalesce(l.quantity, 0) AS quantity, coalesce(l.grade, '?') AS grade, coalesce(l.is_matched, false) AS is_matched,
              coalesce(d.pieces, 0) AS booked, coalesce(d.bookings, 0) AS bookings, coalesce(w.pieces, 0) AS quarantined
         FROM line l
         FULL JOIN done d ON d.cause_id = l.return_id AND d.cause_line = l.line
         FULL JOIN waiting w ON w.cause_id = coalesce(l.return_id, d.cause_id) AND w.cause_line = coalesce(l.line, d.cause_line)
        WHERE l.return_id IS NULL
           OR (l.is_matched AND (coalesce(d.bookings, 0) <> 1 OR d.pieces <> l.quantity OR d.grade IS DISTINCT FROM l.grade
                                 OR d.sku_id <> l.sku_id OR d.warehouse <> l.warehouse OR coalesce(w.pieces, 0) <> 0))
           OR (NOT l.is_matched AND (d.cause_id IS NOT NULL OR coalesce(w.pieces, 0) <> l.quantity)) LIMIT 20`,
      [companyId],
    );
  }
}
