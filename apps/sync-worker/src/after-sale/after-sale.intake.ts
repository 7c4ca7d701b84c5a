import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppError, chunk, inTransaction, ServiceHttp, type Page } from '@app/shared';
import type { CanonicalAfterSale, IntakeVerdict, PlatformAfterSalesAnswer } from '@app/contracts';
import type { ShopRow } from '../shop/shop.types';
import { WorkDesk } from '../work/work.desk';
import { RecentAfterSales } from './recent.after-sales';

const BATCH = 100;
const STORE_TIMEOUT_MS = 30_000;
const PAGE = 500;
/** Pages of stored after-sales that are read at most for one comparison or look. */
const MOST_PAGES = 100;
const PARALLEL_LOOKS = 8;
/** Verdicts after which orders holds what was handed over. */
const HELD: ReadonlySet<IntakeVerdict> = new Set(['stored', 'updated', 'unchanged']);

/** An after-sale as orders lists it; what is read of it here. */
export interface StoredAfterSale {
  shopId: string;
  platformAfterSaleNo: string;
  platformOrderNo: string;
  modifiedAt: string;
}

/** After-sales in the orders service, as the pull needs it. */
@Injectable()
export class AfterSaleIntake {
  constructor(
    private readonly dataSource: DataSource,
    private readonly http: ServiceHttp,
    private readonly desk: WorkDesk,
    private readonly recent: RecentAfterSales,
  ) {}

  /**
   * Hands after-sales over; resolves with a verdict for each, or throws: then nothing may be taken as stored. The orders
   * of those that came before their order are pulled at once.
   */
  async put(shop: ShopRow, afterSales: readonly CanonicalAfterSale[]): Promise<Map<string, IntakeVerdict>> {
    const verdicts = new Map<string, IntakeVerdict>();
    for (const items of chunk(afterSales, BATCH)) {
      const answer = await this.http.put<PlatformAfterSalesAnswer>(
        this.http.at('orders', '/v1/platform-after-sales'),
        { shopId: shop.id, items },
        { companyId: shop.companyId, timeoutMs: STORE_TIMEOUT_MS },
      );
      for (const { platformAfterSaleNo, verdict } of answer.items) verdicts.set(platformAfterSaleNo, verdict);
      const missing = items.filter(({ platformAfterSaleNo }) => !verdicts.has(platformAfterSaleNo));
      if (missing.length > 0)
        throw new AppError(
          'ORDERS.UNAVAILABLE',
          `Orders gave no verdict for ${missing.length} of ${items.length} after-sales, first ${missing[0]!.platformAfterSaleNo}.`,
        );
      this.remember(shop, items, answer);
      const orphans = answer.items
        .filter(({ isOrphan }) => isOrphan)
        .map((item) => `${shop.id}/${item.platformOrderNo}`);
      if (orphans.length > 0)
        await inTransaction(this.dataSource, (tx) => this.desk.request(tx, shop, 'order', orphans));
    }
    return verdicts;
  }

  /** Those whose order is not here are handed over again each time they are seen, so that the order is asked for again. */
  private remember(shop: ShopRow, items: readonly CanonicalAfterSale[], answer: PlatformAfterSalesAnswer): void {
    const held = new Set(
      answer.items
        .filter(({ verdict, isOrphan }) => HELD.has(verdict) && !isOrphan)
        .map(({ platformAfterSaleNo }) => platformAfterSaleNo),
    );
    for (const item of items)
      if (held.has(item.platformAfterSaleNo)) this.recent.note(shop.id, item);
      else this.recent.forget(shop.id, item.platformAfterSaleNo);
  }

  /**
   * What is stored of some after-sales: number → the platform's modification time. One that was modified from a moment
   * on was stored after it, so a list from there finds most of them; the rest is asked for one by one.
   */
  async known(shop: ShopRow, numbers: readonly string[], updatedFrom: string): Promise<Map<string, Date>> {
    const wanted = new Set(numbers);
    const known = new Map<string, Date>();
    const keep = ({ platformAfterSaleNo: no, modifiedAt }: StoredAfterSale): void => {
      if (wanted.has(no)) known.set(no, new Date(modifiedAt));
    };
    const listed = await this.list(shop.companyId, { shopId: shop.id, updatedFrom });
    listed.items.forEach(keep);
    const queue = numbers.filter((no) => !known.has(no));
    const look = async (): Promise<void> => {
      for (let no = queue.shift(); no !== undefined; no = queue.shift()) {
        const found = await this.list(shop.companyId, { shopId: shop.id, platformAfterSaleNo: no });
        found.items.forEach(keep);
      }
    };
    await Promise.all(Array.from({ length: PARALLEL_LOOKS }, look));
    return known;
  }

  /** After-sales of a company whose order is not here; `isWhole` false when there are more than are read. */
  orphans(companyId: string): Promise<{ items: StoredAfterSale[]; isWhole: boolean }> {
    return this.list(companyId, { orphan: 'true' });
  }

  private async list(
    companyId: string,
    filter: Record<string, string>,
  ): Promise<{ items: StoredAfterSale[]; isWhole: boolean }> {
    const items: StoredAfterSale[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const query = new URLSearchParams({ ...filter, limit: String(PAGE), ...(cursor === null ? {} : { cursor }) });
      const answer: Page<StoredAfterSale> = await this.http.get<Page<StoredAfterSale>>(
        this.http.at('orders', `/v1/after-sales?${query.toString()}`),
        { companyId, timeoutMs: STORE_TIMEOUT_MS },
      );
      items.push(...answer.items);
      cursor = answer.nextCursor;
      if (cursor === null) return { items, isWhole: true };
    }
    return { items, isWhole: false };
  }
}
