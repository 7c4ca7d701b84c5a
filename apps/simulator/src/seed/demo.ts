import type { Core } from '../core/core';
import type { LogRecord } from '../core/event-log';
import { SECOND } from '../core/times';
import type { ShopStory } from '../core/story.types';
import { DEFAULT_MIX, generateOrder, seedShops } from './generator';

interface DemoShop {
  n: number;
  nextAt: number;
}

/** Keeps buyers coming to the demo's shops, over restarts too. */
export class DemoCrowd {
  private readonly shops = new Map<string, DemoShop>();

  replay(record: LogRecord): void {
    if (record.k === 'crowd')
      this.shops.set(record.shop as string, { n: record.n as number, nextAt: record.nextAt as number });
  }

  /** Seeds the shops at the first start and plans the next buyer of each. */
  start(core: Core, platform: string): void {
    const shops = core.story.allShops(platform);
    if (shops.every((shop) => !this.shops.has(shop.shopId)))
      seedShops(core, {
        platform,
        seed: Number(core.config.seed) || 42,
        orders: 120,
        listings: 40,
        days: 3,
        stock: 300,
      });
    for (const shop of shops) {
      const known = this.shops.get(shop.shopId) ?? { n: 0, nextAt: core.now() };
      this.shops.set(shop.shopId, known);
      core.plan(known.nextAt, (at) => this.arrive(core, shop, shops.length, at));
    }
  }

  private arrive(core: Core, shop: ShopStory, shopCount: number, at: number): void {
    const own = this.shops.get(shop.shopId)!;
    generateOrder(core, shop, { seed: 'demo', n: own.n, at, mix: DEFAULT_MIX, isHistory: false });
    own.n += 1;
    const mean = core.config.demoOrderSeconds * SECOND * shopCount;
    const wait = core.chance(`arrival:${shop.shopId}:${own.n}`).wait(mean);
    own.nextAt = at + Math.max(SECOND, Math.min(Math.floor(wait), mean * 4));
    core.log.append({ k: 'crowd', shop: shop.shopId, n: own.n, nextAt: own.nextAt });
    core.plan(own.nextAt, (next) => this.arrive(core, shop, shopCount, next));
  }
}
