import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  createLogger,
  inStatement,
  inTransaction,
  STORY_CLOCK,
  WIRE_CLOCK,
  type StoryClock,
  type Tx,
  type WireClock,
} from '@app/shared';
import { AlarmService } from '../alarm/alarm.service';
import { PlatformCalls } from '../platform/platform-calls';
import { OrderIntake } from '../pull/order.intake';
import { PullRepository } from '../pull/pull.repository';
import { ShopReader } from '../shop/shop.reader';
import type { ShopRow } from '../shop/shop.types';
import { eachOf, oneOf } from '../work/together';
import { DONE, type TogetherOutcomes, type Work, type WorkHandler, type WorkOutcome } from '../work/work.kinds';
import { WorkDesk } from '../work/work.desk';
import { WorkHandlers } from '../work/work.handlers';
import { CensusListing, type ListingProof } from './census.listing';
import { CensusRepository, type CensusRow } from './census.repository';
import { afterCheck, compare, FIRST_CHECK_MS, lookAt, WAIT_FOR_PULL_MS, type CensusFinding } from './census.rules';
import { GapRepository, type GapCause } from './gap.repository';

const log = createLogger('census');

/** What the census writes into. */
@Injectable()
export class CensusStore {
  constructor(
    readonly windows: CensusRepository,
    readonly gaps: GapRepository,
    readonly pulls: PullRepository,
    readonly desk: WorkDesk,
  ) {}
}

/** Where the findings of the census are written. */
@Injectable()
export class CensusLedger {
  constructor(
    private readonly dataSource: DataSource,
    private readonly store: CensusStore,
    private readonly alarms: AlarmService,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  async find(companyId: string, ids: readonly string[]): Promise<Map<string, CensusRow>> {
    const found = await inStatement(this.dataSource, (tx) => this.store.windows.find(tx, companyId, ids));
    return new Map(found.map((window) => [window.id, window]));
  }

  /** Up to where the change pull has read (story time), and whether it still moves. */
  async pullOf(shop: ShopRow): Promise<{ readTo: Date; isMoving: boolean }> {
    const found = await inStatement(this.dataSource, (tx) => this.store.pulls.readTo(tx, shop.companyId, shop.id));
    const movedAt = found?.lastSuccessAt ?? shop.createdAt;
    return { readTo: found?.at ?? shop.pullFrom, isMoving: this.wire.now() - movedAt.getTime() < WAIT_FOR_PULL_MS };
  }

  /** Writes what was found; every gap is pulled alone, and its number stays listed with the time it was stored. */
  async note(
    shop: ShopRow,
    window: CensusRow,
    { listing, finding, isMoving }: { listing: CensusListing; finding: CensusFinding; isMoving: boolean },
  ): Promise<void> {
    const now = this.story.now();
    const { proof } = listing;
    const { overdue, ...counts } = finding;
    // What a moving pull is about to bring is left to it: a backlog fetched one by one would take the calls that it needs.
    const gaps = gapsOf(listing, finding).filter(({ cause }) => cause !== 'ahead' || !isMoving);
    await inTransaction(this.dataSource, async (tx) => {
      const after = afterCheck({ ...finding, ...proof }, window, now);
      await this.store.windows.note(tx, window, { ...after, ...counts, ...proof }, now);
      const found = { story: now, wire: this.wire.date(), look: lookAt(window.toAt, now) };
      await this.store.gaps.open(tx, shop.companyId, shop.id, window.id, gaps, found);
      const subjects = gaps.map(({ platformOrderNo }) => `${shop.id}/${platformOrderNo}`);
      await this.store.desk.request(tx, shop, 'order', subjects);
      // Only a window that a look before left open has an alarm to settle.
      const isFine = overdue.length + finding.older.length === 0 && proof.isProven;
      if (isFine && window.state !== 'open') return;
      await this.tellGaps(tx, shop, window, overdue.length, finding.older.length);
      await this.tellProof(tx, shop, window, proof);
    });
    if (gaps.length > 0 || !proof.isProven)
      log.warn(
        {
          shopId: shop.id,
          window: window.id,
          missing: finding.missing.length,
          older: finding.older.length,
          unlisted: proof.unlisted,
        },
        'the census found gaps',
      );
  }

  private async tellGaps(tx: Tx, shop: ShopRow, window: CensusRow, overdue: number, older: number): Promise<void> {
    if (overdue + older === 0) return this.alarms.settle(tx, shop.companyId, ['CENSUS_GAP'], window.id);
    await this.alarms.raise(tx, shop.companyId, {
      kind: 'CENSUS_GAP',
      subject: window.id,
      shopId: shop.id,
      message: `The platform lists ${overdue} orders that are missing and ${older} that are older here, placed ${spanOf(window)}.`,
      advice: `They are being pulled one by one; see GET /sync/v1/shops/${shop.id}/completeness.`,
    });
  }

  private async tellProof(tx: Tx, shop: ShopRow, window: CensusRow, proof: ListingProof): Promise<void> {
    if (proof.isProven) return this.alarms.settle(tx, shop.companyId, ['CENSUS_NOT_PROVEN'], window.id);
    await this.alarms.raise(tx, shop.companyId, {
      kind: 'CENSUS_NOT_PROVEN',
      subject: window.id,
      shopId: shop.id,
      message:
        proof.platformTotal === null
          ? `Orders placed ${spanOf(window)} still appeared in the last of ${proof.listings} listings, and the platform does not say how many there are.`
          : `The platform counts ${proof.platformTotal} orders placed ${spanOf(window)}, but ${proof.listings} listings left out ${proof.unlisted} of them.`,
      advice:
        'It is listed again by itself, more and more rarely. If it stays, count the orders of that time on the platform and tell its support.',
    });
  }
}

function gapsOf(
  listing: CensusListing,
  finding: CensusFinding,
): { platformOrderNo: string; cause: GapCause; listing: number }[] {
  const shownIn = new Map(listing.orders.map((order) => [order.platformOrderNo, order.listing ?? 1]));
  const overdue = new Set(finding.overdue);
  const gap = (platformOrderNo: string, cause: GapCause) => ({
    platformOrderNo,
    cause,
    listing: shownIn.get(platformOrderNo) ?? 1,
  });
  return [
    ...finding.missing.map((no) => gap(no, overdue.has(no) ? 'missing' : 'ahead')),
    ...finding.older.map((no) => gap(no, 'older')),
  ];
}

function spanOf({ fromAt, toAt }: CensusRow): string {
  return `${fromAt.toISOString()} to ${toAt.toISOString()}`;
}

/** What the looks of one run share. */
interface Prepared {
  shop: ShopRow;
  windows: ReadonlyMap<string, CensusRow>;
  pull: { readTo: Date; isMoving: boolean };
}

/** Compares creation windows of a shop with what is stored, id by id; subject is the window. */
@Injectable()
export class CensusHandler implements WorkHandler, OnModuleInit {
  constructor(
    private readonly handlers: WorkHandlers,
    private readonly shops: ShopReader,
    private readonly calls: PlatformCalls,
    private readonly intake: OrderIntake,
    private readonly ledger: CensusLedger,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
  ) {}

