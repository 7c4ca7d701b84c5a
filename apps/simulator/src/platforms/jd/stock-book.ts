import type { Core } from '../../core/core';
import type { ListingSku, OrderState, OrderStory } from '../../core/story.types';

/** States in which paid goods have not left. */
const BOOKED: readonly OrderState[] = ['paid', 'paid_blocked', 'part_shipped'];

/**
 * How many units of a SKU are paid for and have not left. JD's `stockNum` is what lies in the warehouse; what can be
 * sold is that less these units (JD sheet §8.2, an inference).
 */
export class StockBook {
  private readonly booked = new Map<string, number>();
  /** Units that are booked beyond what the shop said to have in the warehouse; while there are any, nothing is for sale. */
  private readonly beyond = new Map<string, number>();
  private readonly ofOrder = new WeakMap<OrderStory, Map<string, number>>();

  constructor(core: Core) {
    core.story.onOrder((order) => {
      if (order.platform === 'jd') this.follow(order);
    });
    // A refund before shipping leaves the goods where they are: what was booked can be sold again.
    core.story.onStep(({ verb, order, at }) => {
      if (order.platform !== 'jd' || verb !== 'refund-done' || order.notices.length > 0) return;
      for (const line of order.lines) {
        const listing = core.story.listing('jd', line.listingId);
        const sku = listing?.skus.find((one) => one.id === line.listingSkuId);
        if (line.state !== 'closed' || !listing || !sku || listing.isNoStock) continue;
        const covered = Math.min(this.beyond.get(sku.id) ?? 0, line.quantity);
        this.beyond.set(sku.id, (this.beyond.get(sku.id) ?? 0) - covered);
        core.story.changeSku(listing, sku, (one) => void (one.quantity += line.quantity - covered), at);
      }
    });
  }

  /** Units that are booked by paid orders. */
  bookedOf(skuId: string): number {
    return this.booked.get(skuId) ?? 0;
  }

  /** Units in the warehouse. */
  onHand(sku: ListingSku): number {
    return sku.quantity + this.bookedOf(sku.id) - (this.beyond.get(sku.id) ?? 0);
  }

  /** Takes the shop's word for what lies in the warehouse; answers what of it can be sold. */
  setOnHand(skuId: string, onHand: number): number {
    const booked = this.bookedOf(skuId);
    this.beyond.set(skuId, Math.max(0, booked - onHand));
    return Math.max(0, onHand - booked);
  }

  private follow(order: OrderStory): void {
    const before = this.ofOrder.get(order) ?? new Map<string, number>();
    const now = new Map<string, number>();
    if (BOOKED.includes(order.state)) {
      for (const line of order.lines) {
        if (line.isNoStock || !BOOKED.includes(line.state)) continue;
        const open = line.quantity - line.shippedQuantity;
        now.set(line.listingSkuId, (now.get(line.listingSkuId) ?? 0) + open);
      }
    }
    for (const [skuId, units] of before) this.booked.set(skuId, this.bookedOf(skuId) - units);
    for (const [skuId, units] of now) this.booked.set(skuId, this.bookedOf(skuId) + units);
    for (const skuId of before.keys())
      this.beyond.set(skuId, Math.min(this.beyond.get(skuId) ?? 0, this.bookedOf(skuId)));
    this.ofOrder.set(order, now);
  }
}
