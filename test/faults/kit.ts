import { appendFileSync, fsyncSync, openSync, closeSync, readFileSync } from 'node:fs';
import { Client, type QueryResultRow } from 'pg';
import { COMPANY_HEADER } from '@app/shared/auth/caller';
import { ApiClient } from '../harness/api-client';
import { Merchant, type ShownOrder } from '../harness/merchant';
import { limitedClient } from '../harness/refusal';
import { SimulatorControl, type TrueOrder } from '../harness/simulator-control';
import { TcpProxy } from '../harness/tcp-proxy';
import { Topology, SERVICE_APPS, type ServiceKey } from '../harness/topology';
import { until } from '../harness/wait';
import { demand } from './demand';
import { PlatformProxy } from './platform-proxy';

/** What `verify` says of one invariant. */
interface Verified {
  invariant: string;
  inFlight: number;
  breaches: string[];
}

/** Servers that belong to this run alone, so that they may be stopped, frozen and killed. */
export interface OwnServers {
  redisPid: number;
  /** Immediate shutdown of PostgreSQL: no checkpoint, as after a crash. */
  crashPostgres(): Promise<void>;
  startPostgres(): Promise<void>;
}

const COMPANY = 'cmp_demo';
/** Story seconds per wire second: quick enough for windows and census, slow enough that no order ends by itself. */
const STORY_RATE = 60;

/** A whole installation with a merchant of two shops, and with proxies in front of PostgreSQL, Redis and the platform. */
export class Kit {
  topology!: Topology;
  simulator!: SimulatorControl;
  api!: ApiClient;
  /** May read receivers and raw texts. */
  reader!: ApiClient;
  /** The sync service's own client, which hands orders over. */
  intakeClient!: ApiClient;
  merchant!: Merchant;
  second!: Merchant;
  platform!: PlatformProxy;
  platformTcp!: TcpProxy;
  postgres!: TcpProxy;
  redis!: TcpProxy;
  /** The message socket of the platform; closed, so that every order has to be found by pulling. */
  messages!: TcpProxy;

  private constructor(readonly servers: OwnServers | undefined) {}

  static async start(servers?: OwnServers): Promise<Kit> {
    const kit = new Kit(servers);
    try {
      await kit.open();
    } catch (error) {
      await kit.close();
      throw error;
    }
    return kit;
  }

  async close(): Promise<void> {
    await this.topology?.close();
    for (const proxy of [this.platformTcp, this.postgres, this.redis, this.messages, this.platform])
      await proxy?.close();
  }

  private async open(): Promise<void> {
    this.topology = await Topology.start({
      kind: 'separate',
      storyRate: STORY_RATE,
      env: { GATEWAY_RATE_PER_SECOND: '100000', GATEWAY_RATE_BURST: '100000', TAOBAO_TIMEOUT_MS: '4000' },
      reroute: (env) => this.reroute(env),
    });
    // Crashes of PostgreSQL are part of the run: the owner's connection may end at any moment.
    this.topology.admin.on('error', () => undefined);
    this.topology.redis.on('error', () => undefined);
    this.simulator = new SimulatorControl(this.topology.simulatorUrl);
    this.api = await this.topology.client();
    // The command blocks this process, and with it the proxies, so it gets the database's own address.
    const direct = { ...this.topology.env, DATABASE_URL: this.topology.database.adminUrl };
    this.reader = await limitedClient(
      { gatewayUrl: this.topology.gatewayUrl, env: direct },
      'orders:read pii:read sync:read',
      [],
    );
    this.intakeClient = await ApiClient.login(
      this.topology.gatewayUrl,
      'svc-sync',
      this.topology.env.SERVICE_CLIENT_SECRET!,
    );
    this.merchant = new Merchant(this.api, this.simulator);
    await this.merchant.join(2_000);
    this.second = new Merchant(this.api, this.simulator);
    await this.second.join(10, 1);
    for (const merchant of [this.merchant, this.second]) await this.authorise(merchant);
  }

  private async reroute(env: Record<string, string>): Promise<Record<string, string>> {
    this.postgres = await TcpProxy.before(env.DATABASE_URL!);
    this.redis = await TcpProxy.before(env.REDIS_URL!);
    this.messages = await TcpProxy.before(this.topologyUrlOf(env));
    this.platform = await PlatformProxy.before(this.topologyUrlOf(env));
    this.platformTcp = await TcpProxy.before(this.platform.url);
    await this.messages.set({ kind: 'refuse' });
    const platform = `http://127.0.0.1:${this.platformTcp.port}`;
    return {
      ...env,
      DATABASE_URL: this.postgres.through(env.DATABASE_URL!),
      REDIS_URL: this.redis.through(env.REDIS_URL!),
      TAOBAO_GATEWAY_URL: `${platform}/taobao/router/rest`,
      TAOBAO_AUTH_URL: `${platform}/taobao/oauth`,
      TAOBAO_TMC_URL: `ws://127.0.0.1:${this.messages.port}/taobao/tmc`,
    };
  }

