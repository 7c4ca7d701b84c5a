import { createServer, Server } from 'node:http';
import { AddressInfo } from 'node:net';
import { PlatformCall } from '../port';
import { DouyinAdapter } from './douyin.adapter';
import { fakeCall, fakeConfig } from './douyin.client.fake';
import { manifest } from './index';

describe('the douyin adapter', () => {
  let server: Server;
  let date: string | undefined;
  let adapter: DouyinAdapter;
  beforeAll(async () => {
    server = createServer((_request, response) => {
      response.sendDate = false;
      if (date) response.setHeader('date', date);
      response.end('{"code":40001,"msg":"x","sub_code":"isv.app-id-missing"}');
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    adapter = new DouyinAdapter(fakeConfig({ gatewayUrl: `http://127.0.0.1:${port}` }));
  });
  afterAll(() => new Promise((done) => server.close(done)));

  it('tells the platform’s time by the Date header of any answer, without a token', async () => {
    date = 'Thu, 25 Sep 2025 02:00:30 GMT';
    const call: PlatformCall = { ...fakeCall, shop: { ...fakeCall.shop, accessToken: undefined } };
    const time = await adapter.serverTime(call);
    expect(time).toEqual({ platformTime: new Date('2025-09-25T02:00:30Z'), skewMs: 30_500, roundTripMs: 0 });
  });

  it('cannot tell it without that header', async () => {
    date = undefined;
    await expect(adapter.serverTime(fakeCall)).rejects.toMatchObject({ kind: 'transient' });
  });

  it('finds no labels of an order, since asking again brings the same number', async () => {
    expect(await adapter.findWaybills()).toEqual([]);
  });

  it('refreshes within the last hour of a token and the seven days behind it, as the platform does', () => {
    expect(manifest.tokens).toMatchObject({
      canRefresh: true,
      refreshWindow: { fromSecondsBeforeEnd: 3_600, untilSecondsAfterEnd: 604_800 },
      codeLivesSeconds: 600,
    });
  });

  it('has a cautious limit for every method that its jobs need, and a carrier code for each of ours once', () => {
    const theirs = Object.values(manifest.carriers);
    expect(new Set(theirs).size).toBe(theirs.length);
    expect(manifest.limits['*']!.shopPerSecond).toBeLessThanOrEqual(10);
  });
});
