import type { SenderAddress } from '@app/contracts';
import { AppError, newId, type Caller, type Tx } from '@app/shared';
import { Injectable } from '@nestjs/common';
import { CarrierService } from '../carrier/carrier.service';
import { Clocks } from '../clocks';
import { FulfilmentRepository, type FulfilmentRow, type PieceLine } from '../fulfilment/fulfilment.repository';
import { PullOutRepository } from '../pull-out/pull-out.repository';
import { SenderRepository } from '../sender/sender.repository';
import { isVisible } from './limits';
import type { LabelWish } from './parcel.dto';
import { ParcelRepository, type ParcelLineRow, type ParcelRow } from './parcel.repository';
import { chosenPieces, COVERING_STATES, fits, pieceKey, remaining, samePieces } from './parcel.rules';
import { ParcelStore } from './parcel.store';

/** A parcel whose waybill can be asked for. */
export interface PlannedParcel {
  parcel: ParcelRow;
  lines: PieceLine[];
  sender: SenderAddress;
  /** False when an earlier call wrote the row, so that its number may have been taken already. */
  isFresh: boolean;
  toCompare?: undefined;
}

/** Parcels that must be compared with the newest revision before another is made. */
export interface DueComparisons {
  toCompare: ParcelRow[];
}

/** What a call asks for. */
export interface Reservation {
  wish: LabelWish;
  request: PlanRequest | null;
  /** True when this call has had the parcels compared that waited for it. */
  hasCompared: boolean;
}

/** The Idempotency-Key of a call, with the hash of what was asked. */
export interface PlanRequest {
  key: string;
  hash: string;
}

interface Situation {
  fulfilment: FulfilmentRow;
  lines: PieceLine[];
  parcels: ParcelRow[];
  linesOf: Map<string, ParcelLineRow[]>;
}

const ADVICE = 'Ship or cancel that parcel, or name lines that are left.';

/** Decides what goes into a parcel, under the lock of its fulfilment. */
@Injectable()
export class ParcelPlan {
  constructor(
    private readonly fulfilments: FulfilmentRepository,
    private readonly parcels: ParcelRepository,
    private readonly store: ParcelStore,
    private readonly pullOuts: PullOutRepository,
    private readonly senders: SenderRepository,
    private readonly carriers: CarrierService,
    private readonly clocks: Clocks,
  ) {}

  /**
   * Writes a parcel as `requesting`, or finds the one that an earlier call wrote; while parcels that the caller may see
   * wait to be compared (of an older revision, or pulled with their waybill kept), names those and writes nothing.
   * Locks the fulfilment's row.
   */
  async reserve(
    tx: Tx,
    caller: Caller,
    fulfilmentId: string,
    { wish, request, hasCompared }: Reservation,
  ): Promise<PlannedParcel | DueComparisons> {
    const { companyId } = caller;
    const situation = await this.look(tx, caller, fulfilmentId);
    const { fulfilment } = situation;
    const toCompare = situation.parcels.filter(
      (one) =>
        isVisible(caller, one) && (one.resumeDueAt !== null || (one.state === 'pull_out' && one.keptUntil !== null)),
    );
    if (toCompare.length > 0 && !hasCompared) return { toCompare };
    const sender = await this.senderOf(tx, companyId, fulfilment.warehouse);
    const known = request && (await this.parcels.findByKey(tx, companyId, request.key));
    if (known) return this.again(known, situation, sender, request);
    this.assertReleased(situation);
    await this.assertNoPullOut(tx, companyId, situation);
    const open = this.openRequest(situation, wish);
    if (open) return { parcel: open, lines: situation.linesOf.get(open.id)!, sender, isFresh: false };
    const lines = this.piecesFor(situation, wish);
    const carrier = await this.carriers.resolve(tx, companyId, fulfilment, wish.carrier);
    return {
      parcel: await this.insert(tx, companyId, fulfilment, carrier, lines, request),
      lines,
      sender,
      isFresh: true,
    };
  }

