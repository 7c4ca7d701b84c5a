import { type Answer } from '../testing/harness';
import { startHere, MALL, type Client } from '../platforms/taobao/testing/taobao-client';

let client: Client;
let stop: () => Promise<void>;

beforeAll(async () => {
  const { client: own, simulator } = await startHere({ SIMULATOR_STORY_RATE: '10' });
  client = own;
  stop = () => simulator.close();
  await client.control('POST', '/seed', { platform: 'taobao', seed: 2, orders: 45, listings: 8, days: 3 });
});
afterAll(() => stop());

const no = (order: Answer): string => order.platformOrderNo as string;

describe('apps', () => {
  it('tell keys, gateway and shops, and take a new app with a given key, secret and token', async () => {
    const before = await client.control('GET', '/apps');
    expect((before.items as Answer[]).filter((app) => app.platform === 'taobao')).toEqual([
      expect.objectContaining({ platform: 'taobao', appKey: '12345678', gatewayPath: '/taobao/router/rest' }),
    ]);
    await client.control('POST', '/apps', { platform: 'taobao', appKey: '777', appSecret: 's', accessToken: 'tok' });
    const { items } = await client.control('GET', '/apps');
    const added = (items as Answer[]).find((app) => app.appKey === '777')!;
    expect(added).toMatchObject({ appSecret: 's', shops: [{ platformShopId: '777', accessToken: 'tok' }] });
  });

  it('refuse an unknown platform and a body without a key', async () => {
    expect(await client.control('POST', '/apps', { platform: 'nowhere', appKey: '1', appSecret: '2' })).toMatchObject({
      status: 404,
      code: 'CONTROL.NOT_FOUND',
    });
    expect(await client.control('POST', '/apps', { platform: 'taobao' })).toMatchObject({
      status: 400,
      code: 'VALIDATION',
    });
  });
});

describe('the clocks', () => {
  it('tell the story, its rate, and each platform’s wire clock', async () => {
    expect(await client.control('GET', '/clock')).toMatchObject({
      story: expect.stringMatching(/\+08:00$/),
      rate: 10,
      wire: { taobao: 'real' },
    });
  });

  it('change pace without a jump, and jump when asked', async () => {
    const before = Date.parse((await client.control('GET', '/clock')).story as string);
    const paced = await client.control('PUT', '/clock', { storyRate: 1 });
    expect(Date.parse(paced.story as string) - before).toBeLessThan(10_000);
    const ahead = await client.control('POST', '/advance', { hours: 24 });
    expect(Date.parse(ahead.story as string) - Date.parse(paced.story as string)).toBeGreaterThanOrEqual(86_400_000);
    expect(ahead.epoch).toBe(paced.epoch);
  });

  it('move a platform’s wire clock and set it back', async () => {
    const moved = await client.control('PUT', '/clock', { platform: 'taobao', wire: '2025-10-01T16:00:00+08:00' });
    expect(moved.wire.taobao).toMatch(/^2025-10-01T16:00:0/);
    expect((await client.control('PUT', '/clock', { platform: 'taobao', wire: 'real' })).wire.taobao).toBe('real');
    expect((await client.control('PUT', '/clock', { platform: 'taobao', wire: 'noon' })).code).toBe('VALIDATION');
  });
});

describe('the truth', () => {
  it('is paged in a stable order, without a row twice or lost, while orders change', async () => {
    const whole = (await client.truth('orders')).map(no);
    const paged: string[] = [];
    for (let cursor: string | null = '0'; cursor !== null;) {
      const page: Answer = await client.control('GET', `/truth?platform=taobao&kind=orders&limit=7&cursor=${cursor}`);
      paged.push(...(page.items as Answer[]).map(no));
      if (paged.length === 14) await client.act(paged[0]!, 'edit');
      cursor = page.nextCursor as string | null;
    }
    expect(paged).toEqual(whole);
    expect(new Set(whole).size).toBe(45);
  });

  it('tells stock, notices, after-sales and bills, and refuses other kinds', async () => {
    for (const kind of ['stock', 'notices', 'bills']) expect((await client.truth(kind)).length).toBeGreaterThan(0);
    expect(Array.isArray(await client.truth('after-sales'))).toBe(true);
    expect((await client.control('GET', '/truth?platform=taobao&kind=gossip')).status).toBe(400);
  });
});

