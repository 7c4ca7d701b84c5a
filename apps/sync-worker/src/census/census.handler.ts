import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { createLogger, inTransaction, STORY_CLOCK, WIRE_CLOCK, type StoryClock, type WireClock } from '@app/shared';
import { AlarmService } from '../alarm/alarm.service';
import { PlatformCalls } from '../platform/platform-calls';
import { OrderIntake } from '../pull/order.intake';
import { PullRepository } from '../pull/pull.repository';
import { ShopReader } from '../shop/shop.reader';
import type { ShopRow } from '../shop/shop.types';
import { DONE, type Work, type WorkHandler, type WorkOutcome } from '../work/work.kinds';
import { WorkDesk } from '../work/work.desk';
import { WorkHandlers } from '../work/work.handlers';
import { CensusRepository, type CensusRow } from './census.repository';
import {
  afterCheck,
  compare,
  FIRST_CHECK_MS,
  WAIT_FOR_PULL_MS,
  type CensusFinding,
  type ListedOrder,
} from './census.rules';
import { GapRepository } from './gap.repository';

const log = createLogger('census');

/** Where the findings of the census are written. */
@Injectable()
export class CensusLedger {
  constructor(
    private readonly dataSource: DataSource,
    private readonly census: CensusRepository,
    private readonly gaps: GapRepository,
    private readonly pulls: PullRepository,
    private readonly desk: WorkDesk,
    private readonly alarms: AlarmService,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  find(companyId: string, id: string): Promise<CensusRow | undefined> {
    return inTransaction(this.dataSource, (tx) => this.census.find(tx, companyId, id));
  }

  /** Up to where the change pull has read (story time), and whether it still moves. */
  async pullOf(shop: ShopRow): Promise<{ readTo: Date; isMoving: boolean }> {
    const found = await inTransaction(this.dataSource, (tx) => this.pulls.readTo(tx, shop.companyId, shop.id));
    const movedAt = found?.lastSuccessAt ?? shop.createdAt;
    return { readTo: found?.at ?? shop.pullFrom, isMoving: this.wire.now() - movedAt.getTime() < WAIT_FOR_PULL_MS };
  }

  /** Writes what was found; every gap is pulled alone, and its number stays listed with the time it was stored. */
  async note(shop: ShopRow, window: CensusRow, finding: CensusFinding, now: Date): Promise<void> {
    const gaps = [
      ...finding.overdue.map((platformOrderNo) => ({ platformOrderNo, cause: 'missing' })),
      ...finding.older.map((platformOrderNo) => ({ platformOrderNo, cause: 'older' })),
    ];
    const { overdue: _overdue, ...counts } = finding;
    await inTransaction(this.dataSource, async (tx) => {
      await this.census.note(tx, window, { ...afterCheck(finding, window.checks, window.toAt, now), ...counts }, now);
      await this.gaps.open(tx, shop.companyId, shop.id, window.id, gaps, { story: now, wire: this.wire.date() });
      await this.desk.request(
        tx,
        shop,
        'order',
        [...finding.missing, ...finding.older].map((platformOrderNo) => `${shop.id}/${platformOrderNo}`),
      );
      if (gaps.length === 0) return this.alarms.settle(tx, shop.companyId, ['CENSUS_GAP'], window.id);
      await this.alarms.raise(tx, shop.companyId, {
        kind: 'CENSUS_GAP',
        subject: window.id,
        shopId: shop.id,
        message: `The platform lists ${finding.overdue.length} orders that are missing and ${finding.older.length} that are older here, placed ${window.fromAt.toISOString()} to ${window.toAt.toISOString()}.`,
        advice: `They are being pulled one by one; see GET /sync/v1/shops/${shop.id}/completeness.`,
      });
    });
    if (gaps.length > 0)
      log.warn(
        { shopId: shop.id, window: window.id, missing: finding.missing.length, older: finding.older.length },
        'the census found gaps',
      );
  }
}

/** Compares one creation window with what is stored, id by id; subject is the window. */
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

  async run(work: Work, signal: AbortSignal): Promise<WorkOutcome> {
    const window = await this.ledger.find(work.companyId, work.subject);
    if (!window || !window.nextCheckAt || window.nextCheckAt > this.story.now()) return DONE;
    const shop = await this.shops.get(work.companyId, work.shopId);
    // Read before the list, so that nothing modified meanwhile counts as older.
    const { readTo, isMoving } = await this.ledger.pullOf(shop);
    if (isMoving && readTo.getTime() < window.toAt.getTime() + FIRST_CHECK_MS) {
      return { kind: 'again', afterMs: 2_000, reason: 'the change pull has not come that far yet' };
    }
    const listed: ListedOrder[] = [];
    await this.calls.with(
      shop,
      async ({ port }, call) => {
        for await (const page of port.censusOrders(call, { from: window.fromAt, to: window.toAt }))
          listed.push(...page.items);
      },
      signal,
    );
    const known = await this.intake.known(shop, [...new Set(listed.map(({ platformOrderNo }) => platformOrderNo))]);
    const now = this.story.now();
    await this.ledger.note(shop, window, compare(listed, known, now, readTo), now);
    return DONE;
  }
}
