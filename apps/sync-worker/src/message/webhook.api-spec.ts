import { createHmac } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { PlatformError, type PlatformPort, type WebhookRequest } from '@app/platforms';
import { startSync, type SyncFixture } from '../testing/sync.fixture';

const hmac = (secret: string, bytes: Buffer | string): string =>
  createHmac('sha256', secret).update(bytes).digest('hex');

describe('messages of platforms by webhook', () => {
  let sync: SyncFixture;
  let base = '';
  const seen: WebhookRequest[] = [];

  beforeAll(async () => {
    sync = await startSync({ works: false });
    base = `http://127.0.0.1:${(sync.app.getHttpServer().address() as AddressInfo).port}`;
    const port: Pick<PlatformPort, 'receivePush'> = {
      async receivePush({ app }, request) {
        seen.push(request);
        if (request.headers['x-sign'] !== hmac(app.appSecret, request.rawBody))
          throw new PlatformError('rejected', 'The sign is wrong.', { method: 'push' });
        const { id, shop, no } = JSON.parse(request.rawBody.toString('utf8')) as Record<string, string>;
        return {
          messages: [{ messageId: id!, topic: 't', kind: 'order', platformShopId: shop, platformOrderNo: no }],
          reply: { status: 200, contentType: 'application/json', body: '{"code":0}' },
        };
      },
    };
    Object.assign(sync.fake.platform.port, port);
    const shop = { platform: 'fake', name: '店', appKey: 'app-7', appSecret: 'secret-7', accessToken: 'x' };
    for (const platformShopId of ['w1', 'w2'])
      expect((await sync.call('POST', '/sync/v1/shops', { body: { ...shop, platformShopId } })).status).toBe(201);
    const other = { ...shop, platformShopId: 'w3', appSecret: 'secret-8' };
    expect((await sync.call('POST', '/sync/v1/shops', { body: other })).status).toBe(201);
  });
  afterAll(() => sync.close());

  const deliver = async (body: string, sign: string, app = 'app-7', type = 'application/json') => {
    const headers = { 'content-type': type, 'x-sign': sign };
    const response = await fetch(`${base}/webhooks/fake/${app}?n=1`, { method: 'POST', body, headers });
    return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
  };
  const work = async (no: string): Promise<number> => {
    const database = await sync.database.open('sync');
    const rows = (await database.query(`SELECT 1 FROM work WHERE kind = 'order' AND subject LIKE '%/' || $1`, [
      no,
    ])) as unknown[];
    return rows.length;
  };

  it('[P19] takes a signed message and answers when the pull that it causes is stored; again it causes nothing', async () => {
    const body = '{"id":"m1", "shop":"w1",\n "no":"71",  "备注":"快点🎁"}';
    const first = await deliver(body, hmac('secret-7', body));
    expect(first).toEqual({ status: 200, type: expect.stringContaining('application/json'), text: '{"code":0}' });
    expect(seen.at(-1)!.rawBody.toString('utf8')).toBe(body);
    expect(seen.at(-1)!.query).toEqual({ n: '1' });
    expect(await work('71')).toBe(1);
    const database = await sync.database.open('sync');
    await database.query(`DELETE FROM work WHERE subject LIKE '%/71'`);
    expect((await deliver(body, hmac('secret-7', body))).status).toBe(200);
    expect(await work('71')).toBe(0);
  });

  it('[P19] judges the bytes whatever type they claim to be, by any secret that the app has here', async () => {
    const body = '{"id":"m2","shop":"w2","no":"72"}';
    expect((await deliver(body, hmac('secret-8', body), 'app-7', 'text/html')).status).toBe(200);
    expect(await work('72')).toBe(1);
  });

  it('[P19] refuses a message with one flipped byte, and one for an app that is not here', async () => {
    const body = '{"id":"m3","shop":"w1","no":"73"}';
    const flipped = await deliver(body.replace('73', '74'), hmac('secret-7', body));
    expect([flipped.status, JSON.parse(flipped.text).code]).toEqual([401, 'WEBHOOK.BAD_SIGNATURE']);
    expect((await work('73')) + (await work('74'))).toBe(0);
    const nowhere = await deliver(body, hmac('secret-7', body), 'app-9');
    expect([nowhere.status, JSON.parse(nowhere.text).code]).toEqual([404, 'WEBHOOK.NOT_FOUND']);
    const notJson = await deliver('not json', 'x');
    expect([notJson.status, JSON.parse(notJson.text).code]).toEqual([401, 'WEBHOOK.BAD_SIGNATURE']);
  });

  it('[P19] refuses a body that is larger than 1 MiB', async () => {
    const large = await deliver(`"${'x'.repeat(1_100_000)}"`, 'x');
    expect([large.status, JSON.parse(large.text).code]).toEqual([413, 'BODY_TOO_LARGE']);
  });
});
