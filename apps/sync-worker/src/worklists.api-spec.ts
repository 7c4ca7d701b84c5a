import { DataSource } from 'typeorm';
import { PlatformError } from '@app/platforms';
import { shippedParcel, startSync, until, type SyncFixture } from './testing/sync.fixture';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('what operators ask of sync-worker while it works', () => {
  let sync: SyncFixture;
  let shopId: string;

  beforeAll(async () => {
    sync = await startSync({ works: true });
    for (const listingSkuId of ['bad', 'bundle']) sync.fake.stock.set(listingSkuId, 0);
    const { body } = await sync.call('POST', '/sync/v1/shops', {
      body: { platform: 'fake', name: '旗舰店', platformShopId: '77', appKey: 'app', appSecret: 's', accessToken: 't' },
    });
    shopId = body.id;
  });
  afterAll(() => sync.close());

  const put = (no: string, at: number, more: object = {}) =>
    sync.fake.orders.set(no, { no, state: 'paid', placedAt: new Date(at), modifiedAt: new Date(at), ...more });
  const pulled = async (body: object) => {
    const { body: started } = await sync.call('POST', `/sync/v1/shops/${shopId}/pulls`, { body });
    let pull: any;
    await until(`the pull ${started.jobId} is done`, async () => {
      pull = (await sync.call('GET', `/sync/v1/shops/${shopId}/pulls/${started.jobId}`)).body;
      return pull.state === 'done';
    });
    return pull.result;
  };

  it('[P27] a dry run says what a pull would store, and stores nothing', async () => {
    put('hidden-1', Date.now(), { hiddenFromChanges: true });

    const result = await pulled({ kind: 'order', platformOrderNo: 'hidden-1', dryRun: true });

    expect(result).toMatchObject({ listed: 1, wouldStore: ['hidden-1'], wouldUpdate: [] });
    expect(sync.neighbours.stored.has('hidden-1')).toBe(false);
  });

  it('[P8] pulls one order by its number', async () => {
    put('hidden-2', Date.now(), { hiddenFromChanges: true });

    expect(await pulled({ kind: 'order', platformOrderNo: 'hidden-2' })).toEqual({ 'hidden-2': 'stored' });
    expect(sync.neighbours.stored.has('hidden-2')).toBe(true);
  });

  it('[P9] brings the orders from before a shop joined when they are asked for', async () => {
    put('old', Date.now() - 40 * DAY);
    put('newer', Date.now() - 20 * DAY);
    const from = new Date(Date.now() - 41 * DAY).toISOString();

    const result = await pulled({ kind: 'orders', from, to: new Date().toISOString() });

    expect(result.done).toBe(result.windows);
    expect(['old', 'newer'].map((no) => sync.neighbours.stored.has(no))).toEqual([true, true]);
  });

  it('[L16] lists a notice that the platform refuses with its cause, and tells it when it is tried again', async () => {
    put('1001', Date.now());
    sync.fake.fail('ship', new PlatformError('rejected', 'the carrier is not known', { method: 'ship' }));
    await sync.tell('parcel.shipped', 'logistics', [shippedParcel(shopId, '1001')]);
    const noticesIn = async (state: string) =>
      (await sync.call('GET', `/sync/v1/ship-notices?shopId=${shopId}&state=${state}`)).body.items;
    await until('the notice failed', async () => (await noticesIn('failed')).length === 1);

    expect((await noticesIn('failed'))[0].reason).toContain('the carrier is not known');
    const { items: alarms } = (await sync.call('GET', '/sync/v1/alarms?open=true')).body;
    expect(alarms).toContainEqual(expect.objectContaining({ kind: 'SHIP_NOTICE_FAILED', subject: 'par_1/ord_1001' }));
    expect(sync.fake.notices).toEqual([]);
    await sync.call('POST', '/sync/v1/ship-notices/par_1/ord_1001/retry');
    await until('the notice is told', async () => (await noticesIn('told')).length === 1);
    expect(sync.fake.notices).toHaveLength(1);
  });

  it('[L16] tries a notice again by itself that the platform refused for a refund that was running', async () => {
    put('1002', Date.now());
    const refusal = new PlatformError('rejected', 'a refund is running', { method: 'ship', reason: 'state' });
    sync.fake.fail('ship', refusal);
    sync.fake.fail('ship', refusal);
    const before = sync.fake.count('ship');
    const db = sync.app.get(DataSource, { strict: false });
    const goOn = () =>
      until('the notice waits, and is due now', async () => {
        const [, count] = await db.query(
          `UPDATE work SET due_at = '2001-01-01', queued_until = NULL
            WHERE subject = 'par_2/ord_1002' AND claimed_until IS NULL AND due_at > now() + interval '30 s'`,
        );
        return count === 1;
      });
    const notice = async () =>
      (await sync.call('GET', `/sync/v1/ship-notices?shopId=${shopId}`)).body.items.find(
        ({ parcelId }: { parcelId: string }) => parcelId === 'par_2',
      );
    const toldTimes = async () =>
      (
        await db.query(`SELECT count(*)::int AS n FROM outbox WHERE name LIKE 'ship-notice.%' AND items LIKE '%par_2%'`)
      )[0].n;

    await sync.tell('parcel.shipped', 'logistics', [
      { ...shippedParcel(shopId, '1002'), parcelId: 'par_2', waybillNo: 'Z2' },
    ]);
    await goOn();
    await until('the platform refused twice', async () => sync.fake.count('ship') === before + 2);
    await until('the second refusal is written down', async () => (await notice())?.state === 'failed');
    expect(await toldTimes()).toBe(1);
    await goOn();
    await until('the notice is told', async () => (await notice()).state === 'told');

    expect(sync.fake.notices.filter(({ platformOrderNo }) => platformOrderNo === '1002')).toHaveLength(1);
    const { items: alarms } = (await sync.call('GET', '/sync/v1/alarms?open=true')).body;
    expect(alarms).not.toContainEqual(expect.objectContaining({ subject: 'par_2/ord_1002' }));
  });

  it('[P16] keeps work that fails five times with its cause until a person replays it', async () => {
    const body = { kind: 'order', platformOrderNo: 'poison' };
    const { body: started } = await sync.call('POST', `/sync/v1/shops/${shopId}/pulls`, { body });
    let dead: any;
    await until(
      'the work is a dead letter',
      async () => {
        const { items } = (await sync.call('GET', '/sync/v1/failed-jobs')).body;
        dead = items.find((job: any) => job.payload.subject === started.jobId);
        return dead !== undefined;
      },
      45_000,
    );

    expect(dead).toMatchObject({ name: 'request', shopId, cause: expect.stringContaining('no order poison') });
    put('poison', Date.now(), { hiddenFromChanges: true });
    expect((await sync.call('POST', `/sync/v1/failed-jobs/${dead.id}/replay`)).status).toBe(200);
    await until('the order is stored', () => sync.neighbours.stored.has('poison'));
  }, 60_000);

  describe('stock numbers', () => {
    const link = (listingSkuId: string, components: object[]) => ({
      linkId: `${shopId}/${listingSkuId}`,
      linkVersion: 1,
      shopId,
      platform: 'fake',
      listingId: 'item1',
      listingSkuId,
      title: 'T恤',
      merchantCode: listingSkuId,
      isOnShelf: true,
      isLinked: true,
      noStock: false,
      components,
    });
    const level = (sku: string, warehouse: string, sellable: number) => ({
      levelId: `${sku}@${warehouse}`,
      stockVersion: 1,
      skuId: sku,
      skuCode: sku,
      warehouse,
      onHand: sellable,
      reserved: 0,
      safety: 0,
      sellable,
    });
    const shown = async () =>
      new Map<string, any>(
        (await sync.call('GET', `/sync/v1/listings?shopId=${shopId}`)).body.items.map((row: any) => [
          row.listingSkuId,
          row,
        ]),
      );

    beforeAll(async () => {
      await sync.tell('stock.sellable-changed', 'inventory', [
        level('A', 'HZ1', 5),
        level('A', 'SH2', 4),
        level('B', 'HZ1', 7),
      ]);
      await sync.tell('listing.changed', 'catalog', [
        link('sku1', [{ skuId: 'A', skuCode: 'A', quantity: 1 }]),
        link('bad', [{ skuId: 'B', skuCode: 'B', quantity: 1 }]),
        link('bundle', [
          { skuId: 'A', skuCode: 'A', quantity: 2 },
          { skuId: 'B', skuCode: 'B', quantity: 3 },
        ]),
      ]);
      await until('the listings were read', async () => (await shown()).get('sku1')?.platformNow === 7);
      await sync.call('POST', `/sync/v1/shops/${shopId}/push/enable`, { body: {} });
      await until('the numbers are told', () => sync.fake.stock.get('sku1') === 9);
    });

    it('[I40] one SKU that the platform refuses is set aside with its cause, and the others are told', async () => {
      await until('the refusal is noted', async () => (await shown()).get('bad')?.result === 'refused');

      expect((await shown()).get('bad')).toMatchObject({ wanted: 7, lastTold: null, cause: 'the SKU is deleted' });
      expect(sync.fake.stock.get('sku1')).toBe(9);
      const { items } = (await sync.call('GET', '/sync/v1/alarms?open=true')).body;
      expect(items).toContainEqual(expect.objectContaining({ kind: 'STOCK_REFUSED', shopId }));
    });

    it('[I42] a bundle gets as many as its scarcest component makes over all warehouses', async () => {
      await until('the bundle is told', () => sync.fake.stock.get('bundle') === 2);
    });

    it('[I38] shows per listing what was told last, when, and with which result', async () => {
      await until('the result is noted', async () => (await shown()).get('sku1')?.result === 'accepted');

      expect((await shown()).get('sku1')).toMatchObject({ wanted: 9, lastTold: 9, lastToldAt: expect.any(String) });
    });
  });
});
