import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { createLogger, inStatement, inTransaction, WIRE_CLOCK, type WireClock } from '@app/shared';
import { PlatformError } from '@app/platforms';
import { AlarmService } from '../alarm/alarm.service';
import type { ShopRow } from '../shop/shop.types';
import { Schedule } from '../work/schedule';
import { BanRepository, type BanRow } from './ban.repository';
import { BucketLimiter } from './bucket.limiter';

const log = createLogger('bans');
/** Bans up to this long live in Redis alone; longer ones are rows. */
const LONG_BAN_MS = 60_000;
const EVERY_TICKS = 5;

/** Remembers bans exactly as wide as the platform says: per app, method and shop. */
@Injectable()
export class BanKeeper implements OnModuleInit {
  private ticks = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly repository: BanRepository,
    private readonly limiter: BucketLimiter,
    private readonly alarms: AlarmService,
    private readonly schedule: Schedule,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  onModuleInit(): void {
    this.schedule.every({ name: 'bans', run: () => this.tick() });
  }

  private async tick(): Promise<void> {
    this.ticks += 1;
    if (this.ticks % EVERY_TICKS === 0) await this.end();
  }

  /** Forgets bans that are over and closes their alarms, for all companies; public for tests. */
  async end(): Promise<void> {
    await inTransaction(this.dataSource, async (tx) => {
      for (const ban of await this.repository.takeEnded(tx, this.wire.date()))
        await this.alarms.settle(tx, ban.companyId, ['PLATFORM_BAN'], subjectOf(ban));
    });
  }

  /** Long bans that hold for a shop now. Most shops have none, which their row says. */
  async active({ companyId, platform, appKey, id, hasBan }: ShopRow): Promise<BanRow[]> {
    if (!hasBan) return [];
    return inStatement(this.dataSource, (tx) =>
      this.repository.active(tx, companyId, platform, appKey, id, this.wire.date()),
    );
  }

  /** Throws `rate-limited` while one of the bans covers the method. */
  refuse(bans: readonly BanRow[], shop: ShopRow, method: string): void {
    const now = this.wire.now();
    const ban = bans.find((row) => (row.method === '' || row.method === method) && row.until.getTime() > now);
    if (!ban) return;
    throw new PlatformError(
      'rate-limited',
      `${method} of shop ${shop.id} is banned until ${ban.until.toISOString()}: ${ban.cause}`,
      {
        platform: shop.platform,
        method,
        retryAfterMs: ban.until.getTime() - now,
      },
    );
  }

  /** Remembers what the platform asked to wait for. */
  async remember(shop: ShopRow, error: PlatformError, ms: number): Promise<void> {
    const scope = {
      shopId: error.facts.banScope === 'app' || error.facts.banScope === 'method' ? '' : shop.id,
      method: error.facts.banScope === 'app' || error.facts.banScope === 'shop' ? '' : error.facts.method,
    };
    log.warn(
      { companyId: shop.companyId, ...scope, ms, code: error.facts.platformSubCode },
      'the platform asks to wait',
    );
    if (ms <= LONG_BAN_MS) {
      const owner = { platform: shop.platform, appKey: shop.appKey, shopId: shop.id };
      await this.limiter
        .ban(owner, scope, ms)
        .catch((cause: Error) => log.warn({ cause: cause.message }, 'a short ban could not be shared'));
      return;
    }
    const until = new Date(this.wire.now() + ms);
    await inTransaction(this.dataSource, async (tx) => {
      const ban = {
        companyId: shop.companyId,
        platform: shop.platform,
        appKey: shop.appKey,
        ...scope,
        until,
        cause: error.message.slice(0, 500),
      };
      await this.repository.put(tx, ban);
      await this.alarms.raise(tx, shop.companyId, {
        kind: 'PLATFORM_BAN',
        subject: subjectOf(ban),
        shopId: shop.id,
        message: `The platform bans ${scope.method || 'every call'} of ${scope.shopId ? `shop ${shop.name}` : 'the app'} until ${until.toISOString()}.`,
        advice:
          'Nothing has to be done: the work waits and goes on by itself. Ask the platform for higher limits if it comes back.',
      });
    });
  }
}

/** A ban's own key, so that its alarm is renewed while it is lengthened and closed when it ends. */
function subjectOf(ban: Pick<BanRow, 'platform' | 'appKey' | 'shopId' | 'method'>): string {
  return `${ban.platform}/${ban.appKey}/${ban.shopId || 'every-shop'}/${ban.method || 'every-method'}`;
}
