import { Inject, Injectable } from '@nestjs/common';
import { invariant, newId, Outbox, STORY_CLOCK, type FactToTell, type StoryClock, type Tx } from '@app/shared';
import type { Cause, LevelBook, LevelKey, OccupiedChange } from '../level/level.book';
import { LevelLedger } from '../level/level.ledger';
import type { Holder, OpenHold } from './holder.rules';
import type { CountedLines } from './order-stock.rules';
import { ReservationLineRepository, type ReservationLineRow } from './reservation-line.repository';
import { route, type Route, type RouteLine } from './routing.rules';

/** Gives back or ships out what a reserve row still holds, or a part of it. */
export interface Settlement {
  holder: Holder;
  hold: OpenHold;
  quantity: number;
  kind: 'release' | 'ship_out';
  /** Why; also the cause of the movement of the reserved counter. */
  cause: Cause;
}

/** Pieces that left a warehouse. */
export interface StockOut {
  skuId: string;
  warehouse: string;
  quantity: number;
  cause: Cause;
  /** Set where the shop's platform takes on-hand numbers. */
  countedShopId?: string;
}

/** Asks for stock, all lines or none. */
export interface HoldRequest {
  holder: Holder;
  revision: number;
  lines: readonly RouteLine[];
  /** Warehouses to try, best first. */
  warehouses: readonly string[];
  /** What the holder has already and loses when the request cannot be met. */
  keep: readonly OpenHold[];
  /** Lines of which the platform counts the pieces as unshipped. */
  counted?: CountedLines | null;
}

/** Token of the codes of platforms whose manifest says that a stock number means what is on hand. */
export const ON_HAND_PLATFORMS = Symbol('ON_HAND_PLATFORMS');

/** One transaction's worth of reserving: settlements first, then what left, then requests in their order. */
export interface StockBatch {
  settlements: readonly Settlement[];
  outs: readonly StockOut[];
  /** How counted pieces change by the settlements, and by what the platform says now. */
  occupied?: readonly OccupiedChange[];
  requests: readonly HoldRequest[];
}

/** Cause of what a holder's revision does to a line. */
export function holderCause(holder: Holder, line: string, revision: number): Cause {
  return { type: holder.type, id: holder.id, line, revision };
}

/**
 * The one place where stock is promised, given back and shipped out, for orders and for reservations by API alike.
 * Set-based: it locks the levels of the whole batch in sorted order, decides with running counters, and writes once.
 */
@Injectable()
export class ReservationEngine {
  constructor(
    private readonly ledger: LevelLedger,
    private readonly lines: ReservationLineRepository,
    private readonly outbox: Outbox,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
    /** Platforms that take what lies in the warehouse as their number, and subtract what they sold by themselves. */
    @Inject(ON_HAND_PLATFORMS) readonly onHandPlatforms: ReadonlySet<string>,
  ) {}

  /** Applies a batch and tells its levels; returns a verdict per request, in their order. The caller has locked the holders. */
  async apply(tx: Tx, companyId: string, batch: StockBatch, actor: string): Promise<Route[]> {
    const { verdicts, toTell } = await this.write(tx, companyId, batch, actor);
    if (toTell.length > 0) await this.outbox.append(tx, companyId, toTell);
    return verdicts;
  }

  /** As apply, but what is to be told of levels is returned: the caller appends it with facts of its own, in this transaction. */
  async write(
    tx: Tx,
    companyId: string,
    batch: StockBatch,
    actor: string,
  ): Promise<{ verdicts: Route[]; toTell: FactToTell[] }> {
    const skuIds = new Set<string>();
    for (const { hold } of batch.settlements) skuIds.add(hold.skuId);
    for (const { skuId } of batch.outs) skuIds.add(skuId);
    for (const { skuId } of batch.occupied ?? []) skuIds.add(skuId);
    for (const request of batch.requests) {
      for (const { needs } of request.lines) for (const { skuId } of needs) skuIds.add(skuId);
      for (const { skuId } of request.keep) skuIds.add(skuId);
    }
    const ensured: LevelKey[] = batch.outs.map(({ skuId, warehouse }) => ({ skuId, warehouse }));
    const book = await this.ledger.open(tx, companyId, skuIds, ensured);
    const written = new Map<string, ReservationLineRow>();
    for (const settlement of batch.settlements) this.settle(book, written, settlement, actor);
    for (const out of batch.outs) this.takeOut(book, out);
    for (const change of batch.occupied ?? []) book.occupy(change);
    const verdicts = batch.requests.map((request) => this.decide(book, written, request, actor));
    if (written.size > 0) await this.lines.append(tx, companyId, [...written.values()]);
    return { verdicts, toTell: await this.ledger.write(tx, companyId, book, actor) };
  }