  onModuleInit(): void {
    this.handlers.register('census', this);
  }

  run(work: Work, signal: AbortSignal): Promise<WorkOutcome> {
    return oneOf(work, (works) => this.runTogether(works, signal));
  }

  runTogether(works: readonly Work[], signal?: AbortSignal): Promise<TogetherOutcomes> {
    const prepare = async (): Promise<Prepared> => {
      const shop = await this.shops.of(works[0]!);
      const windows = await this.ledger.find(
        shop.companyId,
        works.map(({ subject }) => subject),
      );
      // Read before the lists, so that nothing modified meanwhile counts as older.
      return { shop, windows, pull: await this.ledger.pullOf(shop) };
    };
    return eachOf(works, prepare, (work, prepared) => this.look(work, prepared, signal));
  }

  private async look(work: Work, { shop, windows, pull }: Prepared, signal?: AbortSignal): Promise<WorkOutcome> {
    const window = windows.get(work.subject);
    if (!window || !window.nextCheckAt || window.nextCheckAt > this.story.now()) return DONE;
    const { readTo, isMoving } = pull;
    if (isMoving && readTo.getTime() < window.toAt.getTime() + FIRST_CHECK_MS) {
      return { kind: 'again', afterMs: 2_000, reason: 'the change pull has not come that far yet' };
    }
    const listing = await this.list(shop, window, signal);
    const { orders } = listing;
    const known = await this.intake.known(
      shop,
      orders.map(({ platformOrderNo }) => platformOrderNo),
    );
    const finding = compare(orders, known, this.story.now(), readTo);
    await this.ledger.note(shop, window, { listing, finding, isMoving });
    return DONE;
  }

  /** Lists the window until the platform's own count is reached, at most MOST_LISTINGS times. */
  private async list(shop: ShopRow, window: CensusRow, signal?: AbortSignal): Promise<CensusListing> {
    const listing = new CensusListing();
    const span = { from: window.fromAt, to: window.toAt };
    await this.calls.with(
      shop,
      async ({ port }, call) => {
        while (!listing.isOver) {
          signal?.throwIfAborted();
          await listing.read(() => port.censusOrders(call, span));
        }
      },
      signal,
    );
    return listing;
  }
}
