import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { createLogger, inTransaction, killPoint, toShanghaiIso } from '@app/shared';
import type { CanonicalOrder } from '@app/contracts';
import type { OrderPage, Platform, PlatformCall, Window } from '@app/platforms';
import { AfterSaleIntake } from '../after-sale/after-sale.intake';
import { RecentAfterSales } from '../after-sale/recent.after-sales';
import type { ShopRow } from '../shop/shop.types';
import { WorkDesk } from '../work/work.desk';
import { judge } from '../work/work.rules';
import { OrderIntake } from './order.intake';
import type { WindowKind } from './pull.kinds';
import { RecentOrders } from './recent.orders';

const log = createLogger('pull');
const PARALLEL_DETAILS = 8;
/** A window whose pages show fewer rows than the platform counts is listed so often; rows that moved on count as well. */
const MOST_READINGS = 2;

/** How far the reading of a window has come. */
export interface WindowProgress {
  /** Number → modification time as listed, of everything that has its verdict or is work of its own. */
  seen: Map<string, string | undefined>;
  stored: number;
  parked: number;
}

/** A window to be read. Of one that the schedule cut, what was read and stored since each change is not read again. */
export interface ReadSpan extends Window {
  isScheduled: boolean;
}

/** What changes of one kind are read and stored by; windows, plans and dry runs know nothing else of a kind. */
export interface ChangeReader {
  /** Reads a window and stores what it lists; resolves when everything listed has a verdict. */
  read(shop: ShopRow, window: ReadSpan, platform: Platform, call: PlatformCall): Promise<WindowProgress>;
  /** Numbers and modification times of a window, without storing anything. */
  list(window: Window, platform: Platform, call: PlatformCall): Promise<Map<string, string | undefined>>;
  /** What is stored of some numbers: number → the platform's modification time. */
  known(shop: ShopRow, numbers: readonly string[], window: Window): Promise<Map<string, Date>>;
}

function count(progress: WindowProgress, verdicts: ReadonlyMap<string, string>): void {
  const parked = [...verdicts.values()].filter((verdict) => verdict === 'parked').length;
  progress.parked += parked;
  progress.stored += verdicts.size - parked;
}

const begun = (): WindowProgress => ({ seen: new Map(), stored: 0, parked: 0 });

/**
 * Reads the pages of a window, and reads them once more when they showed fewer rows than the platform counted: a page may
 * leave rows out. What was seen before is not fetched again. Rows that stay hidden are left to the census.
 */
async function* counted<P extends { total?: number; list?: string }>(
  open: () => AsyncIterable<P> | Iterable<P>,
  seen: ReadonlyMap<string, unknown>,
): AsyncIterable<P> {
  for (let reading = 1; reading <= MOST_READINGS; reading += 1) {
    const totals = new Map<string, number>();
    for await (const page of open()) {
      totals.set(page.list ?? '', Math.max(totals.get(page.list ?? '') ?? 0, page.total ?? 0));
      yield page;
    }
    if ([...totals.values()].reduce((sum, total) => sum + total, 0) <= seen.size) return;
  }
}

/** Orders: pages of numbers, each read in full. */
@Injectable()
export class OrderReader implements ChangeReader {
  constructor(
    private readonly dataSource: DataSource,
    private readonly intake: OrderIntake,
    private readonly desk: WorkDesk,
    private readonly recent: RecentOrders,
  ) {}

  async read(shop: ShopRow, window: ReadSpan, platform: Platform, call: PlatformCall): Promise<WindowProgress> {
    const progress = begun();
    for await (const page of counted(() => platform.port.changedOrders(call, window), progress.seen)) {
      const left = window.isScheduled ? this.notStored(shop, page, progress) : page;
      await this.setAside(shop, page, left);
      const orders = await this.ordersOf(shop, platform, call, left, progress);
      if (orders.length === 0) continue;
      const verdicts = await this.intake.putTogether(shop, orders);
      killPoint('window.after-page');
      count(progress, verdicts);
    }
    return progress;
  }

  async list(window: Window, { port }: Platform, call: PlatformCall): Promise<Map<string, string | undefined>> {
    const listed = new Map<string, string | undefined>();
    for await (const page of port.changedOrders(call, window)) {
      for (const { platformOrderNo, modifiedAt } of page.items) listed.set(platformOrderNo, modifiedAt);
      for (const { platformOrderNo } of page.failed ?? [])
        if (platformOrderNo !== '' && !listed.has(platformOrderNo)) listed.set(platformOrderNo, undefined);
    }
    return listed;
  }

  known(shop: ShopRow, numbers: readonly string[]): Promise<Map<string, Date>> {
    return this.intake.known(shop, numbers);
  }

  /** What of a page has to be read; the rest is stored at the listed modification or a later one. */
  private notStored(shop: ShopRow, page: OrderPage, progress: WindowProgress): OrderPage {
    const items = page.items.filter(({ platformOrderNo: no, modifiedAt }) => {
      if (!this.recent.covers(shop.id, no, modifiedAt)) return true;
      if (!progress.seen.has(no)) progress.stored += 1;
      progress.seen.set(no, modifiedAt);
      return false;
    });
    return { ...page, items };
  }