  private settle(
    book: LevelBook,
    written: Map<string, ReservationLineRow>,
    settlement: Settlement,
    actor: string,
  ): void {
    const { holder, hold, quantity, kind, cause } = settlement;
    invariant(quantity > 0 && quantity <= hold.open, `settling ${quantity} of ${hold.open} held by ${hold.reserveId}`);
    book.move(hold.skuId, hold.warehouse, 'reserved', -quantity, cause);
    const causeId = kind === 'release' ? String(cause.revision) : cause.id;
    const key = JSON.stringify([hold.reserveId, kind, cause.type, causeId]);
    const known = written.get(key);
    if (known) known.delta -= quantity;
    else {
      const { reserveId, lineId, skuId, warehouse } = hold;
      written.set(key, {
        holder,
        id: newId('rln'),
        reserveId,
        lineId,
        skuId,
        warehouse,
        revision: cause.revision,
        kind,
        delta: -quantity,
        causeType: cause.type,
        causeId,
        actor,
        at: this.story.now(),
      });
    }
    hold.open -= quantity;
  }

  /**
   * Goods that left, left: when the book knew of fewer pieces, the missing ones are booked as found first, so that the
   * counter never turns negative and the difference stays visible as a movement of its own.
   */
  private takeOut(book: LevelBook, { skuId, warehouse, quantity, cause, countedShopId }: StockOut): void {
    const known = book.find(skuId, warehouse)?.onHand ?? 0;
    if (known < quantity)
      book.move(skuId, warehouse, 'onHand', quantity - known, { ...cause, type: `${cause.type}-surplus` });
    book.move(skuId, warehouse, 'onHand', -quantity, cause);
    if (countedShopId !== undefined) book.depart(skuId, warehouse, countedShopId, quantity);
  }

  private decide(
    book: LevelBook,
    written: Map<string, ReservationLineRow>,
    request: HoldRequest,
    actor: string,
  ): Route {
    const { holder, revision, lines, warehouses, keep, counted } = request;
    const occupy = (lineId: string, level: LevelKey, delta: number): void => {
      const listingSkuId = counted?.lines[lineId];
      if (counted && listingSkuId !== undefined)
        book.occupy({ skuId: level.skuId, warehouse: level.warehouse, shopId: counted.shopId, listingSkuId, delta });
    };
    const verdict = route(lines, warehouses, (skuId, warehouse) => book.free(skuId, warehouse));
    if (verdict.kind === 'short') {
      for (const hold of keep) {
        if (hold.open === 0) continue;
        occupy(hold.lineId, hold, -hold.open);
        this.settle(
          book,
          written,
          { holder, hold, quantity: hold.open, kind: 'release', cause: holderCause(holder, hold.lineId, revision) },
          actor,
        );
      }
      return verdict;
    }
    for (const { lineId, skuId, warehouse, quantity } of verdict.placements) {
      book.move(skuId, warehouse, 'reserved', quantity, holderCause(holder, lineId, revision));
      occupy(lineId, { skuId, warehouse }, quantity);
      const id = newId('rln');
      written.set(id, {
        holder,
        id,
        reserveId: id,
        lineId,
        skuId,
        warehouse,
        revision,
        kind: 'reserve',
        delta: quantity,
        causeType: holder.type,
        causeId: String(revision),
        actor,
        at: this.story.now(),
      });
    }
    return verdict;
  }
}
