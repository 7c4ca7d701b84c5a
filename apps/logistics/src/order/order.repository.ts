import type { OrderFactItem } from '@app/contracts';
import { execute, rows, type Tx } from '@app/shared';
import { Injectable } from '@nestjs/common';
import { refundsOf } from './order.rules';

@Injectable()
export class OrderRepository {
  /** One statement for any number of orders; the rows are written in key order. */
  async store(tx: Tx, companyId: string, orders: readonly OrderFactItem[]): Promise<void> {
    await execute(
      tx,
      `INSERT INTO order_copy (company_id, order_id, shop_id, platform_order_no, platform_state, status)
       SELECT $1, o.* FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
           AS o(order_id, shop_id, platform_order_no, platform_state, status)
        ORDER BY o.order_id
       ON CONFLICT (company_id, order_id) DO UPDATE
          SET shop_id = excluded.shop_id, platform_order_no = excluded.platform_order_no,
              platform_state = excluded.platform_state, status = excluded.status`,
      [
        companyId,
        orders.map((order) => order.orderId),
        orders.map((order) => order.shopId),
        orders.map((order) => order.platformOrderNo),
        orders.map((order) => order.platformState),
        orders.map((order) => order.status),
      ],
    );
  }

  /**
   * Stores which lines of orders shall not reach their buyers, and returns the orders of which that is or was so.
   * The orders' versions were raised before in this transaction, so nobody else writes their rows.
   */
  async storeRefunds(tx: Tx, companyId: string, orders: readonly OrderFactItem[]): Promise<string[]> {
    const before = await rows<{ orderId: string }>(
      tx,
      'DELETE FROM refund_in_force WHERE company_id = $1 AND order_id = ANY($2::text[]) RETURNING order_id',
      [companyId, orders.map((order) => order.orderId)],
    );
    const refunds = orders.flatMap(refundsOf);
    if (refunds.length > 0)
      await execute(
        tx,
        `INSERT INTO refund_in_force (company_id, order_id, line_id, kind)
         SELECT $1, r.* FROM unnest($2::text[], $3::text[], $4::text[]) AS r(order_id, line_id, kind)`,
        [
          companyId,
          refunds.map((refund) => refund.orderId),
          refunds.map((refund) => refund.lineId),
          refunds.map((refund) => refund.kind),
        ],
      );
    return [...new Set([...before, ...refunds].map(({ orderId }) => orderId))];
  }
}
