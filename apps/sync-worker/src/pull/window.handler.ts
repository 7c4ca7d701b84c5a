import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { createLogger, inStatement, inTransaction, killPoint, WIRE_CLOCK, type Tx, type WireClock } from '@app/shared';
import { PlatformCalls } from '../platform/platform-calls';
import { ShopReader } from '../shop/shop.reader';
import { DONE, type Work, type WorkHandler, type WorkOutcome } from '../work/work.kinds';
import { WorkHandlers } from '../work/work.handlers';
import { ChangeReaders, type WindowProgress } from './change.readers';
import { PullRepository, type WindowRow } from './pull.repository';

const log = createLogger('pull');

/** What the pull of windows stores into. */
@Injectable()
export class PullStore {
  constructor(
    readonly repository: PullRepository,
    readonly readers: ChangeReaders,
  ) {}
}

/** Reads one change window: it is done when everything listed has a verdict, and due again otherwise. */
@Injectable()
export class WindowHandler implements WorkHandler, OnModuleInit {
  constructor(
    private readonly dataSource: DataSource,
    private readonly handlers: WorkHandlers,
    private readonly shops: ShopReader,
    private readonly calls: PlatformCalls,
    private readonly store: PullStore,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  onModuleInit(): void {
    this.handlers.register('window', this);
  }

  async run(work: Work, signal: AbortSignal): Promise<WorkOutcome> {
    const window = await inStatement(this.dataSource, (tx) =>
      this.store.repository.findWindow(tx, work.companyId, work.subject),
    );
    if (!window || window.state === 'done') return DONE;
    const shop = await this.shops.get(work.companyId, work.shopId);
    const reader = this.store.readers.of(window.kind);
    try {
      const span = { from: window.fromAt, to: window.toAt, isScheduled: window.requestId === null };
      const progress = await this.calls.with(shop, (platform, call) => reader.read(shop, span, platform, call), signal);
      killPoint('window.before-done');
      await this.close(work, window, progress);
      return DONE;
    } catch (error) {
      await inStatement(this.dataSource, (tx) =>
        this.store.repository.failWindow(tx, work.companyId, window.id, String((error as Error).message).slice(0, 500)),
      );
      throw error;
    }
  }

  private async close(work: Work, window: WindowRow, progress: WindowProgress): Promise<void> {
    const counts = { listed: progress.seen.size, stored: progress.stored, parked: progress.parked, tries: work.tries };
    await inTransaction(this.dataSource, async (tx: Tx) => {
      await this.store.repository.closeWindow(tx, work.companyId, window.id, counts, this.wire.date());
      if (window.requestId === null)
        await this.store.repository.succeeded(tx, work.companyId, work.shopId, window.kind, this.wire.date());
    });
    if (counts.listed > 0)
      log.debug({ shopId: work.shopId, kind: window.kind, window: window.id, ...counts }, 'window read');
  }
}
