import { Injectable } from '@nestjs/common';
import type { ReturnItem } from '@app/contracts';
import { execute, rows, type Tx } from '@app/shared';

/** A line of what came back for an order. */
export interface OrderReturnLine {
  orderId: string;
  returnId: string;
  waybillNo: string;
  warehouse: string;
  receivedAt: Date;
  platformAfterSaleNos: string[];
  skuCode: string;
  quantity: number;
  grade: 'A' | 'B' | 'C';
}

/** All statements on copied returns. */
@Injectable()
export class GoodsReturnRepository {
  /**
   * Stores returns as told, lines included, in the order of their keys. The caller passes newer versions only. A return may
   * be known before its order, or have none yet: nothing here refers to orders.
   */
  async put(tx: Tx, companyId: string, items: readonly ReturnItem[]): Promise<void> {
    await execute(
      tx,
      `INSERT INTO goods_return AS r (company_id, return_id, version, order_id, warehouse, waybill_no, platform_after_sale_nos, received_at)
       SELECT $1, x."returnId", x."returnVersion", x."orderId", x.warehouse, x."waybillNo",
              ARRAY(SELECT jsonb_array_elements_text(x."platformAfterSaleNos")), x."receivedAt"
         FROM jsonb_to_recordset($2::jsonb) AS x("returnId" text, "returnVersion" bigint, "orderId" text, warehouse text, "waybillNo" text,
              "platformAfterSaleNos" jsonb, "receivedAt" timestamptz)
        ORDER BY x."returnId"
       ON CONFLICT (company_id, return_id) DO UPDATE
         SET version = excluded.version, order_id = excluded.order_id, warehouse = excluded.warehouse, waybill_no = excluded.waybill_no,
             platform_after_sale_nos = excluded.platform_after_sale_nos, received_at = excluded.received_at`,
      [companyId, JSON.stringify(items)],
    );
    await execute(tx, 'DELETE FROM goods_return_line WHERE company_id = $1 AND return_id = ANY($2)', [
      companyId,
      items.map(({ returnId }) => returnId).sort(),
    ]);
    await execute(
      tx,
      `INSERT INTO goods_return_line (company_id, return_id, line_no, sku_id, sku_code, quantity, grade)
       SELECT $1, x."returnId", x."lineNo", x."skuId", x."skuCode", x.quantity, x.grade
         FROM jsonb_to_recordset($2::jsonb) AS x("returnId" text, "lineNo" int, "skuId" text, "skuCode" text, quantity int, grade text)`,
      [companyId, JSON.stringify(items.flatMap(({ returnId, lines }) => lines.map((line) => ({ ...line, returnId }))))],
    );
  }

  /** What came back for these orders, line by line. */
  ofOrders(tx: Tx, companyId: string, orderIds: readonly string[]): Promise<OrderReturnLine[]> {
    return rows<OrderReturnLine>(
      tx,
      `SELECT r.order_id, r.return_id, r.waybill_no, r.warehouse, r.received_at, r.platform_after_sale_nos, l.sku_code, l.quantity, l.grade
         FROM goods_return r JOIN goods_return_line l ON l.company_id = r.company_id AND l.return_id = r.return_id
        WHERE r.company_id = $1 AND r.order_id = ANY($2) ORDER BY r.order_id, r.received_at, r.return_id, l.line_no`,
      [companyId, orderIds],
    );
  }
}
