import { ALL_FACTS } from '@app/contracts';
import {
  FactRegistry,
  InboxRepository,
  inTransaction,
  ServiceHttp,
  systemWireClock,
  type FactEnvelope,
  type ServiceOptions,
} from '@app/shared';
import { FactConsumer } from '@app/shared/facts/fact.consumer';
import { cloneDatabase, type TestDatabase } from '@app/shared/testing/database';
import type { DataSource } from 'typeorm';
import { AfterSaleConsumer } from './after-sale/after-sale.consumer';
import { AfterSaleRepository } from './after-sale/after-sale.repository';
import { GoodsReturnConsumer } from './goods-return/goods-return.consumer';
import { GoodsReturnRepository } from './goods-return/goods-return.repository';
import { OrderConsumer } from './order/order.consumer';
import { OrderRepository } from './order/order.repository';
import { ParcelConsumer } from './parcel/parcel.consumer';
import { ParcelRepository } from './parcel/parcel.repository';
import { ShopConsumer } from './shop/shop.consumer';
import { ShopRepository } from './shop/shop.repository';
import { SuspenseRepository } from './suspense/suspense.repository';
import { afterSaleItem, orderItem, parcelItem, returnItem, shopItem } from './testing/builders';

interface Told {
  name: string;
  item: unknown;
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) =>
    permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]),
  );
}