  private topologyUrlOf(env: Record<string, string>): string {
    return new URL(env.TAOBAO_GATEWAY_URL!).origin;
  }

  /** The owner of a shop grants access on the platform's page; the shop has a token that can be refreshed then. */
  async authorise(merchant: Merchant): Promise<void> {
    const { url } = await this.api.get<{ url: string }>(`/sync/v1/shops/${merchant.shopId}/authorisation`);
    const page = new URL(url);
    page.searchParams.set('shop', merchant.platformShopId);
    const back = await fetch(page, { redirect: 'manual' });
    const target = back.headers.get('location');
    demand(back.status === 302 && target !== null, 'the platform sends the owner back', back.status);
    const answer = await fetch(target);
    demand(answer.status === 200, 'the authorisation is taken', `${answer.status} ${await answer.text()}`);
  }

  /** Places an order of one line and returns what the platform holds of it. */
  place(quantity = 1, more: Record<string, unknown> = {}, merchant = this.merchant, code = 0): Promise<TrueOrder> {
    return this.simulator.place(merchant.platformShopId, [{ merchantCode: merchant.codes[code]!, quantity }], {
      paid: true,
      ...more,
    });
  }

  /** A paid order that has come in and has its stock. */
  async reserved(quantity = 1, more: Record<string, unknown> = {}): Promise<ShownOrder> {
    const { platformOrderNo } = await this.place(quantity, more);
    return this.merchant.orderWhen(platformOrderNo, 'reserved', ({ stock }) => stock === 'reserved', 40_000);
  }

  /** Asks for one order and waits for the verdict of its storing. */
  async pullOne(platformOrderNo: string, merchant = this.merchant): Promise<string | undefined> {
    const result = await this.pull({ kind: 'order', platformOrderNo }, merchant);
    return (result as Record<string, string> | null)?.[platformOrderNo];
  }

  /** Asks for a pull and waits for its end. */
  async pull(body: Record<string, unknown>, merchant = this.merchant, withinMs = 40_000): Promise<unknown> {
    const path = `/sync/v1/shops/${merchant.shopId}/pulls`;
    const { jobId } = await this.api.post<{ jobId: string }>(path, body);
    let result: unknown;
    await until(
      `the pull ${JSON.stringify(body)} ends`,
      async () => {
        const pull = await this.api.get<{ state: string; result: unknown }>(`${path}/${jobId}`);
        result = pull.result;
        return pull.state !== 'running';
      },
      withinMs,
      150,
    );
    return result;
  }

  /** Switches something of a shop off or on. */
  async switchShop(act: 'pause' | 'resume', what: string, merchant = this.merchant): Promise<void> {
    const { version } = await this.api.get<{ version: number }>(`/sync/v1/shops/${merchant.shopId}`);
    await this.api.post(`/sync/v1/shops/${merchant.shopId}/${act}`, { what, expectedVersion: version });
  }

  /** Hands orders over as the sync service does. */
  async intake(items: unknown[], merchant = this.merchant) {
    const answer = await this.intakeClient.ok<{
      items: { platformOrderNo: string; verdict: string; parkedItemId?: string; errors?: { field: string }[] }[];
    }>('PUT', '/orders/v1/platform-orders', { shopId: merchant.shopId, items }, { [COMPANY_HEADER]: COMPANY });
    return answer.items;
  }

  /** Switches faults of the simulator on; an empty list switches them off. */
  async platformFaults(faults: Record<string, unknown>[]): Promise<void> {
    await this.simulator.faults(faults);
  }

  /** How often the simulator injected a fault since its start. */
  async platformCount(kind: string): Promise<number> {
    const { items } = await this.simulator.call<{ items: { kind: string; injected: number }[] }>('GET', '/faults');
    return items.find((item) => item.kind === kind)?.injected ?? 0;
  }

  async openAlarms(kind: string, shopId?: string) {
    const items = await this.api.all<{ kind: string; subject: string; shopId: string | null; message: string }>(
      '/sync/v1/alarms?open=true',
    );
    return items.filter((alarm) => alarm.kind === kind && (shopId === undefined || alarm.shopId === shopId));
  }

  failedJobs() {
    return this.api.all<{
      id: string;
      name: string;
      cause: string;
      tries: number;
      payload: Record<string, unknown>;
      shopId: string | null;
    }>('/sync/v1/failed-jobs');
  }

  async stockOf(code: string): Promise<{ onHand: number; reserved: number; sellable: number }> {
    return this.merchant.stock(code);
  }

