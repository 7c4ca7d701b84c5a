import type { CanonicalListing, ListingLinkItem } from '@app/contracts';
import { bodyHash } from '@app/shared';

/** A SKU of the merchant and how many pieces of it one sold piece has. */
export interface Component {
  skuId: string;
  quantity: number;
}

/** A listing's SKU with its link. */
export interface ListingSku {
  shopId: string;
  listingSkuId: string;
  listingId: string;
  merchantCode: string | null;
  barcode: string | null;
  specText: string | null;
  priceFen: number;
  quantity: number;
  status: string;
  isLinked: boolean;
  noStock: boolean;
  components: Component[];
  linkedBy: 'rule' | 'person' | null;
  linkVersion: number;
  told: string;
}

/** What the platform says of a listing's SKU. */
export type PlatformPart = Pick<
  ListingSku,
  'shopId' | 'listingSkuId' | 'listingId' | 'merchantCode' | 'barcode' | 'specText' | 'priceFen' | 'quantity' | 'status'
>;

/** Content by which two pulls of a listing are told apart: all but the time of the pull and the raw text. */
export function contentHash(listing: CanonicalListing): string {
  const { fetchedAt: _fetchedAt, raw: _raw, ...content } = listing;
  return bodyHash(content);
}

function codeOf(text: string | undefined): string | null {
  return text?.trim() || null;
}

/** The SKUs of a listing as the platform says them. A listing of one SKU lends it its own code when it has none. */
export function platformParts(shopId: string, listing: CanonicalListing): PlatformPart[] {
  const lent = listing.skus.length === 1 ? codeOf(listing.merchantCode) : null;
  return listing.skus.map((sku) => ({
    shopId,
    listingSkuId: sku.listingSkuId,
    listingId: listing.listingId,
    merchantCode: codeOf(sku.merchantCode) ?? lent,
    barcode: sku.barcode ?? null,
    specText: sku.specText ?? null,
    priceFen: sku.priceFen,
    quantity: sku.quantity,
    status: listing.status === 'deleted' ? 'deleted' : sku.status,
  }));
}

/** Whether a pulled listing is older than what is stored: by the platform's own time, else by the time of the pull. */
export function isOlder(
  pulled: { modifiedAt: Date | null; fetchedAt: Date },
  stored: { modifiedAt: Date | null; fetchedAt: Date },
): boolean {
  const a = pulled.modifiedAt?.getTime();
  const b = stored.modifiedAt?.getTime();
  if (a !== undefined && b !== undefined && a !== b) return a < b;
  return pulled.fetchedAt < stored.fetchedAt;
}

/**
 * Links by the merchant's code: exactly equal, else not at all. A person's link is never touched; a link of the rule
 * follows the code.
 */
export function linkByRule(sku: ListingSku, skuIdByCode: ReadonlyMap<string, string>): ListingSku {
  if (sku.linkedBy === 'person') return sku;
  const skuId = sku.merchantCode === null ? undefined : skuIdByCode.get(sku.merchantCode);
  if (skuId === undefined) return { ...sku, isLinked: false, noStock: false, components: [], linkedBy: null };
  return { ...sku, isLinked: true, noStock: false, components: [{ skuId, quantity: 1 }], linkedBy: 'rule' };
}

/** Head of a listing as facts need it. */
export interface ListingHead {
  platform: string;
  title: string;
  status: string;
}

/** The fact of a listing's SKU. */
export function linkItem(sku: ListingSku, head: ListingHead, codes: ReadonlyMap<string, string>): ListingLinkItem {
  return {
    linkId: `${sku.shopId}/${sku.listingSkuId}`,
    linkVersion: sku.linkVersion,
    shopId: sku.shopId,
    platform: head.platform,
    listingId: sku.listingId,
    listingSkuId: sku.listingSkuId,
    title: head.title,
    merchantCode: sku.merchantCode,
    isOnShelf: head.status === 'on_shelf' && sku.status === 'on_shelf',
    isLinked: sku.isLinked,
    noStock: sku.noStock,
    components: sku.components.map(({ skuId, quantity }) => ({ skuId, skuCode: codes.get(skuId) ?? skuId, quantity })),
  };
}

/** What of a fact decides whether it is told again: all but its version. */
export function toldText(item: ListingLinkItem): string {
  const { linkVersion: _linkVersion, ...content } = item;
  return JSON.stringify(content);
}
