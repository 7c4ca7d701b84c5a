import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { inTransaction, WIRE_CLOCK, type WireClock } from '@app/shared';
import type { PlatformError, PlatformManifest } from '@app/platforms';
import { AlarmService } from '../alarm/alarm.service';
import type { ShopRow } from '../shop/shop.types';
import { Schedule } from '../work/schedule';
import { ScopeRepository, type ScopeRefusalRow } from './scope.repository';

/** A refusal says so much about the present; a permission may be granted in the platform's console meanwhile. */
const COUNTS_MS = 86_400_000;
const EVERY_TICKS = 10;

/** Remembers which permissions a shop lacks: most platforms tell it by refusing alone. */
@Injectable()
export class ScopeKeeper implements OnModuleInit {
  private ticks = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly repository: ScopeRepository,
    private readonly alarms: AlarmService,
    private readonly schedule: Schedule,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  onModuleInit(): void {
    this.schedule.every({ name: 'scopes', run: () => this.tick() });
  }

  private async tick(): Promise<void> {
    this.ticks += 1;
    if (this.ticks % EVERY_TICKS === 0) await this.forget();
  }

  /** Forgets what a new token or a day has made old, and closes the alarms, for all companies; public for tests. */
  async forget(): Promise<void> {
    await inTransaction(this.dataSource, async (tx) => {
      const before = new Date(this.wire.now() - COUNTS_MS);
      for (const { companyId, shopId, method } of await this.repository.takeEnded(tx, before))
        await this.alarms.settle(tx, companyId, ['SCOPE_MISSING'], `${shopId}/${method}`);
    });
  }

  /** What the shop's token was refused lately. */
  refusals(shop: ShopRow): Promise<ScopeRefusalRow[]> {
    const since = new Date(this.wire.now() - COUNTS_MS);
    return inTransaction(this.dataSource, (tx) => this.repository.of(tx, shop.companyId, shop.id, shop.tokenNo, since));
  }

  /** Notes that the platform refused a method for want of permission. */
  async refused(shop: ShopRow, manifest: PlatformManifest, error: PlatformError): Promise<void> {
    const { method } = error.facts;
    const jobs = jobsOf(manifest, method);
    await inTransaction(this.dataSource, async (tx) => {
      await this.repository.put(tx, {
        companyId: shop.companyId,
        shopId: shop.id,
        method,
        tokenNo: shop.tokenNo,
        refusedAt: this.wire.date(),
        cause: error.message.slice(0, 500),
      });
      await this.alarms.raise(tx, shop.companyId, {
        kind: 'SCOPE_MISSING',
        subject: `${shop.id}/${method}`,
        shopId: shop.id,
        message: `The platform refuses ${method} to shop ${shop.name}: its permission is missing${jobs.length > 0 ? `, so ${jobs.join(', ')} cannot be done` : ''}.`,
        advice: `Apply for ${method} in the platform's console, authorise the shop again, then replay the failed jobs.`,
      });
    });
  }
}

/** Jobs that need a method, by the manifest. */
export function jobsOf({ scopes }: PlatformManifest, method: string): string[] {
  return Object.entries(scopes)
    .filter(([, methods]) => methods?.includes(method))
    .map(([job]) => job);
}
