import { execute, row, rows, type Tx } from '@app/shared';
import { Injectable } from '@nestjs/common';
import type { PieceLine } from '../fulfilment/fulfilment.repository';
import type { ParcelState } from './parcel.rules';

/** A parcel. Times are story times unless said otherwise. */
export interface ParcelRow {
  id: string;
  state: ParcelState;
  version: number;
  fulfilmentId: string;
  revision: number;
  shopId: string;
  platform: string;
  warehouse: string;
  carrier: string;
  waybillNo: string | null;
  receiverHash: string | null;
  printCount: number;
  requestKey: string | null;
  requestHash: string | null;
  replacedBy: string | null;
  reason: string;
  createdAt: Date;
  /** Wire time. */
  touchedAt: Date;
  labelledAt: Date | null;
  departedAt: Date | null;
  shippedAt: Date | null;
  deliveredAt: Date | null;
  keptUntil: Date | null;
  /** Wire time. */
  resumeDueAt: Date | null;
}

/** A line of a parcel. */
export type ParcelLineRow = PieceLine & { parcelId: string };

/** A parcel to be written before its waybill is asked for. */
export interface NewParcel {
  id: string;
  fulfilmentId: string;
  revision: number;
  shopId: string;
  platform: string;
  warehouse: string;
  carrier: string;
  requestKey: string | null;
  requestHash: string | null;
  createdAt: Date;
  touchedAt: Date;
}

/** What a list of parcels is narrowed by. */
export interface ParcelFilter {
  warehouses: readonly string[] | null;
  shops: readonly string[] | null;
  orderId: string | null;
  fulfilmentId: string | null;
  waybillNo: string | null;
  state: string | null;
  after: string | null;
  limit: number;
}

/** Members that a change of state may set. */
export interface ParcelChange {
  state?: ParcelState;
  revision?: number;
  waybillNo?: string;
  carrier?: string;
  receiverHash?: string;
  requestKey?: string | null;
  replacedBy?: string;
  reason?: string;
  labelledAt?: Date;
  departedAt?: Date;
  shippedAt?: Date;
  deliveredAt?: Date;
  keptUntil?: Date | null;
  resumeDueAt?: Date | null;
}

const COLUMNS = `p.id, p.state, p.version, p.fulfilment_id, p.revision, p.shop_id, p.platform, p.warehouse, p.carrier, p.waybill_no,
  p.receiver_hash, p.print_count, p.request_key, p.request_hash, p.replaced_by, p.reason, p.created_at, p.touched_at, p.labelled_at,
  p.departed_at, p.shipped_at, p.delivered_at, p.kept_until, p.resume_due_at`;
const SELECT = `SELECT ${COLUMNS} FROM parcel p`;

const COLUMN_OF: Record<keyof ParcelChange, string> = {
  state: 'state',
  revision: 'revision',
  waybillNo: 'waybill_no',
  carrier: 'carrier',
  receiverHash: 'receiver_hash',
  requestKey: 'request_key',
  replacedBy: 'replaced_by',
  reason: 'reason',
  labelledAt: 'labelled_at',
  departedAt: 'departed_at',
  shippedAt: 'shipped_at',
  deliveredAt: 'delivered_at',
  keptUntil: 'kept_until',
  resumeDueAt: 'resume_due_at',
};

