import { Injectable } from '@nestjs/common';
import { rows, type Tx } from '@app/shared';

/** A finding: one sentence with ids per broken row. */
interface Finding {
  text: string;
}

const LIMIT = 20;

/** The statements that prove this service's invariants; each returns at most 20 broken rows, 0 rows mean that it holds. */
@Injectable()
export class VerifyRepository {
  async count(
    tx: Tx,
    table: 'platform_order' | 'working_order' | 'order_line' | 'order_parcel' | 'platform_after_sale',
    companyId: string,
  ): Promise<number> {
    return (
      (
        await rows<{ count: number }>(tx, `SELECT count(*) AS count FROM ${table} WHERE company_id = $1`, [companyId])
      )[0]?.count ?? 0
    );
  }

  /** Platform orders without their working order, or the other way round. */
  unmatchedOrders(tx: Tx, companyId: string): Promise<Finding[]> {
    return rows<Finding>(
      tx,
      `SELECT format('platform order %s of shop %s has %s', coalesce(p.platform_order_no, o.platform_order_no), coalesce(p.shop_id, o.shop_id),
                     CASE WHEN o.order_id IS NULL THEN 'no working order' ELSE 'no text as received' END) AS text
         FROM (SELECT * FROM platform_order WHERE company_id = $1) p
         FULL JOIN (SELECT * FROM working_order WHERE company_id = $1) o ON o.order_id = p.order_id AND o.shop_id = p.shop_id AND o.platform_order_no = p.platform_order_no
        WHERE o.order_id IS NULL OR p.order_id IS NULL LIMIT ${LIMIT}`,
      [companyId],
    );
  }

  /** Lines of which fulfilments take more than is ordered and not cancelled, per SKU. */
  overPlannedLines(tx: Tx, companyId: string): Promise<Finding[]> {
    return rows<Finding>(
      tx,
      `WITH taken AS (
         SELECT g.line_id, g.sku_id, sum(g.quantity) AS quantity FROM fulfilment_line g
           JOIN fulfilment f ON f.company_id = g.company_id AND f.fulfilment_id = g.fulfilment_id
          WHERE g.company_id = $1 AND f.state <> 'stopped' GROUP BY g.line_id, g.sku_id),
       allowed AS (
         SELECT l.line_id, c.value ->> 'skuId' AS sku_id, sum((c.value ->> 'quantity')::bigint * (l.quantity - l.cancelled)) AS quantity
           FROM order_line l CROSS JOIN LATERAL json_array_elements(l.components) c
          WHERE l.company_id = $1 AND l.components IS NOT NULL GROUP BY l.line_id, c.value ->> 'skuId')
       SELECT format('line %s: fulfilments take %s of SKU %s, allowed are %s', t.line_id, t.quantity, t.sku_id, coalesce(a.quantity, 0)) AS text
         FROM taken t LEFT JOIN allowed a ON a.line_id = t.line_id AND a.sku_id = t.sku_id
        WHERE t.quantity > coalesce(a.quantity, 0) LIMIT ${LIMIT}`,
      [companyId],
    );
  }

  /** Parcels that left without a departure granted before. Granted and shipped times are story time of two processes: a second is allowed. */
  parcelsWithoutDeparture(tx: Tx, companyId: string): Promise<Finding[]> {
    return rows<Finding>(
      tx,
      `SELECT format('parcel %s of order %s left at %s without a departure granted before', p.parcel_id, p.order_id, p.shipped_at) AS text FROM order_parcel p
        WHERE p.company_id = $1 AND NOT EXISTS (
          SELECT 1 FROM departure d WHERE d.company_id = p.company_id AND d.fulfilment_id = p.fulfilment_id AND d.parcel_id = p.parcel_id AND d.granted_at <= p.shipped_at + interval '1 second')
        LIMIT ${LIMIT}`,
      [companyId],
    );
  }

  /** Departures at whose moment a hold under which nothing may leave was open. */
  departuresUnderHold(tx: Tx, companyId: string): Promise<Finding[]> {
    return rows<Finding>(
      tx,
      `SELECT format('parcel %s of order %s was allowed to leave at %s under hold %s (%s)', d.parcel_id, d.order_id, d.granted_at, h.hold_id, h.type) AS text
         FROM departure d JOIN order_hold h ON h.company_id = d.company_id AND h.order_id = d.order_id
        WHERE d.company_id = $1 AND h.type <> 'ship_notice_failed' AND h.since < d.granted_at AND (h.closed_at IS NULL OR h.closed_at > d.granted_at)
        LIMIT ${LIMIT}`,
      [companyId],
    );
  }

  /** Departures that are in force on a fulfilment which is stopped, or has another revision while the parcel has not left. */
  departuresOfStopped(tx: Tx, companyId: string): Promise<Finding[]> {
    return rows<Finding>(
      tx,
      `SELECT format('departure of parcel %s for revision %s of fulfilment %s is in force, which is %s at revision %s', d.parcel_id, d.revision, f.fulfilment_id, f.state, f.revision) AS text
         FROM departure d JOIN fulfilment f ON f.company_id = d.company_id AND f.fulfilment_id = d.fulfilment_id
        WHERE d.company_id = $1 AND d.taken_back_at IS NULL AND (f.state NOT IN ('departing', 'shipped') OR (f.revision <> d.revision AND NOT EXISTS (
           SELECT 1 FROM order_parcel p WHERE p.company_id = d.company_id AND p.parcel_id = d.parcel_id))) LIMIT ${LIMIT}`,
      [companyId],
    );
  }

