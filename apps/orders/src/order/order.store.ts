import { Inject, Injectable } from '@nestjs/common';
import { Outbox, SERVICE_CONFIG, STORY_CLOCK, type FactToTell, type StoryClock, type Tx } from '@app/shared';
import { afterSaleChanged, fulfilmentReleased, fulfilmentStopped } from '@app/contracts';
import type { OrdersConfig } from '../orders.config';
import { decide } from './decision.rules';
import { isSameGoods } from './fulfilment.rules';
import { changesOf } from './order-log.rules';
import {
  afterSaleFactItem,
  fulfilmentFactItem,
  isAfterSaleWorthTelling,
  isWorthTelling,
  orderFactItem,
  orderFactOf,
} from './order-fact.rules';
import { OrderRepository, type OrderChanges } from './order.repository';
import type { DecisionContext, Departure, OrderAggregate, OrderParcel, ShipNotice } from './order.types';

/** Who changes orders, and why. */
export interface Cause {
  /** `client:<id>`, `fact:<name>`, `job:<name>` or `intake:<client id>`. */
  actor: string;
  reason: string;
}

/** An order about to be settled: as it was stored (null: it is new), and as it shall be. */
export interface Draft {
  before: OrderAggregate | null;
  after: OrderAggregate;
}

/** What is stored with a change of orders, also when they stay as they are or are unknown. */
export interface Beside {
  parcels?: readonly OrderParcel[];
  notices?: readonly ShipNotice[];
  /** Departures that are granted by this change; asked for once the orders have their new versions. */
  departures?: () => readonly Departure[];
}

