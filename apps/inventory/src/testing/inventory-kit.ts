import { Test, type TestingModule } from '@nestjs/testing';
import { DataSource } from 'typeorm';
import {
  ALL_FACTS,
  type OrderFactItem,
  type OrderStockItem,
  type ParcelItem,
  type ReturnItem,
  type SellableItem,
} from '@app/contracts';
import { PlatformRegistry } from '@app/platforms';
import {
  createDataSource,
  inTransaction,
  loadConfig,
  ManualStoryClock,
  newId,
  REDIS,
  rows,
  STORY_CLOCK,
  type Caller,
  type FactEnvelope,
  type Tx,
} from '@app/shared';
import { FactConsumer } from '@app/shared/facts/fact.consumer';
import { cloneDatabase, TEST_ROLE_PASSWORD, unlessLocked, type TestDatabase } from '@app/shared/testing/database';
import { testEnvironment } from '@app/shared/testing/testing.config';
import type { Redis } from 'ioredis';
import { AdjustmentService } from '../adjustment/adjustment.service';
import { InventoryConfig } from '../inventory.config';
import { InventoryModule } from '../inventory.module';
import { OrderFactsConsumer } from '../reservation/order-facts.consumer';
import { OrderStockService } from '../reservation/order-stock.service';
import { ParcelFactsConsumer } from '../reservation/parcel-facts.consumer';
import { ReservationService } from '../reservation/reservation.service';
import { ReservationTick } from '../reservation/reservation.tick';
import { ReturnFactsConsumer } from '../return/return-facts.consumer';
import { SkuFactsConsumer } from '../sku/sku-facts.consumer';
import { SkuRepository } from '../sku/sku.repository';
import { InventoryVerification } from '../verify/inventory.verification';
import { WarehouseService } from '../warehouse/warehouse.service';

export const COMPANY = 'cmp_test';

/** A caller without limits. */
export function callerOf(limits: Partial<Caller> = {}): Caller {
  return {
    clientId: 'test-client',
    companyId: COMPANY,
    scopes: new Set(),
    isService: false,
    shops: null,
    warehouses: null,
    ...limits,
  };
}

/** Settings of a service under test. */
export function testConfig(database: TestDatabase, more: Record<string, string> = {}): InventoryConfig {
  const { redisUrl } = testEnvironment();
  return loadConfig(InventoryConfig, {
    HUIDIAN_MODE: 'test',
    DATABASE_URL: database.adminUrl,
    DATABASE_ROLE_PASSWORD: TEST_ROLE_PASSWORD,
    REDIS_URL: redisUrl,
    REDIS_PREFIX: `test-${database.name}`,
    SERVICE_CLIENT_SECRET: 'test-service-client-secret',
    INVENTORY_PORT: '0',
    LOG_LEVEL: 'silent',
    ...more,
  });
}

/** An order fact with one want per line: `{lineId: [skuId, quantity]}`. */
export function orderItem(
  orderId: string,
  orderVersion: number,
  wants: Record<string, [string, number][]>,
  more: Partial<OrderFactItem> = {},
): OrderFactItem {
  return {
    orderId,
    orderVersion,
    shopId: 'shp_1',
    platform: 'taobao',
    platformOrderNo: `no-${orderId}`,
    platformState: 'paid',
    status: 'paid',
    placedAt: '2026-11-01T09:00:00+08:00',
    paidAt: '2026-11-01T09:01:00+08:00',
    shipBy: null,
    stock: 'reserve',
    region: { province: '浙江省', city: '杭州市' },
    currency: 'CNY',
    amounts: {
      goodsFen: 100,
      freightFen: 0,
      shopDiscountFen: 0,
      platformDiscountFen: 0,
      payableFen: 100,
      paidFen: 100,
    },
    lines: Object.entries(wants).map(([lineId, parts]) => ({
      lineId,
      platformLineNo: `no-${lineId}`,
      listingId: 'l',
      listingSkuId: 'ls',
      quantity: 1,
      noStock: false,
      wants: parts.map(([skuId, quantity]) => ({ skuId, skuCode: skuId.toUpperCase(), quantity })),
      paidFen: 100,
      refundedFen: 0,
      refund: 'none' as const,
    })),
    ...more,
  };
}

