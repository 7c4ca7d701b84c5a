import { Injectable } from '@nestjs/common';
import { rows, type Tx } from '@app/shared';

/** Filters of a list of orders; `shops` null = all shops of the company. */
export interface OrderFilter {
  companyId: string;
  shops: readonly string[] | null;
  shopId?: string;
  status?: string;
  platformState?: string;
  hold?: string;
  platformOrderNo?: string;
  updatedFrom?: Date;
  /** The last shown order: its id, or its change time and id when updatedFrom is given. */
  after?: readonly (string | number)[];
  limit: number;
}

/** A row of a list: what the cursor needs. */
export interface ListedOrder {
  orderId: string;
  updatedAt: Date;
}

@Injectable()
export class OrderListRepository {
  /**
   * Ids of orders that fit, newest first, or by change time when updatedFrom is given; both orders stand in an index.
   * Only fixed texts are put together here; every value is a parameter.
   */
  list(tx: Tx, filter: OrderFilter): Promise<ListedOrder[]> {
    const parameters: unknown[] = [filter.companyId];
    const where = ['o.company_id = $1'];
    const add = (value: unknown, condition: (place: string) => string) => {
      if (value === undefined || value === null) return;
      parameters.push(value);
      where.push(condition(`$${parameters.length}`));
    };
    add(filter.shops, (p) => `o.shop_id = ANY(${p}::text[])`);
    add(filter.shopId, (p) => `o.shop_id = ${p}`);
    add(filter.status, (p) => `o.status = ${p}`);
    add(filter.platformState, (p) => `o.platform_state = ${p}`);
    add(filter.platformOrderNo, (p) => `o.platform_order_no = ${p}`);
    add(
      filter.hold,
      (p) =>
        `EXISTS (SELECT 1 FROM order_hold h WHERE h.company_id = $1 AND h.order_id = o.order_id AND h.closed_at IS NULL AND (${p} = 'any' OR h.type = ${p}))`,
    );
    const isByUpdate = filter.updatedFrom !== undefined;
    add(filter.updatedFrom, (p) => `o.updated_at >= ${p}`);
    if (filter.after && isByUpdate) {
      parameters.push(filter.after[0], filter.after[1]);
      where.push(`(o.updated_at, o.order_id) > ($${parameters.length - 1}::timestamptz, $${parameters.length})`);
    } else if (filter.after) {
      add(filter.after[0], (p) => `o.order_id < ${p}`);
    }
    parameters.push(filter.limit);
    return rows<ListedOrder>(
      tx,
      `SELECT o.order_id, o.updated_at FROM working_order o WHERE ${where.join(' AND ')}
        ORDER BY ${isByUpdate ? 'o.updated_at, o.order_id' : 'o.order_id DESC'} LIMIT $${parameters.length}`,
      parameters,
    );
  }

  /** Orders per status and open holds per type; `shops` null = all. */
  async summary(
    tx: Tx,
    companyId: string,
    shops: readonly string[] | null,
  ): Promise<{ items: { status: string; count: number }[]; holds: { type: string; count: number }[] }> {
    const items = await rows<{ status: string; count: number }>(
      tx,
      'SELECT status, count(*) AS count FROM working_order WHERE company_id = $1 AND ($2::text[] IS NULL OR shop_id = ANY($2)) GROUP BY status ORDER BY status',
      [companyId, shops],
    );
    const holds = await rows<{ type: string; count: number }>(
      tx,
      `SELECT h.type, count(*) AS count FROM order_hold h JOIN working_order o ON o.company_id = h.company_id AND o.order_id = h.order_id
        WHERE h.company_id = $1 AND h.closed_at IS NULL AND ($2::text[] IS NULL OR o.shop_id = ANY($2)) GROUP BY h.type ORDER BY h.type`,
      [companyId, shops],
    );
    return { items, holds };
  }

  /** The order's log, oldest first. */
  log(
    tx: Tx,
    companyId: string,
    orderId: string,
  ): Promise<{ version: number; at: Date; actor: string; reason: string; changes: string }[]> {
    return rows(
      tx,
      'SELECT version, at, actor, reason, changes FROM order_log WHERE company_id = $1 AND order_id = $2 ORDER BY version',
      [companyId, orderId],
    );
  }

  /** Orders of all companies with a hold whose time has come; no lock is taken. */
  dueHolds(tx: Tx, now: Date, limit: number): Promise<{ companyId: string; orderId: string }[]> {
    return rows(
      tx,
      `SELECT DISTINCT company_id, order_id FROM (
         SELECT company_id, order_id FROM order_hold WHERE closed_at IS NULL AND release_at IS NOT NULL AND release_at <= $1 ORDER BY release_at LIMIT $2) due
        ORDER BY company_id, order_id`,
      [now, limit],
    );
  }
}