/** Begins a change of a loaded order. */
export function draftOf(loaded: OrderAggregate): Draft {
  return { before: structuredClone(loaded), after: loaded };
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

function changed<T>(before: readonly T[], after: readonly T[], idOf: (row: T) => string): T[] {
  const known = new Map(before.map((row) => [idOf(row), JSON.stringify(row)]));
  return after.filter((row) => known.get(idOf(row)) !== JSON.stringify(row));
}

/** Gives released and stopped fulfilments that changed their next revision, and departing ones of which pieces were taken out. */
function raiseRevisions({ before, after }: Draft, now: Date): void {
  const known = new Map((before?.fulfilments ?? []).map((fulfilment) => [fulfilment.fulfilmentId, fulfilment]));
  for (const fulfilment of after.fulfilments) {
    const old = known.get(fulfilment.fulfilmentId);
    if (old && isSame(old, fulfilment)) continue;
    fulfilment.updatedAt = now;
    const isSameAsTold = old !== undefined && isSameGoods(old.lines, fulfilment.lines);
    const isTold = fulfilment.state === 'released' || fulfilment.state === 'stopped';
    if (isTold ? !(isSameAsTold && old.state === fulfilment.state) : !isSameAsTold) fulfilment.revision += 1;
  }
}

/** The one path by which orders change: lock, decide, save, tell, log. */
@Injectable()
export class OrderStore {
  constructor(
    private readonly repository: OrderRepository,
    private readonly outbox: Outbox,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
    @Inject(SERVICE_CONFIG) private readonly config: OrdersConfig,
  ) {}

  /** What decisions of this moment are made by. */
  context(): DecisionContext {
    return {
      now: this.story.now(),
      holdsOnRemark: this.config.ORDERS_HOLD_BUYER_REMARK,
      toleranceFen: this.config.ORDERS_AMOUNT_TOLERANCE_FEN,
    };
  }

  /**
   * Changes orders: locks them in the order of their ids, lets `mutate` change each, decides and saves.
   * Returns them as stored; unknown ids are left out. `beside` is stored in any case.
   */
  async change(
    tx: Tx,
    companyId: string,
    orderIds: readonly string[],
    cause: Cause,
    mutate: (aggregate: OrderAggregate) => void,
    beside: Beside = {},
  ): Promise<OrderAggregate[]> {
    const drafts = (await this.repository.load(tx, companyId, orderIds)).map(draftOf);
    for (const { after } of drafts) mutate(after);
    await this.settle(tx, companyId, drafts, cause, beside);
    return drafts.map(({ after }) => after);
  }

  /** As change, but passes over orders that are locked at the moment; for jobs that come again. */
  async decideAgain(tx: Tx, companyId: string, orderIds: readonly string[], cause: Cause): Promise<number> {
    const drafts = (await this.repository.load(tx, companyId, orderIds, true)).map(draftOf);
    return this.settle(tx, companyId, drafts, cause);
  }

  /**
   * Decides about drafts whose orders are locked or new, and stores what really changed: one new version, one log row
   * and at most one order fact each, and one fact per after-sale that changed. Returns how many changed.
   */
  async settle(
    tx: Tx,
    companyId: string,
    drafts: readonly Draft[],
    cause: Cause,
    { parcels = [], notices = [], departures = () => [] }: Beside = {},
  ): Promise<number> {
    const context = this.context();
    const changes: OrderChanges = {
      orders: [],
      lines: [],
      holds: [],
      fulfilments: [],
      repacked: [],
      unpacked: [],
      afterSales: [],
      parcels,
      notices,
      departures: [],
      log: [],
    };
    const facts = new Facts();
    for (const draft of drafts) {
      decide(draft.after, context);
      if (draft.before && isSame(draft.before, draft.after)) continue;
      raiseRevisions(draft, context.now);
      this.collect(draft, cause, context.now, changes, facts);
    }
    await this.repository.save(tx, companyId, { ...changes, departures: departures() });
    if (changes.orders.length === 0) return 0;
    await this.outbox.append(tx, companyId, facts.list());
    return changes.orders.length;
  }

  private collect(draft: Draft, cause: Cause, now: Date, changes: OrderChanges, facts: Facts): void {
    const { before, after } = draft;
    const { order } = after;
    order.version = (before?.order.version ?? 0) + 1;
    order.updatedAt = now;
    changes.orders.push(order);
    changes.lines.push(...changed(before?.lines ?? [], after.lines, ({ lineId }) => lineId));
    changes.holds.push(...changed(before?.holds ?? [], after.holds, ({ holdId }) => holdId));
    const fulfilments = changed(before?.fulfilments ?? [], after.fulfilments, ({ fulfilmentId }) => fulfilmentId);
    changes.fulfilments.push(...fulfilments);
    const packed = new Map((before?.fulfilments ?? []).map(({ fulfilmentId, lines }) => [fulfilmentId, lines]));
    const repacked = fulfilments.filter(({ fulfilmentId, lines }) => !isSame(packed.get(fulfilmentId), lines));
    changes.repacked.push(...repacked);
    changes.unpacked.push(...repacked.flatMap(({ fulfilmentId }) => (packed.has(fulfilmentId) ? fulfilmentId : [])));
    changes.log.push({
      orderId: order.orderId,
      version: order.version,
      at: now,
      actor: cause.actor,
      reason: cause.reason,
      changes: changesOf(before, after),
    });
    const item = orderFactItem(after);
    if (!before || isWorthTelling(orderFactItem(before), item)) facts.add(orderFactOf(before, after), item);
    this.collectAfterSales(draft, now, changes, facts);
    const known = new Map((before?.fulfilments ?? []).map(({ fulfilmentId, revision }) => [fulfilmentId, revision]));
    for (const fulfilment of fulfilments) {
      if (known.get(fulfilment.fulfilmentId) === fulfilment.revision) continue;
      facts.add(
        fulfilment.state === 'stopped' ? fulfilmentStopped : fulfilmentReleased,
        fulfilmentFactItem(after, fulfilment),
      );
    }
  }

  private collectAfterSales({ before, after }: Draft, now: Date, changes: OrderChanges, facts: Facts): void {
    const known = new Map((before?.afterSales ?? []).map((afterSale) => [afterSale.afterSaleId, afterSale]));
    for (const afterSale of changed(before?.afterSales ?? [], after.afterSales, ({ afterSaleId }) => afterSaleId)) {
      afterSale.version += 1;
      afterSale.updatedAt = now;
      changes.afterSales.push(afterSale);
      if (isAfterSaleWorthTelling(known.get(afterSale.afterSaleId), afterSale))
        facts.add(afterSaleChanged, afterSaleFactItem(afterSale));
    }
  }
}

/** Collects items per fact, so that a batch of orders tells few facts. */
class Facts {
  private readonly items = new Map<string, FactToTell>();

  add(fact: { name: string }, item: unknown): void {
    const known = this.items.get(fact.name) ?? { fact: fact as FactToTell['fact'], items: [] };
    (known.items as unknown[]).push(item);
    this.items.set(fact.name, known);
  }

  list(): FactToTell[] {
    return [...this.items.values()];
  }
}
