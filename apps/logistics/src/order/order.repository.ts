import type { OrderFactItem } from '@app/contracts';
import { execute, groupBy, rows, type Tx } from '@app/shared';
import { Injectable } from '@nestjs/common';
import { refundsOf, sameRefunds, type RefundInForce } from './order.rules';

@Injectable()
export class OrderRepository {
  /**
   * Stores orders and which of their lines shall not reach their buyers; returns the orders of which that changed. The
   * orders' versions were raised before in this transaction, so nobody else writes their rows.
   */
  async store(tx: Tx, companyId: string, orders: readonly OrderFactItem[]): Promise<string[]> {
    const before = await this.storeCopies(tx, companyId, orders);
    const known = groupBy(before, ({ orderId }) => orderId);
    const changed = orders.flatMap((order) => {
      const refunds = refundsOf(order);
      return sameRefunds(known.get(order.orderId) ?? [], refunds) ? [] : [{ orderId: order.orderId, refunds }];
    });
    if (changed.length > 0) await this.replaceRefunds(tx, companyId, changed);
    return changed.map(({ orderId }) => orderId);
  }

  /** One statement for any number of orders, written in key order; returns the refunds in force that are stored of them. */
  private storeCopies(tx: Tx, companyId: string, orders: readonly OrderFactItem[]): Promise<RefundInForce[]> {
    return rows(
      tx,
      `WITH stored AS (
       INSERT INTO order_copy AS c (company_id, order_id, shop_id, platform_order_no, platform_state, status)
       SELECT $1, o.* FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
           AS o(order_id, shop_id, platform_order_no, platform_state, status)
        ORDER BY o.order_id
       ON CONFLICT (company_id, order_id) DO UPDATE
          SET shop_id = excluded.shop_id, platform_order_no = excluded.platform_order_no,
              platform_state = excluded.platform_state, status = excluded.status
        WHERE (c.shop_id, c.platform_order_no, c.platform_state, c.status)
              IS DISTINCT FROM (excluded.shop_id, excluded.platform_order_no, excluded.platform_state, excluded.status))
       SELECT order_id, line_id, kind FROM refund_in_force WHERE company_id = $1 AND order_id = ANY($2::text[])`,
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

  private async replaceRefunds(
    tx: Tx,
    companyId: string,
    changed: readonly { orderId: string; refunds: readonly RefundInForce[] }[],
  ): Promise<void> {
    await execute(tx, 'DELETE FROM refund_in_force WHERE company_id = $1 AND order_id = ANY($2::text[])', [
      companyId,
      changed.map(({ orderId }) => orderId),
    ]);
    const refunds = changed.flatMap((order) => order.refunds);
    if (refunds.length === 0) return;
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
  }
}
