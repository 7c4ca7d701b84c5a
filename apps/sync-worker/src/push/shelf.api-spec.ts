import type { DataSource } from 'typeorm';
import type { ListingLinkItem } from '@app/contracts';
import { PlatformError } from '@app/platforms';
import { joinShop, linkItem, startSync, until, type SyncFixture } from '../testing/sync.fixture';

describe('listings that leave the shelf at zero', () => {
  let sync: SyncFixture;
  let db: DataSource;
  let shopId: string;
  let version = 0;

  const link = (listingSkuId: string, skuId: string, more: Partial<ListingLinkItem> = {}) =>
    linkItem(shopId, listingSkuId, [{ skuId, quantity: 1 }], { linkVersion: (version += 1), ...more });
  const links = (...items: object[]) => sync.tell('listing.changed', 'catalog', items);
  const stock = (levels: Record<string, number>, occupied: Record<string, number> = {}) =>
    sync.tell(
      'stock.sellable-changed',
      'inventory',
      Object.entries(levels).map(([skuId, sellable]) => ({
        levelId: `${skuId}@HZ1`,
        stockVersion: (version += 1),
        skuId,
        skuCode: skuId,
        warehouse: 'HZ1',
        onHand: sellable + (occupied[skuId] ?? 0),
        reserved: occupied[skuId] ?? 0,
        safety: 0,
        sellable,
        occupied: [
          {
            shopId,
            departed: 0,
            listings: [{ listingSkuId: skuId === 'A' ? 'sku1' : 'two', pieces: occupied[skuId] ?? 0 }],
          },
        ],
      })),
    );
  const rule = (body: object) => sync.call('PUT', `/sync/v1/shops/${shopId}/push-rules`, { body });
  const shelf = async () => {
    const { body } = await sync.call('GET', `/sync/v1/listings?shopId=${shopId}`);
    return body.items.find((item: { listingSkuId: string }) => item.listingSkuId === 'sku1')?.shelf;
  };
  const rests = () =>
    until(
      'nothing is left to tell or to move',
      async () => (await db.query("SELECT 1 FROM work WHERE kind = 'push'")).length === 0,
    );
  const isIn = async (state: string): Promise<void> => {
    await rests();
    expect((await shelf())?.state).toBe(state);
  };
  const breaches = async (): Promise<string[]> =>
    (await sync.call('GET', '/sync/v1/verify')).body.items.flatMap((item: { breaches: string[] }) => item.breaches);

  beforeAll(async () => {
    sync = await startSync({ works: true });
    db = await sync.database.open('sync');
    shopId = await joinShop(sync);
    sync.fake.stock.set('two', 1);
    await stock({ A: 5, B: 7 });
    await links(link('sku1', 'A'), link('two', 'B'));
    await until('listings were read', async () => {
      const { body: shown } = await sync.call('GET', `/sync/v1/listings?shopId=${shopId}`);
      return shown.items.every((item: { platformNow: number | null }) => item.platformNow !== null);
    });
    await sync.call('POST', `/sync/v1/shops/${shopId}/push/enable`, { body: {} });
    await until('both are told', () => sync.fake.stock.get('sku1') === 5 && sync.fake.stock.get('two') === 7);
    await rule({ autoShelf: true });
  });

  beforeEach(async () => {
    sync.fake.can({ stockMeans: 'sellable' });
    await links(link('sku1', 'A'), link('two', 'B'));
    await stock({ A: 5, B: 7 });
    await rule({ autoShelf: true });
    await rests();
    expect(sync.fake.isOnShelf).toBe(true);
    sync.fake.calls.length = 0;
  });

  afterEach(async () => {
    await rests();
    expect(await breaches()).toEqual([]);
  });
  afterAll(() => sync.close());

  it('[I41] takes a listing off once every SKU shows nothing, and puts it back with the first number', async () => {
    await stock({ A: 0 });
    await rests();
    expect([sync.fake.stock.get('sku1'), sync.fake.isOnShelf]).toEqual([0, true]);
    await stock({ B: 0 });
    await isIn('off');
    expect([sync.fake.stock.get('two'), sync.fake.isOnShelf]).toEqual([0, false]);
    expect(sync.fake.calls.lastIndexOf('stock')).toBeLessThan(sync.fake.calls.indexOf('shelf'));

    // The catalog has read the listing since, so its links say that it is off the shelf.
    await links(link('sku1', 'A', { isOnShelf: false }), link('two', 'B', { isOnShelf: false }));
    await stock({ A: 3 });
    await isIn('on');
    expect([sync.fake.stock.get('sku1'), sync.fake.isOnShelf]).toEqual([3, true]);
    expect(sync.fake.calls.lastIndexOf('stock')).toBeLessThan(sync.fake.calls.lastIndexOf('shelf'));
    await stock({ A: 2 });
    await until('numbers are told before the listing is read again', () => sync.fake.stock.get('sku1') === 2);
    expect(sync.fake.count('shelf')).toBe(2);
  });

  it('[I41] leaves a listing where it is while one of its SKUs is not linked or has no goods, and follows when it is', async () => {
    await links(link('two', 'B', { isLinked: false, components: [] }));
    await stock({ A: 0, B: 0 });
    await rests();
    expect([sync.fake.stock.get('sku1'), sync.fake.count('shelf')]).toEqual([0, 0]);
    await links(link('two', 'B', { noStock: true }));
    await rests();
    expect(sync.fake.count('shelf')).toBe(0);
    await links(link('two', 'B', { isOnShelf: false }));
    await isIn('off');
  });

  it('[I41] follows a rule that comes later, needs one for every SKU, and puts back what it took off when it is gone', async () => {
    await sync.call('DELETE', `/sync/v1/shops/${shopId}/push-rules`);
    await stock({ A: 0, B: 0 });
    await rests();
    await rule({ listingSkuId: 'sku1', autoShelf: true });
    await rests();
    expect(sync.fake.count('shelf')).toBe(0);
    await rule({ listingSkuId: 'two', autoShelf: true });
    await isIn('off');
    for (const sku of ['sku1', 'two'])
      await sync.call('DELETE', `/sync/v1/shops/${shopId}/push-rules?listingSkuId=${sku}`);
    await rests();
    expect(sync.fake.isOnShelf).toBe(false);
    await stock({ B: 1 });
    await isIn('on');
    expect(sync.fake.isOnShelf).toBe(true);
  });

  it('[I41] does not count the pieces of its own open orders as for sale where the number means on hand', async () => {
    sync.fake.can({ stockMeans: 'on-hand' });
    await stock({ A: 0, B: 0 }, { A: 3 });
    await isIn('off');
    expect([sync.fake.stock.get('sku1'), sync.fake.stock.get('two'), sync.fake.isOnShelf]).toEqual([3, 0, false]);
    await stock({ A: 1 }, { A: 3 });
    await isIn('on');
    expect(sync.fake.stock.get('sku1')).toBe(4);
  });

  it('[I41] shows a refusal with an alarm and tries again with the next number; a listing that stands there already is done', async () => {
    const refusal = () =>
      new PlatformError('rejected', 'the category forbids it', { method: 'shelf', reason: 'state' });
    sync.fake.fail('shelf', refusal());
    await stock({ A: 0, B: 0 });
    await until('the refusal is shown', async () => (await shelf())?.cause === 'the category forbids it');
    expect((await shelf()).state).toBe('on');
    await rests();
    const alarms = async () =>
      (await sync.call('GET', '/sync/v1/alarms?open=true')).body.items.filter(
        (alarm: { kind: string }) => alarm.kind === 'SHELF_REFUSED',
      );
    expect(await alarms()).toMatchObject([{ subject: `${shopId}/item1`, shopId }]);
    expect(await breaches()).toEqual([]);
    await rule({ autoShelf: true });
    await rests();
    expect(sync.fake.count('shelf')).toBe(1);

    await stock({ A: 1 });
    await until('the raise is told', () => sync.fake.stock.get('sku1') === 1);
    sync.fake.fail('shelf', refusal());
    sync.fake.isOnShelf = false;
    await stock({ A: 0 });
    await isIn('off');
    expect(await alarms()).toEqual([]);
    await stock({ A: 1 });
    await isIn('on');
  });

  it('[I41] knows what it took off though the answer was lost and the listing was read in between', async () => {
    sync.fake.fail(
      'shelf-after',
      new PlatformError('transient', 'no answer came', { method: 'shelf', outcomeUnknown: true }),
    );
    sync.fake.fail('shelf', new PlatformError('transient', 'no way there', { method: 'shelf' }));
    sync.fake.faults.get('shelf')!.unshift(undefined);
    await stock({ A: 0, B: 0 });
    await until('the platform was asked', () => !sync.fake.isOnShelf);
    await links(link('sku1', 'A', { isOnShelf: false }), link('two', 'B', { isOnShelf: false }));
    await stock({ A: 9 });
    await isIn('on');
    expect([sync.fake.stock.get('sku1'), sync.fake.isOnShelf]).toEqual([9, true]);
  });
});
