import type { Answer } from '../../testing/harness';
import { SHOP, startHere, type Client } from './testing/pinduoduo-client';

let client: Client;
let stop: () => Promise<void>;

beforeAll(async () => {
  const { client: own, simulator } = await startHere({ SIMULATOR_STORY_RATE: '1' });
  client = own;
  stop = () => simulator.close();
  await client.control('POST', '/seed', { platform: 'pinduoduo', seed: 1, orders: 0, listings: 10, days: 1 });
});
afterAll(() => stop());

const place = async (): Promise<string> =>
  (await client.order(['TEE-RED-S'], { freightFen: 600 })).platformOrderNo as string;
const order = async (no: string): Promise<Answer> =>
  (await client.call('pdd.order.information.get', { order_sn: no })).order_info_get_response.order_info as Answer;
const information = (no: string): Promise<Answer> => client.call('pdd.refund.information.get', { order_sn: no });
const ask = async (no: string, body: Answer = {}): Promise<string> =>
  ((await client.act(no, 'request-refund', body)).refunds as Answer[]).at(-1)!.refundNo as string;

/** An order that was shipped and arrived. */
async function arrived(): Promise<string> {
  const no = await place();
  await client.act(no, 'ship-elsewhere');
  await client.act(no, 'sign');
  return no;
}

async function listed(no: string, more: Record<string, string> = {}): Promise<Answer[]> {
  const answer = await client.call('pdd.refund.list.increment.get', {
    after_sales_type: '1',
    after_sales_status: '1',
    start_updated_at: String(await client.storySeconds(-1_700)),
    end_updated_at: String(await client.storySeconds(60)),
    page: '1',
    ...more,
  });
  return (answer.refund_increment_get_response.refund_list as Answer[]).filter((row) => row.order_sn === no);
}

/** A call whose parameters stand in the JSON text of `request`. */
const request = async (method: string, body: Answer): Promise<Answer> =>
  client.call(method, { request: JSON.stringify(body) });

describe('the two codings of an after-sale', () => {
  it('are yuan texts and types from 2 on in the list, fen and types from 1 on in the detail, which has no root', async () => {
    const no = await place();
    const refundNo = await ask(no);
    const [row] = await listed(no);
    const detail = await information(no);
    const { payableFen } = await client.control('GET', `/platforms/pinduoduo/orders/${no}`);
    expect(row).toMatchObject({
      id: Number(refundNo),
      after_sales_type: 2,
      after_sales_status: 2,
      refund_amount: ((payableFen as number) / 100).toFixed(2),
    });
    expect(row).toHaveProperty('good_image');
    expect(row).toHaveProperty('after_sale_reason');
    expect(detail).toMatchObject({
      id: Number(refundNo),
      after_sales_type: 1,
      after_sales_status: 2,
      refund_amount: payableFen,
      request_id: expect.stringMatching(/^\d{17}$/),
    });
    expect(detail.expire_time).toBeGreaterThan(detail.recreated_at as number);
    expect(await listed(no, { after_sales_type: '3' })).toEqual([]);
    expect(await listed(no, { after_sales_type: '3', order_sn: no })).toHaveLength(1);
  });

  it('refuse a window of more than 1800 seconds', async () => {
    const wide = { start_updated_at: '1000', end_updated_at: '2801', after_sales_type: '1', after_sales_status: '1' };
    expect((await client.refusal('pdd.refund.list.increment.get', wide))[0]).toBe(10_000);
  });
});

