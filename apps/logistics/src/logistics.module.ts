import { ServiceModule, type ServiceOptions } from '@app/shared';
import { Module, type DynamicModule } from '@nestjs/common';
import { CarrierController } from './carrier/carrier.controller';
import { CarrierRepository } from './carrier/carrier.repository';
import { CarrierService } from './carrier/carrier.service';
import { Clocks } from './clocks';
import { FulfilmentConsumer } from './fulfilment/fulfilment.consumer';
import { FulfilmentRepository } from './fulfilment/fulfilment.repository';
import { WorkController } from './fulfilment/work.controller';
import { WorkService } from './fulfilment/work.service';
import { Keeper } from './keeper';
import { KeeperDesk } from './keeper.desk';
import { SEAL_KEYS, sealKeysOf, type LogisticsConfig } from './logistics.config';
import { OrderConsumer } from './order/order.consumer';
import { OrderRepository } from './order/order.repository';
import { DeliveryService } from './parcel/delivery.service';
import { LabelDesk, LabelService } from './parcel/label.service';
import { ParcelController } from './parcel/parcel.controller';
import { ParcelPlan } from './parcel/parcel.plan';
import { ParcelRepository } from './parcel/parcel.repository';
import { ParcelDesk, ParcelService } from './parcel/parcel.service';
import { ParcelStore } from './parcel/parcel.store';
import { ResumeService } from './parcel/resume.service';
import { ShipDesk, ShipService } from './parcel/ship.service';
import { PullOutController } from './pull-out/pull-out.controller';
import { PullOutDesk } from './pull-out/pull-out.desk';
import { PullOutRepository } from './pull-out/pull-out.repository';
import { PullOutService } from './pull-out/pull-out.service';
import { SenderController } from './sender/sender.controller';
import { SenderRepository } from './sender/sender.repository';
import { SenderService } from './sender/sender.service';
import { ShopConsumer } from './shop/shop.consumer';
import { ShopRepository } from './shop/shop.repository';
import { LogisticsVerification } from './verify/logistics.verification';
import { LogisticsVerificationRepository } from './verify/verification.repository';
import { Neighbours } from './waybill/neighbours';
import { WaybillKeeper } from './waybill/waybill.keeper';
import { WaybillRepository } from './waybill/waybill.repository';

const REPOSITORIES = [
  ShopRepository,
  OrderRepository,
  FulfilmentRepository,
  ParcelRepository,
  WaybillRepository,
  PullOutRepository,
  SenderRepository,
  CarrierRepository,
  LogisticsVerificationRepository,
];
const SERVICES = [
  Clocks,
  Neighbours,
  ParcelStore,
  ParcelPlan,
  ParcelDesk,
  LabelDesk,
  ShipDesk,
  LabelService,
  ShipService,
  ResumeService,
  DeliveryService,
  ParcelService,
  PullOutService,
  PullOutDesk,
  SenderService,
  CarrierService,
  WorkService,
];
const CONSUMERS = [ShopConsumer, OrderConsumer, FulfilmentConsumer];
const KEEPERS = [WaybillKeeper, KeeperDesk, Keeper, LogisticsVerification];

/** Everything that the logistics service is made of. */
@Module({})
export class LogisticsModule {
  static for(options: ServiceOptions<LogisticsConfig>): DynamicModule {
    return {
      module: LogisticsModule,
      imports: [ServiceModule.for(options)],
      controllers: [WorkController, ParcelController, PullOutController, SenderController, CarrierController],
      providers: [
        { provide: SEAL_KEYS, useValue: sealKeysOf(options.config) },
        ...REPOSITORIES,
        ...SERVICES,
        ...CONSUMERS,
        ...KEEPERS,
      ],
    };
  }
}
