import type { DataSource } from 'typeorm';
import { joinShop, linkItem, shippedParcel, startSync, until, type SyncFixture } from '../testing/sync.fixture';

describe('numbers of a platform that takes what lies in the warehouse', () => {
  let sync: SyncFixture;
  let db: DataSource;
  let shopId: string;
  let version = 0;

  const link = (listingSkuId: string, components: { skuId: string; quantity: number }[], linkVersion = 1) =>
    linkItem(shopId, listingSkuId, components, { linkVersion });
  /** A level of which listings of the shop occupy pieces: `{listingSkuId: pieces}`. */
  const level = (
    skuId: string,
    onHand: number,
    sellable: number,
    occupied: Record<string, number> = {},
    departed = 0,
    ofShop = shopId,
  ) => ({
    levelId: `${skuId}@HZ1`,
    stockVersion: (version += 1),
    skuId,
    skuCode: skuId,
    warehouse: 'HZ1',
    onHand,
    reserved: onHand - sellable,
    safety: 0,
    sellable,
    occupied: [
      {
        shopId: ofShop,
        departed,
        listings: Object.entries(occupied).map(([listingSkuId, pieces]) => ({ listingSkuId, pieces })),
      },
    ],
  });
  const stock = (...levels: object[]) => sync.tell('stock.sellable-changed', 'inventory', levels);
  const told = (quantity: number, sku = 'sku1') =>
    until(`${sku} is told ${quantity}`, () => sync.fake.stock.get(sku) === quantity);
  const wanted = async (sku = 'sku1'): Promise<number> =>
    (await sync.call('GET', `/sync/v1/listings?shopId=${shopId}`)).body.items.find(
      (item: { listingSkuId: string }) => item.listingSkuId === sku,
    )?.wanted;

  beforeAll(async () => {
    sync = await startSync({ works: true });
    sync.fake.can({ stockMeans: 'on-hand' });
    db = await sync.database.open('sync');
    shopId = await joinShop(sync);
    sync.fake.stock.set('kit', 1);
    await stock(level('sku_1', 10, 10), level('sku_2', 30, 30));
    await sync.tell('listing.changed', 'catalog', [
      link('sku1', [{ skuId: 'sku_1', quantity: 1 }]),
      link('kit', [
        { skuId: 'sku_2', quantity: 2 },
        { skuId: 'sku_1', quantity: 1 },
      ]),
    ]);
    await until(
      'listings were read',
      async () =>
        (await sync.call('GET', `/sync/v1/listings?shopId=${shopId}`)).body.items.filter(
          (item: { platformNow: number | null }) => item.platformNow !== null,
        ).length === 2,
    );
    await sync.call('POST', `/sync/v1/shops/${shopId}/push/enable`, { body: {} });
    await told(10);
  });

  afterEach(async () => {
    expect((await sync.call('GET', '/sync/v1/verify')).body.items.flatMap((item: any) => item.breaches)).toEqual([]);
  });
  afterAll(() => sync.close());

  it('[I37] tells what may be sold and the pieces of its own open orders; orders of others lower it', async () => {
    await stock(level('sku_1', 10, 8, { sku1: 2 }));
    expect(await wanted()).toBe(10);
    await stock(level('sku_1', 10, 5, { sku1: 2 }));
    await told(7);
    await stock(level('sku_1', 10, 4, { other: 3 }, 0, 'shp_elsewhere'));
    await told(4);
    await stock(level('sku_1', 10, 5, { sku1: 2 }));
    await told(7);
    const dry = await sync.call('POST', `/sync/v1/shops/${shopId}/push/enable`, { body: { dryRun: true } });
    expect(dry.body.items.find((item: { listingSkuId: string }) => item.listingSkuId === 'sku1')).toMatchObject({
      wouldTell: 7,
      why: { told: true, occupied: 2, components: [{ skuId: 'sku_1', sellable: 5 }] },
    });
  });

  it('[I37] adds to the share of a rule, and never tells more than lies in the warehouse', async () => {
    const rule = `/sync/v1/shops/${shopId}/push-rules`;
    await sync.call('PUT', rule, { body: { percent: 40 } });
    expect(await wanted()).toBe(4);
    await sync.call('PUT', rule, { body: { floor: 9 } });
    expect(await wanted()).toBe(10);
    await sync.call('PUT', rule, { body: { floor: 12 } });
    expect(await wanted()).toBe(12);
    await sync.call('PUT', rule, { body: {} });
    await told(7);
  });

  it('[I42] counts whole bundles of the scarcest component that is held', async () => {
    await stock(level('sku_2', 30, 24, { kit: 6 }), level('sku_1', 10, 3, { kit: 2, sku1: 2 }));
    await told(5, 'kit');
    await told(5);
    await stock(level('sku_2', 30, 24, { kit: 6 }), level('sku_1', 10, 5, { sku1: 2 }));
    await told(5, 'kit');
    await told(7);
  });

  it('[I37] leaves departed pieces out before the platform is told of them, and tells the number again when it knows', async () => {
    await stock(level('sku_1', 10, 5, { sku1: 2 }, 0));
    await told(7);
    const at = new Date();
    sync.fake.orders.set('1001', { no: '1001', state: 'paid', placedAt: at, modifiedAt: at });
    sync.neighbours.stored.set('1001', sync.fake.order('1001'));
    const shop = (await sync.call('GET', `/sync/v1/shops/${shopId}`)).body;
    const switching = (to: string, expectedVersion: number) =>
      sync.call('POST', `/sync/v1/shops/${shopId}/${to}`, { body: { what: 'ship-notice', expectedVersion } });
    const { version: pausedVersion } = (await switching('pause', shop.version)).body;
    await sync.tell('parcel.shipped', 'logistics', [shippedParcel(shopId, '1001')]);
    expect(await wanted()).toBe(6);
    expect(await db.query('SELECT sku_id, pieces FROM departed')).toEqual([{ sku_id: 'sku_1', pieces: 1 }]);
    await told(6);
    // The same departure, seen by inventory at last: what the number leaves out does not change.
    await stock(level('sku_1', 9, 5, { sku1: 1 }, 1));
    expect(await wanted()).toBe(6);
    await sync.tell('parcel.delivered', 'logistics', [
      { ...shippedParcel(shopId, '1001'), parcelVersion: 2, state: 'delivered' },
    ]);
    expect(await wanted()).toBe(6);
    // Another number of the same parcel is no second departure.
    await sync.tell('parcel.shipped', 'logistics', [
      { ...shippedParcel(shopId, '1001'), parcelVersion: 3, waybillNo: 'Z2' },
    ]);
    expect(await wanted()).toBe(6);
    // The platform subtracts what it learns to have left from the number that left it out already.
    sync.fake.stock.set('sku1', 5);
    const wantedNo = async (): Promise<number> =>
      (await db.query(`SELECT wanted_no FROM listing_push WHERE listing_sku_id = 'sku1'`))[0].wanted_no;
    const before = await wantedNo();
    expect((await switching('resume', pausedVersion)).status).toBe(200);
    await until(
      'the notice is told',
      async () => (await sync.call('GET', `/sync/v1/ship-notices?shopId=${shopId}`)).body.items[0]?.state === 'told',
    );
    expect(await wantedNo()).toBe(before + 1);
    await told(6);
  });
});
