import { type Answer } from '../../testing/harness';
import { startHere, MALL, type Client } from './testing/taobao-client';

let client: Client;
let stop: () => Promise<void>;

beforeAll(async () => {
  const { client: own, simulator } = await startHere({ SIMULATOR_STORY_RATE: '1' });
  client = own;
  stop = () => simulator.close();
  await client.control('POST', '/seed', {
    platform: 'taobao',
    platformShopId: MALL.shopId,
    seed: 3,
    orders: 400,
    listings: 20,
    days: 2,
    stock: 10_000,
  });
});
afterAll(() => stop());

const ALL_TYPES = 'fixed,auction,guarantee_trade,auto_delivery,ec,cod,step,o2o_offlinetrade';
const list = async (params: Record<string, string>): Promise<Answer> =>
  (await client.call('taobao.trades.sold.increment.get', { fields: 'tid', type: ALL_TYPES, ...params }))
    .trades_sold_increment_get_response as Answer;
const tids = (answer: Answer): string[] =>
  ((answer.trades?.trade ?? []) as { tid: string }[]).map((trade) => trade.tid);

interface Window {
  start_modified: string;
  end_modified: string;
}

async function truthIn(window: Window): Promise<Set<string>> {
  const orders = await client.truth('orders', `&platformShopId=${MALL.shopId}`);
  const from = Date.parse(`${window.start_modified.replace(' ', 'T')}+08:00`);
  const to = Date.parse(`${window.end_modified.replace(' ', 'T')}+08:00`);
  return new Set(
    orders
      .filter((order) => Date.parse(order.modifiedAt as string) >= from && Date.parse(order.modifiedAt as string) <= to)
      .map((order) => order.platformOrderNo as string),
  );
}

/** The naive client: from the first page to the last. */
async function readForward(window: Window, between: (page: number) => Promise<void>): Promise<Set<string>> {
  const seen = new Set<string>();
  for (let page = 1; ; page += 1) {
    const answer = await list({ ...window, page_no: String(page), page_size: '20', use_has_next: 'true' });
    for (const tid of tids(answer)) seen.add(tid);
    if (!answer.has_next) return seen;
    await between(page);
  }
}

/** The client that follows the platform's advice: from the last page to the first. */
async function readBackward(window: Window, between: (page: number) => Promise<void>): Promise<Set<string>> {
  const { total_results: total } = await list({ ...window, page_size: '20' });
  const seen = new Set<string>();
  for (let page = Math.ceil((total as number) / 20); page >= 1; page -= 1) {
    for (const tid of tids(await list({ ...window, page_no: String(page), page_size: '20', use_has_next: 'true' })))
      seen.add(tid);
    await between(page);
  }
  return seen;
}

/** Somebody edits an order that was already read, or the newest of the window. */
async function editNewest(window: Window): Promise<void> {
  const [newest] = tids(await list({ ...window, page_no: '1', page_size: '1' }));
  await client.act(newest!, 'edit');
}

const windowOf = async (): Promise<Window> => ({
  start_modified: await client.storyText(-23 * 3_600_000),
  end_modified: await client.storyText(-1_000),
});

describe('paging a modified-descending list while orders are edited', () => {
  it('loses orders to a client that pages forward', async () => {
    const window = await windowOf();
    const before = await truthIn(window);
    const seen = await readForward(window, () => editNewest(window));
    const after = await truthIn(window);
    const lost = [...before].filter((tid) => after.has(tid) && !seen.has(tid));
    expect(before.size).toBeGreaterThan(60);
    expect(lost.length).toBeGreaterThan(0);
  });

  it('loses none of the remaining orders to a client that pages backward', async () => {
    const window = await windowOf();
    const seen = await readBackward(window, () => editNewest(window));
    const lost = [...(await truthIn(window))].filter((tid) => !seen.has(tid));
    expect(lost).toEqual([]);
  });

  it('shifts rows by itself when page-shift is injected, and counts it', async () => {
    const window = await windowOf();
    const before = await truthIn(window);
    await client.control('PUT', '/faults', { platform: 'taobao', faults: [{ kind: 'page-shift', p: 1 }] });
    const seen = await readForward(window, async () => undefined);
    await client.control('PUT', '/faults', { platform: 'taobao', faults: [] });
    const after = await truthIn(window);
    expect([...before].filter((tid) => after.has(tid) && !seen.has(tid)).length).toBeGreaterThan(0);
    const { items } = await client.control('GET', '/faults');
    expect((items as Answer[]).find((fault) => fault.kind === 'page-shift')?.injected).toBeGreaterThan(0);
  });
});

