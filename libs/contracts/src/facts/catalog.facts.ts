import { Type, type Static } from '@sinclair/typebox';
import { defineFact } from '@app/shared';

const Id = Type.String({ minLength: 1, maxLength: 200 });

/** What a platform's listing SKU is made of. `linkId` is `<shopId>/<listingSkuId>`. */
export const ListingLinkItem = Type.Object({
  linkId: Id,
  linkVersion: Type.Integer({ minimum: 1 }),
  shopId: Id,
  platform: Type.String(),
  listingId: Id,
  listingSkuId: Id,
  title: Type.String(),
  merchantCode: Type.Union([Type.String(), Type.Null()]),
  /** Whether the listing is on the platform's shelf. */
  isOnShelf: Type.Boolean(),
  /** False while nobody knows which SKU it is; then components is empty. */
  isLinked: Type.Boolean(),
  /** True for listings without goods. */
  noStock: Type.Boolean(),
  components: Type.Array(Type.Object({ skuId: Id, skuCode: Type.String(), quantity: Type.Integer({ minimum: 1 }) })),
});
export type ListingLinkItem = Static<typeof ListingLinkItem>;

/** A listing SKU appeared, changed, or was linked otherwise. */
export const listingChanged = defineFact({
  name: 'listing.changed',
  producer: 'catalog',
  consumers: ['orders', 'sync'],
  subjectKind: 'listing-sku',
  subjectField: 'linkId',
  versionField: 'linkVersion',
  schema: ListingLinkItem,
});

/** A merchant's SKU. */
export const SkuItem = Type.Object({
  skuId: Id,
  skuVersion: Type.Integer({ minimum: 1 }),
  code: Id,
  name: Type.String(),
  spec: Type.Record(Type.String(), Type.String()),
  isActive: Type.Boolean(),
});
export type SkuItem = Static<typeof SkuItem>;

/** A SKU was made or changed. */
export const skuChanged = defineFact({
  name: 'sku.changed',
  producer: 'catalog',
  consumers: ['inventory', 'logistics'],
  subjectKind: 'sku',
  subjectField: 'skuId',
  versionField: 'skuVersion',
  schema: SkuItem,
});
