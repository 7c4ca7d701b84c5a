import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { inTransaction } from '../db/transaction';
import { createLogger } from '../logging/logger';
import type { ServiceOptions } from '../service-options';
import { sleep, type WireClock } from '../time/wire-clock';
import { SERVICE_OPTIONS, WIRE_CLOCK } from '../tokens';
import { InboxRepository } from './inbox.repository';
import { OutboxRepository } from './outbox.repository';

const log = createLogger('facts');
/** Small enough that one transaction holds its locks for a moment only. */
const SWEEP_BATCH = 2_000;
const SWEEP_EVERY_MS = 60_000;
const PAUSE_MS = 100;
const DAY_MS = 86_400_000;

/** Removes facts that were acknowledged, and the memory of items that were received, after FACTS_KEEP_DAYS wire days. */
@Injectable()
export class FactSweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stopper = new AbortController();
  private loop: Promise<void> | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly outbox: OutboxRepository,
    private readonly inbox: InboxRepository,
    @Inject(SERVICE_OPTIONS) private readonly options: ServiceOptions,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  onApplicationBootstrap(): void {
    this.loop = this.run();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopper.abort();
    await this.loop;
  }

  /** Removes one batch of each and returns the larger count; public for tests. */
  async sweepOnce(limit = SWEEP_BATCH): Promise<number> {
    const before = new Date(this.wire.now() - this.options.config.FACTS_KEEP_DAYS * DAY_MS);
    const facts = await inTransaction(this.dataSource, (tx) => this.outbox.forget(tx, before, limit));
    const items = await inTransaction(this.dataSource, (tx) => this.inbox.forget(tx, before, limit));
    return Math.max(facts, items);
  }

  private async run(): Promise<void> {
    while (!this.stopper.signal.aborted) {
      const removed = await this.sweepOnce().catch((error: Error) => {
        log.warn({ cause: error.message }, 'old facts could not be removed; trying again');
        return 0;
      });
      await sleep(removed < SWEEP_BATCH ? SWEEP_EVERY_MS : PAUSE_MS, this.stopper.signal);
    }
  }
}
