import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { createLogger, inTransaction, killPoint, WIRE_CLOCK, type Tx, type WireClock } from '@app/shared';
import type { CanonicalOrder } from '@app/contracts';
import type { OrderPage, Platform, PlatformCall } from '@app/platforms';
import { PlatformCalls } from '../platform/platform-calls';
import { ShopReader } from '../shop/shop.reader';
import type { ShopRow } from '../shop/shop.types';
import { DONE, type Work, type WorkHandler, type WorkOutcome } from '../work/work.kinds';
import { WorkDesk } from '../work/work.desk';
import { WorkHandlers } from '../work/work.handlers';
import { judge } from '../work/work.rules';
import { OrderIntake } from './order.intake';
import { PullRepository, type WindowRow } from './pull.repository';

const log = createLogger('pull');
const PARALLEL_DETAILS = 8;

interface Progress {
  /** Number → modification time as listed, of everything that has its verdict. */
  seen: Map<string, string | undefined>;
  stored: number;
  parked: number;
}

/** What the pull of windows stores into. */
@Injectable()
export class PullStore {
  constructor(
    readonly repository: PullRepository,
    readonly intake: OrderIntake,
    readonly desk: WorkDesk,
  ) {}
}

/** Reads one change window: it is done when every listed order has a verdict, and due again otherwise. */
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
    const window = await inTransaction(this.dataSource, (tx) =>
      this.store.repository.findWindow(tx, work.companyId, work.subject),
    );
    if (!window || window.state === 'done') return DONE;
    const shop = await this.shops.get(work.companyId, work.shopId);
    try {
      const progress = await this.calls.with(shop, (platform, call) => this.read(shop, window, platform, call), signal);
      killPoint('window.before-done');
      await this.close(work, window, progress);
      return DONE;
    } catch (error) {
      await inTransaction(this.dataSource, (tx) =>
        this.store.repository.failWindow(tx, work.companyId, window.id, String((error as Error).message).slice(0, 500)),
      );
      throw error;
    }
  }

  private async close(work: Work, window: WindowRow, progress: Progress): Promise<void> {
    const counts = { listed: progress.seen.size, stored: progress.stored, parked: progress.parked, tries: work.tries };
    await inTransaction(this.dataSource, async (tx: Tx) => {
      await this.store.repository.closeWindow(tx, work.companyId, window.id, counts, this.wire.date());
      if (window.requestId === null)
        await this.store.repository.succeeded(tx, work.companyId, work.shopId, 'orders', this.wire.date());
    });
    if (counts.listed > 0) log.debug({ shopId: work.shopId, window: window.id, ...counts }, 'window read');
  }

  private async read(shop: ShopRow, window: WindowRow, platform: Platform, call: PlatformCall): Promise<Progress> {
    const progress: Progress = { seen: new Map(), stored: 0, parked: 0 };
    for await (const page of platform.port.changedOrders(call, { from: window.fromAt, to: window.toAt })) {
      const orders = await this.ordersOf(shop, platform, call, page, progress);
      if (orders.length === 0) continue;
      const verdicts = await this.store.intake.put(shop, orders);
      killPoint('window.after-page');
      const parked = [...verdicts.values()].filter((verdict) => verdict === 'parked').length;
      progress.parked += parked;
      progress.stored += verdicts.size - parked;
    }
    return progress;
  }

  /** The orders of a page in full; one that cannot be read becomes work of its own and does not stop its window. */
  private async ordersOf(
    shop: ShopRow,
    platform: Platform,
    call: PlatformCall,
    page: OrderPage,
    progress: Progress,
  ): Promise<CanonicalOrder[]> {
    const fresh = page.items.filter(
      ({ platformOrderNo, modifiedAt }) =>
        !progress.seen.has(platformOrderNo) || progress.seen.get(platformOrderNo) !== modifiedAt,
    );
    for (const { platformOrderNo, modifiedAt } of fresh) progress.seen.set(platformOrderNo, modifiedAt);
    if (platform.manifest.capabilities.changedOrders === 'orders') {
      const wanted = new Set(fresh.map(({ platformOrderNo }) => platformOrderNo));
      return (page.orders ?? []).filter(({ platformOrderNo }) => wanted.has(platformOrderNo));
    }
    const orders: CanonicalOrder[] = [];
    const queue = [...new Set(fresh.map(({ platformOrderNo }) => platformOrderNo))];
    const take = async (): Promise<void> => {
      for (let no = queue.shift(); no !== undefined; no = queue.shift()) {
        const order = await this.detail(shop, platform, call, no);
        if (order) orders.push(order);
      }
    };
    await Promise.all(Array.from({ length: PARALLEL_DETAILS }, take));
    return orders;
  }

  private async detail(
    shop: ShopRow,
    platform: Platform,
    call: PlatformCall,
    no: string,
  ): Promise<CanonicalOrder | undefined> {
    try {
      return await platform.port.orderDetail(call, no);
    } catch (error) {
      if (judge(error).kind !== 'failure') throw error;
      log.warn(
        { shopId: shop.id, platformOrderNo: no, cause: (error as Error).message },
        'an order of a window cannot be read; it is tried on alone',
      );
      await inTransaction(this.dataSource, (tx) =>
        this.store.desk.request(tx, shop, 'order', [`${shop.id}/${no}`], 2_000),
      );
      return undefined;
    }
  }
}
