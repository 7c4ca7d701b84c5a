import { Injectable } from '@nestjs/common';
import { execute, rows, type Tx } from '@app/shared';
import type { ParcelItem } from '@app/contracts';

/** A parcel with what it holds of one order. */
export interface OrderParcel {
  orderId: string;
  parcelId: string;
  state: string;
  carrier: string;
  waybillNo: string;
  shippedAt: Date;
  deliveredAt: Date | null;
}

/** All statements on copied parcels. */
@Injectable()
export class ParcelRepository {
  /**
   * Stores parcels as told, lines included, in one statement; parcels are written in the order of their keys, lines only
   * where they differ. The caller passes newer versions only, of parcels that nobody else writes meanwhile. A parcel may be known before its orders: nothing here refers to them.
   */
  async put(tx: Tx, companyId: string, items: readonly ParcelItem[]): Promise<void> {
    await execute(
      tx,
      `WITH line AS (
         SELECT x."parcelId" AS parcel_id, min(x."orderId") AS order_id, x."lineId" AS line_id, x."skuId" AS sku_id, min(x."skuCode") AS sku_code, sum(x.quantity) AS quantity
           FROM jsonb_to_recordset($3::jsonb) AS x("parcelId" text, "orderId" text, "lineId" text, "skuId" text, "skuCode" text, quantity int)
          GROUP BY x."parcelId", x."lineId", x."skuId"
       ), gone AS (
         DELETE FROM parcel_line l WHERE l.company_id = $1 AND l.parcel_id = ANY($4::text[])
            AND NOT EXISTS (SELECT 1 FROM line n WHERE n.parcel_id = l.parcel_id AND n.line_id = l.line_id AND n.sku_id = l.sku_id)
       ), stored AS (
         INSERT INTO parcel_line AS l (company_id, parcel_id, order_id, line_id, sku_id, sku_code, quantity)
         SELECT $1, n.parcel_id, n.order_id, n.line_id, n.sku_id, n.sku_code, n.quantity FROM line n
         ON CONFLICT (company_id, parcel_id, line_id, sku_id) DO UPDATE
           SET order_id = excluded.order_id, sku_code = excluded.sku_code, quantity = excluded.quantity
         WHERE (l.order_id, l.sku_code, l.quantity) IS DISTINCT FROM (excluded.order_id, excluded.sku_code, excluded.quantity)
       )
       INSERT INTO parcel AS p (company_id, parcel_id, version, state, shop_id, platform, warehouse, carrier, waybill_no, shipped_at, delivered_at)
       SELECT $1, x."parcelId", x."parcelVersion", x.state, x."shopId", x.platform, x.warehouse, x.carrier, x."waybillNo", x."shippedAt", x."deliveredAt"
         FROM jsonb_to_recordset($2::jsonb) AS x("parcelId" text, "parcelVersion" bigint, state text, "shopId" text, platform text, warehouse text,
              carrier text, "waybillNo" text, "shippedAt" timestamptz, "deliveredAt" timestamptz)
        ORDER BY x."parcelId"
       ON CONFLICT (company_id, parcel_id) DO UPDATE
         SET version = excluded.version, state = excluded.state, shop_id = excluded.shop_id, platform = excluded.platform,
             warehouse = excluded.warehouse, carrier = excluded.carrier, waybill_no = excluded.waybill_no,
             shipped_at = excluded.shipped_at, delivered_at = excluded.delivered_at`,
      [
        companyId,
        JSON.stringify(items.map(({ lines: _lines, ...parcel }) => parcel)),
        JSON.stringify(items.flatMap(({ parcelId, lines }) => lines.map((line) => ({ ...line, parcelId })))),
        items.map(({ parcelId }) => parcelId),
      ],
    );
  }

  /** The parcels that hold something of these orders. */
  ofOrders(tx: Tx, companyId: string, orderIds: readonly string[]): Promise<OrderParcel[]> {
    return rows<OrderParcel>(
      tx,
      `SELECT DISTINCT l.order_id, p.parcel_id, p.state, p.carrier, p.waybill_no, p.shipped_at, p.delivered_at
         FROM parcel_line l JOIN parcel p ON p.company_id = l.company_id AND p.parcel_id = l.parcel_id
        WHERE l.company_id = $1 AND l.order_id = ANY($2) ORDER BY l.order_id, p.parcel_id`,
      [companyId, orderIds],
    );
  }
}
