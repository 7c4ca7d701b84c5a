import { Redis } from 'ioredis';
import { DataSource } from 'typeorm';
import { inTransaction } from '@app/shared';
import { PlatformError } from '@app/platforms';
import { MessageService } from '../message/message.service';
import { NoticeHandler } from '../notice/notice.handler';
import { PullPlanner } from '../pull/pull.planner';
import { PullRepository } from '../pull/pull.repository';
import { PushHandler } from '../push/push.handler';
import { PushRepository } from '../push/push.repository';
import { ShownRepository } from '../push/shown.repository';
import { ShopReader } from '../shop/shop.reader';
import { startSync, type SyncFixture } from '../testing/sync.fixture';
import { TokenKeeper } from '../token/token.keeper';
import { Schedule } from './schedule';
import { WorkDesk } from './work.desk';
import type { WorkRef } from './work.kinds';
import { WorkGate } from './work.gate';
import { WorkRepository } from './work.repository';
import { WorkRunner } from './work.runner';

const COMPANY = 'cmp_test';
const HOUR = 3_600_000;

describe('work rows, and what runs on them', () => {
  let sync: SyncFixture;
  let db: DataSource;
  let number = 0;
  const get = <T>(type: abstract new (...args: never[]) => T): T => sync.app.get(type, { strict: false });
  const newShop = async (more: object = {}): Promise<string> => {
    const body = {
      platform: 'fake',
      name: 'x',
      platformShopId: String((number += 1)),
      appKey: 'app',
      appSecret: 's',
      accessToken: 'token-1',
      goLiveAt: new Date(Date.now() - 6 * HOUR).toISOString(),
      ...more,
    };
    return (await sync.call('POST', '/sync/v1/shops', { body })).body.id as string;
  };
  const request = (shopId: string, kind: WorkRef['kind'], subjects: string[]) =>
    inTransaction(db, (tx) =>
      get(WorkDesk).request(tx, { companyId: COMPANY, id: shopId, platform: 'fake' }, kind, subjects),
    );
  const run = (kind: WorkRef['kind'], subject: string) => get(WorkRunner).run({ companyId: COMPANY, kind, subject });
  const work = async (kind: string, subject: string): Promise<any> =>
    (await db.query('SELECT * FROM work WHERE kind = $1 AND subject = $2', [kind, subject]))[0];

  beforeAll(async () => {
    sync = await startSync({ works: false });
    db = get(DataSource);
  });
  afterAll(() => sync.close());

  it('runs a row once when many workers take it at the same time', async () => {
    const shopId = await newShop();
    sync.fake.orders.set('one', { no: 'one', state: 'paid', placedAt: new Date(), modifiedAt: new Date() });
    await request(shopId, 'order', [`${shopId}/one`]);
    const before = sync.fake.count('detail');
    const ran = await Promise.all(Array.from({ length: 8 }, () => run('order', `${shopId}/one`)));
    expect(ran.filter(Boolean)).toHaveLength(1);
    expect(sync.fake.count('detail') - before).toBe(1);
    expect(await work('order', `${shopId}/one`)).toBeUndefined();
    expect(await run('order', `${shopId}/one`)).toBe(false);
  });

  it('claims and ends rows that come at the same time together, each for one run', async () => {
    const shopId = await newShop();
    const subjects = Array.from({ length: 12 }, (_, n) => `${shopId}/many-${n}`);
    await request(shopId, 'order', subjects);
    const gate = get(WorkGate);
    const claimed = await Promise.all(
      [...subjects, ...subjects].map((subject) => gate.claim({ companyId: COMPANY, kind: 'order', subject })),
    );
    const mine = claimed.flatMap((one) => (one ? [one] : []));
    expect(mine.map(({ subject }) => subject).sort()).toEqual([...subjects].sort());
    for (const one of mine) expect(one).toMatchObject({ claimNo: 1, tries: 1, shop: { id: shopId } });
    await request(shopId, 'order', [subjects[0]!]);
    await Promise.all(mine.map((one) => gate.finish(one)));
    expect(await work('order', subjects[0]!)).toMatchObject({ state: 'due', claimed_until: null, tries: 0 });
    for (const subject of subjects.slice(1)) expect(await work('order', subject)).toBeUndefined();
  });

  it('keeps a row due that was wanted again while it ran', async () => {
    const shopId = await newShop();
    await request(shopId, 'order', [`${shopId}/one`]);
    const repository = get(WorkRepository);
    const ref = { companyId: COMPANY, kind: 'order' as const, subject: `${shopId}/one` };
    const [claimed] = await inTransaction(db, (tx) =>
      repository.claim(tx, ref, [ref.subject], new Date(), new Date(Date.now() + 1_000)),
    );
    await request(shopId, 'order', [`${shopId}/one`]);
    await inTransaction(db, (tx) => repository.finish(tx, [claimed!], new Date()));
    expect(await work('order', ref.subject)).toMatchObject({ state: 'due', claimed_until: null });
    const [taken] = await inTransaction(db, (tx) =>
      repository.claim(tx, ref, [ref.subject], new Date(Date.now() + 1), new Date(Date.now() + 1_000)),
    );
    await inTransaction(db, (tx) => repository.finish(tx, [claimed!], new Date()));
    expect(await work('order', ref.subject)).toMatchObject({ claim_no: taken!.claimNo });
  });

  it('queues due rows again within 10 s after Redis lost everything, and rests paused shops', async () => {
    const shopId = await newShop();
    const paused = await newShop();
    await sync.call('POST', `/sync/v1/shops/${paused}/pause`, { body: { what: 'pull', expectedVersion: 1 } });
    await request(shopId, 'order', [`${shopId}/one`]);
    await request(paused, 'order', [`${paused}/one`]);
    const schedule = get(Schedule);
    await schedule.enqueue();
    expect(await schedule.enqueue()).toBe(0);
    const redis = new Redis(sync.config.REDIS_URL);
    const keys = await redis.keys(`${sync.config.REDIS_PREFIX}:news-fake:*`);
    await redis.del(...keys);
    const marked = await work('order', `${shopId}/one`);
    expect(marked.queued_until.getTime() - Date.now()).toBeLessThanOrEqual(9_000);
    await db.query('UPDATE work SET queued_until = $1', [new Date(Date.now() - 1)]);
    await schedule.enqueue();
    expect((await redis.keys(`${sync.config.REDIS_PREFIX}:news-fake:*~order~${shopId}/one`)).length).toBe(1);
    expect((await redis.keys(`${sync.config.REDIS_PREFIX}:news-fake:*~order~${paused}/one`)).length).toBe(0);
    redis.disconnect();
  });

  it('[P15] never has more of one shop on the way than its share, though all of it became due at one instant', async () => {
    const shopId = await newShop();
    await request(
      shopId,
      'order',
      Array.from({ length: 200 }, (_, n) => `${shopId}/crowd-${n}`),
    );
    const instant = new Date(Date.now() - 1_000);
    await db.query(`UPDATE work SET due_at = $2 WHERE shop_id = $1 AND kind = 'order'`, [shopId, instant]);
    const take = async (now: Date, until: Date): Promise<string[]> => {
      const due = await inTransaction(db, (tx) => get(WorkRepository).takeDue(tx, now, until, 40));
      return due.filter((ref) => ref.shopId === shopId && ref.kind === 'order').map(({ subject }) => subject);
    };
    const now = new Date();
    const first = await take(now, new Date(now.getTime() + 8_000));
    expect(first).toHaveLength(40);
    expect(await take(now, new Date(now.getTime() + 8_000))).toEqual([]);
    // What is done makes room for as many others.
    await db.query(`DELETE FROM work WHERE kind = 'order' AND subject = ANY($1)`, [first.slice(0, 7)]);
    const second = await take(now, new Date(now.getTime() + 8_000));
    expect(second).toHaveLength(7);
    expect(second.filter((subject) => first.includes(subject))).toEqual([]);
    await db.query(`DELETE FROM work WHERE shop_id = $1 AND kind = 'order'`, [shopId]);
  });

  it('renews the token of a shop whose other work rests because of it', async () => {
    const shopId = await newShop();
    await db.query(`UPDATE shop SET token_state = 'expired' WHERE id = $1`, [shopId]);
    await request(shopId, 'order', [`${shopId}/one`]);
    await request(shopId, 'token', [shopId]);
    const now = new Date(Date.now() + 1_000);
    const due = await inTransaction(db, (tx) => get(WorkRepository).takeDue(tx, now, now, 40));
    expect(due.filter((ref) => ref.shopId === shopId).map(({ kind }) => kind)).toEqual(['token']);
    await db.query('DELETE FROM work WHERE shop_id = $1', [shopId]);
  });

  it('[P16] gives a poison job up after five tries, lists it with its cause, and replays it', async () => {
    const shopId = await newShop();
    const subject = `${shopId}/gone`;
    await request(shopId, 'order', [subject]);
    for (let tries = 1; tries <= 5; tries += 1) {
      sync.fake.fail('detail', new PlatformError('rejected', 'There is no order gone.', { method: 'detail' }));
      await db.query('UPDATE work SET due_at = $2 WHERE subject = $1', [subject, new Date(Date.now() - 1)]);
      await run('order', subject);
    }
    const listed = (await sync.call('GET', '/sync/v1/failed-jobs')).body.items;
    expect(listed).toMatchObject([
      { queue: 'news-fake', name: 'order', payload: { subject }, cause: 'There is no order gone.', tries: 5 },
    ]);
    expect(
      (await sync.call('GET', '/sync/v1/alarms?open=true')).body.items.map((alarm: { kind: string }) => alarm.kind),
    ).toContain('WORK_FAILED');
    sync.fake.orders.set('gone', { no: 'gone', state: 'paid', placedAt: new Date(), modifiedAt: new Date() });
    expect((await sync.call('POST', `/sync/v1/failed-jobs/${listed[0].id}/replay`)).status).toBe(200);
    expect(await run('order', subject)).toBe(true);
    expect(sync.neighbours.stored.has('gone')).toBe(true);
    expect((await sync.call('GET', '/sync/v1/failed-jobs')).body.items).toEqual([]);
  });

  it('[P6] asks more and more rarely for an order that a message named before the platform shows it, for ten minutes', async () => {
    const shopId = await newShop();
    const subject = `${shopId}/early`;
    const message = { messageId: 'early-1', topic: 't', kind: 'order' as const, platformShopId: String(number) };
    await get(MessageService).take('fake', 'app', { ...message, platformOrderNo: 'early' });
    const tryNow = async (): Promise<void> => {
      await db.query('UPDATE work SET due_at = $2 WHERE subject = $1', [subject, new Date(Date.now() - 1)]);
      await run('order', subject);
    };
    const waits: number[] = [];
    for (let tries = 1; tries <= 9; tries += 1) {
      await tryNow();
      waits.push((await work('order', subject)).due_at.getTime() - Date.now());
    }
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(waits[8]).toBeGreaterThan(200_000);
    const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000);
    await db.query('UPDATE work SET created_at = $2 WHERE subject = $1', [subject, ago(10)]);
    await tryNow();
    expect(await work('order', subject)).toMatchObject({ state: 'due', last_error: 'There is no order early.' });
    await db.query('UPDATE work SET created_at = $2 WHERE subject = $1', [subject, ago(12)]);
    await tryNow();
    expect(await work('order', subject)).toMatchObject({ state: 'dead', last_error: 'There is no order early.' });

    sync.fake.orders.set('early', { no: 'early', state: 'paid', placedAt: new Date(), modifiedAt: new Date() });
    await get(MessageService).take('fake', 'app', { ...message, messageId: 'early-2', platformOrderNo: 'early' });
    await tryNow();
    expect(sync.neighbours.stored.has('early')).toBe(true);
    expect(await work('order', subject)).toBeUndefined();
  });

  it('[P14] honours a ban for exactly its method and shop, and keeps a long one in the database', async () => {
    const shopId = await newShop();
    const other = await newShop();
    sync.fake.orders.set('b', { no: 'b', state: 'paid', placedAt: new Date(), modifiedAt: new Date() });
    sync.fake.fail(
      'detail',
      new PlatformError('rate-limited', 'This ban will last for 3600 more seconds', {
        method: 'detail',
        retryAfterMs: 3_600_000,
        platformCode: '7',
      }),
    );
    await request(shopId, 'order', [`${shopId}/b`]);
    await request(other, 'order', [`${other}/b`]);
    await run('order', `${shopId}/b`);
    expect(await work('order', `${shopId}/b`)).toMatchObject({ state: 'due', tries: 0 });
    expect((await work('order', `${shopId}/b`)).due_at.getTime() - Date.now()).toBeGreaterThan(3_590_000);
    expect(await db.query('SELECT shop_id, method FROM ban')).toEqual([{ shop_id: shopId, method: 'detail' }]);
    await run('order', `${other}/b`);
    expect(await work('order', `${other}/b`)).toBeUndefined();
    expect((await sync.service('POST', '/sync/v1/orders/state', { shopId, platformOrderNo: 'b' })).status).toBe(200);
  });

  it('[P12] refreshes a token once however many workers need it, and the others get the new one', async () => {
    const shopId = await newShop({
      refreshToken: 'refresh-1',
      expiresAt: new Date(Date.now() + 600_000).toISOString(),
    });
    const keeper = get(TokenKeeper);
    const shop = await get(ShopReader).get(COMPANY, shopId);
    const before = sync.fake.refreshes;
    const renewed = await Promise.all(Array.from({ length: 10 }, () => keeper.refresh(COMPANY, shopId, shop.tokenNo)));
    expect(sync.fake.refreshes - before).toBe(1);
    expect(new Set(renewed.map(({ tokenNo }) => tokenNo))).toEqual(new Set([shop.tokenNo + 1]));
    await keeper.refresh(COMPANY, shopId, shop.tokenNo);
    expect(sync.fake.refreshes - before).toBe(1);
  });

  it('[P12] revokes one shop when its refresh is refused, and leaves the others alone', async () => {
    const shopId = await newShop({ refreshToken: 'r', expiresAt: new Date(Date.now() + 600_000).toISOString() });
    const other = await newShop();
    sync.fake.fail('refresh', new PlatformError('reauthorise', 'invalid_grant', { method: 'refresh' }));
    const after = await get(TokenKeeper).refresh(COMPANY, shopId, 1);
    expect(after.tokenState).toBe('revoked');
    expect((await get(ShopReader).get(COMPANY, other)).tokenState).toBe('valid');
  });

  it('[P6] closes a window only when all of its orders have a verdict, and leaves it due otherwise', async () => {
    const shopId = await newShop();
    await get(PullPlanner).plan();
    const windows = (await db.query(`SELECT id FROM change_window WHERE shop_id = $1 ORDER BY from_at, kind DESC`, [
      shopId,
    ])) as {
      id: string;
    }[];
    expect(windows.length).toBeGreaterThan(1);
    sync.fake.orders.set('w', {
      no: 'w',
      state: 'paid',
      placedAt: new Date(),
      modifiedAt: new Date(Date.now() - 6 * HOUR + 60_000),
    });
    sync.neighbours.isAway = true;
    await run('window', windows[0]!.id);
    sync.neighbours.isAway = false;
    const completeTo = () => inTransaction(db, (tx) => get(PullRepository).completeTo(tx, COMPANY, shopId, 'orders'));
    const start = (await completeTo())!;
    expect((await db.query('SELECT state, tries FROM change_window WHERE id = $1', [windows[0]!.id]))[0]).toEqual({
      state: 'due',
      tries: 1,
    });
    for (const { id } of windows.slice(1)) await run('window', id);
    expect(await completeTo()).toEqual(start);
    await db.query('UPDATE work SET due_at = $1 WHERE shop_id = $2', [new Date(Date.now() - 1), shopId]);
    await run('window', windows[0]!.id);
    expect(
      (await db.query('SELECT state, listed, stored FROM change_window WHERE id = $1', [windows[0]!.id]))[0],
    ).toMatchObject({ state: 'done' });
    expect((await completeTo())!.getTime()).toBeGreaterThan(start.getTime());
    expect(sync.neighbours.stored.has('w')).toBe(true);
  });

  it('[L16] tells a notice once when it runs twice, when its answer is lost, and reports a foreign waybill', async () => {
    const shopId = await newShop();
    const parcel = (parcelId: string, no: string) => ({
      parcelId,
      parcelVersion: 1,
      state: 'shipped',
      fulfilmentId: 'f',
      fulfilmentRevision: 1,
      shopId,
      platform: 'fake',
      warehouse: 'HZ1',
      carrier: 'ZTO',
      waybillNo: `Z-${parcelId}`,
      shippedAt: new Date().toISOString(),
      deliveredAt: null,
      lines: [
        {
          orderId: `ord-${no}`,
          platformOrderNo: no,
          lineId: 'l',
          platformLineNo: `${no}-1`,
          skuId: 's',
          skuCode: 'A',
          quantity: 1,
        },
      ],
    });
    for (const no of ['n1', 'n2'])
      sync.fake.orders.set(no, { no, state: 'paid', placedAt: new Date(), modifiedAt: new Date() });
    sync.fake.orders.set('n3', {
      no: 'n3',
      state: 'paid',
      placedAt: new Date(),
      modifiedAt: new Date(),
      waybill: 'OTHER',
    });
    await sync.tell('parcel.shipped', 'logistics', [parcel('p1', 'n1'), parcel('p2', 'n2'), parcel('p3', 'n3')]);
    const before = sync.fake.notices.length;
    await run('notice', 'p1/ord-n1');
    const handler = get(NoticeHandler);
    const again = {
      companyId: COMPANY,
      kind: 'notice' as const,
      subject: 'p1/ord-n1',
      shopId,
      platform: 'fake',
      lane: 'notice' as const,
      wantedNo: 1,
      claimNo: 1,
      tries: 1,
      failures: 0,
      lastError: null,
      createdAt: new Date(),
    };
    await handler.run(again, new AbortController().signal);
    sync.fake.fail(
      'ship-after',
      new PlatformError('transient', 'the answer was lost', { method: 'ship', outcomeUnknown: true }),
    );
    await run('notice', 'p2/ord-n2');
    expect((await work('notice', 'p2/ord-n2')).last_error).toContain('lost');
    await db.query('UPDATE work SET due_at = $1 WHERE shop_id = $2', [new Date(Date.now() - 1), shopId]);
    await run('notice', 'p2/ord-n2');
    await run('notice', 'p3/ord-n3');
    expect(sync.fake.notices.length - before).toBe(2);
    const { items } = (await sync.call('GET', `/sync/v1/ship-notices?shopId=${shopId}`)).body;
    expect(items.map(({ state }: { state: string }) => state)).toEqual(['told', 'told', 'failed']);
    const facts = (await db.query(
      `SELECT name, items FROM outbox WHERE name LIKE 'ship-notice.%' ORDER BY event_id`,
    )) as { name: string; items: string }[];
    expect(facts.map(({ name }) => name)).toEqual(['ship-notice.told', 'ship-notice.told', 'ship-notice.failed']);
    expect((await sync.call('POST', '/sync/v1/ship-notices/p1/ord-n1/retry')).body.code).toBe(
      'SHIP_NOTICE.STATE_FORBIDS',
    );
    expect((await sync.call('POST', '/sync/v1/ship-notices/p3/ord-n3/retry')).body.state).toBe('pending');
  });

  it('[I37] lets the newest number win when answers come out of order, waits with raises, and parks what is refused', async () => {
    const shopId = await newShop();
    const link = (sku: string) => ({
      linkId: `${shopId}/${sku}`,
      linkVersion: 1,
      shopId,
      platform: 'fake',
      listingId: `item-${shopId}`,
      listingSkuId: sku,
      title: 'T',
      merchantCode: null,
      isOnShelf: true,
      isLinked: true,
      noStock: false,
      components: [{ skuId: `sku-${sku}-${shopId}`, skuCode: sku, quantity: 1 }],
    });
    let version = 0;
    const level = (sku: string, sellable: number) => ({
      levelId: `sku-${sku}-${shopId}@HZ1`,
      stockVersion: (version += 1),
      skuId: `sku-${sku}-${shopId}`,
      skuCode: sku,
      warehouse: 'HZ1',
      onHand: sellable,
      reserved: 0,
      safety: 0,
      sellable,
    });
    const shown = (listingSkuId: string) => ({
      listingId: `item-${shopId}`,
      listingSkuId,
      quantity: 9,
      deductsOn: 'pay' as const,
      at: new Date(),
    });
    await inTransaction(db, (tx) => get(ShownRepository).putShown(tx, COMPANY, shopId, [shown('good'), shown('bad')]));
    const repository = get(PushRepository);
    await sync.tell('listing.changed', 'catalog', [link('good'), link('bad')]);
    await sync.tell('stock.sellable-changed', 'inventory', [level('good', 5), level('bad', 3)]);
    await sync.call('POST', `/sync/v1/shops/${shopId}/push/enable`, { body: {} });
    const subject = `${shopId}/item-${shopId}`;
    await run('push', subject);
    const of = async (sku: string) =>
      (await sync.call('GET', `/sync/v1/listings?shopId=${shopId}`)).body.items.find(
        (item: { listingSkuId: string }) => item.listingSkuId === sku,
      );
    expect(await of('good')).toMatchObject({ wanted: 5, lastTold: 5, result: 'accepted' });
    expect(await of('bad')).toMatchObject({
      wanted: 3,
      lastTold: null,
      result: 'refused',
      cause: 'the SKU is deleted',
    });

    await sync.tell('stock.sellable-changed', 'inventory', [level('good', 50)]);
    await run('push', subject);
    expect(await of('good')).toMatchObject({
      wanted: 50,
      lastTold: 5,
      result: 'waiting',
      waitingReason: expect.stringContaining('raises'),
    });

    const told = (quantity: number, no: number) =>
      inTransaction(db, (tx) =>
        repository.told(
          tx,
          { companyId: COMPANY, shopId },
          [{ listingSkuId: 'good', quantity, no, shownNow: quantity }],
          new Date(),
        ),
      );
    await sync.tell('stock.sellable-changed', 'inventory', [level('good', 4)]);
    const newest = Number(
      (await db.query(`SELECT wanted_no FROM listing_push WHERE shop_id = $1 AND listing_sku_id = 'good'`, [shopId]))[0]
        .wanted_no,
    );
    expect(await told(4, newest)).toBe(1);
    expect(await told(50, newest - 1)).toBe(0);
    expect(await of('good')).toMatchObject({ wanted: 4, lastTold: 4, result: 'accepted' });
    await get(PushHandler).run(
      {
        companyId: COMPANY,
        kind: 'push',
        subject,
        shopId,
        platform: 'fake',
        lane: 'push',
        wantedNo: 1,
        claimNo: 1,
        tries: 1,
        failures: 0,
        lastError: null,
        createdAt: new Date(),
      },
      new AbortController().signal,
    );
    expect(await of('good')).toMatchObject({ lastTold: 4 });

    // Two pieces less and two more again before a push ran: what the platform has sold meanwhile is below 4.
    await sync.tell('stock.sellable-changed', 'inventory', [level('good', 2)]);
    await sync.tell('stock.sellable-changed', 'inventory', [level('good', 4)]);
    await db.query('UPDATE work SET due_at = $1 WHERE shop_id = $2', [new Date(Date.now() - 1), shopId]);
    const { lastToldAt } = await of('good');
    const sent = sync.fake.count('stock');
    await run('push', subject);
    expect(sync.fake.count('stock')).toBe(sent);
    expect(await of('good')).toMatchObject({ wanted: 4, lastTold: 4, lastToldAt, result: 'waiting' });
  });

  it('[L16] tells a notice that was given up when its dead letter is replayed', async () => {
    const shopId = await newShop();
    sync.fake.orders.set('n4', { no: 'n4', state: 'paid', placedAt: new Date(), modifiedAt: new Date() });
    const line = { lineId: 'l', platformLineNo: 'n4-1', skuId: 's', skuCode: 'A', quantity: 1 };
    const parcel = {
      parcelId: 'p4',
      parcelVersion: 1,
      state: 'shipped',
      fulfilmentId: 'f',
      fulfilmentRevision: 1,
      shopId,
      platform: 'fake',
      warehouse: 'HZ1',
      carrier: 'ZTO',
      waybillNo: 'Z-p4',
      shippedAt: new Date().toISOString(),
      deliveredAt: null,
      lines: [{ ...line, orderId: 'ord-n4', platformOrderNo: 'n4' }],
    };
    await sync.tell('parcel.shipped', 'logistics', [parcel]);
    for (let tries = 0; tries < 5; tries += 1) {
      sync.fake.fail('state', new Error('our bug'));
      await db.query('UPDATE work SET due_at = $1 WHERE shop_id = $2', [new Date(Date.now() - 1), shopId]);
      await run('notice', 'p4/ord-n4');
    }
    const { state, dead_id: deadId } = await work('notice', 'p4/ord-n4');
    const notice = async () => (await sync.call('GET', `/sync/v1/ship-notices?shopId=${shopId}`)).body.items[0].state;
    expect([state, await notice()]).toEqual(['dead', 'failed']);

    expect((await sync.call('POST', `/sync/v1/failed-jobs/${deadId}/replay`)).status).toBe(200);
    await run('notice', 'p4/ord-n4');

    expect(await notice()).toBe('told');
  });
});
