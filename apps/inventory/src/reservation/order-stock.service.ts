import { Inject, Injectable } from '@nestjs/common';
import {
  stockReleased,
  stockReserved,
  stockShort,
  type OrderFactItem,
  type OrderStockItem,
  type ParcelItem,
} from '@app/contracts';
import {
  groupBy,
  invariant,
  killPoint,
  Outbox,
  STORY_CLOCK,
  type FactToTell,
  type StoryClock,
  type Tx,
} from '@app/shared';
import { SkuRepository } from '../sku/sku.repository';
import { WarehouseRepository } from '../warehouse/warehouse.repository';
import type { OpenHold } from './holder.rules';
import { OrderStockRepository, type ParcelOut, type ShortWant } from './order-stock.repository';
import {
  asksTheSame,
  countedChanges,
  countedOf,
  linesOf,
  linesToHold,
  Pieces,
  stateOf,
  targetOf,
  wantsOf,
  type Asked,
  type CountedLines,
  type HeldPieces,
  type LinePieces,
  type OrderStock,
} from './order-stock.rules';
import { ReservationLineRepository } from './reservation-line.repository';
import { holderCause, ReservationEngine, type HoldRequest, type Settlement, type StockOut } from './reservation.engine';
import type { Route, Shortage } from './routing.rules';

type ShippedLine = LinePieces & { skuCode: string };

/** A reserve row of which some pieces are already planned to be settled; the engine lowers `open` itself. */
type PlannedHold = OpenHold & { planned: number };

/** An order while its batch is judged. */
interface Case {
  order: OrderStock;
  /** What counted until now. */
  countedBefore: CountedLines | null;
  holds: PlannedHold[];
  shippedLines: ShippedLine[];
  shipped: Pieces;
  hadShortWants: boolean;
  isChanged: boolean;
  request?: HoldRequest;
  verdict?: Route;
}

/** What is judged beside the orders themselves. */
interface Batch {
  /** Lines of parcels that left just now. */
  outs: readonly ParcelOut[];
  actor: string;
  /** What counted of orders before their new facts; those that are not named count as they did. */
  countedBefore?: ReadonlyMap<string, CountedLines | null>;
  /** Shop of each parcel whose platform takes on-hand numbers. */
  shopIds?: ReadonlyMap<string, string>;
}

const ACTOR_ORDERS = 'service:orders';
const ACTOR_LOGISTICS = 'service:logistics';
const FACT_OF_STATE = {
  reserved: stockReserved,
  short: stockShort,
  released: stockReleased,
  shipped_out: stockReleased,
} as const;

/** What is held for orders: judged from the order's whole wants, what has left, and what is free. */
@Injectable()
export class OrderStockService {
  constructor(
    private readonly orders: OrderStockRepository,
    private readonly lines: ReservationLineRepository,
    private readonly engine: ReservationEngine,
    private readonly warehouses: WarehouseRepository,
    private readonly skus: SkuRepository,
    private readonly outbox: Outbox,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
  ) {}

  /**
   * Takes over what orders want now, and reserves or gives back accordingly. An order that asks for the same as before is
   * not judged again: whatever else could change the answer judges it by itself, under the same lock.
   */
  async follow(tx: Tx, companyId: string, items: readonly OrderFactItem[]): Promise<void> {
    const known = await this.orders.lock(
      tx,
      companyId,
      items.map(({ orderId }) => orderId),
    );
    const countedBefore = new Map<string, CountedLines | null>();
    const changed: OrderStock[] = [];
    const same: OrderStock[] = [];
    for (const item of items) {
      const order = known.get(item.orderId)!;
      const asked: Asked = {
        isWanted: item.stock === 'reserve',
        wants: wantsOf(item),
        paidAt: new Date(item.paidAt ?? item.placedAt),
        counted: countedOf(item, this.engine.onHandPlatforms),
      };
      (asksTheSame(order, asked) ? same : changed).push(order);
      countedBefore.set(item.orderId, order.counted);
      Object.assign(order, asked, { orderVersion: item.orderVersion });
    }
    if (same.length > 0) await this.orders.writeVersions(tx, companyId, same);
    if (changed.length === 0) return;
    await this.rememberSkus(
      tx,
      companyId,
      changed.flatMap((order) => order.wants),
    );
    await this.judge(tx, companyId, changed, { outs: [], actor: ACTOR_ORDERS, countedBefore });
  }

