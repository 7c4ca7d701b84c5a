import * as fs from 'node:fs';
import * as path from 'node:path';
import { compileSimulator, freshFolder, type Answer } from '../testing/harness';
import { spawnSimulator, startHere, MALL } from '../platforms/taobao/testing/taobao-client';

let compiled: ReturnType<typeof compileSimulator>;
beforeAll(() => {
  compiled = compileSimulator();
});
afterAll(() => compiled.remove());

describe('a simulator that is killed', () => {
  it('goes on with the same truth, keeps the story line running, and never gives a number twice', async () => {
    const folder = freshFolder();
    const env = { SIMULATOR_DATA_DIR: folder, SIMULATOR_STORY_RATE: '60' };
    const first = await spawnSimulator(compiled.main, env);
    await first.client.control('POST', '/seed', { platform: 'taobao', seed: 9, orders: 60, listings: 10, days: 2 });
    const placed = await first.client.order();
    const sent = await first.client.call('taobao.logistics.offline.send', {
      tid: placed.platformOrderNo as string,
      company_code: 'ZTO',
      out_sid: '78299999999999',
    });
    expect(sent.error_response).toBeUndefined();
    const clockBefore = await first.client.control('GET', '/clock');
    const before = await first.client.truth('orders');
    await first.kill('SIGKILL');

    const second = await spawnSimulator(compiled.main, env);
    const clockAfter = await second.client.control('GET', '/clock');
    expect(clockAfter.epoch).toBe(clockBefore.epoch);
    expect(Date.parse(clockAfter.story as string)).toBeGreaterThan(Date.parse(clockBefore.story as string));
    const after = await second.client.truth('orders');
    expect(after.map((order) => order.platformOrderNo)).toEqual(before.map((order) => order.platformOrderNo));
    for (const [i, order] of before.entries()) {
      expect((after[i]!.story as string).startsWith(order.story as string)).toBe(true);
      expect(after[i]!.paidFen).toBeGreaterThanOrEqual(0);
    }
    const again = await second.client.call('taobao.logistics.offline.send', {
      tid: placed.platformOrderNo as string,
      company_code: 'ZTO',
      out_sid: '78299999999999',
    });
    expect(again.error_response.sub_code).toMatch(/:B04$/);
    const known = new Set(
      before.flatMap((order) => [order.platformOrderNo, ...(order.lines as Answer[]).map((line) => line.no)]),
    );
    for (let i = 0; i < 5; i += 1) {
      const fresh = await second.client.order(['TEE-RED-S', 'TEE-RED-M']);
      for (const number of [fresh.platformOrderNo, ...(fresh.lines as Answer[]).map((line) => line.no)])
        expect(known.has(number)).toBe(false);
    }
    await second.kill('SIGTERM');
    expect(second.child.exitCode).toBe(0);
  });

  it('stands still while everything is stopped', async () => {
    const folder = freshFolder();
    const env = { SIMULATOR_DATA_DIR: folder, SIMULATOR_STORY_RATE: '3600' };
    const first = await spawnSimulator(compiled.main, env);
    const before = await first.client.control('GET', '/clock');
    await first.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    const second = await spawnSimulator(compiled.main, env);
    const after = await second.client.control('GET', '/clock');
    await second.kill('SIGTERM');
    expect(after.epoch).toBe((before.epoch as number) + 1);
    // The six seconds of absence would be six story hours.
    expect(Date.parse(after.story as string) - Date.parse(before.story as string)).toBeLessThan(21_600_000);
  });
});

