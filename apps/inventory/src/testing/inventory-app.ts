import type { DataSource } from 'typeorm';
import multipart from '@fastify/multipart';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ALL_FACTS, type SkuItem } from '@app/contracts';
import { PlatformRegistry } from '@app/platforms';
import { createDataSource, startApp, type RunningApp } from '@app/shared';
import { cloneDatabase, unlessLocked, type TestDatabase } from '@app/shared/testing/database';
import { startTestIdentity, type TestIdentity, type TestTokenClaims } from '@app/shared/testing/identity';
import { InventoryModule } from '../inventory.module';
import { testConfig } from './inventory-kit';

/** An answer as tests look at it. */
export interface Seen {
  status: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests pick answers of every shape apart
  body: any;
}

/** A catalog that knows SKUs whose codes begin with NEW. */
async function startCatalog(): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (part: Buffer) => (text += part.toString()));
    request.on('end', () => {
      const { codes } = JSON.parse(text) as { codes: string[] };
      const items = codes
        .filter((code) => code.startsWith('NEW'))
        .map((code): SkuItem => ({ skuId: `sku-${code}`, skuVersion: 1, code, name: code, spec: {}, isActive: true }));
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ items }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

/** The inventory service over HTTP, on a database of its own. */
export class InventoryApp {
  private constructor(
    readonly database: TestDatabase,
    readonly identity: TestIdentity,
    private readonly app: RunningApp,
    private readonly admin: DataSource,
    private readonly catalog: Server,
  ) {}

  static async start(): Promise<InventoryApp> {
    const database = await cloneDatabase();
    const identity = await startTestIdentity();
    const catalog = await startCatalog();
    const config = testConfig(database, { GATEWAY_URL: identity.url, CATALOG_URL: catalog.url });
    const options = {
      service: 'inventory' as const,
      config,
      port: 0,
      facts: ALL_FACTS,
      title: 'inventory',
      description: '',
    };
    const app = await startApp({
      options,
      module: InventoryModule.for(options, await PlatformRegistry.load()),
      prepare: async (nest) => void (await nest.register(multipart)),
    });
    const admin = await createDataSource({ url: database.adminUrl, schema: 'inventory', poolSize: 2 }).initialize();
    return new InventoryApp(database, identity, app, admin, catalog.server);
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    claims: Partial<TestTokenClaims> = {},
    headers: Record<string, string> = {},
  ): Promise<Seen> {
    const token = await this.identity.token({
      scopes: ['inventory:read', 'inventory:write', 'verify:read'],
      ...claims,
    });
    const isForm = body instanceof FormData;
    const response = await fetch(`http://127.0.0.1:${this.app.port}/inventory${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  }

  async query<T>(sql: string, parameters: unknown[] = []): Promise<T[]> {
    return (await unlessLocked(() => this.admin.query(sql, parameters))) as T[];
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.identity.close();
    await this.admin.destroy();
    await new Promise((resolve) => this.catalog.close(resolve));
    await this.database.drop();
  }
}
