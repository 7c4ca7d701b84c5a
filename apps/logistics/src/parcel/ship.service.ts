import { parcelShipped } from '@app/contracts';
import { AppError, Audit, inStatement, inTransaction, killPoint, Outbox, type Caller } from '@app/shared';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clocks } from '../clocks';
import { Neighbours, type Departure } from '../waybill/neighbours';
import { FulfilmentRepository } from '../fulfilment/fulfilment.repository';
import { InterceptService } from '../intercept/intercept.service';
import { PullOutService } from '../pull-out/pull-out.service';
import { isVisible } from './limits';
import { toParcelItem } from './parcel.facts';
import { ParcelRepository, type ParcelRow } from './parcel.repository';
import { GONE_STATES, pullOutAdvice } from './parcel.rules';
import { ParcelStore, type WholeParcel } from './parcel.store';
import type { ShipDto } from './parcel.dto';

/** What writing a shipment touches. */
@Injectable()
export class ShipDesk {
  constructor(
    readonly parcels: ParcelRepository,
    readonly store: ParcelStore,
    readonly fulfilments: FulfilmentRepository,
    readonly pullOuts: PullOutService,
    readonly outbox: Outbox,
    readonly audit: Audit,
    readonly clocks: Clocks,
  ) {}
}

/**
 * Scan-to-ship: `departing` is written, orders is asked outside of any transaction, then `shipped` and the fact are
 * written in one, with the intercept where a refund became known after the departure was granted. A crash anywhere leaves `departing`; the next scan goes on, since a departure may be asked again.
 */
@Injectable()
export class ShipService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly neighbours: Neighbours,
    private readonly desk: ShipDesk,
    private readonly intercepts: InterceptService,
  ) {}

  /** Throws PARCEL.NOT_FOUND, PARCEL.AMBIGUOUS_WAYBILL, PARCEL.STATE_FORBIDS, FULFILMENT.STOPPED, FULFILMENT.STALE_REVISION, SERVICE.UNAVAILABLE. */
  async ship(caller: Caller, scan: ShipDto): Promise<WholeParcel> {
    const { companyId } = caller;
    const begun = await this.begin(caller, scan);
    if (GONE_STATES.includes(begun.state))
      return inTransaction(this.dataSource, (tx) => this.desk.store.wholeOf(tx, companyId, begun.id));
    const departure = await this.neighbours.departure(companyId, begun.fulfilmentId, begun.id, begun.revision);
    killPoint('ship.after-departure');
    if (!departure.granted) return this.refuse(companyId, begun, departure);
    const shipped = await this.finish(caller, begun, departure.departedAt);
    killPoint('ship.after-commit');
    return shipped;
  }

  /** Finds the scanned parcel and marks it as departing; returns it unchanged when it has left already. */
  private async begin(caller: Caller, scan: ShipDto): Promise<ParcelRow> {
    const { companyId } = caller;
    const begun = await inStatement(this.dataSource, async (tx) => {
      const found = (await this.desk.parcels.ofWaybill(tx, companyId, scan.waybillNo)).filter(
        (one) => isVisible(caller, one) && (!scan.carrier || one.carrier === scan.carrier),
      );
      const { id } = onlyOne(found, scan.waybillNo);
      return { id, parcel: await this.desk.parcels.scanOut(tx, companyId, id, this.desk.clocks.wire.date()) };
    });
    return begun.parcel ?? this.judge(companyId, begun.id, scan);
  }

  /** What a scan means for a parcel that was not simply labelled; one that is scanned again is departing already. */
  private judge(companyId: string, id: string, scan: ShipDto): Promise<ParcelRow> {
    return inTransaction(this.dataSource, async (tx) => {
      const parcel = await this.desk.parcels.lock(tx, companyId, id);
      if (!parcel) throw notFound(scan.waybillNo);
      if (GONE_STATES.includes(parcel.state)) return parcel;
      if (parcel.state === 'pull_out') throw stopped(parcel, parcel.reason, []);
      if (parcel.state !== 'labelled' && parcel.state !== 'departing') {
        throw new AppError(
          'PARCEL.STATE_FORBIDS',
          `Parcel ${parcel.id} (${scan.waybillNo}) is ${parcel.state}${parcel.reason ? `: ${parcel.reason}` : ''}. Put it aside and take its goods out of the shipping line.`,
          {
            state: parcel.state,
            version: parcel.version,
            parcelId: parcel.id,
          },
        );
      }
      if (parcel.resumeDueAt) throw stale(parcel);
      if (parcel.state === 'labelled') await this.desk.store.change(tx, companyId, parcel.id, { state: 'departing' });
      return parcel;
    });
  }

  private async finish(caller: Caller, begun: ParcelRow, departedAt: Date): Promise<WholeParcel> {
    const { companyId, clientId } = caller;
    const outcome = await inTransaction(this.dataSource, async (tx) => {
      const now = this.desk.clocks.story.now();
      const left = await this.desk.store.changeFrom(tx, companyId, begun.id, 'departing', {
        state: 'shipped',
        departedAt,
        shippedAt: now > departedAt ? now : departedAt,
        resumeDueAt: null,
      });
      if (!left) {
        const parcel = (await this.desk.parcels.find(tx, companyId, begun.id))!;
        return GONE_STATES.includes(parcel.state)
          ? { shipped: await this.desk.store.with(tx, companyId, parcel) }
          : { parcel };
      }
      await this.intercepts.derive(tx, companyId, [left.id]);
      const shipped = await this.desk.store.with(tx, companyId, left);
      await this.desk.outbox.append(tx, companyId, [{ fact: parcelShipped, items: [toParcelItem(shipped)] }]);
      await this.desk.audit.record(tx, companyId, {
        actor: clientId,
        act: 'parcel.shipped',
        subject: left.id,
        details: { waybillNo: left.waybillNo, fulfilmentId: left.fulfilmentId, revision: left.revision },
      });
      killPoint('ship.before-commit');
      return { shipped };
    });
    if (outcome.shipped) return outcome.shipped;
    throw stopped(outcome.parcel, outcome.parcel.reason, []);
  }

  /** Orders said no: the parcel is taken out; or, when our copy is behind, compared with what was released since. */
  private async refuse(companyId: string, begun: ParcelRow, departure: Departure & { granted: false }): Promise<never> {
    const isStale = departure.code === 'FULFILMENT.STALE_REVISION';
    await inTransaction(this.dataSource, async (tx) => {
      await this.desk.fulfilments.lock(tx, companyId, begun.fulfilmentId);
      const parcel = await this.desk.parcels.lock(tx, companyId, begun.id);
      if (parcel?.state !== 'departing' && parcel?.state !== 'labelled') return;
      if (isStale)
        await this.desk.store.change(tx, companyId, parcel.id, {
          state: 'labelled',
          resumeDueAt: this.desk.clocks.wire.date(),
        });
      else await this.desk.pullOuts.takeOutParcel(tx, companyId, parcel, departure.reason);
      await this.desk.fulfilments.recount(tx, companyId, [begun.fulfilmentId]);
    });
    throw isStale ? stale(begun) : stopped(begun, departure.reason, departure.holds);
  }
}