describe('what settlement copies', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let consumer: FactConsumer;
  let events = 0;

  beforeAll(async () => {
    database = await cloneDatabase();
    dataSource = await database.open('settlement');
    const options = { service: 'settlement', facts: ALL_FACTS } as unknown as ServiceOptions;
    const registry = new FactRegistry(options);
    for (const one of [
      new OrderConsumer(registry, new OrderRepository()),
      new ParcelConsumer(registry, new ParcelRepository()),
      new ShopConsumer(registry, new ShopRepository()),
      new AfterSaleConsumer(registry, new AfterSaleRepository()),
      new GoodsReturnConsumer(registry, new GoodsReturnRepository()),
    ])
      one.onModuleInit();
    registry.assertComplete();
    consumer = new FactConsumer(
      dataSource,
      new InboxRepository(),
      registry,
      options,
      systemWireClock,
      new ServiceHttp(options),
    );
  });
  afterAll(() => database.drop());

  const envelope = (companyId: string, { name, item }: Told): FactEnvelope => ({
    companyId,
    eventId: `evt_${(events += 1)}`,
    name,
    producer: /^(parcel|return)/.test(name) ? 'logistics' : name.startsWith('shop') ? 'sync' : 'orders',
    traceId: 'trace-0001',
    occurredAt: '2026-11-01T04:00:00.000Z',
    items: JSON.stringify(Array.isArray(item) ? item : [item]),
  });
  const TABLES = [
    'shop',
    'settlement_order',
    'settlement_order_line',
    'parcel',
    'parcel_line',
    'after_sale',
    'goods_return',
    'goods_return_line',
  ];
  const ORDER: Record<string, string> = {
    after_sale: 'after_sale_id',
    goods_return: 'return_id',
    goods_return_line: 'return_id, line_no',
    shop: 'shop_id',
    settlement_order: 'order_id',
    settlement_order_line: 'order_id, line_id',
    parcel: 'parcel_id',
    parcel_line: 'parcel_id, line_id',
  };
  async function copyOf(companyId: string): Promise<string> {
    const all: unknown[] = [];
    for (const table of TABLES)
      all.push(
        await dataSource.query(`SELECT * FROM ${table} WHERE company_id = $1 ORDER BY ${ORDER[table]}`, [companyId]),
      );
    return JSON.stringify(all).replaceAll(companyId, 'cmp');
  }

  const STORY: Told[] = [
    { name: 'order.placed', item: orderItem({ status: 'wait_pay', platformState: 'wait_pay', paidAt: null }) },
    { name: 'order.paid', item: orderItem({ orderVersion: 2 }) },
    { name: 'parcel.shipped', item: parcelItem() },
    {
      name: 'parcel.delivered',
      item: parcelItem({ parcelVersion: 2, state: 'delivered', deliveredAt: '2026-11-04T10:00:00+08:00' }),
    },
    {
      name: 'refund.succeeded',
      item: orderItem({
        orderVersion: 3,
        status: 'cancelled',
        lines: [{ ...orderItem().lines[0]!, refund: 'refunded', refundedFen: 100 }],
      }),
    },
  ];

  it('[S4] keeps the time of each fact when several share a transaction, since due dates follow from it', async () => {
    const told = ['2026-11-02T04:00:00.000Z', '2026-11-05T16:30:00.000Z', '2026-11-03T01:00:00.000Z'];
    const facts = told.map((occurredAt, n) => {
      const item = orderItem({ orderId: `ord_t${n}`, platformOrderNo: `t${n}`, platformState: 'completed' });
      return { ...envelope('cmp_together', { name: 'order.completed', item }), occurredAt };
    });
    await consumer.consume(...facts);
    const stored = await dataSource.query(
      `SELECT completed_at FROM settlement_order WHERE company_id = 'cmp_together' ORDER BY order_id`,
    );
    expect(stored.map((row: { completed_at: Date }) => row.completed_at.toISOString())).toEqual(told);
  });

  it('ends the same for each of the 120 orders of arrival of an order’s facts, each told twice', async () => {
    let expected: string | undefined;
    for (const [no, order] of permutations(STORY).entries()) {
      const companyId = `cmp_perm_${no}`;
      for (const told of order) {
        const fact = envelope(companyId, told);
        await consumer.consume(fact);
        await consumer.consume(fact);
        await consumer.consume(envelope(companyId, told));
      }
      const copy = await copyOf(companyId);
      expected ??= copy;
      expect(copy).toBe(expected);
    }
    const rows = JSON.parse(expected!) as Record<string, unknown>[][];
    expect(rows[1]).toEqual([
      expect.objectContaining({
        order_id: 'ord_1',
        version: 3,
        status: 'cancelled',
        paid_fen: 160,
        platform_order_no: '2700012345678901234',
      }),
    ]);
    expect(rows[2]).toEqual([expect.objectContaining({ line_id: 'orl_1', refund: 'refunded', refunded_fen: 100 })]);
    expect(rows[3]).toEqual([expect.objectContaining({ state: 'delivered', version: 2 })]);
    expect(rows[4]).toHaveLength(2);
  });

  it('[S8] ends the same for each of the 24 orders of arrival of after-sales and returns, each told twice', async () => {
    const story: Told[] = [
      { name: 'after-sale.changed', item: afterSaleItem({ state: 'requested', countedFen: 0 }) },
      { name: 'after-sale.changed', item: afterSaleItem({ afterSaleVersion: 2 }) },
      { name: 'return.received', item: returnItem({ isMatched: false, orderId: null, platformOrderNo: null }) },
      {
        name: 'return.received',
        item: returnItem({ returnVersion: 2, platformAfterSaleNos: ['9001'] }),
      },
    ];
    let expected: string | undefined;
    for (const [no, order] of permutations(story).entries()) {
      const companyId = `cmp_back_${no}`;
      for (const told of order) {
        await consumer.consume(envelope(companyId, told));
        await consumer.consume(envelope(companyId, told));
      }
      const copy = await copyOf(companyId);
      expected ??= copy;
      expect(copy).toBe(expected);
    }
    const rows = JSON.parse(expected!) as Record<string, unknown>[][];
    expect(rows[5]).toEqual([
      expect.objectContaining({ after_sale_id: 'afs_1', version: 2, state: 'succeeded', counted_fen: 100 }),
    ]);
    expect(rows[6]).toEqual([
      expect.objectContaining({ return_id: 'ret_1', version: 2, order_id: 'ord_1', platform_after_sale_nos: ['9001'] }),
    ]);
    expect(rows[7]).toEqual([expect.objectContaining({ line_no: 1, sku_code: 'TEE-1', quantity: 1, grade: 'A' })]);
  });

  it('takes a batch, applies shops, and parks a bad item without losing its neighbours', async () => {
    const orders = Array.from({ length: 50 }, (_, no) =>
      orderItem({ orderId: `ord_${no}`, platformOrderNo: `no-${no}` }),
    );
    await consumer.consume(
      envelope('cmp_batch', {
        name: 'order.paid',
        item: [...orders, { nonsense: true }, orderItem({ orderId: 'ord_bad', platformOrderNo: 'no-7' })],
      }),
    );
    await consumer.consume(envelope('cmp_batch', { name: 'shop.changed', item: shopItem() }));
    await consumer.consume(
      envelope('cmp_batch', { name: 'shop.changed', item: shopItem({ shopVersion: 2, name: '新店' }) }),
    );
    expect(
      await dataSource.query(`SELECT count(*)::int AS n FROM settlement_order WHERE company_id = 'cmp_batch'`),
    ).toEqual([{ n: 50 }]);
    expect(await dataSource.query(`SELECT count(*)::int AS n FROM parked_item WHERE company_id = 'cmp_batch'`)).toEqual(
      [{ n: 2 }],
    );
    expect(await dataSource.query(`SELECT name, version FROM shop WHERE company_id = 'cmp_batch'`)).toEqual([
      { name: '新店', version: 2 },
    ]);
  });

  it('[S3] dates a completion as the platform does, else when it was first told, whatever comes later', async () => {
    const endedAt = '2026-10-31T23:59:59+08:00';
    const done = { status: 'completed', platformState: 'completed' } as const;
    const completedAt = async (orderId: string) =>
      (
        await dataSource.query<{ at: Date }[]>(
          `SELECT completed_at AS at FROM settlement_order WHERE company_id = 'cmp_done' AND order_id = $1`,
          [orderId],
        )
      )[0]?.at.toISOString();
    const tell = (orderId: string, orderVersion: number, changes: object) =>
      consumer.consume(
        envelope('cmp_done', {
          name: 'order.completed',
          item: orderItem({ orderId, platformOrderNo: orderId, orderVersion, ...done, ...changes }),
        }),
      );
    await tell('ord_dated', 1, { endedAt });
    await tell('ord_silent', 1, { endedAt: null });
    expect(await completedAt('ord_dated')).toBe('2026-10-31T15:59:59.000Z');
    expect(await completedAt('ord_silent')).toBe('2026-11-01T04:00:00.000Z');
    await tell('ord_silent', 2, { endedAt });
    expect(await completedAt('ord_silent')).toBe('2026-10-31T15:59:59.000Z');
    await tell('ord_silent', 3, { endedAt: null });
    expect(await completedAt('ord_silent')).toBe('2026-10-31T15:59:59.000Z');
  });

  it('[S26] books to suspense what no part of an order explains, with freight inside of the lines or beside them, and finds copies at a wrong version', async () => {
    const companyId = 'cmp_sums';
    const { amounts, lines } = orderItem();
    const inside = lines.map((line, no) => ({ ...line, paidFen: no === 0 ? 110 : 50 }));
    const wrong = lines.map((line) => ({ ...line, paidFen: 1 }));
    const items = [
      orderItem({ orderId: 'ord_beside', platformOrderNo: '1' }),
      orderItem({ orderId: 'ord_inside', platformOrderNo: '2', lines: inside }),
      orderItem({ orderId: 'ord_wrong', platformOrderNo: '3', lines: wrong }),
      orderItem({
        orderId: 'ord_unpaid',
        platformOrderNo: '4',
        paidAt: null,
        lines: wrong,
        amounts: { ...amounts, paidFen: 0 },
      }),
    ];
    await consumer.consume(envelope(companyId, { name: 'order.changed', item: items }));
    const repository = new OrderRepository();
    await inTransaction(dataSource, async (tx) => {
      const suspended = await new SuspenseRepository().list(tx, companyId, null, null, 10);
      expect(suspended.map(({ key, amountFen }) => [key, amountFen])).toEqual([['ord_wrong', 148]]);
      expect(await new SuspenseRepository().sums(tx, companyId, null)).toEqual({ ordersFen: 148, billsFen: 0 });
      expect(await repository.findWrongSums(tx, companyId)).toEqual([]);
      await tx.query(`UPDATE settlement_order SET unexplained_fen = 0 WHERE company_id = $1`, [companyId]);
      expect(await repository.findWrongSums(tx, companyId)).toEqual([
        { orderId: 'ord_wrong', platformOrderNo: '3', paidFen: 160, linesFen: 2, freightFen: 10 },
      ]);
      expect(await repository.count(tx, companyId)).toBe(4);
      expect(await repository.findWrongVersions(tx, companyId)).toEqual([]);
      await tx.query(`UPDATE settlement_order SET version = 9 WHERE company_id = $1 AND order_id = 'ord_inside'`, [
        companyId,
      ]);
      expect(await repository.findWrongVersions(tx, companyId)).toEqual([
        { orderId: 'ord_inside', version: 9, applied: 1 },
      ]);
    });
  });

  it('may not change its audit trail, and sees no other schema', async () => {
    await expect(dataSource.query('DELETE FROM audit_entry')).rejects.toMatchObject({ driverError: { code: '42501' } });
    await expect(dataSource.query('SELECT 1 FROM identity.client')).rejects.toMatchObject({
      driverError: { code: '42501' },
    });
  });
});
