import { Inject, Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { createLogger, groupBy, inTransaction, WIRE_CLOCK, type Tx, type WireClock } from '@app/shared';
import { AlarmService } from '../alarm/alarm.service';
import { ShopRepository } from '../shop/shop.repository';
import { Schedule } from '../work/schedule';
import { WorkDesk } from '../work/work.desk';
import { AfterSaleIntake } from './after-sale.intake';
import { OrphanRepository, type OrphanRow } from './orphan.repository';

const log = createLogger('orphans');
const EVERY_TICKS = 5;
/** An after-sale may wait this long for its order before a person is told, wire milliseconds. */
export const ORPHAN_BOUND_MS = 600_000;

/** What the watch reads and writes. */
@Injectable()
export class OrphanStore {
  constructor(
    readonly repository: OrphanRepository,
    readonly shops: ShopRepository,
    readonly desk: WorkDesk,
    readonly alarms: AlarmService,
  ) {}
}

/** Looks for after-sales whose order is not here: pulls the order, and tells a person when that does not help in time. */
@Injectable()
export class OrphanWatch implements OnModuleInit, BeforeApplicationShutdown {
  private ticks = 0;
  private looking: Promise<void> | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly schedule: Schedule,
    private readonly intake: AfterSaleIntake,
    private readonly store: OrphanStore,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  onModuleInit(): void {
    this.schedule.every({ name: 'orphans', run: () => this.tick() });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.looking;
  }

  /** Beside the schedule, since a neighbour that hangs must not hold the planning up. */
  private tick(): Promise<void> {
    this.ticks += 1;
    if (this.ticks % EVERY_TICKS === 0 && !this.looking)
      this.looking = this.look()
        .catch((error: Error) =>
          log.info({ cause: error.message }, 'after-sales without order could not be listed; trying again'),
        )
        .finally(() => (this.looking = undefined));
    return Promise.resolve();
  }

  /** One look for all companies; public for tests. */
  async look(): Promise<void> {
    const companies = await inTransaction(this.dataSource, (tx) => this.store.repository.companies(tx));
    for (const companyId of companies) {
      const began = this.wire.date();
      const { items, isWhole } = await this.intake.orphans(companyId);
      await inTransaction(this.dataSource, async (tx) => {
        await this.pull(tx, companyId, await this.store.repository.note(tx, companyId, items, began));
        if (isWhole) await this.close(tx, companyId, await this.store.repository.forget(tx, companyId, items, began));
        await this.tell(tx, companyId);
      });
    }
  }

  private async pull(tx: Tx, companyId: string, fresh: readonly Omit<OrphanRow, 'seenAt'>[]): Promise<void> {
    for (const [shopId, orphans] of groupBy(fresh, (orphan) => orphan.shopId)) {
      const shop = await this.store.shops.find(tx, companyId, shopId);
      const subjects = orphans.map(({ platformOrderNo }) => `${shopId}/${platformOrderNo}`);
      if (shop) await this.store.desk.request(tx, shop, 'order', subjects);
    }
  }

  private async close(
    tx: Tx,
    companyId: string,
    gone: readonly Pick<OrphanRow, 'shopId' | 'platformAfterSaleNo'>[],
  ): Promise<void> {
    for (const orphan of gone)
      await this.store.alarms.settle(tx, companyId, ['AFTER_SALE_WITHOUT_ORDER'], subjectOf(orphan));
  }

  private async tell(tx: Tx, companyId: string): Promise<void> {
    const late = await this.store.repository.older(tx, companyId, new Date(this.wire.now() - ORPHAN_BOUND_MS));
    for (const orphan of late) {
      const { shopId, platformAfterSaleNo, platformOrderNo, seenAt } = orphan;
      await this.store.alarms.raise(tx, companyId, {
        kind: 'AFTER_SALE_WITHOUT_ORDER',
        subject: subjectOf(orphan),
        shopId,
        message: `After-sale ${platformAfterSaleNo} speaks of order ${platformOrderNo}, which is not here since ${seenAt.toISOString()}.`,
        advice: `Pull it with POST /sync/v1/shops/${shopId}/pulls {"kind":"order","platformOrderNo":"${platformOrderNo}"}; if the platform does not know it either, ask its support.`,
      });
    }
  }
}

function subjectOf(orphan: Pick<OrphanRow, 'shopId' | 'platformAfterSaleNo'>): string {
  return `${orphan.shopId}/${orphan.platformAfterSaleNo}`;
}
