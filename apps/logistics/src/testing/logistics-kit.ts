import {
  ALL_FACTS,
  type AfterSaleFactItem,
  type FulfilmentFactItem,
  type OrderFactItem,
  type ShopItem,
} from '@app/contracts';
import { inTransaction, loadConfig, newId, Readiness, rows, type FactEnvelope, type RunningApp } from '@app/shared';
import { FactConsumer } from '@app/shared/facts/fact.consumer';
import { createApp } from '@app/shared/http/bootstrap';
import { cloneDatabase, TEST_ROLE_PASSWORD, type TestDatabase } from '@app/shared/testing/database';
import { startTestIdentity, type TestIdentity, type TestTokenClaims } from '@app/shared/testing/identity';
import { testEnvironment } from '@app/shared/testing/testing.config';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { AddressInfo } from 'node:net';
import { DataSource } from 'typeorm';
import { Keeper } from '../keeper';
import { LogisticsConfig } from '../logistics.config';
import { LogisticsModule } from '../logistics.module';
import { NeighbourServers } from './neighbour-servers';

export const COMPANY = 'cmp_test';

/** What a test reads from an answer; the test says what it expects there. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers of every route go through here, and each test asserts their members
export type Loose = any;

/** An answer over HTTP. */
export interface Answer {
  status: number;
  body: Loose;
}

/** The logistics service over HTTP with fake neighbours and a database of its own. */
export class LogisticsKit {
  neighbours!: NeighbourServers;
  identity!: TestIdentity;
  database!: TestDatabase;
  app!: NestFastifyApplication;
  running!: RunningApp;
  private token = '';

  async start(): Promise<this> {
    this.neighbours = await new NeighbourServers().start();
    this.identity = await startTestIdentity();
    this.database = await cloneDatabase();
    this.token = await this.identity.token({ scopes: ['logistics:read', 'logistics:write', 'verify:read'] });
    await this.startApp();
    return this;
  }

  /** Starts the app, also again after stopApp: the database stays. */
  async startApp(): Promise<void> {
    const { redisUrl } = testEnvironment();
    const config = loadConfig(LogisticsConfig, {
      HUIDIAN_MODE: 'test',
      DATABASE_URL: this.database.adminUrl,
      DATABASE_ROLE_PASSWORD: TEST_ROLE_PASSWORD,
      REDIS_URL: redisUrl,
      REDIS_PREFIX: this.database.name,
      GATEWAY_URL: this.identity.url,
      ORDERS_URL: this.neighbours.url,
      SYNC_URL: this.neighbours.url,
      CATALOG_URL: this.neighbours.url,
      SERVICE_CLIENT_SECRET: 'a-secret-for-tests-only',
      SECRETS_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
      LOGISTICS_KEEPER_INTERVAL_MS: '60000',
    });
    const options = {
      service: 'logistics' as const,
      config,
      port: 0,
      facts: ALL_FACTS,
      title: 'test',
      description: 'test',
    };
    this.app = await createApp({ options, module: LogisticsModule.for(options) });
    await this.app.listen(0, '127.0.0.1');
    const port = (this.app.getHttpServer().address() as AddressInfo).port;
    this.running = {
      name: 'logistics',
      port,
      close: async () => {
        this.app.get(Readiness).stop();
        await this.app.close();
      },
    };
  }

  async stop(): Promise<void> {
    await this.running.close();
    await this.neighbours.close();
    await this.identity.close();
    await this.database.drop();
  }

  get dataSource(): DataSource {
    return this.app.get(DataSource);
  }

