import {
  AppError,
  Audit,
  inTransaction,
  pageOf,
  readCursor,
  unseal,
  type Caller,
  type Page,
  type SealKeys,
} from '@app/shared';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { FulfilmentRepository } from '../fulfilment/fulfilment.repository';
import { SEAL_KEYS } from '../logistics.config';
import { WaybillRepository } from '../waybill/waybill.repository';
import { LabelService, printContext } from './label.service';
import { isVisible, visibleWarehouses } from './limits';
import {
  toLabelDto,
  toParcelDto,
  type CancelWaybillDto,
  type ChangeWaybillDto,
  type LabelDto,
  type LabelWish,
  type ParcelDto,
  type ParcelQuery,
} from './parcel.dto';
import { ParcelRepository, type ParcelRow } from './parcel.repository';
import { GONE_STATES } from './parcel.rules';
import { ParcelStore, type WholeParcel } from './parcel.store';
import { RenumberService } from './renumber.service';

/** Repositories that parcels are read from. */
@Injectable()
export class ParcelDesk {
  constructor(
    readonly parcels: ParcelRepository,
    readonly store: ParcelStore,
    readonly fulfilments: FulfilmentRepository,
    readonly waybills: WaybillRepository,
    @Inject(SEAL_KEYS) readonly keys: SealKeys,
  ) {}
}

/** Parcels as clerks see and change them. */
@Injectable()
export class ParcelService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly desk: ParcelDesk,
    private readonly labels: LabelService,
    private readonly renumbers: RenumberService,
    private readonly audit: Audit,
  ) {}

  async list(caller: Caller, query: ParcelQuery): Promise<Page<ParcelDto>> {
    const after = readCursor(query.cursor, 1)?.[0];
    const whole = await inTransaction(this.dataSource, async (tx) => {
      const found = await this.desk.parcels.list(tx, caller.companyId, {
        warehouses: visibleWarehouses(caller, query.warehouse),
        shops: caller.shops,
        orderId: query.orderId ?? null,
        fulfilmentId: query.fulfilmentId ?? null,
        waybillNo: query.waybillNo ?? null,
        state: query.state ?? null,
        after: after === undefined ? null : String(after),
        limit: query.limit + 1,
      });
      return this.desk.store.whole(tx, caller.companyId, found);
    });
    return pageOf(whole, query.limit, (one) => [one.id], toParcelDto);
  }

  get(caller: Caller, id: string): Promise<WholeParcel> {
    return inTransaction(this.dataSource, async (tx) => {
      const parcel = this.visible(caller, id, await this.desk.parcels.find(tx, caller.companyId, id));
      return (await this.desk.store.whole(tx, caller.companyId, [parcel]))[0]!;
    });
  }

  create(caller: Caller, key: string | undefined, fulfilmentId: string, wish: LabelWish): Promise<WholeParcel> {
    return this.labels.take(caller, key, fulfilmentId, wish ?? {});
  }

  /** Gives the print data and counts the print; only while the parcel may be put on its way. */
  print(caller: Caller, id: string): Promise<LabelDto> {
    const { companyId, clientId } = caller;
    return inTransaction(this.dataSource, async (tx) => {
      const parcel = this.visible(caller, id, await this.desk.parcels.lock(tx, companyId, id));
      if (parcel.state !== 'labelled' && parcel.state !== 'departing') throw this.forbids(parcel, 'be printed');
      const sealed = await this.desk.waybills.sealedPrintData(tx, companyId, parcel.carrier, parcel.waybillNo!);
      await this.desk.parcels.countPrint(tx, companyId, id);
      const printCount = parcel.printCount + 1;
      await this.audit.record(tx, companyId, {
        actor: clientId,
        act: 'parcel.label-printed',
        subject: id,
        purpose: 'print the label',
        details: { waybillNo: parcel.waybillNo, printCount },
      });
      return toLabelDto(
        { ...parcel, printCount },
        unseal(sealed!.printData, this.desk.keys, printContext(companyId, id)),
      );
    });
  }

  /** Cancels a parcel that has not left; its number is given back by a due row, and its pieces are work again. A repeat answers the same. */
  cancelWaybill(caller: Caller, id: string, body: CancelWaybillDto): Promise<WholeParcel> {
    const { companyId, clientId } = caller;
    return inTransaction(this.dataSource, async (tx) => {
      const found = this.visible(caller, id, await this.desk.parcels.find(tx, companyId, id));
      await this.desk.fulfilments.lock(tx, companyId, found.fulfilmentId);
      const parcel = (await this.desk.store.lock(tx, companyId, id))!;
      if (parcel.state === 'cancelled') return this.desk.store.wholeOf(tx, companyId, id);
      this.assertVersion(parcel, body?.expectedVersion);
      if (parcel.state === 'departing' || GONE_STATES.includes(parcel.state))
        throw this.forbids(parcel, 'be cancelled');
      if (parcel.state === 'pull_out' && !parcel.keptUntil)
        throw this.forbids(parcel, 'be cancelled before its pull-out is acknowledged');
      const reason = body?.reason ?? `Cancelled by ${clientId}.`;
      await this.desk.store.cancel(tx, companyId, parcel, reason);
      await this.audit.record(tx, companyId, {
        actor: clientId,
        act: 'parcel.cancelled',
        subject: id,
        details: { waybillNo: parcel.waybillNo, reason },
      });
      return this.desk.store.wholeOf(tx, companyId, id);
    });
  }

  /**
   * Gives a parcel that has not left another waybill: a new parcel with the same pieces; the old number is given back.
   * With a number, a parcel that has left bears it from now on, and its platform is told.
   */
  async changeWaybill(caller: Caller, id: string, body: ChangeWaybillDto): Promise<WholeParcel> {
    if (body.waybillNo !== undefined) return this.renumbers.renumber(caller, id, body.carrier, body.waybillNo);
    const replaced = await this.labels.replace(caller, id, body.carrier);
    await inTransaction(this.dataSource, (tx) =>
      this.audit.record(tx, caller.companyId, {
        actor: caller.clientId,
        act: 'parcel.waybill-changed',
        subject: id,
        details: { replacedBy: replaced.id, waybillNo: replaced.waybillNo },
      }),
    );
    return replaced;
  }

  private visible(caller: Caller, id: string, parcel: ParcelRow | undefined): ParcelRow {
    if (!parcel || !isVisible(caller, parcel)) throw new AppError('PARCEL.NOT_FOUND', `There is no parcel ${id}.`);
    return parcel;
  }

  private assertVersion(parcel: ParcelRow, expected: number | undefined): void {
    if (expected === undefined || expected === parcel.version) return;
    throw new AppError(
      'PARCEL.VERSION_CONFLICT',
      `Parcel ${parcel.id} has version ${parcel.version}, not ${expected}; read it again.`,
      { version: parcel.version, state: parcel.state },
    );
  }

  private forbids(parcel: ParcelRow, what: string): AppError {
    return new AppError(
      'PARCEL.STATE_FORBIDS',
      `Parcel ${parcel.id} is ${parcel.state} and cannot ${what}.${parcel.reason ? ` ${parcel.reason}` : ''}`,
      { state: parcel.state, version: parcel.version },
    );
  }
}
