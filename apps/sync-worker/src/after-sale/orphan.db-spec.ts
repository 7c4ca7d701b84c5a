import { DataSource } from 'typeorm';
import type { CanonicalAfterSale } from '@app/contracts';
import { startSync, type SyncFixture } from '../testing/sync.fixture';
import { AfterSaleIntake } from './after-sale.intake';
import { RecentAfterSales } from './recent.after-sales';
import { OrphanWatch, ORPHAN_BOUND_MS } from './orphan.watch';

describe('after-sales without their order', () => {
  let sync: SyncFixture;
  let db: DataSource;
  let shopId: string;
  const get = <T>(type: abstract new (...args: never[]) => T): T => sync.app.get(type, { strict: false });
  const put = (no: string, orderNo: string) =>
    sync.neighbours.afterSales.set(no, {
      platformAfterSaleNo: no,
      platformOrderNo: orderNo,
      modifiedAt: new Date().toISOString(),
      shopId,
    } as CanonicalAfterSale & { shopId: string });
  const alarms = async (): Promise<string[]> =>
    (await sync.call('GET', '/sync/v1/alarms?open=true')).body.items
      .filter(({ kind }: { kind: string }) => kind === 'AFTER_SALE_WITHOUT_ORDER')
      .map(({ subject }: { subject: string }) => subject);
  const workFor = async (subject: string) =>
    (await db.query(`SELECT wanted_no FROM work WHERE kind = 'order' AND subject = $1`, [subject])) as unknown[];

  beforeAll(async () => {
    sync = await startSync({ works: false });
    db = get(DataSource);
    const shop = { platform: 'fake', name: 'x', platformShopId: '1', appKey: 'app', appSecret: 's', accessToken: 't' };
    shopId = (await sync.call('POST', '/sync/v1/shops', { body: shop })).body.id;
  });
  afterAll(() => sync.close());

  it('[O1] have their order pulled when they are first seen, even if the intake died before it could ask', async () => {
    put('r1', 'o1');
    put('r2', 'o2');
    await get(OrphanWatch).look();
    await get(OrphanWatch).look();
    expect(await workFor(`${shopId}/o1`)).toEqual([{ wanted_no: 1 }]);
    expect(await workFor(`${shopId}/o2`)).toHaveLength(1);
    expect(await alarms()).toEqual([]);
  });

  it('[P17] raise an alarm after ten minutes and close it when the order is there', async () => {
    await db.query('UPDATE after_sale_orphan SET seen_at = $1', [new Date(Date.now() - ORPHAN_BOUND_MS)]);
    await get(OrphanWatch).look();
    expect((await alarms()).sort()).toEqual([`${shopId}/r1`, `${shopId}/r2`]);
    sync.neighbours.stored.set('o1', {} as never);
    await get(OrphanWatch).look();
    expect(await alarms()).toEqual([`${shopId}/r2`]);
    expect(await db.query('SELECT platform_after_sale_no FROM after_sale_orphan')).toEqual([
      { platform_after_sale_no: 'r2' },
    ]);
  });

  it('[P17] stay as they are while orders is away', async () => {
    sync.neighbours.isAway = true;
    await expect(get(OrphanWatch).look()).rejects.toMatchObject({ code: 'DATABASE.UNAVAILABLE' });
    sync.neighbours.isAway = false;
    expect(await alarms()).toEqual([`${shopId}/r2`]);
  });

  it('[O1] are handed over each time they are seen, so that their order is asked for again', async () => {
    const item = { platformAfterSaleNo: 'c', platformOrderNo: '7' } as CanonicalAfterSale;
    let isOrphan = true;
    const http = {
      at: () => 'x',
      put: () => Promise.resolve({ items: [{ ...item, verdict: 'unchanged', isOrphan }] }),
    };
    const request = jest.fn().mockResolvedValue(undefined);
    const recent = new RecentAfterSales();
    const intake = new AfterSaleIntake(db, http as never, { request } as never, recent);
    const shop = { id: shopId, companyId: 'cmp_test' } as never;
    await intake.put(shop, [item]);
    expect(recent.holds(shopId, item)).toBe(false);
    expect(request.mock.calls.map(([, , , subjects]) => subjects)).toEqual([[`${shopId}/7`]]);
    isOrphan = false;
    await intake.put(shop, [item]);
    expect(recent.holds(shopId, item)).toBe(true);
    expect(request).toHaveBeenCalledTimes(1);
  });

  it('[O1] are taken as stored only with a verdict for each', async () => {
    const shop = { id: shopId, companyId: 'cmp_test' } as never;
    const items = ['a', 'b'].map((platformAfterSaleNo) => ({ platformAfterSaleNo }) as CanonicalAfterSale);
    const http = {
      at: () => 'x',
      put: () => Promise.resolve({ items: [{ platformAfterSaleNo: 'a', verdict: 'stored' }] }),
    };
    const intake = new AfterSaleIntake(db, http as never, {} as never, new RecentAfterSales());
    await expect(intake.put(shop, items)).rejects.toMatchObject({
      code: 'ORDERS.UNAVAILABLE',
      message: expect.stringContaining('first b'),
    });
  });
});