describe('the rules of the order lists', () => {
  it('refuses a window of more than a day and one that ends before it starts', async () => {
    const call = (start: string, end: string): Promise<Answer> =>
      client.call('taobao.trades.sold.increment.get', { fields: 'tid', start_modified: start, end_modified: end });
    expect((await call('2026-01-01 00:00:00', '2026-01-02 00:00:01')).error_response.code).toBe(41);
    expect((await call('2026-01-02 00:00:00', '2026-01-01 00:00:00')).error_response.code).toBe(41);
    expect((await call('2026-01-01 00:00:00', '')).error_response).toMatchObject({
      code: 40,
      sub_code: 'isv.missing-parameter:end_modified',
    });
  });

  it('sorts by modified descending and tells either the total or has_next', async () => {
    const window = await windowOf();
    const answer = (await client.call('taobao.trades.sold.increment.get', { fields: 'tid,modified', ...window }))
      .trades_sold_increment_get_response as Answer;
    const times = (answer.trades.trade as { modified: string }[]).map((trade) => trade.modified);
    expect(times).toEqual([...times].sort().reverse());
    expect(answer.has_next).toBeUndefined();
    const other = await list({ ...window, use_has_next: 'true' });
    expect(other.total_results).toBeUndefined();
    expect(other.has_next).toBe(true);
  });

  it('hides kinds of orders from a client that names no type', async () => {
    const placed = await client.order(['TEE-RED-S'], { kind: 'special_channel' });
    const window = { start_modified: await client.storyText(-3_600_000), end_modified: await client.storyText(1_000) };
    const quiet = (
      await client.call('taobao.trades.sold.increment.get', { fields: 'tid', ...window, page_size: '100' })
    ).trades_sold_increment_get_response as Answer;
    expect(tids(quiet)).not.toContain(placed.platformOrderNo);
    expect(tids(await list({ ...window, page_size: '100' }))).toContain(placed.platformOrderNo);
  });

  it('gives the list fewer fields than the detail, and the oaid only with its five sources', async () => {
    const placed = await client.order();
    const fields =
      'tid,buyer_message,seller_memo,promotion_details,oaid,receiver_name,receiver_address,created,receiver_mobile,receiver_phone';
    const row = (
      (
        await list({
          fields,
          start_modified: await client.storyText(-60_000),
          end_modified: await client.storyText(1_000),
        })
      ).trades.trade as Answer[]
    )[0]!;
    expect(row.promotion_details).toBeUndefined();
    expect(row.oaid).toMatch(/^1X/);
    expect(row.receiver_name).toMatch(/^.\*$/);
    const detail = await client.call('taobao.trade.fullinfo.get', { tid: placed.platformOrderNo as string, fields });
    expect(detail.trade_fullinfo_get_response.trade.promotion_details.promotion_detail).toHaveLength(1);
    const short = { tid: placed.platformOrderNo as string, fields: 'tid,oaid,receiver_name' };
    expect(
      (await client.call('taobao.trade.fullinfo.get', short)).trade_fullinfo_get_response.trade.oaid,
    ).toBeUndefined();
    expect(
      (await client.call('taobao.trade.fullinfo.get', { ...short, include_oaid: 'true' })).error_response.sub_code,
    ).toBe('isv.oaid-field-miss');
  });
});

describe('census faults', () => {
  it('leaves list rows out, and counts each', async () => {
    await client.control('PUT', '/faults', { platform: 'taobao', faults: [{ kind: 'drop-row', p: 0.3 }] });
    const window = await windowOf();
    const answer = await list({ ...window, page_size: '100' });
    await client.control('PUT', '/faults', { platform: 'taobao', faults: [] });
    const { items } = await client.control('GET', '/faults');
    const injected = (items as Answer[]).find((fault) => fault.kind === 'drop-row')!.injected as number;
    expect(injected).toBeGreaterThan(0);
    expect(tids(answer).length).toBe(Math.min(100, answer.total_results as number) - injected);
  });

  it('keeps an order out of every modified list but in the creation list', async () => {
    await client.control('PUT', '/faults', { platform: 'taobao', faults: [{ kind: 'drop-from-modified', p: 0.2 }] });
    const window = await windowOf();
    const once = await list({ ...window, page_size: '1' });
    const again = await list({ ...window, page_size: '1' });
    const created = await client.call('taobao.trades.sold.get', { fields: 'tid', type: ALL_TYPES, page_size: '100' });
    await client.control('PUT', '/faults', { platform: 'taobao', faults: [] });
    const whole = await list({ ...window, page_size: '1' });
    const wholeCreated = await client.call('taobao.trades.sold.get', {
      fields: 'tid',
      type: ALL_TYPES,
      page_size: '100',
    });
    expect(once.total_results).toBe(again.total_results);
    expect(once.total_results).toBeLessThan(whole.total_results as number);
    expect(created.trades_sold_get_response.total_results).toBe(wholeCreated.trades_sold_get_response.total_results);
  });

  it('shows a change late when the list index lags', async () => {
    await client.control('PUT', '/faults', { platform: 'taobao', faults: [{ kind: 'delay-list', p: 1, seconds: 2 }] });
    const placed = await client.order();
    const window = { start_modified: await client.storyText(-60_000), end_modified: await client.storyText(60_000) };
    expect(tids(await list(window))).not.toContain(placed.platformOrderNo);
    await new Promise((resolve) => setTimeout(resolve, 3_100));
    expect(tids(await list(window))).toContain(placed.platformOrderNo);
    await client.control('PUT', '/faults', { platform: 'taobao', faults: [] });
  });
});
