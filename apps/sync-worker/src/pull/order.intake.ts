import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  AppError,
  chunk,
  inStatement,
  inTransaction,
  ServiceHttp,
  STORY_CLOCK,
  Turnstile,
  type StoryClock,
} from '@app/shared';
import type { CanonicalOrder, IntakeVerdict, KnownOrdersAnswer, PlatformOrdersAnswer } from '@app/contracts';
import { GapRepository } from '../census/gap.repository';
import type { ShopRow } from '../shop/shop.types';
import { OrderAlarms } from './order.alarms';
import { RecentOrders } from './recent.orders';

const BATCH = 100;
const KNOWN_BATCH = 500;
const STORE_TIMEOUT_MS = 30_000;

/** Orders of one shop that are handed over at once. */
interface Batch {
  shop: ShopRow;
  orders: readonly CanonicalOrder[];
}

/** How the handing over of a batch ended. */
type Put = { verdicts: Map<string, IntakeVerdict> } | { error: unknown };

/** How many of the waiting batches make one page; an order stands in it once, since verdicts go by its number. */
function pageOf(waiting: readonly Batch[]): number {
  const numbers = new Set<string>();
  const tooMany = waiting.findIndex(({ orders }) => {
    const isRepeated = orders.some(({ platformOrderNo }) => numbers.has(platformOrderNo));
    for (const { platformOrderNo } of orders) numbers.add(platformOrderNo);
    return isRepeated || numbers.size > BATCH;
  });
  return tooMany === -1 ? waiting.length : Math.max(1, tooMany);
}

/** The orders service, as the pull needs it. */
@Injectable()
export class OrderIntake {
  private readonly pages = new Turnstile<Batch, Put>((some) => this.putPage(some), pageOf);

  constructor(
    private readonly dataSource: DataSource,
    private readonly http: ServiceHttp,
    private readonly gaps: GapRepository,
    private readonly alarms: OrderAlarms,
    private readonly recent: RecentOrders,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
  ) {}

  /** Hands orders over; resolves with a verdict for each, or throws: then nothing may be taken as stored. */
  async put(shop: ShopRow, orders: readonly CanonicalOrder[]): Promise<Map<string, IntakeVerdict>> {
    const verdicts = new Map<string, IntakeVerdict>();
    for (const items of chunk(orders, BATCH)) {
      const url = this.http.at('orders', '/v1/platform-orders');
      const answer = await this.http.put<PlatformOrdersAnswer>(
        url,
        { shopId: shop.id, items },
        { companyId: shop.companyId, timeoutMs: STORE_TIMEOUT_MS },
      );
      for (const { platformOrderNo, verdict } of answer.items) verdicts.set(platformOrderNo, verdict);
      const missing = items.filter(({ platformOrderNo }) => !verdicts.has(platformOrderNo));
      if (missing.length > 0)
        throw new AppError(
          'ORDERS.UNAVAILABLE',
          `Orders gave no verdict for ${missing.length} of ${items.length} orders, first ${missing[0]!.platformOrderNo}.`,
        );
    }
    await this.tidy(shop, orders, verdicts);
    this.recent.note(shop.id, orders, verdicts);
    return verdicts;
  }

  /**
   * The same for orders of windows: those that a shop's other windows bring meanwhile share the next request, since a
   * window of half an hour seldom fills one. What fills half a request does not wait for others.
   */
  async putTogether(shop: ShopRow, orders: readonly CanonicalOrder[]): Promise<Map<string, IntakeVerdict>> {
    if (orders.length > BATCH / 2) return this.put(shop, orders);
    const put = await this.pages.enter(`${shop.companyId}/${shop.id}`, { shop, orders });
    if ('error' in put) throw put.error;
    return put.verdicts;
  }

  /** Never throws. When a shared request fails each has one of its own, so that no order holds up another window's. */
  private async putPage(batches: readonly Batch[]): Promise<Put[]> {
    try {
      const verdicts = await this.put(
        batches[0]!.shop,
        batches.flatMap(({ orders }) => orders),
      );
      return batches.map(({ orders }) => ({
        verdicts: new Map(orders.map(({ platformOrderNo: no }): [string, IntakeVerdict] => [no, verdicts.get(no)!])),
      }));
    } catch (error) {
      if (batches.length === 1) return [{ error }];
      return (await Promise.all(batches.map((batch) => this.putPage([batch])))).flat();
    }
  }

  /** Closes the gaps of stored orders and reviews the alarms about them. Mostly nothing is open, which one look tells. */
  private async tidy(
    shop: ShopRow,
    orders: readonly CanonicalOrder[],
    verdicts: ReadonlyMap<string, IntakeVerdict>,
  ): Promise<void> {
    const numbers = [...verdicts.keys()];
    const isQuiet =
      !this.alarms.isTroubled(orders, verdicts) &&
      !(await inStatement(this.dataSource, (tx) => this.alarms.isAnythingOpen(tx, shop, numbers)));
    if (isQuiet) return;
    const stored = [...verdicts].filter(([, verdict]) => verdict !== 'parked').map(([no]) => no);
    await inTransaction(this.dataSource, async (tx) => {
      await this.gaps.close(tx, shop.companyId, shop.id, stored, this.story.now());
      await this.alarms.review(tx, shop, orders, verdicts);
    });
  }

  /** The mark of the receiver that is stored of an order; empty when there is none. */
  async receiverMark(shop: ShopRow, platformOrderNo: string): Promise<string> {
    return (await this.knownOne(shop, platformOrderNo))?.receiverMark ?? '';
  }

  /** What is stored of one order; undefined when it is not. */
  async knownOne(shop: ShopRow, platformOrderNo: string): Promise<KnownOrdersAnswer['items'][number] | undefined> {
    const answer = await this.http.post<KnownOrdersAnswer>(
      this.http.at('orders', '/v1/platform-orders/known'),
      { shopId: shop.id, platformOrderNos: [platformOrderNo] },
      { companyId: shop.companyId, timeoutMs: STORE_TIMEOUT_MS },
    );
    return answer.items[0];
  }

  /** What is stored of some orders: number → the platform's modification time. */
  async known(shop: ShopRow, platformOrderNos: readonly string[]): Promise<Map<string, Date>> {
    const known = new Map<string, Date>();
    for (const part of chunk(platformOrderNos, KNOWN_BATCH)) {
      const url = this.http.at('orders', '/v1/platform-orders/known');
      const answer = await this.http.post<KnownOrdersAnswer>(
        url,
        { shopId: shop.id, platformOrderNos: part },
        { companyId: shop.companyId, timeoutMs: STORE_TIMEOUT_MS },
      );
      for (const item of answer.items) known.set(item.platformOrderNo, new Date(item.modifiedAt));
    }
    return known;
  }
}
