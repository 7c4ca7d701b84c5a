import { PlatformError } from '@app/platforms';
import { startSync, until, type SyncFixture } from '../testing/sync.fixture';

const HOUR = 3_600_000;

describe('the state of synchronisation', () => {
  let sync: SyncFixture;
  let shopId: string;
  let otherId: string;

  const addShop = async (platformShopId: string, more: object = {}): Promise<string> => {
    const body = {
      platform: 'fake',
      name: `店${platformShopId}`,
      platformShopId,
      appKey: 'app',
      appSecret: 's',
      goLiveAt: new Date(Date.now() - 6 * HOUR).toISOString(),
      ...more,
    };
    return (await sync.call('POST', '/sync/v1/shops', { body })).body.id as string;
  };
  const stateOf = async (id: string) =>
    (await sync.call('GET', '/sync/v1/state')).body.items.find((one: { shopId: string }) => one.shopId === id);

  beforeAll(async () => {
    sync = await startSync({ works: true });
    shopId = await addShop('1', { accessToken: 'token-1' });
    otherId = await addShop('2');
  });

  afterAll(() => sync.close());

  it('[P17] shows per shop how far each kind is pulled, what is proven and what waits, with a verdict', async () => {
    await until('the shop stands well', async () => (await stateOf(shopId)).verdict === 'good');
    await until('windows are proven', async () => (await stateOf(shopId)).census.windowsProven >= 5);
    const state = await stateOf(shopId);
    expect(state).toMatchObject({
      name: '店1',
      platform: 'fake',
      reasons: [],
      token: 'valid',
      switches: { pull: 'on', push: 'off', shipNotice: 'on' },
      census: { windowsOpen: expect.any(Number), openGaps: 0 },
      telling: { numbersRefused: 0, noticesOpen: 0 },
      alarms: 0,
    });
    expect(Date.parse(state.census.provenTo)).toBeGreaterThan(Date.now() - 3 * HOUR);
    const orders = state.kinds.find(({ kind }: { kind: string }) => kind === 'orders');
    expect(orders).toMatchObject({ lastSuccessAt: expect.any(String), lagSeconds: expect.any(Number) });
    expect(orders.lagSeconds).toBeLessThan(60);
  });

  it('[P17] says of a shop that stands still why, and of one with failed jobs how many', async () => {
    expect(await stateOf(otherId)).toMatchObject({
      verdict: 'stopped',
      reasons: expect.arrayContaining(['the token is missing']),
    });
    for (let fault = 0; fault < 5; fault += 1)
      sync.fake.fail('detail', new PlatformError('rejected', 'bad', { method: 'detail' }));
    await sync.call('POST', `/sync/v1/shops/${shopId}/pulls`, { body: { kind: 'order', platformOrderNo: 'gone' } });
    await until('the job is given up', async () => (await stateOf(shopId)).work.dead === 1, 45_000);
    const { verdict, reasons } = await stateOf(shopId);
    expect([verdict, reasons[0]]).toEqual(['attention', '1 jobs were given up']);
  }, 60_000);

  it('[P17] shows a client only the shops that it is limited to, page by page', async () => {
    const token = await sync.identity.token({ scopes: ['sync:read'], shops: [otherId] });
    const limited = (await sync.call('GET', '/sync/v1/state', { token })).body;
    expect(limited.items.map((one: { shopId: string }) => one.shopId)).toEqual([otherId]);
    const first = (await sync.call('GET', '/sync/v1/state?limit=1')).body;
    expect(first.nextCursor).not.toBeNull();
    const second = (await sync.call('GET', `/sync/v1/state?limit=1&cursor=${first.nextCursor}`)).body;
    expect([first.items[0].shopId, second.items[0].shopId].sort()).toEqual([shopId, otherId].sort());
  });

  it('[P28] says of each platform which edition of its interface is followed, and which assumptions hold here', async () => {
    const { status, body } = await sync.call('GET', '/sync/v1/platforms');
    expect(status).toBe(200);
    expect(body.items).toMatchObject([
      {
        code: 'fake',
        portVersion: 1,
        api: { version: '1', checkedOn: '2026-11-01' },
        capabilities: { stockMeans: 'sellable' },
        assumptions: [
          { env: 'FAKE_URL', value: 'http://elsewhere', default: 'http://fake', isChanged: true },
          { env: 'FAKE_UNIT', value: 'fen', isChanged: false, meaning: expect.stringMatching(/Unit/) },
        ],
      },
    ]);
  });
});
