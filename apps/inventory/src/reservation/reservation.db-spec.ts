import { callerOf, InventoryKit } from '../testing/inventory-kit';

describe('reservations by API', () => {
  let kit: InventoryKit;
  beforeAll(async () => {
    kit = await InventoryKit.start();
  });
  afterAll(() => kit.close());
  beforeEach(async () => {
    await kit.wipe();
    await kit.warehouses('HZ1', 'SH2');
    await kit.skus('a', 'b');
  });
  afterEach(async () => {
    expect(await kit.breaches()).toEqual([]);
  });

  const reserve = (key: string, quantity = 1, more: object = {}) =>
    kit.reservations.reserve(callerOf(), { key, lines: [{ skuCode: 'A', quantity }], ...more });
  const outcomes = (settled: PromiseSettledResult<unknown>[]) => ({
    reserved: settled.filter(({ status }) => status === 'fulfilled').length,
    short: settled.filter(
      (one) => one.status === 'rejected' && (one.reason as { code?: string }).code === 'RESERVATION.SHORT',
    ).length,
  });

  it('never oversells with 20 parallel reservations of 3 pieces from 40', async () => {
    await kit.stock('a', 'HZ1', 40);
    const settled = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => reserve(`k${index}`, 3)));
    expect(outcomes(settled)).toEqual({ reserved: 13, short: 7 });
    expect(await kit.levels()).toEqual([{ skuId: 'a', warehouse: 'HZ1', onHand: 40, reserved: 39 }]);
  });

  it('sells 10 pieces to exactly 10 of 200 parallel buyers', async () => {
    await kit.stock('a', 'HZ1', 6);
    await kit.stock('a', 'SH2', 4);
    const settled = await Promise.allSettled(Array.from({ length: 200 }, (_, index) => reserve(`k${index}`)));
    expect(outcomes(settled)).toEqual({ reserved: 10, short: 190 });
    expect((await kit.levels()).map(({ reserved }) => reserved)).toEqual([6, 4]);
    expect(await kit.query('SELECT count(*) AS count FROM reservation')).toEqual([{ count: 10 }]);
  });

  it('makes one reservation of 30 parallel calls with one key', async () => {
    await kit.stock('a', 'HZ1', 100);
    const answers = await Promise.all(Array.from({ length: 30 }, () => reserve('same', 2)));
    expect(answers.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(new Set(answers.map(({ reservation }) => JSON.stringify(reservation))).size).toBe(1);
    expect(await kit.levels()).toEqual([{ skuId: 'a', warehouse: 'HZ1', onHand: 100, reserved: 2 }]);
  });

  it('never deadlocks when callers name the same SKUs in opposite order', async () => {
    await kit.stock('a', 'HZ1', 1_000);
    await kit.stock('b', 'HZ1', 1_000);
    const both = (key: string, codes: string[]) =>
      kit.reservations.reserve(callerOf(), { key, lines: codes.map((skuCode) => ({ skuCode, quantity: 1 })) });
    await Promise.all(Array.from({ length: 40 }, (_, index) => both(`k${index}`, index % 2 ? ['A', 'B'] : ['B', 'A'])));
    expect((await kit.levels()).map(({ reserved }) => reserved)).toEqual([40, 40]);
  });

  it('lets one of release and ship-out win when both come at once', async () => {
    await kit.stock('a', 'HZ1', 50);
    for (let round = 0; round < 10; round += 1) {
      const { reservation } = await reserve(`k${round}`, 2);
      const settled = await Promise.allSettled([
        kit.reservations.release(callerOf(), reservation.id),
        kit.reservations.shipOut(callerOf(), reservation.id),
      ]);
      expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    }
    const [level] = await kit.levels();
    const shipped = await kit.query<{ count: number }>(
      `SELECT count(*) AS count FROM reservation WHERE state = 'shipped'`,
    );
    expect(level).toEqual({ skuId: 'a', warehouse: 'HZ1', onHand: 50 - 2 * shipped[0]!.count, reserved: 0 });
  });

  it('gives an expired reservation back once, by story time, and a waiting order gets it', async () => {
    await kit.stock('a', 'HZ1', 2);
    await reserve('k1', 2, { expiresAt: '2026-11-01T10:30:00+08:00' });
    expect(await kit.tick.expireOnce()).toBe(0);
    kit.story.advanceMs(31 * 60_000);
    expect(await kit.tick.expireOnce()).toBe(1);
    expect(await kit.tick.expireOnce()).toBe(0);
    expect((await reserve('k1', 2, { expiresAt: '2026-11-01T10:30:00+08:00' })).reservation.state).toBe('released');
    expect(await kit.levels()).toEqual([{ skuId: 'a', warehouse: 'HZ1', onHand: 2, reserved: 0 }]);
  });

  it('posts a cause once: the ledger refuses the same movement again and cannot be changed', async () => {
    await kit.stock('a', 'HZ1', 2);
    const repeat =
      kit.query(`INSERT INTO stock_movement (company_id, sku_id, warehouse, bucket, before, after, delta, cause_type, cause_id, cause_line, cause_revision, actor, at)
      SELECT company_id, sku_id, warehouse, bucket, before, after, delta, cause_type, cause_id, cause_line, cause_revision, actor, at FROM stock_movement`);
    await expect(repeat).rejects.toThrow('stock_movement_cause');
    await expect(kit.query('DELETE FROM stock_movement')).rejects.toThrow('permission denied');
    await expect(kit.query('UPDATE reservation_line SET delta = 1')).rejects.toThrow('permission denied');
  });

  it('explains every counter by a running ledger without gaps', async () => {
    await kit.stock('a', 'HZ1', 9);
    const { reservation } = await reserve('k1', 4);
    await kit.reservations.shipOut(callerOf(), reservation.id);
    expect(await kit.query(`SELECT bucket, before, after, cause_type FROM stock_movement ORDER BY no`)).toEqual([
      { bucket: 'onHand', before: 0, after: 9, causeType: 'adjustment' },
      { bucket: 'reserved', before: 0, after: 4, causeType: 'reservation' },
      { bucket: 'reserved', before: 4, after: 0, causeType: 'reservation' },
      { bucket: 'onHand', before: 9, after: 5, causeType: 'reservation' },
    ]);
  });

  it('reserves 10,000 lines in one call, all or nothing', async () => {
    const ids = Array.from({ length: 100 }, (_, index) => `m${index}`);
    await kit.skus(...ids);
    await kit.adjustments.adjust(callerOf(), {
      key: 'open',
      cause: 'opening stock',
      belowReserved: false,
      lines: ids.map((id) => ({
        skuCode: id.toUpperCase(),
        warehouse: 'HZ1',
        quantity: 100,
        bucket: 'onHand' as const,
      })),
    });
    const lines = Array.from({ length: 10_000 }, (_, index) => ({ skuCode: `M${index % 100}`, quantity: 1 }));
    const { reservation } = await kit.reservations.reserve(callerOf(), { key: 'large', lines });
    expect(reservation.lines).toHaveLength(10_000);
    const [total] = await kit.query<{ reserved: number }>('SELECT sum(reserved)::bigint AS reserved FROM stock_level');
    expect(total!.reserved).toBe(10_000);
  });
});
