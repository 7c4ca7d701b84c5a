import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { DataSource } from 'typeorm';
import { inTransaction, metrics, STORY_CLOCK, type StoryClock } from '@app/shared';
import { WINDOW_KINDS } from '../pull/pull.kinds';
import { PullRepository } from '../pull/pull.repository';
import { lagSeconds } from '../pull/pull.rules';
import { ShopRepository } from '../shop/shop.repository';
import { Schedule } from '../work/schedule';
import { WorkRepository } from '../work/work.repository';

const EVERY_TICKS = 5;

const pullLag = gauge(
  'huidian_pull_lag_seconds',
  'Real seconds since the moment up to which every change of a kind is pulled',
  ['shop', 'kind'],
);
const workWaiting = gauge('huidian_work_rows', 'Rows of work by state', ['company', 'state']);

/** In all-in-one and in tests the module may be loaded twice; a gauge is registered once. */
function gauge(name: string, help: string, labelNames: string[]): Gauge {
  return (
    (metrics.getSingleMetric(name) as Gauge | undefined) ?? new Gauge({ name, help, labelNames, registers: [metrics] })
  );
}

/** Keeps the gauges of this service. */
@Injectable()
export class SyncGauges implements OnModuleInit {
  private ticks = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly schedule: Schedule,
    private readonly shops: ShopRepository,
    private readonly pulls: PullRepository,
    private readonly works: WorkRepository,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
  ) {}

  onModuleInit(): void {
    this.schedule.every({ name: 'gauges', run: () => this.tick() });
  }

  private async tick(): Promise<void> {
    this.ticks += 1;
    if (this.ticks % EVERY_TICKS !== 0) return;
    await inTransaction(this.dataSource, async (tx) => {
      const shops = await this.shops.all(tx);
      for (const shop of shops) {
        for (const kind of WINDOW_KINDS) {
          const at = await this.pulls.completeTo(tx, shop.companyId, shop.id, kind);
          if (at) pullLag.set({ shop: shop.id, kind }, lagSeconds(at, this.story));
        }
      }
      for (const companyId of new Set(shops.map((shop) => shop.companyId))) {
        const counts = await this.works.counts(tx, companyId);
        workWaiting.set({ company: companyId, state: 'due' }, counts?.due ?? 0);
        workWaiting.set({ company: companyId, state: 'dead' }, counts?.dead ?? 0);
      }
    });
  }
}
