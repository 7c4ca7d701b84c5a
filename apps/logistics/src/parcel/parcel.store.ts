import type { Tx } from '@app/shared';
import { Injectable } from '@nestjs/common';
import { Clocks } from '../clocks';
import { FulfilmentRepository } from '../fulfilment/fulfilment.repository';
import { WaybillRepository } from '../waybill/waybill.repository';
import { ContentsRepository, type ParcelContents } from './contents.repository';
import { ParcelRepository, type ParcelChange, type ParcelRow } from './parcel.repository';
import type { ParcelState } from './parcel.rules';

/** A parcel with its lines, what became of giving its number back, and whether it shall come back. */
export type WholeParcel = ParcelRow & ParcelContents;

/** Changes of parcels that touch more than the parcel's own row. */
@Injectable()
export class ParcelStore {
  constructor(
    private readonly parcels: ParcelRepository,
    private readonly contents: ContentsRepository,
    private readonly fulfilments: FulfilmentRepository,
    private readonly waybills: WaybillRepository,
    private readonly clocks: Clocks,
  ) {}

  lock(tx: Tx, companyId: string, id: string): Promise<ParcelRow | undefined> {
    return this.parcels.lock(tx, companyId, id);
  }

  /** Changes a parcel whose row lock the caller holds, and returns it as it is now. */
  async change(tx: Tx, companyId: string, id: string, change: ParcelChange): Promise<ParcelRow> {
    return (await this.parcels.change(tx, companyId, id, change, { touchedAt: this.clocks.wire.date() }))!;
  }

  /** Changes and locks a parcel that is in a state; undefined, and nothing changed, when it is in another. */
  changeFrom(
    tx: Tx,
    companyId: string,
    id: string,
    from: ParcelState,
    change: ParcelChange,
  ): Promise<ParcelRow | undefined> {
    return this.parcels.change(tx, companyId, id, change, { touchedAt: this.clocks.wire.date(), from });
  }

  /**
   * Cancels a parcel, plans to give its number back, and counts what is open of its fulfilment anew.
   * The caller holds the row locks of the fulfilment and the parcel.
   */
  async cancel(tx: Tx, companyId: string, parcel: ParcelRow, reason: string, replacedBy?: string): Promise<void> {
    await this.change(tx, companyId, parcel.id, {
      state: 'cancelled',
      reason,
      keptUntil: null,
      resumeDueAt: null,
      requestKey: null,
      replacedBy,
    });
    const { id: parcelId, shopId, carrier, waybillNo } = parcel;
    await this.waybills.planCancel(tx, companyId, { parcelId, shopId, carrier, waybillNo }, this.clocks.wire.date());
    await this.fulfilments.recount(tx, companyId, [parcel.fulfilmentId]);
  }

  /** Reads parcels with their lines: one further statement for any number of them. */
  async whole(tx: Tx, companyId: string, parcels: readonly ParcelRow[]): Promise<WholeParcel[]> {
    const contents = await this.contents.of(
      tx,
      companyId,
      parcels.map((parcel) => parcel.id),
    );
    return parcels.map((parcel) => ({ ...parcel, ...contents.get(parcel.id)! }));
  }

  /** Reads one parcel with its lines; it must exist. */
  async wholeOf(tx: Tx, companyId: string, id: string): Promise<WholeParcel> {
    return this.with(tx, companyId, (await this.parcels.find(tx, companyId, id))!);
  }

  /** A parcel that was just read or written, with its lines. */
  async with(tx: Tx, companyId: string, parcel: ParcelRow): Promise<WholeParcel> {
    return (await this.whole(tx, companyId, [parcel]))[0]!;
  }
}
