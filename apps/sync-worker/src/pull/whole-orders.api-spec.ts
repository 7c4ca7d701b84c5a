import { startSync, until, type SyncFixture } from '../testing/sync.fixture';

const HOUR = 3_600_000;

describe('orders of a platform whose lists carry them whole', () => {
  let sync: SyncFixture;
  let shopId: string;
  const put = (no: string, more: object = {}, at = new Date()) =>
    sync.fake.orders.set(no, { no, state: 'paid', placedAt: at, modifiedAt: at, ...more });
  const pulled = async (from: number, to: number) => {
    const body = { kind: 'orders', from: new Date(from).toISOString(), to: new Date(to).toISOString() };
    const pulls = `/sync/v1/shops/${shopId}/pulls`;
    const { jobId } = (await sync.call('POST', pulls, { body })).body;
    const pull = async () => (await sync.call('GET', `${pulls}/${jobId}`)).body;
    await until('the window is read', async () => (await pull()).state === 'done');
    return (await pull()).result;
  };

  beforeAll(async () => {
    sync = await startSync({ works: true });
    sync.fake.can({ changedOrders: 'orders' });
    const app = { platform: 'fake', name: '店', platformShopId: '78', appKey: 'app', appSecret: 's', accessToken: 't' };
    const goLiveAt = new Date(Date.now() - HOUR).toISOString();
    shopId = (await sync.call('POST', '/sync/v1/shops', { body: { ...app, goLiveAt } })).body.id;
  });
  afterAll(() => sync.close());

  it('[P6] stores the orders of its lists without asking for each', async () => {
    put('w1');
    await until('it is stored', () => sync.neighbours.stored.has('w1'));
    expect(sync.fake.count('detail')).toBe(0);
  });

  it('[P6] asks alone for an order that its list shows in a form that cannot be read', async () => {
    const at = Date.now() - 100 * HOUR;
    put('odd', { unreadableListings: 1_000 }, new Date(at));
    put('plain', {}, new Date(at));

    const result = await pulled(at - HOUR, at + HOUR);

    expect(result).toMatchObject({ windows: 1, done: 1, listed: 1, stored: 1 });
    await until('the odd one is stored', () => sync.neighbours.stored.has('odd'));
    expect(sync.fake.count('detail')).toBeGreaterThan(0);
  });

  it('[P6] takes the order from the second reading of its window when that one can be read', async () => {
    const at = Date.now() - 200 * HOUR;
    put('once', { unreadableListings: 1 }, new Date(at));

    expect(await pulled(at - HOUR, at + HOUR)).toMatchObject({ listed: 1, stored: 1 });
    expect(sync.neighbours.stored.has('once')).toBe(true);
  });
});
