import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from '@app/shared';
import type { ApiClient } from '../harness/api-client';
import { furtherPlatformNames } from '../harness/platform-folders';
import { ROOT } from '../harness/processes';
import { SimulatorControl, type TrueOrder } from '../harness/simulator-control';
import { Topology } from '../harness/topology';
import { until } from '../harness/wait';

const HOUR = 3_600_000;
const HISTORY = 120;
const ARRIVALS = 60;
/**
 * Every list answer leaves out each row with the first chance; the platform's own counts stay right. The chances are
 * higher than anywhere real, since with so few orders a count of zero would prove nothing.
 */
const FAULTS = [
  { kind: 'drop-row', p: 0.05 },
  { kind: 'drop-from-modified', p: 0.1 },
  { kind: 'push-lost', p: 0.1 },
];

interface CensusWindow {
  from: string;
  to: string;
  state: string;
  checkedAt: string | null;
  listings: number;
  hidden: number;
  platformTotal: number | null;
  unlisted: number;
}

interface Gap {
  platformOrderNo: string;
  cause: string;
  window: { from: string; to: string };
  foundAt: string;
  foundBy: { census: string; listing: number };
  storedAt: string | null;
}

/** Platforms that have both an adapter and a part of the simulator. */
function playedPlatforms(): string[] {
  const adapters = readdirSync(join(ROOT, 'libs/platforms/src'));
  const parts = readdirSync(join(ROOT, 'apps/simulator/src/platforms'));
  const isWhole = (name: string): boolean =>
    adapters.includes(name) &&
    existsSync(join(ROOT, 'libs/platforms/src', name, 'index.ts')) &&
    existsSync(join(ROOT, 'apps/simulator/src/platforms', name, 'index.ts'));
  return [...parts.filter(isWhole), ...furtherPlatformNames()].sort();
}

/** A shop of one platform whose lists leave rows out. */
class LeakyShop {
  id = '';
  platformShopId = '';
  private constructor(
    readonly api: ApiClient,
    readonly simulator: SimulatorControl,
  ) {}

  static async join(api: ApiClient, simulator: SimulatorControl): Promise<LeakyShop> {
    const shop = new LeakyShop(api, simulator);
    const { platform } = simulator;
    const { items } = await simulator.call<{
      items: {
        platform: string;
        appKey: string;
        appSecret: string;
        shops: { platformShopId: string; accessToken: string; name: string }[];
      }[];
    }>('GET', '/apps');
    const app = items.find((one) => one.platform === platform)!;
    const [known] = app.shops;
    shop.platformShopId = known!.platformShopId;
    const goods = { platform, platformShopId: shop.platformShopId, seed: 11, listings: 8, stock: 100_000 };
    await simulator.call('POST', '/seed', { ...goods, orders: HISTORY, days: 1 });
    await simulator.faults(FAULTS);
    const created = await api.post<{ id: string }>('/sync/v1/shops', {
      platform,
      name: known!.name,
      platformShopId: shop.platformShopId,
      appKey: app.appKey,
      appSecret: app.appSecret,
      accessToken: known!.accessToken,
      goLiveAt: new Date((await simulator.story()).getTime() - 26 * HOUR).toISOString(),
    });
    shop.id = created.id;
    await simulator.call('POST', '/seed', { ...goods, orders: ARRIVALS, days: 1, ahead: true });
    return shop;
  }

  async completeness(): Promise<{ windows: CensusWindow[]; gaps: Gap[] }> {
    const from = encodeURIComponent(new Date((await this.simulator.story()).getTime() - 10 * 24 * HOUR).toISOString());
    return this.api.get(`/sync/v1/shops/${this.id}/completeness?kind=orders&from=${from}`);
  }

  /** What the adapter of the platform says that it can do. */
  async capabilities(): Promise<{ censusBy: string; pushTransport: string[] }> {
    const { items } = await this.api.get<{
      items: { code: string; capabilities: { censusBy: string; pushTransport: string[] } }[];
    }>('/sync/v1/platforms');
    return items.find(({ code }) => code === this.simulator.platform)!.capabilities;
  }

  /** Numbers of the platform's truth that orders lacks; where orders are listed by their payment, of those that were paid. */
  async missing(): Promise<string[]> {
    const own = (
      await this.simulator.truth<TrueOrder & { paidAt?: string | null; depositPaidAt?: string | null }>('orders')
    ).filter((order) => order.platformShopId === this.platformShopId);
    expect(own.length).toBeGreaterThanOrEqual(HISTORY + ARRIVALS);
    const isByPayment = (await this.capabilities()).censusBy === 'confirmed';
    const truth = own.filter(
      (order) => !isByPayment || Boolean(order.paidAt ?? order.depositPaidAt) || order.paidFen > 0,
    );
    expect(truth.length).toBeGreaterThan(own.length / 2);
    const stored = await this.api.all<{ platformOrderNo: string }>(`/orders/v1/orders?shopId=${this.id}`);
    const known = new Set(stored.map(({ platformOrderNo }) => platformOrderNo));
    return truth.map(({ platformOrderNo }) => platformOrderNo).filter((no) => !known.has(no));
  }

