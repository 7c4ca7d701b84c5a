import { InventoryKit, orderItem, returnItem } from '../testing/inventory-kit';

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) =>
    permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]),
  );
}

let armed = '';
jest.mock('@app/shared/testing/kill-point', () => ({
  killPoint: (name: string) => {
    if (name !== armed) return;
    armed = '';
    throw new Error(`killed at ${name}`);
  },
}));

describe('goods that came back', () => {
  let kit: InventoryKit;
  beforeAll(async () => {
    kit = await InventoryKit.start();
  });
  afterAll(() => kit.close());
  beforeEach(async () => {
    await kit.wipe();
    await kit.warehouses('HZ1', 'SH2');
    await kit.skus('a', 'b', 'c');
  });
  afterEach(async () => {
    expect(await kit.breaches()).toEqual([]);
  });

  const buckets = () =>
    kit.query('SELECT sku_id, warehouse, on_hand, damaged, quarantine FROM stock_level ORDER BY sku_id, warehouse');
  const scraps = () => kit.query('SELECT sku_id, warehouse, quantity, cause_id, cause_line FROM scrap ORDER BY no');

  it('[O54] books grade A on sale again, B as damaged, and C into the ledger of scraps', async () => {
    await kit.deliver('return.received', [
      returnItem('r1', 1, true, [
        ['a', 2, 'A'],
        ['a', 1, 'B'],
        ['b', 3, 'C'],
      ]),
    ]);

    expect(await buckets()).toEqual([
      { skuId: 'a', warehouse: 'HZ1', onHand: 2, damaged: 1, quarantine: 0 },
      { skuId: 'b', warehouse: 'HZ1', onHand: 0, damaged: 0, quarantine: 0 },
    ]);
    expect(await scraps()).toEqual([{ skuId: 'b', warehouse: 'HZ1', quantity: 3, causeId: 'r1', causeLine: '3' }]);
    expect((await kit.sellableTold()).map(({ levelId, sellable }) => [levelId, sellable])).toEqual([['a@HZ1', 2]]);
  });

  it('[I18] explains each returned piece by one movement with its return as the cause', async () => {
    await kit.deliver('return.received', [returnItem('r1', 1, true, [['a', 2, 'A']])]);
    await kit.deliver('return.received', [returnItem('r1', 2, true, [['a', 2, 'A']])]);

    expect(
      await kit.query(
        'SELECT bucket, before, after, delta, cause_type, cause_id, cause_line, actor FROM stock_movement',
      ),
    ).toEqual([
      {
        bucket: 'onHand',
        before: 0,
        after: 2,
        delta: 2,
        causeType: 'return',
        causeId: 'r1',
        causeLine: '1',
        actor: 'service:logistics',
      },
    ]);
  });

  it('[O53] keeps goods that nobody owns in quarantine, and books them by grade once they are matched', async () => {
    const lines: [string, number, 'A' | 'B' | 'C'][] = [
      ['a', 2, 'A'],
      ['b', 1, 'C'],
    ];
    await kit.deliver('return.received', [returnItem('r1', 1, false, lines)]);
    expect(await buckets()).toEqual([
      { skuId: 'a', warehouse: 'HZ1', onHand: 0, damaged: 0, quarantine: 2 },
      { skuId: 'b', warehouse: 'HZ1', onHand: 0, damaged: 0, quarantine: 1 },
    ]);
    expect(await scraps()).toEqual([]);
    expect(await kit.sellableTold()).toEqual([]);
    expect(await kit.breaches()).toEqual([]);

    await kit.deliver('return.received', [returnItem('r1', 2, true, lines)]);

    expect(await buckets()).toEqual([
      { skuId: 'a', warehouse: 'HZ1', onHand: 2, damaged: 0, quarantine: 0 },
      { skuId: 'b', warehouse: 'HZ1', onHand: 0, damaged: 0, quarantine: 0 },
    ]);
    expect(await scraps()).toHaveLength(1);
  });

  it('[O54] ends the same for every order of arrival of a return’s versions, each told twice', async () => {
    const lines: [string, number, 'A' | 'B' | 'C'][] = [
      ['a', 2, 'A'],
      ['b', 1, 'B'],
      ['c', 4, 'C'],
    ];
    const orders = permutations([1, 2, 3]);
    for (const [no, order] of orders.entries())
      for (const version of order) {
        const item = returnItem(`r${no}`, version, version > 1, lines);
        await kit.deliver('return.received', [item], `evt-${no}-${version}`);
        await kit.deliver('return.received', [item], `evt-${no}-${version}`);
        await kit.deliver('return.received', [item]);
      }

    const count = orders.length;
    expect(await buckets()).toEqual([
      { skuId: 'a', warehouse: 'HZ1', onHand: 2 * count, damaged: 0, quarantine: 0 },
      { skuId: 'b', warehouse: 'HZ1', onHand: 0, damaged: count, quarantine: 0 },
      { skuId: 'c', warehouse: 'HZ1', onHand: 0, damaged: 0, quarantine: 0 },
    ]);
    expect(await scraps()).toHaveLength(count);
  });

  it('[O54] books a return once when parallel consumers get it, and when the first was killed before its commit', async () => {
    const item = returnItem('r1', 1, true, [
      ['a', 2, 'A'],
      ['b', 1, 'C'],
    ]);
    armed = 'return-in.before-commit';
    await expect(kit.deliver('return.received', [item])).rejects.toThrow('killed');
    expect(await buckets()).toEqual([]);

    await Promise.all(Array.from({ length: 8 }, () => kit.deliver('return.received', [item])));

    expect(await buckets()).toMatchObject([
      { skuId: 'a', onHand: 2 },
      { skuId: 'b', onHand: 0 },
    ]);
    expect(await scraps()).toHaveLength(1);
  });

  it('[O54] gives returned goods to the order that waits for them', async () => {
    await kit.deliver('order.paid', [orderItem('o9', 1, { l1: [['a', 1]] })]);
    expect((await kit.orderTold('o9'))?.state).toBe('short');

    await kit.deliver('return.received', [returnItem('r1', 1, true, [['a', 1, 'B']])]);
    await kit.settle();
    expect((await kit.orderTold('o9'))?.state).toBe('short');
    await kit.deliver('return.received', [returnItem('r2', 1, true, [['a', 1, 'A']])]);
    await kit.settle();

    expect((await kit.orderTold('o9'))?.state).toBe('reserved');
  });

  it('[I20] keeps defective pieces apart from those on sale', async () => {
    await kit.stock('a', 'HZ1', 3);
    await kit.deliver('return.received', [returnItem('r1', 1, true, [['a', 2, 'B']])]);
    await kit.deliver('order.paid', [orderItem('o1', 1, { l1: [['a', 4]] })]);

    expect((await kit.orderTold('o1'))?.state).toBe('short');
    expect(await buckets()).toEqual([{ skuId: 'a', warehouse: 'HZ1', onHand: 3, damaged: 2, quarantine: 0 }]);
    expect((await kit.sellableTold()).map(({ sellable }) => sellable)).toEqual([3]);
  });

  it('[O54] says so when a returned line was booked wrongly', async () => {
    await kit.deliver('return.received', [returnItem('r1', 1, true, [['a', 2, 'A']])]);
    await kit.query(`UPDATE return_in SET quantity = 3`);
    expect(await kit.breaches()).toEqual([expect.stringContaining('return r1 line 1')]);
    await kit.query(`UPDATE return_in SET quantity = 2`);
  });
});
