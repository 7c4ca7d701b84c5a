import { shanghaiDay } from '@app/shared';
import { startSync, until, type SyncFixture } from './testing/sync.fixture';

const DAY_MS = 86_400_000;
const file = (text: string) => Buffer.from(`PK${text}\u0000\r\n--x\r\n`, 'utf8');

describe('bills as merchants and operators see them', () => {
  let sync: SyncFixture;
  let shopId: string;
  const daysAgo = (days: number): string => shanghaiDay(new Date(Date.now() - days * DAY_MS));
  /** Yesterday's bill may not be due before nine. */
  const days = [4, 3, 2].map(daysAgo);
  const account = (more: object = {}) => ({
    appId: '2021000000000001',
    privateKeyPem: 'the merchant’s PRIVATE KEY',
    platformPublicKeyPem: 'the provider’s PUBLIC KEY',
    expectedVersion: 1,
    ...more,
  });
  const setAccount = (body: object, id = shopId) => sync.call('PUT', `/sync/v1/shops/${id}/bill-account`, { body });
  const noon = (day: string) => `${day}T12:00:00+08:00`;
  const daysOf = async (): Promise<any[]> => {
    const from = encodeURIComponent(noon(days[0]!));
    const to = encodeURIComponent(noon(days[2]!));
    return (await sync.call('GET', `/sync/v1/shops/${shopId}/completeness?kind=bills&from=${from}&to=${to}`)).body.days;
  };
  const health = async () => (await sync.call('GET', `/sync/v1/shops/${shopId}/health`)).body;
  const pulled = async (body: object) => {
    const { body: started } = await sync.call('POST', `/sync/v1/shops/${shopId}/pulls`, { body });
    let pull: any;
    await until(`the pull ${started.jobId} is done`, async () => {
      pull = (await sync.call('GET', `/sync/v1/shops/${shopId}/pulls/${started.jobId}`)).body;
      return pull.state === 'done';
    });
    return pull.result;
  };

  beforeAll(async () => {
    sync = await startSync({ works: true });
    const goLiveAt = new Date(Date.now() - 4 * DAY_MS).toISOString();
    const shop = { platform: 'fake', name: '旗舰店', platformShopId: '77', appKey: 'app', appSecret: 's', goLiveAt };
    shopId = (await sync.call('POST', '/sync/v1/shops', { body: shop })).body.id;
    for (const day of days) sync.fake.bills.set(day, [file(day)]);
    sync.fake.bills.set(daysAgo(1), [file(daysAgo(1))]);
  });
  afterAll(() => sync.close());

  it('[S1] refuses an account whose keys cannot be read, of an old version, or of a platform that needs none', async () => {
    const unread = await setAccount(account({ privateKeyPem: 'rubbish' }));
    expect([unread.status, unread.body.code, unread.body.errors[0].field]).toEqual([
      400,
      'VALIDATION',
      'privateKeyPem',
    ]);
    const stale = await setAccount(account({ expectedVersion: 9 }));
    expect([stale.status, stale.body.code, stale.body.version]).toEqual([409, 'SHOP.VERSION_CONFLICT', 1]);
    expect((await setAccount(account(), 'shp_none')).body.code).toBe('SHOP.NOT_FOUND');
    expect((await setAccount({ ...account(), appId: undefined })).body.code).toBe('VALIDATION');
    const { capabilities } = sync.fake.platform.manifest;
    const from = noon(days[0]!);
    capabilities.billsNeedAccount = false;
    expect((await setAccount(account())).body.code).toBe('BILL_ACCOUNT.NOT_OFFERED');
    expect((await health()).billAccount).toEqual({ state: 'not_needed' });
    capabilities.billsNeedAccount = true;
    const { billFiles } = sync.fake.platform.port;
    delete sync.fake.platform.port.billFiles;
    const none = await sync.call('POST', `/sync/v1/shops/${shopId}/pulls`, { body: { kind: 'bills', from } });
    expect([none.status, none.body.code]).toEqual([409, 'PULL.NOT_OFFERED']);
    sync.fake.platform.port.billFiles = billFiles!;
    expect((await health()).billAccount).toEqual({ state: 'missing' });
    expect((await health()).advice).toContainEqual(expect.stringContaining('bill-account'));
    expect(await daysOf()).toEqual([]);
  });

  it('[S1] fetches the bill of every day since the go-live and hands it to settlement with its bytes unchanged', async () => {
    const set = await setAccount(account());
    expect([set.status, set.body]).toEqual([
      200,
      {
        shopId,
        appId: '2021000000000001',
        state: 'unproven',
        setAt: expect.any(String),
        firstDay: days[0],
        version: 2,
      },
    ]);
    await until('the days are done', async () => {
      const found = await daysOf();
      return found.length === 3 && found.every(({ state }) => state === 'done');
    });
    const posted = sync.neighbours.bills.filter(({ fileName }) => days.some((day) => fileName.includes(day)));
    expect(posted.map(({ fileName }) => fileName).sort()).toEqual(days.map((day) => `账单_${day}.zip`).sort());
    for (const bill of posted) {
      const day = bill.fileName.slice(3, 13);
      expect([bill.shopId, bill.format, bill.bytes.equals(file(day))]).toEqual([shopId, 'fake-bill', true]);
    }
    expect(await daysOf()).toMatchObject(
      days.map((day) => ({ day, state: 'done', dueAt: null, rows: 3, newRows: 3, reason: '' })),
    );
    expect(sync.fake.billAccounts[0]).toEqual({
      appId: '2021000000000001',
      privateKeyPem: 'the merchant’s PRIVATE KEY',
      platformPublicKeyPem: 'the provider’s PUBLIC KEY',
    });
    expect(await health()).toMatchObject({
      billAccount: { state: 'working', appId: '2021000000000001' },
      lastSuccess: { bills: expect.any(String) },
    });
  });

  it('[S1] shows no key of the account anywhere, in the database least of all', async () => {
    const database = await sync.database.open('sync');
    const rows = JSON.stringify([
      await database.query('SELECT * FROM bill_account'),
      await database.query('SELECT * FROM audit_entry'),
      await database.query('SELECT * FROM outbox'),
    ]);
    expect(rows).not.toMatch(/PRIVATE KEY|PUBLIC KEY/);
    expect(rows).toContain('shop.bill-account');
    expect(JSON.stringify(await health())).not.toMatch(/KEY/);
  });

  it('[P27] a dry run proves the files of a span, says what would be stored, and stores nothing', async () => {
    sync.neighbours.bills.splice(0);
    sync.fake.bills.set(days[0]!, [file('broken')]);
    sync.fake.bills.delete(days[1]!);
    const span = { kind: 'bills', from: noon(days[0]!), to: noon(days[2]!) };

    const result = await pulled({ ...span, dryRun: true });

    expect(result).toMatchObject({
      wouldStoreCount: 1,
      wouldStore: [days[2]],
      days: [
        { day: days[0], state: 'not_whole', rows: 2, problems: ['It was cut off.'] },
        { day: days[1], state: 'not_ready', rows: 0 },
        { day: days[2], state: 'whole', rows: 2, problems: [] },
      ],
    });
    expect(sync.neighbours.bills).toEqual([]);
    expect((await daysOf()).map(({ state }) => state)).toEqual(['done', 'done', 'done']);
  });

  it('[S1] fetches days again when a person asks, and waits for settlement as long as it takes', async () => {
    for (const day of days) sync.fake.bills.set(day, [file(`${day} anew`)]);
    sync.neighbours.isAway = true;
    const { body: started } = await sync.call('POST', `/sync/v1/shops/${shopId}/pulls`, {
      body: { kind: 'bills', from: noon(days[0]!), to: noon(days[2]!) },
    });
    const pull = async () => (await sync.call('GET', `/sync/v1/shops/${shopId}/pulls/${started.jobId}`)).body;
    await until('settlement was missed', async () => (await health()).failures.length >= 3);
    expect(await pull()).toMatchObject({ state: 'running', result: { days: 3, done: 0, open: { waiting: 3 } } });
    sync.neighbours.isAway = false;
    await until('the days are done', async () => (await pull()).state === 'done', 30_000);
    expect((await pull()).result).toEqual({ days: 3, done: 3, rows: 9, new: 18, open: {} });
    expect(sync.neighbours.bills.map(({ bytes }) => bytes.toString()).sort()).toEqual(
      days.map((day) => file(`${day} anew`).toString()).sort(),
    );
  }, 60_000);

  it('[S1] raises an alarm for a file that is not whole, and closes it when a later one is', async () => {
    sync.fake.bills.set(days[1]!, [file('broken'), file('mended')]);
    sync.neighbours.verdicts.push({
      rows: 3,
      new: 0,
      whole: false,
      problems: [{ code: 'footer_sum', message: 'The sums differ.' }],
    });
    const body = { kind: 'bills', from: noon(days[1]!), to: `${days[1]}T13:00:00+08:00` };
    const alarm = async () =>
      (await sync.call('GET', '/sync/v1/alarms?open=true')).body.items.find(
        ({ kind, subject }: { kind: string; subject: string }) =>
          kind === 'BILL_NOT_WHOLE' && subject === `${shopId}/${days[1]}`,
      );
    await sync.call('POST', `/sync/v1/shops/${shopId}/pulls`, { body });
    await until('the alarm is raised', async () => (await alarm()) !== undefined);
    expect(await alarm()).toMatchObject({ shopId, message: expect.stringContaining('The sums differ.') });
    expect((await daysOf())[1]).toMatchObject({ state: 'not_whole', dueAt: expect.any(String) });
    await sync.call('POST', `/sync/v1/shops/${shopId}/pulls`, { body });
    await until('the alarm is closed', async () => (await alarm()) === undefined);
    expect((await daysOf())[1]).toMatchObject({ state: 'done' });
  });

  it('[P9] refuses days that are not over, spans that are too long, and spans turned round', async () => {
    const now = new Date();
    const startOfToday = `${shanghaiDay(now)}T00:00:00+08:00`;
    for (const span of [
      { from: startOfToday },
      { from: '2020-01-01T00:00:00+08:00' },
      { from: noon(days[1]!), to: noon(days[0]!) },
      {},
    ]) {
      const refused = await sync.call('POST', `/sync/v1/shops/${shopId}/pulls`, { body: { kind: 'bills', ...span } });
      expect([refused.status, refused.body.code]).toEqual([400, 'VALIDATION']);
    }
  });
});
