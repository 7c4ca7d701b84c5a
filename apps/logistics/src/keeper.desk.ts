import { inStatement, inTransaction } from '@app/shared';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { FulfilmentRepository } from './fulfilment/fulfilment.repository';
import { ParcelRepository } from './parcel/parcel.repository';
import { ParcelStore } from './parcel/parcel.store';

/** Ends requests that nobody went on with. */
@Injectable()
export class KeeperDesk {
  constructor(
    private readonly dataSource: DataSource,
    private readonly parcels: ParcelRepository,
    private readonly fulfilments: FulfilmentRepository,
    private readonly store: ParcelStore,
  ) {}

  /** Cancels requests of stopped fulfilments that were last touched before a wire time; a number that may exist is given back. */
  async dropAbandoned(touchedBefore: Date, limit: number): Promise<void> {
    const due = await inStatement(this.dataSource, (tx) => this.parcels.abandoned(tx, touchedBefore, limit));
    for (const { companyId, id, fulfilmentId } of due) {
      await inTransaction(this.dataSource, async (tx) => {
        const fulfilment = await this.fulfilments.lock(tx, companyId, fulfilmentId);
        const parcel = await this.store.lock(tx, companyId, id);
        if (fulfilment?.state !== 'stopped' || parcel?.state !== 'requesting' || parcel.touchedAt >= touchedBefore)
          return;
        await this.store.cancel(tx, companyId, parcel, fulfilment.reason);
      });
    }
  }
}
