import type { Core } from './core';
import type { LogRecord } from './event-log';
import { moneyRow } from './money';
import { DAY, HOUR, startOfDay } from './times';

/** How often a shop takes money out on a day, and from which balance on. */
const CHANCE = 0.3;
const LEAST_BALANCE_FEN = 200_000;

/** Once a story day each shop may take money out of its account; over restarts no day is asked twice. */
export class Withdrawals {
  private lastAt = 0;

  replay(record: LogRecord): void {
    if (record.k === 'withdrawals') this.lastAt = record.at as number;
  }

  /** Plans the next day's decision. */
  start(core: Core): void {
    const ten = startOfDay(core.now()) + 10 * HOUR;
    const first = ten > core.now() ? ten : ten + DAY;
    core.plan(this.lastAt > 0 ? this.lastAt + DAY : first, (at) => this.decide(core, at));
  }

  private decide(core: Core, at: number): void {
    for (const shop of core.story.allShops()) {
      const chance = core.chance(`withdrawal:${shop.shopId}:${at / DAY}`);
      const balance = core.ledger.balanceBefore(shop.platform, shop.shopId, at);
      if (!chance.hits(CHANCE) || balance < LEAST_BALANCE_FEN) continue;
      const yuan = Math.floor((balance * chance.int(40, 80)) / 10_000);
      core.ledger.add(shop.platform, shop.shopId, moneyRow(core, at, 'withdrawal', -yuan * 100));
    }
    this.lastAt = at;
    core.log.append({ k: 'withdrawals', at });
    core.plan(at + DAY, (next) => this.decide(core, next));
  }
}
