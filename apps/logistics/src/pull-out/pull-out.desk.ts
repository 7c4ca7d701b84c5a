import {
  AppError,
  Audit,
  Idempotency,
  inStatement,
  inTransaction,
  pageOf,
  readCursor,
  type Caller,
  type Page,
  type Tx,
} from '@app/shared';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clocks } from '../clocks';
import { FulfilmentRepository } from '../fulfilment/fulfilment.repository';
import { isVisible, visibleWarehouses } from '../parcel/limits';
import { ParcelStore } from '../parcel/parcel.store';
import type { ParcelRow } from '../parcel/parcel.repository';
import { toPullOutDto, type AcknowledgeDto, type PullOutDto, type PullOutQuery } from './pull-out.dto';
import { PullOutRepository, type PullOutRow } from './pull-out.repository';

const HOUR_MS = 3_600_000;
const ROUTE = 'POST /logistics/v1/pull-outs/{id}/acknowledge';

/** Where clerks see and close pull-outs. */
@Injectable()
export class PullOutDesk {
  constructor(
    private readonly dataSource: DataSource,
    private readonly pullOuts: PullOutRepository,
    private readonly parcels: ParcelStore,
    private readonly fulfilments: FulfilmentRepository,
    private readonly audit: Audit,
    private readonly clocks: Clocks,
    private readonly idempotency: Idempotency,
  ) {}

  async list(caller: Caller, query: PullOutQuery): Promise<Page<PullOutDto>> {
    const after = readCursor(query.cursor, 1)?.[0];
    const filter = {
      state: query.state ?? null,
      warehouses: visibleWarehouses(caller, query.warehouse),
      shops: caller.shops,
      after: after === undefined ? null : String(after),
      limit: query.limit + 1,
    };
    const found = await inStatement(this.dataSource, (tx) => this.pullOuts.list(tx, caller.companyId, filter));
    return pageOf(found, query.limit, (one) => [one.id], toPullOutDto);
  }

  /**
   * The clerk says that the parcel was taken out: its waybill is given back by a due row, or kept for some story hours.
   * A repeat answers the same. Locks the fulfilment, then the parcel. Throws PULL_OUT.NOT_FOUND.
   */
  acknowledge(caller: Caller, key: string | undefined, id: string, body: AcknowledgeDto): Promise<PullOutDto> {
    return inTransaction(this.dataSource, (tx) =>
      this.idempotency.once(tx, { caller, key, route: `${ROUTE} ${id}`, body }, () =>
        this.close(tx, caller, id, body ?? {}),
      ),
    );
  }

  /** Cancels a pulled parcel whose waybill was kept long enough; without effect when it was resumed meanwhile. */
  async giveUp(companyId: string, parcelId: string, fulfilmentId: string): Promise<void> {
    await inTransaction(this.dataSource, async (tx) => {
      await this.fulfilments.lock(tx, companyId, fulfilmentId);
      const parcel = await this.parcels.lock(tx, companyId, parcelId);
      if (
        parcel?.state !== 'pull_out' ||
        !parcel.keptUntil ||
        parcel.keptUntil > this.clocks.story.now() ||
        parcel.resumeDueAt
      )
        return;
      await this.parcels.cancel(tx, companyId, parcel, 'The order did not resume while its waybill was kept.');
    });
  }

  private async close(tx: Tx, caller: Caller, id: string, body: AcknowledgeDto): Promise<PullOutDto> {
    const { companyId, clientId } = caller;
    const pullOut = await this.pullOuts.find(tx, companyId, id);
    if (!pullOut || !isVisible(caller, pullOut))
      throw new AppError('PULL_OUT.NOT_FOUND', `There is no pull-out ${id}.`);
    await this.fulfilments.lock(tx, companyId, pullOut.fulfilmentId);
    const parcel = (await this.parcels.lock(tx, companyId, pullOut.parcelId))!;
    const now = this.clocks.story.now();
    const changed = await this.pullOuts.close(tx, companyId, id, 'acknowledged', clientId, now);
    const keptUntil =
      changed === 1 && parcel.state === 'pull_out'
        ? await this.settle(tx, caller, pullOut, parcel, body)
        : parcel.keptUntil;
    const closed = (await this.pullOuts.find(tx, companyId, id))!;
    return toPullOutDto({ ...closed, waybillNo: parcel.waybillNo!, carrier: parcel.carrier, keptUntil });
  }

  private async settle(
    tx: Tx,
    caller: Caller,
    pullOut: PullOutRow,
    parcel: ParcelRow,
    body: AcknowledgeDto,
  ): Promise<Date | null> {
    const { companyId, clientId } = caller;
    const hours = body.keepHours ?? this.clocks.config.LOGISTICS_KEEP_WAYBILL_HOURS;
    const keptUntil = body.keepWaybill ? new Date(this.clocks.story.ms() + hours * HOUR_MS) : null;
    if (keptUntil) await this.parcels.change(tx, companyId, parcel.id, { keptUntil });
    else await this.parcels.cancel(tx, companyId, parcel, pullOut.reason);
    await this.audit.record(tx, companyId, {
      actor: clientId,
      act: 'pull-out.acknowledged',
      subject: parcel.id,
      details: { pullOutId: pullOut.id, keptUntil: keptUntil?.toISOString() ?? null },
    });
    return keptUntil;
  }
}
