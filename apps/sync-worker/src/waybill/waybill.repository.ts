import { Injectable } from '@nestjs/common';
import { execute, row, rows, type Tx } from '@app/shared';

/** A number asked for, taken or given back. */
export interface WaybillRow {
  companyId: string;
  parcelId: string;
  shopId: string;
  fulfilmentId: string;
  carrier: string;
  firstOrderNo: string;
  state: 'asked' | 'taken' | 'cancelled';
  askNo: number;
  claimedUntil: Date | null;
  waybillNo: string | null;
  toldCarrier: string | null;
  printDataSealed: string | null;
}

const COLUMNS =
  'company_id, parcel_id, shop_id, fulfilment_id, carrier, first_order_no, state, ask_no, claimed_until, waybill_no, told_carrier, print_data_sealed';

@Injectable()
export class WaybillRepository {
  /** Writes the row before the first call and answers it; nothing when the parcel is known. */
  insert(
    tx: Tx,
    waybill: Pick<WaybillRow, 'companyId' | 'parcelId' | 'shopId' | 'fulfilmentId' | 'carrier' | 'firstOrderNo'>,
    claimedUntil: Date,
    at: Date,
  ): Promise<WaybillRow | undefined> {
    return row<WaybillRow>(
      tx,
      `INSERT INTO waybill (company_id, parcel_id, shop_id, fulfilment_id, carrier, first_order_no, state, claimed_until, asked_at)
       VALUES ($1, $2, $3, $4, $5, $6, 'asked', $7, $8) ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
      [
        waybill.companyId,
        waybill.parcelId,
        waybill.shopId,
        waybill.fulfilmentId,
        waybill.carrier,
        waybill.firstOrderNo,
        claimedUntil,
        at,
      ],
    );
  }

  /** Locks the row of a parcel. */
  lock(tx: Tx, companyId: string, parcelId: string): Promise<WaybillRow | undefined> {
    return row<WaybillRow>(tx, `SELECT ${COLUMNS} FROM waybill WHERE company_id = $1 AND parcel_id = $2 FOR UPDATE`, [
      companyId,
      parcelId,
    ]);
  }

  async claim(
    tx: Tx,
    companyId: string,
    parcelId: string,
    change: { carrier: string; askNo: number },
    until: Date,
  ): Promise<void> {
    await execute(
      tx,
      `UPDATE waybill SET state = 'asked', carrier = $3, ask_no = $4, claimed_until = $5, waybill_no = NULL, told_carrier = NULL, print_data_sealed = NULL WHERE company_id = $1 AND parcel_id = $2`,
      [companyId, parcelId, change.carrier, change.askNo, until],
    );
  }

  async take(
    tx: Tx,
    companyId: string,
    parcelId: string,
    taken: { waybillNo: string; carrier: string; printDataSealed: string },
    at: Date,
  ): Promise<void> {
    await execute(
      tx,
      `UPDATE waybill SET state = 'taken', waybill_no = $3, told_carrier = $4, print_data_sealed = $5, taken_at = $6, claimed_until = NULL WHERE company_id = $1 AND parcel_id = $2`,
      [companyId, parcelId, taken.waybillNo, taken.carrier, taken.printDataSealed, at],
    );
  }

  async release(tx: Tx, companyId: string, parcelId: string): Promise<void> {
    await execute(
      tx,
      `UPDATE waybill SET claimed_until = NULL WHERE company_id = $1 AND parcel_id = $2 AND state = 'asked'`,
      [companyId, parcelId],
    );
  }

  async cancel(tx: Tx, companyId: string, parcelId: string, at: Date): Promise<void> {
    await execute(
      tx,
      `UPDATE waybill SET state = 'cancelled', cancelled_at = $3 WHERE company_id = $1 AND parcel_id = $2`,
      [companyId, parcelId, at],
    );
  }

  /** Those of some numbers that belong to a parcel here. */
  async known(tx: Tx, companyId: string, numbers: readonly string[]): Promise<Set<string>> {
    const found = await rows<{ waybillNo: string }>(
      tx,
      'SELECT waybill_no FROM waybill WHERE company_id = $1 AND waybill_no = ANY($2::text[])',
      [companyId, numbers],
    );
    return new Set(found.map(({ waybillNo }) => waybillNo));
  }
}