  /** Posts parcels that left, each line once, whatever is known of their orders. */
  async shipOut(tx: Tx, companyId: string, parcels: readonly ParcelItem[]): Promise<void> {
    const lines = new Map<string, ParcelOut>();
    for (const { parcelId, warehouse, lines: parts } of parcels) {
      for (const { orderId, lineId, skuId, skuCode, quantity } of parts) {
        const key = JSON.stringify([parcelId, lineId, skuId]);
        const known = lines.get(key);
        if (known) known.quantity += quantity;
        else lines.set(key, { parcelId, orderId, lineId, skuId, skuCode, quantity, warehouse });
      }
    }
    const fresh = await this.orders.storeParcelLines(tx, companyId, [...lines.values()], this.story.now());
    if (fresh.length === 0) return;
    await this.rememberSkus(tx, companyId, fresh);
    const known = await this.orders.lock(
      tx,
      companyId,
      fresh.map(({ orderId }) => orderId),
    );
    for (const order of known.values()) order.isNew = false;
    const shopIds = new Map(
      parcels
        .filter(({ platform }) => this.engine.onHandPlatforms.has(platform))
        .map(({ parcelId, shopId }) => [parcelId, shopId]),
    );
    await this.judge(tx, companyId, [...known.values()], { outs: fresh, actor: ACTOR_LOGISTICS, shopIds });
  }

  /** Judges short orders again, oldest payment first. */
  async retry(tx: Tx, companyId: string, orderIds: readonly string[], actor: string): Promise<void> {
    const known = await this.orders.lock(tx, companyId, orderIds);
    const short = [...known.values()].filter(({ state }) => state === 'short');
    if (short.length > 0) await this.judge(tx, companyId, short, { outs: [], actor });
  }

  private async judge(
    tx: Tx,
    companyId: string,
    orders: OrderStock[],
    { outs, actor, countedBefore, shopIds }: Batch,
  ): Promise<void> {
    const cases = await this.open(tx, companyId, orders, countedBefore);
    const byOrder = new Map(cases.map((one) => [one.order.orderId, one]));
    const settlements: Settlement[] = [];
    for (const out of outs) settlements.push(...this.consume(byOrder.get(out.orderId)!, out));
    for (const one of cases) settlements.push(...this.plan(one));
    const waiting = cases
      .filter(({ request }) => request !== undefined)
      .sort((a, b) => this.byArrival(a.order, b.order));
    const warehouses = waiting.length > 0 ? await this.warehouses.routable(tx, companyId) : [];
    for (const { request } of waiting) request!.warehouses = warehouses;
    const stockOuts = outs.map(({ skuId, warehouse, quantity, parcelId, lineId }): StockOut => ({
      skuId,
      warehouse,
      quantity,
      cause: { type: 'parcel', id: parcelId, line: lineId, revision: 1 },
      countedShopId: shopIds?.get(parcelId),
    }));
    const occupied = cases.flatMap(({ order, holds, countedBefore: before }) =>
      holds.flatMap((hold) => countedChanges({ ...hold, left: hold.open - hold.planned }, before, order.counted)),
    );
    const { verdicts, toTell } = await this.engine.write(
      tx,
      companyId,
      { settlements, outs: stockOuts, occupied, requests: waiting.map(({ request }) => request!) },
      actor,
    );
    for (const [index, one] of waiting.entries()) {
      one.verdict = verdicts[index];
      if (one.verdict?.kind === 'placed' || one.request!.keep.length > 0) one.isChanged = true;
    }
    await this.conclude(tx, companyId, cases, toTell);
    killPoint('reserve.before-commit');
  }

