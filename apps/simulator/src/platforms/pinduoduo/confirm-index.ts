import type { Core } from '../../core/core';
import { SortedIndex } from '../../core/sorted-index';
import type { OrderStory } from '../../core/story.types';

/**
 * When an order was confirmed: paid and its group formed, which is one instant here; of a deposit order when the deposit
 * was paid. Before that no call shows it (Pinduoduo sheet §5.1).
 */
export const confirmedAt = (order: OrderStory): number | undefined => order.depositPaidAt ?? order.paidAt;

/** The orders of every shop sorted by their confirmation. */
export class ConfirmIndex {
  private readonly shops = new Map<string, SortedIndex<OrderStory>>();

  constructor(core: Core) {
    core.story.onOrder((order) => {
      const at = order.platform === 'pinduoduo' ? confirmedAt(order) : undefined;
      if (at !== undefined) this.of(order.shopId).put(order, at, order.seq);
    });
  }

  of(shopId: string): SortedIndex<OrderStory> {
    const known = this.shops.get(shopId);
    if (known) return known;
    const fresh = new SortedIndex<OrderStory>();
    this.shops.set(shopId, fresh);
    return fresh;
  }
}
