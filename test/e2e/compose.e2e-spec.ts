import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { cloneDatabase, TEST_ROLE_PASSWORD, type TestDatabase } from '@app/shared/testing/database';
import { testEnvironment } from '@app/shared/testing/testing.config';
import { ApiClient } from '../harness/api-client';
import { ROOT, TestProcess } from '../harness/processes';
import { freePort } from '../harness/wait';

interface ComposeService {
  entrypoint?: string[];
  command?: string[];
  environment?: Record<string, string>;
  profiles?: string[];
}

const OURS = ['migrate', 'gateway', 'catalog', 'orders', 'inventory', 'logistics', 'settlement', 'sync-worker'];
const PORTS: Record<string, string> = {
  gateway: '3000',
  catalog: '3001',
  orders: '3002',
  inventory: '3003',
  logistics: '3004',
  settlement: '3005',
  'sync-worker': '3006',
};

/** Puts values in place of `${NAME}`, `${NAME:-default}` and `${NAME:?message}`, as compose does. */
function fill(text: string, values: Record<string, string>): string {
  return text.replace(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, name: string, kind?: string, rest?: string) => {
    const value = values[name];
    if (value) return value;
    if (kind === '?') throw new Error(`${name} is required: ${rest}`);
    return kind === '-' ? (rest ?? '') : '';
  });
}

