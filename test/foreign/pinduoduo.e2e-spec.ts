import { spawn } from 'node:child_process';
import * as path from 'node:path';
import {
  APP,
  SHOP,
  spawnSimulator,
  type Client,
} from '../../apps/simulator/src/platforms/pinduoduo/testing/pinduoduo-client';
import { compileSimulator, freshFolder, type Answer } from '../../apps/simulator/src/testing/harness';

let compiled: ReturnType<typeof compileSimulator>;
let simulator: Awaited<ReturnType<typeof spawnSimulator>>;
let client: Client;

beforeAll(async () => {
  compiled = compileSimulator();
  simulator = await spawnSimulator(compiled.main, { SIMULATOR_DATA_DIR: freshFolder(), SIMULATOR_STORY_RATE: '1' });
  client = simulator.client;
  await client.control('POST', '/seed', {
    platform: 'pinduoduo',
    platformShopId: SHOP.shopId,
    seed: 1,
    orders: 0,
    listings: 10,
    days: 1,
  });
});
afterAll(async () => {
  await simulator.kill('SIGTERM');
  compiled.remove();
});

/** Runs the foreign program in a process of its own and reads its answer. */
function run(settings: Answer): Promise<Answer> {
  const full = { url: `${client.base}/pinduoduo/api/router`, token: SHOP.token, ...APP, ...settings };
  const program = path.join(__dirname, 'pinduoduo-sdk.client.js');
  const child = spawn(process.execPath, ['--no-deprecation', program, JSON.stringify(full)]);
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

const order = async (buyer: number): Promise<string> =>
  (await client.order(['TEE-RED-S'], { buyer })).platformOrderNo as string;

describe('the package pdd-sdk', () => {
  it('[P22] lists two pages, reads an order, tells stock, and ships once', async () => {
    const placed: string[] = [];
    for (let buyer = 1; buyer <= 4; buyer += 1) placed.push(await order(buyer));
    const [orderSn] = placed as [string];
    await client.act(orderSn, 'memo', { memo: '加急', flag: 1 });
    const sku = (await client.truth('stock', `&platformShopId=${SHOP.shopId}`)).find(
      (row) => row.merchantCode === 'TEE-RED-L',
    )!;
    const result = await run({
      what: 'orders',
      orderSn,
      from: await client.storySeconds(-1_000),
      to: await client.storySeconds(10),
      goodsId: sku.listingId,
      skuId: sku.listingSkuId,
      quantity: 55,
      waybillNo: '78600000000001',
    });
    expect(result.pages).toEqual([2, 2]);
    expect([...(result.listed as string[])].sort()).toEqual([...placed].sort());
    expect(result.order).toMatchObject({ order_sn: orderSn, order_status: 1, remark: '加急', remark_tag: 1 });
    expect(result.stock.goods_quantity_update_response.is_success).toBe(true);
    const stock = (await client.truth('stock', `&platformShopId=${SHOP.shopId}`)).find(
      (row) => row.listingSkuId === sku.listingSkuId,
    );
    expect(stock!.quantity).toBe(55);
    expect(result.sent.logistics_online_send_response.is_success).toBe(true);
    expect(result.again).toMatchObject({ error_code: 50_001, sub_msg: '订单状态不是待发货' });
    expect(result.wrongSecret.error_code).toBe(20_004);
    const truth = await client.control('GET', `/platforms/pinduoduo/orders/${orderSn}`);
    expect(truth.notices).toHaveLength(1);
  });

  it('[P22] takes an e-waybill with a nested parameter in Chinese', async () => {
    const address = { province: '浙江省', city: '杭州市', district: '余杭区', detail: '文一西路969号1号仓' };
    const sender = { name: '发件人', mobile: '13900000000', address };
    const { answer } = await run({ what: 'waybill', orderSn: await order(9), sender });
    const [module] = answer.pdd_waybill_get_response.modules;
    expect(module.waybill_code).toMatch(/^YT6\d{12}$/);
    expect(JSON.parse(module.print_data as string)).toMatchObject({ ver: '3' });
  });

  it('[P22] is refused with 10001 when its clock is 11 minutes behind, and with 20032 when its token was revoked', async () => {
    const wire = new Date(Date.now() + 11 * 60_000).toISOString();
    await client.control('PUT', '/clock', { platform: 'pinduoduo', wire });
    expect((await run({ what: 'one' })).error.error_code).toBe(10_001);
    await client.control('PUT', '/clock', { platform: 'pinduoduo', wire: 'real' });
    expect((await run({ what: 'one' })).error).toBeUndefined();
    await client.control('POST', `/apps/${APP.clientId}/shops/${SHOP.shopId}/revoke`);
    expect((await run({ what: 'one' })).error.error_code).toBe(20_032);
    await client.control('POST', `/apps/${APP.clientId}/shops/${SHOP.shopId}/restore`);
  });
});