  /** Sets how many pieces of a SKU are free in the warehouse. */
  async setFree(code: string, free: number): Promise<void> {
    const { onHand, reserved } = await this.stockOf(code);
    const quantity = free - (onHand - reserved);
    if (quantity === 0) return;
    await this.api.post('/inventory/v1/adjustments', {
      key: `free-${code}-${performance.now()}`,
      cause: 'fault run',
      lines: [{ skuCode: code, warehouse: this.merchant.warehouse, quantity, bucket: 'onHand' }],
    });
  }

  /** Sum over all label sets of a counter of one service that carry the given labels. */
  async metric(service: ServiceKey, name: string, labels: Record<string, string> = {}): Promise<number> {
    const url = this.topology.env[SERVICE_APPS[service].url]!;
    const text = await (await fetch(`${url}/metrics`)).text();
    return text
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      .filter((line) => Object.entries(labels).every(([label, value]) => line.includes(`${label}="${value}"`)))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  /** Resident memory of a service's process, MiB. */
  memoryOf(service: ServiceKey): number {
    const status = readFileSync(`/proc/${this.topology.service(service).pid}/status`, 'utf8');
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1_024);
  }

  /** Reads by the owner's connection, past the proxies; only for what no API tells. */
  async sql<T extends QueryResultRow>(text: string, parameters: unknown[] = []): Promise<T[]> {
    return this.withOwner(async (client) => (await client.query<T>(text, parameters)).rows);
  }

  async withOwner<T>(use: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client({ connectionString: this.topology.database.adminUrl });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await use(client);
    } finally {
      await client.end();
    }
  }

  /** Digest per table of schemas: number of rows and which versions of rows there are; a write of any row changes it. */
  async fingerprint(schemas: string[], without: RegExp = /^$/): Promise<Record<string, string>> {
    return this.withOwner(async (client) => {
      const tables = await client.query<{ schema: string; name: string }>(
        `SELECT schemaname AS schema, tablename AS name FROM pg_tables WHERE schemaname = ANY($1) ORDER BY 1, 2`,
        [schemas],
      );
      const digest: Record<string, string> = {};
      for (const { schema, name } of tables.rows) {
        if (without.test(name)) continue;
        const found = await client.query<{ d: string }>(
          `SELECT count(*) || ':' || coalesce(sum(hashtextextended(xmin::text || ctid::text, 0)), 0) AS d FROM "${schema}"."${name}"`,
        );
        digest[`${schema}.${name}`] = found.rows[0]!.d;
      }
      return digest;
    });
  }

  /** Waits until no fact is under way and returns breaches of any service's invariants. */
  async breaches(withinMs = 120_000): Promise<string[]> {
    let found: string[] = [];
    await until(
      'no fact is in flight',
      async () => {
        found = [];
        const waiting: string[] = [];
        for (const service of Object.keys(SERVICE_APPS)) {
          const { items } = await this.api.get<{ items: Verified[] }>(`/${service}/v1/verify`);
          for (const { invariant, inFlight, breaches } of items) {
            // Work of sync is always due while shops are pulled; what must come to rest are facts.
            if (/^[67]/.test(invariant) && !/failed job/.test(invariant) && inFlight > 0)
              waiting.push(`${service} ${invariant}: ${inFlight}`);
            found.push(...breaches.map((breach) => `${service}: ${invariant}: ${breach}`));
          }
        }
        if (waiting.length === 0 && found.length === 0) return true;
        throw new Error(waiting.join('; '));
      },
      withinMs,
      500,
    ).catch((error: Error) => {
      if (found.length === 0) throw error;
    });
    return found;
  }

  /** Everything off that a fault may have left on. */
  async calm(): Promise<void> {
    this.platform.clear();
    for (const proxy of [this.platformTcp, this.postgres, this.redis]) await proxy.set({ kind: 'none' });
    await this.platformFaults([]);
    for (const merchant of [this.merchant, this.second]) {
      const { pull } = await this.api.get<{ pull: string }>(`/sync/v1/shops/${merchant.shopId}`);
      if (pull === 'paused') await this.switchShop('resume', 'pull', merchant);
    }
  }

  async serviceReady(): Promise<void> {
    await until(
      'every service is ready',
      async () => {
        const answers = await Promise.all(
          Object.values(SERVICE_APPS).map(({ url }) => fetch(`${this.topology.env[url]}/health/ready`)),
        );
        return answers.every(({ status }) => status === 200);
      },
      60_000,
      200,
    );
  }
}

/** A log on disk of calls that were answered with success, written and flushed before anything is counted. */
export class AckLog {
  constructor(private readonly file: string) {}

  write(key: string): void {
    const handle = openSync(this.file, 'a');
    appendFileSync(handle, `${key}\n`);
    fsyncSync(handle);
    closeSync(handle);
  }

  read(): string[] {
    return readFileSync(this.file, { encoding: 'utf8', flag: 'a+' }).split('\n').filter(Boolean);
  }
}
