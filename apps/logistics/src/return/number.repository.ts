import { execute, row, rows, type Tx } from '@app/shared';
import { Injectable } from '@nestjs/common';
import type { Claim, OutwardParcel } from './return.rules';

/** SQL around the number on a parcel that comes back: who may own it. */
@Injectable()
export class NumberRepository {
  /**
   * Makes everybody who works on these numbers wait for each other until the end of the transaction, in the order of the
   * numbers. Whoever also locks parcels does that before.
   */
  async lock(tx: Tx, companyId: string, numbers: readonly string[]): Promise<void> {
    const keys = [...numbers].sort().map((number) => JSON.stringify(['return', companyId, number]));
    await execute(tx, 'SELECT pg_advisory_xact_lock(hashtextextended(k, 4701341)) FROM unnest($1::text[]) AS k', [
      keys,
    ]);
  }

  /** Locks the parcels that bear a number and left, in key order. */
  async lockParcels(tx: Tx, companyId: string, number: string): Promise<void> {
    await execute(
      tx,
      `SELECT id FROM parcel WHERE company_id = $1 AND waybill_no = $2 AND state IN ('shipped', 'delivered', 'exception') ORDER BY id FOR UPDATE`,
      [companyId, number],
    );
  }

  /** A parcel of the number that is still in the house; undefined when there is none. */
  atHome(
    tx: Tx,
    companyId: string,
    number: string,
  ): Promise<{ id: string; state: string; version: number } | undefined> {
    return row(
      tx,
      `SELECT id, state, version FROM parcel
        WHERE company_id = $1 AND waybill_no = $2 AND state IN ('labelled', 'departing', 'pull_out') ORDER BY id LIMIT 1`,
      [companyId, number],
    );
  }

  /** Parcels that left under some numbers, with the after-sales of their lines that name no other parcel. */
  outward(tx: Tx, companyId: string, numbers: readonly string[]): Promise<OutwardParcel[]> {
    return rows(
      tx,
      `SELECT p.id AS parcel_id, p.waybill_no, p.carrier, p.warehouse, p.shop_id, p.platform, l.order_ids, l.platform_order_no,
              i.state AS intercept_state,
              ARRAY(SELECT DISTINCT a.platform_after_sale_no FROM after_sale a
                     WHERE a.company_id = p.company_id AND a.order_id = ANY(l.order_ids) AND a.state NOT IN ('refused', 'withdrawn')
                       AND (a.line_id IS NULL OR a.line_id = ANY(l.line_ids))
                       AND (a.return_waybill_no IS NULL OR a.return_waybill_no = p.waybill_no)
                     ORDER BY 1) AS platform_after_sale_nos
         FROM parcel p
         LEFT JOIN intercept i ON i.company_id = p.company_id AND i.parcel_id = p.id
        CROSS JOIN LATERAL (
              SELECT array_agg(DISTINCT pl.order_id) AS order_ids, array_agg(DISTINCT pl.line_id) AS line_ids,
                     (array_agg(pl.platform_order_no ORDER BY pl.order_id))[1] AS platform_order_no
                FROM parcel_line pl WHERE pl.company_id = p.company_id AND pl.parcel_id = p.id) l
        WHERE p.company_id = $1 AND p.waybill_no = ANY($2::text[]) AND p.state IN ('shipped', 'delivered', 'exception')
        ORDER BY p.id`,
      [companyId, numbers],
    );
  }

  /** After-sales that name some numbers, with the warehouse that shipped their order first. */
  claims(tx: Tx, companyId: string, numbers: readonly string[]): Promise<Claim[]> {
    return rows(
      tx,
      `SELECT a.after_sale_id, a.platform_after_sale_no, a.state, a.return_waybill_no AS waybill_no, a.return_carrier AS carrier,
              a.order_id, a.platform_order_no, a.shop_id, a.platform,
              (SELECT p.warehouse FROM parcel_line l JOIN parcel p ON p.company_id = l.company_id AND p.id = l.parcel_id
                WHERE l.company_id = a.company_id AND l.order_id = a.order_id AND p.state IN ('shipped', 'delivered', 'exception')
                ORDER BY p.id LIMIT 1) AS warehouse
         FROM after_sale a
        WHERE a.company_id = $1 AND a.return_waybill_no = ANY($2::text[]) AND a.state NOT IN ('refused', 'withdrawn')
        ORDER BY a.after_sale_id`,
      [companyId, numbers],
    );
  }

  /** An order as logistics knows it. */
  order(
    tx: Tx,
    companyId: string,
    orderId: string,
  ): Promise<{ orderId: string; shopId: string; platformOrderNo: string; platform: string | null } | undefined> {
    return row(
      tx,
      `SELECT o.order_id, o.shop_id, o.platform_order_no, s.platform FROM order_copy o
         LEFT JOIN shop s ON s.company_id = o.company_id AND s.shop_id = o.shop_id
        WHERE o.company_id = $1 AND o.order_id = $2`,
      [companyId, orderId],
    );
  }

  /** After-sales of an order that are not refused or withdrawn and name no parcel. */
  async openAfterSales(tx: Tx, companyId: string, orderId: string): Promise<string[]> {
    const found = await rows<{ no: string }>(
      tx,
      `SELECT DISTINCT platform_after_sale_no AS no FROM after_sale
        WHERE company_id = $1 AND order_id = $2 AND return_waybill_no IS NULL AND state NOT IN ('refused', 'withdrawn') ORDER BY no`,
      [companyId, orderId],
    );
    return found.map(({ no }) => no);
  }

  /** The first warehouse, by code, that has a sender address and is among the given ones (null = any). */
  async warehouse(tx: Tx, companyId: string, among: readonly string[] | null): Promise<string | undefined> {
    const found = await row<{ warehouse: string }>(
      tx,
      `SELECT warehouse FROM sender WHERE company_id = $1 AND ($2::text[] IS NULL OR warehouse = ANY($2)) ORDER BY warehouse LIMIT 1`,
      [companyId, among],
    );
    return found?.warehouse;
  }
}