  tokenFor(claims: TestTokenClaims): Promise<string> {
    return this.identity.token(claims);
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    options: { token?: string; key?: string } = {},
  ): Promise<Answer> {
    const response = await fetch(`http://127.0.0.1:${this.running.port}/logistics/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${options.token ?? this.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(options.key ? { 'idempotency-key': options.key } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : undefined };
  }

  get(path: string, options?: { token?: string }): Promise<Answer> {
    return this.call('GET', path, undefined, options);
  }

  post(path: string, body: unknown = {}, options?: { token?: string; key?: string }): Promise<Answer> {
    return this.call('POST', path, body, options);
  }

  /** Delivers a fact the way the queue does, with a new event id. */
  tell(name: string, items: readonly unknown[], eventId = newId('evt')): Promise<void> {
    return this.tellTogether(name, [{ items, eventId, occurredAt: '2026-11-11T12:00:00.000Z' }]);
  }

  /** Delivers facts of one kind that share a transaction. */
  async tellTogether(
    name: string,
    told: readonly { items: readonly unknown[]; occurredAt: string; eventId?: string }[],
  ): Promise<void> {
    const envelopes = told.map(({ items, occurredAt, eventId = newId('evt') }): FactEnvelope => ({
      companyId: COMPANY,
      eventId,
      name,
      producer: 'orders',
      traceId: 'trace-test',
      occurredAt,
      items: JSON.stringify(items),
    }));
    await this.app.get(FactConsumer).consume(...envelopes);
  }

  tick(): Promise<void> {
    return this.app.get(Keeper).tick();
  }

  /** Runs a statement on the service's own tables. */
  sql<T = Loose>(text: string, parameters: unknown[] = []): Promise<T[]> {
    return inTransaction(this.dataSource, (tx) => rows<T>(tx, text, parameters));
  }

  /** Makes shop, sender and one released fulfilment. */
  async release(change: Partial<FulfilmentFactItem> = {}): Promise<FulfilmentFactItem> {
    await this.tell('shop.changed', [SHOP]);
    await this.call('PUT', '/senders/HZ1', SENDER);
    const item = fulfilment(change);
    this.neighbours.revisions.set(item.fulfilmentId, item.fulfilmentRevision);
    await this.tell('fulfilment.released', [item]);
    return item;
  }

  /** Releases a fulfilment and labels it whole. */
  async label(change: Partial<FulfilmentFactItem> = {}): Promise<{ item: FulfilmentFactItem; parcel: Loose }> {
    const item = await this.release(change);
    const { body } = await this.post(`/fulfilments/${item.fulfilmentId}/parcels`);
    return { item, parcel: body };
  }

  /** Releases, labels and ships a fulfilment. */
  async ship(change: Partial<FulfilmentFactItem> = {}): Promise<{ item: FulfilmentFactItem; parcel: Loose }> {
    const { item, parcel } = await this.label(change);
    return { item, parcel: (await this.post('/parcels/ship', { waybillNo: parcel.waybillNo })).body };
  }

  /** Tells that the goods of a fulfilment's order shall not reach the buyer, or may again. */
  async refund(
    item: FulfilmentFactItem,
    orderVersion: number,
    refund: 'none' | 'requested' | 'refunded',
  ): Promise<void> {
    const name = { none: 'refund.withdrawn', requested: 'refund.requested', refunded: 'refund.succeeded' }[refund];
    await this.tell(name, [refundOf(item, orderVersion, refund)]);
  }

  /** The intercept of a parcel, if there is one. */
  async interceptOf(parcelId: string): Promise<Loose> {
    return (await this.get('/intercepts?limit=500')).body.items.find((one: Loose) => one.parcelId === parcelId);
  }

  /** Returns under a number. */
  async returnsOf(waybillNo: string): Promise<Loose[]> {
    return (await this.get(`/returns?waybillNo=${encodeURIComponent(waybillNo)}`)).body.items;
  }

  /** Breaches of all invariants but the one on acknowledgements: nobody acknowledges a kit's facts. */
  async breaches(): Promise<string[]> {
    const { items } = (await this.get('/verify')).body;
    return items
      .filter(({ invariant }: Loose) => !invariant.startsWith('6 '))
      .flatMap(({ breaches }: Loose) => breaches);
  }
}

export const SENDER = {
  name: '杭州仓',
  phone: '0571-88000000',
  province: '浙江省',
  city: '杭州市',
  district: '余杭区',
  address: '良睦路 1 号',
};

export const SHOP: ShopItem = {
  shopId: 'shp_1',
  shopVersion: 1,
  platform: 'taobao',
  platformShopId: '1',
  name: '店',
  goLiveAt: '2026-11-01T00:00:00.000Z',
  defaultCarrier: 'ZTO',
};

let count = 0;

/** A released fulfilment of one line of two pieces. */
export function fulfilment(change: Partial<FulfilmentFactItem> = {}): FulfilmentFactItem {
  count += 1;
  return {
    fulfilmentId: `ful_${count}`,
    fulfilmentRevision: 1,
    state: 'released',
    reason: '',
    shopId: 'shp_1',
    platform: 'taobao',
    warehouse: 'HZ1',
    shipBy: '2026-11-12T15:59:59.000Z',
    isUrgent: false,
    carrier: null,
    lines: [
      {
        orderId: `ord_${count}`,
        platformOrderNo: `22319583492${count}`,
        lineId: `oln_${count}`,
        platformLineNo: `22319583493${count}`,
        skuId: 'sku_1',
        skuCode: 'TEE-RED-M',
        title: 'T恤',
        quantity: 2,
      },
    ],
    ...change,
  };
}

/** The same fulfilment, stopped at the next revision. */
export function stopOf(item: FulfilmentFactItem, reason = 'The buyer asks for a refund.'): FulfilmentFactItem {
  return { ...item, state: 'stopped', reason, fulfilmentRevision: item.fulfilmentRevision + 1 };
}

/** An order fact about the order of a fulfilment. */
export function orderOf(item: FulfilmentFactItem, platformState: string, orderVersion: number): OrderFactItem {
  const line = item.lines[0]!;
  return {
    orderId: line.orderId,
    orderVersion,
    shopId: item.shopId,
    platform: item.platform,
    platformOrderNo: line.platformOrderNo,
    platformState,
    status: platformState,
    placedAt: '2026-11-11T00:00:00.000Z',
    paidAt: null,
    shipBy: null,
    stock: 'none',
    region: { province: '北京', city: '北京市' },
    currency: 'CNY',
    amounts: {
      goodsFen: 100,
      freightFen: 0,
      shopDiscountFen: 0,
      platformDiscountFen: 0,
      payableFen: 100,
      paidFen: 100,
    },
    lines: [],
  };
}

/** An order fact whose lines are those of a fulfilment, all in one state of refund; paid 100 fen each. */
export function refundOf(
  item: FulfilmentFactItem,
  orderVersion: number,
  refund: 'none' | 'requested' | 'refunded',
  refundedFen = refund === 'refunded' ? 100 : 0,
): OrderFactItem {
  return {
    ...orderOf(item, 'shipped', orderVersion),
    lines: item.lines.map(({ lineId, platformLineNo, skuId, skuCode, quantity }) => ({
      lineId,
      platformLineNo,
      listingId: 'l',
      listingSkuId: 'ls',
      quantity,
      noStock: false,
      wants: [{ skuId, skuCode, quantity }],
      paidFen: 100,
      refundedFen,
      refund,
    })),
  };
}

/** An after-sale of a fulfilment's first line in which the buyer sends the goods back. */
export function afterSaleOf(
  item: FulfilmentFactItem,
  afterSaleVersion: number,
  change: Partial<AfterSaleFactItem> = {},
): AfterSaleFactItem {
  const { orderId, platformOrderNo, lineId } = item.lines[0]!;
  return {
    afterSaleId: `afs_${item.fulfilmentId}`,
    afterSaleVersion,
    shopId: item.shopId,
    platform: item.platform,
    platformAfterSaleNo: `9${platformOrderNo}`,
    orderId,
    platformOrderNo,
    lineId,
    kind: 'return_refund',
    state: 'return_sent',
    refundFen: 100,
    countedFen: 0,
    currency: 'CNY',
    goodsComeBack: true,
    returnWaybillNo: null,
    returnCarrier: null,
    createdAt: '2026-11-13T00:00:00.000Z',
    modifiedAt: '2026-11-13T00:00:00.000Z',
    ...change,
  };
}
