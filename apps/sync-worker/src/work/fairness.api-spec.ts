import type { DataSource } from 'typeorm';
import { startSync, until, type SyncFixture } from '../testing/sync.fixture';

const WAITING = 100_000;
const HOUR = 3_600_000;

describe('shops beside a huge one', () => {
  let sync: SyncFixture;
  let db: DataSource;
  let hugeId: string;
  let smallIds: string[];

  const addShop = async (platformShopId: string): Promise<string> => {
    const body = {
      platform: 'fake',
      name: `店${platformShopId}`,
      platformShopId,
      appKey: 'app',
      appSecret: 's',
      accessToken: 'token-1',
    };
    return (await sync.call('POST', '/sync/v1/shops', { body })).body.id as string;
  };
  const waiting = async (): Promise<number> =>
    (await db.query(`SELECT count(*)::int AS n FROM work WHERE shop_id = $1 AND kind = 'order'`, [hugeId]))[0].n;

  beforeAll(async () => {
    sync = await startSync({ works: true });
    db = await sync.database.open('sync');
    hugeId = await addShop('huge');
    smallIds = [await addShop('small-1'), await addShop('small-2'), await addShop('small-3')];
    // Older than any window, so that neither the change pull nor the census lists them.
    const at = new Date(Date.now() - 1_000 * HOUR);
    for (let no = 1; no <= WAITING; no += 1)
      sync.fake.orders.set(`huge-${no}`, { no: `huge-${no}`, state: 'paid', placedAt: at, modifiedAt: at });
    await db.query(
      `INSERT INTO work (company_id, kind, subject, shop_id, platform, lane, due_at, created_at)
       SELECT 'cmp_test', 'order', $1 || '/huge-' || n, $1, 'fake', 'news', now() - interval '1 hour', now() - interval '1 hour' FROM generate_series(1, $2::int) AS n`,
      [hugeId, WAITING],
    );
    await db.query('ANALYZE work');
  }, 120_000);

  afterAll(() => sync.close(), 60_000);

  it('[P15] lets no shop wait for a huge one: single orders and new ones are stored within seconds while 100 000 of it wait', async () => {
    const waits: number[] = [];
    for (const [index, shopId] of [...smallIds, ...smallIds].entries()) {
      const no = `small-${index}`;
      const now = new Date();
      // By its number from a person, or by the change pull, as the two halves of the round.
      const isAsked = index < smallIds.length;
      sync.fake.orders.set(no, { no, state: 'paid', placedAt: now, modifiedAt: now, hiddenFromChanges: isAsked });
      const begun = Date.now();
      if (isAsked)
        await sync.call('POST', `/sync/v1/shops/${shopId}/pulls`, { body: { kind: 'order', platformOrderNo: no } });
      await until(`order ${no} is stored`, () => sync.neighbours.stored.has(no), 30_000);
      waits.push(Date.now() - begun);
    }
    process.stdout.write(`waits of small shops beside 100 000: ${waits.join(', ')} ms; left ${await waiting()}\n`);
    expect(await waiting()).toBeGreaterThan(WAITING / 2);
    expect(await waiting()).toBeLessThan(WAITING);
    expect(Math.max(...waits)).toBeLessThan(10_000);
  }, 200_000);
});