/** A parcel fact of one order. */
export function parcelItem(
  parcelId: string,
  parcelVersion: number,
  orderId: string,
  warehouse: string,
  lines: [string, string, number][],
): ParcelItem {
  return {
    parcelId,
    parcelVersion,
    state: parcelVersion > 1 ? 'delivered' : 'shipped',
    fulfilmentId: `ful-${orderId}`,
    fulfilmentRevision: 1,
    shopId: 'shp_1',
    platform: 'taobao',
    warehouse,
    carrier: 'sf',
    waybillNo: `SF-${parcelId}`,
    shippedAt: '2026-11-02T09:00:00+08:00',
    deliveredAt: null,
    lines: lines.map(([lineId, skuId, quantity]) => ({
      orderId,
      platformOrderNo: `no-${orderId}`,
      lineId,
      platformLineNo: `no-${lineId}`,
      skuId,
      skuCode: skuId.toUpperCase(),
      quantity,
    })),
  };
}

/** A return fact with lines `[skuId, quantity, grade]`. */
export function returnItem(
  returnId: string,
  returnVersion: number,
  isMatched: boolean,
  lines: [string, number, 'A' | 'B' | 'C'][],
  warehouse = 'HZ1',
): ReturnItem {
  return {
    returnId,
    returnVersion,
    isMatched,
    shopId: isMatched ? 'shp_1' : null,
    platform: isMatched ? 'taobao' : null,
    warehouse,
    waybillNo: `YT-${returnId}`,
    parcelId: null,
    orderId: isMatched ? 'o1' : null,
    platformOrderNo: isMatched ? 'no-o1' : null,
    platformAfterSaleNos: [],
    receivedAt: '2026-11-05T09:00:00+08:00',
    lines: lines.map(([skuId, quantity, grade], index) => ({
      lineNo: index + 1,
      skuId,
      skuCode: skuId.toUpperCase(),
      quantity,
      grade,
    })),
  };
}

/** One stock level as tests look at it. */
export interface SeenLevel {
  skuId: string;
  warehouse: string;
  onHand: number;
  reserved: number;
}

/** The inventory service without HTTP, on a database of its own, with a clock that tests move. */
export class InventoryKit {
  private constructor(
    readonly database: TestDatabase,
    private readonly module: TestingModule,
    readonly story: ManualStoryClock,
  ) {}

  static async start(): Promise<InventoryKit> {
    const database = await cloneDatabase();
    const story = new ManualStoryClock(new Date('2026-11-01T02:00:00Z'));
    const config = testConfig(database);
    const options = { service: 'inventory' as const, config, port: 0, facts: ALL_FACTS, title: '', description: '' };
    const module = await Test.createTestingModule({
      imports: [InventoryModule.for(options, await PlatformRegistry.load())],
    })
      .overrideProvider(STORY_CLOCK)
      .useValue(story)
      .compile();
    const kit = new InventoryKit(database, module, story);
    for (const consumer of [OrderFactsConsumer, ParcelFactsConsumer, SkuFactsConsumer, ReturnFactsConsumer])
      module.get<{ onModuleInit(): void }>(consumer).onModuleInit();
    return kit;
  }

  get dataSource(): DataSource {
    return this.module.get(DataSource);
  }

  get reservations(): ReservationService {
    return this.module.get(ReservationService);
  }

  get orderStock(): OrderStockService {
    return this.module.get(OrderStockService);
  }

  get adjustments(): AdjustmentService {
    return this.module.get(AdjustmentService);
  }

  get tick(): ReservationTick {
    return this.module.get(ReservationTick);
  }

  query<T>(sql: string, parameters: unknown[] = []): Promise<T[]> {
    return inTransaction(this.dataSource, (tx) => rows<T>(tx, sql, parameters));
  }

  inTransaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return inTransaction(this.dataSource, work);
  }

  async warehouses(...codes: string[]): Promise<void> {
    for (const [index, code] of codes.entries())
      await this.module.get(WarehouseService).create(callerOf(), { code, name: code, priority: index + 1 }, undefined);
  }

  /** Makes SKUs known: id `a` has code `A`. */
  async skus(...ids: string[]): Promise<void> {
    const known = ids.map((skuId) => ({
      skuId,
      code: skuId.toUpperCase(),
      name: skuId,
      spec: {},
      isActive: true,
      version: 1,
    }));
    await this.inTransaction((tx) => this.module.get(SkuRepository).store(tx, COMPANY, known));
  }

  /** Adds pieces of a SKU to a warehouse. */
  async stock(skuId: string, warehouse: string, quantity: number): Promise<void> {
    await this.adjustments.adjust(callerOf(), {
      key: newId('key'),
      cause: 'opening stock',
      belowReserved: false,
      lines: [{ skuCode: skuId.toUpperCase(), warehouse, quantity, bucket: 'onHand' }],
    });
  }

  /** Delivers facts the way the job host does; the name only says why they are told. */
  deliver(name: string, items: unknown[], eventId = newId('evt')): Promise<void> {
    const envelope: FactEnvelope = {
      companyId: COMPANY,
      eventId,
      name,
      producer: 'orders',
      traceId: 't',
      occurredAt: this.story.now().toISOString(),
      items: JSON.stringify(items),
    };
    return this.module.get(FactConsumer).consume(envelope);
  }

  levels(): Promise<SeenLevel[]> {
    return this.query('SELECT sku_id, warehouse, on_hand, reserved FROM stock_level ORDER BY sku_id, warehouse');
  }

  /** Items told under some names, oldest first. */
  async told<T>(...names: string[]): Promise<T[]> {
    const found = await this.query<{ items: string }>(
      'SELECT items FROM outbox WHERE name = ANY($1) ORDER BY recorded_at, event_id',
      [names],
    );
    return found.flatMap(({ items }) => JSON.parse(items) as T[]);
  }

  /** The newest that was told of an order. */
  async orderTold(orderId: string): Promise<OrderStockItem | undefined> {
    const all = await this.told<OrderStockItem>('stock.reserved', 'stock.short', 'stock.released');
    return all.filter((item) => item.orderId === orderId).sort((a, b) => b.stockRevision - a.stockRevision)[0];
  }

  sellableTold(): Promise<SellableItem[]> {
    return this.told<SellableItem>('stock.sellable-changed');
  }

  /** Does the due work until none is left. */
  async settle(): Promise<void> {
    while ((await this.tick.retryOnce()) > 0);
  }

  /** What `verify` says of the stock; each test must leave it empty. */
  async breaches(): Promise<string[]> {
    const verification = this.module.get(InventoryVerification);
    return this.inTransaction(async (tx) => {
      const results = [
        await verification.counters(tx, COMPANY),
        await verification.reservations(tx, COMPANY),
        await verification.parcels(tx, COMPANY),
        await verification.returns(tx, COMPANY),
        await verification.occupied(tx, COMPANY),
      ];
      return results.flatMap(({ breaches }) => breaches);
    });
  }

  /** Removes every row, so that each test starts empty. */
  async wipe(): Promise<void> {
    const admin = await createDataSource({
      url: this.database.adminUrl,
      schema: 'inventory',
      poolSize: 2,
    }).initialize();
    const tables = (await admin.query(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'inventory' AND tablename <> 'migrations'`,
    )) as { name: string }[];
    await unlessLocked(() => admin.query(`TRUNCATE ${tables.map(({ name }) => `inventory.${name}`).join(', ')}`));
    await admin.destroy();
  }

  async close(): Promise<void> {
    this.module.get<Redis>(REDIS).disconnect();
    await this.dataSource.destroy();
    await this.database.drop();
  }
}
