import type { Core } from '../core/core';
import { SortedIndex } from '../core/sorted-index';
import type { ListingStory, OrderStory, RefundStory } from '../core/story.types';

/** An after-sale with the order to which it belongs. */
export interface RefundRow {
  order: OrderStory;
  refund: RefundStory;
}

/** Orders sorted by several instants; an order that was not paid stands in `paid` not at all. */
export class OrderIndexes {
  readonly created = new SortedIndex<OrderStory>();
  readonly modified = new SortedIndex<OrderStory>();
  readonly paid = new SortedIndex<OrderStory>();

  put(order: OrderStory): void {
    this.created.put(order, order.createdAt, order.seq);
    this.modified.put(order, order.modifiedAt, order.seq);
    if (order.paidAt !== undefined) this.paid.put(order, order.paidAt, order.seq);
  }
}

/** The sorted rows of one shop. `shown` holds only the orders that a call shows without being asked for more. */
export class ShopIndexes {
  readonly all = new OrderIndexes();
  readonly shown = new OrderIndexes();
  readonly refunds = { created: new SortedIndex<RefundRow>(), modified: new SortedIndex<RefundRow>() };
  readonly listings = { created: new SortedIndex<ListingStory>(), modified: new SortedIndex<ListingStory>() };
}

/** No order has more after-sales than this; it keeps their numbers in the sorted rows apart. */
const MOST_REFUNDS = 100_000;

/** Keeps the rows of every shop of a platform sorted, so that no list call reads more than its window. */
export class PlatformIndexes {
  private readonly shops = new Map<string, ShopIndexes>();
  private readonly refundRows = new Map<string, RefundRow>();

  constructor(
    core: Core,
    platform: string,
    private readonly isShown: (order: OrderStory) => boolean = () => true,
  ) {
    core.story.onOrder((order) => {
      if (order.platform === platform) this.putOrder(order);
    });
    core.story.onListing((listing) => {
      if (listing.platform !== platform) return;
      const own = this.of(listing.shopId).listings;
      own.created.put(listing, listing.createdAt, listing.seq);
      own.modified.put(listing, listing.modifiedAt, listing.seq);
    });
  }

  of(shopId: string): ShopIndexes {
    const known = this.shops.get(shopId);
    if (known) return known;
    const fresh = new ShopIndexes();
    this.shops.set(shopId, fresh);
    return fresh;
  }

  refund(no: string): RefundRow | undefined {
    return this.refundRows.get(no);
  }

  private putOrder(order: OrderStory): void {
    const own = this.of(order.shopId);
    own.all.put(order);
    if (this.isShown(order)) own.shown.put(order);
    for (const [position, refund] of order.refunds.entries()) {
      const row = this.refundRows.get(refund.no) ?? { order, refund };
      row.refund = refund;
      this.refundRows.set(refund.no, row);
      const seq = order.seq * MOST_REFUNDS + position;
      own.refunds.created.put(row, refund.createdAt, seq);
      own.refunds.modified.put(row, refund.modifiedAt, seq);
    }
  }
}