  /** Orders whose amounts do not add up and that do not say so. */
  unflaggedAmounts(tx: Tx, companyId: string): Promise<Finding[]> {
    return rows<Finding>(
      tx,
      `SELECT format('order %s: %s fen unexplained and not flagged', o.order_id, o.unexplained_fen) AS text FROM working_order o
        WHERE o.company_id = $1 AND (o.unexplained_fen <> 0) <> ('amount_mismatch' = ANY(o.flags)) LIMIT ${LIMIT}`,
      [companyId],
    );
  }

  /**
   * Lines of which more was refunded than paid, or another amount than their after-sales count. Where the order alone
   * says that money went back, no after-sale counts yet and the whole amount stands.
   */
  wrongRefunds(tx: Tx, companyId: string): Promise<Finding[]> {
    return rows<Finding>(
      tx,
      `WITH counted AS (
         SELECT c.value ->> 'lineId' AS line_id, sum((c.value ->> 'fen')::bigint) AS fen
           FROM after_sale a CROSS JOIN LATERAL json_array_elements(a.counted) c
          WHERE a.company_id = $1 AND a.counted_fen > 0 GROUP BY 1)
       SELECT format('line %s: %s fen refunded of %s paid, its after-sales count %s', l.line_id, l.refunded_fen, l.paid_fen, coalesce(c.fen, 0)) AS text
         FROM order_line l LEFT JOIN counted c ON c.line_id = l.line_id
        WHERE l.company_id = $1 AND (l.refunded_fen > greatest(l.paid_fen, 0)
           OR (l.refunded_fen <> coalesce(c.fen, 0) AND NOT (c.fen IS NULL AND l.stated_refund_state = 'succeeded'))) LIMIT ${LIMIT}`,
      [companyId],
    );
  }

  /** After-sales that stand with no order although it is stored, that are stored in half, or whose parts do not add up. */
  lostAfterSales(tx: Tx, companyId: string): Promise<Finding[]> {
    return rows<Finding>(
      tx,
      `SELECT format('after-sale %s of shop %s %s', p.platform_after_sale_no, p.shop_id,
                     CASE WHEN a.after_sale_id IS NULL THEN 'is stored as received and acts on nothing'
                          WHEN a.order_id IS NULL THEN 'waits for order ' || o.order_id || ', which is stored'
                          WHEN w.order_id IS NULL THEN 'names order ' || a.order_id || ', which is not stored or does not know it'
                          ELSE 'counts parts that do not add up to ' || a.counted_fen END) AS text
         FROM platform_after_sale p
         LEFT JOIN after_sale a ON a.company_id = p.company_id AND a.after_sale_id = p.after_sale_id
         LEFT JOIN platform_order o ON o.company_id = p.company_id AND o.shop_id = p.shop_id AND o.platform_order_no = p.platform_order_no
         LEFT JOIN working_order w ON w.company_id = a.company_id AND w.order_id = a.order_id AND w.has_after_sales
        WHERE p.company_id = $1 AND (a.after_sale_id IS NULL OR (a.order_id IS NULL AND o.order_id IS NOT NULL) OR (a.order_id IS NOT NULL AND w.order_id IS NULL)
           OR a.counted_fen <> coalesce((SELECT sum((c.value ->> 'fen')::bigint) FROM json_array_elements(a.counted) c), 0)
           OR (a.state = 'succeeded' AND a.counted_fen + a.excess_fen > greatest(a.refund_fen, 0))) LIMIT ${LIMIT}`,
      [companyId],
    );
  }

  /** After-sales stored after a time whose order is not known yet. */
  async youngOrphans(tx: Tx, companyId: string, since: Date): Promise<number> {
    const [found] = await rows<{ count: number }>(
      tx,
      'SELECT count(*) AS count FROM after_sale WHERE company_id = $1 AND order_id IS NULL AND created_at > $2',
      [companyId, since],
    );
    return found?.count ?? 0;
  }

  /** Orders that have another number of log rows than versions. */
  versionsWithoutLog(tx: Tx, companyId: string): Promise<Finding[]> {
    return rows<Finding>(
      tx,
      `SELECT format('order %s has version %s and %s log rows', o.order_id, o.version, count(l.version)) AS text
         FROM working_order o LEFT JOIN order_log l ON l.company_id = o.company_id AND l.order_id = o.order_id
        WHERE o.company_id = $1 GROUP BY o.order_id, o.version HAVING count(l.version) <> o.version OR max(l.version) <> o.version LIMIT ${LIMIT}`,
      [companyId],
    );
  }

  /** Orders that a warehouse may pick although they are not reserved, not approved or held. */
  impossibleAxes(tx: Tx, companyId: string): Promise<Finding[]> {
    return rows<Finding>(
      tx,
      `SELECT format('order %s is released to a warehouse while review is %s, stock is %s and status is %s', o.order_id, o.review, o.stock, o.status) AS text
         FROM working_order o JOIN fulfilment f ON f.company_id = o.company_id AND f.order_id = o.order_id AND f.state = 'released'
        WHERE o.company_id = $1 AND (o.review <> 'approved' OR o.stock <> 'reserved' OR o.status IN ('held', 'cancelled', 'completed', 'wait_pay') OR NOT o.is_live) LIMIT ${LIMIT}`,
      [companyId],
    );
  }
}
