import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  createLogger,
  groupBy,
  inTransaction,
  STORY_CLOCK,
  WIRE_CLOCK,
  type StoryClock,
  type Tx,
  type WireClock,
} from '@app/shared';
import { AlarmService } from '../alarm/alarm.service';
import { PullRepository } from '../pull/pull.repository';
import { Schedule } from '../work/schedule';
import { PushDesk } from './push.desk';
import type { PushRow } from './push.repository';
import { judgeDrift } from './push.rules';
import { ShownRepository } from './shown.repository';

const log = createLogger('push');
/** How often drift is judged, wire milliseconds. */
const EVERY_MS = 3_000;
const MOST_AT_ONCE = 500;
/** From the third repair in a row on somebody should look: something else writes the same number. */
const ALARM_AFTER_REPAIRS = 3;

/** Where drift is read and repaired. */
@Injectable()
export class DriftStore {
  constructor(
    readonly numbers: ShownRepository,
    readonly pulls: PullRepository,
    readonly desk: PushDesk,
    readonly alarms: AlarmService,
  ) {}
}

/** Tells numbers again that a platform shows otherwise than it was told. */
@Injectable()
export class DriftKeeper implements OnModuleInit {
  private nextAt = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly schedule: Schedule,
    private readonly store: DriftStore,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  onModuleInit(): void {
    this.schedule.every({ name: 'drift', run: () => this.runWhenDue() });
  }

  private async runWhenDue(): Promise<void> {
    if (this.wire.now() < this.nextAt) return;
    this.nextAt = this.wire.now() + EVERY_MS;
    await this.repair();
  }

  /** One round for all companies; public for tests. */
  async repair(): Promise<void> {
    await inTransaction(this.dataSource, async (tx) => {
      const drifted = await this.store.numbers.drifted(tx, MOST_AT_ONCE);
      for (const [, rows] of groupBy(drifted, ({ companyId, shopId }) => `${companyId}/${shopId}`))
        await this.repairShop(tx, rows);
      for (const { companyId, subject } of await this.store.numbers.calmed(tx))
        await this.store.alarms.settle(tx, companyId, ['STOCK_DRIFT'], subject);
    });
  }

  private async repairShop(tx: Tx, rows: readonly PushRow[]): Promise<void> {
    const { companyId, shopId } = rows[0]!;
    const completeTo = await this.store.pulls.completeTo(tx, companyId, shopId, 'orders');
    const clock = { story: this.story.now(), rate: this.story.rate() };
    const listings = new Set<string>();
    for (const row of rows) {
      const verdict = judgeDrift(row, { completeTo }, clock);
      if (verdict?.kind !== 'repair') continue;
      if ((await this.store.numbers.repair(tx, row, verdict.reason, clock.story)) === 0) continue;
      listings.add(row.listingId);
      log.warn(
        { shopId, listingSkuId: row.listingSkuId, reason: verdict.reason },
        'a number drifted and is told again',
      );
      if (row.repairs + 1 >= ALARM_AFTER_REPAIRS) await this.tell(tx, row, verdict.reason);
    }
    if (listings.size > 0) await this.store.desk.ask(tx, companyId, shopId, [...listings]);
  }

  private async tell(tx: Tx, row: PushRow, reason: string): Promise<void> {
    await this.store.alarms.raise(tx, row.companyId, {
      kind: 'STOCK_DRIFT',
      subject: `${row.shopId}/${row.listingSkuId}`,
      shopId: row.shopId,
      message: `${row.listingSkuId} of listing ${row.listingId} was told again ${row.repairs + 1} times in a row: ${reason}.`,
      advice:
        'Something else seems to write this number; look for another tool or person who changes the listing there.',
    });
  }
}
