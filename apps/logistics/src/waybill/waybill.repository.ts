import { execute, row, rows, type Tx } from '@app/shared';
import { Injectable } from '@nestjs/common';

/** A number to be given back to its carrier. */
export interface WaybillCancelRow {
  companyId: string;
  parcelId: string;
  shopId: string;
  carrier: string;
  /** Null when the answer that named it was lost. */
  waybillNo: string | null;
  state: 'due' | 'done' | 'refused';
  tries: number;
  cause: string;
}

/** A number that was taken. */
export interface NewWaybill {
  carrier: string;
  waybillNo: string;
  parcelId: string;
  sealedPrintData: string;
  takenAt: Date;
}

@Injectable()
export class WaybillRepository {
  /** Remembers a number. Returns the parcel that owns it: the given one, or another that had it before. */
  async remember(tx: Tx, companyId: string, waybill: NewWaybill): Promise<string> {
    const isNew = await execute(
      tx,
      `INSERT INTO waybill (company_id, carrier, waybill_no, parcel_id, print_data, taken_at) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (company_id, carrier, waybill_no) DO NOTHING`,
      [companyId, waybill.carrier, waybill.waybillNo, waybill.parcelId, waybill.sealedPrintData, waybill.takenAt],
    );
    if (isNew === 1) return waybill.parcelId;
    const owner = await row<{ parcelId: string }>(
      tx,
      'SELECT parcel_id FROM waybill WHERE company_id = $1 AND carrier = $2 AND waybill_no = $3',
      [companyId, waybill.carrier, waybill.waybillNo],
    );
    return owner?.parcelId ?? waybill.parcelId;
  }

  sealedPrintData(
    tx: Tx,
    companyId: string,
    carrier: string,
    waybillNo: string,
  ): Promise<{ printData: string } | undefined> {
    return row(tx, 'SELECT print_data FROM waybill WHERE company_id = $1 AND carrier = $2 AND waybill_no = $3', [
      companyId,
      carrier,
      waybillNo,
    ]);
  }

  /** Plans to give a parcel's number back; planned once per parcel. A number learnt later is filled in. */
  async planCancel(
    tx: Tx,
    companyId: string,
    cancel: { parcelId: string; shopId: string; carrier: string; waybillNo: string | null },
    at: Date,
  ): Promise<void> {
    await execute(
      tx,
      `INSERT INTO waybill_cancel (company_id, parcel_id, shop_id, carrier, waybill_no, state, next_try_at) VALUES ($1, $2, $3, $4, $5, 'due', $6)
       ON CONFLICT (company_id, parcel_id) DO UPDATE
          SET waybill_no = COALESCE(waybill_cancel.waybill_no, excluded.waybill_no),
              state = CASE WHEN waybill_cancel.waybill_no IS NULL AND excluded.waybill_no IS NOT NULL THEN 'due' ELSE waybill_cancel.state END,
              next_try_at = excluded.next_try_at`,
      [companyId, cancel.parcelId, cancel.shopId, cancel.carrier, cancel.waybillNo, at],
    );
  }

  /**
   * Claims due rows of all companies by moving their next try into the future, so that a claimer that dies only delays
   * them. Passes over rows that another process holds; 0 rows means that nothing is due.
   */
  claimCancels(tx: Tx, now: Date, nextTryAt: Date, limit: number): Promise<WaybillCancelRow[]> {
    return rows(
      tx,
      `UPDATE waybill_cancel c SET next_try_at = $2, tries = c.tries + 1
         FROM (SELECT company_id, parcel_id FROM waybill_cancel WHERE state = 'due' AND next_try_at <= $1
                ORDER BY next_try_at LIMIT $3 FOR UPDATE SKIP LOCKED) due
        WHERE c.company_id = due.company_id AND c.parcel_id = due.parcel_id
       RETURNING c.company_id, c.parcel_id, c.shop_id, c.carrier, c.waybill_no, c.state, c.tries, c.cause`,
      [now, nextTryAt, limit],
    );
  }

  async settleCancel(
    tx: Tx,
    cancel: { companyId: string; parcelId: string },
    state: 'due' | 'done' | 'refused',
    cause: string,
    nextTryAt: Date,
  ): Promise<void> {
    await execute(
      tx,
      'UPDATE waybill_cancel SET state = $3, cause = $4, next_try_at = $5 WHERE company_id = $1 AND parcel_id = $2',
      [cancel.companyId, cancel.parcelId, state, cause, nextTryAt],
    );
  }
}
