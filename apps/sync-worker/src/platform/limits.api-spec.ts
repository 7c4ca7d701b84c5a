import { PlatformError, type MethodLimit } from '@app/platforms';
import { startSync, until, type SyncFixture } from '../testing/sync.fixture';
import { ScopeKeeper } from './scope.keeper';

describe('what platforms allow', () => {
  let sync: SyncFixture;
  let shopId: string;
  let otherId: string;
  let orderNo = 0;

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
  /** An order that no list shows, asked for by its number; answers the number. */
  const ask = async (shop: string): Promise<string> => {
    const no = `single-${(orderNo += 1)}`;
    sync.fake.orders.set(no, {
      no,
      state: 'paid',
      placedAt: new Date(0),
      modifiedAt: new Date(0),
      hiddenFromChanges: true,
    });
    await sync.call('POST', `/sync/v1/shops/${shop}/pulls`, { body: { kind: 'order', platformOrderNo: no } });
    return no;
  };
  const isStored = (no: string) => () => sync.neighbours.stored.has(no);
  const alarms = async (kind: string): Promise<{ message: string; subject: string }[]> =>
    (await sync.call('GET', '/sync/v1/alarms?open=true')).body.items.filter(
      (alarm: { kind: string }) => alarm.kind === kind,
    );
  const limited = (retryAfterMs: number) =>
    new PlatformError('rate-limited', `This ban will last for ${retryAfterMs / 1_000} more seconds`, {
      method: 'detail',
      retryAfterMs,
      platformCode: '7',
    });

  beforeAll(async () => {
    sync = await startSync({ works: true });
    shopId = await addShop('1');
    otherId = await addShop('2');
  });

  afterAll(() => sync.close());

  it('[P14] waits out a short ban of one method of one shop, while its other methods and other shops go on', async () => {
    sync.fake.fail('detail', limited(3_000));
    const begun = Date.now();
    const banned = await ask(shopId);
    await until('the ban was met', () => sync.fake.faults.get('detail')?.length === 0);
    const free = await ask(otherId);
    await until('the other shop is served', isStored(free), 2_500);
    expect(sync.neighbours.stored.has(banned)).toBe(false);
    const lists = sync.fake.count('changed');
    await until('the lists are read on', () => sync.fake.count('changed') > lists);
    await until('the order comes after the ban', isStored(banned));
    expect(Date.now() - begun).toBeGreaterThanOrEqual(3_000);
    expect(sync.fake.count('detail')).toBeGreaterThan(1);
    expect(await alarms('PLATFORM_BAN')).toEqual([]);
  });

  it('[P14] shows a long ban as an alarm, sends nothing more of it, and forgets no work', async () => {
    sync.fake.fail('detail', limited(3_600_000));
    const no = await ask(shopId);
    await until('the ban is told', async () => (await alarms('PLATFORM_BAN')).length === 1);
    expect((await alarms('PLATFORM_BAN'))[0]!.message).toMatch(/bans detail of shop 店1 until/);
    const sent = sync.fake.count('detail');
    const second = await ask(shopId);
    const free = await ask(otherId);
    await until('the other shop is served', isStored(free));
    // Of the three only the other shop's request left.
    expect(sync.fake.count('detail')).toBe(sent + 1);
    expect([no, second].filter((one) => sync.neighbours.stored.has(one))).toEqual([]);
    expect((await sync.call('GET', '/sync/v1/failed-jobs')).body.items).toEqual([]);
  });

  it('[P14] spends tokens of buckets that all workers share: no more requests leave than the method allows', async () => {
    const limits = sync.fake.platform.manifest.limits as Record<string, MethodLimit>;
    limits['state'] = { appPerSecond: 1_000, shopPerSecond: 4, burst: 4 };
    const no = await ask(otherId);
    const begun = Date.now();
    const answers = await Promise.all(
      Array.from({ length: 12 }, () =>
        sync.service('POST', '/sync/v1/orders/state', { shopId: otherId, platformOrderNo: no }),
      ),
    );
    const tookMs = Date.now() - begun;
    const served = answers.filter(({ status }) => status === 200).length;
    // Four at once and four a second: twelve take two seconds at least.
    expect(served).toBeGreaterThanOrEqual(8);
    expect(tookMs).toBeGreaterThanOrEqual(((served - 4) / 4) * 1_000 - 50);
    delete limits['state'];
  });

  it('[P13] names the permission that a platform refuses, the jobs that need it, and forgets it with a new token', async () => {
    const { manifest } = sync.fake.platform;
    Object.assign(manifest.scopes, { 'after-sales': ['after-sale'], orders: ['detail', 'changed'] });
    sync.fake.fail(
      'detail',
      new PlatformError('rejected', 'no permission', { method: 'detail', reason: 'permission', platformCode: '11' }),
    );
    await ask(otherId);
    await until('the alarm is raised', async () => (await alarms('SCOPE_MISSING')).length === 1);
    expect((await alarms('SCOPE_MISSING'))[0]!.message).toMatch(/refuses detail to shop 店2.*orders cannot be done/);
    const { body } = await sync.call('GET', `/sync/v1/shops/${otherId}/health`);
    expect(body.scopes).toMatchObject({
      missing: ['detail'],
      refused: [{ method: 'detail', neededFor: ['orders'], refusedAt: expect.any(String) }],
    });
    expect(body.advice.join(' ')).toMatch(/lacks detail/);
    const db = await sync.database.open('sync');
    await db.query('UPDATE shop SET token_no = token_no + 1 WHERE id = $1', [otherId]);
    await sync.app.get(ScopeKeeper, { strict: false }).forget();
    expect((await sync.call('GET', `/sync/v1/shops/${otherId}/health`)).body.scopes).toEqual({
      missing: [],
      refused: [],
    });
    expect(await alarms('SCOPE_MISSING')).toEqual([]);
  });

  it('[P23] raises an alarm about a status that nobody knows, stores the order, and settles it with a known one', async () => {
    const now = new Date();
    sync.fake.orders.set('moon', { no: 'moon', state: 'unknown', placedAt: now, modifiedAt: now });
    await until('the order is stored', isStored('moon'));
    await until('the alarm is raised', async () => (await alarms('UNKNOWN_STATUS')).length > 0);
    expect((await alarms('UNKNOWN_STATUS'))[0]!.message).toMatch(/order moon/);
    Object.assign(sync.fake.orders.get('moon')!, { state: 'paid', modifiedAt: new Date() });
    await until('the alarm is closed', async () => (await alarms('UNKNOWN_STATUS')).length === 0);
  });
});
