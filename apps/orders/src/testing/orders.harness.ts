import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DataSource } from 'typeorm';
import {
  createApp,
  inTransaction,
  loadConfig,
  newId,
  rows,
  type Caller,
  type FactDefinition,
  type ServiceOptions,
} from '@app/shared';
import { FactConsumer } from '@app/shared/facts/fact.consumer';
import { cloneDatabase, TEST_ROLE_PASSWORD, type TestDatabase } from '@app/shared/testing/database';
import { testEnvironment } from '@app/shared/testing/testing.config';
import {
  ALL_FACTS,
  CANONICAL_AFTER_SALE_EXAMPLE,
  CANONICAL_ORDER_EXAMPLE,
  listingChanged,
  parcelDelivered,
  parcelShipped,
  returnReceived,
  shopChanged,
  stockReserved,
  stockShort,
  type AfterSaleFactItem,
  type CanonicalAfterSale,
  type CanonicalOrder,
  type OrderFactItem,
  type PlatformAfterSalesAnswer,
  type PlatformOrdersAnswer,
  type ReturnItem,
} from '@app/contracts';
import { AfterSaleService } from '../after-sale/after-sale.service';
import { IntakeService } from '../intake/intake.service';
import { ListingConsumer } from '../listing/listing.consumer';
import { OrderRepository } from '../order/order.repository';
import type { OrderAggregate } from '../order/order.types';
import { OrdersConfig } from '../orders.config';
import { OrdersModule } from '../orders.module';
import { ParcelConsumer } from '../parcel/parcel.consumer';
import { ShipNoticeConsumer } from '../parcel/ship-notice.consumer';
import { ReturnConsumer } from '../return/return.consumer';
import { ShopDirectory } from '../shop/shop.directory';
import { StockConsumer } from '../stock/stock.consumer';

export const COMPANY = 'cmp_test';
export const SHOP = 'shp_test';

/** A caller with every right, for tests below HTTP. */
export const CALLER: Caller = {
  clientId: 'test',
  companyId: COMPANY,
  scopes: new Set(['orders:intake', 'orders:read', 'orders:write', 'fulfilments:depart', 'pii:read']),
  isService: true,
  shops: null,
  warehouses: null,
};

/** Settings of an orders service on a test database. */
export function testOptions(database: TestDatabase, more: Record<string, string> = {}): ServiceOptions<OrdersConfig> {
  const config = loadConfig(OrdersConfig, {
    HUIDIAN_MODE: 'test',
    DATABASE_URL: database.adminUrl,
    DATABASE_ROLE_PASSWORD: TEST_ROLE_PASSWORD,
    REDIS_URL: testEnvironment().redisUrl,
    REDIS_PREFIX: database.name,
    SERVICE_CLIENT_SECRET: 'test-service-secret',
    LOG_LEVEL: 'silent',
    ...more,
  });
  return { service: 'orders', config, port: 0, facts: ALL_FACTS, title: 'orders', description: 'under test' };
}

let orderCount = 0;

/** A paid order of the example with its own numbers, changed as a test needs. */
export function canonicalOrder(change: Partial<CanonicalOrder> = {}): CanonicalOrder {
  orderCount += 1;
  const no = change.platformOrderNo ?? `22319583492${String(orderCount).padStart(8, '0')}`;
  const { buyerMessage: _message, ...example } = structuredClone(CANONICAL_ORDER_EXAMPLE);
  const lines = example.lines.map((line, index) => ({ ...line, platformLineNo: `${no}-${index + 1}` }));
  return { ...example, platformOrderNo: no, lines, ...change };
}

let afterSaleCount = 0;

/** An after-sale of the example for one line of an order, or of the whole order, changed as a test needs. */
export function canonicalAfterSale(
  order: CanonicalOrder,
  line: number | null,
  change: Partial<CanonicalAfterSale> = {},
): CanonicalAfterSale {
  afterSaleCount += 1;
  const { platformLineNo: _line, ...example } = structuredClone(CANONICAL_AFTER_SALE_EXAMPLE);
  const of = line === null ? undefined : order.lines[line]!;
  return {
    ...example,
    platformAfterSaleNo: `27364519${String(afterSaleCount).padStart(10, '0')}`,
    platformOrderNo: order.platformOrderNo,
    ...(of ? { platformLineNo: of.platformLineNo, quantity: of.quantity } : {}),
    refundFen: of?.paidFen ?? order.amounts.payableFen,
    ...change,
  };
}

