import { DataSource } from 'typeorm';
import { PlatformError, type PushListener } from '@app/platforms';
import { DOWN_WORTH_TELLING_MS, MessageConnections } from '../message/message.connections';
import { BanKeeper } from '../platform/ban.keeper';
import { ShopReader } from '../shop/shop.reader';
import { startSync, type SyncFixture } from '../testing/sync.fixture';
import { Schedule } from '../work/schedule';

const COMPANY = 'cmp_test';
const HOUR = 3_600_000;

describe('alarms that open and close by themselves', () => {
  let sync: SyncFixture;
  let db: DataSource;
  let shopId: string;
  let listener: PushListener;
  let closed = 0;
  const get = <T>(type: abstract new (...args: never[]) => T): T => sync.app.get(type, { strict: false });
  const open = async (kind: string): Promise<any[]> =>
    (await sync.call('GET', '/sync/v1/alarms?open=true')).body.items.filter((alarm: any) => alarm.kind === kind);

  beforeAll(async () => {
    sync = await startSync({ works: false });
    db = get(DataSource);
    sync.fake.platform.port.connectPush = (_call, given) => {
      listener = given;
      return { close: () => Promise.resolve(void (closed += 1)) };
    };
    const shop = { platform: 'fake', name: 'x', platformShopId: '1', appKey: 'app', appSecret: 's', accessToken: 't' };
    shopId = (await sync.call('POST', '/sync/v1/shops', { body: shop })).body.id;
  });
  afterAll(() => sync.close());

  it('[P17] tell of a ban while it lasts, once however often it is lengthened', async () => {
    const shop = await get(ShopReader).get(COMPANY, shopId);
    const ban = (ms: number) =>
      get(BanKeeper).remember(
        shop,
        new PlatformError('rate-limited', 'banned', { method: 'detail', retryAfterMs: ms, platformCode: '7' }),
        ms,
      );
    await ban(2 * HOUR);
    await ban(5 * HOUR);
    expect(await open('PLATFORM_BAN')).toMatchObject([{ shopId, subject: `fake/app/${shopId}/detail` }]);
    await get(BanKeeper).end();
    expect(await open('PLATFORM_BAN')).toHaveLength(1);
    await db.query('UPDATE ban SET until = $1', [new Date(Date.now() - 1)]);
    await get(BanKeeper).end();
    expect([await open('PLATFORM_BAN'), await db.query('SELECT 1 FROM ban')]).toEqual([[], []]);
  });

  it('[P17] tell of a push connection that is down for long, and close when it is back or of no use any more', async () => {
    const connections = get(MessageConnections);
    const tick = async () => {
      for (let round = 0; round < 3; round += 1) await get(Schedule).tick();
    };
    const ages = () => {
      const held = (connections as unknown as { open: Map<string, { downSince: number }> }).open.get('fake/app')!;
      held.downSince -= DOWN_WORTH_TELLING_MS;
    };
    await tick();
    expect([connections.isUp('fake', 'app'), await open('PUSH_CONNECTION')]).toEqual([false, []]);
    ages();
    await tick();
    expect(await open('PUSH_CONNECTION')).toMatchObject([
      { subject: 'fake/app', message: expect.stringContaining('not logged in') },
    ]);
    listener.onState!('up');
    await tick();
    expect([connections.isUp('fake', 'app'), await open('PUSH_CONNECTION')]).toEqual([true, []]);
    listener.onState!('down', 'closed by the platform');
    await tick();
    expect(await open('PUSH_CONNECTION')).toEqual([]);
    ages();
    await tick();
    expect((await open('PUSH_CONNECTION'))[0].message).toContain('closed by the platform');
    await db.query(`UPDATE shop SET token_state = 'revoked'`);
    await tick();
    expect([await open('PUSH_CONNECTION'), closed]).toEqual([[], 1]);
  });
});
