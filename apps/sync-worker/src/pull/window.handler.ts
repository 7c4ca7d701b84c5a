import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { createLogger, inStatement, killPoint, Turnstile, WIRE_CLOCK, type WireClock } from '@app/shared';
import { PlatformCalls } from '../platform/platform-calls';
import { ShopReader } from '../shop/shop.reader';
import type { ShopRow } from '../shop/shop.types';
import { DONE, type TogetherOutcomes, type Work, type WorkHandler, type WorkOutcome } from '../work/work.kinds';
import { eachOf, oneOf } from '../work/together';
import { WorkHandlers } from '../work/work.handlers';
import { ChangeReaders, type WindowProgress } from './change.readers';
import { PullRepository, type ReadWindow, type WindowRow } from './pull.repository';

const log = createLogger('pull');
/** Windows closed by one statement at most. */
const MOST_AT_ONCE = 64;

/** What the pull of windows stores into. */
@Injectable()
export class PullStore {
  constructor(
    readonly repository: PullRepository,
    readonly readers: ChangeReaders,
  ) {}
}

/**
 * Reads change windows, those of one shop that are due together in one run. A window is done when everything listed has a
 * verdict, and due again otherwise.
 */
@Injectable()
export class WindowHandler implements WorkHandler, OnModuleInit {
  private readonly ends = new Turnstile<ReadWindow, void>(
    (windows) => this.closeAll(windows),
    (windows) => Math.min(windows.length, MOST_AT_ONCE),
  );

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

  run(work: Work, signal: AbortSignal): Promise<WorkOutcome> {
    return oneOf(work, (works) => this.runTogether(works, signal));
  }

  /** Each window is closed by itself as soon as it is read, so that one that cannot be read holds up no other. */
  runTogether(works: readonly Work[], signal?: AbortSignal): Promise<TogetherOutcomes> {
    const { companyId } = works[0]!;
    const unread = async (): Promise<Map<string, WindowRow>> => {
      const ids = works.map(({ subject }) => subject);
      const found = await inStatement(this.dataSource, (tx) => this.store.repository.windowsToRead(tx, companyId, ids));
      return new Map(found.map((window) => [window.id, window]));
    };
    return eachOf(works, unread, async (work, windows) => {
      const window = windows.get(work.subject);
      if (window) await this.read(work, await this.shops.of(work), window, signal);
      return DONE;
    });
  }

  private async read(work: Work, shop: ShopRow, window: WindowRow, signal?: AbortSignal): Promise<void> {
    const reader = this.store.readers.of(window.kind);
    try {
      const span = { from: window.fromAt, to: window.toAt, isScheduled: window.requestId === null };
      const progress = await this.calls.with(shop, (platform, call) => reader.read(shop, span, platform, call), signal);
      killPoint('window.before-done');
      await this.close(window, progress, work.tries);
    } catch (error) {
      const cause = String((error as Error).message).slice(0, 500);
      await inStatement(this.dataSource, (tx) =>
        this.store.repository.failWindow(tx, work.companyId, window.id, cause),
      );
      throw error;
    }
  }

  private async close(window: WindowRow, progress: WindowProgress, tries: number): Promise<void> {
    const counts = { listed: progress.seen.size, stored: progress.stored, parked: progress.parked, tries };
    await this.ends.enter(`${window.companyId}/${window.shopId}`, { ...window, counts });
    if (counts.listed > 0)
      log.debug({ shopId: window.shopId, kind: window.kind, window: window.id, ...counts }, 'window read');
  }

  private async closeAll(windows: readonly ReadWindow[]): Promise<void[]> {
    await inStatement(this.dataSource, (tx) => this.store.repository.closeWindows(tx, windows, this.wire.date()));
    return windows.map(() => undefined);
  }
}