describe('acts on orders', () => {
  it('happen, or are refused with 409 and the reason', async () => {
    const order = await client.order(['TEE-RED-S'], { paid: false });
    expect((await client.act(no(order), 'sign')).status).toBe(409);
    expect((await client.act(no(order), 'pay')).state).toBe('paid');
    expect((await client.act(no(order), 'forbid')).state).toBe('paid_blocked');
    expect((await client.act(no(order), 'allow')).state).toBe('paid');
    expect((await client.act(no(order), 'change-address', { detail: '新址1号' })).receiver.detail).toBe('新址1号');
    expect((await client.act(no(order), 'ship-elsewhere')).notices).toHaveLength(1);
    expect((await client.act(no(order), 'sign')).story).toContain('delivered');
    expect((await client.act(no(order), 'confirm')).state).toBe('completed');
    expect((await client.act(no(order), 'cancel')).code).toBe('CONTROL.STATE_FORBIDS');
    expect((await client.act(no(order), 'dance')).status).toBe(404);
    expect((await client.act('1', 'pay')).status).toBe(404);
  });

  it('lay raw fields over the platform’s answer and date a change into the future', async () => {
    const order = await client.order();
    const ahead = new Date(
      Date.parse((await client.control('GET', '/clock')).story as string) + 86_400_000,
    ).toISOString();
    await client.act(no(order), 'edit', { raw: { status: 'NEVER_SEEN', payment: '-1.00' }, modifiedAt: ahead });
    const detail = await client.call('taobao.trade.fullinfo.get', { tid: no(order), fields: 'tid,status,modified' });
    expect(detail.trade_fullinfo_get_response.trade).toMatchObject({ status: 'NEVER_SEEN', payment: '-1.00' });
    expect(detail.trade_fullinfo_get_response.trade.modified > (await client.storyText(80_000_000))).toBe(true);
  });

  it('close one line by a refund and still let the rest be confirmed', async () => {
    const order = await client.order(['TEE-RED-S', 'TEE-RED-M']);
    const [first, second] = (order.lines as Answer[]).map((line) => line.no as string) as [string, string];
    await client.call('taobao.logistics.offline.send', {
      tid: no(order),
      is_split: '1',
      sub_tid: second,
      company_code: 'ZTO',
      out_sid: '78600000000077',
    });
    await client.act(no(order), 'request-refund', { lineNo: first });
    await client.control('POST', '/advance', { hours: 72 });
    const truth = await client.control('GET', `/platforms/taobao/orders/${no(order)}`);
    expect(truth.state).toBe('completed');
    expect((truth.lines as Answer[]).map((line) => line.state)).toEqual(['closed', 'completed']);
    expect(truth.receivedFen).toBe((truth.paidFen as number) - (truth.refundedFen as number));
  });
});

describe('seeding', () => {
  it('refuses kinds of stories that nobody knows, and tells only the kinds asked for', async () => {
    expect((await client.control('POST', '/seed', { platform: 'taobao', mix: { fairy: 1 } })).code).toBe('VALIDATION');
    const before = (await client.truth('orders')).length;
    await client.control('POST', '/seed', {
      platform: 'taobao',
      platformShopId: MALL.shopId,
      seed: 8,
      orders: 10,
      days: 0,
      mix: { presale: 1 },
    });
    const orders = (await client.truth('orders')).slice(before);
    expect(orders.map((order) => order.kind)).toEqual(Array.from({ length: 10 }, () => 'presale'));
  });
});

it('tells its health and its counts', async () => {
  expect((await fetch(`${client.base}/health/live`)).status).toBe(200);
  expect(await (await fetch(`${client.base}/health/ready`)).json()).toMatchObject({
    platforms: expect.arrayContaining(['taobao']),
  });
  expect(await (await fetch(`${client.base}/metrics`)).text()).toContain('simulator_orders_total{platform="taobao"}');
});