describe('money before shipping', () => {
  it('is agreed to by a call, is on its way as 4, and ends as 10 with the order refunded', async () => {
    const no = await place();
    const refundNo = await ask(no);
    expect(await order(no)).toMatchObject({ refund_status: 2, after_sales_status: 2 });
    const body = { order_sn: no, after_sales_id: refundNo };
    const agreed = await request('pdd.refund.agree', body);
    expect(agreed.response.result).toMatchObject({ succ: true, order_sn: no });
    expect(await order(no)).toMatchObject({ refund_status: 3, after_sales_status: 4 });
    expect((await request('pdd.refund.agree', body)).response.result.succ).toBe(false);
    await client.control('POST', '/advance', { seconds: 700 });
    expect(await order(no)).toMatchObject({ refund_status: 4, after_sales_status: 10, order_status: 1 });
  });

  it('comes back without a call when the buyer withdraws, and then the order can be shipped', async () => {
    const no = await place();
    await ask(no);
    await client.act(no, 'withdraw-refund');
    expect(await order(no)).toMatchObject({ refund_status: 1, after_sales_status: 11 });
    const send = { order_sn: no, logistics_id: '115', tracking_number: '78200000000077' };
    expect(await client.refusal('pdd.logistics.online.send', send)).toEqual([0, '']);
  });

  it('is refused only in the shop’s own pages, and then the order can be shipped', async () => {
    const no = await place();
    await ask(no);
    await client.act(no, 'refuse-refund');
    expect(await order(no)).toMatchObject({ refund_status: 1, after_sales_status: 6 });
    const send = { order_sn: no, logistics_id: '115', tracking_number: '78200000000078' };
    expect(await client.refusal('pdd.logistics.online.send', send)).toEqual([0, '']);
  });

  it('is told to be stopped in the warehouse by sendgoods.cancel', async () => {
    const no = await place();
    const refundNo = await ask(no);
    const param = JSON.stringify({ tid: no, refund_id: refundNo, status: 'SUCCESS', operate_time: 1 });
    const answer = await client.call('pdd.rdc.pddgenius.sendgoods.cancel', { param });
    expect(answer.rdc_pddgenius_sendgoods_cancel_response.result.result_data).toBe(true);
    expect((await order(no)).refund_status).toBe(3);
  });

  it('in part leaves the order to be shipped, and shows as refunded once it is', async () => {
    const no = await place();
    await ask(no, { amountFen: 100 });
    await client.act(no, 'grant-refund');
    expect(await order(no)).toMatchObject({ refund_status: 1, order_status: 1 });
    await client.act(no, 'ship-elsewhere');
    expect(await order(no)).toMatchObject({ refund_status: 4, order_status: 2 });
    expect((await information(no)).refund_amount).toBe(100);
  });
});

