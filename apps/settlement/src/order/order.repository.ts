import { Injectable } from '@nestjs/common';
import { execute, rows, sumFen, type Tx } from '@app/shared';
import type { OrderFactItem } from '@app/contracts';

/** A copied order. Amounts in fen. */
export interface OrderRow {
  companyId: string;
  orderId: string;
  version: number;
  shopId: string;
  platform: string;
  platformOrderNo: string;
  platformState: string;
  status: string;
  placedAt: Date;
  paidAt: Date | null;
  currency: string;
  goodsFen: number;
  freightFen: number;
  shopDiscountFen: number;
  platformDiscountFen: number;
  payableFen: number;
  paidFen: number;
  /** Booked to suspense: paid less lines and freight, where they do not add up. */
  unexplainedFen: number;
}

/** A copied order line. Amounts in fen. */
export interface OrderLineRow {
  orderId: string;
  lineId: string;
  platformLineNo: string;
  quantity: number;
  paidFen: number;
  refundedFen: number;
  refund: string;
}

/** Which orders a list shows; null = no limit. */
export interface OrderFilter {
  shopIds: readonly string[] | null;
  platformOrderNo: string | null;
  placedFrom: Date | null;
  placedTo: Date | null;
}

const COLUMNS = `company_id, order_id, version, shop_id, platform, platform_order_no, platform_state, status, placed_at, paid_at, currency,
  goods_fen, freight_fen, shop_discount_fen, platform_discount_fen, payable_fen, paid_fen, unexplained_fen`;

/**
 * What neither lines nor freight explain of what was paid, in fen. Whether a platform's line amounts contain the freight
 * differs, so a sum equal to paid with or without it explains all. 0 while unpaid.
 */
export function unexplainedFen({ amounts, lines, paidAt }: OrderFactItem): number {
  const linesFen = sumFen(lines.map(({ paidFen }) => paidFen));
  if (paidAt === null || amounts.paidFen === linesFen) return 0;
  return amounts.paidFen - linesFen - amounts.freightFen;
}

/** What is kept of an order's lines. */
function linesOf({ orderId, lines }: OrderFactItem) {
  return lines.map(({ lineId, platformLineNo, listingId, listingSkuId, quantity, paidFen, refundedFen, refund }) => ({
    orderId,
    lineId,
    platformLineNo,
    listingId,
    listingSkuId,
    quantity,
    paidFen,
    refundedFen,
    refund,
  }));
}

/** All statements on copied orders. */
@Injectable()
export class OrderRepository {
  /**
   * Stores orders as told, lines included, in one statement; orders are written in the order of their keys, lines only where
   * they differ. The caller passes newer versions only, of orders that nobody else writes meanwhile. An order is completed when the platform says so; where it does not, when it was first told as that.
   */
  async put(
    tx: Tx,
    companyId: string,
    items: readonly OrderFactItem[],
    toldAt: (item: OrderFactItem) => Date | null = () => null,
  ): Promise<void> {
    await execute(
      tx,
      `WITH line AS (
         SELECT * FROM jsonb_to_recordset($4::jsonb) AS x("orderId" text, "lineId" text, "platformLineNo" text, "listingId" text, "listingSkuId" text, quantity int,
                "paidFen" bigint, "refundedFen" bigint, refund text)
       ), gone AS (
         DELETE FROM settlement_order_line l WHERE l.company_id = $1 AND l.order_id = ANY($5::text[])
            AND NOT EXISTS (SELECT 1 FROM line n WHERE n."orderId" = l.order_id AND n."lineId" = l.line_id)
       ), stored AS (
         INSERT INTO settlement_order_line AS l (company_id, order_id, line_id, platform_line_no, listing_id, listing_sku_id, quantity, paid_fen, refunded_fen, refund)
         SELECT $1, x."orderId", x."lineId", x."platformLineNo", x."listingId", x."listingSkuId", x.quantity, x."paidFen", x."refundedFen", x.refund FROM line x
         ON CONFLICT (company_id, order_id, line_id) DO UPDATE
           SET platform_line_no = excluded.platform_line_no, listing_id = excluded.listing_id, listing_sku_id = excluded.listing_sku_id,
               quantity = excluded.quantity, paid_fen = excluded.paid_fen, refunded_fen = excluded.refunded_fen, refund = excluded.refund
         WHERE (l.platform_line_no, l.listing_id, l.listing_sku_id, l.quantity, l.paid_fen, l.refunded_fen, l.refund)
               IS DISTINCT FROM (excluded.platform_line_no, excluded.listing_id, excluded.listing_sku_id, excluded.quantity, excluded.paid_fen, excluded.refunded_fen, excluded.refund)
       )
       INSERT INTO settlement_order AS o (${COLUMNS}, completed_at)
       SELECT $1, x."orderId", x."orderVersion", x."shopId", x.platform, x."platformOrderNo", x."platformState", x.status, x."placedAt", x."paidAt", x.currency,
              x."goodsFen", x."freightFen", x."shopDiscountFen", x."platformDiscountFen", x."payableFen", x."paidFen", x."unexplainedFen",
              CASE WHEN x."platformState" = 'completed' THEN coalesce(x."endedAt", ($3::jsonb ->> x."orderId")::timestamptz) END
         FROM jsonb_to_recordset($2::jsonb) AS x("orderId" text, "orderVersion" bigint, "shopId" text, platform text, "platformOrderNo" text, "platformState" text,
              status text, "placedAt" timestamptz, "paidAt" timestamptz, "endedAt" timestamptz, currency text, "goodsFen" bigint, "freightFen" bigint, "shopDiscountFen" bigint,
              "platformDiscountFen" bigint, "payableFen" bigint, "paidFen" bigint, "unexplainedFen" bigint)
        ORDER BY x."orderId"
       ON CONFLICT (company_id, order_id) DO UPDATE
         SET version = excluded.version, shop_id = excluded.shop_id, platform = excluded.platform, platform_order_no = excluded.platform_order_no,
             platform_state = excluded.platform_state, status = excluded.status, placed_at = excluded.placed_at, paid_at = excluded.paid_at,
             currency = excluded.currency, goods_fen = excluded.goods_fen, freight_fen = excluded.freight_fen,
             shop_discount_fen = excluded.shop_discount_fen, platform_discount_fen = excluded.platform_discount_fen,
             payable_fen = excluded.payable_fen, paid_fen = excluded.paid_fen, unexplained_fen = excluded.unexplained_fen,
             completed_at = CASE WHEN excluded.completed_at IS NULL OR excluded.completed_at = ($3::jsonb ->> excluded.order_id)::timestamptz THEN coalesce(o.completed_at, excluded.completed_at)
                                 ELSE excluded.completed_at END`,
      [
        companyId,
        JSON.stringify(
          items.map((item) => {
            const { lines: _lines, amounts, ...order } = item;
            return { ...order, ...amounts, unexplainedFen: unexplainedFen(item) };
          }),
        ),
        JSON.stringify(Object.fromEntries(items.map((item) => [item.orderId, toldAt(item)]))),
        JSON.stringify(items.flatMap(linesOf)),
        items.map(({ orderId }) => orderId),
      ],
    );
  }

