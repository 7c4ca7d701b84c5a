import type { DataSource } from 'typeorm';
import { inTransaction, type FactContext } from '@app/shared';
import { sleep } from '@app/shared/time/wire-clock';
import { isWaitingForLock, joinShop, linkItem, startSync, type SyncFixture } from '../testing/sync.fixture';
import { LinkConsumer } from './push.consumers';

describe('numbers of which two causes change at the same time', () => {
  let sync: SyncFixture;
  let db: DataSource;
  let shopId: string;
  let version = 0;

  const link = (listingSkuId: string, skuId: string) => linkItem(shopId, listingSkuId, [{ skuId, quantity: 1 }]);
  const stock = (skuId: string, sellable: number) =>
    sync.tell('stock.sellable-changed', 'inventory', [
      {
        levelId: `${skuId}@HZ1`,
        stockVersion: (version += 1),
        skuId,
        skuCode: skuId,
        warehouse: 'HZ1',
        onHand: sellable,
        reserved: 0,
        safety: 0,
        sellable,
      },
    ]);
  const wanted = async (listingSkuId: string): Promise<number> =>
    (await db.query('SELECT wanted FROM listing_push WHERE listing_sku_id = $1', [listingSkuId]))[0]?.wanted as number;

  beforeAll(async () => {
    sync = await startSync({ works: false });
    db = await sync.database.open('sync');
    shopId = await joinShop(sync);
  });
  afterAll(() => sync.close());

  /** Links a listing and, before that is committed, has the stock of its SKU change. */
  const together = async (listingSkuId: string, skuId: string, sellable: number): Promise<void> => {
    let told = Promise.resolve();
    await inTransaction(db, async (tx) => {
      const consumer = sync.app.get(LinkConsumer, { strict: false });
      await consumer.apply(tx, [link(listingSkuId, skuId)], { companyId: 'cmp_test' } as FactContext);
      let isOver = false;
      told = stock(skuId, sellable).finally(() => (isOver = true));
      while (!isOver && !(await isWaitingForLock(db))) await sleep(5);
    });
    await told;
  };

  it('[I35] tells no number of goods that sold out while their listing was being linked', async () => {
    await stock('sku_gone', 10);
    await together('gone', 'sku_gone', 0);
    expect(await wanted('gone')).toBe(0);
  });

  it('[I35] tells the goods that arrived while their listing was being linked', async () => {
    await together('came', 'sku_came', 520);
    expect(await wanted('came')).toBe(520);
    expect((await sync.call('GET', '/sync/v1/verify')).body.items.flatMap((item: any) => item.breaches)).toEqual([]);
  });
});
