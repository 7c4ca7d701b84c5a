import { PlatformError } from '@app/platforms';
import { startSync, type SyncFixture } from '../testing/sync.fixture';

describe('shops, authorisation, pulls and operation over HTTP', () => {
  let sync: SyncFixture;
  const shop = (platformShopId: string, more: object = {}) => ({
    platform: 'fake',
    name: '旗舰店',
    platformShopId,
    appKey: 'app',
    appSecret: 'very-secret',
    ...more,
  });
  const create = async (platformShopId: string, more: object = {}) =>
    (await sync.call('POST', '/sync/v1/shops', { body: shop(platformShopId, more) })).body;

  beforeAll(async () => {
    sync = await startSync({ works: false });
  });
  afterAll(() => sync.close());

  it('[P12] adds a shop whose secrets are never shown, and gives the same answer for the same key', async () => {
    const headers = { 'idempotency-key': 'k1' };
    const body = shop('1', {
      accessToken: 'secret-token',
      refreshToken: 'secret-refresh',
      expiresAt: '2099-01-01T00:00:00Z',
    });
    const first = await sync.call('POST', '/sync/v1/shops', { body, headers });
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({
      platform: 'fake',
      token: { state: 'valid' },
      pull: 'on',
      push: 'off',
      shipNotice: 'on',
      version: 1,
      defaultCarrier: 'ZTO',
    });
    expect(JSON.stringify(first.body)).not.toContain('secret');
    expect((await sync.call('POST', '/sync/v1/shops', { body, headers })).body).toEqual(first.body);
    const reused = await sync.call('POST', '/sync/v1/shops', { body: { ...body, name: 'other' }, headers });
    expect([reused.status, reused.body.code]).toEqual([409, 'IDEMPOTENCY.KEY_REUSED']);
    const database = await sync.database.open('sync');
    const rows = JSON.stringify(await database.query('SELECT * FROM shop'));
    expect(rows).not.toMatch(/very-secret|secret-token|secret-refresh/);
    const facts = (await database.query(`SELECT items FROM outbox WHERE name = 'shop.changed'`)) as { items: string }[];
    expect(facts).toHaveLength(1);
    expect(JSON.parse(facts[0]!.items)).toMatchObject([{ shopId: first.body.id, shopVersion: 1, platformShopId: '1' }]);
  });

  it('[P4] refuses a second shop with the same number, an unknown platform and credentials that do not fit', async () => {
    await create('2');
    const again = await sync.call('POST', '/sync/v1/shops', { body: shop('2') });
    expect([again.status, again.body.code]).toEqual([409, 'SHOP.EXISTS']);
    const unknown = await sync.call('POST', '/sync/v1/shops', { body: shop('3', { platform: 'nowhere' }) });
    expect([unknown.status, unknown.body.errors[0].field]).toEqual([400, 'platform']);
    const wrong = await sync.call('POST', '/sync/v1/shops', {
      body: shop('3', { credentials: { odd: '1' }, role: 'x' }),
    });
    expect([wrong.status, wrong.body.code]).toEqual([400, 'VALIDATION']);
    const odd = await sync.call('POST', '/sync/v1/shops', { body: shop('3', { credentials: { odd: '1' } }) });
    expect(odd.body.errors[0].field).toBe('credentials.odd');
    const limited = await sync.identity.token({ scopes: ['sync:write'], shops: ['shp_x'] });
    expect((await sync.call('POST', '/sync/v1/shops', { body: shop('4'), token: limited })).body.code).toBe(
      'AUTH.SCOPE',
    );
  });

  it('[P4] shows a client only the shops that it is limited to', async () => {
    const mine = await create('5');
    const other = await create('6');
    const token = await sync.identity.token({ scopes: ['sync:read', 'sync:write'], shops: [mine.id] });
    expect(
      (await sync.call('GET', '/sync/v1/shops', { token })).body.items.map(({ id }: { id: string }) => id),
    ).toEqual([mine.id]);
    const hidden = await sync.call('GET', `/sync/v1/shops/${other.id}`, { token });
    expect([hidden.status, hidden.body.code]).toEqual([404, 'SHOP.NOT_FOUND']);
    expect((await sync.call('GET', '/sync/v1/shops?cursor=nonsense')).body.code).toBe('CURSOR.INVALID');
    const page = (await sync.call('GET', '/sync/v1/shops?limit=1')).body;
    expect((await sync.call('GET', `/sync/v1/shops?limit=1&cursor=${page.nextCursor}`)).body.items[0].id).not.toBe(
      page.items[0].id,
    );
    expect((await sync.call('GET', '/sync/v1/shops', { scopes: [] })).status).toBe(403);
  });

  it('[P4] changes, pauses and resumes a shop at the version that the caller saw', async () => {
    const { id } = await create('7');
    expect(
      (
        await sync.call('PATCH', `/sync/v1/shops/${id}`, {
          body: { expectedVersion: 1, name: '新名', defaultCarrier: 'SF' },
        })
      ).body,
    ).toMatchObject({ name: '新名', defaultCarrier: 'SF', version: 2 });
    const stale = await sync.call('PATCH', `/sync/v1/shops/${id}`, { body: { expectedVersion: 1, name: 'x' } });
    expect([stale.status, stale.body.code, stale.body.version]).toEqual([409, 'SHOP.VERSION_CONFLICT', 2]);
    const paused = await sync.call('POST', `/sync/v1/shops/${id}/pause`, {
      body: { what: 'pull', until: '2099-01-01T00:00:00Z', reason: '大促', expectedVersion: 2 },
    });
    expect(paused.body).toMatchObject({ pull: 'paused', version: 3, pauses: { pull: { reason: '大促' } } });
    expect(
      (await sync.call('POST', `/sync/v1/shops/${id}/pause`, { body: { what: 'pull', expectedVersion: 2 } })).body.code,
    ).toBe('SHOP.VERSION_CONFLICT');
    expect(
      (await sync.call('POST', `/sync/v1/shops/${id}/resume`, { body: { what: 'pull', expectedVersion: 3 } })).body,
    ).toMatchObject({ pull: 'on', version: 4 });
    const off = await sync.call('POST', `/sync/v1/shops/${id}/pause`, { body: { what: 'push', expectedVersion: 4 } });
    expect([off.status, off.body.code]).toEqual([409, 'SHOP.STATE_FORBIDS']);
    expect(
      (
        await sync.call('POST', `/sync/v1/shops/${id}/pause`, {
          body: { what: 'pull', until: '2001-01-01T00:00:00Z', expectedVersion: 4 },
        })
      ).body.code,
    ).toBe('VALIDATION');
    expect(
      (await sync.call('POST', '/sync/v1/shops/shp_none/resume', { body: { what: 'pull', expectedVersion: 1 } })).body
        .code,
    ).toBe('SHOP.NOT_FOUND');
    expect((await sync.call('PATCH', '/sync/v1/shops/shp_none', { body: { expectedVersion: 1 } })).status).toBe(404);
  });

  it('[P12] authorises a shop by a page whose state works once', async () => {
    const { id } = await create('8');
    const stateOf = async () =>
      new URL((await sync.call('GET', `/sync/v1/shops/${id}/authorisation`)).body.url).searchParams.get('state')!;
    const callback = (state: string) =>
      sync.call('GET', `/sync/v1/authorisations/callback?code=c&state=${state}`, { headers: {} });
    const state = await stateOf();
    sync.fake.grant = { ...sync.fake.grant, platformShopId: 'another' };
    const other = await callback(state);
    expect([other.status, other.body.code]).toEqual([409, 'AUTHORISATION.OTHER_SHOP']);
    sync.fake.grant = { ...sync.fake.grant, platformShopId: '8' };
    const used = await callback(state);
    expect([used.status, used.body.code]).toEqual([409, 'AUTHORISATION.USED']);
    expect((await callback(await stateOf())).body).toEqual({ shopId: id, token: { state: 'valid' } });
    expect((await callback('unknown-state')).body.code).toBe('AUTHORISATION.NOT_FOUND');
    expect((await sync.call('GET', '/sync/v1/authorisations/callback?code=c')).body.code).toBe('VALIDATION');
    const late = await stateOf();
    const database = await sync.database.open('sync');
    await database.query(`UPDATE authorisation SET expires_at = '2001-01-01' WHERE state = $1`, [late]);
    expect((await callback(late)).body.code).toBe('AUTHORISATION.EXPIRED');
    sync.fake.fail('exchange', new PlatformError('rejected', 'authorize code expire', { method: 'oauth' }));
    expect((await callback(await stateOf())).body.code).toBe('PLATFORM.REJECTED');
    sync.fake.fail('exchange', new PlatformError('transient', 'away', { method: 'oauth' }));
    expect((await callback(await stateOf())).body.code).toBe('PLATFORM.UNAVAILABLE');
    expect((await sync.call('GET', '/sync/v1/shops/shp_none/authorisation')).body.code).toBe('SHOP.NOT_FOUND');
  });

  it('[P27] takes pulls, names what it does not do, and says how a pull stands', async () => {
    const { id } = await create('9', { accessToken: 't' });
    const pull = (body: object, shopId = id) => sync.call('POST', `/sync/v1/shops/${shopId}/pulls`, { body });
    const from = new Date(Date.now() - 3_600_000).toISOString();
    const started = await pull({ kind: 'orders', from, dryRun: true });
    expect(started.status).toBe(202);
    expect((await sync.call('GET', `/sync/v1/shops/${id}/pulls/${started.body.jobId}`)).body).toMatchObject({
      state: 'running',
      dryRun: true,
    });
    const real = await pull({ kind: 'orders', from });
    expect((await sync.call('GET', `/sync/v1/shops/${id}/pulls/${real.body.jobId}`)).body.result).toMatchObject({
      windows: 1,
      done: 0,
    });
    const afterSales = await pull({ kind: 'after-sales', from });
    expect((await sync.call('GET', `/sync/v1/shops/${id}/pulls/${afterSales.body.jobId}`)).body.result).toMatchObject({
      windows: 1,
      done: 0,
    });
    expect((await pull({ kind: 'bills', from })).body.code).toBe('BILL_ACCOUNT.MISSING');
    for (const body of [
      { kind: 'order' },
      { kind: 'orders' },
      { kind: 'after-sales' },
      { kind: 'bills' },
      { kind: 'orders', from, to: from },
      { kind: 'orders', from: '2001-01-01T00:00:00Z' },
      { kind: 'odd' },
    ])
      expect((await pull(body)).body.code).toBe('VALIDATION');
    expect((await pull({ kind: 'listings' }, (await create('10')).id)).body.code).toBe('SHOP.NOT_AUTHORISED');
    expect((await pull({ kind: 'listings' }, 'shp_none')).body.code).toBe('SHOP.NOT_FOUND');
    expect((await sync.call('GET', `/sync/v1/shops/${id}/pulls/pul_none`)).body.code).toBe('PULL.NOT_FOUND');
    await sync.call('POST', `/sync/v1/shops/${id}/pause`, { body: { what: 'pull', expectedVersion: 1 } });
    expect((await pull({ kind: 'listings' })).body.code).toBe('SHOP.PAUSED');
  });

  it('[I36] refuses to switch pushing on before listings were read, and lists per shop', async () => {
    const { id } = await create('11', { accessToken: 't' });
    const early = await sync.call('POST', `/sync/v1/shops/${id}/push/enable`, { body: { dryRun: true } });
    expect([early.status, early.body.code]).toEqual([409, 'PUSH.LISTINGS_NOT_READ']);
    expect((await sync.call('POST', '/sync/v1/shops/shp_none/push/enable', { body: {} })).body.code).toBe(
      'SHOP.NOT_FOUND',
    );
    expect((await sync.call('GET', '/sync/v1/listings')).body.code).toBe('VALIDATION');
    expect((await sync.call('GET', `/sync/v1/listings?shopId=${id}`)).body).toEqual({ items: [], nextCursor: null });
  });

  it('[P17] lists alarms, notices, failed jobs and completeness, and refuses what is not there', async () => {
    const { id } = await create('12');
    expect((await sync.call('GET', '/sync/v1/alarms?open=true')).body).toEqual({ items: [], nextCursor: null });
    expect((await sync.call('GET', '/sync/v1/alarms?open=odd')).body.code).toBe('VALIDATION');
    expect((await sync.call('GET', '/sync/v1/failed-jobs')).body.items).toEqual([]);
    for (const missing of ['job_none', 'facts-orders~1'])
      expect((await sync.call('POST', `/sync/v1/failed-jobs/${missing}/replay`)).body.code).toBe(
        'FAILED_JOB.NOT_FOUND',
      );
    expect((await sync.call('GET', `/sync/v1/shops/${id}/completeness`)).body).toMatchObject({
      kind: 'orders',
      windows: [],
      gaps: [],
    });
    expect(
      (await sync.call('GET', `/sync/v1/shops/${id}/completeness?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z`))
        .body.code,
    ).toBe('VALIDATION');
    expect((await sync.call('POST', '/sync/v1/ship-notices/p/o/retry')).body.code).toBe('SHIP_NOTICE.NOT_FOUND');
    expect((await sync.call('GET', `/sync/v1/shops/${id}/health`)).body).toMatchObject({
      token: { state: 'missing' },
      clockSkewMs: null,
      billAccount: { state: 'missing' },
      advice: [expect.stringContaining('Authorise the shop'), expect.stringContaining('No bills are fetched')],
    });
  });

  it('[P19] answers 404 to webhooks of platforms that send none', async () => {
    const none = await sync.call('POST', '/webhooks/fake/1', { body: {}, token: 'no-token' });
    expect([none.status, none.body.code]).toEqual([404, 'PLATFORM.NO_WEBHOOK']);
    expect((await sync.call('POST', '/webhooks/odd/1', { body: {} })).body.code).toBe('PLATFORM.UNKNOWN');
  });
});
