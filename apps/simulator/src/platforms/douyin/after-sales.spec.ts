import type { Answer } from '../../testing/harness';
import { FLAGSHIP, startHere, type Client } from './testing/douyin-client';

let client: Client;
let stop: () => Promise<void>;

beforeAll(async () => {
  const { client: own, simulator } = await startHere();
  client = own;
  stop = () => simulator.close();
  await client.control('POST', '/seed', { platform: 'douyin', seed: 6, orders: 0, listings: 8, days: 1, stock: 500 });
});
afterAll(() => stop());

const place = async (isShipped: boolean, codes?: string[]): Promise<string> => {
  const { platformOrderNo: no } = await client.order(codes);
  if (isShipped) {
    await client.act(no as string, 'ship-elsewhere');
    await client.act(no as string, 'collect');
    await client.act(no as string, 'sign');
  }
  return no as string;
};
const asked = async (no: string, more: Answer = {}): Promise<string> => {
  const order = await client.act(no, 'request-refund', more);
  return (order.refunds as Answer[]).at(-1)!.refundNo as string;
};
const itemOf = async (no: string): Promise<Answer> =>
  (await client.data('afterSale.List', { page: 0, size: 10, aftersale_id: no })).items[0] as Answer;
const statusOf = async (no: string): Promise<number> => (await itemOf(no)).aftersale_info.aftersale_status as number;
const operate = (type: number, no: string, more: Answer = {}): Promise<string | undefined> =>
  client.refusal('afterSale.operate', { type, items: [{ aftersale_id: no, ...more }] });

const address = { logistics: { receiver_address_id: 60001002 } };
const reason = { reject_reason_code: 101, reason: '商品影响二次销售' };

describe('refunds of money alone', () => {
  it('before shipping: 6, then 12 with the order at 4 and 21', async () => {
    const order = await place(false);
    const no = await asked(order);
    expect((await itemOf(no)).aftersale_info).toMatchObject({
      aftersale_status: 6,
      aftersale_type: 2,
      refund_status: 1,
      related_id: order,
    });
    await client.act(order, 'grant-refund');
    expect(await statusOf(no)).toBe(12);
    const { shop_order_detail: view } = await client.data('order.orderDetail', { shop_order_id: order });
    expect(view).toMatchObject({ order_status: 4, main_status: 21 });
    expect(view.sku_order_list[0].after_sale_info).toEqual({
      after_sale_status: 12,
      after_sale_type: 2,
      refund_status: 3,
    });
  });

  it('after shipping: the merchant agrees by 201 and refuses by 202, which needs a reason', async () => {
    const order = await place(true);
    const no = await asked(order);
    expect((await itemOf(no)).aftersale_info.aftersale_type).toBe(1);
    expect(await operate(202, no)).toMatch(/^40002/);
    expect(await operate(202, no, reason)).toBeUndefined();
    expect(await statusOf(no)).toBe(27);
    expect(await operate(201, no)).toBeUndefined();
    expect(await statusOf(no)).toBe(12);
    const { shop_order_detail: view } = await client.data('order.orderDetail', { shop_order_id: order });
    expect(view).toMatchObject({ order_status: 4, main_status: 22 });
  });

  it('taken back: 28, and refund_status stays 1 although no money is due', async () => {
    const order = await place(false);
    const no = await asked(order);
    await client.act(order, 'withdraw-refund');
    expect((await itemOf(no)).aftersale_info).toMatchObject({ aftersale_status: 28, refund_status: 1 });
  });
});

