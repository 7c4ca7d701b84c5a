import type { DataSource } from 'typeorm';
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ALL_FACTS, type ListingLinkItem } from '@app/contracts';
import { createApp, loadConfig, newId, type FactEnvelope, type ServiceName } from '@app/shared';
import { FactConsumer } from '@app/shared/facts/fact.consumer';
import { cloneDatabase, type TestDatabase } from '@app/shared/testing/database';
import { startTestIdentity, type TestIdentity } from '@app/shared/testing/identity';
import { SyncConfig } from '../sync.config';
import { SyncModule } from '../sync.module';
import { FakePlatform } from './fake-platform';
import { Neighbours } from './neighbours';
import { syncTestEnvironment } from './testing.config';

/** An answer of the app under test. */
export interface Answer {
  status: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- Tests read whatever the route answers.
  body: any;
}

/** sync-worker as a whole with a fake platform, fake neighbours, and a database and Redis prefix of its own. */
export interface SyncFixture {
  app: NestFastifyApplication;
  database: TestDatabase;
  identity: TestIdentity;
  fake: FakePlatform;
  neighbours: Neighbours;
  config: SyncConfig;
  call(
    method: string,
    path: string,
    options?: { body?: unknown; scopes?: string[]; token?: string; headers?: Record<string, string> },
  ): Promise<Answer>;
  service(method: string, path: string, body: unknown): Promise<Answer>;
  tell(name: string, producer: ServiceName, items: unknown[]): Promise<void>;
  close(): Promise<void>;
}

export const ALL_SCOPES = ['sync:read', 'sync:write', 'operations:read', 'operations:write', 'verify:read'];

type Send = (
  method: string,
  path: string,
  token: string | undefined,
  body: unknown,
  headers: Record<string, string>,
) => Promise<Answer>;

/** Calls the service under test over HTTP. */
function sender(base: string): Send {
  return async (method, path, token, body, headers) => {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? null : JSON.parse(text) };
  };
}

/** Starts everything; `works: false` keeps the schedule and the processors still, so that a test runs them by hand. */
export async function startSync(settings: { works: boolean }): Promise<SyncFixture> {
  const database = await cloneDatabase();
  const identity = await startTestIdentity();
  const neighbours = new Neighbours();
  await neighbours.start();
  const fake = new FakePlatform();
  const config = loadConfig(SyncConfig, {
    ...syncTestEnvironment(database.urlOf('sync')),
    HUIDIAN_MODE: 'test',
    SYNC_PORT: '0',
    SERVICE_CLIENT_SECRET: 'test-service-secret',
    GATEWAY_URL: identity.url,
    ORDERS_URL: neighbours.url,
    CATALOG_URL: neighbours.url,
    SETTLEMENT_URL: neighbours.url,
    REDIS_PREFIX: `sync-test-${randomBytes(4).toString('hex')}`,
    SECRETS_MASTER_KEY: randomBytes(32).toString('base64'),
    SYNC_PULL_INTERVAL_MS: '500',
    SYNC_WORKS: settings.works ? 'true' : 'false',
  });
  const options = { service: 'sync' as const, config, port: 0, facts: ALL_FACTS, title: 'sync', description: 'sync' };
  const app = await createApp({
    options,
    module: SyncModule.for(options, fake.registry),
    batchPaths: ['/v1/waybills'],
    rootPaths: ['webhooks/:platform/:shopOrAppId'],
    rawBodyPaths: ['/webhooks/'],
  });
  await app.listen(0, '127.0.0.1');
  const base = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  const send = sender(base);
  return {
    app,
    database,
    identity,
    fake,
    neighbours,
    config,
    async call(method, path, { body, scopes = ALL_SCOPES, token, headers = {} } = {}) {
      return send(method, path, token ?? (await identity.token({ scopes })), body, headers);
    },
    async service(method, path, body) {
      const token = await identity.token({
        scopes: ['platform:call'],
        kind: 'service',
        companyId: '*',
        clientId: 'svc-logistics',
      });
      return send(method, path, token, body, { 'x-huidian-company': 'cmp_test' });
    },
    async tell(name, producer, items) {
      const envelope: FactEnvelope = {
        companyId: 'cmp_test',
        eventId: newId('evt'),
        name,
        producer,
        traceId: 'test-trace-id',
        occurredAt: '2026-01-01T00:00:00Z',
        items: JSON.stringify(items),
      };
      await app.get(FactConsumer, { strict: false }).consume(envelope);
    },
    async close() {
      await app.close();
      await neighbours.stop();
      await identity.close();
      await database.drop();
    },
  };
}

/** Joins a shop of the fake platform; returns its id. */
export async function joinShop(sync: SyncFixture, platformShopId = '1'): Promise<string> {
  const body = {
    platform: 'fake',
    name: '旗舰店',
    platformShopId,
    appKey: 'app',
    appSecret: 's',
    accessToken: 'token-1',
  };
  return (await sync.call('POST', '/sync/v1/shops', { body })).body.id as string;
}

/** The item of `listing.changed` for a SKU of the fake platform's one listing: linked and on the shelf unless told otherwise. */
export function linkItem(
  shopId: string,
  listingSkuId: string,
  components: readonly { skuId: string; quantity: number }[],
  more: Partial<ListingLinkItem> = {},
): ListingLinkItem {
  return {
    linkId: `${shopId}/${listingSkuId}`,
    linkVersion: 1,
    shopId,
    platform: 'fake',
    listingId: 'item1',
    listingSkuId,
    title: 'T恤',
    merchantCode: listingSkuId,
    isOnShelf: true,
    isLinked: true,
    noStock: false,
    components: components.map((part) => ({ ...part, skuCode: part.skuId })),
    ...more,
  };
}

/** Whether a statement of the service waits for a lock. */
export async function isWaitingForLock(db: DataSource): Promise<boolean> {
  const waiting = (await db.query(
    `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  )) as unknown[];
  return waiting.length > 0;
}

/** Waits until a condition holds; fails after a bound. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, boundMs = 15_000): Promise<void> {
  const steps = Math.ceil(boundMs / 50);
  for (let step = 0; step < steps; step += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Not within ${boundMs} ms: ${what}`);
}

/** The item of `parcel.shipped` for a parcel with one piece of one order. */
export function shippedParcel(shopId: string, platformOrderNo: string): Record<string, unknown> {
  return {
    parcelId: 'par_1',
    parcelVersion: 1,
    state: 'shipped',
    fulfilmentId: 'ful_1',
    fulfilmentRevision: 1,
    shopId,
    platform: 'fake',
    warehouse: 'HZ1',
    carrier: 'ZTO',
    waybillNo: 'Z1',
    shippedAt: '2026-01-01T00:00:00Z',
    deliveredAt: null,
    lines: [
      {
        orderId: `ord_${platformOrderNo}`,
        platformOrderNo,
        lineId: 'l1',
        platformLineNo: `${platformOrderNo}-1`,
        skuId: 'sku_1',
        skuCode: 'A',
        quantity: 1,
      },
    ],
  };
}
