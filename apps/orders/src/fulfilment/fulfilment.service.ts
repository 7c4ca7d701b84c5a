import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  Idempotency,
  AppError,
  Audit,
  groupBy,
  inStatement,
  inTransaction,
  killPoint,
  pageOf,
  readCursor,
  type Caller,
  type Page,
  type Tx,
} from '@app/shared';
import type { CanonicalOrder, DepartureAnswer, FulfilmentReceiverAnswer } from '@app/contracts';
import { OrderRepository } from '../order/order.repository';
import { draftOf, OrderStore } from '../order/order.store';
import type { Departure, Fulfilment, OrderAggregate } from '../order/order.types';
import { judgeDeparture, mayBeGranted } from './departure.rules';
import type { DepartureDto, FulfilmentDto, FulfilmentsQuery, TakeBackDepartureDto } from './fulfilment.dto';
import { FulfilmentRepository } from './fulfilment.repository';

/** Decides whether parcels may leave, and shows what warehouses have to do. */
@Injectable()
export class FulfilmentService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly repository: FulfilmentRepository,
    private readonly orders: OrderRepository,
    private readonly store: OrderStore,
    private readonly audit: Audit,
    private readonly idempotency: Idempotency,
  ) {}

  /**
   * Lets a parcel leave, or refuses it with FULFILMENT.STOPPED or FULFILMENT.STALE_REVISION. The order is locked for the
   * decision, so a refund request, hold or cancellation is either seen, or comes after the departure.
   */
  async depart(caller: Caller, fulfilmentId: string, { parcelId, revision }: DepartureDto): Promise<DepartureAnswer> {
    const departedAt = await inTransaction(this.dataSource, async (tx) => {
      const { aggregate, fulfilment } = await this.lock(tx, caller, fulfilmentId);
      const departures = mayBeGranted(aggregate, fulfilment, parcelId)
        ? await this.repository.departures(tx, caller.companyId, fulfilmentId)
        : [];
      const verdict = judgeDeparture(aggregate, fulfilment, departures, parcelId, revision);
      if (verdict.kind === 'repeated') return verdict.departedAt;
      if (verdict.kind === 'stale') {
        throw new AppError(
          'FULFILMENT.STALE_REVISION',
          `Fulfilment ${fulfilmentId} has revision ${verdict.revision}, the parcel was packed for ${revision}; pull parcel ${parcelId} and pack anew.`,
          { revision: verdict.revision, holds: [] },
        );
      }
      if (verdict.kind === 'stopped') {
        const holds = verdict.holds.map(({ holdId, type, reason, owner, since }) => ({
          id: holdId,
          type,
          reason,
          owner,
          since: since.toISOString(),
        }));
        throw new AppError(
          'FULFILMENT.STOPPED',
          `Parcel ${parcelId} must not leave: ${verdict.reason} Pull it and acknowledge.`,
          { revision: fulfilment.revision, reason: verdict.reason, holds },
        );
      }
      const grantedAt = await this.grant(tx, caller, aggregate, fulfilment, parcelId);
      killPoint('departure.before-commit');
      return grantedAt;
    });
    killPoint('departure.after-commit');
    return { departing: true, departedAt: departedAt.toISOString() };
  }

  private async grant(
    tx: Tx,
    caller: Caller,
    aggregate: OrderAggregate,
    fulfilment: Fulfilment,
    parcelId: string,
  ): Promise<Date> {
    const { companyId, clientId } = caller;
    const draft = draftOf(aggregate);
    const { now } = this.store.context();
    if (fulfilment.state !== 'departing') Object.assign(fulfilment, { state: 'departing', departedAt: now, parcelId });
    const cause = { actor: `client:${clientId}`, reason: `Parcel ${parcelId} was allowed to leave.` };
    const departures = (): Departure[] => {
      const { fulfilmentId, revision } = fulfilment;
      const { orderId, version: orderVersion } = aggregate.order;
      const grant = { companyId, fulfilmentId, parcelId, revision, orderId, orderVersion, grantedAt: now, clientId };
      return [{ ...grant, takenBackAt: null }];
    };
    await this.store.settle(tx, companyId, [draft], cause, { departures });
    return now;
  }

  /** Takes back a departure that was never confirmed: the parcel is still there. The fulfilment is released anew if nothing holds it. */
  takeBack(
    caller: Caller,
    key: string | undefined,
    fulfilmentId: string,
    body: TakeBackDepartureDto,
  ): Promise<FulfilmentDto> {
    const call = { caller, key, route: `fulfilments/${fulfilmentId}/departure/take-back`, body };
    return inTransaction(this.dataSource, (tx) =>
      this.idempotency.once(tx, call, () => this.giveBack(tx, caller, fulfilmentId, body.reason)),
    );
  }

  private async giveBack(tx: Tx, caller: Caller, fulfilmentId: string, reason: string): Promise<FulfilmentDto> {
    const { aggregate, fulfilment } = await this.lock(tx, caller, fulfilmentId);
    if (fulfilment.state !== 'departing' || aggregate.parcels.some((parcel) => parcel.fulfilmentId === fulfilmentId)) {
      throw new AppError(
        'FULFILMENT.STATE_FORBIDS',
        `The departure of fulfilment ${fulfilmentId} cannot be taken back: it is ${fulfilment.state}, and only an unconfirmed departure can.`,
        { state: fulfilment.state },
      );
    }
    const draft = draftOf(aggregate);
    Object.assign(fulfilment, {
      state: 'stopped',
      reason: 'The departure was taken back.',
      departedAt: null,
      parcelId: null,
    });
    const actor = `client:${caller.clientId}`;
    await this.store.settle(tx, caller.companyId, [draft], { actor, reason });
    await this.repository.takeBack(tx, caller.companyId, fulfilmentId, this.store.context().now, actor, reason);
    return present(aggregate, fulfilment);
  }

  list(caller: Caller, query: FulfilmentsQuery): Promise<Page<FulfilmentDto>> {
    const { cursor, limit, cutOffBefore, ...filter } = query;
    const after = readCursor(cursor, 1)?.[0];
    return inTransaction(this.dataSource, async (tx) => {
      const { companyId, shops, warehouses } = caller;
      const found = await this.repository.list(tx, {
        ...filter,
        companyId,
        shops,
        warehouses,
        cutOffBefore: cutOffBefore ? new Date(cutOffBefore) : undefined,
        after: after === undefined ? undefined : String(after),
        limit: limit + 1,
      });
      const goods = groupBy(
        await this.repository.goods(
          tx,
          companyId,
          found.map(({ fulfilmentId }) => fulfilmentId),
        ),
        ({ fulfilmentId }) => fulfilmentId,
      );
      return pageOf(
        found,
        limit,
        ({ fulfilmentId }) => [fulfilmentId],
        ({ fulfilmentId, shipBy, departedAt, ...rest }) => ({
          id: fulfilmentId,
          ...rest,
          shipBy: shipBy?.toISOString() ?? null,
          departedAt: departedAt?.toISOString() ?? null,
          lines: (goods.get(fulfilmentId) ?? []).map(({ fulfilmentId: _of, ...line }) => line),
        }),
      );
    });
  }

  /** The receiver as the platform can decipher it, for the label. Every reading stands in the audit trail. */
  async receiver(caller: Caller, fulfilmentId: string, purpose: string): Promise<FulfilmentReceiverAnswer> {
    const { companyId, clientId } = caller;
    const found = await inStatement(this.dataSource, (tx) => this.repository.receiver(tx, companyId, fulfilmentId));
    assertInside(caller, fulfilmentId, found);
    const { orderId, state, revision, reason, canonical, shopId, platform, warehouse, platformOrderNo } = found;
    if (state === 'stopped')
      throw new AppError('FULFILMENT.STOPPED', `Fulfilment ${fulfilmentId} is stopped: ${reason} No label is needed.`, {
        revision,
        reason,
        holds: [],
      });
    const receiver = canonical === null ? undefined : (JSON.parse(canonical) as CanonicalOrder).receiver;
    if (!receiver)
      throw new AppError(
        'FULFILMENT.NO_RECEIVER',
        `The platform gave no receiver for order ${platformOrderNo}; pull the order again.`,
      );
    // The entry is committed before anybody sees the receiver; a reading that is not answered then is one entry too many.
    await inStatement(this.dataSource, (tx) =>
      this.audit.record(tx, companyId, {
        actor: `client:${clientId}`,
        act: 'receiver.read',
        subject: fulfilmentId,
        purpose,
        details: { orderId },
      }),
    );
    return { fulfilmentId, revision, shopId, platform, warehouse, platformOrderNos: [platformOrderNo], receiver };
  }

  /** Locks a fulfilment with its order, as every writer does. */
  private async lock(
    tx: Tx,
    caller: Caller,
    fulfilmentId: string,
  ): Promise<{ aggregate: OrderAggregate; fulfilment: Fulfilment }> {
    const aggregate = await this.orders.loadOf(tx, caller.companyId, fulfilmentId);
    const fulfilment = aggregate?.fulfilments.find((one) => one.fulfilmentId === fulfilmentId);
    assertInside(caller, fulfilmentId, fulfilment);
    return { aggregate: aggregate!, fulfilment };
  }
}