function notFound(waybillNo: string): AppError {
  return new AppError(
    'PARCEL.NOT_FOUND',
    `No parcel bears the waybill number ${waybillNo}. Scan it again, or look at GET /logistics/v1/parcels?waybillNo=….`,
  );
}

/** The parcel that a scan means: one that can still leave comes before those that left or were cancelled. */
function onlyOne(found: readonly ParcelRow[], waybillNo: string): ParcelRow {
  const alive = found.filter((one) => one.state !== 'cancelled');
  const candidates = alive.length > 0 ? alive : found.slice(-1);
  const [only, ...more] = candidates;
  if (!only) throw notFound(waybillNo);
  if (more.length === 0) return only;
  throw new AppError(
    'PARCEL.AMBIGUOUS_WAYBILL',
    `Parcels of several carriers bear the waybill number ${waybillNo}; name the carrier too.`,
    {
      candidates: candidates.map(({ id, carrier, state, fulfilmentId }) => ({
        parcelId: id,
        carrier,
        state,
        fulfilmentId,
      })),
    },
  );
}

function stopped(parcel: ParcelRow, reason: string, holds: unknown): AppError {
  return new AppError(
    'FULFILMENT.STOPPED',
    `Parcel ${parcel.waybillNo} must not leave: ${reason} ${pullOutAdvice(parcel.waybillNo!)}`,
    {
      reason,
      whatToDo: pullOutAdvice(parcel.waybillNo!),
      parcelId: parcel.id,
      fulfilmentId: parcel.fulfilmentId,
      holds,
    },
  );
}

function stale(parcel: ParcelRow): AppError {
  return new AppError(
    'FULFILMENT.STALE_REVISION',
    `Fulfilment ${parcel.fulfilmentId} was changed since parcel ${parcel.waybillNo} was labelled; it is being compared. Put the parcel aside and scan it again in a moment.`,
    {
      parcelId: parcel.id,
      fulfilmentId: parcel.fulfilmentId,
      revision: parcel.revision,
    },
  );
}
