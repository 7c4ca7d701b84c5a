import { spawn } from 'node:child_process';
import * as path from 'node:path';
import { compileSimulator, freshFolder, type Answer } from '../../apps/simulator/src/testing/harness';
import {
  APP,
  MALL,
  spawnSimulator,
  type Client,
} from '../../apps/simulator/src/platforms/taobao/testing/taobao-client';

let compiled: ReturnType<typeof compileSimulator>;
let simulator: Awaited<ReturnType<typeof spawnSimulator>>;
let client: Client;

beforeAll(async () => {
  compiled = compileSimulator();
  simulator = await spawnSimulator(compiled.main, { SIMULATOR_DATA_DIR: freshFolder(), SIMULATOR_STORY_RATE: '1' });
  client = simulator.client;
  await client.control('POST', '/seed', {
    platform: 'taobao',
    platformShopId: MALL.shopId,
    seed: 1,
    orders: 60,
    listings: 10,
    days: 1,
  });
});
afterAll(async () => {
  await simulator.kill('SIGTERM');
  compiled.remove();
});

/** Runs a foreign program in a process of its own and reads its answer. */
function run(program: string, settings: Answer): Promise<Answer> {
  const full = {
    url: `${client.base}/taobao/router/rest`,
    tmcUrl: `${client.base.replace('http', 'ws')}/taobao/tmc`,
    session: MALL.token,
    ...APP,
    ...settings,
  };
  const child = spawn(process.execPath, ['--no-deprecation', path.join(__dirname, program), JSON.stringify(full)], {
    env: { TZ: 'Asia/Shanghai' },
  });
  let out = '';
  let errors = '';
  child.stdout.on('data', (data) => (out += String(data)));
  child.stderr.on('data', (data) => (errors += String(data)));
  return new Promise((resolve, reject) => {
    child.once('exit', (code) =>
      code === 0
        ? resolve(JSON.parse(out) as Answer)
        : reject(new Error(`${program} ended with ${code}:\n${errors}${out}`)),
    );
  });
}

const PROGRAMS = [
  ['taobao-sdk', 'taobao-sdk.client.js'],
  ['node-taobao-topclient', 'topclient.client.js'],
] as const;

describe.each(PROGRAMS)('the SDK %s', (name, program) => {
  it('[P22] lists two pages, reads an order with its 19-digit number intact, tells stock, ships once, and takes an item off the shelf', async () => {
    const order = await client.order(['TEE-RED-S', 'TEE-RED-M'], { buyer: name.length });
    const tid = order.platformOrderNo as string;
    const sku = (await client.truth('stock', `&platformShopId=${MALL.shopId}`)).find(
      (row) => row.merchantCode === 'TEE-RED-L',
    )!;
    const result = await run(program, {
      what: 'orders',
      tid,
      from: await client.storyText(-20 * 3_600_000),
      to: await client.storyText(60_000),
      numIid: sku.listingId,
      skuId: sku.listingSkuId,
      quantity: 55,
      waybillNo: `786${String(name.length).padStart(11, '0')}`,
    });
    expect(result.pages).toEqual([2, 2]);
    expect(new Set(result.listed as string[]).size).toBe(4);
    expect((result.listed as string[])[0]).toBe(tid);
    expect(result.trade).toMatchObject({ tid_str: tid, status: 'WAIT_SELLER_SEND_GOODS' });
    expect(tid).toMatch(/^\d{19}$/);
    expect((result.trade.orders.order as Answer[]).map((line) => line.oid)).toEqual(
      (order.lines as Answer[]).map((line) => line.no),
    );
    const stock = (await client.truth('stock', `&platformShopId=${MALL.shopId}`)).find(
      (row) => row.listingSkuId === sku.listingSkuId,
    );
    expect(stock!.quantity).toBe(55);
    expect(String(result.off.item.num_iid)).toBe(sku.listingId);
    expect(stock!.state).toBe('off_shelf');
    expect(result.sent.shipping.is_success).toBe(true);
    expect(result.again).toMatchObject({ code: 15, sub_code: 'isv.logistics-offline-service-error:B04' });
    expect(result.wrongSecret.code).toBe(25);
    const truth = await client.control('GET', `/platforms/taobao/orders/${tid}`);
    expect(truth.notices).toHaveLength(1);
  });

  it('[P22] is refused with 31 when its clock is 11 minutes behind, and with 27 when its session was revoked', async () => {
    await client.control('PUT', '/clock', {
      platform: 'taobao',
      wire: new Date(Date.now() + 11 * 60_000).toISOString(),
    });
    expect((await run(program, { what: 'one' })).error.code).toBe(31);
    await client.control('PUT', '/clock', { platform: 'taobao', wire: 'real' });
    expect((await run(program, { what: 'one' })).error).toBeUndefined();
    await client.control('POST', `/apps/${APP.appKey}/shops/${MALL.shopId}/revoke`);
    expect((await run(program, { what: 'one' })).error.code).toBe(27);
    await client.control('POST', `/apps/${APP.appKey}/shops/${MALL.shopId}/restore`);
  });
});

describe('the message client of taobao-sdk', () => {
  it('[P22] receives three messages over the socket and confirms them', async () => {
    await client.call('taobao.tmc.user.permit');
    const first = await client.order(['TEE-RED-S'], { buyer: 31 });
    await client.act(first.platformOrderNo as string, 'memo', { memo: '加急', flag: 1 });
    const told = (await run('taobao-sdk.client.js', { what: 'messages', count: 3 })) as Answer[];
    expect(told.map((message) => message.topic)).toEqual([
      'taobao_trade_TradeCreate',
      'taobao_trade_TradeBuyerPay',
      'taobao_trade_TradeMemoModified',
    ]);
    for (const message of told) expect(message.content as string).toContain(`"tid":${first.platformOrderNo}`);
    const queue = await client.call('taobao.tmc.queue.get', {}, { token: '' });
    expect(queue.tmc_queue_get_response.datas.tmc_queue_info[0].put_total).toBe(0);
  });
});
