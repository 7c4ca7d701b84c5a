import { OTHER, SHOP, startHere, type Client } from './testing/pinduoduo-client';
import type { Answer } from '../../testing/harness';

let client: Client;
let stop: () => Promise<void>;

/** So many orders are placed in one window. */
const ORDERS = 60;
const PAGE = 10;

beforeAll(async () => {
  const { client: own, simulator } = await startHere({ SIMULATOR_STORY_RATE: '1' });
  client = own;
  stop = () => simulator.close();
  await client.control('POST', '/seed', { platform: 'pinduoduo', seed: 3, orders: 0, listings: 20, days: 1 });
  for (let buyer = 0; buyer < ORDERS; buyer += 1) {
    await client.order(['TEE-RED-S'], { buyer });
    // Rows of one second have no order among themselves that a client could rely on.
    await client.control('POST', '/advance', { seconds: 7 });
  }
});
afterAll(() => stop());

interface Window {
  start_updated_at: string;
  end_updated_at: string;
}

const ALL = { order_status: '5', refund_status: '5' };
const list = async (params: Record<string, string>, method = 'pdd.order.number.list.increment.get'): Promise<Answer> =>
  Object.values(await client.call(method, { ...ALL, is_lucky_flag: '0', ...params }))[0] as Answer;
const numbers = (answer: Answer): string[] =>
  ((answer.order_sn_list ?? answer.order_list) as { order_sn: string }[]).map((row) => row.order_sn);

const windowOf = async (): Promise<Window> => ({
  start_updated_at: String(await client.storySeconds(-1_800)),
  end_updated_at: String(await client.storySeconds(-1)),
});

async function truthIn(window: Window): Promise<Set<string>> {
  const orders = await client.truth('orders', `&platformShopId=${SHOP.shopId}`);
  const at = (order: Answer): number => Date.parse(order.modifiedAt as string) / 1_000;
  const inside = orders.filter(
    (order) =>
      order.state !== 'unpaid' &&
      at(order) >= Number(window.start_updated_at) &&
      at(order) <= Number(window.end_updated_at),
  );
  return new Set(inside.map((order) => order.platformOrderNo as string));
}

type Between = (page: number) => Promise<unknown>;

/** The naive client: from the first page to the last. */
async function readForward(window: Window, between: Between): Promise<Set<string>> {
  const seen = new Set<string>();
  for (let page = 1; ; page += 1) {
    const answer = await list({ ...window, page: String(page), page_size: String(PAGE), use_has_next: 'true' });
    for (const no of numbers(answer)) seen.add(no);
    if (!answer.has_next) return seen;
    await between(page);
  }
}

/** The client that follows the platform's advice: the total first, then from the last page to the first. */
async function readBackward(window: Window, between: Between): Promise<Set<string>> {
  const { total_count: total } = await list({ ...window, page: '1', page_size: String(PAGE) });
  const seen = new Set<string>();
  for (let page = Math.ceil((total as number) / PAGE); page >= 1; page -= 1) {
    const answer = await list({ ...window, page: String(page), page_size: String(PAGE), use_has_next: 'true' });
    for (const no of numbers(answer)) seen.add(no);
    await between(page);
  }
  return seen;
}

/** Somebody edits the newest order of the window, so that it leaves. */
async function editNewest(window: Window): Promise<void> {
  const [newest] = numbers(await list({ ...window, page: '1', page_size: '1' }));
  await client.control('POST', '/advance', { seconds: 2 });
  await client.act(newest!, 'edit');
}

describe('paging the increment list while orders are edited', () => {
  it('loses orders to a client that pages forward', async () => {
    const window = await windowOf();
    const before = await truthIn(window);
    const seen = await readForward(window, () => editNewest(window));
    const after = await truthIn(window);
    expect(before.size).toBeGreaterThan(40);
    expect([...before].filter((no) => after.has(no) && !seen.has(no)).length).toBeGreaterThan(0);
  });

  it('loses none of the remaining orders to a client that pages backward', async () => {
    const window = await windowOf();
    const seen = await readBackward(window, () => editNewest(window));
    expect([...(await truthIn(window))].filter((no) => !seen.has(no))).toEqual([]);
  });

  it('shifts rows by itself when page-shift is injected, and counts it', async () => {
    const window = await windowOf();
    const before = await truthIn(window);
    await client.faults({ kind: 'page-shift', p: 1 });
    const seen = await readForward(window, () => client.control('POST', '/advance', { seconds: 2 }));
    await client.faults();
    const after = await truthIn(window);
    expect([...before].filter((no) => after.has(no) && !seen.has(no)).length).toBeGreaterThan(0);
    const { items } = await client.control('GET', '/faults');
    expect((items as Answer[]).find((fault) => fault.kind === 'page-shift')?.injected).toBeGreaterThan(0);
  });
});

