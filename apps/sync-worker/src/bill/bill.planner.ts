import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  groupBy,
  inStatement,
  inTransaction,
  startOfShanghaiDay,
  STORY_CLOCK,
  WIRE_CLOCK,
  type StoryClock,
  type Tx,
  type WireClock,
} from '@app/shared';
import { PlanStore } from '../pull/pull.planner';
import type { MovedPlan } from '../pull/pull.repository';
import { Schedule } from '../work/schedule';
import { BillRepository } from './bill.repository';
import { dayAfter, daysOver, dueAtOf } from './bill.rules';

const MOST_DAYS = 50;
const MOST_DUE = 100;
/** How often new days are cut, wire milliseconds. */
const PLAN_EVERY_MS = 2_000;

/** Cuts days when they are over and asks for the bills that are due. */
@Injectable()
export class BillPlanner implements OnModuleInit {
  constructor(
    private readonly dataSource: DataSource,
    private readonly schedule: Schedule,
    private readonly store: PlanStore,
    private readonly repository: BillRepository,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  onModuleInit(): void {
    this.schedule.every({ name: 'bills', run: () => this.plan() });
  }

  /** One round for all companies; public for tests. */
  async plan(): Promise<void> {
    await inTransaction(this.dataSource, (tx) => this.cut(tx));
    const days = await inStatement(this.dataSource, (tx) => this.repository.due(tx, this.story.now(), MOST_DUE));
    for (const [companyId, mine] of groupBy(days, (one) => one.companyId)) {
      const asked = mine.map(({ shopId, platform, day }) => ({
        shopId,
        platform,
        kind: 'bill' as const,
        subject: `${shopId}/${day}`,
      }));
      await inStatement(this.dataSource, (tx) => this.store.desk.requestAll(tx, companyId, asked));
    }
  }

  private async cut(tx: Tx): Promise<void> {
    const due = await this.store.pulls.lockDue(tx, ['bills'], this.wire.date());
    const nextPlanAt = new Date(this.wire.now() + PLAN_EVERY_MS);
    const moved: MovedPlan[] = [];
    for (const { companyId, shopId, kind, plannedTo } of due) {
      const days = daysOver(plannedTo, this.story.now(), MOST_DAYS);
      const last = days[days.length - 1];
      if (last !== undefined) {
        const rows = days.map((day) => ({ day, dueAt: dueAtOf(day) }));
        await this.repository.insert(tx, companyId, shopId, rows);
      }
      const cutTo = last === undefined ? plannedTo : startOfShanghaiDay(dayAfter(last));
      moved.push({ companyId, shopId, kind, plannedTo: cutTo, nextPlanAt });
    }
    await this.store.pulls.movePlans(tx, moved);
  }
}
