import { Module, type DynamicModule } from '@nestjs/common';
import type { PlatformRegistry } from '@app/platforms';
import { ServiceModule, type ServiceOptions } from '@app/shared';
import { AdjustmentController } from './adjustment/adjustment.controller';
import { AdjustmentImport } from './adjustment/adjustment.import';
import { AdjustmentRepository } from './adjustment/adjustment.repository';
import { AdjustmentService } from './adjustment/adjustment.service';
import { LevelLedger } from './level/level.ledger';
import { LevelRepository } from './level/level.repository';
import { OrderFactsConsumer } from './reservation/order-facts.consumer';
import { OrderStockRepository } from './reservation/order-stock.repository';
import { OrderStockService } from './reservation/order-stock.service';
import { ParcelFactsConsumer } from './reservation/parcel-facts.consumer';
import { ReservationController } from './reservation/reservation.controller';
import { ON_HAND_PLATFORMS, ReservationEngine } from './reservation/reservation.engine';
import { ReservationLineRepository } from './reservation/reservation-line.repository';
import { ReservationRepository } from './reservation/reservation.repository';
import { ReservationService } from './reservation/reservation.service';
import { ReservationTick } from './reservation/reservation.tick';
import { RetryRepository } from './reservation/retry.repository';
import { ReturnFactsConsumer } from './return/return-facts.consumer';
import { ReturnRepository } from './return/return.repository';
import { ReturnService } from './return/return.service';
import { ScrapController } from './return/scrap.controller';
import { ScrapReader } from './return/scrap.reader';
import { ScrapRepository } from './return/scrap.repository';
import { SkuDirectory } from './sku/sku.directory';
import { SkuFactsConsumer } from './sku/sku-facts.consumer';
import { SkuRepository } from './sku/sku.repository';
import { StockController } from './stock/stock.controller';
import { StockRepository } from './stock/stock.repository';
import { StockService } from './stock/stock.service';
import { InventoryVerification } from './verify/inventory.verification';
import { VerifyRepository } from './verify/verify.repository';
import { WarehouseController } from './warehouse/warehouse.controller';
import { WarehouseRepository } from './warehouse/warehouse.repository';
import { WarehouseService } from './warehouse/warehouse.service';

const LEVELS = [LevelRepository, LevelLedger, SkuRepository, SkuDirectory, SkuFactsConsumer];
const RESERVATIONS = [
  ReservationEngine,
  ReservationLineRepository,
  ReservationRepository,
  ReservationService,
  OrderStockRepository,
  OrderStockService,
  OrderFactsConsumer,
  ParcelFactsConsumer,
  RetryRepository,
  ReservationTick,
];
const RETURNS = [ReturnRepository, ScrapRepository, ReturnService, ReturnFactsConsumer, ScrapReader];

const STOCK = [
  AdjustmentRepository,
  AdjustmentService,
  AdjustmentImport,
  StockRepository,
  StockService,
  VerifyRepository,
  InventoryVerification,
];

/** Warehouses, stock and reservations. */
@Module({})
export class InventoryModule {
  static for(options: ServiceOptions, registry: PlatformRegistry): DynamicModule {
    const onHand = registry.all().filter(({ manifest }) => manifest.capabilities.stockMeans === 'on-hand');
    return {
      module: InventoryModule,
      imports: [ServiceModule.for(options)],
      controllers: [ReservationController, AdjustmentController, StockController, ScrapController, WarehouseController],
      providers: [
        { provide: ON_HAND_PLATFORMS, useValue: new Set(onHand.map(({ code }) => code)) },
        ...LEVELS,
        ...RESERVATIONS,
        ...RETURNS,
        ...STOCK,
        WarehouseRepository,
        WarehouseService,
      ],
    };
  }
}
