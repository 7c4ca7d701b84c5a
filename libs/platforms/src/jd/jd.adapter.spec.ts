import { createServer, Server } from 'node:http';
import { AddressInfo } from 'node:net';
import { manifest } from './index';
import { JdAdapter } from './jd.adapter';
import { fakeCall, fakeConfig, fixtureText } from './jd.client.fake';
import { JdConfig } from './jd.config';

const LIST = 'jingdong.pop.afs.soa.refundapply.queryPageList';

describe('JD behind the port', () => {
  let server: Server;
  let url = '';
  let methods: string[] = [];
  let refunds: object[] = [];
  let date: Date | undefined;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const method = new URL(request.url!, 'http://x').searchParams.get('method') ?? '';
      methods.push(method);
      response.sendDate = false;
      if (date) response.setHeader('date', date.toUTCString());
      request.resume();
      const queryResult = { success: true, totalCount: refunds.length, result: refunds };
      if (method === LIST)
        return response.end(JSON.stringify({ [`${LIST.replaceAll('.', '_')}_responce`]: { code: '0', queryResult } }));
      if (method === '') return response.end('{"error_response":{"code":"14"}}');
      return response.end(fixtureText('order-detail.json'));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/routerjson`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  beforeEach(() => {
    methods = [];
    refunds = [];
    date = undefined;
  });

  const adapter = (change: Partial<JdConfig> = {}): JdAdapter =>
    new JdAdapter(fakeConfig({ gatewayUrl: url, ...change }));

  it('asks for refunds before it says that an order may be shipped', async () => {
    refunds = [{ id: 1, orderId: '296716636166', status: 0 }];
    const view = await adapter().orderState(fakeCall, '296716636166');
    expect(view).toMatchObject({ platformState: 'paid', forbids: [], lines: [{ refundState: 'requested' }] });
    expect(methods).toEqual([LIST, 'jingdong.pop.order.enGet']);
    const quiet = await adapter({ askRefunds: false }).orderState(fakeCall, '296716636166');
    expect(quiet.lines[0]!.refundState).toBe('none');
    expect(methods).toHaveLength(3);
  });

  it('tells JD’s time by the Date header, and says so when there is none', async () => {
    date = new Date(fakeCall.wireNow().getTime() + 60_000);
    const time = await adapter().serverTime(fakeCall);
    expect([time.platformTime, time.skewMs, time.roundTripMs]).toEqual([date, 60_500, 0]);
    date = undefined;
    await expect(adapter().serverTime(fakeCall)).rejects.toMatchObject({ kind: 'transient' });
  });

  it('promises only what the sheet knows', () => {
    expect(manifest.capabilities).toMatchObject({
      changedOrders: 'orders',
      partialShipment: 'order',
      stockMeans: 'on-hand',
      pushTransport: [],
      unpaidVisible: false,
    });
    expect(manifest.windows.orders!.maxSpanSeconds).toBe(28 * 86_400);
    expect(new Set(manifest.configKeys.map((key) => key.env)).size).toBe(manifest.configKeys.length);
    expect(
      manifest.configKeys.every((key) => key.env.startsWith('JD_') && /JD sheet|milliseconds|bytes/.test(key.doc)),
    ).toBe(true);
  });
});
