import {
  contentHash,
  flagsOf,
  merged,
  ownersOf,
  plainNumber,
  type Claim,
  type CountedLine,
  type OutwardParcel,
} from './return.rules';

const claim = (change: Partial<Claim> = {}): Claim => ({
  afterSaleId: 'afs_1',
  platformAfterSaleNo: '91',
  state: 'return_sent',
  waybillNo: 'W1',
  carrier: null,
  orderId: 'ord_1',
  platformOrderNo: '1',
  shopId: 'shp_1',
  platform: 'taobao',
  warehouse: 'HZ1',
  ...change,
});
const parcel = (change: Partial<OutwardParcel> = {}): OutwardParcel => ({
  parcelId: 'pcl_1',
  waybillNo: 'W1',
  carrier: 'ZTO',
  warehouse: 'HZ1',
  shopId: 'shp_1',
  platform: 'taobao',
  orderIds: ['ord_1'],
  platformOrderNo: '1',
  interceptState: null,
  platformAfterSaleNos: [],
  ...change,
});
const line = (skuId: string, quantity: number, grade: CountedLine['grade'] = 'A'): CountedLine => ({
  skuId,
  skuCode: skuId,
  quantity,
  grade,
});

describe('whose goods come back under a number', () => {
  it('waits for a parcel while it is asked for or caught, and knows it at any time', () => {
    const states = [null, 'asked', 'caught', 'too_late', 'withdrawn'] as const;
    expect(states.map((interceptState) => ownersOf([parcel({ interceptState })], [])[0]!.isAwaited)).toEqual([
      false,
      true,
      true,
      false,
      false,
    ]);
  });

  it('gives a claim to the parcel of its order, and makes one box of the others', () => {
    const owners = ownersOf(
      [parcel()],
      [
        claim(),
        claim({ afterSaleId: 'afs_3', platformAfterSaleNo: '93', orderId: 'ord_2', carrier: '圆通' }),
        claim({ afterSaleId: 'afs_2', platformAfterSaleNo: '92', orderId: 'ord_2' }),
      ],
    );
    expect(owners).toMatchObject([
      { parcelId: 'pcl_1', isAwaited: true, platformAfterSaleNos: ['91'] },
      { parcelId: null, isAwaited: true, orderId: 'ord_2', carrier: '圆通', platformAfterSaleNos: ['92', '93'] },
    ]);
  });

  it('waits for no goods that left elsewhere once they were paid back, and knows them still', () => {
    const done = { state: 'succeeded' };
    expect(ownersOf([], [claim(done)])[0]!.isAwaited).toBe(true);
    expect(ownersOf([], [claim({ ...done, warehouse: null })])).toMatchObject([{ orderId: 'ord_1', isAwaited: false }]);
    expect(ownersOf([], [claim({ warehouse: null })])[0]!.isAwaited).toBe(true);
  });

  it('does not count blanks in a number', () => {
    expect(plainNumber(' YT 80\t01 ')).toBe('YT8001');
  });
});

describe('a count', () => {
  it('is the same in any order of its lines and however they were split', () => {
    const a = [line('s1', 2), line('s2', 1, 'B')];
    const b = [line('s2', 1, 'B'), line('s1', 1), line('s1', 1)];
    expect(contentHash(a)).toBe(contentHash(b));
    expect(contentHash(a)).not.toBe(contentHash([line('s1', 2), line('s2', 1, 'C')]));
    expect(merged(b).map(({ skuId, quantity }) => [skuId, quantity])).toEqual([
      ['s2', 1],
      ['s1', 2],
    ]);
  });

  it('flags what never left, what is more than left over all grades, and what is missing of an unopened parcel', () => {
    const left = [
      { skuId: 's1', quantity: 2 },
      { skuId: 's2', quantity: 1 },
    ];
    expect(flagsOf([line('s1', 2), line('s1', 1, 'C'), line('s3', 1)], left, true)).toEqual({
      lines: ['more_than_left', 'more_than_left', 'unexpected_sku'],
      parcel: ['unexpected_sku', 'more_than_left', 'fewer_than_left'],
    });
    expect(flagsOf([line('s1', 1)], left, false)).toEqual({ lines: [''], parcel: [] });
  });
});