/** A later version of an after-sale, some minutes after its first. */
export function afterSaleLater(
  item: CanonicalAfterSale,
  minutes: number,
  change: Partial<CanonicalAfterSale>,
): CanonicalAfterSale {
  const at = new Date(new Date(item.createdAt).getTime() + minutes * 60_000).toISOString();
  return { ...item, modifiedAt: at, fetchStartedAt: at, fetchedAt: at, ...change };
}

/** A fact's items as another service would send them. */
export interface StockHeld {
  warehouse?: string;
  state?: 'reserved' | 'short' | 'released' | 'shipped_out';
}

/** The orders service without HTTP and without the relay: its services and consumers on a database of their own. */
export class OrdersHarness {
  private versions = 0;

  private constructor(
    readonly app: NestFastifyApplication,
    readonly database: TestDatabase,
    private readonly ownsDatabase: boolean,
  ) {}

  /** On a database of its own, or on one that somebody else drops. */
  static async start(more: Record<string, string> = {}, shared?: TestDatabase): Promise<OrdersHarness> {
    const database = shared ?? (await cloneDatabase());
    const options = testOptions(database, more);
    const app = await createApp({ options, module: OrdersModule.for(options) });
    for (const consumer of [
      ShopDirectory,
      ListingConsumer,
      StockConsumer,
      ParcelConsumer,
      ShipNoticeConsumer,
      IntakeService,
      AfterSaleService,
      ReturnConsumer,
    ])
      app.get<{ onModuleInit(): void }>(consumer).onModuleInit();
    const harness = new OrdersHarness(app, database, shared === undefined);
    await harness.tellShop();
    return harness;
  }

  async close(): Promise<void> {
    await this.app.close();
    if (this.ownsDatabase) await this.database.drop();
  }

  get dataSource(): DataSource {
    return this.app.get(DataSource);
  }

  query<T = Record<string, unknown>>(sql: string, parameters: unknown[] = []): Promise<T[]> {
    return inTransaction(this.dataSource, (tx) => rows<T>(tx, sql, parameters));
  }

  /** Applies a fact as if it had come from its producer; `eventId` repeats one. */
  async tell(fact: FactDefinition, items: unknown[], eventId = newId('evt')): Promise<string> {
    await this.app.get(FactConsumer).consume({
      companyId: COMPANY,
      eventId,
      name: fact.name,
      producer: fact.producer,
      traceId: 'test',
      occurredAt: '2026-11-11T00:00:00Z',
      items: JSON.stringify(items),
    });
    return eventId;
  }

  /** Versions rise over all harnesses of a test file. */
  nextVersion(): number {
    this.versions += 1;
    return this.versions;
  }

  tellShop(goLiveAt = '2026-01-01T00:00:00Z', shopId = SHOP): Promise<string> {
    return this.tell(shopChanged as never, [
      {
        shopId,
        shopVersion: this.nextVersion(),
        platform: 'taobao',
        platformShopId: '22',
        name: '旗舰店',
        goLiveAt,
        defaultCarrier: 'SF',
      },
    ]);
  }

  /** Links listing SKUs to SKUs of the same number. */
  tellLinks(listingSkuIds: readonly string[] = ['4567890123456', '4567890123999']): Promise<string> {
    const items = listingSkuIds.map((listingSkuId) => ({
      linkId: `${SHOP}/${listingSkuId}`,
      linkVersion: this.nextVersion(),
      shopId: SHOP,
      platform: 'taobao',
      listingId: 'L',
      listingSkuId,
      title: 'T',
      merchantCode: null,
      isOnShelf: true,
      isLinked: true,
      noStock: false,
      components: [{ skuId: `sku_${listingSkuId}`, skuCode: `CODE-${listingSkuId}`, quantity: 1 }],
    }));
    return this.tell(listingChanged as never, items);
  }

  intake(items: unknown[], shopId = SHOP): Promise<PlatformOrdersAnswer> {
    return this.app.get(IntakeService).intake(CALLER, { shopId, items });
  }

  /** Stores one order and returns its id. */
  async take(item: CanonicalOrder): Promise<string> {
    const { items } = await this.intake([item]);
    return items[0]!.orderId!;
  }

  afterSales(items: unknown[], shopId = SHOP): Promise<PlatformAfterSalesAnswer> {
    return this.app.get(AfterSaleService).intake(CALLER, { shopId, items });
  }

  /** The items of all after-sale.changed facts of an order that were told, oldest first. */
  async afterSaleFacts(orderId: string): Promise<AfterSaleFactItem[]> {
    const told = await this.query<{ items: string }>(
      `SELECT items FROM outbox WHERE company_id = $1 AND name = 'after-sale.changed' ORDER BY event_id`,
      [COMPANY],
    );
    return told
      .flatMap(({ items }) => JSON.parse(items) as AfterSaleFactItem[])
      .filter((item) => item.orderId === orderId);
  }

