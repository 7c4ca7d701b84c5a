import { canonicalOrder, COMPANY, OrdersHarness, SHOP } from '../testing/orders.harness';

describe('intake', () => {
  let orders: OrdersHarness;

  beforeAll(async () => {
    orders = await OrdersHarness.start();
    await orders.tellLinks();
  });
  afterAll(() => orders.close());

  it('stores a paid order, asks inventory to reserve it and writes nothing when it comes again', async () => {
    const item = canonicalOrder();
    const first = await orders.intake([item]);
    const countRows = () => orders.query<{ table: string; count: number }>(`SELECT 'o' AS t, xmin::text, version::text AS v FROM working_order UNION ALL SELECT 'p', xmin::text, content_hash FROM platform_order UNION ALL SELECT 'l', xmin::text, changes FROM order_log UNION ALL SELECT 'x', xmin::text, event_id FROM outbox ORDER BY 1, 2, 3`);
    const before = await countRows();
    const second = await orders.intake([item]);

    expect(first.items).toEqual([{ platformOrderNo: item.platformOrderNo, verdict: 'stored', orderId: expect.stringMatching(/^ord_/) }]);
    expect(second.items).toEqual([{ ...first.items[0], verdict: 'unchanged' }]);
    expect(await countRows()).toEqual(before);
    const facts = await orders.facts(first.items[0]!.orderId!);
    expect(facts.map(({ name, item: { stock, orderVersion } }) => ({ name, stock, orderVersion }))).toEqual([{ name: 'order.paid', stock: 'reserve', orderVersion: 1 }]);
    expect(await orders.order(first.items[0]!.orderId!)).toMatchObject({ order: { companyId: COMPANY, shopId: SHOP, status: 'approved', review: 'approved', stock: 'none' } });
  });
});
