import * as fs from 'node:fs';
import { ControlClient, startHere, type Answer } from '../testing/harness';

const MEAN_SECONDS = 120;
const HOURS = 24;

describe('the crowd of the demo', () => {
  let here: Awaited<ReturnType<typeof startHere>>;

  beforeAll(async () => {
    here = await startHere({
      SIMULATOR_DEMO: '1',
      SIMULATOR_STORY_RATE: '1',
      SIMULATOR_DEMO_ORDER_SECONDS: String(MEAN_SECONDS),
    });
  }, 60_000);

  afterAll(async () => {
    await here?.simulator.close();
    fs.rmSync(here.folder, { recursive: true, force: true });
  });

  it('orders at one pace over all shops of all platforms together, and in every shop', async () => {
    const platforms = [...here.simulator.core.parts.keys()];
    const clients = platforms.map((platform) => new ControlClient(here.port, platform, ''));
    const shopCount = platforms.reduce((sum, platform) => sum + here.simulator.core.story.allShops(platform).length, 0);
    expect(shopCount).toBeGreaterThan(platforms.length);
    const begin = await clients[0]!.storyMs();
    await clients[0]!.control('POST', '/advance', { hours: HOURS });
    const truths: Answer[][] = await Promise.all(clients.map((client) => client.truth('orders')));
    const placed = truths.flatMap((orders, index) =>
      orders
        .filter(({ placedAt }) => Date.parse(placedAt as string) > begin + 1_000)
        .map(({ platformShopId }) => `${platforms[index]}:${platformShopId}`),
    );
    const wanted = (HOURS * 3_600) / MEAN_SECONDS;
    expect(placed.length).toBeGreaterThan(wanted * 0.85);
    expect(placed.length).toBeLessThan(wanted * 1.15);
    const perShop = new Map<string, number>();
    for (const shop of placed) perShop.set(shop, (perShop.get(shop) ?? 0) + 1);
    expect(perShop.size).toBe(shopCount);
    // Each shop's share is drawn alone, so it scatters wider than their sum.
    for (const count of perShop.values()) {
      expect(count).toBeGreaterThan((wanted / shopCount) * 0.6);
      expect(count).toBeLessThan((wanted / shopCount) * 1.4);
    }
  }, 60_000);
});
