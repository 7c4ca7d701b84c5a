import { Injectable } from '@nestjs/common';
import { row, rows, type Tx } from '@app/shared';

/** Money that nothing explains. */
export interface SuspenseRow {
  source: 'order' | 'bill';
  key: string;
  shopId: string;
  platformOrderNo: string | null;
  orderId: string | null;
  amountFen: number;
  currency: string;
  at: Date;
  billFile: string | null;
  billRow: number | null;
  remark: string | null;
}

/** Sums of suspense in fen. */
export interface SuspenseSums {
  ordersFen: number;
  billsFen: number;
}

/** Orders by their unexplained fen, rows of bills by their entries in the account suspense. $1 company, $2 shops or null. */
const ALL_SQL = `
  SELECT 'order' AS source, o.order_id AS key, o.shop_id, o.platform_order_no, o.order_id, o.unexplained_fen AS amount_fen, o.currency,
         o.placed_at AS at, NULL::text AS bill_file, NULL::int AS bill_row, NULL::text AS remark
    FROM settlement_order o
   WHERE o.company_id = $1 AND o.unexplained_fen <> 0 AND ($2::text[] IS NULL OR o.shop_id = ANY($2))
  UNION ALL
  SELECT 'bill', e.transaction_id, t.shop_id, t.platform_order_no, NULL, -e.amount_fen, e.currency, t.occurred_at, f.file_name, b.row_no, b.remark
    FROM entry e
    JOIN entry_transaction t ON t.company_id = e.company_id AND t.transaction_id = e.transaction_id
    JOIN bill_line b ON b.company_id = t.company_id AND b.shop_id = t.shop_id AND b.line_key = t.line_key
    JOIN bill_file f ON f.company_id = b.company_id AND f.bill_id = b.bill_id
   WHERE e.company_id = $1 AND e.account = 'suspense' AND ($2::text[] IS NULL OR t.shop_id = ANY($2))`;

/** All statements on suspense. */
@Injectable()
export class SuspenseRepository {
  /** A page by source and key; `after` holds those of the last one shown. */
  list(
    tx: Tx,
    companyId: string,
    shopIds: readonly string[] | null,
    after: { source: string; key: string } | null,
    limit: number,
  ): Promise<SuspenseRow[]> {
    return rows<SuspenseRow>(
      tx,
      `SELECT * FROM (${ALL_SQL}) s WHERE $3::text IS NULL OR (s.source, s.key) > ($3, $4::text) ORDER BY s.source, s.key LIMIT $5`,
      [companyId, shopIds, after?.source ?? null, after?.key ?? null, limit],
    );
  }

  async sums(tx: Tx, companyId: string, shopIds: readonly string[] | null): Promise<SuspenseSums> {
    const found = await row<SuspenseSums>(
      tx,
      `SELECT coalesce(sum(amount_fen) FILTER (WHERE source = 'order'), 0)::bigint AS orders_fen,
              coalesce(sum(amount_fen) FILTER (WHERE source = 'bill'), 0)::bigint AS bills_fen FROM (${ALL_SQL}) s`,
      [companyId, shopIds],
    );
    return found!;
  }
}