@Injectable()
export class ParcelRepository {
  /** Writes a parcel as `requesting` with its lines, in one statement, and returns it. */
  async insert(tx: Tx, companyId: string, parcel: NewParcel, lines: readonly PieceLine[]): Promise<ParcelRow> {
    const made = await row<ParcelRow>(
      tx,
      `WITH line AS (
         INSERT INTO parcel_line (company_id, parcel_id, line_id, sku_id, order_id, platform_order_no, platform_line_no, sku_code, title, quantity)
         SELECT $1, $2, l.* FROM unnest($13::text[], $14::text[], $15::text[], $16::text[], $17::text[], $18::text[], $19::text[], $20::bigint[])
             AS l(line_id, sku_id, order_id, platform_order_no, platform_line_no, sku_code, title, quantity))
       INSERT INTO parcel AS p (company_id, id, state, fulfilment_id, revision, shop_id, platform, warehouse, carrier, request_key, request_hash, created_at, touched_at)
       VALUES ($1, $2, 'requesting', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
       RETURNING ${COLUMNS}`,
      [
        companyId,
        parcel.id,
        parcel.fulfilmentId,
        parcel.revision,
        parcel.shopId,
        parcel.platform,
        parcel.warehouse,
        parcel.carrier,
        parcel.requestKey,
        parcel.requestHash,
        parcel.createdAt,
        parcel.touchedAt,
        lines.map((line) => line.lineId),
        lines.map((line) => line.skuId),
        lines.map((line) => line.orderId),
        lines.map((line) => line.platformOrderNo),
        lines.map((line) => line.platformLineNo),
        lines.map((line) => line.skuCode),
        lines.map((line) => line.title),
        lines.map((line) => line.quantity),
      ],
    );
    return made!;
  }

  find(tx: Tx, companyId: string, id: string): Promise<ParcelRow | undefined> {
    return row(tx, `${SELECT} WHERE p.company_id = $1 AND p.id = $2`, [companyId, id]);
  }

  /** Locks the parcel's row. A transaction that changes what its fulfilment has open locks the fulfilment first. */
  lock(tx: Tx, companyId: string, id: string): Promise<ParcelRow | undefined> {
    return row(tx, `${SELECT} WHERE p.company_id = $1 AND p.id = $2 FOR UPDATE`, [companyId, id]);
  }

  /** The parcel of an Idempotency-Key. */
  findByKey(tx: Tx, companyId: string, requestKey: string): Promise<ParcelRow | undefined> {
    return row(tx, `${SELECT} WHERE p.company_id = $1 AND p.request_key = $2`, [companyId, requestKey]);
  }

  /** All parcels of fulfilments, cancelled ones included, oldest first. */
  ofFulfilments(tx: Tx, companyId: string, fulfilmentIds: readonly string[]): Promise<ParcelRow[]> {
    return rows(tx, `${SELECT} WHERE p.company_id = $1 AND p.fulfilment_id = ANY($2::text[]) ORDER BY p.id`, [
      companyId,
      fulfilmentIds,
    ]);
  }

  /** Every parcel that bears the number; carriers may use the same one. At most 20. */
  ofWaybill(tx: Tx, companyId: string, waybillNo: string): Promise<ParcelRow[]> {
    return rows(tx, `${SELECT} WHERE p.company_id = $1 AND p.waybill_no = $2 ORDER BY p.id LIMIT 20`, [
      companyId,
      waybillNo,
    ]);
  }

  async lines(tx: Tx, companyId: string, parcelIds: readonly string[]): Promise<ParcelLineRow[]> {
    if (parcelIds.length === 0) return [];
    return rows(
      tx,
      `SELECT parcel_id, line_id, sku_id, order_id, platform_order_no, platform_line_no, sku_code, title, quantity
         FROM parcel_line WHERE company_id = $1 AND parcel_id = ANY($2::text[]) ORDER BY parcel_id, line_id, sku_id`,
      [companyId, parcelIds],
    );
  }

  /**
   * Changes one parcel, raises its version and returns it. The caller holds the row's lock, or names the state that the
   * parcel must be in: the row is then locked here, and undefined means that it is not in that state.
   */
  change(
    tx: Tx,
    companyId: string,
    id: string,
    change: ParcelChange,
    { touchedAt, from }: { touchedAt: Date; from?: ParcelState },
  ): Promise<ParcelRow | undefined> {
    const entries = Object.entries(change).filter(([, value]) => value !== undefined) as [
      keyof ParcelChange,
      unknown,
    ][];
    const sets = entries.map(([member], index) => `${COLUMN_OF[member]} = $${index + 5}`);
    return row(
      tx,
      `UPDATE parcel p SET ${['version = version + 1', 'touched_at = $3', ...sets].join(', ')}
        WHERE p.company_id = $1 AND p.id = $2 AND p.state = COALESCE($4, p.state) RETURNING ${COLUMNS}`,
      [companyId, id, touchedAt, from ?? null, ...entries.map(([, value]) => value)],
    );
  }

