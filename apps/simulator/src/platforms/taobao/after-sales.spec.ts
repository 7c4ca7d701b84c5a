import { type Answer } from '../../testing/harness';
import { MALL, startHere, type Client } from './testing/taobao-client';

const FIELDS =
  'refund_id,tid,oid,status,order_status,good_status,dispute_type,refund_phase,refund_version,has_good_return,refund_fee,payment,company_name,sid,good_return_time,refund_remind_timeout,modified';

let client: Client;
let stop: () => Promise<void>;

beforeAll(async () => {
  const started = await startHere({ SIMULATOR_STORY_RATE: '0' });
  client = started.client;
  stop = () => started.simulator.close();
  await client.control('POST', '/seed', { platform: 'taobao', seed: 3, orders: 0, listings: 8, days: 1, stock: 5_000 });
});
afterAll(() => stop());

const no = (order: Answer): string => order.platformOrderNo as string;
const advance = (hours: number): Promise<Answer> => client.control('POST', '/advance', { hours });
const truth = (order: Answer): Promise<Answer> => client.control('GET', `/platforms/taobao/orders/${no(order)}`);
const afterSales = async (order: Answer): Promise<Answer[]> =>
  (await client.truth('after-sales')).filter((row) => row.platformOrderNo === no(order));

async function platformRefund(refundNo: string): Promise<Answer> {
  const answer = await client.call('taobao.refund.get', { fields: FIELDS, refund_id: refundNo });
  return answer.refund_get_response.refund as Answer;
}

