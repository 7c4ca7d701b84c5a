const mockKilled = { at: '' };

jest.mock('@app/shared', () => ({
  ...jest.requireActual<object>('@app/shared'),
  killPoint: (name: string) => {
    if (mockKilled.at !== name) return;
    mockKilled.at = '';
    throw new Error(`killed at ${name}`);
  },
}));

import { FulfilmentService } from '../fulfilment/fulfilment.service';
import { CALLER, canonicalAfterSale, canonicalOrder, OrdersHarness } from '../testing/orders.harness';

describe('a process that dies', () => {
  let orders: OrdersHarness;

  beforeAll(async () => {
    orders = await OrdersHarness.start();
    await orders.tellLinks();
  });
  afterAll(() => orders.close());

  it.each([
    ['intake.before-commit', 'stored'],
    ['intake.after-commit', 'unchanged'],
  ])('at %s loses no order and doubles none: the page comes again and is %s', async (point, verdict) => {
    const page = Array.from({ length: 10 }, () => canonicalOrder());
    mockKilled.at = point;
    await expect(orders.intake(page)).rejects.toThrow(`killed at ${point}`);
    const { items } = await orders.intake(page);
    expect(items.map((item) => item.verdict)).toEqual(page.map(() => verdict));
    for (const { orderId } of items) {
      expect((await orders.facts(orderId!)).map(({ name }) => name)).toEqual(['order.paid']);
      expect((await orders.order(orderId!)).order.version).toBe(1);
    }
  });

  it.each([
    ['after-sale.before-commit', 'stored', 1],
    ['after-sale.after-commit', 'unchanged', 2],
  ])(
    'at %s loses no after-sale and doubles none: the page comes again and is %s',
    async (point, verdict, versionThen) => {
      const item = canonicalOrder();
      const orderId = await orders.take(item);
      const page = [canonicalAfterSale(item, 0), canonicalAfterSale(canonicalOrder(), 1)];
      mockKilled.at = point;
      await expect(orders.afterSales(page)).rejects.toThrow(`killed at ${point}`);
      expect((await orders.order(orderId)).order.version).toBe(versionThen);
      const { items } = await orders.afterSales(page);
      expect(items.map((one) => [one.verdict, one.isOrphan])).toEqual([
        [verdict, false],
        [verdict, true],
      ]);
      expect((await orders.order(orderId)).order).toMatchObject({ version: 2, afterSale: 'open' });
      expect(await orders.afterSaleFacts(orderId)).toHaveLength(1);
    },
  );

  it('before an order is stored leaves its after-sale waiting, and it acts when the page comes again', async () => {
    const item = canonicalOrder();
    await orders.afterSales([canonicalAfterSale(item, 0)]);
    mockKilled.at = 'intake.before-commit';
    await expect(orders.intake([item])).rejects.toThrow('killed at intake.before-commit');
    const orderId = await orders.take(item);
    expect((await orders.order(orderId)).order).toMatchObject({ version: 1, status: 'held' });
    expect(await orders.afterSaleFacts(orderId)).toHaveLength(1);
  });

  it.each([
    ['departure.before-commit', 0],
    ['departure.after-commit', 1],
  ])('at %s leaves %i departures, and the repeated question ends with one', async (point, left) => {
    const orderId = await orders.take(canonicalOrder());
    await orders.tellStock(orderId);
    const { fulfilmentId } = (await orders.order(orderId)).fulfilments[0]!;
    const ask = () =>
      orders.app.get(FulfilmentService).depart(CALLER, fulfilmentId, { parcelId: `par_${orderId}`, revision: 1 });
    const grants = () => orders.query('SELECT 1 FROM departure WHERE fulfilment_id = $1', [fulfilmentId]);
    mockKilled.at = point;
    await expect(ask()).rejects.toThrow(`killed at ${point}`);
    expect(await grants()).toHaveLength(left);
    await expect(ask()).resolves.toMatchObject({ departing: true });
    expect(await grants()).toHaveLength(1);
    expect((await orders.order(orderId)).order).toMatchObject({ fulfilment: 'departing', version: 3 });
  });
});