  /** Marks a labelled parcel that waits for no comparison as departing; undefined, and nothing changed, for any other. */
  scanOut(tx: Tx, companyId: string, id: string, touchedAt: Date): Promise<ParcelRow | undefined> {
    return row(
      tx,
      `UPDATE parcel p SET state = 'departing', version = version + 1, touched_at = $3
        WHERE p.company_id = $1 AND p.id = $2 AND p.state = 'labelled' AND p.resume_due_at IS NULL RETURNING ${COLUMNS}`,
      [companyId, id, touchedAt],
    );
  }

  async countPrint(tx: Tx, companyId: string, id: string): Promise<void> {
    await execute(tx, 'UPDATE parcel SET print_count = print_count + 1 WHERE company_id = $1 AND id = $2', [
      companyId,
      id,
    ]);
  }

  /** Marks parcels of stopped fulfilments that have not left; returns those that were changed now. Locks parcel rows in key order. */
  takeOut(
    tx: Tx,
    companyId: string,
    stops: readonly { fulfilmentId: string; reason: string }[],
    at: Date,
  ): Promise<ParcelRow[]> {
    return rows(
      tx,
      `WITH due AS (
         SELECT p.id, s.reason FROM parcel p
           JOIN unnest($2::text[], $3::text[]) AS s(fulfilment_id, reason) ON s.fulfilment_id = p.fulfilment_id
          WHERE p.company_id = $1 AND p.state IN ('labelled', 'departing')
          ORDER BY p.id FOR UPDATE OF p)
       UPDATE parcel p SET state = 'pull_out', reason = due.reason, resume_due_at = NULL, version = p.version + 1, touched_at = $4
         FROM due WHERE p.company_id = $1 AND p.id = due.id
       RETURNING p.*`,
      [companyId, stops.map((stop) => stop.fulfilmentId), stops.map((stop) => stop.reason), at],
    );
  }

  /** Has parcels of an older revision compared with the one just released; parcels that have left are not concerned. */
  async planResume(
    tx: Tx,
    companyId: string,
    releases: readonly { fulfilmentId: string; revision: number }[],
    at: Date,
  ): Promise<void> {
    await execute(
      tx,
      `WITH due AS (
         SELECT p.id FROM parcel p
           JOIN unnest($2::text[], $3::bigint[]) AS r(fulfilment_id, revision) ON r.fulfilment_id = p.fulfilment_id
          WHERE p.company_id = $1 AND p.state IN ('labelled', 'pull_out') AND p.revision < r.revision
          ORDER BY p.id FOR UPDATE OF p)
       UPDATE parcel p SET resume_due_at = $4 FROM due WHERE p.company_id = $1 AND p.id = due.id`,
      [companyId, releases.map((release) => release.fulfilmentId), releases.map((release) => release.revision), at],
    );
  }

  /** Drops planned comparisons of fulfilments that are stopped again. */
  async dropResume(tx: Tx, companyId: string, fulfilmentIds: readonly string[]): Promise<void> {
    await execute(
      tx,
      `UPDATE parcel SET resume_due_at = NULL WHERE company_id = $1 AND fulfilment_id = ANY($2::text[]) AND resume_due_at IS NOT NULL`,
      [companyId, fulfilmentIds],
    );
  }