describe('an after-sale', () => {
  it('for money alone before shipping closes the order when all was given back', async () => {
    const order = await client.order();
    const asked = await client.act(no(order), 'request-refund');
    const refundNo = asked.refunds[0].refundNo as string;
    expect(await platformRefund(refundNo)).toMatchObject({
      status: 'WAIT_SELLER_AGREE',
      order_status: 'WAIT_SELLER_SEND_GOODS',
      dispute_type: 'REFUND',
      refund_phase: 'onsale',
      has_good_return: false,
      refund_remind_timeout: { exist_timeout: true, timeout: await client.storyText(48 * 3_600_000) },
    });
    await advance(1);
    const done = await client.act(no(order), 'grant-refund');
    expect(done).toMatchObject({ state: 'closed', refundedFen: order.paidFen });
    expect(await afterSales(order)).toEqual([
      expect.objectContaining({
        platformAfterSaleNo: refundNo,
        kind: 'refund',
        phase: 'before_shipping',
        state: 'done',
        amountFen: order.paidFen,
        story: 'money given back',
      }),
    ]);
  });

  it('for a part leaves the line to be shipped, and parts never come to more than was paid', async () => {
    const order = await client.order();
    const paid = order.paidFen as number;
    const line = (order.lines as Answer[])[0]!.no as string;
    await client.act(no(order), 'request-refund', { lineNo: line, amountFen: 500 });
    expect(await client.act(no(order), 'grant-refund')).toMatchObject({ state: 'paid', refundedFen: 500 });
    const tooMuch = await client.act(no(order), 'request-refund', { lineNo: line, amountFen: paid - 499 });
    expect(tooMuch).toMatchObject({ status: 409, code: 'CONTROL.STATE_FORBIDS' });
    const sent = await client.call('taobao.logistics.offline.send', {
      tid: no(order),
      company_code: 'ZTO',
      out_sid: '78200000000001',
    });
    expect(sent.error_response).toBeUndefined();
    await client.act(no(order), 'request-refund', { lineNo: line });
    const rest = await client.act(no(order), 'grant-refund');
    expect(rest).toMatchObject({ state: 'closed', refundedFen: paid });
  });

  it('above what was paid exists only when it is forced', async () => {
    const order = await client.order();
    const paid = order.paidFen as number;
    await client.act(no(order), 'request-refund', { amountFen: paid + 700, force: true });
    expect((await afterSales(order))[0]).toMatchObject({ amountFen: paid + 700 });
  });

  it('with goods coming back is agreed to, sent back by a waybill, and then paid', async () => {
    const order = await client.order();
    await client.act(no(order), 'ship-elsewhere');
    await client.act(no(order), 'sign');
    const asked = await client.act(no(order), 'request-refund', { kind: 'return' });
    const refundNo = asked.refunds[0].refundNo as string;
    const first = await platformRefund(refundNo);
    expect(first).toMatchObject({ dispute_type: 'REFUND_AND_RETURN', has_good_return: true });
    await advance(0.1);
    await client.act(no(order), 'send-back', { refundNo, carrier: 'YTO', waybillNo: 'YT0000000000777' });
    const sent = await platformRefund(refundNo);
    expect(sent).toMatchObject({
      status: 'WAIT_SELLER_CONFIRM_GOODS',
      good_status: 'BUYER_RETURNED_GOODS',
      company_name: '圆通速递',
      sid: 'YT0000000000777',
    });
    expect(Number(sent.refund_version)).toBeGreaterThan(Number(first.refund_version));
    expect((await afterSales(order))[0]).toMatchObject({
      state: 'sent_back',
      phase: 'after_shipping',
      returnWaybillNo: 'YT0000000000777',
      returnCarrierCode: 'YTO',
    });
    await advance(49);
    expect(await truth(order)).toMatchObject({ state: 'closed', refundedFen: order.paidFen });
    expect((await platformRefund(refundNo)).status).toBe('SUCCESS');
  });

  it('after completion keeps the order complete and is paid out of the account', async () => {
    const order = await client.order();
    await client.act(no(order), 'ship-elsewhere');
    await client.act(no(order), 'confirm');
    const asked = await client.act(no(order), 'request-refund', { kind: 'return', amountFen: 900 });
    const refundNo = asked.refunds[0].refundNo as string;
    expect(await platformRefund(refundNo)).toMatchObject({ refund_phase: 'aftersale', refund_fee: '9.00' });
    await client.act(no(order), 'send-back');
    await advance(49);
    expect(await truth(order)).toMatchObject({
      state: 'completed',
      refundedFen: 900,
      receivedFen: (order.paidFen as number) - 900,
    });
    const rows = (await client.truth('bills')).filter((row) => row.refundNo === refundNo);
    expect(rows).toEqual([expect.objectContaining({ kind: 'refund', amountFen: -900, planted: null })]);
  });

  it('that is refused or withdrawn lets the buyer confirm later, and not while it is open', async () => {
    for (const [act, state] of [
      ['refuse-refund', 'SELLER_REFUSE_BUYER'],
      ['withdraw-refund', 'CLOSED'],
    ] as const) {
      const order = await client.order();
      await client.act(no(order), 'ship-elsewhere');
      await client.act(no(order), 'sign');
      const asked = await client.act(no(order), 'request-refund', { kind: 'return' });
      const refundNo = asked.refunds[0].refundNo as string;
      await advance(2.9);
      expect((await truth(order)).state).toBe('shipped');
      await client.act(no(order), act);
      expect((await platformRefund(refundNo)).status).toBe(state);
      await advance(30);
      expect(await truth(order)).toMatchObject({ state: 'completed', refundedFen: 0 });
    }
  });
});

