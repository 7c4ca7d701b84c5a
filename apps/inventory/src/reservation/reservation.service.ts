import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  AppError,
  assertWarehouse,
  bodyHash,
  groupBy,
  inTransaction,
  killPoint,
  newId,
  STORY_CLOCK,
  type Caller,
  type StoryClock,
  type Tx,
} from '@app/shared';
import { SkuDirectory } from '../sku/sku.directory';
import { WarehouseRepository } from '../warehouse/warehouse.repository';
import { toReservation, type ReservationDto, type ReserveDto } from './reservation.dto';
import { ReservationLineRepository } from './reservation-line.repository';
import { ReservationEngine, type HoldRequest, type Settlement, type StockOut } from './reservation.engine';
import { ReservationRepository, type Reservation, type ReservedLine } from './reservation.repository';
import type { Placement, Shortage } from './routing.rules';

/** A reservation to be made, with its SKUs resolved. */
export interface ReserveRequest {
  caller: Caller;
  body: ReserveDto;
  /** SKU id by code. */
  skuIds: ReadonlyMap<string, string>;
}

/** What became of one request. */
export type ReserveVerdict =
  | { kind: 'reserved' | 'known'; reservation: Reservation }
  | { kind: 'key_reused' | 'expiry_past' }
  | { kind: 'short'; shortages: Shortage[] };

const HELD_REVISION = 1;
const SETTLED_REVISION = 2;

