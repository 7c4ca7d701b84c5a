import { execute, row, rows, type Tx } from '@app/shared';
import { Injectable } from '@nestjs/common';

/** A parcel that a clerk must take out, or took out. Story times. */
export interface PullOutRow {
  id: string;
  parcelId: string;
  fulfilmentId: string;
  warehouse: string;
  shopId: string;
  reason: string;
  state: 'open' | 'acknowledged' | 'resumed';
  openedAt: Date;
  closedAt: Date | null;
  closedBy: string | null;
}

/** A pull-out with what the clerk looks for. */
export type PullOutListRow = PullOutRow & { waybillNo: string; carrier: string; keptUntil: Date | null };

/** A pull-out to be opened. */
export interface NewPullOut {
  id: string;
  parcelId: string;
  fulfilmentId: string;
  warehouse: string;
  shopId: string;
  reason: string;
  openedAt: Date;
}

/** What a list of pull-outs is narrowed by. */
export interface PullOutFilter {
  state: string | null;
  warehouses: readonly string[] | null;
  shops: readonly string[] | null;
  after: string | null;
  limit: number;
}

const COLUMNS =
  'o.id, o.parcel_id, o.fulfilment_id, o.warehouse, o.shop_id, o.reason, o.state, o.opened_at, o.closed_at, o.closed_by';

@Injectable()
export class PullOutRepository {
  /** Opens pull-outs; a parcel has one open pull-out at most, whose reason is then renewed. */
  async open(tx: Tx, companyId: string, pullOuts: readonly NewPullOut[]): Promise<void> {
    if (pullOuts.length === 0) return;
    await execute(
      tx,
      `INSERT INTO pull_out (company_id, id, parcel_id, fulfilment_id, warehouse, shop_id, reason, state, opened_at)
       SELECT $1, o.id, o.parcel_id, o.fulfilment_id, o.warehouse, o.shop_id, o.reason, 'open', o.opened_at
         FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[])
           AS o(id, parcel_id, fulfilment_id, warehouse, shop_id, reason, opened_at)
       ON CONFLICT (company_id, parcel_id) WHERE state = 'open' DO UPDATE SET reason = excluded.reason`,
      [
        companyId,
        pullOuts.map((one) => one.id),
        pullOuts.map((one) => one.parcelId),
        pullOuts.map((one) => one.fulfilmentId),
        pullOuts.map((one) => one.warehouse),
        pullOuts.map((one) => one.shopId),
        pullOuts.map((one) => one.reason),
        pullOuts.map((one) => one.openedAt),
      ],
    );
  }

  /** Renews the reasons of open pull-outs of fulfilments that were stopped once more. */
  async renewReasons(
    tx: Tx,
    companyId: string,
    stops: readonly { fulfilmentId: string; reason: string }[],
  ): Promise<void> {
    await execute(
      tx,
      `UPDATE pull_out o SET reason = s.reason FROM unnest($2::text[], $3::text[]) AS s(fulfilment_id, reason)
        WHERE o.company_id = $1 AND o.fulfilment_id = s.fulfilment_id AND o.state = 'open'`,
      [companyId, stops.map((stop) => stop.fulfilmentId), stops.map((stop) => stop.reason)],
    );
  }

  find(tx: Tx, companyId: string, id: string): Promise<PullOutRow | undefined> {
    return row(tx, `SELECT ${COLUMNS} FROM pull_out o WHERE o.company_id = $1 AND o.id = $2`, [companyId, id]);
  }

  openOf(tx: Tx, companyId: string, parcelId: string): Promise<PullOutRow | undefined> {
    return row(
      tx,
      `SELECT ${COLUMNS} FROM pull_out o WHERE o.company_id = $1 AND o.parcel_id = $2 AND o.state = 'open'`,
      [companyId, parcelId],
    );
  }

  /** Changes 0 rows when the pull-out is closed already. */
  close(
    tx: Tx,
    companyId: string,
    id: string,
    state: 'acknowledged' | 'resumed',
    by: string,
    at: Date,
  ): Promise<number> {
    return execute(
      tx,
      `UPDATE pull_out SET state = $3, closed_by = $4, closed_at = $5 WHERE company_id = $1 AND id = $2 AND state = 'open'`,
      [companyId, id, state, by, at],
    );
  }

  /** Closes the open pull-out of a parcel that may leave after all; 0 rows when a clerk had acknowledged it. */
  resume(tx: Tx, companyId: string, parcelId: string, at: Date): Promise<number> {
    return execute(
      tx,
      `UPDATE pull_out SET state = 'resumed', closed_at = $3 WHERE company_id = $1 AND parcel_id = $2 AND state = 'open'`,
      [companyId, parcelId, at],
    );
  }

  /** Pull-outs in order of their opening. */
  list(tx: Tx, companyId: string, filter: PullOutFilter): Promise<PullOutListRow[]> {
    return rows(
      tx,
      `SELECT ${COLUMNS}, p.waybill_no, p.carrier, p.kept_until
         FROM pull_out o JOIN parcel p ON p.company_id = o.company_id AND p.id = o.parcel_id
        WHERE o.company_id = $1
          AND ($2::text IS NULL OR o.state = $2)
          AND ($3::text[] IS NULL OR o.warehouse = ANY($3))
          AND ($4::text[] IS NULL OR o.shop_id = ANY($4))
          AND ($5::text IS NULL OR o.id > $5)
        ORDER BY o.id LIMIT $6`,
      [companyId, filter.state, filter.warehouses, filter.shops, filter.after, filter.limit],
    );
  }
}
