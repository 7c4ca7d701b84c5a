import { sleep } from '@app/shared';
import { asked } from './people';
import type { Played } from './played';
import type { StoryLine } from './story-line';

const DAY_MS = 86_400_000;

interface Plan {
  placed: number;
  missed: number;
}

/** The buyers: the simulator lets them come one by one over the story days, in the mix of a shop with many after-sales. */
export class Crowd {
  placed = 0;
  private begin = 0;

  constructor(
    private readonly played: Played,
    private readonly line: StoryLine,
    private readonly asked: { orders: number; days: number; seed: number },
  ) {}

  /** Ends when all buyers came, or with the signal. */
  async run(stop: AbortSignal): Promise<void> {
    this.begin = this.line.now();
    const { orders, days, seed } = this.asked;
    for (const [platform, share] of this.played.share(orders))
      await this.played.control.call('POST', '/seed', {
        platform,
        seed,
        orders: share,
        days,
        listings: 0,
        mix: 'after-sales',
        ahead: true,
      });
    while (!stop.aborted) {
      const { items } = await asked(() => this.played.control.call<{ items: Plan[] }>('GET', '/seed'));
      this.placed = items.reduce((sum, plan) => sum + plan.placed, 0);
      if (this.placed + items.reduce((sum, plan) => sum + plan.missed, 0) >= orders) return;
      await sleep(500, stop);
    }
  }

  /** Share of the story days that is over, 0 to 1. */
  progress(): number {
    return this.begin === 0 ? 0 : Math.min(1, (this.line.now() - this.begin) / (this.asked.days * DAY_MS));
  }
}
