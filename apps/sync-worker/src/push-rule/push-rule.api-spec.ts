import type { DataSource } from 'typeorm';
import { joinShop, linkItem, startSync, until, type SyncFixture } from '../testing/sync.fixture';
import { PushRuleService } from './push-rule.service';

describe('rules of what platforms are told', () => {
  let sync: SyncFixture;
  let db: DataSource;
  let shopId: string;
  let otherId: string;

  const link = (shop: string, listingSkuId: string) => linkItem(shop, listingSkuId, [{ skuId: 'A', quantity: 1 }]);
  let version = 0;
  const level = (warehouse: string, sellable: number) => ({
    levelId: `A@${warehouse}`,
    stockVersion: (version += 1),
    skuId: 'A',
    skuCode: 'A',
    warehouse,
    onHand: sellable,
    reserved: 0,
    safety: 0,
    sellable,
  });
  const rules = (shop = shopId) => `/sync/v1/shops/${shop}/push-rules`;
  const put = (body: object, shop = shopId) => sync.call('PUT', rules(shop), { body });
  const shown = async (sku: string, shop = shopId) =>
    (await sync.call('GET', `/sync/v1/listings?shopId=${shop}`)).body.items.find(
      (item: { listingSkuId: string }) => item.listingSkuId === sku,
    );
  const readListings = async (): Promise<void> => {
    const { body } = await sync.call('POST', `/sync/v1/shops/${shopId}/pulls`, { body: { kind: 'listings' } });
    const pull = `/sync/v1/shops/${shopId}/pulls/${body.jobId}`;
    await until('listings are read', async () => (await sync.call('GET', pull)).body.state === 'done');
  };

  beforeAll(async () => {
    sync = await startSync({ works: true });
    db = await sync.database.open('sync');
    shopId = await joinShop(sync);
    otherId = await joinShop(sync, '2');
    sync.fake.stock.set('two', 1);
    await sync.tell('stock.sellable-changed', 'inventory', [level('HZ1', 60), level('SH2', 41)]);
    await sync.tell('listing.changed', 'catalog', [link(shopId, 'sku1'), link(shopId, 'two')]);
    await until('listings were read', async () => (await shown('two'))?.platformNow === 1);
    await sync.call('POST', `/sync/v1/shops/${shopId}/push/enable`, { body: {} });
    await until('all of it is told', () => sync.fake.stock.get('sku1') === 101);
  });

  afterAll(() => sync.close());

  it('[I35] tells by percent, safety and ceiling, a listing by its own rule and the others by that of the shop', async () => {
    const dry = await put({ percent: 50, safety: 1, dryRun: true });
    expect(dry.body).toMatchObject({ saved: false, changedCount: 2 });
    expect(dry.body.changed[0]).toMatchObject({ listingSkuId: 'sku1', before: 101, after: 50 });
    expect((await sync.call('GET', rules())).body.items).toEqual([]);

    expect((await put({ percent: 50, safety: 1 })).body).toMatchObject({ saved: true, changedCount: 2 });
    expect((await put({ listingSkuId: 'two', ceiling: 20 })).body.changedCount).toBe(1);
    await until('both are told', () => sync.fake.stock.get('sku1') === 50 && sync.fake.stock.get('two') === 20);
    const { items } = (await sync.call('GET', rules())).body;
    expect(items).toMatchObject([
      { listingSkuId: null, percent: 50, safety: 1, ceiling: null },
      { listingSkuId: 'two', percent: null, ceiling: 20, pause: null },
    ]);
  });

  it('[I35] counts only the warehouses that a rule names, and holds again what stood before when it is taken away', async () => {
    await put({ listingSkuId: 'sku1', warehouses: ['SH2'], percent: 100, safety: 0 });
    await until('one warehouse is told', () => sync.fake.stock.get('sku1') === 41);
    expect((await sync.call('DELETE', `${rules()}?listingSkuId=sku1`)).body.changedCount).toBe(1);
    await until('the rule of the shop holds', () => sync.fake.stock.get('sku1') === 50);
    expect((await sync.call('DELETE', `${rules()}?listingSkuId=sku1`)).body.changedCount).toBe(0);
    await sync.call('DELETE', rules());
    await sync.call('DELETE', `${rules()}?listingSkuId=two`);
    await until('all of it is told', () => sync.fake.stock.get('two') === 101);
  });

  it('[I35] divides a SKU among the listings that share it, over shops, and never gives out more than there is', async () => {
    await put({ listingSkuId: 'sku1', weight: 1 });
    await put({ listingSkuId: 'two', weight: 1 });
    await until('half each', () => sync.fake.stock.get('sku1') === 50 && sync.fake.stock.get('two') === 50);
    await sync.tell('listing.changed', 'catalog', [link(otherId, 'three')]);
    await put({ weight: 3 }, otherId);
    await until('a fifth each', () => sync.fake.stock.get('sku1') === 20 && sync.fake.stock.get('two') === 20);
    expect((await shown('three', otherId)).wanted).toBe(60);
    await sync.tell('stock.sellable-changed', 'inventory', [level('SH2', 0)]);
    await until('a fifth of less', () => sync.fake.stock.get('sku1') === 12);
    // The listing goes from the shelf: what it had is divided among the others.
    await sync.tell('listing.changed', 'catalog', [{ ...link(otherId, 'three'), linkVersion: 2, isOnShelf: false }]);
    await until('half each again', () => sync.fake.stock.get('sku1') === 30 && sync.fake.stock.get('two') === 30);
  });

  it('[I36] tells a paused listing nothing, says until when and why, and tells the newest number afterwards', async () => {
    const until5 = new Date(Date.now() + 5 * 3_600_000).toISOString();
    await put({ listingSkuId: 'two', weight: 1, pause: { until: until5, reason: '双11' } });
    await sync.tell('stock.sellable-changed', 'inventory', [level('HZ1', 80)]);
    await until('the other is told', () => sync.fake.stock.get('sku1') === 40);
    expect(sync.fake.stock.get('two')).toBe(30);
    const { items } = (await sync.call('GET', rules())).body;
    expect(items).toContainEqual(
      expect.objectContaining({ listingSkuId: 'two', pause: { until: until5, reason: '双11' } }),
    );
    await db.query('UPDATE push_rule SET paused_until = now() WHERE is_paused');
    await sync.app.get(PushRuleService, { strict: false }).endPauses();
    await until('the newest is told', () => sync.fake.stock.get('two') === 40);
  });

  it('[I39] tells a number again that the platform shows too high, with its reason', async () => {
    await db.query(`UPDATE listing_push SET told_at = told_at - interval '1 minute'`);
    sync.fake.stock.set('sku1', 500);
    await readListings();
    expect((await shown('sku1')).readBack).toMatchObject({ shown: 500, drift: 460 });
    await until('it is told again', () => sync.fake.stock.get('sku1') === 40, 20_000);
    await until('the reason stands beside it', async () => (await shown('sku1')).repair !== null);
    expect((await shown('sku1')).repair).toMatchObject({
      reason: expect.stringMatching(/showed 500 at .*, the rule gives 40/),
      inARow: 1,
    });
    await readListings();
    expect((await shown('sku1')).repair.inARow).toBe(0);
  }, 40_000);

  it('[I39] raises a number that the platform shows too low only after a second reading, and not before the pull is past it', async () => {
    await db.query(`UPDATE listing_push SET told_at = told_at - interval '1 minute'`);
    sync.fake.stock.set('two', 3);
    await readListings();
    await new Promise((resolve) => setTimeout(resolve, 9_000));
    expect(sync.fake.stock.get('two')).toBe(3);
    await readListings();
    await until('it is told again', () => sync.fake.stock.get('two') === 40, 20_000);
    expect((await shown('two')).repair.reason).toMatch(/showed 3 at/);
  }, 60_000);

  it('refuses what cannot be a rule', async () => {
    for (const [body, field] of [
      [{ percent: 101 }, 'percent'],
      [{ pause: { reason: 'x' } }, 'pause'],
      [{ listingSkuId: 'two', pause: { reason: 'x', until: '2020-01-01T00:00:00Z' } }, 'pause.until'],
      [{ floor: 5, ceiling: 4 }, 'ceiling'],
    ] as const) {
      const answer = await put(body);
      expect([answer.status, answer.body.errors[0].field]).toEqual([400, field]);
    }
    expect((await put({ listingSkuId: 'nobody', percent: 1 })).body.code).toBe('LISTING_SKU.NOT_FOUND');
    expect((await put({ percent: 1 }, 'shp_nobody')).status).toBe(404);
  });
});