  /** Plays logistics: a parcel came back. */
  async tellReturn(change: Partial<ReturnItem> & Pick<ReturnItem, 'returnId'>): Promise<string> {
    const item: ReturnItem = {
      returnVersion: this.nextVersion(),
      isMatched: true,
      shopId: SHOP,
      platform: 'taobao',
      warehouse: 'HZ1',
      waybillNo: `YT-${change.returnId}`,
      parcelId: null,
      orderId: null,
      platformOrderNo: null,
      platformAfterSaleNos: [],
      receivedAt: '2026-11-15T10:00:00Z',
      lines: [{ lineNo: 1, skuId: 'sku_4567890123456', skuCode: 'CODE-4567890123456', quantity: 1, grade: 'A' }],
      ...change,
    };
    return this.tell(returnReceived as never, [item]);
  }

  async order(orderId: string): Promise<OrderAggregate> {
    const found = await inTransaction(this.dataSource, (tx) =>
      this.app.get(OrderRepository).read(tx, COMPANY, [orderId]),
    );
    return found[0]!;
  }

  /** The items of all facts of an order that were told, oldest first, with the fact's name. */
  async facts(orderId: string): Promise<{ name: string; item: OrderFactItem }[]> {
    const told = await this.query<{ name: string; items: string }>(
      'SELECT name, items FROM outbox WHERE company_id = $1 ORDER BY event_id',
      [COMPANY],
    );
    return told
      .flatMap(({ name, items }) => (JSON.parse(items) as OrderFactItem[]).map((item) => ({ name, item })))
      .filter(
        ({ name, item }) =>
          item.orderId === orderId &&
          !['fulfilment.released', 'fulfilment.stopped', 'after-sale.changed'].includes(name),
      )
      .sort((a, b) => a.item.orderVersion - b.item.orderVersion);
  }

  /** Plays inventory: holds (or lacks) everything that the order wants now. */
  async tellStock(orderId: string, { warehouse = 'HZ1', state = 'reserved' }: StockHeld = {}): Promise<void> {
    const { lines, order } = await this.order(orderId);
    const isHeld = state === 'reserved';
    await this.tell((state === 'short' ? stockShort : stockReserved) as never, [
      {
        orderId,
        stockRevision: this.nextVersion(),
        orderVersion: order.version,
        state,
        lines: lines.flatMap((line) =>
          (line.components ?? []).map(({ skuId, skuCode, quantity }) => {
            const wanted = (line.quantity - line.cancelled) * quantity;
            return {
              lineId: line.lineId,
              skuId,
              skuCode,
              warehouse: isHeld ? warehouse : '',
              wanted,
              reserved: isHeld ? wanted : 0,
              shippedOut: 0,
              short: isHeld ? 0 : wanted,
            };
          }),
        ),
      },
    ]);
  }

  /** Plays logistics: the whole fulfilment, or some lines of it, left in one parcel, or arrived. */
  async tellParcel(
    orderId: string,
    parcelId: string,
    state: 'shipped' | 'delivered' = 'shipped',
    only?: readonly number[],
  ): Promise<void> {
    const { fulfilments, lines, order } = await this.order(orderId);
    const fulfilment = fulfilments[0]!;
    await this.tell((state === 'shipped' ? parcelShipped : parcelDelivered) as never, [
      {
        parcelId,
        parcelVersion: this.nextVersion(),
        state,
        fulfilmentId: fulfilment.fulfilmentId,
        fulfilmentRevision: fulfilment.revision,
        shopId: SHOP,
        platform: 'taobao',
        warehouse: fulfilment.warehouse,
        carrier: 'SF',
        waybillNo: `SF-${parcelId}`,
        shippedAt: '2026-11-12T10:00:00Z',
        deliveredAt: state === 'delivered' ? '2026-11-14T10:00:00Z' : null,
        lines: fulfilment.lines
          .filter(({ lineId }) => !only || only.includes(lines.findIndex((line) => line.lineId === lineId)))
          .map(({ lineId, skuId, skuCode, quantity }) => ({
            orderId,
            platformOrderNo: order.platformOrderNo,
            lineId,
            platformLineNo: lines.find((line) => line.lineId === lineId)!.platformLineNo,
            skuId,
            skuCode,
            quantity,
          })),
      },
    ]);
  }
}
