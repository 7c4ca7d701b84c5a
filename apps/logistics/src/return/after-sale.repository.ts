import type { AfterSaleFactItem } from '@app/contracts';
import { execute, rows, type Tx } from '@app/shared';
import { Injectable } from '@nestjs/common';
import { plainNumber } from './return.rules';

@Injectable()
export class AfterSaleRepository {
  /**
   * Stores after-sales in the order of their ids, and returns every number of a parcel that they name now or named
   * before, and those of parcels that are on their way back for the same orders.
   */
  async store(tx: Tx, companyId: string, items: readonly AfterSaleFactItem[]): Promise<string[]> {
    const ids = items.map((item) => item.afterSaleId);
    const before = await rows<{ waybillNo: string }>(
      tx,
      `SELECT return_waybill_no AS waybill_no FROM after_sale
        WHERE company_id = $1 AND after_sale_id = ANY($2::text[]) AND return_waybill_no IS NOT NULL
       UNION
       SELECT waybill_no FROM return_parcel WHERE company_id = $1 AND order_id = ANY($3::text[]) AND parcel_id IS NOT NULL`,
      [companyId, ids, items.map((item) => item.orderId)],
    );
    const numbers = items.map(({ returnWaybillNo }) => (returnWaybillNo && plainNumber(returnWaybillNo)) || null);
    await execute(
      tx,
      `INSERT INTO after_sale (company_id, after_sale_id, shop_id, platform, platform_after_sale_no, order_id, platform_order_no, line_id, state, return_waybill_no, return_carrier)
       SELECT $1, a.* FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[])
           AS a(after_sale_id, shop_id, platform, platform_after_sale_no, order_id, platform_order_no, line_id, state, return_waybill_no, return_carrier)
        ORDER BY a.after_sale_id
       ON CONFLICT (company_id, after_sale_id) DO UPDATE
          SET shop_id = excluded.shop_id, platform = excluded.platform, platform_after_sale_no = excluded.platform_after_sale_no,
              order_id = excluded.order_id, platform_order_no = excluded.platform_order_no, line_id = excluded.line_id,
              state = excluded.state, return_waybill_no = excluded.return_waybill_no, return_carrier = excluded.return_carrier`,
      [
        companyId,
        ids,
        items.map((item) => item.shopId),
        items.map((item) => item.platform),
        items.map((item) => item.platformAfterSaleNo),
        items.map((item) => item.orderId),
        items.map((item) => item.platformOrderNo),
        items.map((item) => item.lineId),
        items.map((item) => item.state),
        numbers,
        items.map((item) => item.returnCarrier),
      ],
    );
    const now = numbers.filter((number): number is string => number !== null);
    return [...new Set([...before.map(({ waybillNo }) => waybillNo), ...now])];
  }
}