  /** Cancels a parcel that has not left and writes one with the same pieces for another carrier. Locks the fulfilment, then the parcel. */
  async replace(tx: Tx, caller: Caller, parcelId: string, wishedCarrier: string): Promise<PlannedParcel> {
    const { companyId } = caller;
    const found = await this.parcels.find(tx, companyId, parcelId);
    if (!found || !isVisible(caller, found)) throw new AppError('PARCEL.NOT_FOUND', `There is no parcel ${parcelId}.`);
    const situation = await this.look(tx, caller, found.fulfilmentId);
    const old = (await this.store.lock(tx, companyId, parcelId))!;
    const sender = await this.senderOf(tx, companyId, old.warehouse);
    if (old.replacedBy) {
      const parcel = (await this.parcels.find(tx, companyId, old.replacedBy))!;
      return { parcel, lines: await this.parcels.lines(tx, companyId, [parcel.id]), sender, isFresh: false };
    }
    if (old.state !== 'labelled') {
      throw new AppError(
        'PARCEL.STATE_FORBIDS',
        `Parcel ${parcelId} is ${old.state}; only a labelled parcel that has not left can get another waybill.`,
        { state: old.state, version: old.version },
      );
    }
    this.assertReleased(situation);
    const lines = situation.linesOf.get(old.id)!;
    const carrier = await this.carriers.resolve(tx, companyId, situation.fulfilment, wishedCarrier);
    const parcel = await this.insert(tx, companyId, situation.fulfilment, carrier, lines, null);
    await this.store.cancel(tx, companyId, old, `Replaced by parcel ${parcel.id}.`, parcel.id);
    return { parcel, lines, sender, isFresh: true };
  }

  private async look(tx: Tx, caller: Caller, fulfilmentId: string): Promise<Situation> {
    const { companyId } = caller;
    const fulfilment = await this.fulfilments.lock(tx, companyId, fulfilmentId);
    if (!fulfilment || !isVisible(caller, fulfilment)) {
      throw new AppError(
        'FULFILMENT.NOT_FOUND',
        `There is no fulfilment ${fulfilmentId}; see GET /logistics/v1/work for those that wait.`,
      );
    }
    const [lines, parcels] = await Promise.all([
      this.fulfilments.lines(tx, companyId, [fulfilmentId]),
      this.parcels.ofFulfilments(tx, companyId, [fulfilmentId]),
    ]);
    const linesOf = new Map<string, ParcelLineRow[]>(parcels.map((parcel) => [parcel.id, []]));
    for (const line of await this.parcels.lines(
      tx,
      companyId,
      parcels.map((parcel) => parcel.id),
    ))
      linesOf.get(line.parcelId)!.push(line);
    return { fulfilment, lines, parcels, linesOf };
  }

  private again(known: ParcelRow, situation: Situation, sender: SenderAddress, request: PlanRequest): PlannedParcel {
    if (known.requestHash !== request.hash)
      throw new AppError(
        'IDEMPOTENCY.KEY_REUSED',
        'The Idempotency-Key was used for another call; take a new key for a new call.',
      );
    return { parcel: known, lines: situation.linesOf.get(known.id) ?? [], sender, isFresh: false };
  }

  private assertReleased({ fulfilment }: Situation): void {
    if (fulfilment.state === 'released') return;
    const { fulfilmentId, reason } = fulfilment;
    throw new AppError(
      'FULFILMENT.STOPPED',
      `Fulfilment ${fulfilmentId} is stopped: ${reason}. Leave its goods on the shelf until it is released again.`,
      { reason },
    );
  }

  private async assertNoPullOut(tx: Tx, companyId: string, { fulfilment, parcels }: Situation): Promise<void> {
    for (const parcel of parcels.filter((one) => one.state === 'pull_out')) {
      const open = await this.pullOuts.openOf(tx, companyId, parcel.id);
      if (!open) continue;
      throw new AppError(
        'FULFILMENT.STOPPED',
        `Parcel ${parcel.waybillNo} of fulfilment ${fulfilment.fulfilmentId} must be pulled out first (${open.reason}): acknowledge pull-out ${open.id}.`,
        {
          reason: open.reason,
          pullOutId: open.id,
          parcelId: parcel.id,
        },
      );
    }
  }