  /** A page of orders by (placed_at, order_id), newest first; `after` holds the keys of the last one shown. */
  list(
    tx: Tx,
    companyId: string,
    filter: OrderFilter,
    after: { placedAt: Date; orderId: string } | null,
    limit: number,
  ): Promise<OrderRow[]> {
    return rows<OrderRow>(
      tx,
      `SELECT ${COLUMNS} FROM settlement_order
        WHERE company_id = $1 AND ($2::text[] IS NULL OR shop_id = ANY($2)) AND ($3::text IS NULL OR platform_order_no = $3)
          AND ($4::timestamptz IS NULL OR placed_at >= $4) AND ($5::timestamptz IS NULL OR placed_at < $5)
          AND ($6::timestamptz IS NULL OR (placed_at, order_id) < ($6, $7::text))
        ORDER BY placed_at DESC, order_id DESC LIMIT $8`,
      [
        companyId,
        filter.shopIds,
        filter.platformOrderNo,
        filter.placedFrom,
        filter.placedTo,
        after?.placedAt ?? null,
        after?.orderId ?? null,
        limit,
      ],
    );
  }

  linesOf(tx: Tx, companyId: string, orderIds: readonly string[]): Promise<OrderLineRow[]> {
    return rows<OrderLineRow>(
      tx,
      `SELECT order_id, line_id, platform_line_no, quantity, paid_fen, refunded_fen, refund FROM settlement_order_line
        WHERE company_id = $1 AND order_id = ANY($2) ORDER BY order_id, line_id`,
      [companyId, orderIds],
    );
  }

  async count(tx: Tx, companyId: string): Promise<number> {
    const found = await rows<{ count: number }>(
      tx,
      'SELECT count(*) AS count FROM settlement_order WHERE company_id = $1',
      [companyId],
    );
    return found[0]?.count ?? 0;
  }

  /**
   * At most 20 paid orders whose lines, freight and suspense do not add up to what was paid. Whether a platform's line
   * amounts contain the freight differs, so a sum equal to paid with or without it is right.
   */
  findWrongSums(
    tx: Tx,
    companyId: string,
  ): Promise<{ orderId: string; platformOrderNo: string; paidFen: number; linesFen: number; freightFen: number }[]> {
    return rows(
      tx,
      `SELECT o.order_id, o.platform_order_no, o.paid_fen, s.lines_fen, o.freight_fen
         FROM settlement_order o
         JOIN LATERAL (SELECT coalesce(sum(l.paid_fen), 0)::bigint AS lines_fen FROM settlement_order_line l
                        WHERE l.company_id = o.company_id AND l.order_id = o.order_id) s ON true
        WHERE o.company_id = $1 AND o.paid_at IS NOT NULL
          AND o.paid_fen - o.unexplained_fen NOT IN (s.lines_fen, s.lines_fen + o.freight_fen)
        ORDER BY o.order_id LIMIT 20`,
      [companyId],
    );
  }

  /** Copies whose version is not the newest that was applied; at most 20. The join partner is this service's own inbox. */
  findWrongVersions(
    tx: Tx,
    companyId: string,
  ): Promise<{ orderId: string; version: number; applied: number | null }[]> {
    return rows(
      tx,
      `SELECT o.order_id, o.version, v.version AS applied
         FROM settlement_order o
         LEFT JOIN subject_version v ON v.company_id = o.company_id AND v.subject_kind = 'order' AND v.subject_id = o.order_id
        WHERE o.company_id = $1 AND v.version IS DISTINCT FROM o.version ORDER BY o.order_id LIMIT 20`,
      [companyId],
    );
  }
}
