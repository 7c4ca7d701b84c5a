import { parcelChanged } from '@app/contracts';
import { AppError, Audit, inTransaction, Outbox, seal, type Caller, type SealKeys } from '@app/shared';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clocks } from '../clocks';
import { SEAL_KEYS } from '../logistics.config';
import { ExpectedReturns } from '../return/expected-returns';
import { WaybillRepository } from '../waybill/waybill.repository';
import { printContext } from './label.service';
import { isVisible } from './limits';
import type { ParcelRow } from './parcel.repository';
import { toParcelItem } from './parcel.facts';
import { ParcelStore, type WholeParcel } from './parcel.store';

/** Where parcels, numbers and what is told of them are written. */
@Injectable()
export class RenumberDesk {
  constructor(
    readonly store: ParcelStore,
    readonly waybills: WaybillRepository,
    readonly expected: ExpectedReturns,
    readonly outbox: Outbox,
    readonly audit: Audit,
    readonly clocks: Clocks,
    @Inject(SEAL_KEYS) readonly keys: SealKeys,
  ) {}
}

/** Gives parcels that have left the number under which their carrier has them now. */
@Injectable()
export class RenumberService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly desk: RenumberDesk,
  ) {}

  /**
   * Writes the number that a person or a carrier states for a parcel under way, and tells it, so that the platform learns
   * of it. A repeat answers the same. Locks the parcel's row, then the numbers of expected returns.
   * Throws PARCEL.NOT_FOUND, PARCEL.STATE_FORBIDS, WAYBILL.ALREADY_USED.
   */
  renumber(caller: Caller, id: string, carrier: string, waybillNo: string): Promise<WholeParcel> {
    const { companyId, clientId } = caller;
    return inTransaction(this.dataSource, async (tx) => {
      const parcel = await this.desk.store.lock(tx, companyId, id);
      if (!parcel || !isVisible(caller, parcel)) throw new AppError('PARCEL.NOT_FOUND', `There is no parcel ${id}.`);
      if (parcel.waybillNo === waybillNo && parcel.carrier === carrier)
        return this.desk.store.wholeOf(tx, companyId, id);
      assertUnderWay(parcel, waybillNo);
      const owner = await this.desk.waybills.remember(tx, companyId, {
        carrier,
        waybillNo,
        parcelId: id,
        sealedPrintData: seal('', this.desk.keys, printContext(companyId, id)),
        takenAt: this.desk.clocks.story.now(),
      });
      if (owner !== id)
        throw new AppError(
          'WAYBILL.ALREADY_USED',
          `${carrier} ${waybillNo} is the number of parcel ${owner}; read the number on the label of parcel ${id} again.`,
          { parcelId: owner },
        );
      await this.desk.store.change(tx, companyId, id, { carrier, waybillNo });
      await this.desk.expected.follow(tx, companyId, [parcel.waybillNo!, waybillNo]);
      const whole = await this.desk.store.wholeOf(tx, companyId, id);
      await this.desk.outbox.append(tx, companyId, [{ fact: parcelChanged, items: [toParcelItem(whole)] }]);
      await this.desk.audit.record(tx, companyId, {
        actor: clientId,
        act: 'parcel.waybill-changed',
        subject: id,
        details: { from: `${parcel.carrier} ${parcel.waybillNo}`, to: `${carrier} ${waybillNo}` },
      });
      return whole;
    });
  }
}

function assertUnderWay(parcel: ParcelRow, waybillNo: string): void {
  const { id, state, version } = parcel;
  if (state !== 'shipped' && state !== 'exception')
    throw new AppError(
      'PARCEL.STATE_FORBIDS',
      `Parcel ${id} is ${state}; a number can be stated only while the parcel is under way. Before it leaves, take another waybill by naming a carrier alone.`,
      { state, version },
    );
  if (parcel.waybillNo === waybillNo)
    throw new AppError(
      'PARCEL.STATE_FORBIDS',
      `Parcel ${id} bears ${waybillNo} of ${parcel.carrier}; a carrier cannot be changed without its number.`,
      { state, version },
    );
}
