import type { WaybillAnswer, WaybillRequest } from '@app/contracts';
import {
  AppError,
  bodyHash,
  inTransaction,
  invariant,
  killPoint,
  seal,
  type Caller,
  type SealKeys,
  type Tx,
} from '@app/shared';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clocks } from '../clocks';
import { FulfilmentRepository, type FulfilmentRow } from '../fulfilment/fulfilment.repository';
import { SEAL_KEYS } from '../logistics.config';
import { Neighbours, type ReceiverAnswer } from '../waybill/neighbours';
import { WaybillRepository } from '../waybill/waybill.repository';
import { ParcelPlan, type PlannedParcel } from './parcel.plan';
import { ResumeService } from './resume.service';
import type { LabelWish } from './parcel.dto';
import { receiverHash } from './parcel.rules';
import { ParcelStore, type WholeParcel } from './parcel.store';

/** Context under which print data of a parcel are sealed. */
export function printContext(companyId: string, parcelId: string): string {
  return `print:${companyId}:${parcelId}`;
}

/** Repositories and neighbours that a label needs. */
@Injectable()
export class LabelDesk {
  constructor(
    readonly store: ParcelStore,
    readonly fulfilments: FulfilmentRepository,
    readonly waybills: WaybillRepository,
    readonly neighbours: Neighbours,
    readonly clocks: Clocks,
    @Inject(SEAL_KEYS) readonly keys: SealKeys,
  ) {}
}

/**
 * Makes parcels: the row is written first (`requesting`), then the waybill is asked for by the parcel's id, then the
 * row becomes `labelled`. A crash or a lost answer leaves the row, and the next call goes on with it: one number.
 */
