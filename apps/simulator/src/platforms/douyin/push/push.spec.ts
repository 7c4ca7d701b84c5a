import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseKeepingIds } from '../../../kit/lossless-json';
import type { Answer } from '../../../testing/harness';
import { eventSign } from '../sign';
import { APP, startHere, type Client } from '../testing/douyin-client';

interface Delivery {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

let client: Client;
let stop: () => Promise<void>;
let server: Server;
const deliveries: Delivery[] = [];
let answer = '{"code":0,"msg":"success"}';

const base = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      deliveries.push({ path: request.url!, headers: request.headers, body: Buffer.concat(chunks).toString('utf8') });
      response.end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { client: own, simulator } = await startHere({ SIMULATOR_WEBHOOK_BASE: `${base()}/` });
  client = own;
  stop = () => simulator.close();
  await client.control('POST', '/seed', { platform: 'douyin', seed: 8, orders: 0, listings: 8, days: 1, stock: 500 });
});
afterAll(async () => {
  await stop();
  await new Promise((resolve) => server.close(resolve));
});
afterEach(() => client.faults());

const messages = (): Answer[] =>
  deliveries.flatMap((one) =>
    (JSON.parse(one.body) as Answer[]).map((message) => ({
      ...message,
      data: message.data === '' ? {} : parseKeepingIds(message.data as string),
    })),
  );
const of = (no: unknown): Answer[] => messages().filter((message) => message.data.p_id === no);
const tags = (no: unknown): string[] => of(no).map((message) => message.tag as string);

async function until(isTrue: () => boolean, ms = 8_000): Promise<void> {
  for (const end = Date.now() + ms; !isTrue();) {
    if (Date.now() > end) throw new Error(`Nothing came: ${JSON.stringify(messages().map((one) => one.tag))}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('pushes', () => {
  it('go to the first program’s address as a signed array with data in texts', async () => {
    const { platformOrderNo: no } = await client.order();
    await until(() => tags(no).includes('110'));
    expect(tags(no)).toEqual(['100', '101', '110']);
    const [first] = deliveries;
    expect(first!.path).toBe(`/webhooks/douyin/${APP.appKey}`);
    expect(first!.headers['app-id']).toBe(APP.appKey);
    expect(first!.headers['event-sign']).toBe(eventSign(APP.appKey, APP.appSecret, first!.body, 'md5'));
    expect(first!.headers['sign-method']).toBeUndefined();
    expect(first!.body).toContain(`\\"p_id\\":${no}`);
  });

  it('tell of shipping, parcels, changes, refunds and their types as the platform writes them', async () => {
    const { platformOrderNo: no } = await client.order(['TEE-RED-S', 'TEE-RED-M']);
    const lines = (await client.control('GET', `/platforms/douyin/orders/${no}`)).lines as Answer[];
    await client.data('order.logisticsAddMultiPack', {
      order_id: no,
      request_id: 'p1',
      pack_list: [
        {
          company_code: 'yuantong',
          logistics_code: 'YT7770000001',
          shipped_order_info: [{ shipped_order_id: lines[0]!.platformLineNo, shipped_num: 1 }],
        },
      ],
    });
    await client.act(no as string, 'memo', { memo: '加急', flag: 5 });
    await client.act(no as string, 'request-refund', { lineNo: lines[1]!.platformLineNo });
    await client.act(no as string, 'withdraw-refund');
    await until(() => tags(no).includes('207'));
    expect(tags(no).slice(3)).toEqual(['108', '113', '200', '207']);
    const by = (tag: string): Answer => of(no).find((message) => message.tag === tag)!.data as Answer;
    expect(by('108')).toMatchObject({ order_status: 101, logistics_msg: { logistics_code: 'YT7770000001' } });
    expect(by('113')).toMatchObject({ star: '5', remark: '加急' });
    expect(typeof by('113').update_time).toBe('number');
    expect(by('207').update_time).toMatch(/^\d{4}-\d\d-\d\dT.*\+08:00$/);
  });

  it('come again with the same msg_id until the answer is code 0', async () => {
    answer = '{"code":40041,"message":"解析推送数据失败"}';
    const { platformOrderNo: no } = await client.order();
    await until(() => tags(no).length >= 3);
    answer = '{"code":0}';
    await until(() => tags(no).length >= 6);
    expect(new Set(of(no).map((message) => message.msg_id)).size).toBe(3);
  }, 20_000);

  it('are lost, doubled and out of order when told to be, and counted', async () => {
    await client.faults({ kind: 'push-lost', p: 1 });
    const { platformOrderNo: lost } = await client.order();
    await client.faults({ kind: 'push-double', p: 1 });
    const { platformOrderNo: doubled } = await client.order();
    await until(() => tags(doubled).length >= 6);
    expect(of(lost)).toEqual([]);
    const { items } = await client.control('GET', '/faults');
    const count = (kind: string): number =>
      (items as Answer[]).find((fault) => fault.kind === kind && fault.platform === 'douyin')!.injected as number;
    expect(count('push-lost')).toBe(3);
    expect(count('push-double')).toBeGreaterThanOrEqual(3);
  });

  it('check a new address with tag 0, and are signed by HMAC where the program says so', async () => {
    await client.control('POST', '/apps', {
      platform: 'douyin',
      appKey: '7000000000000000777',
      appSecret: 'secret',
      webhookUrl: `${base()}/own`,
      pushSign: 'hmac-sha256',
      shops: [],
    });
    await until(() => deliveries.some((one) => one.path === '/own'));
    const check = deliveries.find((one) => one.path === '/own')!;
    expect(JSON.parse(check.body)).toEqual([{ tag: '0', msg_id: '0', data: '' }]);
    expect(check.headers['sign-method']).toBe('hmac-sha256');
    expect(check.headers['event-sign']).toBe(eventSign('7000000000000000777', 'secret', check.body, 'hmac-sha256'));
    expect(
      await client.control('POST', '/apps', {
        platform: 'douyin',
        appKey: '7000000000000000778',
        appSecret: 's',
        webhookUrl: 'ftp://x',
      }),
    ).toMatchObject({ status: 400 });
  });
});
