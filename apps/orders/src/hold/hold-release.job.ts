import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { createLogger, groupBy, inStatement, inTransaction, sleep, STORY_CLOCK, type StoryClock } from '@app/shared';
import { OrderListRepository } from '../order/order-list.repository';
import { OrderStore } from '../order/order.store';

const log = createLogger('hold-release');
/** Wire time between two looks; due times are story time. */
const LOOK_EVERY_MS = 1_000;
const AT_ONCE = 500;

/** Releases holds whose time has come. Due rows and a tick, no delayed jobs: several processes may run it at once. */
@Injectable()
export class HoldReleaseJob implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stopper = new AbortController();
  private loop: Promise<void> | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly lists: OrderListRepository,
    private readonly store: OrderStore,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
  ) {}

  onApplicationBootstrap(): void {
    this.loop = this.run();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopper.abort();
    await this.loop;
  }

  /** Releases what is due now and returns how many orders changed. Orders that somebody holds come with the next look. */
  async releaseDue(): Promise<number> {
    const due = await inStatement(this.dataSource, (tx) => this.lists.dueHolds(tx, this.story.now(), AT_ONCE));
    let changed = 0;
    for (const [companyId, orders] of groupBy(due, ({ companyId: of }) => of)) {
      const ids = orders.map(({ orderId }) => orderId);
      changed += await inTransaction(this.dataSource, (tx) =>
        this.store.decideAgain(tx, companyId, ids, {
          actor: 'job:release-holds',
          reason: 'The release time of a hold has come.',
        }),
      );
    }
    return changed;
  }

  private async run(): Promise<void> {
    while (!this.stopper.signal.aborted) {
      await this.releaseDue().catch((error: Error) =>
        log.warn({ cause: error.message }, 'due holds could not be released; trying again'),
      );
      await sleep(LOOK_EVERY_MS, this.stopper.signal);
    }
  }
}
