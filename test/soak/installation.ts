import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { EmbeddedServers } from '../harness/embedded-servers';
import { simulatorAddresses } from '../harness/platform-folders';
import { ROOT, TestProcess } from '../harness/processes';
import { SimulatorControl } from '../harness/simulator-control';
import { SERVICE_APPS, type ServiceKey } from '../harness/topology';
import { freePort, until } from '../harness/wait';

const run = promisify(execFile);
/** Every service at once on a busy machine. */
const READY_MS = 120_000;

export const SERVICES = Object.keys(SERVICE_APPS) as ServiceKey[];

/** Wire milliseconds between two change pulls of a shop. */
export const PULL_INTERVAL_MS = 4_000;

/** An installation with servers of its own: every service is a process, started by its production command. */
export class Installation {
  readonly servers: EmbeddedServers;
  readonly processes = new Map<ServiceKey, TestProcess>();
  simulator!: TestProcess;
  control!: SimulatorControl;
  gatewayUrl = '';
  private env: Record<string, string> = {};

  constructor(
    private readonly dir: string,
    isDurable: boolean,
  ) {
    this.servers = new EmbeddedServers(join(dir, 'servers'), isDurable);
  }

  async start(seed: number, storyRate: number): Promise<void> {
    mkdirSync(join(this.dir, 'logs'), { recursive: true });
    await this.servers.start();
    const simulatorPort = await freePort();
    const simulatorUrl = `http://127.0.0.1:${simulatorPort}`;
    this.control = new SimulatorControl(simulatorUrl);
    this.env = await this.environment(simulatorUrl);
    await run(process.execPath, [join(ROOT, 'dist/libs/shared/src/db/migrate.cli.js')], {
      env: { PATH: process.env.PATH, ...this.env },
    });
    this.simulator = this.process('simulator', 'simulator', simulatorPort, {
      HOST: '127.0.0.1',
      SIMULATOR_PORT: String(simulatorPort),
      SIMULATOR_DATA_DIR: join(this.dir, 'simulator'),
      SIMULATOR_STORY_RATE: String(storyRate),
      SIMULATOR_SEED: String(seed),
      SIMULATOR_WEBHOOK_BASE: this.env.SYNC_URL!,
    });
    await this.simulator.start();
    for (const key of SERVICES) {
      const { app, port } = SERVICE_APPS[key];
      this.processes.set(key, this.process(key, app, Number(this.env[port]), this.env));
    }
    await this.service('gateway').start(READY_MS);
    await Promise.all(SERVICES.filter((key) => key !== 'gateway').map((key) => this.service(key).start(READY_MS)));
  }

  service(key: ServiceKey): TestProcess {
    return this.processes.get(key)!;
  }

  /** The address of one service, past the gateway. */
  urlOf(key: ServiceKey): string {
    return this.env[SERVICE_APPS[key].url]!;
  }

  /** Waits until every service says that nothing is missing. */
  async allReady(withinMs = READY_MS): Promise<void> {
    await until(
      'every service is ready',
      async () => {
        const answers = await Promise.all(SERVICES.map((key) => fetch(`${this.urlOf(key)}/health/ready`)));
        return answers.every(({ status }) => status === 200);
      },
      withinMs,
      250,
    );
  }

  /** Kills a service as a power cut would, and starts it again. */
  async killAndStart(key: ServiceKey): Promise<void> {
    await this.service(key).kill();
    await this.service(key).start(READY_MS);
  }

  async flushRedis(): Promise<void> {
    const redis = new Redis(this.servers.redisUrl);
    await redis.flushall();
    redis.disconnect();
  }

  /** A connection of the owner that cannot write: for what no call of the API tells. */
  async reader(): Promise<Client> {
    const client = new Client({ connectionString: this.servers.databaseUrl });
    await client.connect();
    await client.query('SET default_transaction_read_only = on');
    return client;
  }

  async close(): Promise<void> {
    await Promise.all([...this.processes.values()].map((service) => service.stop()));
    await this.simulator?.stop();
    await this.servers.stop();
  }

  private process(name: string, app: string, port: number, env: Record<string, string>): TestProcess {
    return new TestProcess(
      name,
      [process.execPath, join(ROOT, `dist/apps/${app}/src/main.js`)],
      { ...env },
      `http://127.0.0.1:${port}/health/${name === 'simulator' ? 'live' : 'ready'}`,
      join(this.dir, 'logs'),
    );
  }

  private async environment(simulatorUrl: string): Promise<Record<string, string>> {
    const env: Record<string, string> = {
      NODE_ENV: 'production',
      HUIDIAN_MODE: 'demo',
      HOST: '127.0.0.1',
      LOG_LEVEL: 'warn',
      DATABASE_URL: this.servers.databaseUrl,
      DATABASE_ROLE_PASSWORD: randomBytes(12).toString('hex'),
      REDIS_URL: this.servers.redisUrl,
      SERVICE_CLIENT_SECRET: randomBytes(12).toString('hex'),
      SECRETS_MASTER_KEY: randomBytes(32).toString('base64'),
      HUIDIAN_CLOCK_URL: `${simulatorUrl}/_control/clock`,
      ...simulatorAddresses(simulatorUrl),
      SYNC_PULL_INTERVAL_MS: String(PULL_INTERVAL_MS),
      GATEWAY_RATE_PER_SECOND: '2000',
      GATEWAY_RATE_BURST: '4000',
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
