import type { OccupiedPieces } from '@app/contracts';
import { invariant } from '@app/shared';

function changed(
  occupied: readonly OccupiedPieces[],
  shopId: string,
  change: (shop: OccupiedPieces) => OccupiedPieces,
): readonly OccupiedPieces[] {
  const shop = occupied.find((one) => one.shopId === shopId);
  if (!shop) return [...occupied, change({ shopId, departed: 0, listings: [] })];
  return occupied.map((one) => (one === shop ? change(one) : one));
}

/** More or fewer pieces held for orders of a listing; listings without pieces are left out. The input stays as it is. */
export function withOccupied(
  occupied: readonly OccupiedPieces[],
  shopId: string,
  listingSkuId: string,
  delta: number,
): readonly OccupiedPieces[] {
  if (delta === 0) return occupied;
  return changed(occupied, shopId, (shop) => {
    const pieces = (shop.listings.find((one) => one.listingSkuId === listingSkuId)?.pieces ?? 0) + delta;
    invariant(pieces >= 0, `listing ${listingSkuId} of shop ${shopId} would occupy ${pieces} pieces`);
    const others = shop.listings.filter((one) => one.listingSkuId !== listingSkuId);
    return { ...shop, listings: pieces === 0 ? others : [...others, { listingSkuId, pieces }] };
  });
}

/** Counts pieces that left in a parcel of a shop. The input stays as it is. */
export function withDeparted(
  occupied: readonly OccupiedPieces[],
  shopId: string,
  pieces: number,
): readonly OccupiedPieces[] {
  return changed(occupied, shopId, (shop) => ({ ...shop, departed: shop.departed + pieces }));
}
