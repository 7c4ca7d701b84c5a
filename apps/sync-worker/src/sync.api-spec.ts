import { shippedParcel, startSync, until, type SyncFixture } from './testing/sync.fixture';

const HOUR = 3_600_000;

describe('sync-worker as a whole', () => {
  let sync: SyncFixture;
  let shopId: string;

  beforeAll(async () => {
    sync = await startSync({ works: true });
    const now = Date.now();
    for (const no of ['1001', '1002', '1003'])
      sync.fake.orders.set(no, {
        no,
        state: 'paid',
        placedAt: new Date(now - 5 * HOUR),
        modifiedAt: new Date(now - 4 * HOUR),
      });
    sync.fake.orders.set('hidden', {
      no: 'hidden',
      state: 'paid',
      placedAt: new Date(now - 5 * HOUR),
      modifiedAt: new Date(now - 4 * HOUR),
      hiddenFromChanges: true,
    });
    const answer = await sync.call('POST', '/sync/v1/shops', {
      body: {
        platform: 'fake',
        name: '旗舰店',
        platformShopId: '77',
        appKey: 'app',
        appSecret: 'very-secret',
        accessToken: 'token-1',
        goLiveAt: new Date(now - 6 * HOUR).toISOString(),
      },
    });
    expect(answer.status).toBe(201);
    shopId = answer.body.id;
  });

  afterAll(() => sync.close());

  it('[P6] pulls the changed orders of a shop and its listings', async () => {
    await until('orders are stored', () => ['1001', '1002', '1003'].every((no) => sync.neighbours.stored.has(no)));
    await until('listings are stored', () => sync.neighbours.listings.length > 0);
    sync.fake.orders.set('1004', { no: '1004', state: 'paid', placedAt: new Date(), modifiedAt: new Date() });
    await until('a new order is stored', () => sync.neighbours.stored.has('1004'));
  });

  it('[P6] reads a window of changes once more when its pages show fewer orders than the platform counts', async () => {
    const at = new Date(Date.now() - 100 * HOUR);
    sync.fake.orders.set('left-out', { no: 'left-out', state: 'paid', placedAt: at, modifiedAt: at, hiddenChanges: 1 });
    const span = { from: new Date(at.getTime() - HOUR).toISOString(), to: new Date(at.getTime() + HOUR).toISOString() };
    const pulls = `/sync/v1/shops/${shopId}/pulls`;
    const { jobId } = (await sync.call('POST', pulls, { body: { kind: 'orders', ...span } })).body;
    const pull = async () => (await sync.call('GET', `${pulls}/${jobId}`)).body;
    await until('the window is read', async () => (await pull()).state === 'done');
    expect((await pull()).result).toMatchObject({ windows: 1, listed: 1, stored: 1 });
    expect(sync.neighbours.stored.has('left-out')).toBe(true);
  });

  it('[P7] finds by the census what the change pull never lists, stores it and shows the gap', async () => {
    await until('the hidden order is stored', () => sync.neighbours.stored.has('hidden'));
    const from = encodeURIComponent(new Date(Date.now() - 7 * HOUR).toISOString());
    await until('the gap is closed', async () => {
      const { body } = await sync.call('GET', `/sync/v1/shops/${shopId}/completeness?kind=orders&from=${from}`);
      return body.gaps.some((gap: any) => gap.platformOrderNo === 'hidden' && gap.storedAt !== null);
    });
  });

  it('[L16] tells a shipped parcel once, whatever fact comes how often', async () => {
    await until('order is there', () => sync.neighbours.stored.has('1001'));
    const parcel = shippedParcel(shopId, '1001');
    await sync.tell('parcel.delivered', 'logistics', [{ ...parcel, parcelVersion: 2, state: 'delivered' }]);
    await sync.tell('parcel.shipped', 'logistics', [parcel]);
    await until('the platform knows', () => sync.fake.notices.length === 1);
    await until(
      'the notice is told',
      async () => (await sync.call('GET', `/sync/v1/ship-notices?shopId=${shopId}`)).body.items[0]?.state === 'told',
    );
    expect(sync.fake.notices).toHaveLength(1);
    expect(sync.fake.notices[0]).toMatchObject({
      platformOrderNo: '1001',
      finishesOrder: true,
      shippedBefore: false,
      parcels: [{ carrier: 'ZTO', waybillNo: 'Z1' }],
    });
  });

  it('[I37] pushes only after it was switched on, and the newest number wins', async () => {
    const link = {
      linkId: `${shopId}/sku1`,
      linkVersion: 1,
      shopId,
      platform: 'fake',
      listingId: 'item1',
      listingSkuId: 'sku1',
      title: 'T恤',
      merchantCode: 'A',
      isOnShelf: true,
      isLinked: true,
      noStock: false,
      components: [{ skuId: 'sku_1', skuCode: 'A', quantity: 2 }],
    };
    const level = (version: number, sellable: number) => ({
      levelId: 'sku_1@HZ1',
      stockVersion: version,
      skuId: 'sku_1',
      skuCode: 'A',
      warehouse: 'HZ1',
      onHand: sellable,
      reserved: 0,
      safety: 0,
      sellable,
    });
    await sync.tell('stock.sellable-changed', 'inventory', [level(1, 9)]);
    await sync.tell('listing.changed', 'catalog', [link]);
    await until(
      'listings were read',
      async () => (await sync.call('GET', `/sync/v1/listings?shopId=${shopId}`)).body.items[0]?.platformNow === 7,
    );
    expect(sync.fake.count('stock')).toBe(0);
    const dry = await sync.call('POST', `/sync/v1/shops/${shopId}/push/enable`, { body: { dryRun: true } });
    expect(dry.body.items).toMatchObject([{ listingSkuId: 'sku1', platformNow: 7, wouldTell: 4 }]);
    expect(sync.fake.count('stock')).toBe(0);
    await sync.call('POST', `/sync/v1/shops/${shopId}/push/enable`, { body: {} });
    await until('the number is told', () => sync.fake.stock.get('sku1') === 4);
    for (const [version, sellable] of [
      [2, 6],
      [3, 2],
      [4, 40],
    ] as const)
      await sync.tell('stock.sellable-changed', 'inventory', [level(version, sellable)]);
    await until('the newest number is told', () => sync.fake.stock.get('sku1') === 20);
    const { body } = await sync.call('GET', `/sync/v1/listings?shopId=${shopId}`);
    expect(body.items[0]).toMatchObject({ wanted: 20, lastTold: 20, result: 'accepted' });
    expect((await sync.call('GET', '/sync/v1/verify')).body.items.flatMap((item: any) => item.breaches)).toEqual([]);
  });

  it('[P18] examines a shop', async () => {
    const { status, body } = await sync.call('GET', `/sync/v1/shops/${shopId}/health`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ token: { state: 'valid' }, clockSkewMs: 12, scopes: { missing: [] } });
    expect(body.lagSeconds.orders).toBeLessThan(10);
  });
});