  private async open(
    tx: Tx,
    companyId: string,
    orders: OrderStock[],
    countedBefore?: ReadonlyMap<string, CountedLines | null>,
  ): Promise<Case[]> {
    const idsOf = (some: readonly OrderStock[]) => some.map(({ orderId }) => orderId);
    // What is held for an order gives it a state; and what leaves of an order makes its row first.
    const mayHold = idsOf(orders.filter(({ state }) => state !== null));
    const mayHaveLeft = idsOf(orders.filter(({ isNew }) => !isNew));
    const [open, out] = await Promise.all([
      mayHold.length > 0 ? this.lines.openOf(tx, companyId, 'order', mayHold) : [],
      mayHaveLeft.length > 0 ? this.orders.shippedOf(tx, companyId, mayHaveLeft) : [],
    ]);
    const holds = groupBy(open, ({ holderId }) => holderId);
    const shipped = groupBy(out, ({ orderId }) => orderId);
    return orders.map((order) => {
      const shippedLines = shipped.get(order.orderId) ?? [];
      const before = countedBefore?.get(order.orderId);
      return {
        order,
        countedBefore: before === undefined ? order.counted : before,
        holds: (holds.get(order.orderId) ?? []).map((hold) => ({ ...hold, planned: 0 })),
        shippedLines,
        shipped: new Pieces(shippedLines),
        hadShortWants: order.state === 'short',
        isChanged: false,
      };
    });
  }

  /** What left uses up what was held for its line: first in the warehouse it left from, then elsewhere. */
  private consume(one: Case, out: ParcelOut): Settlement[] {
    const holder = { type: 'order' as const, id: one.order.orderId };
    const mine = one.holds.filter(({ lineId, skuId }) => lineId === out.lineId && skuId === out.skuId);
    mine.sort((a, b) => Number(b.warehouse === out.warehouse) - Number(a.warehouse === out.warehouse));
    const cause = { type: 'parcel', id: out.parcelId, line: out.lineId, revision: 1 };
    const taken = this.takeFrom(mine, out.quantity, (hold, quantity) => ({
      holder,
      hold,
      quantity,
      kind: 'ship_out',
      cause,
    }));
    one.isChanged = true;
    return taken;
  }

  /** Plans to take pieces from holds in their order, as far as they reach. */
  private takeFrom(
    holds: readonly PlannedHold[],
    quantity: number,
    settlement: (hold: OpenHold, quantity: number) => Settlement,
  ): Settlement[] {
    const taken: Settlement[] = [];
    let left = quantity;
    for (const hold of holds) {
      const pieces = Math.min(left, hold.open - hold.planned);
      if (pieces <= 0) continue;
      left -= pieces;
      hold.planned += pieces;
      taken.push(settlement(hold, pieces));
    }
    return taken;
  }

  /** Gives back what is held beyond the wants, and asks for what is missing: whole lines, all or nothing. */
  private plan(one: Case): Settlement[] {
    const { order, holds, shipped } = one;
    const holder = { type: 'order' as const, id: order.orderId };
    const revision = order.revision + 1;
    const release = (hold: OpenHold, quantity: number): Settlement => ({
      holder,
      hold,
      quantity,
      kind: 'release',
      cause: holderCause(holder, hold.lineId, revision),
    });
    const left = holds.filter((hold) => hold.open > hold.planned);
    const held = new Pieces(left.map((hold) => ({ ...hold, quantity: hold.open - hold.planned })));
    const missing = linesToHold(order, held, shipped);
    const rerouted = new Set(missing.map(({ lineId }) => lineId));
    const targets = new Pieces(
      order.wants.map((want) => ({
        ...want,
        quantity: rerouted.has(want.lineId) ? 0 : targetOf(order, want, shipped),
      })),
    );
    const settlements: Settlement[] = [];
    for (const group of groupBy(left, ({ lineId, skuId }) => JSON.stringify([lineId, skuId])).values()) {
      const { lineId, skuId } = group[0]!;
      const excess = held.of(lineId, skuId) - targets.of(lineId, skuId);
      if (excess > 0) settlements.push(...this.takeFrom([...group].reverse(), excess, release));
    }
    if (settlements.length > 0) one.isChanged = true;
    if (missing.length > 0)
      one.request = {
        holder,
        revision,
        lines: missing,
        warehouses: [],
        keep: left.filter((hold) => hold.open > hold.planned),
        counted: order.counted,
      };
    return settlements;
  }

