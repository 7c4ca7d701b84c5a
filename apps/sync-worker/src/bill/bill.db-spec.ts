import { DataSource } from 'typeorm';
import { inTransaction, shanghaiDay } from '@app/shared';
import { PlatformError } from '@app/platforms';
import { ShopReader } from '../shop/shop.reader';
import { startSync, type SyncFixture } from '../testing/sync.fixture';
import { WorkDesk } from '../work/work.desk';
import type { WorkKind } from '../work/work.kinds';
import { WorkRepository } from '../work/work.repository';
import { WorkRunner } from '../work/work.runner';
import { BillLedger } from './bill.handler';
import { BillPlanner } from './bill.planner';
import { BillRepository } from './bill.repository';

const COMPANY = 'cmp_test';
const DAY_MS = 86_400_000;
const file = (text: string) => Buffer.from(`PK${text}\u0000\r\n`, 'utf8');

describe('bills of days', () => {
  let sync: SyncFixture;
  let db: DataSource;
  let number = 0;
  const get = <T>(type: abstract new (...args: never[]) => T): T => sync.app.get(type, { strict: false });
  const daysAgo = (days: number): string => shanghaiDay(new Date(Date.now() - days * DAY_MS));
  const shopWith = async (goLiveDaysAgo: number, more: object = {}): Promise<string> => {
    const goLiveAt = new Date(Date.now() - goLiveDaysAgo * DAY_MS).toISOString();
    number += 1;
    const shop = { platform: 'fake', name: 'x', platformShopId: String(number), appKey: 'app', appSecret: 's' };
    const { body } = await sync.call('POST', '/sync/v1/shops', { body: { ...shop, goLiveAt, ...more } });
    await setAccount(body.id as string, 1);
    return body.id as string;
  };
  const setAccount = (shopId: string, expectedVersion: number) =>
    sync.call('PUT', `/sync/v1/shops/${shopId}/bill-account`, {
      body: { appId: 'ali', privateKeyPem: 'SECRET KEY', platformPublicKeyPem: 'PUBLIC KEY', expectedVersion },
    });
  const planned = async (shopId: string): Promise<string[]> => {
    await db.query(`UPDATE pull_state SET next_plan_at = '2001-01-01' WHERE kind = 'bills'`);
    await get(BillPlanner).plan();
    const rows = await db.query('SELECT day FROM bill_day WHERE shop_id = $1 ORDER BY day', [shopId]);
    return (rows as { day: string }[]).map(({ day }) => day);
  };
  const run = (subject: string, kind: WorkKind = 'bill') => get(WorkRunner).run({ companyId: COMPANY, kind, subject });
  const dueNow = async (subject: string): Promise<void> => {
    const [shopId, day] = subject.split('/');
    await db.query(`UPDATE bill_day SET due_at = '2001-01-01' WHERE shop_id = $1 AND day = $2`, [shopId, day]);
    await db.query(`UPDATE work SET due_at = '2001-01-01' WHERE subject = $1`, [subject]);
    await get(BillPlanner).plan();
  };
  const stateOf = async (subject: string): Promise<any> => {
    const [shopId, day] = subject.split('/');
    return (await db.query('SELECT * FROM bill_day WHERE shop_id = $1 AND day = $2', [shopId, day]))[0];
  };
  const openAlarms = async (): Promise<string[]> =>
    (await sync.call('GET', '/sync/v1/alarms?open=true&limit=500')).body.items.map(
      (alarm: { kind: string; subject: string }) => `${alarm.kind} ${alarm.subject}`,
    );

  beforeAll(async () => {
    sync = await startSync({ works: false });
    db = get(DataSource);
  });
  afterAll(() => sync.close());
  beforeEach(() => {
    sync.fake.bills.clear();
    sync.neighbours.bills.length = 0;
  });

  it('[S1] are cut from the go-live on, at most sixty days back, and only for a shop with an account', async () => {
    const young = await shopWith(3);
    expect(await planned(young)).toEqual([daysAgo(3), daysAgo(2), daysAgo(1)]);
    const old = await shopWith(200);
    await planned(old);
    const days = await planned(old);
    expect([days.length, days[0]]).toEqual([60, daysAgo(60)]);
    number += 1;
    const bare = { platform: 'fake', name: 'x', platformShopId: String(number), appKey: 'app', appSecret: 's' };
    const { body } = await sync.call('POST', '/sync/v1/shops', { body: bare });
    expect(await planned(body.id)).toEqual([]);
  });

  it('[S1] are fetched once however many workers take the row, and not again when they are done', async () => {
    const day = daysAgo(2);
    const subject = `${await shopWith(2)}/${day}`;
    sync.fake.bills.set(day, [file('whole')]);
    await planned(subject.split('/')[0]!);
    const before = sync.fake.count('bill');
    const ran = await Promise.all(Array.from({ length: 8 }, () => run(subject)));
    expect(ran.filter(Boolean)).toHaveLength(1);
    await inTransaction(db, (tx) =>
      get(WorkDesk).request(tx, { companyId: COMPANY, id: subject.split('/')[0]!, platform: 'fake' }, 'bill', [
        subject,
      ]),
    );
    await run(subject);
    expect(sync.fake.count('bill') - before).toBe(1);
    expect(sync.neighbours.bills.map(({ bytes }) => bytes)).toEqual([file('whole')]);
    expect(await stateOf(subject)).toMatchObject({ state: 'done', due_at: null, row_count: 3, new_count: 3 });
  });

  it('[S1] end the same when the process dies after the fetch, or after settlement took the file', async () => {
    const day = daysAgo(2);
    const shopId = await shopWith(2);
    const subject = `${shopId}/${day}`;
    sync.fake.bills.set(day, [file('lost answer')]);
    await planned(shopId);
    sync.neighbours.isAway = true;
    await run(subject);
    sync.neighbours.isAway = false;
    expect(sync.neighbours.bills).toHaveLength(0);
    sync.neighbours.verdicts.push('answer-lost');
    await dueNow(subject);
    await run(subject);
    expect([sync.neighbours.bills.length, (await stateOf(subject)).state]).toEqual([1, 'waiting']);
    await dueNow(subject);
    await run(subject);
    expect(sync.neighbours.bills.map(({ bytes }) => bytes.equals(file('lost answer')))).toEqual([true, true]);
    expect(await stateOf(subject)).toMatchObject({ state: 'done', row_count: 3, new_count: 0 });
    expect(await db.query('SELECT 1 FROM work WHERE subject = $1', [subject])).toEqual([]);
  });

  it('[S1] wait longer and longer while the platform has no file, and raise no alarm', async () => {
    const day = daysAgo(2);
    const shopId = await shopWith(2);
    const subject = `${shopId}/${day}`;
    await planned(shopId);
    await run(subject);
    const first = await stateOf(subject);
    expect([first.state, first.tries]).toEqual(['not_ready', 1]);
    expect(first.due_at.getTime() - Date.now()).toBeGreaterThan(29 * 60_000);
    await dueNow(subject);
    await run(subject);
    const second = await stateOf(subject);
    expect(second.due_at.getTime() - Date.now()).toBeGreaterThan(59 * 60_000);
    expect((await openAlarms()).filter((alarm) => alarm.includes(shopId))).toEqual([]);
    sync.fake.bills.set(day, [file('late')]);
    await dueNow(subject);
    await run(subject);
    expect((await stateOf(subject)).state).toBe('done');
  });

  it('[S1] keep an alarm open while their file is not whole, and close it with a later file that is', async () => {
    const day = daysAgo(2);
    const shopId = await shopWith(2);
    const subject = `${shopId}/${day}`;
    sync.fake.bills.set(day, [file('broken'), file('no bill at all'), file('right')]);
    const problems = [{ code: 'footer_sum', message: 'The sums differ.' }];
    sync.neighbours.verdicts.push(
      { rows: 3, new: 0, whole: false, problems },
      { status: 400, code: 'BILL_FILE.INVALID', detail: 'it holds no detail list' },
    );
    await planned(shopId);
    for (const reason of ['The sums differ.', 'it holds no detail list']) {
      await run(subject);
      expect(await stateOf(subject)).toMatchObject({ state: 'not_whole', reason: expect.stringContaining(reason) });
      expect(await openAlarms()).toContain(`BILL_NOT_WHOLE ${subject}`);
      await dueNow(subject);
    }
    await run(subject);
    expect(await stateOf(subject)).toMatchObject({ state: 'done', reason: '' });
    expect(await openAlarms()).not.toContain(`BILL_NOT_WHOLE ${subject}`);
  });

  it('[S1] are not undone by a fetch that comes late, nor ended by one that began before they were asked for anew', async () => {
    const day = daysAgo(2);
    const shopId = await shopWith(2);
    const subject = `${shopId}/${day}`;
    sync.fake.bills.set(day, [file('one')]);
    await planned(shopId);
    const shop = await get(ShopReader).get(COMPANY, shopId);
    const late = (await get(BillLedger).find(COMPANY, shopId, day))!;
    await run(subject);
    const delivered = { kind: 'not-whole' as const, rows: 1, fresh: 0, reason: 'cut off' };
    await get(BillLedger).note(shop, late, undefined, { state: 'not_whole', reason: 'cut off', delivered });
    expect((await stateOf(subject)).state).toBe('done');
    await inTransaction(db, (tx) => get(BillRepository).ask(tx, COMPANY, shopId, [day], new Date()));
    const whole = { kind: 'whole' as const, rows: 1, fresh: 1, reason: '' };
    await get(BillLedger).note(shop, late, undefined, { state: 'done', reason: '', delivered: whole });
    expect((await stateOf(subject)).state).toBe('waiting');
    expect((await openAlarms()).filter((alarm) => alarm.includes(shopId))).toEqual([]);
  });

  it('[S1] tell of an account that is refused, and are fetched as soon as it is set anew', async () => {
    const day = daysAgo(2);
    const shopId = await shopWith(2);
    const subject = `${shopId}/${day}`;
    const refusal = new PlatformError('rejected', 'isv.invalid-signature', { method: 'bill', reason: 'configuration' });
    sync.fake.bills.set(day, [refusal, file('fine')]);
    await planned(shopId);
    const old = (await inTransaction(db, (tx) => get(BillRepository).account(tx, COMPANY, shopId)))!;
    await run(subject);
    expect(await stateOf(subject)).toMatchObject({ state: 'refused' });
    expect(await openAlarms()).toContain(`BILL_ACCOUNT_REFUSED ${shopId}`);
    const { body: sick } = await sync.call('GET', `/sync/v1/shops/${shopId}/health`);
    expect(sick.billAccount).toEqual({ state: 'refused', appId: 'ali', error: 'isv.invalid-signature' });
    expect(sick.token.state).toBe('missing');
    await setAccount(shopId, 2);
    expect(await openAlarms()).not.toContain(`BILL_ACCOUNT_REFUSED ${shopId}`);
    expect(await inTransaction(db, (tx) => get(BillRepository).judge(tx, old, 'refused', 'late'))).toBe(0);
    await get(BillPlanner).plan();
    await run(subject);
    expect(await stateOf(subject)).toMatchObject({ state: 'done' });
    expect((await sync.call('GET', `/sync/v1/shops/${shopId}/health`)).body.billAccount.state).toBe('working');
  });

  it('[S1] of another account than the shop’s are not taken, and a shop that settlement has not heard of waits', async () => {
    const day = daysAgo(2);
    const shopId = await shopWith(2);
    const subject = `${shopId}/${day}`;
    sync.fake.bills.set(day, [file('other')]);
    sync.neighbours.verdicts.push(
      { status: 404, code: 'SHOP.NOT_FOUND', detail: 'There is no shop.' },
      { status: 409, code: 'BILL_FILE.OTHER_ACCOUNT', detail: 'The file is of another account.' },
    );
    await planned(shopId);
    await run(subject);
    expect((await db.query('SELECT state, tries FROM work WHERE subject = $1', [subject]))[0]).toEqual({
      state: 'due',
      tries: 0,
    });
    await dueNow(subject);
    await run(subject);
    expect(await stateOf(subject)).toMatchObject({ state: 'refused', reason: 'The file is of another account.' });
    expect(await openAlarms()).toContain(`BILL_ACCOUNT_REFUSED ${shopId}`);
  });

  it('[P16] are given up after five failures with their cause, and fetched when that is replayed', async () => {
    const day = daysAgo(2);
    const shopId = await shopWith(2);
    const subject = `${shopId}/${day}`;
    sync.fake.bills.set(day, [...Array.from({ length: 5 }, () => new Error('our bug')), file('at last')]);
    await planned(shopId);
    for (let tries = 0; tries < 5; tries += 1) {
      await run(subject);
      await db.query(`UPDATE work SET due_at = '2001-01-01' WHERE subject = $1`, [subject]);
    }
    expect(await stateOf(subject)).toMatchObject({ state: 'failed', reason: 'our bug' });
    await get(BillPlanner).plan();
    const [dead] = await db.query('SELECT state, dead_id FROM work WHERE subject = $1', [subject]);
    expect(dead.state).toBe('dead');
    await sync.call('POST', `/sync/v1/failed-jobs/${dead.dead_id}/replay`);
    await run(subject);
    expect((await stateOf(subject)).state).toBe('done');
  });

  it('[P12] need no token of the shop, and rest while its pull is paused', async () => {
    const shopId = await shopWith(2);
    const taken = async () => {
      await db.query('UPDATE work SET queued_until = NULL');
      const refs = await inTransaction(db, (tx) =>
        get(WorkRepository).takeDue(tx, new Date(), new Date(Date.now() + 1_000), 100),
      );
      return refs.filter(({ subject }) => subject.startsWith(shopId)).map(({ kind, lane }) => `${kind} ${lane}`);
    };
    await planned(shopId);
    expect(await taken()).toContain('bill bill');
    await sync.call('POST', `/sync/v1/shops/${shopId}/pause`, { body: { what: 'pull', expectedVersion: 2 } });
    expect(await taken()).toEqual([]);
  });
});