describe('goods that come back', () => {
  it('are let come back to a named address, sent, received in the warehouse, and paid', async () => {
    const no = await arrived();
    const refundNo = await ask(no, { kind: 'return' });
    expect((await listed(no))[0]).toMatchObject({ after_sales_type: 3, after_sales_status: 3 });
    const { refund_address_list: addresses } = (await client.call('pdd.refund.address.list.get'))
      .refund_address_list_get_response as Answer;
    const agree = (address: unknown): Promise<Answer> =>
      request('pdd.refund.returngoods.agree', {
        order_sn: no,
        after_sales_id: refundNo,
        operate_desc: '同意',
        return_address_id: address,
      });
    expect((await agree('1')).error_response.error_code).toBe(21_001);
    expect((await agree(addresses[0].refund_address_id)).response).toMatchObject({ success: true, error_code: 0 });
    expect((await agree(addresses[0].refund_address_id)).response).toMatchObject({
      success: false,
      error_code: 50_001,
    });
    expect((await information(no)).after_sales_status).toBe(7);
    await client.act(no, 'send-back', { waybillNo: 'SF2000000001234', carrier: 'SF' });
    expect(await information(no)).toMatchObject({ after_sales_status: 7, express_no: 'SF2000000001234' });
    expect((await listed(no))[0]!.tracking_number).toBe('SF2000000001234');
    const received = await request('pdd.nextone.logistics.warehouse.update', {
      order_sn: no,
      after_sales_id: refundNo,
      reverse_tracking_number: 'SF2000000001234',
      warehouse_status: 1,
      operate_time: 1,
    });
    expect(received.response.result.success).toBe(true);
    expect((await information(no)).after_sales_status).toBe(4);
    await client.control('POST', '/advance', { seconds: 700 });
    expect((await information(no)).after_sales_status).toBe(10);
  });

  it.each([
    ['exchange', 4, [14, 15, 14, 18, 16]],
    ['repair', 6, [21, 22, 22, 27, 25]],
  ] as const)('are sent again after a %s, without money', async (kind, type, codes) => {
    const no = await arrived();
    const refundNo = await ask(no, { kind });
    const status = async (): Promise<number> => (await information(no)).after_sales_status as number;
    expect((await listed(no))[0]).toMatchObject({ after_sales_type: type, refund_amount: '0.00' });
    expect(await status()).toBe(codes[0]);
    await client.act(no, 'agree-return');
    expect(await status()).toBe(codes[1]);
    await client.act(no, 'send-back');
    expect(await status()).toBe(codes[2]);
    const parcel = { order_sn: no, after_sales_id: refundNo, shipping_id: 115, shipping_name: '中通快递' };
    const sent = await request('pdd.refund.exchange.shipping', { ...parcel, tracking_number: '78200000004321' });
    expect(sent.response.result.success).toBe(true);
    expect(await status()).toBe(codes[3]);
    await client.act(no, 'finish-after-sale');
    expect(await status()).toBe(codes[4]);
    const truth = await client.control('GET', `/platforms/pinduoduo/orders/${no}`);
    expect(truth).toMatchObject({
      refundedFen: 0,
      refunds: [{ kind, state: 'done', reshipWaybillNo: '78200000004321' }],
    });
    expect((await order(no)).refund_status).toBe(1);
  });

  it('are missing ones that are sent again: no goods come back', async () => {
    const no = await arrived();
    const refundNo = await ask(no, { kind: 'resend' });
    await client.act(no, 'agree-return');
    expect((await information(no)).after_sales_status).toBe(32);
    expect((await client.act(no, 'send-back')).code).toBe('CONTROL.STATE_FORBIDS');
    const parcel = { order_sn: no, after_sales_id: refundNo, shipping_id: 85, shipping_name: '圆通' };
    await request('pdd.refund.exchange.shipping', { ...parcel, tracking_number: 'YT6000000000777' });
    expect((await information(no)).after_sales_status).toBe(18);
    await client.control('POST', '/advance', { hours: 61 });
    expect((await information(no)).after_sales_status).toBe(16);
  });

  it('ask for an exchange only of an order that was shipped', async () => {
    const no = await place();
    expect((await client.act(no, 'request-refund', { kind: 'exchange' })).code).toBe('CONTROL.STATE_FORBIDS');
  });
});

describe('seeded after-sales', () => {
  it('come in every kind with the mix that asks for them, one line an order, and all of them end', async () => {
    await client.control('POST', '/seed', {
      platform: 'pinduoduo',
      platformShopId: SHOP.shopId,
      seed: 9,
      orders: 120,
      listings: 20,
      days: 20,
      stock: 5_000,
      mix: { exchange_goods: 1, resend_goods: 1, repair_goods: 1, return_goods: 1, refund_soon: 1, same_sku_twice: 1 },
    });
    await client.control('POST', '/advance', { hours: 24 * 25 });
    const refunds = await client.truth('after-sales', `&platformShopId=${SHOP.shopId}`);
    const seeded = refunds.filter((row) => ['exchange', 'resend', 'repair', 'return', 'refund'].includes(row.kind));
    for (const kind of ['exchange', 'resend', 'repair', 'return', 'refund'])
      expect(seeded.filter((row) => row.kind === kind && row.state === 'done').length).toBeGreaterThan(2);
    const orders = await client.truth('orders', `&platformShopId=${SHOP.shopId}`);
    expect(orders.every((one) => one.lines.length === 1)).toBe(true);
  });
});
