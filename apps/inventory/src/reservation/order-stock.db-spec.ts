import { InventoryKit, orderItem, parcelItem } from '../testing/inventory-kit';

describe('stock of orders', () => {
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

  it('reserves a paid order in the first warehouse that fills it, and names the warehouse per line', async () => {
    await kit.stock('a', 'HZ1', 5);
    await kit.stock('a', 'SH2', 5);
    await kit.stock('b', 'SH2', 5);
    await kit.deliver('order.paid', [orderItem('o1', 1, { l1: [['a', 2]], l2: [['b', 1]] })]);
    expect(await kit.orderTold('o1')).toEqual({
      orderId: 'o1',
      stockRevision: 1,
      orderVersion: 1,
      state: 'reserved',
      lines: [
        { lineId: 'l1', skuId: 'a', skuCode: 'A', warehouse: 'SH2', wanted: 2, reserved: 2, shippedOut: 0, short: 0 },
        { lineId: 'l2', skuId: 'b', skuCode: 'B', warehouse: 'SH2', wanted: 1, reserved: 1, shippedOut: 0, short: 0 },
      ],
    });
    expect(await kit.levels()).toEqual([
      { skuId: 'a', warehouse: 'HZ1', onHand: 5, reserved: 0 },
      { skuId: 'a', warehouse: 'SH2', onHand: 5, reserved: 2 },
      { skuId: 'b', warehouse: 'SH2', onHand: 5, reserved: 1 },
    ]);
  });

  it('reserves all lines of an order or none, and names the short one', async () => {
    await kit.stock('a', 'HZ1', 5);
    await kit.deliver('order.paid', [orderItem('o1', 1, { l1: [['a', 2]], l2: [['b', 1]] })]);
    const told = await kit.orderTold('o1');
    expect(told?.state).toBe('short');
    expect(told?.lines.map(({ lineId, reserved, short }) => ({ lineId, reserved, short }))).toEqual([
      { lineId: 'l1', reserved: 0, short: 0 },
      { lineId: 'l2', reserved: 0, short: 1 },
    ]);
    expect(await kit.levels()).toEqual([{ skuId: 'a', warehouse: 'HZ1', onHand: 5, reserved: 0 }]);
  });

  it('sums a bundle and its part before it decides, in one line and over lines', async () => {
    await kit.stock('a', 'HZ1', 3);
    await kit.deliver('order.paid', [
      orderItem('o1', 1, {
        l1: [
          ['a', 2],
          ['a', 1],
        ],
        l2: [['a', 1]],
      }),
    ]);
    expect((await kit.orderTold('o1'))?.state).toBe('short');
    await kit.stock('a', 'HZ1', 1);
    await kit.settle();
    expect((await kit.orderTold('o1'))?.state).toBe('reserved');
    expect(await kit.levels()).toEqual([{ skuId: 'a', warehouse: 'HZ1', onHand: 4, reserved: 4 }]);
  });

  it('serves a batch in the order of payment, and a too big order does not stop the ones behind it', async () => {
    await kit.stock('a', 'HZ1', 5);
    const paid = (minute: number) => ({ paidAt: `2026-11-01T09:0${minute}:00+08:00` });
    await kit.deliver('order.paid', [
      orderItem('last', 1, { l4: [['a', 3]] }, paid(4)),
      orderItem('late', 1, { l3: [['a', 2]] }, paid(3)),
      orderItem('big', 1, { l2: [['a', 9]] }, paid(2)),
      orderItem('early', 1, { l1: [['a', 3]] }, paid(1)),
    ]);
    expect((await kit.orderTold('early'))?.state).toBe('reserved');
    expect((await kit.orderTold('big'))?.state).toBe('short');
    expect((await kit.orderTold('late'))?.state).toBe('reserved');
    expect((await kit.orderTold('last'))?.state).toBe('short');
  });

  it('serves waiting orders oldest payment first when stock comes, passing over those that are too big', async () => {
    const paid = (minute: number) => ({ paidAt: `2026-11-01T09:0${minute}:00+08:00` });
    await kit.deliver('order.paid', [
      orderItem('third', 1, { l3: [['a', 2]] }, paid(3)),
      orderItem('big', 1, { l2: [['a', 9]] }, paid(2)),
      orderItem('first', 1, { l1: [['a', 3]] }, paid(1)),
    ]);
    await kit.stock('a', 'HZ1', 4);
    await kit.settle();
    expect((await kit.orderTold('first'))?.state).toBe('reserved');
    expect((await kit.orderTold('big'))?.state).toBe('short');
    expect((await kit.orderTold('third'))?.state).toBe('short');
    await kit.stock('a', 'HZ1', 1);
    await kit.settle();
    expect((await kit.orderTold('third'))?.state).toBe('reserved');
    expect(await kit.query('SELECT order_id FROM short_want')).toEqual([{ orderId: 'big' }]);
  });

  it('gives back the difference when a line is refunded, and everything when nothing shall be held', async () => {
    await kit.stock('a', 'HZ1', 5);
    await kit.stock('b', 'HZ1', 5);
    await kit.deliver('order.paid', [orderItem('o1', 1, { l1: [['a', 2]], l2: [['b', 3]] })]);
    await kit.deliver('refund.succeeded', [orderItem('o1', 2, { l1: [['a', 2]], l2: [] })]);
    expect(await kit.levels()).toEqual([
      { skuId: 'a', warehouse: 'HZ1', onHand: 5, reserved: 2 },
      { skuId: 'b', warehouse: 'HZ1', onHand: 5, reserved: 0 },
    ]);
    await kit.deliver('order.cancelled', [orderItem('o1', 3, { l1: [['a', 2]] }, { stock: 'none' })]);
    expect((await kit.orderTold('o1'))?.state).toBe('released');
    expect((await kit.levels()).map(({ reserved }) => reserved)).toEqual([0, 0]);
  });

  it('releases what waits to a short order when another is cancelled', async () => {
    await kit.stock('a', 'HZ1', 1);
    await kit.deliver('order.paid', [orderItem('o1', 1, { l1: [['a', 1]] })]);
    await kit.deliver('order.paid', [orderItem('o2', 1, { l1: [['a', 1]] })]);
    await kit.deliver('order.cancelled', [orderItem('o1', 2, { l1: [['a', 1]] }, { stock: 'none' })]);
    await kit.settle();
    expect((await kit.orderTold('o2'))?.state).toBe('reserved');
  });

  it('tells nothing of an order that never wanted stock, and nothing twice', async () => {
    await kit.stock('a', 'HZ1', 5);
    await kit.deliver('order.placed', [orderItem('o1', 1, { l1: [['a', 1]] }, { stock: 'none', paidAt: null })]);
    expect(await kit.orderTold('o1')).toBeUndefined();
    await kit.deliver('order.paid', [orderItem('o1', 2, { l1: [['a', 1]] })]);
    await kit.deliver('order.changed', [orderItem('o1', 3, { l1: [['a', 1]] })]);
    expect((await kit.orderTold('o1'))?.stockRevision).toBe(1);
  });

  it('takes a parcel out of stock once, uses up what was held, and tells when all has left', async () => {
    await kit.stock('a', 'HZ1', 5);
    await kit.deliver('order.paid', [orderItem('o1', 1, { l1: [['a', 3]] })]);
    await kit.deliver('parcel.shipped', [parcelItem('p1', 1, 'o1', 'HZ1', [['l1', 'a', 2]])]);
    expect(await kit.levels()).toEqual([{ skuId: 'a', warehouse: 'HZ1', onHand: 3, reserved: 1 }]);
    expect((await kit.orderTold('o1'))?.state).toBe('reserved');
    await kit.deliver('parcel.delivered', [parcelItem('p1', 2, 'o1', 'HZ1', [['l1', 'a', 2]])]);
    await kit.deliver('parcel.shipped', [parcelItem('p2', 1, 'o1', 'HZ1', [['l1', 'a', 1]])]);
    expect(await kit.levels()).toEqual([{ skuId: 'a', warehouse: 'HZ1', onHand: 2, reserved: 0 }]);
    const told = await kit.orderTold('o1');
    expect([told?.state, told?.lines[0]?.shippedOut]).toEqual(['shipped_out', 3]);
    await kit.deliver('order.completed', [orderItem('o1', 2, { l1: [['a', 3]] }, { stock: 'none' })]);
    expect((await kit.orderTold('o1'))?.state).toBe('shipped_out');
    expect(await kit.query('SELECT source, cause FROM parked_item')).toEqual([]);
  });

  it('takes a parcel of a released order out of stock, also beyond what the book knew', async () => {
    await kit.stock('a', 'HZ1', 1);
    await kit.deliver('order.paid', [orderItem('o1', 1, { l1: [['a', 1]] })]);
    await kit.deliver('order.cancelled', [orderItem('o1', 2, { l1: [['a', 1]] }, { stock: 'none' })]);
    await kit.deliver('parcel.shipped', [parcelItem('p1', 1, 'o1', 'HZ1', [['l1', 'a', 3]])]);
    expect(await kit.levels()).toEqual([{ skuId: 'a', warehouse: 'HZ1', onHand: 0, reserved: 0 }]);
    expect(await kit.query(`SELECT cause_type, delta FROM stock_movement WHERE bucket = 'onHand' ORDER BY no`)).toEqual(
      [
        { causeType: 'adjustment', delta: 1 },
        { causeType: 'parcel-surplus', delta: 2 },
        { causeType: 'parcel', delta: -3 },
      ],
    );
  });

  it('uses up the hold of a parcel’s line when it left from another warehouse', async () => {
    await kit.stock('a', 'HZ1', 2);
    await kit.stock('a', 'SH2', 2);
    await kit.deliver('order.paid', [orderItem('o1', 1, { l1: [['a', 2]] })]);
    await kit.deliver('parcel.shipped', [parcelItem('p1', 1, 'o1', 'SH2', [['l1', 'a', 2]])]);
    expect(await kit.levels()).toEqual([
      { skuId: 'a', warehouse: 'HZ1', onHand: 2, reserved: 0 },
      { skuId: 'a', warehouse: 'SH2', onHand: 0, reserved: 0 },
    ]);
  });

  it('holds nothing for an order whose parcel arrived before it', async () => {
    await kit.stock('a', 'HZ1', 5);
    await kit.deliver('parcel.shipped', [parcelItem('p1', 1, 'o1', 'HZ1', [['l1', 'a', 2]])]);
    expect(await kit.orderTold('o1')).toBeUndefined();
    await kit.deliver('order.paid', [orderItem('o1', 1, { l1: [['a', 2]] })]);
    expect((await kit.orderTold('o1'))?.state).toBe('shipped_out');
    expect(await kit.levels()).toEqual([{ skuId: 'a', warehouse: 'HZ1', onHand: 3, reserved: 0 }]);
  });

  it('reserves nothing when the release arrives before the reserve', async () => {
    await kit.stock('a', 'HZ1', 5);
    await kit.deliver('order.cancelled', [orderItem('o1', 2, { l1: [['a', 2]] }, { stock: 'none' })]);
    await kit.deliver('order.paid', [orderItem('o1', 1, { l1: [['a', 2]] })]);
    expect(await kit.levels()).toEqual([{ skuId: 'a', warehouse: 'HZ1', onHand: 5, reserved: 0 }]);
  });

  it('ends the same for every permutation of an order’s facts, each delivered twice', async () => {
    const facts = (id: string): [string, unknown][] => [
      ['order.paid', orderItem(id, 1, { l1: [['a', 2]], l2: [['b', 1]] })],
      ['refund.succeeded', orderItem(id, 2, { l1: [['a', 2]] })],
      ['parcel.shipped', parcelItem(`p-${id}`, 1, id, 'HZ1', [['l1', 'a', 2]])],
      ['order.completed', orderItem(id, 3, { l1: [['a', 2]] }, { stock: 'none' })],
    ];
    const permutations = <T>(items: T[]): T[][] =>
      items.length < 2
        ? [items]
        : items.flatMap((item, index) =>
            permutations(items.filter((_, other) => other !== index)).map((rest) => [item, ...rest]),
          );
    await kit.stock('a', 'HZ1', 100);
    await kit.stock('b', 'HZ1', 100);
    const states: unknown[] = [];
    for (const [index, order] of permutations(facts('x')).entries()) {
      const id = `o${index}`;
      const mine = new Map(facts(id));
      for (const [name] of order) {
        const eventId = `evt-${id}-${name}`;
        await kit.deliver(name, [mine.get(name)], eventId);
        await kit.deliver(name, [mine.get(name)], eventId);
        await kit.deliver(name, [mine.get(name)]);
      }
      const told = await kit.orderTold(id);
      states.push({ state: told?.state, shipped: told?.lines.find(({ lineId }) => lineId === 'l1')?.shippedOut });
    }
    expect(new Set(states.map((state) => JSON.stringify(state)))).toEqual(
      new Set([JSON.stringify({ state: 'shipped_out', shipped: 2 })]),
    );
    expect(await kit.levels()).toEqual([
      { skuId: 'a', warehouse: 'HZ1', onHand: 52, reserved: 0 },
      { skuId: 'b', warehouse: 'HZ1', onHand: 100, reserved: 0 },
    ]);
  });

  it('reserves the same pieces once when parallel consumers get the same and other orders', async () => {
    await kit.stock('a', 'HZ1', 30);
    const items = Array.from({ length: 25 }, (_, index) => orderItem(`o${index}`, 1, { [`l${index}`]: [['a', 2]] }));
    await Promise.all([...items, ...items].map((item) => kit.deliver('order.paid', [item])));
    const states = await kit.query<{ state: string; count: number }>(
      'SELECT state, count(*) AS count FROM order_stock GROUP BY state ORDER BY state',
    );
    expect(states).toEqual([
      { state: 'reserved', count: 15 },
      { state: 'short', count: 10 },
    ]);
    expect(await kit.levels()).toEqual([{ skuId: 'a', warehouse: 'HZ1', onHand: 30, reserved: 30 }]);
  });

  it('does the whole step again without effect twice when it was cut off before the commit', async () => {
    await kit.stock('a', 'HZ1', 5);
    const item = orderItem('o1', 1, { l1: [['a', 2]] });
    const cut = kit.inTransaction(async (tx) => {
      const consumer = kit.orderStock;
      await consumer.follow(tx, 'cmp_test', [item]);
      throw new Error('cut off');
    });
    await expect(cut).rejects.toThrow('cut off');
    expect(await kit.levels()).toEqual([{ skuId: 'a', warehouse: 'HZ1', onHand: 5, reserved: 0 }]);
    await kit.deliver('order.paid', [item]);
    expect(await kit.levels()).toEqual([{ skuId: 'a', warehouse: 'HZ1', onHand: 5, reserved: 2 }]);
  });

  it('tells each changed level once per transaction, with a rising version', async () => {
    await kit.stock('a', 'HZ1', 5);
    await kit.deliver('order.paid', [orderItem('o1', 1, { l1: [['a', 1]] }), orderItem('o2', 1, { l1: [['a', 1]] })]);
    expect(
      (await kit.sellableTold()).map(({ levelId, stockVersion, sellable }) => ({ levelId, stockVersion, sellable })),
    ).toEqual([
      { levelId: 'a@HZ1', stockVersion: 1, sellable: 5 },
      { levelId: 'a@HZ1', stockVersion: 2, sellable: 3 },
    ]);
  });

  it('finds waiting orders whose note was lost', async () => {
    await kit.deliver('order.paid', [orderItem('o1', 1, { l1: [['a', 1]] })]);
    await kit.stock('a', 'HZ1', 1);
    await kit.query('DELETE FROM stock_rise');
    await kit.settle();
    expect((await kit.orderTold('o1'))?.state).toBe('short');
    expect(await kit.tick.sweepOnce()).toBe(1);
    await kit.settle();
    expect((await kit.orderTold('o1'))?.state).toBe('reserved');
  });
});
