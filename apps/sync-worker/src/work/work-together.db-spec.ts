import { Redis } from 'ioredis';
import { DataSource } from 'typeorm';
import { inTransaction } from '@app/shared';
import { sleep } from '@app/shared/time/wire-clock';
import { PlatformError } from '@app/platforms';
import { PullPlanner } from '../pull/pull.planner';
import { PullRepository } from '../pull/pull.repository';
import { RecentOrders } from '../pull/recent.orders';
import { isWaitingForLock, startSync, type SyncFixture } from '../testing/sync.fixture';
import { Schedule } from './schedule';
import { WorkDesk } from './work.desk';
import type { WorkRef } from './work.kinds';
import { WorkRepository } from './work.repository';
import { WorkRunner } from './work.runner';

const COMPANY = 'cmp_test';
const HOUR = 3_600_000;

describe('what one job of a shop does together', () => {
  let sync: SyncFixture;
  let db: DataSource;
  let number = 0;
  const get = <T>(type: abstract new (...args: never[]) => T): T => sync.app.get(type, { strict: false });
  const newShop = async (): Promise<string> => {
    const body = {
      platform: 'fake',
      name: 'x',
      platformShopId: String((number += 1)),
      appKey: 'app',
      appSecret: 's',
      accessToken: 'token-1',
      goLiveAt: new Date(Date.now() - 6 * HOUR).toISOString(),
    };
    return (await sync.call('POST', '/sync/v1/shops', { body })).body.id as string;
  };
  const request = (shopId: string, kind: WorkRef['kind'], subjects: string[]) =>
    inTransaction(db, (tx) =>
      get(WorkDesk).request(tx, { companyId: COMPANY, id: shopId, platform: 'fake' }, kind, subjects),
    );
  const work = async (kind: string, subject: string): Promise<any> =>
    (await db.query('SELECT * FROM work WHERE kind = $1 AND subject = $2', [kind, subject]))[0];

  beforeAll(async () => {
    sync = await startSync({ works: false });
    db = get(DataSource);
  });
  afterAll(() => sync.close());

  const order = (no: string) =>
    sync.fake.orders.set(no, { no, state: 'paid', placedAt: new Date(), modifiedAt: new Date() });
  const together = (shopId: string, numbers: string[]) => {
    const [subject, ...more] = numbers.map((no) => `${shopId}/${no}`);
    return get(WorkRunner).run({ companyId: COMPANY, kind: 'order', subject: subject!, more });
  };

  it('are queued as one job of their shop', async () => {
    const [shopId, other] = [await newShop(), await newShop()];
    await db.query('DELETE FROM work');
    await request(
      shopId,
      'order',
      ['a', 'b', 'c'].map((no) => `${shopId}/${no}`),
    );
    await request(other, 'order', [`${other}/a`]);
    const redis = new Redis(sync.config.REDIS_URL);
    const jobs = `${sync.config.REDIS_PREFIX}:news-fake:*~order*`;
    await redis.del('none', ...(await redis.keys(jobs)));
    expect(await get(Schedule).enqueue()).toBe(4);
    expect(await redis.keys(jobs)).toHaveLength(2);
    redis.disconnect();
  });

  it('are stored in one batch, each once, and a second job finds nothing to do', async () => {
    const shopId = await newShop();
    for (const no of ['t1', 't2', 't3']) order(no);
    await request(
      shopId,
      'order',
      ['t1', 't2', 't3'].map((no) => `${shopId}/${no}`),
    );
    const before = sync.neighbours.puts;
    const ran = await Promise.all([together(shopId, ['t1', 't2', 't3']), together(shopId, ['t3', 't2', 't1'])]);
    expect(ran).toContain(true);
    expect(sync.neighbours.puts - before).toBeLessThanOrEqual(2);
    for (const no of ['t1', 't2', 't3']) expect(await work('order', `${shopId}/${no}`)).toBeUndefined();
    expect(await together(shopId, ['t1', 't2', 't3'])).toBe(false);
  });

  it('are all done at once, also one that is just being asked for again', async () => {
    const shopId = await newShop();
    for (const no of ['calm', 'asked']) order(no);
    const subjects = ['calm', 'asked'].map((no) => `${shopId}/${no}`);
    await request(shopId, 'order', subjects);
    const shop = { companyId: COMPANY, id: shopId, platform: 'fake' };
    let running = Promise.resolve(false);
    await inTransaction(db, async (tx) => {
      await get(WorkDesk).request(tx, shop, 'order', [subjects[1]!]);
      let isOver = false;
      running = together(shopId, ['calm', 'asked']).finally(() => (isOver = true));
      while (!isOver && !(await isWaitingForLock(db))) await sleep(5);
    });
    expect(await running).toBe(true);
    for (const subject of subjects) expect(await work('order', subject)).toBeUndefined();
  });

  it('end apart: one that cannot be read fails alone', async () => {
    const shopId = await newShop();
    order('good');
    const subjects = ['gone', 'good'].map((no) => `${shopId}/${no}`);
    await request(shopId, 'order', subjects);
    await together(shopId, ['gone', 'good']);
    expect(await work('order', subjects[0]!)).toMatchObject({ state: 'due', tries: 1, failures: 1 });
    expect(await work('order', subjects[1]!)).toBeUndefined();
  });

  it('end apart: one that is wanted again while it runs stays due, and a late run ends nothing', async () => {
    const shopId = await newShop();
    const subjects = ['again', 'done'].map((no) => `${shopId}/${no}`);
    await request(shopId, 'order', subjects);
    await db.query(`UPDATE work SET created_at = created_at - interval '1 hour' WHERE subject = ANY($1)`, [subjects]);
    const repository = get(WorkRepository);
    const claim = (from: string[]) =>
      inTransaction(db, (tx) =>
        repository.claim(tx, { companyId: COMPANY, kind: 'order' }, from, new Date(), new Date(Date.now() + 1_000)),
      );
    const claimed = await claim(subjects);
    expect(claimed.map(({ subject }) => subject).sort()).toEqual(subjects);
    expect(await claim(subjects)).toEqual([]);
    await request(shopId, 'order', [subjects[0]!]);
    await inTransaction(db, (tx) => repository.finish(tx, claimed, new Date(Date.now() - 1)));
    // What is wanted again begins anew: how long it may be unknown is counted from here.
    const { created_at } = await work('order', subjects[0]!);
    expect(Date.now() - created_at.getTime()).toBeLessThan(60_000);
    expect(await work('order', subjects[0]!)).toMatchObject({ state: 'due', claimed_until: null, tries: 0 });
    expect(await work('order', subjects[1]!)).toBeUndefined();
    const [taken] = await claim([subjects[0]!]);
    await inTransaction(db, (tx) => repository.finish(tx, claimed, new Date()));
    expect(await work('order', subjects[0]!)).toMatchObject({ claim_no: taken!.claimNo });
  });

  it('all wait when the platform asks to, without counting it as a failure', async () => {
    const shopId = await newShop();
    order('w1');
    order('w2');
    await request(shopId, 'order', [`${shopId}/w1`, `${shopId}/w2`]);
    const wait = () =>
      new PlatformError('rate-limited', 'wait', { platform: 'fake', method: 'detail', retryAfterMs: 500 });
    sync.fake.fail('detail', wait());
    sync.fake.fail('detail', wait());
    await together(shopId, ['w1', 'w2']);
    for (const no of ['w1', 'w2'])
      expect(await work('order', `${shopId}/${no}`)).toMatchObject({ state: 'due', tries: 0, failures: 0 });
  });

  it('are tried again together when orders cannot store them', async () => {
    const shopId = await newShop();
    order('s1');
    order('s2');
    await request(shopId, 'order', [`${shopId}/s1`, `${shopId}/s2`]);
    sync.neighbours.isAway = true;
    await together(shopId, ['s1', 's2']);
    sync.neighbours.isAway = false;
    for (const no of ['s1', 's2'])
      expect(await work('order', `${shopId}/${no}`)).toMatchObject({ state: 'due', tries: 1, failures: 0 });
  });

  describe('and change windows', () => {
    const readWindows = async (shopId: string) => {
      const windows = (await db.query("SELECT subject FROM work WHERE kind = 'window' AND shop_id = $1", [shopId])) as {
        subject: string;
      }[];
      expect(windows.length).toBeGreaterThan(0);
      for (const { subject } of windows) await get(WorkRunner).run({ companyId: COMPANY, kind: 'window', subject });
    };

    it('read only what was not stored since it changed, unless a person asks for the span', async () => {
      const shopId = await newShop();
      const modifiedAt = new Date(Date.now() - HOUR);
      for (const no of ['seen', 'fresh'])
        sync.fake.orders.set(no, { no, state: 'paid', placedAt: modifiedAt, modifiedAt });
      const seen = { ...sync.fake.order('seen'), fetchStartedAt: new Date().toISOString() };
      get(RecentOrders).note(shopId, [seen], new Map([['seen', 'stored' as const]]));
      await get(PullPlanner).plan();
      await readWindows(shopId);
      expect([...sync.neighbours.stored.keys()]).toEqual(expect.arrayContaining(['fresh']));
      expect(sync.neighbours.stored.has('seen')).toBe(false);
      const body = { kind: 'orders', from: new Date(Date.now() - 2 * HOUR).toISOString() };
      expect((await sync.call('POST', `/sync/v1/shops/${shopId}/pulls`, { body })).status).toBeLessThan(300);
      await readWindows(shopId);
      expect(sync.neighbours.stored.has('seen')).toBe(true);
    });

    it('are closed together, each with its own counts; only what the schedule cut is a success of the schedule', async () => {
      const shops = [await newShop(), await newShop()];
      await db.query('UPDATE pull_state SET last_success_at = NULL WHERE shop_id = ANY($1)', [shops]);
      const window = (id: string, shopId: string, requestId: string | null, stored: number) => ({
        ...{ companyId: COMPANY, id: `${id}-${shops[0]}`, shopId, kind: 'orders' as const, requestId },
        counts: { listed: stored + 1, stored, parked: 1, tries: 2 },
      });
      const closed = [
        window('cut', shops[0]!, null, 5),
        window('cut-too', shops[0]!, null, 6),
        window('asked', shops[1]!, 'pul_1', 7),
        window('done', shops[1]!, 'pul_1', 8),
      ];
      for (const { id, shopId, requestId } of closed)
        await db.query(
          `INSERT INTO change_window (company_id, id, shop_id, kind, from_at, to_at, after_at, request_id, state, last_error)
           VALUES ($1, $2, $3, 'orders', now() - interval '1 hour', now(), now(), $4, $5, 'away')`,
          [COMPANY, id, shopId, requestId, id.startsWith('done') ? 'done' : 'due'],
        );
      const at = new Date('2026-11-01T00:00:00Z');
      await inTransaction(db, (tx) => get(PullRepository).closeWindows(tx, closed, at));
      const rows = (await db.query(
        `SELECT split_part(id, '-shp', 1) AS id, state, listed, stored, parked, tries, last_error, done_at FROM change_window
          WHERE id = ANY($1) ORDER BY id`,
        [closed.map(({ id }) => id)],
      )) as object[];
      const done = { state: 'done', parked: 1, tries: 2, last_error: null, done_at: at };
      expect(rows).toEqual([
        { id: 'asked', ...done, listed: 8, stored: 7 },
        { id: 'cut', ...done, listed: 6, stored: 5 },
        { id: 'cut-too', ...done, listed: 7, stored: 6 },
        { id: 'done', ...done, listed: 0, stored: 0, parked: 0, tries: 0, last_error: 'away', done_at: null },
      ]);
      const successes = (await db.query(
        'SELECT shop_id, kind FROM pull_state WHERE shop_id = ANY($1) AND last_success_at = $2',
        [shops, at],
      )) as object[];
      expect(successes).toEqual([{ shop_id: shops[0], kind: 'orders' }]);
    });

    it('of one shop are read in one run and end apart: one that cannot be read is due again', async () => {
      const shopId = await newShop();
      await get(PullPlanner).plan();
      const due = (await db.query(
        `SELECT w.subject FROM work w JOIN change_window c ON c.company_id = w.company_id AND c.id = w.subject
          WHERE w.kind = 'window' AND w.shop_id = $1 AND c.kind = 'orders' ORDER BY 1`,
        [shopId],
      )) as { subject: string }[];
      const [subject, ...more] = due.map((one) => one.subject);
      expect(more.length).toBeGreaterThan(0);
      sync.fake.fail('changed', new PlatformError('transient', 'away', { platform: 'fake', method: 'changed' }));
      expect(await get(WorkRunner).run({ companyId: COMPANY, kind: 'window', subject: subject!, more })).toBe(true);
      const states = (await db.query(
        `SELECT c.state, c.tries, w.tries AS runs, w.claimed_until FROM change_window c
           LEFT JOIN work w ON w.company_id = c.company_id AND w.kind = 'window' AND w.subject = c.id
          WHERE c.shop_id = $1 AND c.kind = 'orders' ORDER BY c.state DESC`,
        [shopId],
      )) as object[];
      expect(states[0]).toEqual({ state: 'due', tries: 1, runs: 1, claimed_until: null });
      expect(states.slice(1)).toEqual(more.map(() => ({ state: 'done', tries: 1, runs: null, claimed_until: null })));
      const [stored] = (await db.query(
        `SELECT last_success_at FROM pull_state WHERE shop_id = $1 AND kind = 'orders'`,
        [shopId],
      )) as { last_success_at: Date | null }[];
      expect(stored!.last_success_at).not.toBeNull();
    });
  });
});
