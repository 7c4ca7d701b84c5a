import type { OrderFactItem } from '@app/contracts';
import { execute, type Tx } from '@app/shared';
import { Injectable } from '@nestjs/common';

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
}
