import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  inStatement,
  inTransaction,
  newId,
  SERVICE_CONFIG,
  STORY_CLOCK,
  WIRE_CLOCK,
  type StoryClock,
  type WireClock,
} from '@app/shared';
import { PlatformRegistry } from '@app/platforms';
import { ShopRepository } from '../shop/shop.repository';
import type { SyncConfig } from '../sync.config';
import { Schedule } from '../work/schedule';
import { WorkDesk } from '../work/work.desk';
import { WINDOW_KINDS, type WindowKind } from './pull.kinds';
import { MOST_OPEN_WINDOWS, planEveryMs, planWindows, windowRuleOf } from './pull.rules';
import { PullRepository, type PullState } from './pull.repository';

/** A platform that does not offer a kind is looked at again this much later, wire milliseconds: its folder may learn it. */
const NOT_OFFERED_MS = 3_600_000;

/** Where plans are written. */
@Injectable()
export class PlanStore {
  constructor(
    readonly pulls: PullRepository,
    readonly shops: ShopRepository,
    readonly desk: WorkDesk,
  ) {}
}

/** Cuts change windows and asks for listings as time goes on. */
@Injectable()
export class PullPlanner implements OnModuleInit {
  constructor(
    private readonly dataSource: DataSource,
    private readonly schedule: Schedule,
    private readonly store: PlanStore,
    private readonly registry: PlatformRegistry,
    @Inject(SERVICE_CONFIG) private readonly config: SyncConfig,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  onModuleInit(): void {
    this.schedule.every({ name: 'pauses', run: () => this.endPauses() });
    this.schedule.every({ name: 'pull', run: () => this.plan() });
  }

  /** One round for all companies; public for tests. */
  async plan(): Promise<void> {
    const now = this.wire.date();
    const kinds = [...WINDOW_KINDS, 'listings'] as const;
    const plans = await inStatement(this.dataSource, (tx) => this.store.pulls.duePlans(tx, kinds, now));
    for (const kind of kinds)
      for (const due of plans.filter((plan) => plan.kind === kind))
        await (kind === 'listings' ? this.planListings(due) : this.planChanges(due, kind));
  }

  private async endPauses(): Promise<void> {
    await inStatement(this.dataSource, (tx) => this.store.shops.endPauses(tx, this.story.now()));
  }

  private async planChanges(due: PullState, kind: WindowKind): Promise<void> {
    await inTransaction(this.dataSource, async (tx) => {
      const state = await this.store.pulls.lockPlan(tx, due.companyId, due.shopId, kind);
      if (!state || state.nextPlanAt > this.wire.date()) return;
      const platform = this.registry.get(state.platform);
      const rule = windowRuleOf(platform, kind);
      if (!rule)
        return this.store.pulls.movePlan(tx, state, state.plannedTo, new Date(this.wire.now() + NOT_OFFERED_MS));
      const room = MOST_OPEN_WINDOWS - state.openWindows;
      if (room <= 0) return;
      const windows = planWindows(state.plannedTo, this.story.now(), rule, room).map((window) => ({
        ...window,
        id: newId('win'),
      }));
      const last = windows[windows.length - 1];
      if (!last) return;
      await this.store.pulls.insertWindows(tx, due.companyId, due.shopId, kind, windows, null);
      await this.store.desk.request(
        tx,
        { companyId: due.companyId, id: due.shopId, platform: state.platform },
        'window',
        windows.map(({ id }) => id),
      );
      const isPolledAlone = platform.manifest.capabilities.pushTransport.length === 0;
      const everyMs = planEveryMs(kind, this.config.pullIntervalMs, isPolledAlone);
      const isBehind = last.to.getTime() < this.story.ms() - rule.indexLagSeconds * 1_000 - everyMs * this.story.rate();
      await this.store.pulls.movePlan(tx, state, last.to, new Date(this.wire.now() + (isBehind ? 0 : everyMs)));
    });
  }

  private async planListings(due: PullState): Promise<void> {
    await inTransaction(this.dataSource, async (tx) => {
      const state = await this.store.pulls.lockPlan(tx, due.companyId, due.shopId, 'listings');
      if (!state || state.nextPlanAt > this.wire.date()) return;
      const shop = { companyId: due.companyId, id: due.shopId, platform: state.platform };
      await this.store.desk.request(tx, shop, 'listings', [shop.id]);
      await this.store.pulls.movePlan(
        tx,
        state,
        this.story.now(),
        new Date(this.wire.now() + this.config.listingsIntervalMs),
      );
    });
  }
}
