import { inTransaction, sleep } from '@app/shared';
import { shipNoticeTold } from '@app/contracts';
import { afterSaleLater, canonicalAfterSale, canonicalOrder, COMPANY, OrdersHarness } from '../testing/orders.harness';
import { openHold } from './hold.rules';
import { OrderRepository } from './order.repository';
import { OrderStore } from './order.store';
import type { OrderAggregate } from './order.types';

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

  it('is read as it is now when the order had to be waited for, also when only one of several had', async () => {
    const ids = [await orders.take(canonicalOrder()), await orders.take(canonicalOrder())].sort();
    const [first, second] = ids as [string, string];
    const repository = orders.app.get(OrderRepository);
    const store = orders.app.get(OrderStore);
    let waiting: Promise<OrderAggregate[]> | undefined;
    await inTransaction(orders.dataSource, async (tx) => {
      await store.change(tx, COMPANY, [second], { actor: 'client:test', reason: 'test' }, (aggregate) => {
        openHold(aggregate, new Date('2026-11-11T00:00:00Z'), {
          type: 'manual',
          owner: 'test',
          cause: 'test',
          reason: 'while others wait',
        });
      });
      waiting = inTransaction(orders.dataSource, (other) => repository.load(other, COMPANY, ids));
      await until(async () => {
        const blocked = await orders.query<{ count: number }>(
          `SELECT count(*) AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return blocked[0]!.count > 0;
      });
    });
    const [ofFirst, ofSecond] = (await waiting)!;
    expect(ofFirst).toEqual(await orders.order(first));
    expect(ofSecond).toEqual(await orders.order(second));
    expect(ofSecond!.holds).toEqual([expect.objectContaining({ type: 'manual', reason: 'while others wait' })]);
  });
});

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await isSo()) return;
    await sleep(20);
  }
  throw new Error('nobody waited for the order');
}
