import { Inject, Injectable } from '@nestjs/common';
import { startOfShanghaiDay, STORY_CLOCK, type StoryClock, type Tx } from '@app/shared';
import { WorkDesk } from '../work/work.desk';
import type { ShopRow } from '../shop/shop.types';
import { BillRepository } from './bill.repository';
import { daysTouched } from './bill.rules';

/** How the days of a span stand. */
export interface BillSpan {
  days: number;
  done: number;
  rows: number;
  new: number;
  /** Days that are not done, per state. */
  open: Record<string, number>;
}

const MOST_DAYS = 400;

/** Days that a person asks for. */
@Injectable()
export class BillDesk {
  constructor(
    private readonly repository: BillRepository,
    private readonly desk: WorkDesk,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
  ) {}

  /** The days that a span touches and that are over by now, oldest first. */
  daysOf(from: Date, to: Date): string[] {
    return daysTouched(from, to, MOST_DAYS).filter(
      (day) => startOfShanghaiDay(day).getTime() + 86_400_000 <= this.story.ms(),
    );
  }

  /** Fetches days now, whatever became of them before. */
  async fetch(tx: Tx, shop: ShopRow, days: readonly string[]): Promise<void> {
    await this.repository.ask(tx, shop.companyId, shop.id, days, this.story.now());
    const subjects = days.map((day) => `${shop.id}/${day}`);
    await this.desk.request(tx, shop, 'bill', subjects);
  }

  /** How the days of a span stand. */
  async span(tx: Tx, companyId: string, shopId: string, from: Date, to: Date): Promise<BillSpan> {
    const days = this.daysOf(from, to);
    const found = await this.repository.list(tx, companyId, shopId, days[0] ?? '', days[days.length - 1] ?? '');
    const span: BillSpan = { days: found.length, done: 0, rows: 0, new: 0, open: {} };
    for (const { state, rowCount, newCount } of found) {
      span.rows += rowCount;
      span.new += newCount;
      if (state === 'done') span.done += 1;
      else span.open[state] = (span.open[state] ?? 0) + 1;
    }
    return span;
  }
}