describe('goods that come back', () => {
  it('return: 6, 7, 11, 12; the first agreement needs an address, the version must be the newest', async () => {
    const order = await place(true);
    const no = await asked(order, { kind: 'return' });
    const before = (await itemOf(no)).aftersale_info as Answer;
    expect(before).toMatchObject({ aftersale_type: 0, aftersale_status: 6 });
    expect(await operate(101, no)).toMatch(/^40002/);
    expect(await operate(101, no, { ...address, update_time: Number(before.update_time) - 1 })).toBe(
      '50002 isv.business-failed:20309541',
    );
    expect(await operate(101, no, { ...address, update_time: before.update_time })).toBeUndefined();
    expect(await statusOf(no)).toBe(7);
    expect(await operate(111, no)).toBe('50002 isv.business-failed:20309541');
    await client.act(order, 'send-back', { refundNo: no, waybillNo: 'YT9000000001' });
    const sent = (await itemOf(no)).aftersale_info as Answer;
    expect(sent).toMatchObject({ aftersale_status: 11, return_logistics_code: 'YT9000000001' });
    expect(await operate(112, no, reason)).toBeUndefined();
    expect(await statusOf(no)).toBe(29);
  });

  it('exchange: 6, 7, 11, 13, 14, without money', async () => {
    const order = await place(true);
    const no = await asked(order, { kind: 'exchange' });
    expect((await itemOf(no)).aftersale_info).toMatchObject({ aftersale_type: 3, refund_amount: 0, refund_status: 0 });
    expect(await operate(301, no, address)).toBeUndefined();
    await client.act(order, 'send-back', { refundNo: no });
    const waybill = { logistics: { company_code: 'yuantong', logistics_code: 'YT9000000002' } };
    expect(await operate(311, no, waybill)).toBeUndefined();
    expect(await statusOf(no)).toBe(13);
    await client.act(order, 'finish-after-sale', { refundNo: no });
    expect(await statusOf(no)).toBe(14);
  });

  it('resending: agreed it waits at 8 until fillLogistics; repair has type 8', async () => {
    const order = await place(true);
    const no = await asked(order, { kind: 'resend' });
    expect((await itemOf(no)).aftersale_info.aftersale_type).toBe(7);
    await client.act(order, 'agree-return', { refundNo: no });
    expect(await statusOf(no)).toBe(8);
    const parcel = { aftersale_id: no, send_type: 1, company_code: 'yuantong', tracking_no: 'YT9000000003' };
    expect(await client.refusal('afterSale.fillLogistics', parcel)).toBeUndefined();
    expect(await statusOf(no)).toBe(13);
    const repair = await asked(await place(true), { kind: 'repair' });
    expect((await itemOf(repair)).aftersale_info.aftersale_type).toBe(8);
  });
});

describe('the list and the detail', () => {
  it('name an after-sale differently, and the detail’s ids are bare numbers', async () => {
    const order = await place(false);
    const no = await asked(order);
    const response = await client.raw('afterSale.Detail', JSON.stringify({ after_sale_id: no }));
    const text = await response.text();
    expect(text).toContain(`"after_sale_id":${no},`);
    expect(text).toContain(`"shop_order_id":${order},`);
    expect((await itemOf(no)).order_info.related_order_info[0]).toMatchObject({ shop_sku_code: 'TEE-RED-S' });
  });

  it('operate on several at once or on none', async () => {
    const good = await asked(await place(true));
    const bad = await asked(await place(true));
    await operate(201, bad);
    const both = { type: 201, items: [{ aftersale_id: good }, { aftersale_id: bad }] };
    expect(await client.refusal('afterSale.operate', both)).toBe('50002 isv.business-failed:20309541');
    expect(await statusOf(good)).toBe(6);
  });

  it('include the start of a span and leave its end out', async () => {
    const no = await asked(await place(false));
    const at = (await itemOf(no)).aftersale_info.update_time as number;
    const of = async (from: number, to: number): Promise<string[]> => {
      const answer = await client.data('afterSale.List', {
        page: 0,
        size: 100,
        update_start_time: from,
        update_end_time: to,
        order_by: ['update_time asc'],
      });
      return (answer.items as Answer[]).map((item) => item.aftersale_info.aftersale_id as string);
    };
    expect(await of(at, at + 1)).toContain(no);
    expect(await of(at - 1, at)).not.toContain(no);
  });
});

describe('polling by update time', () => {
  it('loses after-sales to a client that leaves the sort at its default', async () => {
    await client.control('POST', '/seed', {
      platform: 'douyin',
      platformShopId: FLAGSHIP.shopId,
      seed: 7,
      orders: 150,
      listings: 8,
      days: 2,
      stock: 10_000,
      mix: { refund_late: 1, refund_soon: 1 },
    });
    const to = await client.storySeconds(0);
    const span = { update_start_time: to - 2 * 86_400, update_end_time: to };
    const page = async (n: number): Promise<Answer> => client.data('afterSale.List', { page: n, size: 10, ...span });
    const numbers = (answer: Answer): string[] =>
      (answer.items as Answer[]).map((item) => item.aftersale_info.aftersale_id as string);
    const seen = new Set<string>();
    const first = await page(0);
    let total = first.total as number;
    expect(total).toBeGreaterThan(40);
    for (let n = 0; n * 10 < total; n += 1) {
      const answer = n === 0 ? first : await page(n);
      total = answer.total as number;
      for (const no of numbers(answer)) seen.add(no);
      // Meanwhile an after-sale of a page that was read moves out of the span.
      const open = (answer.items as Answer[]).find((item) => item.aftersale_info.aftersale_status === 6);
      if (open) await client.act(open.order_info.shop_order_id as string, 'withdraw-refund');
    }
    const left: string[] = [];
    for (let n = 0, isMore = true; isMore; n += 1) {
      const answer = await page(n);
      left.push(...numbers(answer));
      isMore = answer.has_more as boolean;
    }
    expect(left.filter((no) => !seen.has(no)).length).toBeGreaterThan(0);
  });
});
