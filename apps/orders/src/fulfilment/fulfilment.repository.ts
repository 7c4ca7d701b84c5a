import { Injectable } from '@nestjs/common';
import { execute, row, rows, type Tx } from '@app/shared';
import type { Departure, FulfilmentState } from '../order/order.types';

/** A fulfilment with its order's content as the platform told it; null when that is missing. */
export interface LabelledFulfilment extends FulfilmentPlace {
  state: FulfilmentState;
  revision: number;
  reason: string;
  platform: string;
  platformOrderNo: string;
  canonical: string | null;
}

/** Where a fulfilment belongs; enough to judge the caller's limits. */
export interface FulfilmentPlace {
  fulfilmentId: string;
  orderId: string;
  shopId: string;
  warehouse: string;
}

/** Filters of the list of fulfilments; null limits = all. */
export interface FulfilmentFilter {
  companyId: string;
  shops: readonly string[] | null;
  warehouses: readonly string[] | null;
  warehouse?: string;
  carrier?: string;
  state?: string;
  cutOffBefore?: Date;
  after?: string;
  limit: number;
}

/** A row of the list. */
export interface ListedFulfilment extends FulfilmentPlace {
  platform: string;
  platformOrderNo: string;
  revision: number;
  state: FulfilmentState;
  reason: string;
  shipBy: Date | null;
  isUrgent: boolean;
  departedAt: Date | null;
  parcelId: string | null;
}

@Injectable()
export class FulfilmentRepository {
  /** What the label of a fulfilment needs, with its place; undefined when it is unknown. */
  receiver(tx: Tx, companyId: string, fulfilmentId: string): Promise<LabelledFulfilment | undefined> {
    return row<LabelledFulfilment>(
      tx,
      `SELECT f.fulfilment_id, f.order_id, f.shop_id, f.warehouse, f.state, f.revision, f.reason, o.platform, o.platform_order_no, p.canonical
         FROM fulfilment f JOIN working_order o ON o.company_id = f.company_id AND o.order_id = f.order_id
         LEFT JOIN platform_order p ON p.company_id = f.company_id AND p.order_id = f.order_id
        WHERE f.company_id = $1 AND f.fulfilment_id = $2`,
      [companyId, fulfilmentId],
    );
  }

  departures(tx: Tx, companyId: string, fulfilmentId: string): Promise<Departure[]> {
    return rows<Departure>(
      tx,
      'SELECT * FROM departure WHERE company_id = $1 AND fulfilment_id = $2 ORDER BY granted_at, parcel_id',
      [companyId, fulfilmentId],
    );
  }

  /** Marks the granted departures of a fulfilment as taken back. The order is locked. */
  async takeBack(tx: Tx, companyId: string, fulfilmentId: string, at: Date, by: string, reason: string): Promise<void> {
    await execute(
      tx,
      'UPDATE departure SET taken_back_at = $3, taken_back_by = $4, take_back_reason = $5 WHERE company_id = $1 AND fulfilment_id = $2 AND taken_back_at IS NULL',
      [companyId, fulfilmentId, at, by, reason],
    );
  }

  /** Fulfilments that fit, by id. */
  list(tx: Tx, filter: FulfilmentFilter): Promise<ListedFulfilment[]> {
    const { companyId, shops, warehouses, warehouse, carrier, state, cutOffBefore, after, limit } = filter;
    return rows<ListedFulfilment>(
      tx,
      `SELECT f.fulfilment_id, f.order_id, f.shop_id, f.warehouse, f.revision, f.state, f.reason, f.ship_by, f.is_urgent, f.departed_at, f.parcel_id, o.platform, o.platform_order_no
         FROM fulfilment f JOIN working_order o ON o.company_id = f.company_id AND o.order_id = f.order_id
        WHERE f.company_id = $1
          AND ($2::text[] IS NULL OR f.shop_id = ANY($2)) AND ($3::text[] IS NULL OR f.warehouse = ANY($3))
          AND ($4::text IS NULL OR f.warehouse = $4) AND ($5::text IS NULL OR f.state = $5) AND ($6::timestamptz IS NULL OR f.ship_by < $6)
          AND ($7::text IS NULL OR EXISTS (SELECT 1 FROM shop s WHERE s.company_id = f.company_id AND s.shop_id = f.shop_id AND s.default_carrier = $7))
          AND ($8::text IS NULL OR f.fulfilment_id > $8)
        ORDER BY f.fulfilment_id LIMIT $9`,
      [
        companyId,
        shops,
        warehouses,
        warehouse ?? null,
        state ?? null,
        cutOffBefore ?? null,
        carrier ?? null,
        after ?? null,
        limit,
      ],
    );
  }

  /** The goods of some fulfilments with what a clerk reads. */
  goods(
    tx: Tx,
    companyId: string,
    fulfilmentIds: readonly string[],
  ): Promise<
    {
      fulfilmentId: string;
      lineId: string;
      platformLineNo: string;
      skuId: string;
      skuCode: string;
      title: string;
      quantity: number;
    }[]
  > {
    return rows(
      tx,
      `SELECT g.fulfilment_id, g.line_id, l.platform_line_no, g.sku_id, g.sku_code, l.title, g.quantity
         FROM fulfilment_line g JOIN order_line l ON l.company_id = g.company_id AND l.line_id = g.line_id
        WHERE g.company_id = $1 AND g.fulfilment_id = ANY($2::text[]) ORDER BY g.fulfilment_id, l.position, g.sku_id`,
      [companyId, fulfilmentIds],
    );
  }
}
