import type { Core } from '../../core/core';
import { SortedIndex } from '../../core/sorted-index';
import type { OrderStory, RefundStory } from '../../core/story.types';
import type { RefundRow } from '../../kit/shop-indexes';
import { isApplication } from './words';

/** The sorted after-sales of one shop. */
export class ShopAfterSales {
  /** Applications for a refund, by when they were asked and by when they were last decided on. */
  readonly applied = new SortedIndex<RefundRow>();
  readonly checked = new SortedIndex<RefundRow>();
  /** Service orders, by when they were asked, changed, and by when the buyer's parcel was told. */
  readonly served = new SortedIndex<RefundRow>();
  readonly updated = new SortedIndex<RefundRow>();
  readonly freight = new SortedIndex<RefundRow>();
}

/** When the status of an application last changed; undefined while nobody has looked at it. */
export const checkedAt = (refund: RefundStory): number | undefined =>
  refund.state === 'asked' ? undefined : refund.modifiedAt;

/** When a service order changed; a number of the buyer's parcel does not count (JD sheet §7.2). */
export const updatedAt = (refund: RefundStory): number =>
  refund.state === 'sent_back' && !refund.isMoneyAgreed ? (refund.agreedAt ?? refund.createdAt) : refund.modifiedAt;

/** No order has more after-sales than this; it keeps their numbers in the sorted rows apart. */
const MOST_REFUNDS = 100_000;

/** Keeps the after-sales of every shop sorted by the clocks that JD has for them. */
export class AfterSaleIndex {
  private readonly shops = new Map<string, ShopAfterSales>();
  private readonly rows = new Map<string, RefundRow>();

  constructor(core: Core) {
    core.story.onOrder((order) => {
      if (order.platform === 'jd') this.follow(order);
    });
  }

  of(shopId: string): ShopAfterSales {
    const known = this.shops.get(shopId);
    if (known) return known;
    const fresh = new ShopAfterSales();
    this.shops.set(shopId, fresh);
    return fresh;
  }

  private follow(order: OrderStory): void {
    const own = this.of(order.shopId);
    for (const [position, refund] of order.refunds.entries()) {
      const row = this.rows.get(refund.no) ?? { order, refund };
      row.refund = refund;
      this.rows.set(refund.no, row);
      const seq = order.seq * MOST_REFUNDS + position;
      if (isApplication(refund)) {
        own.applied.put(row, refund.createdAt, seq);
        const decided = checkedAt(refund);
        if (decided !== undefined) own.checked.put(row, decided, seq);
        continue;
      }
      own.served.put(row, refund.createdAt, seq);
      own.updated.put(row, updatedAt(refund), seq);
      if (refund.returnedAt !== undefined) own.freight.put(row, refund.returnedAt, seq);
    }
  }
}
