import type { CanonicalListing } from '@app/contracts';

/** The one listing of the fake platform, as it shows it at a time. */
export function listingOf(
  { stock, isOnShelf }: { stock: ReadonlyMap<string, number>; isOnShelf: boolean },
  at: Date,
): CanonicalListing {
  return {
    listingId: 'item1',
    title: 'T恤',
    status: isOnShelf ? 'on_shelf' : 'off_shelf',
    deductsOn: 'pay',
    fetchedAt: at.toISOString(),
    currency: 'CNY',
    skus: [...stock].map(([listingSkuId, quantity]) => ({
      listingSkuId,
      merchantCode: listingSkuId,
      priceFen: 100,
      quantity,
      status: 'on_shelf' as const,
    })),
  };
}
