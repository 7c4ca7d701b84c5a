import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  groupBy,
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
import { WorkDesk, type AskedWork } from '../work/work.desk';
import { WINDOW_KINDS, type WindowKind } from './pull.kinds';
import { MOST_OPEN_WINDOWS, nextBeat, planEveryMs, planWindows, windowRuleOf } from './pull.rules';
import { PullRepository, type DuePlan, type MovedPlan, type NewWindow } from './pull.repository';

/** A platform that does not offer a kind is looked at again this much later, wire milliseconds: its folder may learn it. */
const NOT_OFFERED_MS = 3_600_000;

/** The schedule looks once a second; what would be due in between is planned by the look before, not by the one after. */
const EARLY_MS = 500;

/** What a round makes of one schedule; one that is not moved stays due. */
interface Cut {
  companyId: string;
  windows: NewWindow[];
  asked: AskedWork[];
  moved?: MovedPlan;
}

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

  /**
   * One round for all companies, in a few statements however many shops there are: on a busy machine each statement waits
   * for a connection, and a round of many would pull everybody late. Public for tests.
   */
  async plan(): Promise<void> {
    await inTransaction(this.dataSource, async (tx) => {
      const due = await this.store.pulls.lockDue(
        tx,
        [...WINDOW_KINDS, 'listings'],
        new Date(this.wire.now() + EARLY_MS),
      );
      const cuts = due.map((plan) =>
        plan.kind === 'listings' ? this.askListings(plan) : this.cut(plan, plan.kind as WindowKind),
      );
      for (const [companyId, mine] of groupBy(cuts, ({ companyId }) => companyId)) {
        const windows = mine.flatMap((cut) => cut.windows);
        if (windows.length > 0) await this.store.pulls.insertWindows(tx, companyId, windows, null);
        await this.store.desk.requestAll(
          tx,
          companyId,
          mine.flatMap(({ asked }) => asked),
        );
      }
      await this.store.pulls.movePlans(
        tx,
        cuts.flatMap(({ moved }) => moved ?? []),
      );
    });
  }

  private async endPauses(): Promise<void> {
    await inStatement(this.dataSource, (tx) => this.store.shops.endPauses(tx, this.story.now()));
  }

  private cut(due: DuePlan, kind: WindowKind): Cut {
    const { companyId, shopId, platform: code, plannedTo } = due;
    // A shop of a platform whose folder is gone rests; it must not hold up the others.
    const platform = this.registry.has(code) ? this.registry.get(code) : undefined;
    const rule = platform && windowRuleOf(platform, kind);
    if (!rule) {
      const nextPlanAt = new Date(this.wire.now() + NOT_OFFERED_MS);
      return { companyId, windows: [], asked: [], moved: { companyId, shopId, kind, plannedTo, nextPlanAt } };
    }
    const room = Math.max(0, MOST_OPEN_WINDOWS - due.openWindows);
    const windows = planWindows(plannedTo, this.story.now(), rule, room).map((window) => ({
      ...window,
      id: newId('win'),
      shopId,
      kind,
    }));
    const last = windows[windows.length - 1];
    if (!last) return { companyId, windows, asked: [] };
    const isPolledAlone = platform.manifest.capabilities.pushTransport.length === 0;
    const everyMs = planEveryMs(kind, this.config.pullIntervalMs, isPolledAlone);
    const isBehind = last.to.getTime() < this.story.ms() - rule.indexLagSeconds * 1_000 - everyMs * this.story.rate();
    const now = this.wire.now();
    const nextPlanAt = new Date(isBehind ? now : nextBeat(now, everyMs, `${shopId}/${kind}`));
    return {
      companyId,
      windows,
      asked: windows.map(({ id }) => ({ kind: 'window', subject: id, shopId, platform: code })),
      moved: { companyId, shopId, kind, plannedTo: last.to, nextPlanAt },
    };
  }

  private askListings({ companyId, shopId, platform }: DuePlan): Cut {
    const nextPlanAt = new Date(this.wire.now() + this.config.listingsIntervalMs);
    return {
      companyId,
      windows: [],
      asked: [{ kind: 'listings', subject: shopId, shopId, platform }],
      moved: { companyId, shopId, kind: 'listings', plannedTo: this.story.now(), nextPlanAt },
    };
  }
}
