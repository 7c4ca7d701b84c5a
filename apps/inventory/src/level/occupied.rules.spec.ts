import { countedChanges, countedOf } from '../reservation/order-stock.rules';
import { orderItem } from '../testing/inventory-kit';
import { withDeparted, withOccupied } from './occupied.rules';

const ON_HAND = new Set(['jd']);

describe('pieces that a platform counts as unshipped', () => {
  it('are summed per listing of a shop, and a listing without pieces disappears', () => {
    const one = withOccupied([], 'shp_1', 'ls1', 2);
    const two = withOccupied(one, 'shp_1', 'ls2', 1);
    expect(withOccupied(two, 'shp_1', 'ls1', 3)[0]!.listings).toEqual([
      { listingSkuId: 'ls2', pieces: 1 },
      { listingSkuId: 'ls1', pieces: 5 },
    ]);
    expect(withOccupied(two, 'shp_1', 'ls1', -2)).toEqual([
      { shopId: 'shp_1', departed: 0, listings: [{ listingSkuId: 'ls2', pieces: 1 }] },
    ]);
    expect(one).toEqual([{ shopId: 'shp_1', departed: 0, listings: [{ listingSkuId: 'ls1', pieces: 2 }] }]);
    expect(withOccupied(one, 'shp_1', 'ls1', 0)).toBe(one);
  });

  it('never fall below none', () => {
    expect(() => withOccupied([], 'shp_1', 'ls1', -1)).toThrow('ls1 of shop shp_1 would occupy -1');
  });

  it('count departures per shop beside them', () => {
    const twice = withDeparted(withDeparted(withOccupied([], 'shp_1', 'ls1', 2), 'shp_1', 1), 'shp_2', 4);
    expect(twice).toEqual([
      { shopId: 'shp_1', departed: 1, listings: [{ listingSkuId: 'ls1', pieces: 2 }] },
      { shopId: 'shp_2', departed: 4, listings: [] },
    ]);
  });

  it('are those of orders that an on-hand platform calls paid, and of no others', () => {
    const jd = orderItem('o1', 1, { l1: [['a', 2]] }, { platform: 'jd' });
    expect(countedOf(jd, ON_HAND)).toEqual({ shopId: 'shp_1', lines: { l1: 'ls' } });
    expect(countedOf({ ...jd, platform: 'taobao' }, ON_HAND)).toBeNull();
    expect(countedOf({ ...jd, stock: 'none' }, ON_HAND)).toBeNull();
    for (const platformState of ['wait_pay', 'part_shipped', 'shipped', 'signed', 'completed', 'closed', 'unknown'])
      expect(countedOf({ ...jd, platformState }, ON_HAND)).toBeNull();
    const bare = jd.lines.map((line) => ({ ...line, listingSkuId: '' }));
    expect(countedOf({ ...jd, lines: bare }, ON_HAND)).toBeNull();
  });

  it('change by what is settled, and by what counts now', () => {
    const hold = { lineId: 'l1', skuId: 'a', warehouse: 'HZ1', open: 5, left: 3 };
    const counted = (listingSkuId: string) => ({ shopId: 'shp_1', lines: { l1: listingSkuId } });
    const change = (listingSkuId: string, delta: number) => ({
      skuId: 'a',
      warehouse: 'HZ1',
      shopId: 'shp_1',
      listingSkuId,
      delta,
    });
    expect(countedChanges(hold, counted('x'), counted('x'))).toEqual([change('x', -2)]);
    expect(countedChanges({ ...hold, left: 5 }, counted('x'), counted('x'))).toEqual([]);
    expect(countedChanges(hold, counted('x'), null)).toEqual([change('x', -5)]);
    expect(countedChanges(hold, null, counted('x'))).toEqual([change('x', 3)]);
    expect(countedChanges(hold, counted('x'), counted('y'))).toEqual([change('x', -5), change('y', 3)]);
    expect(countedChanges(hold, null, null)).toEqual([]);
  });
});
