import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp, factQueueName, ServiceConfig, type FactEnvelope, type ServiceOptions } from '@app/shared';
import { COMPANY_HEADER } from '@app/shared/auth/caller';
import { FactConsumer } from '@app/shared/facts/fact.consumer';
import { FactSweeper } from '@app/shared/facts/fact.sweeper';
import { cloneDatabase, type TestDatabase } from '@app/shared/testing/database';
import { startTestIdentity, type TestIdentity } from '@app/shared/testing/identity';
import { testEnvironment } from '@app/shared/testing/testing.config';
import { freePort, until } from '../harness/wait';
import { planted, THING_FACTS, THING_TABLES, ThingProducer, ThingsModule, type Thing } from '../fixtures/facts/things';

const COMPANY = 'cmp_facts';

describe('facts between two services', () => {
  let database: TestDatabase;
  let identity: TestIdentity;
  let admin: Client;
  let producerApp: NestFastifyApplication;
  let consumerApp: NestFastifyApplication;
  let producer: ThingProducer;
  let redis: Redis;
  let prefix: string;
  let ports: { catalog: number; inventory: number };

  const optionsFor = (service: 'catalog' | 'inventory'): ServiceOptions => {
    const config = Object.assign(new ServiceConfig(), {
      HUIDIAN_MODE: 'test',
      DATABASE_URL: database.adminUrl,
      DATABASE_ROLE_PASSWORD: 'test-role-password',
      REDIS_URL: testEnvironment().redisUrl,
      REDIS_PREFIX: prefix,
      GATEWAY_URL: identity.url,
      CATALOG_URL: `http://127.0.0.1:${ports.catalog}`,
      INVENTORY_URL: `http://127.0.0.1:${ports.inventory}`,
      SERVICE_CLIENT_SECRET: 'service-secret-for-tests',
    });
    return { service, config, port: ports[service], facts: THING_FACTS, title: service, description: service };
  };

  const startSide = async (service: 'catalog' | 'inventory') => {
    const options = optionsFor(service);
    const app = await createApp({ options, module: ThingsModule.for(options) });
    await app.listen(options.port, '127.0.0.1');
    return app;
  };

  const effects = async () =>
    (
      await admin.query<{ thing_id: string; version: number }>(
        'SELECT thing_id, version FROM inventory.thing_effect ORDER BY 1, 2',
      )
    ).rows;
  const copies = async () =>
    (
      await admin.query<{ thing_id: string; version: number; value: number }>(
        'SELECT thing_id, version, value FROM inventory.thing ORDER BY 1',
      )
    ).rows;
  const unacked = async () =>
    (await admin.query<{ n: number }>('SELECT count(*) AS n FROM catalog.outbox_delivery WHERE acked_at IS NULL'))
      .rows[0]!.n;
  const parked = async () =>
    (
      await admin.query<{ reference: string; item_no: number; cause: string; id: string }>(
        `SELECT id, reference, item_no, cause FROM inventory.parked_item WHERE state = 'open' ORDER BY item_no`,
      )
    ).rows;
  const settled = () => until('every fact is acknowledged', async () => (await unacked()) === 0, 20_000);
  const envelope = (name: string, eventId: string, items: unknown[]): FactEnvelope => ({
    companyId: COMPANY,
    eventId,
    name,
    producer: 'catalog',
    traceId: 'trace-of-test',
    occurredAt: '2026-11-11T00:00:00.000Z',
    items: JSON.stringify(items),
  });

  beforeAll(async () => {
    database = await cloneDatabase();
    identity = await startTestIdentity();
    prefix = `test-${database.name}`;
    ports = { catalog: await freePort(), inventory: await freePort() };
    admin = new Client({ connectionString: database.adminUrl });
    await admin.connect();
    await admin.query(THING_TABLES);
    redis = new Redis(testEnvironment().redisUrl);
    producerApp = await startSide('catalog');
    consumerApp = await startSide('inventory');
    producer = producerApp.get(ThingProducer);
  });

  beforeEach(async () => {
    planted.bugFor.clear();
    planted.deadlocks = 0;
    await settled();
    await admin.query(
      'TRUNCATE catalog.thing, inventory.thing, inventory.thing_effect, catalog.outbox, catalog.outbox_delivery, inventory.inbox, inventory.subject_version, inventory.parked_item',
    );
  });

  afterAll(async () => {
    await consumerApp?.close();
    await producerApp?.close();
    await identity?.close();
    redis?.disconnect();
    await admin?.end();
    await database?.drop();
  });

  it('carries a change to the consumer once and gets it acknowledged', async () => {
    await producer.set({
      companyId: COMPANY,
      things: [
        { thingId: 'a', value: 1 },
        { thingId: 'b', value: 2 },
      ],
    });
    await settled();
    expect(await copies()).toEqual([
      { thing_id: 'a', version: 1, value: 1 },
      { thing_id: 'b', version: 1, value: 2 },
    ]);
  });

  it('tells nothing when the transaction of the change fails', async () => {
    await expect(
      producer.set({
        companyId: COMPANY,
        things: [
          { thingId: 'a', value: 1 },
          { thingId: 'a', value: 2 },
        ],
      }),
    ).rejects.toThrow(/ON CONFLICT DO UPDATE/);
    const { rows } = await admin.query<{ n: number }>('SELECT count(*) AS n FROM catalog.outbox');
    expect(rows[0]!.n).toBe(0);
  });

  it('ends the same for every order of arrival, each fact delivered twice', async () => {
    const consumer = consumerApp.get(FactConsumer);
    const facts: Thing[] = [1, 2, 3, 4].map((version) => ({
      thingId: 'a',
      thingVersion: version,
      value: version * 10,
    }));
    for (const [round, order] of permutations(facts).entries()) {
      await admin.query('TRUNCATE inventory.thing, inventory.thing_effect, inventory.inbox, inventory.subject_version');
      for (const item of order)
        for (let twice = 0; twice < 2; twice += 1)
          await consumer.consume(envelope('thing.changed', `evt-${round}-${item.thingVersion}`, [item]));
      expect(await copies()).toEqual([{ thing_id: 'a', version: 4, value: 40 }]);
      const applied = (await effects()).map(({ version }) => version);
      expect(new Set(applied).size).toBe(applied.length);
      expect(applied).toContain(4);
    }
  });

  it('has one effect when another fact tells the same version', async () => {
    const consumer = consumerApp.get(FactConsumer);
    const items = [{ thingId: 'a', thingVersion: 1, value: 1 }];
    await consumer.consume(envelope('thing.made', 'evt-first', items));
    await consumer.consume(envelope('thing.changed', 'evt-second', items));
    expect(await effects()).toEqual([{ thing_id: 'a', version: 1 }]);
    expect(await parked()).toEqual([]);
  });

  it('lets parallel deliveries of the same fact have one effect', async () => {
    const consumer = consumerApp.get(FactConsumer);
    const items = Array.from({ length: 50 }, (_, i) => ({ thingId: `t${i}`, thingVersion: 1, value: i }));
    await Promise.all(Array.from({ length: 8 }, () => consumer.consume(envelope('thing.changed', 'evt-same', items))));
    expect(await effects()).toHaveLength(50);
  });

  it('parks the one item that the database refuses and applies the other 499', async () => {
    const things = Array.from({ length: 500 }, (_, i) => ({
      thingId: `t${String(i).padStart(3, '0')}`,
      value: i === 137 ? 666 : 1_000 + i,
    }));
    await producer.set({ companyId: COMPANY, things });
    await settled();
    expect(await copies()).toHaveLength(499);
    const [only, ...more] = await parked();
    expect(more).toEqual([]);
    expect(only).toMatchObject({ item_no: 137 });
    expect(only!.cause).toMatch(/^23514: .*thing/);
  });

  it('names the fact of an item that the database refuses when several facts share a transaction', async () => {
    const consumer = consumerApp.get(FactConsumer);
    const facts = ['evt-1', 'evt-2', 'evt-3'].map((id, i) =>
      envelope('thing.changed', id, [
        { thingId: `${id}-a`, thingVersion: 1, value: i === 1 ? 666 : 1_000 },
        { thingId: 'shared', thingVersion: 3 - i, value: 3 - i },
      ]),
    );
    await consumer.consume(...facts);
    await consumer.consume(...facts);
    const kept = await copies();
    expect(kept.map(({ thing_id, value }) => [thing_id, Number(value)]).sort()).toEqual([
      ['evt-1-a', 1_000],
      ['evt-3-a', 1_000],
      ['shared', 3],
    ]);
    expect((await parked()).map(({ reference, item_no }) => [reference, item_no])).toEqual([['evt-2', 0]]);
  });

  it('parks an item that breaks the schema, keeps the rest, and replays it by version', async () => {
    const consumer = consumerApp.get(FactConsumer);
    await consumer.consume(
      envelope('thing.changed', 'evt-bad', [
        { thingId: 'a', thingVersion: 1, value: 1 },
        { thingId: 'b', thingVersion: 0, value: 'x' },
      ]),
    );
    expect((await copies()).map(({ thing_id }) => thing_id)).toEqual(['a']);
    expect(await parked()).toHaveLength(1);
    await consumer.consume(
      envelope('thing.changed', 'evt-bad', [
        { thingId: 'a', thingVersion: 1, value: 1 },
        { thingId: 'b', thingVersion: 0, value: 'x' },
      ]),
    );
    expect(await parked()).toHaveLength(1);
    const [item] = await parked();
    const token = await identity.token({ companyId: COMPANY, scopes: ['operations:read', 'operations:write'] });
    const list = await fetch(`http://127.0.0.1:${ports.inventory}/inventory/v1/parked-items`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(await list.json()).toMatchObject({
      items: [
        {
          id: item!.id,
          source: 'fact:thing.changed',
          errors: expect.arrayContaining([expect.objectContaining({ field: 'value' })]),
        },
      ],
    });
    const replay = () =>
      fetch(`http://127.0.0.1:${ports.inventory}/inventory/v1/parked-items/${item!.id}/replay`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
      });
    const refused = await replay();
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
      409,
      'PARKED_ITEM.STILL_WRONG',
    ]);
    await admin.query(`UPDATE inventory.parked_item SET payload = '{"thingId":"b","thingVersion":1,"value":5}'`);
    expect((await replay()).status).toBe(200);
    expect(await copies()).toContainEqual({ thing_id: 'b', version: 1, value: 5 });
    const unknown = await fetch(`http://127.0.0.1:${ports.inventory}/inventory/v1/parked-items/prk_nobody/replay`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    });
    expect([unknown.status, ((await unknown.json()) as { code: string }).code]).toEqual([404, 'PARKED_ITEM.NOT_FOUND']);
  });

  it('does nothing with a replayed item whose subject has moved on', async () => {
    const consumer = consumerApp.get(FactConsumer);
    await consumer.consume(envelope('thing.changed', 'evt-new', [{ thingId: 'a', thingVersion: 5, value: 50 }]));
    await consumer.replay(
      COMPANY,
      'thing.changed',
      'evt-old',
      JSON.stringify({ thingId: 'a', thingVersion: 3, value: 30 }),
    );
    expect(await copies()).toEqual([{ thing_id: 'a', version: 5, value: 50 }]);
  });

  it('runs the whole transaction again after a deadlock, at most three times', async () => {
    const consumer = consumerApp.get(FactConsumer);
    planted.deadlocks = 2;
    await consumer.consume(envelope('thing.changed', 'evt-dead', [{ thingId: 'a', thingVersion: 1, value: 1 }]));
    expect(await effects()).toEqual([{ thing_id: 'a', version: 1 }]);
    planted.deadlocks = 3;
    await expect(
      consumer.consume(envelope('thing.changed', 'evt-dead-2', [{ thingId: 'a', thingVersion: 2, value: 2 }])),
    ).rejects.toThrow('deadlock');
    planted.deadlocks = 0;
    await consumer.consume(envelope('thing.changed', 'evt-dead-2', [{ thingId: 'a', thingVersion: 2, value: 2 }]));
    expect(await copies()).toEqual([{ thing_id: 'a', version: 2, value: 2 }]);
  });

  it('makes a handler bug a dead letter after bounded tries while other facts flow', async () => {
    planted.bugFor.add('poison');
    await producer.set({ companyId: COMPANY, things: [{ thingId: 'poison', value: 1 }] });
    await producer.set({ companyId: COMPANY, things: [{ thingId: 'sound', value: 1 }] });
    const queue = new Queue(factQueueName('inventory'), { connection: redis, prefix });
    await until('the poison fact is a dead letter', async () => (await queue.getFailedCount()) === 1, 30_000);
    expect(await copies()).toEqual([{ thing_id: 'sound', version: 1, value: 1 }]);
    const [dead] = await queue.getFailed();
    expect(dead).toMatchObject({ failedReason: 'planted bug for poison', attemptsMade: 5 });
    planted.bugFor.clear();
    await dead!.retry();
    await settled();
    expect(await copies()).toHaveLength(2);
    await queue.close();
  });

  it('sends everything unacknowledged again when Redis has lost its memory', async () => {
    await consumerApp.close();
    for (let i = 0; i < 20; i += 1)
      await producer.set({ companyId: COMPANY, things: [{ thingId: `t${i}`, value: i }] });
    await until(
      'all are sent',
      async () =>
        (await admin.query<{ n: number }>('SELECT count(*) AS n FROM catalog.outbox_delivery WHERE sent_at IS NULL'))
          .rows[0]!.n === 0,
      10_000,
    );
    const keys = await redis.keys(`${prefix}:*`);
    await redis.del(...keys);
    consumerApp = await startSide('inventory');
    await settled();
    expect(await effects()).toHaveLength(20);
  });

  it('takes a missing acknowledgement for lost and sends again without a second effect', async () => {
    await producer.set({ companyId: COMPANY, things: [{ thingId: 'a', value: 1 }] });
    await settled();
    await admin.query(`UPDATE catalog.outbox_delivery SET acked_at = NULL, sent_at = sent_at - interval '1 hour'`);
    await settled();
    expect(await effects()).toEqual([{ thing_id: 'a', version: 1 }]);
    const { rows } = await admin.query<{ sends: number }>('SELECT sends FROM catalog.outbox_delivery');
    expect(rows[0]!.sends).toBe(2);
  });

  const readFact = async (eventId: string) =>
    fetch(`http://127.0.0.1:${ports.catalog}/catalog/v1/outbox/${eventId}`, {
      headers: {
        authorization: `Bearer ${await identity.token({ companyId: '*', scopes: ['facts:ack'], kind: 'service' })}`,
        [COMPANY_HEADER]: COMPANY,
      },
    });

  it('lets an item too large to travel be fetched from its owner', async () => {
    await producer.set({ companyId: COMPANY, things: [{ thingId: 'huge', value: 3, note: 'x'.repeat(300_000) }] });
    await settled();
    expect(await copies()).toEqual([{ thing_id: 'huge', version: 1, value: 3 }]);
    const { rows } = await admin.query<{ items: string }>('SELECT items FROM catalog.outbox');
    expect(JSON.parse(rows[0]!.items)).toEqual([{ thingId: 'huge', thingVersion: 1, fetch: true }]);
    const answer = await readFact('evt_nobody');
    expect([answer.status, (await answer.json()) as object]).toMatchObject([404, { code: 'FACT.NOT_FOUND' }]);
  });

  it('removes what was acknowledged after FACTS_KEEP_DAYS, in batches, and never what was not', async () => {
    for (const thingId of ['a', 'b', 'c']) await producer.set({ companyId: COMPANY, things: [{ thingId, value: 1 }] });
    await settled();
    const sweep = () => producerApp.get(FactSweeper).sweepOnce(1);
    expect([await sweep(), await consumerApp.get(FactSweeper).sweepOnce(1)]).toEqual([0, 0]);

    await admin.query(`UPDATE catalog.outbox SET recorded_at = recorded_at - interval '31 days'`);
    await admin.query(`UPDATE inventory.inbox SET received_at = received_at - interval '31 days'`);
    const { rows: events } = await admin.query<{ event_id: string; items: string }>(
      'SELECT event_id, items FROM catalog.outbox ORDER BY event_id',
    );
    await admin.query('UPDATE catalog.outbox_delivery SET acked_at = NULL, sent_at = now() WHERE event_id = $1', [
      events[0]!.event_id,
    ]);
    expect([await sweep(), await sweep(), await sweep()]).toEqual([1, 1, 0]);
    expect(await consumerApp.get(FactSweeper).sweepOnce(2)).toBe(2);
    expect(await consumerApp.get(FactSweeper).sweepOnce(2)).toBe(1);

    const left = (await admin.query<{ event_id: string }>('SELECT event_id FROM catalog.outbox_delivery')).rows;
    expect(left.map(({ event_id: id }) => id)).toEqual([events[0]!.event_id]);
    await consumerApp
      .get(FactConsumer)
      .consume(envelope('thing.made', events[1]!.event_id, JSON.parse(events[1]!.items) as unknown[]));
    expect(await effects()).toHaveLength(3);
    await admin.query('UPDATE catalog.outbox_delivery SET acked_at = now()');
  });

  it('splits a fact above 256 kB into several rows without losing an item', async () => {
    const things = Array.from({ length: 100 }, (_, i) => ({ thingId: `t${i}`, value: i, note: 'y'.repeat(10_000) }));
    await producer.set({ companyId: COMPANY, things });
    await settled();
    const { rows } = await admin.query<{ bytes: number }>('SELECT octet_length(items) AS bytes FROM catalog.outbox');
    expect(rows.length).toBeGreaterThanOrEqual(4);
    expect(Math.max(...rows.map(({ bytes }) => bytes))).toBeLessThanOrEqual(256 * 1024);
    expect(await effects()).toHaveLength(100);
  });
});

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) =>
    permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]),
  );
}
