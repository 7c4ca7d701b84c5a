import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startApp, type RunningApp } from '@app/shared';
import { cloneDatabase, type TestDatabase } from '@app/shared/testing/database';
import { startTestIdentity, type TestIdentity, type TestTokenClaims } from '@app/shared/testing/identity';
import { OrdersModule } from '../orders.module';
import { COMPANY, OrdersHarness, SHOP, testOptions } from './orders.harness';

/** An answer of the service under test; its members are asserted by the tests, not by types. */
export interface Answer {
  status: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests assert the shape of bodies themselves
  body: any;
}

/** The whole orders service over HTTP, an identity provider, and a stand-in for sync-worker that knows one shop. */
export class OrdersApi {
  private constructor(
    readonly harness: OrdersHarness,
    private readonly database: TestDatabase,
    private readonly app: RunningApp,
    private readonly identity: TestIdentity,
    private readonly sync: Server,
  ) {}

  static async start(): Promise<OrdersApi> {
    const database = await cloneDatabase();
    const identity = await startTestIdentity();
    const sync = createServer((request, response) => {
      const isKnown = request.url === '/sync/v1/shops/shp_asked';
      response.statusCode = isKnown ? 200 : request.url?.endsWith('shp_down') ? 503 : 404;
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify(
          isKnown
            ? {
                id: 'shp_asked',
                platform: 'taobao',
                name: 'N',
                goLiveAt: '2026-01-01T00:00:00Z',
                token: { state: 'valid' },
              }
            : { code: response.statusCode === 503 ? 'SERVICE.UNAVAILABLE' : 'SHOP.NOT_FOUND', detail: 'none' },
        ),
      );
    });
    await new Promise<void>((resolve) => sync.listen(0, '127.0.0.1', resolve));
    const options = testOptions(database, {
      GATEWAY_URL: identity.url,
      SYNC_URL: `http://127.0.0.1:${(sync.address() as AddressInfo).port}`,
    });
    const app = await startApp({
      options,
      module: OrdersModule.for(options),
      batchPaths: ['/v1/platform-orders', '/v1/platform-after-sales'],
    });
    const harness = await OrdersHarness.start({}, database);
    await harness.tellLinks();
    return new OrdersApi(harness, database, app, identity, sync);
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.harness.close();
    await this.identity.close();
    await new Promise((resolve) => this.sync.close(resolve));
    await this.database.drop();
  }

  token(claims: Partial<TestTokenClaims> = {}): Promise<string> {
    return this.identity.token({
      companyId: COMPANY,
      scopes: [
        'orders:read',
        'orders:write',
        'orders:intake',
        'fulfilments:depart',
        'operations:read',
        'operations:write',
        'verify:read',
      ],
      ...claims,
    });
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    claims: Partial<TestTokenClaims> = {},
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(`http://127.0.0.1:${this.app.port}/orders${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await this.token(claims)}`,
        ...(claims.kind === 'service' ? { 'x-huidian-company': COMPANY } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as unknown };
  }

  intake(items: unknown[], shopId = SHOP): Promise<Answer> {
    return this.call('PUT', '/v1/platform-orders', { shopId, items });
  }
}
