import type { Core } from '../../core/core';
import { SortedIndex } from '../../core/sorted-index';
import type { ListingStory, OrderStory, RefundStory } from '../../core/story.types';
import { coversType, DEFAULT_TYPES, typeOf } from './words';

/** A refund with the order to which it belongs. */
export interface RefundRow {
  order: OrderStory;
  refund: RefundStory;
}

/** The sorted rows of one shop. `shown` holds only the types that a call without `type` shows. */
export class ShopIndexes {
  readonly all = { created: new SortedIndex<OrderStory>(), modified: new SortedIndex<OrderStory>() };
  readonly shown = { created: new SortedIndex<OrderStory>(), modified: new SortedIndex<OrderStory>() };
  readonly refunds = new SortedIndex<RefundRow>();
  readonly listings = new SortedIndex<ListingStory>();
}

/** Keeps the rows of every shop sorted, so that no list call reads more than its window. */
export class TaobaoIndexes {
  private readonly shops = new Map<string, ShopIndexes>();
  private readonly refundRows = new Map<string, RefundRow>();

  constructor(core: Core, platform: string) {
    core.story.onOrder((order) => {
      if (order.platform === platform) this.putOrder(order);
    });
    core.story.onListing((listing) => {
      if (listing.platform === platform) this.of(listing.shopId).listings.put(listing, listing.modifiedAt, listing.seq);
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
    own.all.created.put(order, order.createdAt, order.seq);
    own.all.modified.put(order, order.modifiedAt, order.seq);
    if (coversType(DEFAULT_TYPES, typeOf(order))) {
      own.shown.created.put(order, order.createdAt, order.seq);
      own.shown.modified.put(order, order.modifiedAt, order.seq);
    }
    for (const refund of order.refunds) {
      const row = this.refundRows.get(refund.no) ?? { order, refund };
      row.refund = refund;
      this.refundRows.set(refund.no, row);
      own.refunds.put(row, refund.modifiedAt, Number(refund.no.slice(4, 14)));
    }
  }
}
