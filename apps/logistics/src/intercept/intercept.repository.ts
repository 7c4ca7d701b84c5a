import { execute, row, rows, type Tx } from '@app/shared';
import { Injectable } from '@nestjs/common';
import type { InterceptState, RefundKind, Standing } from './intercept.rules';

/** An intercept; times are story times. */
export interface InterceptRow {
  id: string;
  version: number;
  state: InterceptState;
  parcelId: string;
  shopId: string;
  warehouse: string;
  orderId: string;
  platformOrderNo: string;
  cause: RefundKind;
  askedAt: Date;
  closedAt: Date | null;
  closedBy: string | null;
  note: string;
}

/** An intercept with what its parcel says. */
export interface InterceptListRow extends InterceptRow {
  parcelState: string;
  waybillNo: string;
  carrier: string;
  platform: string;
}

/** What a list of intercepts is narrowed by. */
export interface InterceptFilter {
  state: string | null;
  warehouses: readonly string[] | null;
  shops: readonly string[] | null;
  after: string | null;
  limit: number;
}

const COLUMNS = `i.id, i.version, i.state, i.parcel_id, i.shop_id, i.warehouse, i.order_id, i.platform_order_no, i.cause,
  i.asked_at, i.closed_at, i.closed_by, i.note`;
const WITH_PARCEL = `SELECT ${COLUMNS}, p.state AS parcel_state, p.waybill_no, p.carrier, p.platform
  FROM intercept i JOIN parcel p ON p.company_id = i.company_id AND p.id = i.parcel_id`;

interface StandingRow {
  parcelId: string;
  parcelState: string;
  waybillNo: string;
  shopId: string;
  warehouse: string;
  causeKind: RefundKind | null;
  causeOrderId: string;
  causeOrderNo: string;
  isBack: boolean;
  state: InterceptState | null;
  cause: RefundKind;
  orderId: string;
}

@Injectable()
export class InterceptRepository {
  /**
   * Locks the parcels of some orders that left or are being scanned out, in key order, and returns their ids. A scan that
   * is about to be committed is waited for, so that either it sees these orders' refunds or it is seen here.
   */
  async lockUnderWay(tx: Tx, companyId: string, orderIds: readonly string[]): Promise<string[]> {
    const found = await rows<{ id: string }>(
      tx,
      `SELECT p.id FROM parcel p
        WHERE p.company_id = $1 AND p.state IN ('departing', 'shipped', 'exception')
          AND p.id IN (SELECT l.parcel_id FROM parcel_line l WHERE l.company_id = $1 AND l.order_id = ANY($2::text[]))
        ORDER BY p.id FOR UPDATE OF p`,
      [companyId, orderIds],
    );
    return found.map(({ id }) => id);
  }

  /** What decides about the intercepts of some parcels; the strongest reason comes first, then the lowest order. */
  async standingOf(tx: Tx, companyId: string, parcelIds: readonly string[]): Promise<Standing[]> {
    const found = await rows<StandingRow>(
      tx,
      `SELECT p.id AS parcel_id, p.state AS parcel_state, p.waybill_no, p.shop_id, p.warehouse,
              c.kind AS cause_kind, c.order_id AS cause_order_id, c.platform_order_no AS cause_order_no,
              i.state, i.cause, i.order_id,
              EXISTS (SELECT 1 FROM return_parcel r WHERE r.company_id = p.company_id AND r.parcel_id = p.id AND r.state = 'received') AS is_back
         FROM parcel p
         LEFT JOIN intercept i ON i.company_id = p.company_id AND i.parcel_id = p.id
         LEFT JOIN LATERAL (
              SELECT f.kind, l.order_id, l.platform_order_no
                FROM parcel_line l
                JOIN refund_in_force f ON f.company_id = l.company_id AND f.order_id = l.order_id AND f.line_id IN ('', l.line_id)
               WHERE l.company_id = p.company_id AND l.parcel_id = p.id
               ORDER BY array_position(ARRAY['closed', 'refunded', 'requested'], f.kind), l.order_id LIMIT 1) c ON true
        WHERE p.company_id = $1 AND p.id = ANY($2::text[]) AND p.waybill_no IS NOT NULL ORDER BY p.id`,
      [companyId, parcelIds],
    );
    return found.map(({ causeKind, causeOrderId, causeOrderNo, state, cause, orderId, ...parcel }) => ({
      ...parcel,
      cause: causeKind && { kind: causeKind, orderId: causeOrderId, platformOrderNo: causeOrderNo },
      intercept: state && { state, kind: cause, orderId },
    }));
  }

