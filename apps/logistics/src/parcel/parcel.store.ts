import type { Tx } from '@app/shared';
import { Injectable } from '@nestjs/common';
import { Clocks } from '../clocks';
import { FulfilmentRepository } from '../fulfilment/fulfilment.repository';
import { InterceptRepository } from '../intercept/intercept.repository';
import type { InterceptState } from '../intercept/intercept.rules';
import { WaybillRepository } from '../waybill/waybill.repository';
import { ParcelRepository, type ParcelChange, type ParcelLineRow, type ParcelRow } from './parcel.repository';

/** A parcel with its lines, what became of giving its number back, and whether it shall come back. */
export interface WholeParcel extends ParcelRow {
  lines: ParcelLineRow[];
  waybillReturn: 'due' | 'done' | 'refused' | null;
  intercept: InterceptState | null;
}

/** Changes of parcels that touch more than the parcel's own row. */
@Injectable()
export class ParcelStore {
  constructor(
    private readonly parcels: ParcelRepository,
    private readonly fulfilments: FulfilmentRepository,
    private readonly waybills: WaybillRepository,
    private readonly intercepts: InterceptRepository,
    private readonly clocks: Clocks,
  ) {}

  lock(tx: Tx, companyId: string, id: string): Promise<ParcelRow | undefined> {
    return this.parcels.lock(tx, companyId, id);
  }

  change(tx: Tx, companyId: string, id: string, change: ParcelChange): Promise<void> {
    return this.parcels.change(tx, companyId, id, change, this.clocks.wire.date());
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

  /** Reads parcels with their lines: three further statements for any number of them. */
  async whole(tx: Tx, companyId: string, parcels: readonly ParcelRow[]): Promise<WholeParcel[]> {
    const ids = parcels.map((parcel) => parcel.id);
    const lines = await this.parcels.lines(tx, companyId, ids);
    const returns = new Map(
      (await this.waybills.cancelsOf(tx, companyId, ids)).map((one) => [one.parcelId, one.state]),
    );
    const intercepts = new Map(
      (await this.intercepts.statesOf(tx, companyId, ids)).map(({ parcelId, state }) => [parcelId, state]),
    );
    const linesOf = new Map<string, ParcelLineRow[]>(ids.map((id) => [id, []]));
    for (const line of lines) linesOf.get(line.parcelId)!.push(line);
    return parcels.map((parcel) => ({
      ...parcel,
      lines: linesOf.get(parcel.id)!,
      waybillReturn: returns.get(parcel.id) ?? null,
      intercept: intercepts.get(parcel.id) ?? null,
    }));
  }

  /** Reads one parcel with its lines; it must exist. */
  async wholeOf(tx: Tx, companyId: string, id: string): Promise<WholeParcel> {
    const parcel = (await this.parcels.find(tx, companyId, id))!;
    return (await this.whole(tx, companyId, [parcel]))[0]!;
  }
}
