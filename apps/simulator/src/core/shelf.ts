import type { Core } from './core';
import { wholeSecond } from './times';
import type { ListingStory } from './story.types';

/** Puts a listing on sale or takes it off; nothing happens when it stands there already. Returns whether it moved. */
export function setShelf(core: Core, listing: ListingStory, isOnSale: boolean, at: number): boolean {
  const state = isOnSale ? 'on_sale' : 'off_shelf';
  if (listing.state === state) return false;
  listing.state = state;
  listing.modifiedAt = Math.max(wholeSecond(at), listing.modifiedAt);
  core.story.addListing(listing);
  return true;
}
