import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { cloneDatabase, TEST_ROLE_PASSWORD, type TestDatabase } from '@app/shared/testing/database';
import { testEnvironment } from '@app/shared/testing/testing.config';
import { ApiClient } from './api-client';
import { furtherPlatforms, simulatorAddresses } from './platform-folders';
import { ROOT, TestProcess } from './processes';
import { freePort, until } from './wait';

/** The service apps with the environment keys of their port and address. */
export const SERVICE_APPS = {
  gateway: { app: 'gateway', port: 'GATEWAY_PORT', url: 'GATEWAY_URL' },
  catalog: { app: 'catalog', port: 'CATALOG_PORT', url: 'CATALOG_URL' },
  orders: { app: 'orders', port: 'ORDERS_PORT', url: 'ORDERS_URL' },
  inventory: { app: 'inventory', port: 'INVENTORY_PORT', url: 'INVENTORY_URL' },
  logistics: { app: 'logistics', port: 'LOGISTICS_PORT', url: 'LOGISTICS_URL' },
  settlement: { app: 'settlement', port: 'SETTLEMENT_PORT', url: 'SETTLEMENT_URL' },
  sync: { app: 'sync-worker', port: 'SYNC_PORT', url: 'SYNC_URL' },
} as const;
export type ServiceKey = keyof typeof SERVICE_APPS;

export interface TopologySettings {
  /** `separate`: a process per service by its production command; `all-in-one`: one process. */
  kind: 'separate' | 'all-in-one';
  /** Story seconds per wire second; default 600. */
  storyRate?: number;
  /** Further environment of the services. */
  env?: Record<string, string>;
  simulatorEnv?: Record<string, string>;
  /** Services of a separate topology that `dieAt` may have killed at a step; they run in test mode. */
  mortal?: readonly ServiceKey[];
  /** Changes the environment of the services once all addresses are known, e.g. to put proxies in between. */
  reroute?(env: Record<string, string>): Promise<Record<string, string>>;
}

/** A whole installation of its own: database, Redis prefix, simulator and services on free ports. */
export class Topology {
  readonly services = new Map<string, TestProcess>();
  simulator!: TestProcess;
  gatewayUrl = '';
  simulatorUrl = '';
  database!: TestDatabase;
  admin!: Client;
  redis!: Redis;
  redisPrefix = '';
  env: Record<string, string> = {};

  private constructor(readonly settings: TopologySettings) {}

  static async start(settings: TopologySettings): Promise<Topology> {
    const topology = new Topology(settings);
    await topology.prepare();
    try {
      await topology.simulator.start();
      await topology.startServices();
      return topology;
    } catch (error) {
      await topology.close();
      throw error;
    }
  }

  /** A client of the gateway with the demo credentials. */
  async client(clientId = 'demo', secret = 'demo-secret'): Promise<ApiClient> {
    return ApiClient.login(this.gatewayUrl, clientId, secret);
  }

  service(key: ServiceKey): TestProcess {
    const found = this.services.get(this.settings.kind === 'separate' ? key : 'all-in-one');
    if (!found) throw new Error(`No process for ${key}.`);
    return found;
  }

  async startServices(): Promise<void> {
    const [gateway, ...others] = [...this.services.values()];
    await gateway!.start();
    await Promise.all(others.map((service) => service.start()));
    // The process of all-in-one is ready for its supervisor with its gateway; tests need every service.
    await until('every service is ready', async () => {
      const answers = await Promise.all(
        Object.values(SERVICE_APPS).map(({ url }) => fetch(`${this.env[url]}/health/ready`)),
      );
      return answers.every(({ status }) => status === 200);
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.services.values()].reverse().map((service) => service.stop()));
    await this.simulator?.stop();
    this.redis?.disconnect();
    await this.admin?.end();
    await this.database?.drop();
  }

  private async prepare(): Promise<void> {
    this.database = await cloneDatabase();
    this.admin = new Client({ connectionString: this.database.adminUrl });
    await this.admin.connect();
    this.redis = new Redis(testEnvironment().redisUrl);
    this.redisPrefix = `t-${this.database.name}`;
    const logs = mkdtempSync(join(tmpdir(), 'huidian-e2e-'));
    const simulatorPort = await freePort();
    this.simulatorUrl = `http://127.0.0.1:${simulatorPort}`;
    this.env = await this.serviceEnv();
    if (this.settings.reroute) this.env = await this.settings.reroute(this.env);
    this.simulator = this.process(
      'simulator',
      'simulator',
      {
        HOST: '127.0.0.1',
        SIMULATOR_PORT: String(simulatorPort),
        SIMULATOR_DATA_DIR: join(logs, 'simulator-data'),
        SIMULATOR_STORY_RATE: String(this.settings.storyRate ?? 600),
        SIMULATOR_SEED: '42',
        SIMULATOR_FOLDERS: furtherPlatforms('simulator'),
        SIMULATOR_WEBHOOK_BASE: this.env.SYNC_URL!,
        ...this.settings.simulatorEnv,
      },
      `${this.simulatorUrl}/health/live`,
      logs,
    );
    if (this.settings.kind === 'all-in-one') {
      this.services.set(
        'all-in-one',
        this.process('all-in-one', 'all-in-one', this.env, `${this.gatewayUrl}/health/ready`, logs),
      );
      return;
    }
    for (const [key, { app, port }] of Object.entries(SERVICE_APPS)) {
      const isMortal = this.settings.mortal?.includes(key as ServiceKey) ?? false;
      const more: Record<string, string> = isMortal
        ? { HUIDIAN_MODE: 'test', HUIDIAN_KILL_FILE: join(logs, `${key}.kill`) }
        : {};
      const readyUrl = `http://127.0.0.1:${this.env[port]}/health/ready`;
      this.services.set(key, this.process(key, app, { ...this.env, ...more }, readyUrl, logs));
    }
  }

  private process(name: string, app: string, env: Record<string, string>, readyUrl: string, logs: string): TestProcess {
    return new TestProcess(
      name,
      [process.execPath, join(ROOT, `dist/apps/${app}/src/main.js`)],
      { ...env },
      readyUrl,
      logs,
    );
  }

  private async serviceEnv(): Promise<Record<string, string>> {
    const env: Record<string, string> = {
      HUIDIAN_MODE: 'demo',
      HOST: '127.0.0.1',
      LOG_LEVEL: 'info',
      DATABASE_URL: this.database.adminUrl,
      DATABASE_ROLE_PASSWORD: TEST_ROLE_PASSWORD,
      DATABASE_POOL_SIZE: '6',
      REDIS_URL: testEnvironment().redisUrl,
      REDIS_PREFIX: this.redisPrefix,
      SERVICE_CLIENT_SECRET: 'service-secret-for-tests',
      SECRETS_MASTER_KEY: randomBytes(32).toString('base64'),
      HUIDIAN_CLOCK_URL: `${this.simulatorUrl}/_control/clock`,
      PLATFORM_FOLDERS: furtherPlatforms('adapter'),
      ...simulatorAddresses(this.simulatorUrl),
      SYNC_PULL_INTERVAL_MS: '1000',
      ...this.settings.env,
    };
    for (const { port, url } of Object.values(SERVICE_APPS)) {
      const free = String(await freePort());
      env[port] = free;
      env[url] = `http://127.0.0.1:${free}`;
    }
    this.gatewayUrl = env.GATEWAY_URL!;
    return env;
  }
}