describe('the log', () => {
  it('drops a last line that was cut in half, and refuses one that is damaged in the middle', async () => {
    const first = await startHere();
    await first.client.control('POST', '/seed', { platform: 'taobao', seed: 9, orders: 20, listings: 5, days: 1 });
    const truth = JSON.stringify(await first.client.truth('stock'));
    await first.simulator.close();
    const file = path.join(first.folder, 'story.log');
    fs.appendFileSync(file, '0badc0de {"k":"order","order":{"platf');
    const second = await startHere({ SIMULATOR_DATA_DIR: first.folder });
    expect(JSON.stringify(await second.client.truth('stock'))).toBe(truth);
    await second.simulator.close();
    const text = fs.readFileSync(file, 'utf8');
    expect(text.endsWith('\n')).toBe(true);
    fs.writeFileSync(file, text.replace('"listing"', '"lusting"'));
    await expect(startHere({ SIMULATOR_DATA_DIR: first.folder })).rejects.toThrow(/damaged at byte/);
  });

  it('folds to the same truth that the running process held', async () => {
    const first = await startHere();
    await first.client.control('POST', '/seed', { platform: 'taobao', seed: 11, orders: 80, listings: 10, days: 3 });
    const order = await first.client.order(['TEE-RED-S', 'TEE-RED-M']);
    await first.client.act(order.platformOrderNo as string, 'request-refund');
    await first.client.act(order.platformOrderNo as string, 'withdraw-refund');
    await first.client.act(order.platformOrderNo as string, 'memo', { memo: '𠮷🎁', flag: 2 });
    const before = JSON.stringify([
      await first.client.truth('orders'),
      await first.client.truth('stock'),
      await first.client.truth('after-sales'),
    ]);
    await first.simulator.close();
    const second = await startHere({ SIMULATOR_DATA_DIR: first.folder });
    const after = JSON.stringify([
      await second.client.truth('orders'),
      await second.client.truth('stock'),
      await second.client.truth('after-sales'),
    ]);
    await second.simulator.close();
    expect(JSON.parse(after)).toEqual(JSON.parse(before));
  });
});

describe('the seed', () => {
  it('tells the same stories for the same seed', async () => {
    const tell = async (): Promise<unknown> => {
      const { client, simulator } = await startHere();
      const clock = await client.control('GET', '/clock');
      await client.control('POST', '/seed', {
        platform: 'taobao',
        platformShopId: MALL.shopId,
        seed: 4,
        orders: 50,
        listings: 10,
        days: 5,
      });
      const orders = await client.truth('orders');
      await simulator.close();
      return orders.map((order) => ({
        kind: order.kind,
        payable: order.payableFen,
        lines: (order.lines as Answer[]).map((line) => line.merchantCode),
        age: Math.round((Date.parse(clock.story as string) - Date.parse(order.placedAt as string)) / 60_000),
      }));
    };
    expect(await tell()).toEqual(await tell());
  });

  it('leaves most orders ordinary and completes the old ones', async () => {
    const { client, simulator } = await startHere();
    await client.control('POST', '/seed', {
      platform: 'taobao',
      seed: 4,
      orders: 300,
      listings: 20,
      days: 10,
      stock: 1_000,
    });
    const orders = await client.truth('orders');
    await simulator.close();
    expect(orders).toHaveLength(300);
    expect(orders.filter((order) => order.state === 'completed').length).toBeGreaterThan(200);
    for (const order of orders) {
      const { goodsFen, freightFen, lineDiscountFen, shopDiscountFen, platformDiscountFen, payableFen } =
        order.amounts as Record<string, number>;
      expect(goodsFen! + freightFen! - lineDiscountFen! - shopDiscountFen! - platformDiscountFen!).toBe(payableFen);
      const lines = (order.lines as Answer[]).reduce((sum, line) => sum + (line.paidFen as number), 0);
      expect(lines + freightFen!).toBe(payableFen);
    }
  });
});

describe('the demo', () => {
  it('completes at least 20 shipped orders within 80 story hours, five wire minutes at rate 960', async () => {
    // The crowd is shared by the shops of every platform; only one platform's orders are looked at.
    const { client, simulator } = await startHere({
      SIMULATOR_DEMO: '1',
      SIMULATOR_STORY_RATE: '0',
      SIMULATOR_DEMO_ORDER_SECONDS: '400',
    });
    const start = Date.parse((await client.control('GET', '/clock')).story as string);
    for (let hour = 0; hour < 80; hour += 4) {
      const open = (await client.truth('orders')).filter(
        (order) => order.state === 'paid' && (order.refunds as Answer[]).every((refund) => refund.state !== 'asked'),
      );
      for (const order of open) await client.act(order.platformOrderNo as string, 'ship-elsewhere');
      await client.control('POST', '/advance', { hours: 4 });
    }
    const orders = await client.truth('orders');
    await simulator.close();
    const fresh = orders.filter((order) => Date.parse(order.placedAt as string) >= start);
    expect(fresh.length).toBeGreaterThan(100);
    expect(fresh.filter((order) => order.state === 'completed').length).toBeGreaterThanOrEqual(50);
  });
});