describe('the services as docker-compose.yml starts them', () => {
  let database: TestDatabase;
  let services: Record<string, ComposeService>;
  const processes: TestProcess[] = [];
  const ports: Record<string, string> = {};
  const values: Record<string, string> = {};

  /** Addresses of the compose network become local ones; nothing else is changed. */
  const localise = (text: string): string => {
    let local = fill(text, values);
    for (const [name, port] of Object.entries(PORTS))
      local = local.replace(`http://${name}:${port}`, `http://127.0.0.1:${ports[name]}`);
    local = local.replace(/redis:\/\/[^@/]*@redis:6379\/0/, testEnvironment().redisUrl);
    return local.replace(/@postgres:5432\/huidian$/, `@${new URL(database.adminUrl).host}/${database.name}`);
  };

  const processOf = (name: string, readyUrl: string | undefined, logs: string): TestProcess => {
    const service = services[name]!;
    const env = Object.fromEntries(
      Object.entries(service.environment ?? {}).map(([key, value]) => [key, localise(String(value))]),
    );
    if (env.HOST) env.HOST = '127.0.0.1';
    const own = PORTS[name];
    if (own) env[`${name === 'sync-worker' ? 'SYNC' : name.toUpperCase()}_PORT`] = ports[name]!;
    env.REDIS_PREFIX = `c-${database.name}`;
    if (name === 'migrate') env.DATABASE_URL = database.adminUrl;
    const command = [...(service.entrypoint ?? []), ...(service.command ?? [])];
    const made = new TestProcess(name, command, env, readyUrl, logs);
    processes.push(made);
    return made;
  };

  beforeAll(async () => {
    database = await cloneDatabase();
    services = (
      parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), { merge: true }) as {
        services: Record<string, ComposeService>;
      }
    ).services;
    Object.assign(values, {
      HUIDIAN_MODE: 'production',
      POSTGRES_PASSWORD: 'unused-here',
      REDIS_PASSWORD: 'unused-here',
      DATABASE_ROLE_PASSWORD: TEST_ROLE_PASSWORD,
      SERVICE_CLIENT_SECRET: randomBytes(24).toString('hex'),
      SECRETS_MASTER_KEY: randomBytes(32).toString('base64'),
    });
    for (const name of Object.keys(PORTS)) ports[name] = String(await freePort());
    const logs = mkdtempSync(join(tmpdir(), 'huidian-compose-'));
    const migrate = processOf('migrate', undefined, logs);
    migrate.launch();
    await migrate.ended(60_000);
    for (const name of OURS.slice(1))
      await processOf(name, `http://127.0.0.1:${ports[name]}/health/ready`, logs).start();
  }, 180_000);

  afterAll(async () => {
    const codes = await Promise.all(processes.slice(1).map((one) => one.stop()));
    await database?.drop();
    expect(codes).toEqual(OURS.slice(1).map(() => 0));
  }, 60_000);

  const makeClient = async (): Promise<ApiClient> => {
    const { spawnSync } = await import('node:child_process');
    const tool = services.client!;
    const env = Object.fromEntries(
      Object.entries(tool.environment ?? {}).map(([key, value]) => [key, localise(String(value))]),
    );
    const scopes =
      'catalog:read catalog:write orders:read orders:write inventory:read inventory:write logistics:read logistics:write settlement:read sync:read sync:write operations:read verify:read';
    const result = spawnSync(
      process.execPath,
      [join(ROOT, 'dist/apps/gateway/src/client.cli.js'), 'create', '--name', 'compose test', '--scopes', scopes],
      {
        env: { PATH: process.env.PATH ?? '', ...env },
        encoding: 'utf8',
        cwd: ROOT,
      },
    );
    const id = /"?client_?id"?\W+([A-Za-z0-9_-]+)/i.exec(result.stdout)?.[1];
    const secret = /"?(?:client_?)?secret"?\W+([A-Za-z0-9_-]+)/i.exec(result.stdout)?.[1];
    if (!id || !secret) throw new Error(`No client was made: ${result.stdout} ${result.stderr}`);
    return ApiClient.login(`http://127.0.0.1:${ports.gateway}`, id, secret);
  };

  it('[A21] every service of ours has an entrypoint and a command of its own', () => {
    for (const name of OURS)
      expect({ name, command: [...(services[name]?.entrypoint ?? []), ...(services[name]?.command ?? [])] }).toEqual({
        name,
        command: ['node', '--enable-source-maps', expect.stringMatching(/^dist\/.*\.js$/)],
      });
  });

  it('[P24] the contract is walked through the gateway, and the demo client does not exist', async () => {
    await expect(ApiClient.login(`http://127.0.0.1:${ports.gateway}`, 'demo', 'demo-secret')).rejects.toThrow('401');
    const api = await makeClient();
    const made = await api.call('POST', '/catalog/v1/products', {
      code: 'TEE',
      name: '纯棉T恤',
      skus: [{ code: 'TEE-RED-M', spec: { 颜色: '红', 尺码: 'M' }, barcodes: [], weightGrams: 180, vatRate: '13' }],
    });
    expect(made.status).toBe(201);
    await api.post('/inventory/v1/warehouses', { code: 'HZ1', name: '杭州一号仓', priority: 1 });
    let adjusted = 0;
    for (let tries = 0; tries < 50 && adjusted !== 201; tries += 1) {
      adjusted = (
        await api.call('POST', '/inventory/v1/adjustments', {
          key: 'open-1',
          cause: 'opening stock',
          lines: [{ skuCode: 'TEE-RED-M', warehouse: 'HZ1', quantity: 10, bucket: 'onHand' }],
        })
      ).status;
      if (adjusted !== 201) await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(adjusted).toBe(201);
    const reserved = await api.call('POST', '/inventory/v1/reservations', {
      key: 'ext-1',
      lines: [{ skuCode: 'TEE-RED-M', quantity: 4 }],
    });
    expect([reserved.status, reserved.body]).toEqual([
      201,
      expect.objectContaining({
        key: 'ext-1',
        state: 'reserved',
        lines: [{ skuCode: 'TEE-RED-M', quantity: 4, warehouse: 'HZ1' }],
      }),
    ]);
    const short = await api.call<{ code: string }>('POST', '/inventory/v1/reservations', {
      key: 'ext-2',
      lines: [{ skuCode: 'TEE-RED-M', quantity: 7 }],
    });
    expect([short.status, short.body.code]).toEqual([409, 'RESERVATION.SHORT']);
    const { items } = await api.get<{ items: Record<string, unknown>[] }>('/inventory/v1/stock?skuCode=TEE-RED-M');
    expect(items[0]).toMatchObject({ skuCode: 'TEE-RED-M', warehouse: 'HZ1', onHand: 10, reserved: 4, sellable: 6 });
    for (const path of [
      '/orders/v1/orders',
      '/orders/v1/fulfilments',
      '/logistics/v1/work',
      '/logistics/v1/pull-outs',
      '/sync/v1/shops',
      '/sync/v1/alarms?open=true',
      '/sync/v1/failed-jobs',
      '/settlement/v1/orders',
      '/catalog/v1/skus?code=TEE-RED-M',
    ]) {
      expect({ path, answer: await api.get(path) }).toEqual({
        path,
        answer: expect.objectContaining({ items: expect.any(Array) }),
      });
    }
    const nobody = await api.call<{ code: string; traceId: string }>('GET', '/orders/v1/orders/ord_nobody');
    expect([nobody.status, nobody.body.code, typeof nobody.body.traceId]).toEqual([404, 'ORDER.NOT_FOUND', 'string']);
  }, 60_000);
});
