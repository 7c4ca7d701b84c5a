import { Static, Type } from '@sinclair/typebox';
import { CountSchema, FenSchema, FreeTextSchema, InstantSchema, PlatformIdSchema } from './canonical-parts';

/** Whether a listing is for sale. */
export const ListingStatusSchema = Type.Union(
  [Type.Literal('on_shelf'), Type.Literal('off_shelf'), Type.Literal('deleted'), Type.Literal('unknown')],
  { title: 'ListingStatus' },
);
export type ListingStatus = Static<typeof ListingStatusSchema>;

/** One purchasable variant of a listing. */
export const CanonicalListingSkuSchema = Type.Object(
  {
    listingSkuId: PlatformIdSchema('SKU of the listing; the listing id itself when the listing has no SKUs'),
    merchantCode: Type.Optional(Type.String({ maxLength: 256, description: "The merchant's own code" })),
    barcode: Type.Optional(Type.String({ maxLength: 128 })),
    specText: Type.Optional(FreeTextSchema('Readable specification, e.g. `颜色分类:黑色;尺码:XL`', 1_024)),
    priceFen: FenSchema('Price shown to buyers'),
    quantity: CountSchema("Stock that the platform shows, in the unit of the manifest's stockMeans"),
    withHold: Type.Optional(
      CountSchema('Pieces held by unpaid orders; a number below it is refused where stock is deducted on payment'),
    ),
    status: ListingStatusSchema,
  },
  { additionalProperties: false, title: 'CanonicalListingSku' },
);
export type CanonicalListingSku = Static<typeof CanonicalListingSkuSchema>;

/** What a shop offers on a platform. */
export const CanonicalListingSchema = Type.Object(
  {
    listingId: PlatformIdSchema('Item, goods or ware id'),
    merchantCode: Type.Optional(
      Type.String({ maxLength: 256, description: "The merchant's own code of the whole listing" }),
    ),
    title: FreeTextSchema('Title', 1_024),
    imageUrl: Type.Optional(Type.String({ maxLength: 2_048 })),
    status: ListingStatusSchema,
    rawStatus: Type.Optional(Type.String({ maxLength: 128 })),
    deductsOn: Type.Union([Type.Literal('order'), Type.Literal('pay')], {
      description: 'When the platform takes a unit off its number',
    }),
    modifiedAt: Type.Optional(InstantSchema("The platform's modification time")),
    fetchedAt: InstantSchema('When the answer was complete (business time)'),
    currency: Type.String({ pattern: '^[A-Z]{3}$' }),
    skus: Type.Array(CanonicalListingSkuSchema, { maxItems: 5_000 }),
    raw: Type.Optional(Type.String({ description: 'The text as received' })),
  },
  { additionalProperties: false, title: 'CanonicalListing' },
);
export type CanonicalListing = Static<typeof CanonicalListingSchema>;