/** Reservations by API: all lines or none, once per key. */
@Injectable()
export class ReservationService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly reservations: ReservationRepository,
    private readonly lines: ReservationLineRepository,
    private readonly engine: ReservationEngine,
    private readonly warehouses: WarehouseRepository,
    private readonly skus: SkuDirectory,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
  ) {}

  /** Reserves, or answers what the key stands for already. `isNew` tells them apart. */
  async reserve(caller: Caller, body: ReserveDto): Promise<{ isNew: boolean; reservation: ReservationDto }> {
    const skuIds = await this.skus.require(caller.companyId, body.lines);
    const verdict = await inTransaction(this.dataSource, async (tx) => {
      await this.assertWarehouses(tx, caller, body);
      const [only] = await this.reserveBatch(tx, caller.companyId, [{ caller, body, skuIds }]);
      killPoint('reserve.before-commit');
      return only!;
    });
    killPoint('reserve.after-commit');
    switch (verdict.kind) {
      case 'reserved':
      case 'known':
        return { isNew: verdict.kind === 'reserved', reservation: toReservation(verdict.reservation) };
      case 'key_reused':
        throw new AppError(
          'IDEMPOTENCY.KEY_REUSED',
          `The key "${body.key}" stands for a reservation with another body; take a new key for a new reservation.`,
        );
      case 'expiry_past':
        throw new AppError('VALIDATION', 'A reservation cannot expire in the past.', {
          errors: [{ field: 'expiresAt', code: 'PAST', message: 'must lie in the future' }],
        });
      case 'short':
        throw this.shortError(body, verdict.shortages);
    }
  }

  /** Reserves a batch of one company's requests, in their order; every request gets its own verdict. */
  async reserveBatch(tx: Tx, companyId: string, requests: readonly ReserveRequest[]): Promise<ReserveVerdict[]> {
    const routable = await this.warehouses.routable(tx, companyId);
    const now = this.story.now();
    const drafts = requests.map(({ body }): Reservation => ({
      id: newId('res'),
      key: body.key,
      bodyHash: bodyHash({ lines: body.lines, expiresAt: body.expiresAt ?? null }),
      state: 'reserved',
      lines: [],
      expiresAt: body.expiresAt ? new Date(body.expiresAt) : null,
      createdAt: now,
    }));
    const future = drafts.filter(({ expiresAt }) => !expiresAt || expiresAt > now);
    const claimed =
      future.length > 0
        ? await this.reservations.claim(tx, companyId, future, requests[0]!.caller.clientId)
        : new Set<string>();
    const fresh = drafts.flatMap((draft, index) =>
      claimed.has(draft.id) ? [{ draft, request: requests[index]! }] : [],
    );
    const routes = await this.engine.apply(
      tx,
      companyId,
      {
        settlements: [],
        outs: [],
        requests: fresh.map(({ draft, request }) => this.holdRequest(draft, request, routable)),
      },
      requests[0]!.caller.clientId,
    );
    const verdicts = new Map<string, ReserveVerdict>();
    for (const [index, { draft, request }] of fresh.entries()) {
      const route = routes[index]!;
      if (route.kind === 'placed') draft.lines = this.reservedLines(request.body, route.placements);
      verdicts.set(
        draft.id,
        route.kind === 'placed'
          ? { kind: 'reserved', reservation: draft }
          : { kind: 'short', shortages: route.shortages },
      );
    }
    const refused = fresh.filter(({ draft }) => verdicts.get(draft.id)!.kind === 'short').map(({ draft }) => draft.id);
    if (fresh.length > 0)
      await this.reservations.conclude(
        tx,
        companyId,
        fresh.map(({ draft }) => draft),
        refused,
      );
    const others = drafts.filter(({ id }) => !claimed.has(id));
    const known = new Map(
      (others.length > 0
        ? await this.reservations.byKeys(
            tx,
            companyId,
            others.map(({ key }) => key),
          )
        : []
      ).map((one) => [one.key, one]),
    );
    return drafts.map((draft) => verdicts.get(draft.id) ?? this.judgeKnown(draft, known.get(draft.key)));
  }

  /** Gives back what a reservation holds; a repeat is a success. */
  release(caller: Caller, id: string): Promise<ReservationDto> {
    return this.change(caller, id, (tx, reservation) => {
      if (reservation.state === 'shipped')
        throw new AppError(
          'RESERVATION.ALREADY_SHIPPED',
          `Reservation ${id} was shipped out; book a return by an adjustment instead.`,
          { state: reservation.state },
        );
      return this.settle(tx, caller.companyId, reservation, 'release', caller.clientId);
    });
  }

  /** Takes what a reservation holds out of stock; a repeat is a success. */
  shipOut(caller: Caller, id: string): Promise<ReservationDto> {
    return this.change(caller, id, (tx, reservation) => {
      if (reservation.state === 'released')
        throw new AppError(
          'RESERVATION.ALREADY_RELEASED',
          `Reservation ${id} was given back; reserve again with a new key.`,
          { state: reservation.state },
        );
      return this.settle(tx, caller.companyId, reservation, 'ship_out', caller.clientId);
    });
  }

  /** One reservation; RESERVATION.NOT_FOUND outside of the caller's warehouses. */
  async get(caller: Caller, id: string): Promise<ReservationDto> {
    const found = await inTransaction(this.dataSource, (tx) => this.reservations.find(tx, caller.companyId, id));
    return toReservation(this.visible(caller, id, found));
  }

  /** Gives back a reservation that has expired; the caller holds its row lock. */
  async expire(tx: Tx, companyId: string, id: string): Promise<void> {
    const reservation = await this.reservations.lock(tx, companyId, id);
    if (reservation) await this.settle(tx, companyId, reservation, 'release', 'rule:reservation-expiry');
  }

  private async change(
    caller: Caller,
    id: string,
    act: (tx: Tx, reservation: Reservation) => Promise<void>,
  ): Promise<ReservationDto> {
    return inTransaction(this.dataSource, async (tx) => {
      const reservation = this.visible(caller, id, await this.reservations.lock(tx, caller.companyId, id));
      await act(tx, reservation);
      return toReservation(reservation);
    });
  }

  private visible(caller: Caller, id: string, found: Reservation | undefined): Reservation {
    const isVisible =
      found && (!caller.warehouses || found.lines.every(({ warehouse }) => caller.warehouses!.includes(warehouse)));
    if (!isVisible) throw new AppError('RESERVATION.NOT_FOUND', `There is no reservation ${id}.`);
    return found;
  }

  private async settle(
    tx: Tx,
    companyId: string,
    reservation: Reservation,
    kind: Settlement['kind'],
    actor: string,
  ): Promise<void> {
    if (reservation.state !== 'reserved') return;
    const holder = { type: 'reservation' as const, id: reservation.id };
    const holds = await this.lines.openOf(tx, companyId, 'reservation', [reservation.id]);
    const causeOf = (line: string) => ({ type: 'reservation', id: reservation.id, line, revision: SETTLED_REVISION });
    const settlements = holds.map((hold): Settlement => ({
      holder,
      hold,
      quantity: hold.open,
      kind,
      cause: causeOf(hold.lineId),
    }));
    const outs =
      kind === 'ship_out'
        ? holds.map(({ skuId, warehouse, open, lineId }): StockOut => ({
            skuId,
            warehouse,
            quantity: open,
            cause: causeOf(lineId),
          }))
        : [];
    await this.engine.apply(tx, companyId, { settlements, outs, requests: [] }, actor);
    reservation.state = kind === 'release' ? 'released' : 'shipped';
    await this.reservations.setState(tx, companyId, reservation.id, reservation.state);
  }

  private holdRequest(
    draft: Reservation,
    { body, caller, skuIds }: ReserveRequest,
    routable: readonly string[],
  ): HoldRequest {
    const lines = body.lines.map(({ skuCode, quantity, warehouse }, index) => ({
      lineId: String(index),
      warehouse,
      needs: [{ skuId: skuIds.get(skuCode)!, quantity }],
    }));
    const warehouses = caller.warehouses ? routable.filter((code) => caller.warehouses!.includes(code)) : routable;
    return { holder: { type: 'reservation', id: draft.id }, revision: HELD_REVISION, lines, warehouses, keep: [] };
  }

  private reservedLines(body: ReserveDto, placements: readonly Placement[]): ReservedLine[] {
    const byLine = groupBy(placements, ({ lineId }) => lineId);
    return body.lines.map(({ skuCode, quantity }, index) => ({
      skuCode,
      quantity,
      warehouse: byLine.get(String(index))![0]!.warehouse,
    }));
  }

  private judgeKnown(draft: Reservation, known: Reservation | undefined): ReserveVerdict {
    if (!known) return { kind: 'expiry_past' };
    return known.bodyHash === draft.bodyHash ? { kind: 'known', reservation: known } : { kind: 'key_reused' };
  }

  private async assertWarehouses(tx: Tx, caller: Caller, body: ReserveDto): Promise<void> {
    const codes = await this.warehouses.codes(tx, caller.companyId);
    for (const [index, { warehouse }] of body.lines.entries()) {
      if (warehouse === undefined) continue;
      assertWarehouse(caller, warehouse);
      if (!codes.has(warehouse))
        throw new AppError('WAREHOUSE.NOT_FOUND', `There is no warehouse ${warehouse}.`, {
          errors: [
            { field: `lines[${index}].warehouse`, code: 'UNKNOWN', message: `There is no warehouse ${warehouse}.` },
          ],
        });
    }
  }

  private shortError(body: ReserveDto, shortages: readonly Shortage[]): AppError {
    const errors = shortages.map(({ lineId, warehouse, wanted, free }) => {
      const where = warehouse ? ` in ${warehouse}` : '';
      return {
        field: `lines[${lineId}].quantity`,
        code: 'SHORT',
        message: `SKU ${body.lines[Number(lineId)]!.skuCode}${where}: asked ${wanted}, free ${free} (on hand − reserved)`,
      };
    });
    return new AppError(
      'RESERVATION.SHORT',
      errors
        .map(({ message }) => message)
        .slice(0, 5)
        .join('; '),
      { errors },
    );
  }
}
