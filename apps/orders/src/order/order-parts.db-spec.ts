import { inTransaction } from '@app/shared';
import { shipNoticeTold } from '@app/contracts';
import { afterSaleLater, canonicalAfterSale, canonicalOrder, COMPANY, OrdersHarness } from '../testing/orders.harness';
import { OrderRepository } from './order.repository';

describe('what belongs to an order', () => {
  let orders: OrdersHarness;

  beforeAll(async () => {
    orders = await OrdersHarness.start();
    await orders.tellLinks();
  });
  afterAll(() => orders.close());

  /** An order that has something of every kind. */
  async function fullOrder(): Promise<string> {
    const item = canonicalOrder();
    const orderId = await orders.take(item);
    await orders.tellStock(orderId);
    await orders.tellParcel(orderId, `par_${orderId}`);
    await orders.tell(shipNoticeTold as never, [
      {
        noticeId: `ntc_${orderId}`,
        noticeVersion: 1,
        parcelId: `par_${orderId}`,
        orderId,
        shopId: 'shp_test',
        platformOrderNo: item.platformOrderNo,
        state: 'failed',
        reason: 'The platform said no.',
      },
    ]);
    const asked = canonicalAfterSale(item, 0);
    await orders.afterSales([asked]);
    await orders.afterSales([afterSaleLater(asked, 5, { state: 'succeeded' })]);
    await orders.tellReturn({ returnId: `ret_${orderId}`, orderId, platformAfterSaleNos: [asked.platformAfterSaleNo] });
    return orderId;
  }

  const TABLES = [
    ['order_line', 'lines'],
    ['order_hold', 'holds'],
    ['fulfilment', 'fulfilments'],
    ['order_parcel', 'parcels'],
    ['ship_notice', 'notices'],
    ['after_sale', 'afterSales'],
    ['order_return', 'returns'],
  ] as const;

  it('is read whole: every column of every row, as the rows themselves tell it, with and without a lock', async () => {
    const orderId = await fullOrder();
    const repository = orders.app.get(OrderRepository);
    const read = await orders.order(orderId);
    const [locked] = await inTransaction(orders.dataSource, (tx) => repository.load(tx, COMPANY, [orderId]));
    const ofFulfilment = await inTransaction(orders.dataSource, (tx) =>
      repository.loadOf(tx, COMPANY, read.fulfilments[0]!.fulfilmentId),
    );
    expect(locked).toEqual(read);
    expect(ofFulfilment).toEqual(read);
    expect([read.order]).toEqual(await orders.query('SELECT * FROM working_order WHERE order_id = $1', [orderId]));
    for (const [table, member] of TABLES) {
      const stored = await orders.query(`SELECT * FROM ${table} WHERE order_id = $1`, [orderId]);
      expect(stored.length).toBeGreaterThan(0);
      const found = read[member].map((one) => {
        const { ...row } = one as unknown as Record<string, unknown>;
        if (table === 'fulfilment') delete row.lines;
        return row;
      });
      expect(found).toHaveLength(stored.length);
      expect(found).toEqual(expect.arrayContaining(stored));
    }
    const goods = await orders.query(
      'SELECT line_id, sku_id, sku_code, quantity FROM fulfilment_line WHERE fulfilment_id = $1 ORDER BY line_id, sku_id',
      [read.fulfilments[0]!.fulfilmentId],
    );
    expect(read.fulfilments[0]!.lines).toEqual(goods);
  });

  it('is read for each of many orders, and an unknown one is left out', async () => {
    const ids = [await fullOrder(), await orders.take(canonicalOrder())].sort();
    const repository = orders.app.get(OrderRepository);
    const read = await inTransaction(orders.dataSource, (tx) => repository.read(tx, COMPANY, [...ids, 'ord_none']));
    const loaded = await inTransaction(orders.dataSource, (tx) => repository.load(tx, COMPANY, [...ids, 'ord_none']));
    expect(read.map(({ order }) => order.orderId)).toEqual(ids);
    expect(loaded).toEqual(read);
    for (const one of read) expect(one).toEqual(await orders.order(one.order.orderId));
  });
});
