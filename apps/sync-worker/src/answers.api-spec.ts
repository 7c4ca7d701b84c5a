import { AnswerKeeper, KEEP_MS } from './answer/answer.keeper';
import { AnswerRepository } from './answer/answer.repository';
import { ALL_SCOPES, startSync, type SyncFixture } from './testing/sync.fixture';

describe('answers of platforms that could not be read', () => {
  let sync: SyncFixture;
  const READER = [...ALL_SCOPES, 'pii:read'];
  const bytes = Buffer.from('\uFEFF{"name":"李*"');

  beforeAll(async () => {
    sync = await startSync({ works: false });
  });
  afterAll(() => sync.close());

  const keep = (shopId: string, method: string, body = bytes) =>
    sync.app
      .get(AnswerKeeper, { strict: false })
      .keep(
        { companyId: 'cmp_test', id: shopId, platform: 'fake' },
        { method, status: 200, cause: `${method} is no JSON`, bytes: body },
      );
  const list = async (query = '') => (await sync.call('GET', `/sync/v1/unreadable-answers${query}`)).body.items;

  it('[P11] lists them newest first, and shows the bytes as they came to whoever may see receivers', async () => {
    await keep('shp_a', 'first');
    await keep('shp_b', 'second');

    const items = await list();
    expect(items.map(({ method }: { method: string }) => method)).toEqual(['second', 'first']);
    expect(items[0]).toMatchObject({ shopId: 'shp_b', httpStatus: 200, size: bytes.length, isCut: false });
    expect((await list('?shopId=shp_a')).map(({ method }: { method: string }) => method)).toEqual(['first']);
    const path = `/sync/v1/unreadable-answers/${items[0].id}`;
    expect((await sync.call('GET', path)).status).toBe(403);
    const { body } = await sync.call('GET', path, { scopes: READER });
    expect(Buffer.from(body.body, 'base64').equals(bytes)).toBe(true);
  });

  it('[P11] keeps the bytes sealed in the database', async () => {
    const source = await sync.database.open('sync');
    const rows = (await source.query('SELECT body_sealed FROM unreadable_answer')) as { body_sealed: string }[];
    for (const row of rows) expect(row.body_sealed).not.toContain(bytes.toString('base64'));
  });

  it('[P11] answers 404 for one that is not there, or of a shop outside of the caller’s limits', async () => {
    const [item] = await list();
    const token = await sync.identity.token({ scopes: READER, shops: ['shp_other'] });
    for (const path of ['ans_unknown', item.id]) {
      const answer = await sync.call('GET', `/sync/v1/unreadable-answers/${path}`, { token });
      expect([answer.status, answer.body.code]).toEqual([404, 'ANSWER.NOT_FOUND']);
    }
  });

  it('[P11] cuts what is large, keeps a bounded number an hour, and forgets all after seven days', async () => {
    await keep('shp_large', 'large', Buffer.alloc(300 * 1_024, 0x61));
    const [large] = await list('?shopId=shp_large');
    expect([large.size, large.isCut]).toEqual([300 * 1_024, true]);
    for (let i = 0; i < 205; i += 1) await keep('shp_many', 'many', Buffer.from('x'));
    expect(await list('?shopId=shp_many&limit=500')).toHaveLength(200);
    const source = await sync.database.open('sync');
    const old = new Date(Date.now() - KEEP_MS + 60_000).toISOString();
    await source.query(`UPDATE unreadable_answer SET kept_at = $1::timestamptz WHERE shop_id <> 'shp_large'`, [old]);
    const forget = (before: number) =>
      source.transaction((tx) => sync.app.get(AnswerRepository, { strict: false }).forget(tx, new Date(before)));
    expect(await forget(Date.now() - KEEP_MS)).toBe(0);
    expect(await forget(Date.now() - KEEP_MS + 120_000)).toBeGreaterThan(200);
    expect(await list()).toHaveLength(1);
  });
});
