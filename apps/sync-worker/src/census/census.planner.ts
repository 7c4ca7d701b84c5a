import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  groupBy,
  inStatement,
  inTransaction,
  newId,
  STORY_CLOCK,
  WIRE_CLOCK,
  type StoryClock,
  type Tx,
  type WireClock,
} from '@app/shared';
import { PlatformRegistry } from '@app/platforms';
import { PlanStore } from '../pull/pull.planner';
import type { MovedPlan } from '../pull/pull.repository';
import { Schedule } from '../work/schedule';
import { CensusRepository } from './census.repository';
import { FIRST_CHECK_MS, WAIT_FOR_PULL_MS } from './census.rules';

const MOST_WINDOWS = 50;
const MOST_DUE = 100;
/** New windows are cut no more often than this, wire milliseconds. */
const PLAN_EVERY_MS = 1_000;
/** It is looked this often whether a window is over, even when by now it seems to take longer, wire milliseconds: a story may begin to run faster. */
const MOST_WAIT_MS = 5_000;

/** Cuts creation windows and asks for the looks that are due. */
@Injectable()
export class CensusPlanner implements OnModuleInit {
  constructor(
    private readonly dataSource: DataSource,
    private readonly schedule: Schedule,
    private readonly store: PlanStore,
    private readonly census: CensusRepository,
    private readonly registry: PlatformRegistry,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  onModuleInit(): void {
    this.schedule.every({ name: 'census', run: () => this.plan() });
  }

  /** One round for all companies; public for tests. */
  async plan(): Promise<void> {
    await inTransaction(this.dataSource, (tx) => this.cut(tx));
    const pull = { behindMs: FIRST_CHECK_MS, stuckSince: new Date(this.wire.now() - WAIT_FOR_PULL_MS) };
    const looks = await inStatement(this.dataSource, (tx) => this.census.due(tx, this.story.now(), pull, MOST_DUE));
    for (const [companyId, mine] of groupBy(looks, (look) => look.companyId)) {
      const asked = mine.map(({ shopId, platform, id }) => ({
        shopId,
        platform,
        kind: 'census' as const,
        subject: id,
      }));
      await inStatement(this.dataSource, (tx) => this.store.desk.requestAll(tx, companyId, asked));
    }
  }

  /** Only windows that are over are cut, so that they never change. */
  private async cut(tx: Tx): Promise<void> {
    const due = await this.store.pulls.lockDue(tx, ['census'], this.wire.date());
    const moved: MovedPlan[] = [];
    for (const { companyId, shopId, kind, plannedTo, platform } of due) {
      // A shop of a platform whose folder is gone rests; it must not hold up the others.
      if (!this.registry.has(platform)) continue;
      const spanMs = this.registry.get(platform).windows.census!.usualSpanSeconds * 1_000;
      const windows: { id: string; from: Date; to: Date; checkAt: Date }[] = [];
      let from = plannedTo.getTime();
      while (from + spanMs <= this.story.ms() && windows.length < MOST_WINDOWS) {
        windows.push({
          id: newId('cen'),
          from: new Date(from),
          to: new Date(from + spanMs),
          checkAt: new Date(from + spanMs + FIRST_CHECK_MS),
        });
        from += spanMs;
      }
      if (windows.length > 0) await this.census.insert(tx, companyId, shopId, windows);
      const overInMs = (from + spanMs - this.story.ms()) / this.story.rate();
      const waitMs = Math.min(MOST_WAIT_MS, Math.max(PLAN_EVERY_MS, overInMs));
      moved.push({
        companyId,
        shopId,
        kind,
        plannedTo: new Date(from),
        nextPlanAt: new Date(this.wire.now() + waitMs),
      });
    }
    await this.store.pulls.movePlans(tx, moved);
  }
}