  /**
   * Marks shipped parcels of orders as delivered, each at the first time that one of its orders names; returns those that
   * were changed now. Locks parcel rows in key order.
   */
  deliverOrders(
    tx: Tx,
    companyId: string,
    orders: readonly { orderId: string; at: Date }[],
    touchedAt: Date,
  ): Promise<ParcelRow[]> {
    return rows(
      tx,
      `WITH told AS (
         SELECT l.parcel_id, min(o.at) AS at FROM parcel_line l JOIN unnest($2::text[], $3::timestamptz[]) AS o(order_id, at) ON o.order_id = l.order_id
          WHERE l.company_id = $1 GROUP BY l.parcel_id
       ), due AS (
         SELECT p.id FROM parcel p
          WHERE p.company_id = $1 AND p.state = 'shipped' AND p.id IN (SELECT parcel_id FROM told)
          ORDER BY p.id FOR UPDATE OF p)
       UPDATE parcel p SET state = 'delivered', delivered_at = greatest(told.at, p.shipped_at), version = p.version + 1, touched_at = $4
         FROM due JOIN told ON told.parcel_id = due.id WHERE p.company_id = $1 AND p.id = due.id
       RETURNING p.*`,
      [companyId, orders.map(({ orderId }) => orderId), orders.map(({ at }) => at), touchedAt],
    );
  }

  /** Parcels in order of their making. With an order, reads along the index of its lines. */
  list(tx: Tx, companyId: string, filter: ParcelFilter): Promise<ParcelRow[]> {
    return rows(
      tx,
      `${SELECT}
        WHERE p.company_id = $1
          AND ($2::text[] IS NULL OR p.warehouse = ANY($2))
          AND ($3::text[] IS NULL OR p.shop_id = ANY($3))
          AND ($4::text IS NULL OR p.id IN (SELECT l.parcel_id FROM parcel_line l WHERE l.company_id = $1 AND l.order_id = $4))
          AND ($5::text IS NULL OR p.fulfilment_id = $5)
          AND ($6::text IS NULL OR p.waybill_no = $6)
          AND ($7::text IS NULL OR p.state = $7)
          AND ($8::text IS NULL OR p.id > $8)
        ORDER BY p.id LIMIT $9`,
      [
        companyId,
        filter.warehouses,
        filter.shops,
        filter.orderId,
        filter.fulfilmentId,
        filter.waybillNo,
        filter.state,
        filter.after,
        filter.limit,
      ],
    );
  }

  /** Parcels of all companies whose comparison with a newer revision is due, oldest first. */
  resumeDue(tx: Tx, now: Date, limit: number): Promise<{ companyId: string; id: string; fulfilmentId: string }[]> {
    return rows(
      tx,
      'SELECT company_id, id, fulfilment_id FROM parcel WHERE resume_due_at <= $1 ORDER BY resume_due_at LIMIT $2',
      [now, limit],
    );
  }

  /** Moves a comparison to a later wire time, or drops it (null). */
  async postponeResume(tx: Tx, companyId: string, id: string, until: Date | null): Promise<void> {
    await execute(
      tx,
      'UPDATE parcel SET resume_due_at = $3 WHERE company_id = $1 AND id = $2 AND resume_due_at IS NOT NULL',
      [companyId, id, until],
    );
  }

  /** Pulled parcels of all companies whose waybill was kept until now (story time). */
  keptTooLong(
    tx: Tx,
    storyNow: Date,
    limit: number,
  ): Promise<{ companyId: string; id: string; fulfilmentId: string }[]> {
    return rows(
      tx,
      `SELECT company_id, id, fulfilment_id FROM parcel WHERE kept_until <= $1 AND state = 'pull_out' AND resume_due_at IS NULL ORDER BY kept_until LIMIT $2`,
      [storyNow, limit],
    );
  }

  /** Requests of all companies that nobody went on with and whose fulfilment was stopped meanwhile. */
  abandoned(
    tx: Tx,
    touchedBefore: Date,
    limit: number,
  ): Promise<{ companyId: string; id: string; fulfilmentId: string }[]> {
    return rows(
      tx,
      `SELECT p.company_id, p.id, p.fulfilment_id FROM parcel p
         JOIN fulfilment f ON f.company_id = p.company_id AND f.fulfilment_id = p.fulfilment_id
        WHERE p.state = 'requesting' AND p.touched_at < $1 AND f.state = 'stopped' ORDER BY p.touched_at LIMIT $2`,
      [touchedBefore, limit],
    );
  }
}
