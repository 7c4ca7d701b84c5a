import { Module, type DynamicModule } from '@nestjs/common';
import { ServiceModule, type ServiceOptions } from '@app/shared';
import { OrderConsumer } from './order/order.consumer';
import { OrderRepository } from './order/order.repository';
import { OrderVerification } from './order/order.verification';
import { OrdersController } from './order/orders.controller';
import { OrdersService } from './order/orders.service';
import { ParcelConsumer } from './parcel/parcel.consumer';
import { ParcelRepository } from './parcel/parcel.repository';
import { ShopConsumer } from './shop/shop.consumer';
import { ShopRepository } from './shop/shop.repository';

/** Copies of what the money is about. */
@Module({})
export class SettlementModule {
  static for(options: ServiceOptions): DynamicModule {
    return {
      module: SettlementModule,
      imports: [ServiceModule.for(options)],
      controllers: [OrdersController],
      providers: [OrderRepository, OrderConsumer, OrderVerification, OrdersService, ParcelRepository, ParcelConsumer, ShopRepository, ShopConsumer],
    };
  }
}
