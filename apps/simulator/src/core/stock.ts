import type { Core } from './core';
import type { ListingSku, ListingStory, OrderStory } from './story.types';

interface Units {
  listing: ListingStory;
  sku: ListingSku;
  lineNo: string;
  quantity: number;
}

function unitsOf(core: Core, order: OrderStory): Units[] {
  const units: Units[] = [];
  for (const line of order.lines) {
    const listing = core.story.listing(order.platform, line.listingId);
    const sku = listing?.skus.find((one) => one.id === line.listingSkuId);
    if (listing && sku && !listing.isNoStock) units.push({ listing, sku, lineNo: line.no, quantity: line.quantity });
  }
  return units;
}

/** A new order takes its units when the listing deducts on ordering, and only holds them when it deducts on payment. */
export function takeOrderedUnits(core: Core, order: OrderStory, at: number): void {
  for (const { listing, sku, quantity } of unitsOf(core, order)) {
    core.story.changeSku(
      listing,
      sku,
      (one) => {
        if (listing.deductsOn === 'order') one.quantity = Math.max(0, one.quantity - quantity);
        else one.held += quantity;
      },
      at,
    );
  }
}

/** A payment turns held units into sold ones. Returns the lines for which the listing had too few units. */
export function takePaidUnits(core: Core, order: OrderStory, at: number): Set<string> {
  const oversold = new Set<string>();
  for (const { listing, sku, lineNo, quantity } of unitsOf(core, order)) {
    core.story.changeSku(
      listing,
      sku,
      (one) => {
        one.sold += quantity;
        if (listing.deductsOn === 'order') return;
        if (one.quantity < quantity) oversold.add(lineNo);
        one.quantity = Math.max(0, one.quantity - quantity);
        one.held = Math.max(0, one.held - quantity);
      },
      at,
    );
  }
  return oversold;
}

/** A cancelled unpaid order gives its units back. A refund does not: the seller tells the number himself. */
export function returnUnits(core: Core, order: OrderStory, at: number): void {
  for (const { listing, sku, quantity } of unitsOf(core, order)) {
    core.story.changeSku(
      listing,
      sku,
      (one) => {
        if (listing.deductsOn === 'order') one.quantity += quantity;
        else one.held = Math.max(0, one.held - quantity);
      },
      at,
    );
  }
}
