import { DataSource } from 'typeorm';
import { startSync, type SyncFixture } from '../testing/sync.fixture';
import { CensusPlanner } from './census.planner';

const HOUR = 3_600_000;

describe('when a census is asked for', () => {
  let sync: SyncFixture;
  let db: DataSource;
  let shopId: string;

  beforeAll(async () => {
    sync = await startSync({ works: false });
    db = sync.app.get(DataSource, { strict: false });
    const goLiveAt = new Date(Date.now() - 6 * HOUR).toISOString();
    const body = {
      platform: 'fake',
      name: 'x',
      platformShopId: '91',
      appKey: 'app',
      appSecret: 's',
      accessToken: 't',
      goLiveAt,
    };
    shopId = (await sync.call('POST', '/sync/v1/shops', { body })).body.id as string;
  });
  afterAll(() => sync.close());

  /** How many looks a round asks for when the pull has come so far and last moved so long ago. */
  const askedFor = async (pull: { readTo: number; movedAt: number }): Promise<number> => {
    await db.query(`DELETE FROM work WHERE kind = 'census'`);
    await db.query(`DELETE FROM change_window`);
    await db.query(
      `UPDATE pull_state SET planned_to = $2, last_success_at = $3 WHERE shop_id = $1 AND kind = 'orders'`,
      [shopId, new Date(pull.readTo), new Date(pull.movedAt)],
    );
    await sync.app.get(CensusPlanner, { strict: false }).plan();
    return Number((await db.query(`SELECT count(*) AS n FROM work WHERE kind = 'census'`))[0].n);
  };

  it('it waits for a pull that moves, comes once that has passed its window by an hour, and no later than a minute after it stands still', async () => {
    const now = Date.now();
    const all = await askedFor({ readTo: now, movedAt: now });
    expect(all).toBeGreaterThan(0);
    expect(await askedFor({ readTo: now - 400 * 24 * HOUR, movedAt: now })).toBe(0);
    expect(await askedFor({ readTo: now - 400 * 24 * HOUR, movedAt: now - 61_000 })).toBe(all);
    const [{ to_at: firstTo }] = await db.query('SELECT min(to_at) AS to_at FROM census_window');
    expect(await askedFor({ readTo: firstTo.getTime() + HOUR - 1, movedAt: now })).toBe(0);
    expect(await askedFor({ readTo: firstTo.getTime() + HOUR, movedAt: now })).toBe(1);
  });
});
