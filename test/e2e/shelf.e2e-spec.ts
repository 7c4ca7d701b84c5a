import { breaches, Merchant } from '../harness/merchant';
import { SimulatorControl, type TrueStock } from '../harness/simulator-control';
import { Topology } from '../harness/topology';
import { until } from '../harness/wait';

type Shown = TrueStock & { state: string };

/** A merchant with a shop on each platform; a rule takes listings off the shelf at zero. */
describe('the shelf', () => {
  const PLATFORMS = ['taobao', 'jd', 'pinduoduo', 'douyin'];
  let topology: Topology;
  const merchants = new Map<string, Merchant>();

  beforeAll(async () => {
    topology = await Topology.start({ kind: 'all-in-one', storyRate: 600 });
    const api = await topology.client();
    const control = new SimulatorControl(topology.simulatorUrl);
    for (const platform of PLATFORMS) {
      const merchant = new Merchant(api, control.on(platform));
      await merchant.join();
      merchants.set(platform, merchant);
    }
  }, 240_000);

  afterAll(async () => {
    await topology?.close();
  }, 60_000);

  const moves = async (platform: string): Promise<void> => {
    const { api, shopId, simulator, platformShopId } = merchants.get(platform)!;
    const shown = async () =>
      (await simulator.truth<Shown>('stock')).filter((row) => row.platformShopId === platformShopId);
    const linked = (await shown()).filter((row) => row.merchantCode);
    const { listingId } = linked[0]!;
    const own = linked.filter((row) => row.listingId === listingId);
    const stands = (state: string, holds: (quantity: number) => boolean): Promise<void> =>
      until(
        `the listing of ${platform} is ${state}`,
        async () => {
          const rows = (await shown()).filter((row) => row.listingId === listingId);
          if (rows.every((row) => row.state === state && holds(row.quantity))) return true;
          throw new Error(JSON.stringify(rows));
        },
        60_000,
        250,
      );
    const rules = `/sync/v1/shops/${shopId}/push-rules`;

    await api.post(`/sync/v1/shops/${shopId}/push/enable`, { dryRun: false });
    await api.ok('PUT', rules, { autoShelf: true });
    for (const { listingSkuId } of own) await api.ok('PUT', rules, { listingSkuId, percent: 0 });
    await stands('off_shelf', (quantity) => quantity === 0);
    const others = (await shown()).filter((row) => row.listingId !== listingId);
    expect(new Set(others.map(({ state }) => state))).toEqual(new Set(['on_sale']));

    // The next reading of listings shows it off the shelf; it comes back all the same.
    await api.post(`/sync/v1/shops/${shopId}/pulls`, {
      kind: 'listings',
      from: '2026-01-01T00:00:00+08:00',
      to: '2027-12-31T00:00:00+08:00',
    });
    await until(
      `the catalog knows of ${platform}`,
      async () => {
        const { items } = await api.get<{ items: { listingId: string; status: string }[] }>(
          `/catalog/v1/listings?shopId=${shopId}&limit=100`,
        );
        return items.find((item) => item.listingId === listingId)?.status === 'off_shelf';
      },
      60_000,
      250,
    );
    for (const { listingSkuId } of own) await api.ok('DELETE', `${rules}?listingSkuId=${listingSkuId}`);
    await stands('on_sale', (quantity) => quantity > 0);
  };

  it('[I41] takes a listing off each platform’s shelf at zero and puts it back, others stay', async () => {
    await Promise.all(PLATFORMS.map(moves));
    expect(await breaches(merchants.get('jd')!.api)).toEqual([]);
  }, 240_000);
});