describe('the rules of the order lists', () => {
  const refusal = async (from: number, to: number): Promise<number> =>
    (
      await client.refusal('pdd.order.number.list.increment.get', {
        ...ALL,
        is_lucky_flag: '0',
        page: '1',
        start_updated_at: String(from),
        end_updated_at: String(to),
      })
    )[0];

  it('take 1800 seconds of changes and refuse 1801, and a day of confirmations but not a second more', async () => {
    expect(await refusal(1_000, 2_800)).toBe(0);
    expect(await refusal(1_000, 2_801)).toBe(10_000);
    expect(await refusal(1_001, 1_000)).toBe(10_000);
    const confirmed = async (seconds: number): Promise<number> =>
      (
        await client.refusal('pdd.order.list.get', {
          ...ALL,
          page: '1',
          start_confirm_at: '1000',
          end_confirm_at: String(1_000 + seconds),
        })
      )[0];
    expect(await confirmed(86_400)).toBe(0);
    expect(await confirmed(86_401)).toBe(10_000);
  });

  it('want order_status, refund_status, is_lucky_flag and page', async () => {
    const window = await windowOf();
    const full: Record<string, string> = { ...ALL, ...window, is_lucky_flag: '0', page: '1' };
    for (const name of ['order_status', 'refund_status', 'is_lucky_flag', 'page', 'end_updated_at']) {
      const params = Object.fromEntries(Object.entries(full).filter(([key]) => key !== name));
      expect((await client.refusal('pdd.order.number.list.increment.get', params))[0]).toBe(21_002);
    }
  });

  it('sort by change, newest first, and tell either the total or has_next', async () => {
    const window = await windowOf();
    const answer = await list({ ...window, page: '1' });
    const times = (answer.order_sn_list as { updated_at: string }[]).map((row) => row.updated_at);
    expect(times).toEqual([...times].sort().reverse());
    expect(answer).not.toHaveProperty('has_next');
    const other = await list({ ...window, page: '1', page_size: '10', use_has_next: 'true' });
    expect(other).not.toHaveProperty('total_count');
    expect(other.has_next).toBe(true);
  });

  it('hide what is not paid yet, and lottery orders when asked', async () => {
    const unpaid = (await client.order(['TEE-RED-S'], { paid: false })).platformOrderNo as string;
    const lucky = (await client.order(['TEE-RED-S'], { kind: 'special_channel' })).platformOrderNo as string;
    const window = {
      start_updated_at: String(await client.storySeconds(-60)),
      end_updated_at: String(await client.storySeconds(5)),
      page: '1',
    };
    expect(numbers(await list(window))).toEqual(expect.arrayContaining([lucky]));
    expect(numbers(await list(window))).not.toContain(unpaid);
    expect(numbers(await list({ ...window, is_lucky_flag: '1' }))).not.toContain(lucky);
    expect(numbers(await list({ ...window, is_lucky_flag: '2' }))).toEqual([lucky]);
    expect((await client.refusal('pdd.order.information.get', { order_sn: unpaid }))[1]).toBe(
      '订单不属于当前店铺或订单不存在',
    );
  });

  it('show a deposit order from its deposit on, with the step that it has reached', async () => {
    const placed = await client.order(['TEE-RED-S'], { kind: 'presale' });
    const no = placed.platformOrderNo as string;
    const order = async (): Promise<Answer> =>
      (await client.call('pdd.order.information.get', { order_sn: no })).order_info_get_response.order_info as Answer;
    const waiting = await order();
    expect(waiting).toMatchObject({ trade_type: 1, order_status: 1, step_order_info: { step_trade_status: 1 } });
    expect((await client.refusal('pdd.logistics.online.send', shipping(no)))[1]).toContain('尾款未支付');
    await client.act(no, 'pay');
    const paid = await order();
    expect(paid).toMatchObject({ step_order_info: { step_trade_status: 2 }, confirm_time: waiting.confirm_time });
    const { advanced_paid_fee: first, step_paid_fee: rest } = paid.step_order_info as Record<string, number>;
    expect(Math.round((first! + rest!) * 100)).toBe(placed.payableFen);
  });

  it('keep what was lost from the lists by change in the lists by confirmation', async () => {
    await client.faults({ kind: 'drop-from-modified', p: 0.5 });
    const window = await windowOf();
    const truth = await truthIn(window);
    const seen = await readBackward(window, async () => undefined);
    const confirm = {
      start_confirm_at: String(await client.storySeconds(-3_600)),
      end_confirm_at: String(await client.storySeconds(5)),
      page: '1',
    };
    const confirmed = await list(confirm, 'pdd.order.list.get');
    await client.faults();
    const lost = [...truth].filter((no) => !seen.has(no));
    expect(lost.length).toBeGreaterThan(5);
    expect(numbers(confirmed)).toEqual(expect.arrayContaining(lost));
  });

  it('leave rows out of every list with drop-row while the total stays', async () => {
    const confirm = {
      start_confirm_at: String(await client.storySeconds(-3_600)),
      end_confirm_at: String(await client.storySeconds(5)),
      page: '1',
    };
    await client.faults({ kind: 'drop-row', p: 0.3 });
    const answer = await list(confirm, 'pdd.order.list.get');
    await client.faults();
    expect(numbers(answer).length).toBeLessThan(answer.total_count as number);
  });

  it('show nothing that was confirmed more than 90 days ago', async () => {
    const order = (await client.order(['TEE-RED-M'])).platformOrderNo as string;
    const statusOf = async (): Promise<number> =>
      (await client.call('pdd.order.status.get', { order_sns: order })).order_status_get_response.order_status_list[0]
        .order_status as number;
    expect(await statusOf()).toBe(1);
    await client.control('POST', '/advance', { hours: 90 * 24 + 1 });
    expect(await statusOf()).toBe(0);
    expect((await client.refusal('pdd.order.information.get', { order_sn: order }))[0]).toBe(50_001);
  });
});

