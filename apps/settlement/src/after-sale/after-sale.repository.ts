import { Injectable } from '@nestjs/common';
import type { AfterSaleFactItem } from '@app/contracts';
import { execute, rows, type Tx } from '@app/shared';

/** An after-sale of an order. Amounts in fen. */
export interface OrderAfterSale {
  orderId: string;
  afterSaleId: string;
  platformAfterSaleNo: string;
  lineId: string | null;
  kind: string;
  state: string;
  refundFen: number;
  countedFen: number;
  modifiedAt: Date;
}

/** All statements on copied after-sales. */
@Injectable()
export class AfterSaleRepository {
  /** Stores after-sales as told, in the order of their keys. The caller passes newer versions only. */
  async put(tx: Tx, companyId: string, items: readonly AfterSaleFactItem[]): Promise<void> {
    await execute(
      tx,
      `INSERT INTO after_sale AS a (company_id, after_sale_id, version, shop_id, order_id, line_id, platform_after_sale_no, kind, state, refund_fen, counted_fen,
              currency, created_at, modified_at)
       SELECT $1, x."afterSaleId", x."afterSaleVersion", x."shopId", x."orderId", x."lineId", x."platformAfterSaleNo", x.kind, x.state, x."refundFen", x."countedFen",
              x.currency, x."createdAt", x."modifiedAt"
         FROM jsonb_to_recordset($2::jsonb) AS x("afterSaleId" text, "afterSaleVersion" bigint, "shopId" text, "orderId" text, "lineId" text,
              "platformAfterSaleNo" text, kind text, state text, "refundFen" bigint, "countedFen" bigint, currency text, "createdAt" timestamptz, "modifiedAt" timestamptz)
        ORDER BY x."afterSaleId"
       ON CONFLICT (company_id, after_sale_id) DO UPDATE
         SET version = excluded.version, shop_id = excluded.shop_id, order_id = excluded.order_id, line_id = excluded.line_id,
             platform_after_sale_no = excluded.platform_after_sale_no, kind = excluded.kind, state = excluded.state, refund_fen = excluded.refund_fen,
             counted_fen = excluded.counted_fen, currency = excluded.currency, created_at = excluded.created_at, modified_at = excluded.modified_at`,
      [companyId, JSON.stringify(items)],
    );
  }

  /** The after-sales of these orders. */
  ofOrders(tx: Tx, companyId: string, orderIds: readonly string[]): Promise<OrderAfterSale[]> {
    return rows<OrderAfterSale>(
      tx,
      `SELECT order_id, after_sale_id, platform_after_sale_no, line_id, kind, state, refund_fen, counted_fen, modified_at FROM after_sale
        WHERE company_id = $1 AND order_id = ANY($2) ORDER BY order_id, created_at, after_sale_id`,
      [companyId, orderIds],
    );
  }
}