  /**
   * Orders that were listed but could not be read become work of their own before anything else of the page is stored. They
   * do not count as seen, so the window is read once more and may show them in a form that can be read.
   */
  private async setAside(shop: ShopRow, page: OrderPage, left: OrderPage): Promise<void> {
    const stored = new Set(page.items.filter((item) => !left.items.includes(item)).map((item) => item.platformOrderNo));
    const failed = (page.failed ?? []).filter(({ platformOrderNo }) => !stored.has(platformOrderNo));
    if (failed.length === 0) return;
    log.warn(
      { shopId: shop.id, first: failed[0], count: failed.length },
      'orders of a window cannot be read; they are tried on alone',
    );
    const subjects = failed
      .filter(({ platformOrderNo: no }) => no !== '')
      .map((row) => `${shop.id}/${row.platformOrderNo}`);
    await inTransaction(this.dataSource, (tx) => this.desk.request(tx, shop, 'order', subjects, 2_000));
  }

  /** The orders of a page in full; one that cannot be read becomes work of its own and does not stop its window. */
  private async ordersOf(
    shop: ShopRow,
    platform: Platform,
    call: PlatformCall,
    page: OrderPage,
    progress: WindowProgress,
  ): Promise<CanonicalOrder[]> {
    const failed = new Set(page.failed?.map(({ platformOrderNo }) => platformOrderNo));
    const fresh = page.items.filter(
      ({ platformOrderNo, modifiedAt }) =>
        !failed.has(platformOrderNo) &&
        (!progress.seen.has(platformOrderNo) || progress.seen.get(platformOrderNo) !== modifiedAt),
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
      await inTransaction(this.dataSource, (tx) => this.desk.request(tx, shop, 'order', [`${shop.id}/${no}`], 2_000));
      return undefined;
    }
  }
}

/** After-sales: pages that carry them whole. */
@Injectable()
export class AfterSaleReader implements ChangeReader {
  constructor(
    private readonly dataSource: DataSource,
    private readonly intake: AfterSaleIntake,
    private readonly desk: WorkDesk,
    private readonly recent: RecentAfterSales,
  ) {}

  async read(shop: ShopRow, window: ReadSpan, platform: Platform, call: PlatformCall): Promise<WindowProgress> {
    const progress = begun();
    for await (const page of counted(() => platform.port.afterSales?.(call, window) ?? [], progress.seen)) {
      const fresh = page.afterSales.filter(
        ({ platformAfterSaleNo: no, modifiedAt }) => progress.seen.get(no) !== modifiedAt,
      );
      for (const { platformAfterSaleNo, modifiedAt } of fresh) progress.seen.set(platformAfterSaleNo, modifiedAt);
      await this.setAside(shop, page.failed ?? [], progress);
      const left = window.isScheduled ? fresh.filter((one) => !this.recent.holds(shop.id, one)) : fresh;
      progress.stored += fresh.length - left.length;
      if (left.length === 0) continue;
      const verdicts = await this.intake.put(shop, left);
      killPoint('window.after-page');
      count(progress, verdicts);
    }
    return progress;
  }

  async list(window: Window, { port }: Platform, call: PlatformCall): Promise<Map<string, string | undefined>> {
    const listed = new Map<string, string | undefined>();
    for await (const page of port.afterSales?.(call, window) ?? []) {
      for (const { platformAfterSaleNo, modifiedAt } of page.afterSales) listed.set(platformAfterSaleNo, modifiedAt);
      for (const { platformAfterSaleNo } of page.failed ?? []) listed.set(platformAfterSaleNo, undefined);
    }
    return listed;
  }

  known(shop: ShopRow, numbers: readonly string[], window: Window): Promise<Map<string, Date>> {
    return this.intake.known(shop, numbers, toShanghaiIso(window.from));
  }

  /** After-sales that were listed but could not be read become work of their own. */
  private async setAside(
    shop: ShopRow,
    failed: readonly { platformAfterSaleNo: string; reason: string }[],
    progress: WindowProgress,
  ): Promise<void> {
    const numbers = failed.map(({ platformAfterSaleNo }) => platformAfterSaleNo).filter((no) => no !== '');
    for (const no of numbers) progress.seen.set(no, undefined);
    if (failed.length === 0) return;
    log.warn(
      { shopId: shop.id, first: failed[0], count: failed.length },
      'after-sales of a window cannot be read; they are tried on alone',
    );
    const subjects = numbers.map((no) => `${shop.id}/${no}`);
    await inTransaction(this.dataSource, (tx) => this.desk.request(tx, shop, 'after-sale', subjects, 2_000));
  }
}

/** The reader of each kind. */
@Injectable()
export class ChangeReaders {
  private readonly readers: Record<WindowKind, ChangeReader>;

  constructor(orders: OrderReader, afterSales: AfterSaleReader) {
    this.readers = { orders, 'after-sales': afterSales };
  }

  of(kind: WindowKind): ChangeReader {
    return this.readers[kind];
  }
}