function shipping(orderSn: string): Record<string, string> {
  return { order_sn: orderSn, logistics_id: '115', tracking_number: '78200000000001' };
}

describe('the row of an order', () => {
  it('adds up, writes numbers in lists and texts in the detail, and shows no other shop’s order', async () => {
    for (let n = 0; n < 6; n += 1)
      await client.order(['JEAN-RED-28'], {
        freightFen: 600,
        shopDiscountFen: 1_111,
        platformDiscountFen: 333,
        lines: [{ merchantCode: 'JEAN-RED-28', quantity: 3 }],
      });
    const window = {
      start_updated_at: String(await client.storySeconds(-60)),
      end_updated_at: String(await client.storySeconds(5)),
    };
    const rows = (await list({ ...window, page: '1' })).order_sn_list as Answer[];
    expect(rows.length).toBeGreaterThanOrEqual(6);
    expect(new Set(rows.map((row) => (row.order_change_amount as number) > 0)).size).toBe(2);
    const fen = (yuan: number): number => Math.round(yuan * 100);
    for (const row of rows) {
      const [item] = row.item_list as [Answer];
      expect(fen(row.goods_amount as number)).toBe(
        fen(item.goods_price as number) * (item.goods_count as number) - fen(row.order_change_amount as number),
      );
      expect(fen(row.discount_amount as number)).toBe(
        fen(row.platform_discount as number) + fen(row.seller_discount as number),
      );
      expect(fen(row.pay_amount as number)).toBe(
        fen(row.goods_amount as number) - fen(row.discount_amount as number) + fen(row.postage as number),
      );
      expect(typeof item.goods_id).toBe('number');
    }
    const no = rows[0]!.order_sn as string;
    expect(no).toMatch(/^\d{6}-\d{15}$/);
    const detail = (await client.call('pdd.order.information.get', { order_sn: no })).order_info_get_response;
    expect(typeof detail.order_info.item_list[0].goods_id).toBe('string');
    const foreign = await client.refusal('pdd.order.information.get', { order_sn: no }, { token: OTHER.token });
    expect(foreign[0]).toBe(50_001);
  });
});