  /** Asks for parcels, for the first time or once more after a withdrawal. */
  async ask(
    tx: Tx,
    companyId: string,
    asked: readonly Pick<
      InterceptRow,
      'id' | 'parcelId' | 'shopId' | 'warehouse' | 'orderId' | 'platformOrderNo' | 'cause'
    >[],
    at: Date,
  ): Promise<void> {
    await execute(
      tx,
      `INSERT INTO intercept AS i (company_id, id, parcel_id, version, state, shop_id, warehouse, order_id, platform_order_no, cause, asked_at)
       SELECT $1, n.id, n.parcel_id, 1, 'asked', n.shop_id, n.warehouse, n.order_id, n.platform_order_no, n.cause, $9
         FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
           AS n(id, parcel_id, shop_id, warehouse, order_id, platform_order_no, cause)
        ORDER BY n.parcel_id
       ON CONFLICT (company_id, parcel_id) DO UPDATE
          SET version = i.version + 1, state = 'asked', order_id = excluded.order_id, platform_order_no = excluded.platform_order_no,
              cause = excluded.cause, asked_at = excluded.asked_at, closed_at = NULL, closed_by = NULL, note = ''`,
      [
        companyId,
        asked.map((one) => one.id),
        asked.map((one) => one.parcelId),
        asked.map((one) => one.shopId),
        asked.map((one) => one.warehouse),
        asked.map((one) => one.orderId),
        asked.map((one) => one.platformOrderNo),
        asked.map((one) => one.cause),
        at,
      ],
    );
  }

  /** Renews why an unanswered intercept stands; its version stays, since a clerk's answer is the same for either reason. */
  async renewReasons(
    tx: Tx,
    companyId: string,
    reasons: readonly { parcelId: string; kind: RefundKind; orderId: string; platformOrderNo: string }[],
  ): Promise<void> {
    await execute(
      tx,
      `UPDATE intercept i SET cause = n.cause, order_id = n.order_id, platform_order_no = n.platform_order_no
         FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) AS n(parcel_id, cause, order_id, platform_order_no)
        WHERE i.company_id = $1 AND i.parcel_id = n.parcel_id AND i.state = 'asked'`,
      [
        companyId,
        reasons.map((one) => one.parcelId),
        reasons.map((one) => one.kind),
        reasons.map((one) => one.orderId),
        reasons.map((one) => one.platformOrderNo),
      ],
    );
  }

  /** Closes the unanswered intercept of a parcel; 0 rows when it was closed before. */
  close(
    tx: Tx,
    companyId: string,
    parcelId: string,
    closed: { state: InterceptState; by: string; at: Date; note: string },
  ): Promise<number> {
    return execute(
      tx,
      `UPDATE intercept SET state = $3, closed_by = $4, closed_at = $5, note = $6, version = version + 1
        WHERE company_id = $1 AND parcel_id = $2 AND state = 'asked'`,
      [companyId, parcelId, closed.state, closed.by, closed.at, closed.note],
    );
  }

  /** Locks the row of a parcel; whoever closes an intercept or counts a returned parcel does so under this lock. */
  async lockParcel(tx: Tx, companyId: string, parcelId: string): Promise<void> {
    await row(tx, 'SELECT id FROM parcel WHERE company_id = $1 AND id = $2 FOR UPDATE', [companyId, parcelId]);
  }

  find(tx: Tx, companyId: string, id: string): Promise<InterceptListRow | undefined> {
    return row(tx, `${WITH_PARCEL} WHERE i.company_id = $1 AND i.id = $2`, [companyId, id]);
  }

  /** States of the intercepts of some parcels. */
  statesOf(
    tx: Tx,
    companyId: string,
    parcelIds: readonly string[],
  ): Promise<{ parcelId: string; state: InterceptState }[]> {
    return rows(tx, 'SELECT parcel_id, state FROM intercept WHERE company_id = $1 AND parcel_id = ANY($2::text[])', [
      companyId,
      parcelIds,
    ]);
  }

  /** Intercepts in order of their making. */
  list(tx: Tx, companyId: string, filter: InterceptFilter): Promise<InterceptListRow[]> {
    return rows(
      tx,
      `${WITH_PARCEL}
        WHERE i.company_id = $1
          AND ($2::text IS NULL OR i.state = $2)
          AND ($3::text[] IS NULL OR i.warehouse = ANY($3))
          AND ($4::text[] IS NULL OR i.shop_id = ANY($4))
          AND ($5::text IS NULL OR i.id > $5)
        ORDER BY i.id LIMIT $6`,
      [companyId, filter.state, filter.warehouses, filter.shops, filter.after, filter.limit],
    );
  }
}
