import { Injectable } from '@nestjs/common';
import { execute, tableRows, type Tx } from '@app/shared';
import type { OrderParcel, ShipNotice } from '../order/order.types';

@Injectable()
export class ParcelRepository {
  /** Replaces what is known of parcels; rows are written in key order. */
  async putParcels(tx: Tx, parcels: readonly OrderParcel[]): Promise<void> {
    const sorted = [...parcels].sort((a, b) => (`${a.parcelId} ${a.orderId}` < `${b.parcelId} ${b.orderId}` ? -1 : 1));
    await execute(
      tx,
      `INSERT INTO order_parcel SELECT n.* FROM unnest($1::order_parcel[]) AS n
       ON CONFLICT (company_id, parcel_id, order_id) DO UPDATE
         SET state = excluded.state, carrier = excluded.carrier, waybill_no = excluded.waybill_no, shipped_at = excluded.shipped_at,
             delivered_at = excluded.delivered_at, lines = excluded.lines`,
      [await tableRows(tx, 'order_parcel', sorted)],
    );
  }

  /** Replaces what is known of ship notices; rows are written in key order. */
  async putNotices(tx: Tx, notices: readonly ShipNotice[]): Promise<void> {
    const sorted = [...notices].sort((a, b) => (a.noticeId < b.noticeId ? -1 : 1));
    await execute(
      tx,
      `INSERT INTO ship_notice SELECT n.* FROM unnest($1::ship_notice[]) AS n
       ON CONFLICT (company_id, notice_id) DO UPDATE SET state = excluded.state, reason = excluded.reason`,
      [await tableRows(tx, 'ship_notice', sorted)],
    );
  }
}
