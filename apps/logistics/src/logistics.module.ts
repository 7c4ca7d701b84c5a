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
import { InterceptController } from './intercept/intercept.controller';
import { InterceptDesk } from './intercept/intercept.desk';
import { InterceptRepository } from './intercept/intercept.repository';
import { InterceptService } from './intercept/intercept.service';
import { Keeper } from './keeper';
import { KeeperDesk } from './keeper.desk';
import { SEAL_KEYS, sealKeysOf, type LogisticsConfig } from './logistics.config';
import { OrderConsumer } from './order/order.consumer';
import { OrderRepository } from './order/order.repository';
import { DeliveryService } from './parcel/delivery.service';
import { LabelDesk, LabelService } from './parcel/label.service';
import { ParcelController } from './parcel/parcel.controller';
import { ParcelPlan } from './parcel/parcel.plan';
import { ContentsRepository } from './parcel/contents.repository';
import { ParcelRepository } from './parcel/parcel.repository';
import { ParcelDesk, ParcelService } from './parcel/parcel.service';
import { ParcelStore } from './parcel/parcel.store';
import { RenumberDesk, RenumberService } from './parcel/renumber.service';
import { ResumeService } from './parcel/resume.service';
import { ShipDesk, ShipService } from './parcel/ship.service';
import { PullOutController } from './pull-out/pull-out.controller';
import { PullOutDesk } from './pull-out/pull-out.desk';
import { PullOutRepository } from './pull-out/pull-out.repository';
import { PullOutService } from './pull-out/pull-out.service';
import { AfterSaleConsumer } from './return/after-sale.consumer';
import { AfterSaleRepository } from './return/after-sale.repository';
import { ExpectedReturns } from './return/expected-returns';
import { MatchService } from './return/match.service';
import { NumberRepository } from './return/number.repository';
import { ReceiveDesk, ReceiveService } from './return/receive.service';
import { ReturnBook } from './return/return.book';
import { ReturnController } from './return/return.controller';
import { ReturnReader } from './return/return.reader';
import { ReturnRepository } from './return/return.repository';
import { SenderController } from './sender/sender.controller';
import { SenderRepository } from './sender/sender.repository';
import { SenderService } from './sender/sender.service';
import { ShopConsumer } from './shop/shop.consumer';
import { ShopRepository } from './shop/shop.repository';
import { SkuConsumer } from './sku/sku.consumer';
import { SkuDirectory } from './sku/sku.directory';
import { SkuRepository } from './sku/sku.repository';
import { LogisticsVerification } from './verify/logistics.verification';
import { ReturnsVerification } from './verify/returns.verification';
import { ReturnsVerificationRepository } from './verify/returns-verification.repository';
import { LogisticsVerificationRepository } from './verify/verification.repository';
import { Neighbours } from './waybill/neighbours';
import { WaybillKeeper } from './waybill/waybill.keeper';
import { WaybillRepository } from './waybill/waybill.repository';

const REPOSITORIES = [
  ShopRepository,
  OrderRepository,
  FulfilmentRepository,
  ContentsRepository,
  ParcelRepository,
  WaybillRepository,
  PullOutRepository,
  SenderRepository,
  CarrierRepository,
  SkuRepository,
  InterceptRepository,
  AfterSaleRepository,
  ReturnRepository,
  NumberRepository,
  LogisticsVerificationRepository,
  ReturnsVerificationRepository,
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
  RenumberDesk,
  RenumberService,
  ParcelService,
  PullOutService,
  PullOutDesk,
  SenderService,
  CarrierService,
  WorkService,
];
const RETURNS = [
  SkuDirectory,
  InterceptService,
  InterceptDesk,
  ReturnBook,
  ExpectedReturns,
  ReturnReader,
  ReceiveDesk,
  ReceiveService,
  MatchService,
];
const CONSUMERS = [ShopConsumer, OrderConsumer, FulfilmentConsumer, SkuConsumer, AfterSaleConsumer];
const KEEPERS = [WaybillKeeper, KeeperDesk, Keeper, LogisticsVerification, ReturnsVerification];

/** Everything that the logistics service is made of. */
@Module({})
export class LogisticsModule {
  static for(options: ServiceOptions<LogisticsConfig>): DynamicModule {
    return {
      module: LogisticsModule,
      imports: [ServiceModule.for(options)],
      controllers: [
        WorkController,
        ParcelController,
        PullOutController,
        InterceptController,
        ReturnController,
        SenderController,
        CarrierController,
      ],
      providers: [
        { provide: SEAL_KEYS, useValue: sealKeysOf(options.config) },
        ...REPOSITORIES,
        ...SERVICES,
        ...RETURNS,
        ...CONSUMERS,
        ...KEEPERS,
      ],
    };
  }
}
