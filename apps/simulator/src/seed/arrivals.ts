import type { Core } from '../core/core';
import type { LogRecord } from '../core/event-log';
import { DAY, toIso } from '../core/times';
import type { ShopStory } from '../core/story.types';
import { DEFAULT_MIX, generateOrder, shopsOf, type SeedOrder } from './generator';

/** Orders of a seed call that are placed as the story goes, spread evenly over its days. */
interface ArrivalPlan {
  id: string;
  platform: string;
  /** The shops at the time of the call; a later shop gets none of its orders. */
  shopIds: string[];
  seed: number;
  orders: number;
  days: number;
  mix: Record<string, number>;
  /** Story milliseconds. */
  from: number;
}

/** How far the arrivals of one shop have come. */
interface Progress {
  next: number;
  missed: number;
}

/** What `GET /_control/seed` tells of a plan. */
export interface ToldPlan {
  id: string;
  platform: string;
  seed: number;
  orders: number;
  placed: number;
  /** Arrivals that found nothing in stock. */
  missed: number;
  from: string;
  to: string;
}

/** Keeps the buyers of seed calls coming; over restarts no arrival happens twice and none is lost. */
export class Arrivals {
  private readonly plans: ArrivalPlan[] = [];
  private readonly progress = new Map<string, Progress>();

  replay(record: LogRecord): void {
    if (record.k === 'arrivals') this.plans.push(record.plan as ArrivalPlan);
    else if (record.k === 'arrival-missed')
      this.pass(`${record.plan as string}:${record.shop as string}`, record.n as number, true);
  }

  /** Goes on with the plans of earlier runs. */
  start(core: Core): void {
    for (const platform of new Set(this.plans.map((plan) => plan.platform)))
      for (const { origin, shopId } of core.story.ordersOn(platform))
        if (origin) this.pass(`${origin.plan}:${shopId}`, origin.n, false);
    for (const plan of this.plans) this.run(core, plan);
  }

  /** Begins a plan now. */
  add(core: Core, asked: SeedOrder): void {
    const plan: ArrivalPlan = {
      id: String(core.story.nextNumber()),
      platform: asked.platform,
      shopIds: shopsOf(core, asked).map((shop) => shop.shopId),
      seed: asked.seed,
      orders: asked.orders,
      days: asked.days,
      mix: { ...(asked.mix ?? DEFAULT_MIX) },
      from: core.now(),
    };
    this.plans.push(plan);
    core.log.append({ k: 'arrivals', plan });
    this.run(core, plan);
  }

  /** How far each plan has come. */
  tell(): ToldPlan[] {
    return this.plans.map((plan) => {
      const own = plan.shopIds.map((shopId) => this.of(`${plan.id}:${shopId}`));
      const passed = own.reduce((sum, one) => sum + one.next, 0);
      const missed = own.reduce((sum, one) => sum + one.missed, 0);
      return {
        id: plan.id,
        platform: plan.platform,
        seed: plan.seed,
        orders: plan.orders,
        placed: passed - missed,
        missed,
        from: toIso(plan.from),
        to: toIso(plan.from + plan.days * DAY),
      };
    });
  }

  private run(core: Core, plan: ArrivalPlan): void {
    const { shopIds, orders } = plan;
    shopIds.forEach((shopId, i) => {
      const shop = core.story.shop(plan.platform, shopId)!;
      const count = Math.floor(orders / shopIds.length) + (i < orders % shopIds.length ? 1 : 0);
      const chance = core.chance(`ahead:${plan.seed}:${shopId}`);
      const times = Float64Array.from({ length: count }, () => plan.from + Math.floor(chance.next() * plan.days * DAY));
      this.next(core, plan, shop, times.sort());
    });
  }

  private next(core: Core, plan: ArrivalPlan, shop: ShopStory, times: Float64Array): void {
    const at = times[this.of(`${plan.id}:${shop.shopId}`).next];
    if (at !== undefined) core.plan(at, () => this.arrive(core, plan, shop, times));
  }

  private arrive(core: Core, plan: ArrivalPlan, shop: ShopStory, times: Float64Array): void {
    const key = `${plan.id}:${shop.shopId}`;
    const n = this.of(key).next;
    const order = generateOrder(core, shop, {
      seed: `ahead-${plan.seed}`,
      n,
      at: times[n]!,
      mix: plan.mix,
      isHistory: false,
      origin: { plan: plan.id, n },
    });
    if (!order) core.log.append({ k: 'arrival-missed', plan: plan.id, shop: shop.shopId, n });
    this.pass(key, n, !order);
    this.next(core, plan, shop, times);
  }

  private of(key: string): Progress {
    return this.progress.get(key) ?? { next: 0, missed: 0 };
  }

  private pass(key: string, n: number, isMissed: boolean): void {
    const { next, missed } = this.of(key);
    this.progress.set(key, { next: Math.max(next, n + 1), missed: missed + (isMissed ? 1 : 0) });
  }
}