@Injectable()
export class LabelService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly plan: ParcelPlan,
    private readonly resume: ResumeService,
    private readonly desk: LabelDesk,
  ) {}

  /**
   * Makes a parcel of what is left of a fulfilment, or of the wished lines, and takes its waybill. Parcels that wait to be
   * compared with a newer revision are compared first; one that is good again is the answer.
   */
  async take(caller: Caller, key: string | undefined, fulfilmentId: string, wish: LabelWish): Promise<WholeParcel> {
    const { companyId, clientId } = caller;
    const request = key ? { key: `${clientId}:${key}`, hash: bodyHash({ fulfilmentId, wish }) } : null;
    const reserve = (hasCompared: boolean) =>
      inTransaction(this.dataSource, (tx) =>
        this.plan.reserve(tx, caller, fulfilmentId, { wish, request, hasCompared }),
      );
    const planned = await reserve(false);
    if (planned.toCompare === undefined) return this.finish(companyId, planned);
    const resumed = await this.resume.resumeParcels(companyId, planned.toCompare);
    if (resumed && !wish.lines) return this.read(companyId, resumed);
    const afterwards = await reserve(true);
    invariant(afterwards.toCompare === undefined, `fulfilment ${fulfilmentId} is to be compared a second time`);
    return this.finish(companyId, afterwards);
  }

  /** Takes a new waybill for a parcel that has not left, under a new parcel id; the old number is given back. */
  async replace(caller: Caller, parcelId: string, carrier: string): Promise<WholeParcel> {
    const planned = await inTransaction(this.dataSource, (tx) => this.plan.replace(tx, caller, parcelId, carrier));
    return this.finish(caller.companyId, planned);
  }

  private async finish(companyId: string, planned: PlannedParcel): Promise<WholeParcel> {
    killPoint('parcel.after-reserve');
    if (planned.parcel.state !== 'requesting') return this.read(companyId, planned.parcel.id);
    return this.complete(companyId, planned);
  }

  private read(companyId: string, id: string): Promise<WholeParcel> {
    return inTransaction(this.dataSource, (tx) => this.desk.store.wholeOf(tx, companyId, id));
  }

  /** Asks orders and the platform, then writes the label. What is asked may be asked again after a crash. */
  private async complete(companyId: string, planned: PlannedParcel): Promise<WholeParcel> {
    const { parcel, sender, lines } = planned;
    const { neighbours } = this.desk;
    const platformOrderNos = [...new Set(lines.map((line) => line.platformOrderNo))];
    let answer: ReceiverAnswer;
    let waybill: WaybillAnswer;
    let wasAsked = !planned.isFresh;
    try {
      [answer] = await Promise.all([
        neighbours.receiver(companyId, parcel.fulfilmentId),
        neighbours.assertMayShip(companyId, parcel.fulfilmentId, parcel.shopId, platformOrderNos),
      ]);
      const request: WaybillRequest = {
        shopId: parcel.shopId,
        fulfilmentId: parcel.fulfilmentId,
        parcelId: parcel.id,
        carrier: parcel.carrier,
        sender,
        receiver: answer.receiver,
        platformOrderNos,
        lines: lines.map(({ platformOrderNo, platformLineNo, title, quantity }) => ({
          platformOrderNo,
          platformLineNo,
          title,
          quantity,
        })),
      };
      wasAsked = true;
      waybill = await neighbours.waybill(companyId, request);
      killPoint('parcel.after-waybill');
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'SERVICE.UNAVAILABLE') throw error;
      await this.drop(companyId, planned, error.message, wasAsked && error.code !== 'WAYBILL.REFUSED');
      throw error;
    }
    return this.write(companyId, planned, answer, waybill);
  }

  /** Cancels a request that was refused; when a number may exist all the same, it is given back. */
  private async drop(companyId: string, planned: PlannedParcel, reason: string, mayHaveNumber: boolean): Promise<void> {
    await inTransaction(this.dataSource, async (tx) => {
      await this.desk.fulfilments.lock(tx, companyId, planned.parcel.fulfilmentId);
      const parcel = await this.desk.store.lock(tx, companyId, planned.parcel.id);
      if (parcel?.state !== 'requesting') return;
      if (mayHaveNumber) await this.desk.store.cancel(tx, companyId, parcel, reason);
      else await this.desk.store.change(tx, companyId, parcel.id, { state: 'cancelled', reason, requestKey: null });
    });
  }

  /** Writes the label, or gives the number back when the fulfilment was stopped while it was asked for. */
  private async write(
    companyId: string,
    planned: PlannedParcel,
    answer: ReceiverAnswer,
    waybill: WaybillAnswer,
  ): Promise<WholeParcel> {
    const outcome = await inTransaction(this.dataSource, async (tx) => {
      const fulfilment = (await this.desk.fulfilments.lock(tx, companyId, planned.parcel.fulfilmentId))!;
      if (fulfilment.state !== 'stopped') {
        const labelled = await this.label(tx, companyId, planned, { fulfilment, answer, waybill });
        if (labelled) return { parcel: labelled };
      }
      const parcel = (await this.desk.store.lock(tx, companyId, planned.parcel.id))!;
      await this.remember(tx, companyId, parcel.id, waybill);
      const numbered = { ...parcel, waybillNo: waybill.waybillNo, carrier: waybill.carrier };
      // A parcel that still waits for its waybill here belongs to a fulfilment that was stopped.
      if (parcel.state === 'cancelled' || parcel.state === 'requesting') {
        await this.desk.store.change(tx, companyId, parcel.id, {
          waybillNo: waybill.waybillNo,
          carrier: waybill.carrier,
        });
        await this.desk.store.cancel(tx, companyId, numbered, fulfilment.reason || parcel.reason);
        return { stopped: fulfilment.reason || parcel.reason };
      }
      return { parcel: await this.desk.store.wholeOf(tx, companyId, parcel.id) };
    });
    killPoint('parcel.after-commit');
    if (outcome.parcel) return outcome.parcel;
    const { fulfilmentId } = planned.parcel;
    throw new AppError(
      'FULFILMENT.STOPPED',
      `Fulfilment ${fulfilmentId} was stopped: ${outcome.stopped}. Leave its goods on the shelf; the waybill ${waybill.waybillNo} is given back.`,
      { reason: outcome.stopped },
    );
  }

  /** Writes the label of a parcel that still waits for its waybill; undefined, and nothing written, for any other. */
  private async label(
    tx: Tx,
    companyId: string,
    { parcel }: PlannedParcel,
    { fulfilment, answer, waybill }: { fulfilment: FulfilmentRow; answer: ReceiverAnswer; waybill: WaybillAnswer },
  ): Promise<WholeParcel | undefined> {
    // Pieces of the request, receiver of the answer: the label is only as new as the older of the two.
    const revision = Math.min(parcel.revision, answer.revision, fulfilment.revision);
    const labelled = await this.desk.store.changeFrom(tx, companyId, parcel.id, 'requesting', {
      state: 'labelled',
      waybillNo: waybill.waybillNo,
      carrier: waybill.carrier,
      revision,
      receiverHash: receiverHash(answer.receiver),
      labelledAt: this.desk.clocks.story.now(),
      resumeDueAt: revision < fulfilment.revision ? this.desk.clocks.wire.date() : null,
    });
    if (!labelled) return undefined;
    await this.remember(tx, companyId, parcel.id, waybill);
    await this.desk.fulfilments.recount(tx, companyId, [fulfilment.fulfilmentId]);
    killPoint('parcel.before-commit');
    return this.desk.store.with(tx, companyId, labelled);
  }

  private async remember(tx: Tx, companyId: string, parcelId: string, waybill: WaybillAnswer): Promise<void> {
    const sealedPrintData = seal(waybill.printData, this.desk.keys, printContext(companyId, parcelId));
    const { carrier, waybillNo } = waybill;
    const owner = await this.desk.waybills.remember(tx, companyId, {
      carrier,
      waybillNo,
      parcelId,
      sealedPrintData,
      takenAt: this.desk.clocks.story.now(),
    });
    if (owner === parcelId) return;
    throw new AppError(
      'WAYBILL.ALREADY_USED',
      `${carrier} gave the number ${waybillNo} for parcel ${parcelId}, but parcel ${owner} has it. Cancel this request and take another carrier, and tell the carrier.`,
      { parcelId: owner },
    );
  }
}
