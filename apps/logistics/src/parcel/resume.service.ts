import { inTransaction, type Tx } from '@app/shared';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { FulfilmentRepository, type FulfilmentRow } from '../fulfilment/fulfilment.repository';
import { PullOutService } from '../pull-out/pull-out.service';
import { Neighbours } from '../waybill/neighbours';
import { ParcelRepository, type ParcelRow } from './parcel.repository';
import { COVERING_STATES, fits, receiverHash, remaining } from './parcel.rules';
import { ParcelStore } from './parcel.store';

/** What became of a comparison: good again, not good any more, or to be judged later. */
export type ResumeOutcome = 'resumed' | 'refused' | 'waits';

const CHANGED = 'The contents or the receiver changed after this label was printed.';

/** Compares labels with the newer revision of their fulfilment: equal pieces and receiver make them good again. */
@Injectable()
export class ResumeService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly parcels: ParcelRepository,
    private readonly store: ParcelStore,
    private readonly fulfilments: FulfilmentRepository,
    private readonly pullOuts: PullOutService,
    private readonly neighbours: Neighbours,
  ) {}

  /**
   * Compares parcels of one fulfilment. Returns one that is good again.
   * Throws SERVICE.UNAVAILABLE or what orders says of the receiver.
   */
  async resumeParcels(companyId: string, parcels: readonly ParcelRow[]): Promise<string | undefined> {
    let resumed: string | undefined;
    for (const parcel of parcels) {
      if ((await this.resume(companyId, parcel)) === 'resumed') resumed ??= parcel.id;
    }
    return resumed;
  }

  /** Compares one parcel. Locks the fulfilment, then the parcel; asks orders outside of any transaction. */
  async resume(companyId: string, parcel: { id: string; fulfilmentId: string }): Promise<ResumeOutcome> {
    const fulfilment = await inTransaction(this.dataSource, (tx) =>
      this.fulfilments.lock(tx, companyId, parcel.fulfilmentId),
    );
    if (fulfilment?.state !== 'released') return 'waits';
    const answer = await this.neighbours.receiver(companyId, parcel.fulfilmentId);
    return inTransaction(this.dataSource, async (tx) => {
      const now = (await this.fulfilments.lock(tx, companyId, parcel.fulfilmentId))!;
      const held = await this.parcels.lock(tx, companyId, parcel.id);
      if (held?.state !== 'labelled' && held?.state !== 'pull_out') {
        await this.parcels.postponeResume(tx, companyId, parcel.id, null);
        return 'refused';
      }
      if (now.state !== 'released' || answer.revision < now.revision) return 'waits';
      const isGood = held.receiverHash === receiverHash(answer.receiver) && (await this.hasRoom(tx, companyId, held));
      if (isGood) await this.makeGood(tx, companyId, held, now);
      else await this.refuse(tx, companyId, held);
      await this.fulfilments.recount(tx, companyId, [parcel.fulfilmentId]);
      return isGood ? 'resumed' : 'refused';
    });
  }

  private async hasRoom(tx: Tx, companyId: string, held: ParcelRow): Promise<boolean> {
    const others = (await this.parcels.ofFulfilments(tx, companyId, [held.fulfilmentId])).filter(
      (one) => one.id !== held.id && (one.state === 'requesting' || COVERING_STATES.includes(one.state)),
    );
    const taken = await this.parcels.lines(
      tx,
      companyId,
      others.map((one) => one.id),
    );
    const left = remaining(await this.fulfilments.lines(tx, companyId, [held.fulfilmentId]), taken);
    return fits(await this.parcels.lines(tx, companyId, [held.id]), left);
  }

  private async makeGood(tx: Tx, companyId: string, held: ParcelRow, fulfilment: FulfilmentRow): Promise<void> {
    await this.store.change(tx, companyId, held.id, {
      state: 'labelled',
      revision: fulfilment.revision,
      reason: '',
      keptUntil: null,
      resumeDueAt: null,
    });
    await this.pullOuts.closeResumed(tx, companyId, held.id);
  }

  /** A label that a clerk may still have in hand must be pulled out; one that was pulled is cancelled. */
  private async refuse(tx: Tx, companyId: string, held: ParcelRow): Promise<void> {
    if (held.state === 'labelled') return this.pullOuts.takeOutParcel(tx, companyId, held, CHANGED);
    if (await this.pullOuts.isOpen(tx, companyId, held.id))
      await this.store.change(tx, companyId, held.id, { resumeDueAt: null });
    else await this.store.cancel(tx, companyId, held, CHANGED);
  }
}
