import type { Core } from '../core/core';
import type { LogRecord } from '../core/event-log';
import type { OrderStory } from '../core/story.types';

/** A waybill number that was given out. */
export interface Waybill {
  carrier: string;
  waybillNo: string;
  shopId: string;
  /** The orders and the parcel for which it was taken; a repeat gets the same number. */
  key: string;
  orderNos: string[];
  request: unknown;
  isCancelled: boolean;
}

/**
 * Numbers given out by a platform's e-waybill service, which numbers were announced for which orders, and the keys
 * under which stock increments were done.
 */
export class WaybillBook {
  private readonly byNo = new Map<string, Waybill>();
  private readonly byKey = new Map<string, Waybill>();
  private readonly used = new Map<string, Set<OrderStory>>();
  private readonly stockKeys = new Set<string>();
  private readonly counts = new Map<string, { taken: number; cancelled: number }>();

  constructor(
    private readonly core: Core,
    private readonly platform: string,
  ) {
    core.story.onOrder((order) => {
      if (order.platform !== this.platform) return;
      for (const notice of order.notices) if (notice.waybillNo !== '') this.use(notice.waybillNo, order);
    });
  }

  replay(record: LogRecord): void {
    if (record.k === `${this.platform}:waybill`) this.put(record.waybill as Waybill);
    if (record.k === `${this.platform}:stock-key`) this.stockKeys.add(record.key as string);
  }

  find(waybillNo: string): Waybill | undefined {
    return this.byNo.get(waybillNo);
  }

  findByKey(key: string): Waybill | undefined {
    return this.byKey.get(key);
  }

  /** Every number in use that was taken for an order. */
  ofOrder(orderNo: string): Waybill[] {
    return [...this.byNo.values()].filter((one) => !one.isCancelled && one.orderNos.includes(orderNo));
  }

  save(waybill: Waybill): void {
    this.put(waybill);
    this.core.log.append({ k: `${this.platform}:waybill`, waybill });
  }

  /** Taken and cancelled numbers of a shop's account at a carrier. */
  countsOf(shopId: string, carrier: string): { taken: number; cancelled: number } {
    return this.counts.get(`${shopId}:${carrier}`) ?? { taken: 0, cancelled: 0 };
  }

  use(waybillNo: string, order: OrderStory): void {
    const known = this.used.get(waybillNo) ?? new Set<OrderStory>();
    known.add(order);
    this.used.set(waybillNo, known);
  }

  usedBy(waybillNo: string): OrderStory[] {
    return [...(this.used.get(waybillNo) ?? [])];
  }

  /** True when a stock increment with this key was already done. */
  isStockKeyUsed(shopId: string, key: string): boolean {
    return this.stockKeys.has(`${shopId}:${key}`);
  }

  useStockKey(shopId: string, key: string): void {
    this.stockKeys.add(`${shopId}:${key}`);
    this.core.log.append({ k: `${this.platform}:stock-key`, key: `${shopId}:${key}` });
  }

  private put(waybill: Waybill): void {
    const counted = this.countsOf(waybill.shopId, waybill.carrier);
    const known = this.byNo.get(waybill.waybillNo);
    if (!known) counted.taken += 1;
    if (waybill.isCancelled && !known?.isCancelled) counted.cancelled += 1;
    this.counts.set(`${waybill.shopId}:${waybill.carrier}`, counted);
    this.byNo.set(waybill.waybillNo, { ...waybill });
    if (!waybill.isCancelled) this.byKey.set(waybill.key, this.byNo.get(waybill.waybillNo)!);
    else if (this.byKey.get(waybill.key)?.waybillNo === waybill.waybillNo) this.byKey.delete(waybill.key);
  }
}