describe('the mix of a month', () => {
  it('tells every kind of after-sale, is placed live over the days, and ends', async () => {
    const fresh = await startHere({ SIMULATOR_STORY_RATE: '0' });
    const { client: own } = fresh;
    const answer = await own.control('POST', '/seed', {
      platform: 'taobao',
      seed: 11,
      orders: 400,
      listings: 30,
      days: 6,
      stock: 9_000,
      mix: 'after-sales',
      ahead: true,
    });
    expect(answer).toMatchObject({ orders: 0, planned: 400 });
    expect(await own.truth('orders')).toEqual([]);
    const start = Date.parse((await own.control('GET', '/clock')).story as string);
    for (let hours = 0; hours < 24 * 24; hours += 12) {
      for (const order of await own.truth('orders'))
        if (order.state === 'paid') await own.act(no(order), 'ship-elsewhere');
      await own.control('POST', '/advance', { hours: 12 });
    }
    const orders = await own.truth('orders');
    const sales = await own.truth('after-sales');
    const [plan] = (await own.control('GET', '/seed')).items as Answer[];
    await fresh.simulator.close();
    expect(plan).toMatchObject({ orders: 400, placed: 400, missed: 0 });
    const days = new Set(
      orders.map((order) => Math.floor((Date.parse(order.placedAt as string) - start) / 86_400_000)),
    );
    expect([...days].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    const ended = orders.filter((order) => ['completed', 'closed', 'cancelled'].includes(order.state as string));
    expect(orders.length - ended.length).toBe(0);
    const seen = new Set(sales.map((sale) => `${sale.kind} ${sale.phase} ${sale.state}`));
    for (const story of [
      'refund before_shipping done',
      'refund after_shipping done',
      'refund after_completion done',
      'return after_shipping done',
      'return after_completion done',
    ])
      expect([story, seen.has(story)]).toEqual([story, true]);
    expect(sales.length / orders.length).toBeGreaterThan(0.1);
    expect(sales.length / orders.length).toBeLessThan(0.35);
    for (const order of orders) {
      const given = sales
        .filter((sale) => sale.platformOrderNo === order.platformOrderNo && sale.state === 'done')
        .reduce((sum, sale) => sum + (sale.amountFen as number), 0);
      expect([order.platformOrderNo, given]).toEqual([order.platformOrderNo, order.refundedFen]);
      expect(order.refundedFen).toBeLessThanOrEqual(order.paidFen as number);
    }
  });

  it('goes on after a restart: no arrival happens twice, none is lost, and the orders are the same', async () => {
    const seed = { platform: 'taobao', seed: 5, orders: 60, listings: 10, days: 2, stock: 900, ahead: true };
    const story = async (isStopped: boolean): Promise<Answer[]> => {
      const first = await startHere({ SIMULATOR_STORY_RATE: '0' });
      const begun = Date.parse((await first.client.control('GET', '/clock')).story as string);
      await first.client.control('POST', '/seed', seed);
      await first.client.control('POST', '/advance', { hours: 20 });
      let last = first;
      if (isStopped) {
        await first.simulator.close();
        last = await startHere({ SIMULATOR_STORY_RATE: '0', SIMULATOR_DATA_DIR: first.folder });
      }
      await last.client.control('POST', '/advance', { hours: 40 });
      const orders = await last.client.truth('orders');
      await last.simulator.close();
      expect(orders).toHaveLength(60);
      return orders.map((order) => ({
        shop: order.platformShopId,
        kind: order.kind,
        codes: (order.lines as Answer[]).map((line) => line.merchantCode),
        afterMs: Date.parse(order.placedAt as string) - begun,
      }));
    };
    const [stopped, whole] = [await story(true), await story(false)];
    // The platform tells whole seconds, and the two runs began at different fractions of one.
    for (const [i, order] of stopped.entries())
      expect(Math.abs((order.afterMs as number) - (whole[i]!.afterMs as number))).toBeLessThanOrEqual(1_000);
    const words = (orders: Answer[]): unknown => orders.map(({ shop, kind, codes }) => ({ shop, kind, codes }));
    expect(words(stopped)).toEqual(words(whole));
  });

  it('may be named or given as weights; anything else is refused', async () => {
    const ask = (mix: unknown): Promise<Answer> =>
      client.control('POST', '/seed', { platform: 'taobao', orders: 0, mix });
    expect(await ask('soap')).toMatchObject({ status: 400 });
    expect(await ask({ soap: 1 })).toMatchObject({ status: 400 });
    expect((await ask({ ordinary: 1 })).status).toBeUndefined();
    expect(await client.control('GET', '/truth?platform=taobao&kind=orders&limit=1')).toHaveProperty('items');
  });
});

describe('the list of refunds', () => {
  it('pages by modified time and holds each refund once, with the shop’s own alone', async () => {
    const answer = await client.call('taobao.refunds.receive.get', { fields: FIELDS, page_size: '100' });
    const listed = answer.refunds_receive_get_response.refunds.refund as Answer[];
    const told = await client.truth('after-sales', `&platformShopId=${MALL.shopId}`);
    expect(listed.map((row) => row.refund_id).sort()).toEqual(told.map((row) => row.refundNo).sort());
    const times = listed.map((row) => row.modified as string);
    expect(times).toEqual([...times].sort().reverse());
  });
});