  async isSubscribed(): Promise<boolean> {
    return (await this.api.get<{ push: { subscribed: boolean } }>(`/sync/v1/shops/${this.id}/health`)).push.subscribed;
  }

  async injected(): Promise<Record<string, number>> {
    const { items } = await this.simulator.call<{ items: { platform: string; kind: string; injected: number }[] }>(
      'GET',
      '/faults',
    );
    const own = items.filter(({ platform }) => platform === this.simulator.platform);
    return Object.fromEntries(own.map(({ kind, injected }) => [kind, injected]));
  }
}

const PLATFORMS = playedPlatforms();

describe('the census of platforms whose lists leave rows out', () => {
  let topology: Topology;
  const shops = new Map<string, LeakyShop>();
  /** Platforms that tell of orders by messages, so that some can be lost. */
  const telling = new Set<string>();
  /** The last census window that both looks must have seen ends before this. */
  let provenTo: Date;

  beforeAll(async () => {
    topology = await Topology.start({ kind: 'all-in-one', storyRate: 600 });
    const api = await topology.client();
    const control = new SimulatorControl(topology.simulatorUrl);
    for (const platform of PLATFORMS) shops.set(platform, await LeakyShop.join(api, control.on(platform)));
    for (const [platform, shop] of shops) {
      if ((await shop.capabilities()).pushTransport.length === 0) continue;
      telling.add(platform);
      await until(`messages of ${platform} are subscribed`, () => shop.isSubscribed(), 60_000);
    }
    for (let hour = 0; hour < 25; hour += 1) {
      await control.advance(1);
      // Messages of the hour are delivered in between, or lost.
      await sleep(300);
    }
    provenTo = await control.story();
    await control.advance(26);
  }, 300_000);
  afterAll(async () => {
    await topology?.close();
  }, 60_000);

  const isSeenTwice = ({ to, checkedAt, state }: CensusWindow): boolean =>
    state === 'proven' && checkedAt !== null && Date.parse(checkedAt) >= Date.parse(to) + 24 * HOUR;
  const old = (windows: CensusWindow[]) => windows.filter(({ to }) => Date.parse(to) <= provenTo.getTime());

  it.each(PLATFORMS)(
    '[P7] %s: has every order stored after both looks at each window, although every list left rows out',
    async (platform) => {
      const shop = shops.get(platform)!;
      await until(
        'both looks at every window are over',
        async () => {
          const windows = old((await shop.completeness()).windows);
          const open = windows.filter((window) => !isSeenTwice(window));
          if (open.length > 0)
            throw new Error(`${open.length} of ${windows.length} are open: ${JSON.stringify(open[0])}`);
          return windows.length >= 48;
        },
        240_000,
        500,
      );
      await until('every gap is closed', async () =>
        (await shop.completeness()).gaps.every(({ storedAt }) => storedAt),
      );
      expect(await shop.missing()).toEqual([]);
      const windows = old((await shop.completeness()).windows);
      const hidden = windows.reduce((sum, window) => sum + window.hidden, 0);
      const listings = windows.reduce((sum, window) => sum + window.listings, 0);
      const injected = await shop.injected();
      process.stdout.write(
        `${platform}: ${hidden} rows were hidden from a census; ${windows.length} windows were listed ${listings} times; injected ${JSON.stringify(injected)}\n`,
      );
      expect(hidden).toBeGreaterThan(0);
      expect(injected['drop-row']).toBeGreaterThan(0);
      expect(injected['drop-from-modified']).toBeGreaterThan(0);
      if (telling.has(platform)) expect(injected['push-lost']).toBeGreaterThan(0);
      expect(windows.every(({ unlisted }) => unlisted === 0)).toBe(true);
    },
    300_000,
  );

  it.each(PLATFORMS)(
    '[P7] %s: tells of each order that no list by modification showed its window, and when and by what it was found',
    async (platform) => {
      const shop = shops.get(platform)!;
      const { gaps } = await shop.completeness();
      const missing = gaps.filter(({ cause }) => cause === 'missing');
      expect(missing.length).toBeGreaterThanOrEqual(3);
      const truth = new Set(
        (await shop.simulator.truth<TrueOrder>('orders')).map(({ platformOrderNo }) => platformOrderNo),
      );
      for (const gap of gaps) {
        expect(truth.has(gap.platformOrderNo)).toBe(true);
        expect(['hour', 'day']).toContain(gap.foundBy.census);
        expect(gap.foundBy.listing).toBeGreaterThanOrEqual(1);
        expect(Date.parse(gap.foundAt)).toBeGreaterThanOrEqual(Date.parse(gap.window.to));
        expect(Date.parse(gap.storedAt!)).toBeGreaterThanOrEqual(Date.parse(gap.foundAt));
      }
    },
  );
});
