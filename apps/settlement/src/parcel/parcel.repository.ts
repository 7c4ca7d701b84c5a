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
   * Stores parcels as told, lines included; rows are written in the order of their keys. The caller passes newer versions
   * only. A parcel may be known before its orders: nothing here refers to them.
   */
  async put(tx: Tx, companyId: string, items: readonly ParcelItem[]): Promise<void> {
    await execute(
      tx,
      `INSERT INTO parcel AS p (company_id, parcel_id, version, state, shop_id, platform, warehouse, carrier, waybill_no, shipped_at, delivered_at)
       SELECT $1, x."parcelId", x."parcelVersion", x.state, x."shopId", x.platform, x.warehouse, x.carrier, x."waybillNo", x."shippedAt", x."deliveredAt"
         FROM jsonb_to_recordset($2::jsonb) AS x("parcelId" text, "parcelVersion" bigint, state text, "shopId" text, platform text, warehouse text,
              carrier text, "waybillNo" text, "shippedAt" timestamptz, "deliveredAt" timestamptz)
        ORDER BY x."parcelId"
       ON CONFLICT (company_id, parcel_id) DO UPDATE
         SET version = excluded.version, state = excluded.state, shop_id = excluded.shop_id, platform = excluded.platform,
             warehouse = excluded.warehouse, carrier = excluded.carrier, waybill_no = excluded.waybill_no,
             shipped_at = excluded.shipped_at, delivered_at = excluded.delivered_at`,
      [companyId, JSON.stringify(items)],
    );
    await execute(tx, 'DELETE FROM parcel_line WHERE company_id = $1 AND parcel_id = ANY($2)', [
      companyId,
      items.map(({ parcelId }) => parcelId).sort(),
    ]);
    const lines = items.flatMap(({ parcelId, lines: own }) => own.map((line) => ({ ...line, parcelId })));
    await execute(
      tx,
      `INSERT INTO parcel_line (company_id, parcel_id, order_id, line_id, sku_id, sku_code, quantity)
       SELECT $1, x."parcelId", min(x."orderId"), x."lineId", x."skuId", min(x."skuCode"), sum(x.quantity)
         FROM jsonb_to_recordset($2::jsonb) AS x("parcelId" text, "orderId" text, "lineId" text, "skuId" text, "skuCode" text, quantity int)
        GROUP BY x."parcelId", x."lineId", x."skuId"`,
      [companyId, JSON.stringify(lines)],
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
