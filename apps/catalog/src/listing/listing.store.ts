import { Injectable } from '@nestjs/common';
import { ShopRepository } from '../shop/shop.repository';
import { SkuRepository } from '../sku/sku.repository';
import { ListingRepository } from './listing.repository';
import { ListingSkuRepository } from './listing-sku.repository';

/** The tables that taking in and linking listings work on. */
@Injectable()
export class ListingStore {
  constructor(
    readonly shops: ShopRepository,
    readonly listings: ListingRepository,
    readonly listingSkus: ListingSkuRepository,
    readonly skus: SkuRepository,
  ) {}
}
