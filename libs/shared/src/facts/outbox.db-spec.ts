import type { DataSource } from 'typeorm';
import { inTransaction } from '../db/transaction';
import { cloneDatabase, type TestDatabase } from '../testing/database';
import { OutboxRepository } from './outbox.repository';

const AT = new Date('2026-11-11T00:00:00Z');

describe('the outbox', () => {
  const outbox = new OutboxRepository();
  let database: TestDatabase;
  let dataSource: DataSource;
  beforeAll(async () => {
    database = await cloneDatabase();
    dataSource = await database.open('orders');
  });
  afterAll(() => database.drop());
  const tell = (companyId: string, eventId: string, consumers: string[]) =>
    inTransaction(dataSource, (tx) =>
      outbox.insert(tx, [
        {
          companyId,
          eventId,
          name: 'order.paid',
          traceId: 'trace',
          occurredAt: AT,
          recordedAt: AT,
          items: '[]',
          whole: null,
          consumers,
        },
      ]),
    );
  const open = async (companyId: string) =>
    (await inTransaction(dataSource, (tx) => outbox.unacknowledged(tx, companyId))).map(
      ({ eventId, consumer }) => `${eventId} ${consumer}`,
    );

  it('lets one relay at a time have a delivery, and another go on with the next', async () => {
    await tell('cmp_relay', 'evt_1', ['inventory']);
    await tell('cmp_relay', 'evt_2', ['inventory']);
    const namesOf = (claimed: { eventId: string }[]) => claimed.map(({ eventId }) => eventId);
    await inTransaction(dataSource, async (one) => {
      expect(namesOf(await outbox.claim(one, 1))).toEqual(['evt_1']);
      await inTransaction(dataSource, async (other) => {
        expect(namesOf(await outbox.claim(other, 5))).toEqual(['evt_2']);
      });
    });
  });

  it('takes the acknowledgement of one consumer of one company for that one alone, once', async () => {
    await tell('cmp_a', 'evt_a', ['inventory', 'settlement']);
    await tell('cmp_b', 'evt_b', ['inventory']);
    const acknowledge = (companyId: string, consumer: string, eventId: string) =>
      inTransaction(dataSource, (tx) => outbox.acknowledge(tx, companyId, consumer, [eventId], AT));
    expect(await acknowledge('cmp_a', 'inventory', 'evt_b')).toBe(0);
    expect(await acknowledge('cmp_a', 'inventory', 'evt_a')).toBe(1);
    expect(await acknowledge('cmp_a', 'inventory', 'evt_a')).toBe(0);
    expect(await open('cmp_a')).toEqual(['evt_a settlement']);
    expect(await open('cmp_b')).toEqual(['evt_b inventory']);
  });
});
