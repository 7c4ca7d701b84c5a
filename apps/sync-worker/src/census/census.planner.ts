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
  type WireClock,
} from '@app/shared';
import { PlatformRegistry } from '@app/platforms';
import { PlanStore } from '../pull/pull.planner';
import type { PullState } from '../pull/pull.repository';
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
    const plans = await inStatement(this.dataSource, (tx) =>
      this.store.pulls.duePlans(tx, ['census'], this.wire.date()),
    );
    for (const due of plans) await this.cut(due);
    const pull = { behindMs: FIRST_CHECK_MS, stuckSince: new Date(this.wire.now() - WAIT_FOR_PULL_MS) };
    const looks = await inStatement(this.dataSource, (tx) => this.census.due(tx, this.story.now(), pull, MOST_DUE));
    for (const mine of groupBy(looks, ({ companyId, shopId }) => `${companyId}/${shopId}`).values()) {
      const { companyId, shopId, platform } = mine[0]!;
      const subjects = mine.map(({ id }) => id);
      await inStatement(this.dataSource, (tx) =>
        this.store.desk.request(tx, { companyId, id: shopId, platform }, 'census', subjects),
      );
    }
  }

  /** Only windows that are over are cut, so that they never change. */
  private async cut(due: PullState): Promise<void> {
    await inTransaction(this.dataSource, async (tx) => {
      const state = await this.store.pulls.lockPlan(tx, due.companyId, due.shopId, 'census');
      if (!state) return;
      const spanMs = this.registry.get(state.platform).windows.census!.usualSpanSeconds * 1_000;
      const windows: { id: string; from: Date; to: Date; checkAt: Date }[] = [];
      let from = state.plannedTo.getTime();
      while (from + spanMs <= this.story.ms() && windows.length < MOST_WINDOWS) {
        windows.push({
          id: newId('cen'),
          from: new Date(from),
          to: new Date(from + spanMs),
          checkAt: new Date(from + spanMs + FIRST_CHECK_MS),
        });
        from += spanMs;
      }
      if (windows.length > 0) await this.census.insert(tx, due.companyId, due.shopId, windows);
      const overInMs = (from + spanMs - this.story.ms()) / this.story.rate();
      const waitMs = Math.min(MOST_WAIT_MS, Math.max(PLAN_EVERY_MS, overInMs));
      await this.store.pulls.movePlan(tx, state, new Date(from), new Date(this.wire.now() + waitMs));
    });
  }
}
