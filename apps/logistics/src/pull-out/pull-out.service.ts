import type { FulfilmentFactItem } from '@app/contracts';
import { newId, type Tx } from '@app/shared';
import { Injectable } from '@nestjs/common';
import { Clocks } from '../clocks';
import { ParcelRepository, type ParcelRow } from '../parcel/parcel.repository';
import { PullOutRepository, type NewPullOut } from './pull-out.repository';

/** Takes parcels out that must not leave, within the transaction of what forbids it. */
@Injectable()
export class PullOutService {
  constructor(
    private readonly pullOuts: PullOutRepository,
    private readonly parcels: ParcelRepository,
    private readonly clocks: Clocks,
  ) {}

  /** Takes labelled parcels of stopped fulfilments out; the caller holds the fulfilments' row locks. */
  async takeOut(tx: Tx, companyId: string, stopped: readonly FulfilmentFactItem[]): Promise<void> {
    if (stopped.length === 0) return;
    const stops = stopped.map((item) => ({
      fulfilmentId: item.fulfilmentId,
      reason: item.reason || 'The order must not ship.',
    }));
    await this.parcels.dropResume(
      tx,
      companyId,
      stops.map((stop) => stop.fulfilmentId),
    );
    const taken = await this.parcels.takeOut(tx, companyId, stops, this.clocks.wire.date());
    await this.pullOuts.renewReasons(tx, companyId, stops);
    await this.pullOuts.open(
      tx,
      companyId,
      taken.map((parcel) => this.opened(parcel, parcel.reason)),
    );
  }

  /** Plans the comparison of older parcels with the revision that was just released. */
  async planResume(tx: Tx, companyId: string, released: readonly FulfilmentFactItem[]): Promise<void> {
    if (released.length === 0) return;
    const releases = released.map((item) => ({ fulfilmentId: item.fulfilmentId, revision: item.fulfilmentRevision }));
    await this.parcels.planResume(tx, companyId, releases, this.clocks.wire.date());
  }

  /** Takes one parcel out; the caller holds the row locks of its fulfilment and of itself. */
  async takeOutParcel(tx: Tx, companyId: string, parcel: ParcelRow, reason: string): Promise<void> {
    await this.parcels.change(
      tx,
      companyId,
      parcel.id,
      { state: 'pull_out', reason, resumeDueAt: null },
      { touchedAt: this.clocks.wire.date() },
    );
    await this.pullOuts.open(tx, companyId, [this.opened(parcel, reason)]);
  }

  /** True while a clerk has not said yet that the parcel was taken out. */
  async isOpen(tx: Tx, companyId: string, parcelId: string): Promise<boolean> {
    return (await this.pullOuts.openOf(tx, companyId, parcelId)) !== undefined;
  }

  /** Closes the pull-out of a parcel that may leave after all. */
  async closeResumed(tx: Tx, companyId: string, parcelId: string): Promise<void> {
    await this.pullOuts.resume(tx, companyId, parcelId, this.clocks.story.now());
  }

  private opened(parcel: ParcelRow, reason: string): NewPullOut {
    const { id: parcelId, fulfilmentId, warehouse, shopId } = parcel;
    return { id: newId('pul'), parcelId, fulfilmentId, warehouse, shopId, reason, openedAt: this.clocks.story.now() };
  }
}
