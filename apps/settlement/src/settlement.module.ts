import { Module, type DynamicModule } from '@nestjs/common';
import { PlatformRegistry } from '@app/platforms';
import { ServiceModule, type ServiceOptions } from '@app/shared';
import { AfterSaleConsumer } from './after-sale/after-sale.consumer';
import { AfterSaleRepository } from './after-sale/after-sale.repository';
import { BillController } from './bill/bill.controller';
import { BillImport } from './bill/bill.import';
import { BillRepository } from './bill/bill.repository';
import { BillService } from './bill/bill.service';
import { BillUpload } from './bill/bill.upload';
import { EntryController } from './entry/entry.controller';
import { EntryRepository } from './entry/entry.repository';
import { EntryService } from './entry/entry.service';
import { EntryVerification } from './entry/entry.verification';
import { GoodsReturnConsumer } from './goods-return/goods-return.consumer';
import { GoodsReturnRepository } from './goods-return/goods-return.repository';
import { OrderConsumer } from './order/order.consumer';
import { OrderRepository } from './order/order.repository';
import { OrderVerification } from './order/order.verification';
import { OrdersController } from './order/orders.controller';
import { OrdersService } from './order/orders.service';
import { ParcelConsumer } from './parcel/parcel.consumer';
import { ParcelRepository } from './parcel/parcel.repository';
import { PeriodController } from './period/period.controller';
import { PeriodRepository } from './period/period.repository';
import { PeriodService } from './period/period.service';
import { ComparisonRepository } from './reconciliation/comparison.repository';
import { ReconciliationController } from './reconciliation/reconciliation.controller';
import { ReconciliationExport } from './reconciliation/reconciliation.export';
import { ReconciliationRepository } from './reconciliation/reconciliation.repository';
import { ReconciliationRunner } from './reconciliation/reconciliation.runner';
import { ReconciliationService } from './reconciliation/reconciliation.service';
import { RuleController } from './rule/rule.controller';
import { RuleRepository } from './rule/rule.repository';
import { RuleService } from './rule/rule.service';
import { ShopConsumer } from './shop/shop.consumer';
import { ShopRepository } from './shop/shop.repository';
import { SuspenseController } from './suspense/suspense.controller';
import { SuspenseRepository } from './suspense/suspense.repository';
import { SuspenseService } from './suspense/suspense.service';

const COPIES = [
  OrderRepository,
  OrderConsumer,
  OrderVerification,
  OrdersService,
  ParcelRepository,
  ParcelConsumer,
  ShopRepository,
  ShopConsumer,
  AfterSaleRepository,
  AfterSaleConsumer,
  GoodsReturnRepository,
  GoodsReturnConsumer,
];
const BILLS = [
  BillRepository,
  BillImport,
  BillService,
  BillUpload,
  EntryRepository,
  EntryService,
  EntryVerification,
  PeriodRepository,
  PeriodService,
];
const RECONCILING = [
  RuleRepository,
  RuleService,
  ComparisonRepository,
  ReconciliationRepository,
  ReconciliationService,
  ReconciliationRunner,
  ReconciliationExport,
  SuspenseRepository,
  SuspenseService,
];

/** Copies of what the money is about, the money as bills tell it, and the comparison of both. */
@Module({})
export class SettlementModule {
  static for(options: ServiceOptions, registry: PlatformRegistry): DynamicModule {
    return {
      module: SettlementModule,
      imports: [ServiceModule.for(options)],
      controllers: [
        OrdersController,
        BillController,
        EntryController,
        PeriodController,
        RuleController,
        ReconciliationController,
        SuspenseController,
      ],
      providers: [{ provide: PlatformRegistry, useValue: registry }, ...COPIES, ...BILLS, ...RECONCILING],
    };
  }
}
