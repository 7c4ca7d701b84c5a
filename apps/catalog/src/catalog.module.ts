import { Module, type DynamicModule } from '@nestjs/common';
import { ServiceModule, type ServiceOptions } from '@app/shared';
import { ImportSkusService } from './listing/import-skus.service';
import { LinkingService } from './listing/linking.service';
import { ListingController } from './listing/listing.controller';
import { ListingIntakeService } from './listing/listing-intake.service';
import { ListingQueryService } from './listing/listing-query.service';
import { ListingRepository } from './listing/listing.repository';
import { ListingSkuRepository } from './listing/listing-sku.repository';
import { ListingStore } from './listing/listing.store';
import { PlatformListingsController } from './listing/platform-listings.controller';
import { ProductController } from './product/product.controller';
import { ProductRepository } from './product/product.repository';
import { ProductService } from './product/product.service';
import { ShopFactsConsumer } from './shop/shop-facts.consumer';
import { ShopRepository } from './shop/shop.repository';
import { SkuController } from './sku/sku.controller';
import { SkuRepository } from './sku/sku.repository';
import { SkuService } from './sku/sku.service';
import { VerifyRepository } from './verify/verify.repository';
import { CatalogVerification } from './verify/catalog.verification';

const PRODUCTS = [ProductRepository, ProductService, SkuRepository, SkuService];
const LISTINGS = [
  ListingRepository,
  ListingSkuRepository,
  ListingStore,
  ListingIntakeService,
  ListingQueryService,
  LinkingService,
  ImportSkusService,
];

/** Products, SKUs, listings and their links. */
@Module({})
export class CatalogModule {
  static for(options: ServiceOptions): DynamicModule {
    return {
      module: CatalogModule,
      imports: [ServiceModule.for(options)],
      controllers: [ProductController, SkuController, ListingController, PlatformListingsController],
      providers: [ShopRepository, ShopFactsConsumer, ...PRODUCTS, ...LISTINGS, CatalogVerification, VerifyRepository],
    };
  }
}
