import { Injectable } from '@nestjs/common';
import { execute, rows, tableRows, type Tx } from '@app/shared';
import type { OrderReturn } from '../order/order.types';

@Injectable()
export class ReturnRepository {
  /** The orders that some returns belonged to until now; those without an order are left out. */
  async ordersOf(tx: Tx, companyId: string, returnIds: readonly string[]): Promise<string[]> {
    const found = await rows<{ orderId: string }>(
      tx,
      'SELECT DISTINCT order_id FROM order_return WHERE company_id = $1 AND return_id = ANY($2::text[]) AND order_id IS NOT NULL',
      [companyId, returnIds],
    );
    return found.map(({ orderId }) => orderId);
  }

  /** Replaces what is known of returns; rows are written in key order. */
  async put(tx: Tx, returns: readonly OrderReturn[]): Promise<void> {
    const sorted = [...returns].sort((a, b) => (a.returnId < b.returnId ? -1 : 1));
    await execute(
      tx,
      `INSERT INTO order_return SELECT n.* FROM unnest($1::order_return[]) AS n
       ON CONFLICT (company_id, return_id) DO UPDATE
         SET version = excluded.version, order_id = excluded.order_id, warehouse = excluded.warehouse, waybill_no = excluded.waybill_no, parcel_id = excluded.parcel_id,
             platform_after_sale_nos = excluded.platform_after_sale_nos, received_at = excluded.received_at, lines = excluded.lines`,
      [await tableRows(tx, 'order_return', sorted)],
    );
  }
}
