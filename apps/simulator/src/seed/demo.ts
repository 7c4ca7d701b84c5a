import type { Core } from '../core/core';
import type { LogRecord } from '../core/event-log';
import { SECOND } from '../core/times';
import type { ShopStory } from '../core/story.types';
import { DEFAULT_MIX, generateOrder, seedShops } from './generator';

/** Orders of the days before the first start, per platform. */
const HISTORY_ORDERS = 120;

interface DemoShop {
  n: number;
  nextAt: number;
}

const keyOf = (shop: ShopStory): string => `${shop.platform}:${shop.shopId}`;

/** Keeps buyers coming to the demo's shops, over restarts too. */
export class DemoCrowd {
  private readonly shops = new Map<string, DemoShop>();

  replay(record: LogRecord): void {
    if (record.k === 'crowd')
      this.shops.set(record.shop as string, { n: record.n as number, nextAt: record.nextAt as number });
  }

  /** Seeds the shops of each platform at its first start and plans the next buyer of each shop. */
  start(core: Core, platforms: Iterable<string>): void {
    const all = [...platforms].map((platform) => ({ platform, shops: core.story.allShops(platform) }));
    const shopCount = all.reduce((sum, { shops }) => sum + shops.length, 0);
    for (const { platform, shops } of all) {
      if (!shops.some((shop) => this.shops.has(keyOf(shop))))
        seedShops(core, {
          platform,
          seed: Number(core.config.seed) || 42,
          orders: HISTORY_ORDERS,
          listings: 40,
          days: 3,
          stock: 300,
        });
      for (const shop of shops) {
        const known = this.shops.get(keyOf(shop)) ?? { n: 0, nextAt: core.now() };
        this.shops.set(keyOf(shop), known);
        core.plan(known.nextAt, (at) => this.arrive(core, shop, shopCount, at));
      }
    }
  }

  private arrive(core: Core, shop: ShopStory, shopCount: number, at: number): void {
    const key = keyOf(shop);
    const own = this.shops.get(key)!;
    generateOrder(core, shop, { seed: 'demo', n: own.n, at, mix: DEFAULT_MIX, isHistory: false });
    own.n += 1;
    const mean = core.config.demoOrderSeconds * SECOND * shopCount;
    const wait = core.chance(`arrival:${key}:${own.n}`).wait(mean);
    own.nextAt = at + Math.max(SECOND, Math.min(Math.floor(wait), mean * 4));
    core.log.append({ k: 'crowd', shop: key, n: own.n, nextAt: own.nextAt });
    core.plan(own.nextAt, (next) => this.arrive(core, shop, shopCount, next));
  }
}
