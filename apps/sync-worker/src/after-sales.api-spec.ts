import { DataSource } from 'typeorm';
import { startSync, until, type SyncFixture } from './testing/sync.fixture';
import { MessageService } from './message/message.service';

const HOUR = 3_600_000;

describe('after-sales as they are pulled', () => {
  let sync: SyncFixture;
  let shopId: string;
  const order = (no: string, at: number, more: object = {}) =>
    sync.fake.orders.set(no, { no, state: 'paid', placedAt: new Date(at), modifiedAt: new Date(at), ...more });
  const afterSale = (no: string, orderNo: string, at: number, more: object = {}) =>
    sync.fake.afterSales.set(no, { no, orderNo, state: 'requested', modifiedAt: new Date(at), ...more });
  const pulled = async (body: object) => {
    const { body: started } = await sync.call('POST', `/sync/v1/shops/${shopId}/pulls`, { body });
    let pull: any;
    await until(`the pull ${started.jobId} is done`, async () => {
      pull = (await sync.call('GET', `/sync/v1/shops/${shopId}/pulls/${started.jobId}`)).body;
      return pull.state === 'done';
    });
    return pull.result;
  };
  const completeness = async (from: number) =>
    (
      await sync.call(
        'GET',
        `/sync/v1/shops/${shopId}/completeness?kind=after-sales&from=${encodeURIComponent(new Date(from).toISOString())}`,
      )
    ).body;

  beforeAll(async () => {
    sync = await startSync({ works: true });
    const now = Date.now();
    order('1001', now - 5 * HOUR);
    // Placed long before the shop joined, so neither windows nor census ever list it.
    order('hidden', now - 40 * 24 * HOUR, { hiddenFromChanges: true });
    afterSale('r1', '1001', now - 4 * HOUR);
    afterSale('r2', 'hidden', now - 4 * HOUR);
    afterSale('r3', '1001', now - 3 * HOUR, { isUnreadable: true });
    const { body } = await sync.call('POST', '/sync/v1/shops', {
      body: {
        platform: 'fake',
        name: '旗舰店',
        platformShopId: '77',
        appKey: 'app',
        appSecret: 's',
        accessToken: 't',
        goLiveAt: new Date(now - 6 * HOUR).toISOString(),
      },
    });
    shopId = body.id;
  });
  afterAll(() => sync.close());

  it('[O1] stores the changed after-sales of a shop, and later changes of them', async () => {
    await until('the after-sale is stored', () => sync.neighbours.afterSales.has('r1'));
    afterSale('r1', '1001', Date.now(), { state: 'succeeded' });
    await until('its change is stored', () => sync.neighbours.afterSales.get('r1')!.state === 'succeeded');
    expect(sync.neighbours.afterSales.get('r1')).toMatchObject({ shopId, platformOrderNo: '1001', refundFen: 100 });
  });

  it('[O1] pulls the order at once when an after-sale comes before it', async () => {
    await until('the hidden order is stored', () => sync.neighbours.stored.has('hidden'));
    expect(sync.neighbours.afterSales.has('r2')).toBe(true);
  });

  it('[O1] reads an after-sale alone that could not be read in its window', async () => {
    await until('it is stored', () => sync.neighbours.afterSales.has('r3'));
    expect(sync.fake.count('after-sale')).toBeGreaterThan(0);
  });

  it('[P6] pulls the after-sale and its order that a push message names, once per message', async () => {
    order('2001', Date.now() - 40 * 24 * HOUR, { hiddenFromChanges: true });
    afterSale('r9', '2001', Date.now() - 40 * 24 * HOUR);
    const before = sync.fake.count('after-sale');
    const message = {
      messageId: 'm1',
      topic: 'taobao_refund_RefundCreated',
      kind: 'after-sale' as const,
      platformShopId: '77',
      platformOrderNo: '2001',
      platformAfterSaleNo: 'r9',
    };
    const service = sync.app.get(MessageService, { strict: false });
    await service.take('fake', 'app', message);
    await service.take('fake', 'app', message);
    await until('both are stored', () => sync.neighbours.afterSales.has('r9') && sync.neighbours.stored.has('2001'));
    expect(sync.fake.count('after-sale') - before).toBe(1);
  });

  it('[P6] asks with the number of the order that a push message names, where the platform wants both', async () => {
    const ago = Date.now() - 55 * 24 * HOUR;
    order('2002', ago, { hiddenFromChanges: true });
    afterSale('r11', '2002', ago, { needsOrderNo: true });
    const message = { messageId: 'm2', topic: 'refund', kind: 'after-sale' as const, platformShopId: '77' };
    const named = { ...message, platformOrderNo: '2002', platformAfterSaleNo: 'r11' };
    await sync.app.get(MessageService, { strict: false }).take('fake', 'app', named);
    await until('it is stored', () => sync.neighbours.afterSales.has('r11'));
  });

  it('[P6] keeps an after-sale due that the platform does not show alone, until a change window brings it', async () => {
    const db = sync.app.get(DataSource, { strict: false });
    const due = async () =>
      (await db.query(`SELECT 1 FROM work WHERE kind = 'after-sale' AND subject LIKE '%/r12'`)).length;
    const message = { messageId: 'm3', topic: 'refund', kind: 'after-sale' as const, platformShopId: '77' };
    sync.fake.afterSales.set('r12', {
      no: 'r12',
      orderNo: '1001',
      state: 'requested',
      modifiedAt: new Date(0),
      needsOrderNo: true,
    });
    await sync.app
      .get(MessageService, { strict: false })
      .take('fake', 'app', { ...message, platformAfterSaleNo: 'r12' });
    const before = sync.fake.count('after-sale');
    await until('it was asked for twice', () => sync.fake.count('after-sale') >= before + 2);
    expect(await due()).toBe(1);
    afterSale('r12', '1001', Date.now(), { needsOrderNo: true });
    await until('it is stored', () => sync.neighbours.afterSales.has('r12'));
    await until('nothing is due any more', async () => (await due()) === 0);
    const failed = (await sync.call('GET', '/sync/v1/failed-jobs')).body.items;
    expect(failed.filter(({ name }: { name: string }) => name === 'after-sale')).toEqual([]);
  });

  it('[P27] a dry run says which after-sales a pull would store or change, and stores nothing', async () => {
    const daysAgo = (days: number) => Date.now() - days * 24 * HOUR;
    afterSale('old', '1001', daysAgo(45));
    afterSale('changed', '1001', daysAgo(35), { state: 'succeeded' });
    const known = sync.neighbours.afterSales.get('r1')!;
    const stored = { ...known, platformAfterSaleNo: 'changed', modifiedAt: new Date(daysAgo(60)).toISOString() };
    sync.neighbours.afterSales.set('changed', stored);
    const span = { from: new Date(daysAgo(50)).toISOString(), to: new Date(daysAgo(30)).toISOString() };

    const result = await pulled({ kind: 'after-sales', ...span, dryRun: true });

    expect(result).toMatchObject({ listed: 3, unchanged: 1, wouldStore: ['old'], wouldUpdate: ['changed'] });
    expect(sync.neighbours.afterSales.has('old')).toBe(false);
  });

  it('[P9] brings the after-sales from before a shop joined when they are asked for', async () => {
    const from = new Date(Date.now() - 50 * 24 * HOUR).toISOString();
    const to = new Date(Date.now() - 30 * 24 * HOUR).toISOString();

    const result = await pulled({ kind: 'after-sales', from, to });

    expect(result.done).toBe(result.windows);
    expect(sync.neighbours.afterSales.has('old')).toBe(true);
  });

  it('[P7] shows the windows that were read, and says that they are all the proof there is', async () => {
    await until('the windows are read', async () => {
      const { windows } = await completeness(Date.now() - 7 * HOUR);
      return windows.length > 0 && windows.every(({ state }: { state: string }) => state === 'read');
    });
    const { kind, restsOn, windows, gaps } = await completeness(Date.now() - 7 * HOUR);
    expect([kind, restsOn, gaps]).toEqual(['after-sales', 'change-windows', []]);
    for (const [index, window] of windows.entries())
      if (index > 0) expect(Date.parse(window.from)).toBeLessThan(Date.parse(windows[index - 1].to));
    expect(windows[0]).toMatchObject({ missing: [], older: [], checkedAt: expect.any(String) });
  });

  it('[P18] tells lag and last success of after-sales beside those of orders', async () => {
    const { body } = await sync.call('GET', `/sync/v1/shops/${shopId}/health`);
    expect(body.lastSuccess).toMatchObject({ orders: expect.any(String), 'after-sales': expect.any(String) });
    expect(body.lagSeconds['after-sales']).toBeLessThan(10);
    expect(Object.keys(body.lagSeconds)).toEqual(['orders', 'after-sales']);
  });

  it('[O1] keeps a window open while orders is away, and loses nothing', async () => {
    sync.neighbours.isAway = true;
    afterSale('r10', '1001', Date.now());
    await until('a window failed', async () => {
      const { body } = await sync.call('GET', `/sync/v1/shops/${shopId}/health`);
      return body.failures.some(({ kind }: { kind: string }) => kind === 'window');
    });
    sync.neighbours.isAway = false;
    await until('it is stored', () => sync.neighbours.afterSales.has('r10'), 30_000);
  }, 45_000);
});
