import type { SellableItem } from '@app/contracts';
import { InventoryKit, orderItem, parcelItem } from '../testing/inventory-kit';

describe('pieces that an on-hand platform counts as unshipped', () => {
  let kit: InventoryKit;
  beforeAll(async () => {
    kit = await InventoryKit.start();
  });
  afterAll(() => kit.close());
  beforeEach(async () => {
    await kit.wipe();
    await kit.warehouses('HZ1', 'SH2');
    await kit.skus('a', 'b');
    await kit.stock('a', 'HZ1', 10);
  });
  afterEach(async () => {
    expect(await kit.breaches()).toEqual([]);
  });

  const jd = (id: string, version: number, pieces: number, more = {}) =>
    orderItem(id, version, { l1: [['a', pieces]] }, { platform: 'jd', ...more });
  const newest = async (levelId = 'a@HZ1'): Promise<SellableItem> => {
    const told = (await kit.sellableTold()).filter((item) => item.levelId === levelId);
    return told.sort((a, b) => b.stockVersion - a.stockVersion)[0]!;
  };
  const occupied = async (levelId?: string) => (await newest(levelId)).occupied;
  const held = (pieces: number, departed = 0) => [
    { shopId: 'shp_1', departed, listings: [{ listingSkuId: 'ls', pieces }] },
  ];

  it('[I37] are told with the level, of the same version as what may be sold', async () => {
    await kit.deliver('order.paid', [jd('o1', 1, 2), jd('o2', 1, 1)]);
    expect(await newest()).toMatchObject({ onHand: 10, reserved: 3, sellable: 7, occupied: held(3) });
    await kit.deliver('order.paid', [orderItem('o3', 1, { l1: [['a', 4]] })]);
    expect(await newest()).toMatchObject({ onHand: 10, reserved: 7, sellable: 3, occupied: held(3) });
  });

  it('are not told where no platform takes on-hand numbers', async () => {
    await kit.deliver('order.paid', [orderItem('o1', 1, { l1: [['a', 2]] })]);
    await kit.deliver('parcel.shipped', [parcelItem('p1', 1, 'o1', 'HZ1', [['l1', 'a', 2]])]);
    for (const item of await kit.sellableTold()) expect(item).not.toHaveProperty('occupied');
  });

  it('end with the departure, which is counted once', async () => {
    await kit.deliver('order.paid', [jd('o1', 1, 2), jd('o2', 1, 1)]);
    const parcel = { ...parcelItem('p1', 1, 'o1', 'HZ1', [['l1', 'a', 2]]), platform: 'jd' };
    await kit.deliver('parcel.shipped', [parcel]);
    expect(await newest()).toMatchObject({ onHand: 8, reserved: 1, sellable: 7, occupied: held(1, 2) });
    await kit.deliver('parcel.delivered', [{ ...parcel, parcelVersion: 2, state: 'delivered' }]);
    await kit.deliver('order.changed', [jd('o1', 2, 2, { platformState: 'shipped' })]);
    expect(await occupied()).toEqual(held(1, 2));
  });

  it('end when the platform calls the order shipped, though the pieces are still held', async () => {
    await kit.deliver('order.paid', [jd('o1', 1, 2)]);
    await kit.deliver('order.changed', [jd('o1', 2, 2, { platformState: 'shipped' })]);
    expect(await newest()).toMatchObject({ reserved: 2, sellable: 8 });
    expect(await occupied()).toEqual([{ shopId: 'shp_1', departed: 0, listings: [] }]);
  });

  it('end with the refund and the cancellation that give the pieces back', async () => {
    await kit.deliver('order.paid', [jd('o1', 1, 3), jd('o2', 1, 1)]);
    await kit.deliver('refund.succeeded', [jd('o1', 2, 1)]);
    expect(await newest()).toMatchObject({ sellable: 8, occupied: held(2) });
    await kit.deliver('order.cancelled', [jd('o1', 3, 1, { stock: 'none', platformState: 'cancelled' })]);
    expect(await newest()).toMatchObject({ sellable: 9, occupied: held(1) });
  });

  it('leave out what waits for stock, and count it when it is held', async () => {
    await kit.deliver('order.paid', [jd('o1', 1, 12)]);
    expect((await newest()).occupied).toBeUndefined();
    await kit.stock('a', 'HZ1', 5);
    await kit.settle();
    expect(await newest()).toMatchObject({ onHand: 15, sellable: 3, occupied: held(12) });
  });

  it('follow the line into another warehouse', async () => {
    await kit.stock('a', 'SH2', 20);
    await kit.deliver('order.paid', [jd('o1', 1, 2)]);
    await kit.deliver('order.changed', [jd('o1', 2, 15)]);
    expect(await occupied()).toEqual([{ shopId: 'shp_1', departed: 0, listings: [] }]);
    expect(await newest('a@SH2')).toMatchObject({ sellable: 5, occupied: held(15) });
  });
});