function present({ order, lines }: OrderAggregate, fulfilment: Fulfilment): FulfilmentDto {
  const { fulfilmentId, orderId, shopId, warehouse, state, revision, reason, shipBy, isUrgent, departedAt, parcelId } =
    fulfilment;
  const { platform, platformOrderNo } = order;
  const byId = new Map(lines.map((line) => [line.lineId, line]));
  return {
    id: fulfilmentId,
    ...{ orderId, platformOrderNo, platform, shopId, warehouse, state, revision, reason, isUrgent, parcelId },
    shipBy: shipBy?.toISOString() ?? null,
    departedAt: departedAt?.toISOString() ?? null,
    lines: fulfilment.lines.map((line) => ({
      ...line,
      platformLineNo: byId.get(line.lineId)?.platformLineNo ?? '',
      title: byId.get(line.lineId)?.title ?? '',
    })),
  };
}

/** What is unknown and what lies outside of the caller's limits is not told apart: 404 for both. */
function assertInside<T extends { shopId: string; warehouse: string }>(
  { warehouses, shops }: Caller,
  fulfilmentId: string,
  found: T | undefined,
): asserts found is T {
  const isInside =
    found && (!warehouses || warehouses.includes(found.warehouse)) && (!shops || shops.includes(found.shopId));
  if (!isInside) throw new AppError('FULFILMENT.NOT_FOUND', `There is no fulfilment ${fulfilmentId}.`);
}