  private byArrival(a: OrderStock, b: OrderStock): number {
    return (a.paidAt?.getTime() ?? 0) - (b.paidAt?.getTime() ?? 0) || (a.orderId < b.orderId ? -1 : 1);
  }

  /** Stores the outcome and tells it where it differs from what was told, after what is to be told of levels. */
  private async conclude(
    tx: Tx,
    companyId: string,
    cases: readonly Case[],
    ofLevels: readonly FactToTell[],
  ): Promise<void> {
    const facts: Record<keyof typeof FACT_OF_STATE, OrderStockItem[]> = {
      reserved: [],
      short: [],
      released: [],
      shipped_out: [],
    };
    const shortWants: ShortWant[] = [];
    for (const one of cases) {
      const { order } = one;
      if (order.orderVersion === 0) continue;
      const shortages: Shortage[] = one.verdict?.kind === 'short' ? one.verdict.shortages : [];
      order.state = stateOf(order, shortages.length > 0, one.shipped);
      if (order.state === 'short') shortWants.push(...this.waitingOf(order, one.shipped));
      if (order.state === null) continue;
      const lines = linesOf(order, this.heldOf(one), one.shippedLines, shortages);
      const told = JSON.stringify([order.state, lines]);
      if (told === order.told && !one.isChanged) continue;
      order.told = told;
      order.revision += 1;
      facts[order.state].push({
        orderId: order.orderId,
        stockRevision: order.revision,
        orderVersion: order.orderVersion,
        state: order.state,
        lines,
      });
    }
    await this.orders.write(
      tx,
      companyId,
      cases.map(({ order }) => order),
    );
    const touched = cases
      .filter(({ order, hadShortWants }) => hadShortWants || order.state === 'short')
      .map(({ order }) => order.orderId);
    if (touched.length > 0) await this.orders.replaceShortWants(tx, companyId, touched, shortWants);
    const ofOrders = (Object.keys(facts) as (keyof typeof facts)[])
      .filter((state) => facts[state].length > 0)
      .map((state) => ({ fact: FACT_OF_STATE[state], items: facts[state] }) as unknown as FactToTell);
    const toTell = [...ofLevels, ...ofOrders];
    if (toTell.length > 0) await this.outbox.append(tx, companyId, toTell);
  }

  private waitingOf(order: OrderStock, shipped: Pieces): ShortWant[] {
    invariant(order.paidAt, `order ${order.orderId} waits for stock without a time of payment`);
    const skuIds = new Set(order.wants.filter((want) => targetOf(order, want, shipped) > 0).map(({ skuId }) => skuId));
    return [...skuIds].map((skuId) => ({ skuId, paidAt: order.paidAt!, orderId: order.orderId }));
  }

  private heldOf(one: Case): HeldPieces[] {
    const before = one.holds
      .filter(({ open }) => open > 0)
      .map(({ lineId, skuId, warehouse, open }) => ({ lineId, skuId, warehouse, quantity: open }));
    return one.verdict?.kind === 'placed' ? [...before, ...one.verdict.placements] : before;
  }

  private async rememberSkus(
    tx: Tx,
    companyId: string,
    wants: readonly { skuId: string; skuCode: string }[],
  ): Promise<void> {
    const skus = new Map(wants.map(({ skuId, skuCode }) => [skuId, skuCode]));
    if (skus.size > 0) await this.skus.remember(tx, companyId, skus);
  }
}