  /** A request that a lost answer or a crash left open, and that this call may go on with. */
  private openRequest({ parcels, linesOf, lines }: Situation, wish: LabelWish): ParcelRow | undefined {
    const open = parcels.filter((parcel) => parcel.state === 'requesting');
    const wanted = wish.lines && chosenPieces(lines, wish.lines);
    const same = open.find((parcel) => !wanted || samePieces(linesOf.get(parcel.id)!, wanted));
    if (!same || !wish.carrier || wish.carrier === same.carrier) return same;
    throw new AppError(
      'PARCEL.ALREADY_EXISTS',
      `Parcel ${same.id} waits for a waybill of ${same.carrier}. Repeat the call without a carrier, or cancel that parcel first.`,
      { parcelId: same.id, state: same.state },
    );
  }

  private piecesFor({ fulfilment, lines, parcels, linesOf }: Situation, wish: LabelWish): PieceLine[] {
    const holders = parcels.filter((parcel) => parcel.state === 'requesting' || COVERING_STATES.includes(parcel.state));
    const left = remaining(
      lines,
      holders.flatMap((parcel) => linesOf.get(parcel.id)!),
    );
    const wanted = wish.lines ? chosenPieces(lines, wish.lines) : left;
    if (left.length === 0) {
      const last = holders[holders.length - 1];
      throw new AppError(
        'PARCEL.ALREADY_EXISTS',
        `Everything of fulfilment ${fulfilment.fulfilmentId} is in parcel ${holders.map((one) => one.id).join(', ') || '(none)'}. ${ADVICE}`,
        {
          parcelId: last?.id,
          waybillNo: last?.waybillNo,
          state: last?.state,
        },
      );
    }
    if (fits(wanted, left)) return wanted;
    const free = new Map(left.map((line) => [pieceKey(line), line.quantity]));
    const errors = wanted
      .map((line, index) => ({
        field: `lines[${index}].quantity`,
        code: 'EXCEEDS',
        message: `asked ${line.quantity}, left ${free.get(pieceKey(line)) ?? 0}`,
      }))
      .filter((_, index) => wanted[index]!.quantity > (free.get(pieceKey(wanted[index]!)) ?? 0));
    throw new AppError(
      'PARCEL.LINES_EXCEED',
      `More pieces are asked than are left of fulfilment ${fulfilment.fulfilmentId}. ${ADVICE}`,
      { errors },
    );
  }

  private async senderOf(tx: Tx, companyId: string, warehouse: string): Promise<SenderAddress> {
    const sender = await this.senders.find(tx, companyId, warehouse);
    if (!sender)
      throw new AppError(
        'SENDER.MISSING',
        `Warehouse ${warehouse} has no sender address; give one by PUT /logistics/v1/senders/${warehouse}.`,
        { warehouse },
      );
    const { name, phone, province, city, district, address } = sender;
    return { name, phone, province, city, district, address };
  }

  private async insert(
    tx: Tx,
    companyId: string,
    fulfilment: FulfilmentRow,
    carrier: string,
    lines: readonly PieceLine[],
    request: PlanRequest | null,
  ): Promise<ParcelRow> {
    const { fulfilmentId, revision, shopId, platform, warehouse } = fulfilment;
    const id = newId('pcl');
    const [createdAt, touchedAt] = [this.clocks.story.now(), this.clocks.wire.date()];
    return this.parcels.insert(
      tx,
      companyId,
      {
        id,
        fulfilmentId,
        revision,
        shopId,
        platform,
        warehouse,
        carrier,
        requestKey: request?.key ?? null,
        requestHash: request?.hash ?? null,
        createdAt,
        touchedAt,
      },
      lines,
    );
  }
}
