import { randomBytes } from 'node:crypto';
import { inTransaction, loadConfig, type RunningApp } from '@app/shared';
import { cloneDatabase, TEST_ROLE_PASSWORD, type TestDatabase } from '@app/shared/testing/database';
import { startTestIdentity, type TestIdentity } from '@app/shared/testing/identity';
import { testEnvironment } from '@app/shared/testing/testing.config';
import { OrderRepository } from './order/order.repository';
import { ParcelRepository } from './parcel/parcel.repository';
import { startSettlement } from './settlement.app';
import { SettlementConfig } from './settlement.config';
import { orderItem, parcelItem } from './testing/builders';

describe('settlement over HTTP', () => {
  let database: TestDatabase;
  let identity: TestIdentity;
  let app: RunningApp;

  beforeAll(async () => {
    database = await cloneDatabase();
    identity = await startTestIdentity();
    const env = {
      HUIDIAN_MODE: 'test',
      DATABASE_URL: database.adminUrl,
      DATABASE_ROLE_PASSWORD: TEST_ROLE_PASSWORD,
      REDIS_URL: testEnvironment().redisUrl,
      REDIS_PREFIX: `set-${randomBytes(4).toString('hex')}`,
      SERVICE_CLIENT_SECRET: 'service-secret-for-tests',
      GATEWAY_URL: identity.url,
      SETTLEMENT_PORT: '0',
    };
    app = await startSettlement(loadConfig(SettlementConfig, env));
    const items = Array.from({ length: 5 }, (_, no) =>
      orderItem({
        orderId: `ord_${no}`,
        platformOrderNo: `no-${no}`,
        shopId: no < 3 ? 'shp_1' : 'shp_2',
        placedAt: `2026-11-0${no + 1}T00:00:00+08:00`,
      }),
    );
    await inTransaction(await database.open('settlement'), async (tx) => {
      await new OrderRepository().put(tx, 'cmp_test', items);
      await new ParcelRepository().put(tx, 'cmp_test', [
        parcelItem({ lines: parcelItem().lines.map((line) => ({ ...line, orderId: 'ord_1' })) }),
      ]);
    });
  });
  afterAll(async () => {
    await app.close();
    await identity.close();
    await database.drop();
  });

  const get = async (path: string, claims: { scopes?: string[]; shops?: string[]; companyId?: string } = {}) => {
    const token = await identity.token({ scopes: ['settlement:read', 'verify:read'], ...claims });
    const response = await fetch(`http://127.0.0.1:${app.port}/settlement/v1${path}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    return { status: response.status, body: (await response.json()) as any };
  };
  const numbers = (body: any) => body.items.map((item: { platformOrderNo: string }) => item.platformOrderNo);

  it('lists copied orders newest first, with amounts, lines and parcels', async () => {
    const { status, body } = await get('/orders');
    expect(status).toBe(200);
    expect(numbers(body)).toEqual(['no-4', 'no-3', 'no-2', 'no-1', 'no-0']);
    expect(body.items[3]).toMatchObject({
      orderId: 'ord_1',
      amounts: { goodsFen: 150, freightFen: 10, paidFen: 160 },
      lines: [
        { lineId: 'orl_1', paidFen: 100 },
        { lineId: 'orl_2', paidFen: 50 },
      ],
      parcels: [{ parcelId: 'pcl_1', state: 'shipped', waybillNo: 'YT1' }],
    });
    expect(body.items[0].parcels).toEqual([]);
  });

  it('filters by shop, number and day, and pages without loss', async () => {
    expect(numbers((await get('/orders?shopId=shp_2')).body)).toEqual(['no-4', 'no-3']);
    expect(numbers((await get('/orders?platformOrderNo=no-2')).body)).toEqual(['no-2']);
    const from = encodeURIComponent('2026-11-02T00:00:00+08:00');
    const to = encodeURIComponent('2026-11-04T00:00:00+08:00');
    expect(numbers((await get(`/orders?placedFrom=${from}&placedTo=${to}`)).body)).toEqual(['no-2', 'no-1']);
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { body } = (await get(`/orders?limit=2${cursor ? `&cursor=${cursor}` : ''}`)) as { body: any };
      seen.push(...numbers(body));
      cursor = body.nextCursor;
    }
    expect(seen).toEqual(['no-4', 'no-3', 'no-2', 'no-1', 'no-0']);
  });

  it('[A2] shows a client that is limited to shops nothing of others, and nobody another company', async () => {
    expect(numbers((await get('/orders', { shops: ['shp_2'] })).body)).toEqual(['no-4', 'no-3']);
    expect(await get('/orders?shopId=shp_1', { shops: ['shp_2'] })).toMatchObject({
      status: 404,
      body: { code: 'SHOP.NOT_FOUND' },
    });
    expect((await get('/orders', { companyId: 'cmp_other' })).body.items).toEqual([]);
  });

  it('refuses wrong queries and cursors, and callers without the scope', async () => {
    expect(await get('/orders?limit=0&placedFrom=yesterday&x=1')).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION' },
    });
    const foreign = Buffer.from('["a","b"]').toString('base64url');
    expect(await get(`/orders?cursor=${foreign}`)).toMatchObject({ status: 400, body: { code: 'CURSOR.INVALID' } });
    expect(await get('/orders', { scopes: ['orders:read'] })).toMatchObject({
      status: 403,
      body: { code: 'AUTH.SCOPE' },
    });
    const open = await fetch(`http://127.0.0.1:${app.port}/settlement/v1/orders`);
    expect([open.status, ((await open.json()) as any).code]).toEqual([401, 'AUTH.MISSING_TOKEN']);
  });

  it('proves its invariants', async () => {
    const { body } = await get('/verify');
    const sums = body.items.find(({ invariant }: { invariant: string }) => invariant.startsWith('4 '));
    expect(sums).toMatchObject({ checked: 5, breaches: [] });
  });

  it('is ready and documented', async () => {
    expect((await fetch(`http://127.0.0.1:${app.port}/health/ready`)).status).toBe(200);
    const document = (await (await fetch(`http://127.0.0.1:${app.port}/docs-json`)).json()) as any;
    expect(document.paths['/settlement/v1/orders'].get.description).toContain('settlement:read');
  });
});
