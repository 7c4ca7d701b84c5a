import type { DataSource } from 'typeorm';
import { ALL_FACTS, type CanonicalListing, type ListingLinkItem, type SkuItem } from '@app/contracts';
import { createDataSource, loadConfig, startApp, type RunningApp } from '@app/shared';
import { cloneDatabase, TEST_ROLE_PASSWORD, unlessLocked, type TestDatabase } from '@app/shared/testing/database';
import { startTestIdentity, type TestIdentity, type TestTokenClaims } from '@app/shared/testing/identity';
import { testEnvironment } from '@app/shared/testing/testing.config';
import { CatalogConfig } from '../catalog.config';
import { CatalogModule } from '../catalog.module';

export const SHOP = 'shp_1';

/** An answer as tests look at it. */
export interface Seen {
  status: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests pick answers of every shape apart
  body: any;
}

/** A listing with some SKUs: `[listingSkuId, merchantCode]`. */
export function listing(
  listingId: string,
  skus: [string, string | undefined][],
  more: Partial<CanonicalListing> = {},
): CanonicalListing {
  return {
    listingId,
    title: `标题 ${listingId}`,
    status: 'on_shelf',
    deductsOn: 'order',
    modifiedAt: '2026-11-01T10:00:00+08:00',
    fetchedAt: '2026-11-01T10:00:05+08:00',
    currency: 'CNY',
    skus: skus.map(([listingSkuId, merchantCode]) => ({
      listingSkuId,
      ...(merchantCode === undefined ? {} : { merchantCode }),
      priceFen: 9_900,
      quantity: 10,
      status: 'on_shelf' as const,
    })),
    ...more,
  };
}

/** The catalog service over HTTP, on a database of its own. */
export class CatalogApp {
  private constructor(
    readonly database: TestDatabase,
    readonly identity: TestIdentity,
    private readonly app: RunningApp,
    private readonly admin: DataSource,
  ) {}

  static async start(): Promise<CatalogApp> {
    const database = await cloneDatabase();
    const identity = await startTestIdentity();
    const config = loadConfig(CatalogConfig, {
      HUIDIAN_MODE: 'test',
      DATABASE_URL: database.adminUrl,
      DATABASE_ROLE_PASSWORD: TEST_ROLE_PASSWORD,
      REDIS_URL: testEnvironment().redisUrl,
      REDIS_PREFIX: `test-${database.name}`,
      SERVICE_CLIENT_SECRET: 'test-service-client-secret',
      GATEWAY_URL: identity.url,
      CATALOG_PORT: '0',
      LOG_LEVEL: 'silent',
    });
    const options = {
      service: 'catalog' as const,
      config,
      port: 0,
      facts: ALL_FACTS,
      title: 'catalog',
      description: '',
    };
    const app = await startApp({ options, module: CatalogModule.for(options), batchPaths: ['/v1/platform-listings'] });
    const admin = await createDataSource({ url: database.adminUrl, schema: 'catalog', poolSize: 2 }).initialize();
    const kit = new CatalogApp(database, identity, app, admin);
    for (const shop of [SHOP, 'shp_2'])
      await kit.query(`INSERT INTO shop VALUES ('cmp_test', $1, 'taobao', '旗舰店')`, [shop]);
    return kit;
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    claims: Partial<TestTokenClaims> = {},
    headers: Record<string, string> = {},
  ): Promise<Seen> {
    const token = await this.identity.token({
      scopes: ['catalog:read', 'catalog:write', 'verify:read', 'operations:read', 'operations:write'],
      ...claims,
    });
    const response = await fetch(`http://127.0.0.1:${this.app.port}/catalog${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  }

  put(items: unknown[], shopId = SHOP): Promise<Seen> {
    return this.call('PUT', '/v1/platform-listings', { shopId, items });
  }

  async query<T>(sql: string, parameters: unknown[] = []): Promise<T[]> {
    return (await unlessLocked(() => this.admin.query(sql, parameters))) as T[];
  }

  async told<T = ListingLinkItem | SkuItem>(name: string): Promise<T[]> {
    const found = await this.query<{ items: string }>(
      'SELECT items FROM outbox WHERE name = $1 ORDER BY recorded_at, event_id',
      [name],
    );
    return found.flatMap(({ items }) => JSON.parse(items) as T[]);
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.identity.close();
    await this.admin.destroy();
    await this.database.drop();
  }
}
