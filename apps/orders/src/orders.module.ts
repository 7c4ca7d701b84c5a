import { Module, type DynamicModule } from '@nestjs/common';
import { ServiceModule, type ServiceOptions } from '@app/shared';
import { AfterSaleController } from './after-sale/after-sale.controller';
import { AfterSaleRepository } from './after-sale/after-sale.repository';
import { AfterSaleService } from './after-sale/after-sale.service';
import { AfterSaleWriter } from './after-sale/after-sale.writer';
import { FulfilmentController } from './fulfilment/fulfilment.controller';
import { FulfilmentRepository } from './fulfilment/fulfilment.repository';
import { FulfilmentService } from './fulfilment/fulfilment.service';
import { HoldReleaseJob } from './hold/hold-release.job';
import { BatchService } from './intake/batch.service';
import { IntakeController } from './intake/intake.controller';
import { IntakeRepository } from './intake/intake.repository';
import { IntakeService } from './intake/intake.service';
import { IntakeWriter } from './intake/intake.writer';
import { ListingConsumer } from './listing/listing.consumer';
import { ListingLinkRepository } from './listing/listing-link.repository';
import { OrderController } from './order/order.controller';
import { OrderListRepository } from './order/order-list.repository';
import { OrderRepository } from './order/order.repository';
import { OrderService } from './order/order.service';
import { OrderStore } from './order/order.store';
import { ParcelConsumer } from './parcel/parcel.consumer';
import { ShipNoticeConsumer } from './parcel/ship-notice.consumer';
import { ReturnConsumer } from './return/return.consumer';
import { ReturnRepository } from './return/return.repository';
import { ShopDirectory } from './shop/shop.directory';
import { ShopRepository } from './shop/shop.repository';
import { StockConsumer } from './stock/stock.consumer';
import { OrdersVerification } from './verify/orders.verification';
import { VerifyRepository } from './verify/verify.repository';

/** What the orders service is made of. */
@Module({})
export class OrdersModule {
  static for(options: ServiceOptions): DynamicModule {
    return {
      module: OrdersModule,
      imports: [ServiceModule.for(options)],
      controllers: [IntakeController, OrderController, AfterSaleController, FulfilmentController],
      providers: [
        OrderRepository,
        OrderStore,
        OrderListRepository,
        OrderService,
        FulfilmentRepository,
        FulfilmentService,
        HoldReleaseJob,
        IntakeRepository,
        IntakeWriter,
        BatchService,
        IntakeService,
        AfterSaleRepository,
        AfterSaleWriter,
        AfterSaleService,
        ReturnRepository,
        ReturnConsumer,
        ShopRepository,
        ShopDirectory,
        ListingLinkRepository,
        ListingConsumer,
        StockConsumer,
        ParcelConsumer,
        ShipNoticeConsumer,
        VerifyRepository,
        OrdersVerification,
      ],
    };
  }
}
