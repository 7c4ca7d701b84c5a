import { type Answer } from '../../testing/harness';
import { startHere, MALL, MARKET, type Client } from './testing/taobao-client';

let client: Client;
let stop: () => Promise<void>;
let numbers = 0;

beforeAll(async () => {
  const { client: own, simulator } = await startHere();
  client = own;
  stop = () => simulator.close();
  await client.control('POST', '/seed', { platform: 'taobao', seed: 5, orders: 2, listings: 8, days: 1 });
});
afterAll(() => stop());

const freshNo = (): string => `7820000000${String((numbers += 1)).padStart(4, '0')}`;
const send = (tid: string, more: Record<string, string> = {}): Promise<Answer> =>
  client.call('taobao.logistics.offline.send', { tid, company_code: 'ZTO', out_sid: freshNo(), ...more });
const subCode = (answer: Answer): string =>
  String(answer.error_response?.sub_code).replace('isv.logistics-offline-service-error:', '');
const no = (order: Answer): string => order.platformOrderNo as string;
const told = (tid: string): Promise<Answer> => client.control('GET', `/platforms/taobao/orders/${tid}`);
const lineNos = (order: Answer): string[] => (order.lines as Answer[]).map((line) => line.no as string);

describe('telling that goods left', () => {
  it('ships a whole order once; the second call is B04 and changes nothing', async () => {
    const order = await client.order();
    expect((await send(no(order))).logistics_offline_send_response.shipping.is_success).toBe(true);
    expect(subCode(await send(no(order)))).toBe('B04');
    const truth = await told(no(order));
    expect(truth.state).toBe('shipped');
    expect(truth.notices).toHaveLength(1);
  });

  it('refuses what may not be shipped, with the code of the reason', async () => {
    const unpaid = await client.order(['TEE-RED-S'], { paid: false });
    expect(subCode(await send(no(unpaid)))).toBe('B02');
    const blocked = await client.order();
    await client.act(no(blocked), 'forbid');
    expect(subCode(await send(no(blocked)))).toBe('B02');
    await client.act(no(blocked), 'allow');
    expect(subCode(await send(no(blocked), { company_code: 'NOBODY' }))).toBe('B57');
    expect(subCode(await send(no(blocked), { out_sid: 'bad number!' }))).toBe('B60');
    expect(subCode(await send(no(blocked), { is_split: '1', sub_tid: '1' }))).toBe('B03');
    expect(subCode(await send('2231900000000000001'))).toBe('B01');
    const refunding = await client.order();
    await client.act(no(refunding), 'request-refund');
    expect(subCode(await send(no(refunding)))).toBe('B55');
    await client.act(no(refunding), 'withdraw-refund');
    expect((await send(no(refunding))).error_response).toBeUndefined();
  });

  it('refuses a waybill number that was used for another receiver, and takes it for the same receiver', async () => {
    const first = await client.order(['TEE-RED-S'], { buyer: 1 });
    const same = await client.order(['TEE-RED-S'], { buyer: 1 });
    const stranger = await client.order(['TEE-RED-S'], { buyer: 2 });
    const waybill = freshNo();
    await send(no(first), { out_sid: waybill });
    expect((await send(no(same), { out_sid: waybill })).error_response).toBeUndefined();
    expect(subCode(await send(no(stranger), { out_sid: waybill }))).toBe('F-F06');
  });

  it('ships line by line, and the trade is part shipped until the last', async () => {
    const order = await client.order(['TEE-RED-S', 'TEE-RED-M']);
    const [first, second] = lineNos(order) as [string, string];
    await send(no(order), { is_split: '1', sub_tid: first });
    const detail = await client.call('taobao.trade.fullinfo.get', {
      tid: no(order),
      fields: 'status,orders.status,orders.invoice_no',
    });
    expect(detail.trade_fullinfo_get_response.trade.status).toBe('SELLER_CONSIGNED_PART');
    expect(subCode(await send(no(order)))).toBe('CD16');
    expect(subCode(await send(no(order), { is_split: '1', sub_tid: first }))).toBe('B04');
    await send(no(order), { is_split: '1', sub_tid: second });
    expect((await told(no(order))).state).toBe('shipped');
  });

  it('ships part of a line through the new chain, and tells refusals inside the answer', async () => {
    const order = await client.control('POST', '/platforms/taobao/orders', {
      platformShopId: MALL.shopId,
      paid: true,
      lines: [{ merchantCode: 'TEE-RED-S', quantity: 3 }],
    });
    const pack = (num: number): Record<string, string> => ({
      tid: no(order),
      consign_type: '1',
      consign_pkgs: JSON.stringify([
        { out_sid: freshNo(), company_code: 'ZTO', goods: [{ sub_tid: no(order), item_type: 0, num }] },
      ]),
    });
    const sent = await client.call('alibaba.ascp.logistics.offline.send', pack(2));
    expect(sent.alibaba_ascp_logistics_offline_send_response.result.success).toBe(true);
    expect((await told(no(order))).state).toBe('part_shipped');
    const tooMuch = await client.call('alibaba.ascp.logistics.offline.send', pack(2));
    expect(tooMuch.alibaba_ascp_logistics_offline_send_response.result).toMatchObject({
      success: false,
      error_code: 'P25',
    });
    await client.call('alibaba.ascp.logistics.offline.send', pack(1));
    expect((await told(no(order))).state).toBe('shipped');
    const again = await client.call('alibaba.ascp.logistics.offline.send', pack(1));
    expect(again.alibaba_ascp_logistics_offline_send_response.result).toMatchObject({
      success: false,
      error_code: 'B04',
    });
  });

  it('changes a waybill number after shipping, and calls an unchanged one P07', async () => {
    const order = await client.order();
    const waybill = freshNo();
    const resend = (out_sid: string): Promise<Answer> =>
      client.call('taobao.logistics.consign.resend', { tid: no(order), company_code: 'ZTO', out_sid });
    expect((await resend(waybill)).error_response.sub_code).toMatch(/:CD19$/);
    await send(no(order), { out_sid: waybill });
    expect((await resend(waybill)).error_response.sub_code).toMatch(/:P07$/);
    expect((await resend(freshNo())).error_response).toBeUndefined();
  });

  it('leaves the state alone when a platform pickup is ordered, until it is confirmed', async () => {
    const order = await client.order();
    await client.call('taobao.logistics.online.send', { tid: no(order), company_code: 'ZTO' });
    expect((await told(no(order))).state).toBe('paid');
    const confirmed = await client.call('taobao.logistics.online.confirm', { tid: no(order), out_sid: freshNo() });
    expect(confirmed.logistics_online_confirm_response.shipping.is_success).toBe(true);
    expect((await told(no(order))).state).toBe('shipped');
  });

  it('moves the story on by itself: delivered, confirmed, paid out', async () => {
    const order = await client.order();
    await send(no(order));
    await client.control('POST', '/advance', { hours: 48 });
    const truth = await told(no(order));
    expect(truth.state).toBe('completed');
    expect(truth.story).toBe(
      'placed, then paid, then shipped, then collected by the carrier, then delivered, then confirmed by the buyer',
    );
    expect(truth.receivedFen).toBe(truth.paidFen);
    const bills = await client.truth('bills');
    expect(bills.filter((row) => row.platformOrderNo === no(order)).map((row) => row.kind)).toEqual([
      'goods',
      'commission',
      'points',
    ]);
  });

  it('closes an order whose refund was granted before it was shipped', async () => {
    const order = await client.order();
    await client.act(no(order), 'request-refund');
    await client.control('POST', '/advance', { hours: 12 });
    const detail = await client.call('taobao.trade.fullinfo.get', {
      tid: no(order),
      fields: 'status,orders.refund_status',
    });
    expect(detail.trade_fullinfo_get_response.trade).toMatchObject({
      status: 'TRADE_CLOSED',
      orders: { order: [{ refund_status: 'SUCCESS' }] },
    });
    expect(subCode(await send(no(order)))).toBe('B02');
    const rows = await client.call('taobao.refunds.receive.get', {
      fields: 'refund_id,tid,status,refund_fee',
      page_size: '100',
    });
    expect(rows.refunds_receive_get_response.refunds.refund).toContainEqual(
      expect.objectContaining({ tid: no(order), status: 'SUCCESS' }),
    );
  });
});

describe('e-waybills', () => {
  const sender = {
    name: '一号仓',
    mobile: '13800000000',
    address: { province: '浙江省', city: '杭州市', district: '余杭区', town: '五常街道', detail: '文一西路969号1号仓' },
  };
  const apply = async (tid: string, oaid: string, more: Answer = {}): Promise<Answer> =>
    client.call('cainiao.waybill.ii.get', {
      param_waybill_cloud_print_apply_new_request: JSON.stringify({
        cp_code: 'ZTO',
        sender,
        trade_order_info_dtos: [
          {
            object_id: '1',
            order_info: { order_channels_type: 'TB', trade_order_list: [tid] },
            package_info: { id: 'p1', items: [{ name: '示例', count: 1 }] },
            recipient: {
              name: '李*',
              mobile: '138****0000',
              address: { province: '北京', detail: '望京**' },
              oaid,
              tid,
            },
            template_url: 'http://cloudprint.cainiao.com/template/standard/301',
            user_id: 2200001,
          },
        ],
        ...more,
      }),
    });
  const oaidOf = async (tid: string): Promise<string> =>
    (
      await client.call('taobao.trade.fullinfo.get', {
        tid,
        fields: 'oaid,receiver_name,receiver_address,created,receiver_mobile,receiver_phone',
      })
    ).trade_fullinfo_get_response.trade.oaid as string;
  const codeOf = (answer: Answer): string =>
    answer.cainiao_waybill_ii_get_response.modules.waybill_cloud_print_response[0].waybill_code as string;

  it('gives the same number for the same orders and parcel, and a new one after it was cancelled', async () => {
    const order = await client.order();
    const oaid = await oaidOf(no(order));
    const first = codeOf(await apply(no(order), oaid));
    expect(codeOf(await apply(no(order), oaid))).toBe(first);
    const cancelled = await client.call('cainiao.waybill.ii.cancel', { cp_code: 'ZTO', waybill_code: first });
    expect(cancelled.cainiao_waybill_ii_cancel_response.cancel_result).toBe(true);
    expect(codeOf(await apply(no(order), oaid))).not.toBe(first);
  });

  it('refuses an oaid that the address change made old, and decrypt says so too', async () => {
    const order = await client.order();
    const old = await oaidOf(no(order));
    await client.act(no(order), 'change-address');
    expect((await apply(no(order), old)).error_response.sub_code).toBe('isv.waybill-oaid-not-match');
    const decrypt = async (oaid: string): Promise<Answer> =>
      (
        await client.call('taobao.top.oaid.decrypt', {
          query_list: JSON.stringify([{ oaid, tid: no(order), scene: '1005' }]),
        })
      ).top_oaid_decrypt_response.receiver_list.receiver[0] as Answer;
    expect((await decrypt(old)).matched).toBe(false);
    const fresh = await decrypt(await oaidOf(no(order)));
    expect(fresh).toMatchObject({ matched: true, privacy_protection: true });
    expect(fresh.name).not.toContain('*');
  });

  it('refuses a sender address that the account does not know', async () => {
    const order = await client.order();
    const answer = await apply(no(order), await oaidOf(no(order)), {
      sender: { ...sender, address: { ...sender.address, detail: 'elsewhere' } },
    });
    expect(answer.error_response.sub_code).toBe('isv.waybill-sender-address-not-match');
  });
});

describe('stock numbers', () => {
  const skuOf = async (shopId: string, code: string): Promise<Answer> =>
    (await client.truth('stock', `&platformShopId=${shopId}`)).find((row) => row.merchantCode === code)!;
  const update = (row: Answer, params: Record<string, string>, token = MALL.token): Promise<Answer> =>
    client.call(
      'taobao.item.quantity.update',
      { num_iid: row.listingId as string, sku_id: row.listingSkuId as string, ...params },
      { token },
    );

  it('deducts on payment in the mall and on ordering in the market', async () => {
    const mall = await skuOf(MALL.shopId, 'MUG-WHT-350ml');
    await client.order(['MUG-RED-350ml'], { paid: false });
    const before = await skuOf(MALL.shopId, 'MUG-RED-350ml');
    expect(before.heldByUnpaid).toBe(1);
    expect(before.quantity).toBe(100);
    expect(mall === undefined || mall.quantity === 100).toBe(true);
    const market = await skuOf(MARKET.shopId, 'MUG-RED-350ml');
    await client.order(['MUG-RED-350ml'], { paid: false, platformShopId: MARKET.shopId });
    expect((await skuOf(MARKET.shopId, 'MUG-RED-350ml')).quantity).toBe((market.quantity as number) - 1);
  });

  it('refuses a full number below what unpaid orders hold', async () => {
    await client.order(['CAP-RED'], { paid: false });
    const row = await skuOf(MALL.shopId, 'CAP-RED');
    expect((await update(row, { quantity: '0' })).error_response.sub_msg).toContain('编辑库存数不能低于预扣库存数');
    expect((await update(row, { quantity: '1' })).error_response).toBeUndefined();
    expect((await skuOf(MALL.shopId, 'CAP-RED')).lastTold).toMatchObject({ quantity: 1 });
  });

  it('treats an increment below zero in two ways, by method', async () => {
    const row = await skuOf(MARKET.shopId, 'CAP-RED');
    expect((await update(row, { quantity: '-999', type: '2' }, MARKET.token)).error_response.sub_msg).toContain(
      '不能小于 0',
    );
    await client.call(
      'taobao.skus.quantity.update',
      { num_iid: row.listingId as string, skuid_quantities: `${row.listingSkuId}:-999`, type: '2' },
      { token: MARKET.token },
    );
    expect((await skuOf(MARKET.shopId, 'CAP-RED')).quantity).toBe(0);
  });

  it('takes at most 20 SKUs at once and does an increment with a business key once', async () => {
    const row = await skuOf(MARKET.shopId, 'SOCK-RED');
    const many = Array.from({ length: 21 }, () => `${row.listingSkuId}:1`).join(';');
    expect(
      (
        await client.call(
          'taobao.skus.quantity.update',
          { num_iid: row.listingId as string, skuid_quantities: many },
          { token: MARKET.token },
        )
      ).error_response.code,
    ).toBe(41);
    const increment = {
      item_id: row.listingId as string,
      sku_quantities: JSON.stringify([{ sku_id: row.listingSkuId, quantity: 5 }]),
      options: JSON.stringify({ type: 2, outer_biz_key: 'ab12' }),
    };
    for (let i = 0; i < 2; i += 1) await client.call('tmall.item.quantity.update', increment, { token: MARKET.token });
    expect((await skuOf(MARKET.shopId, 'SOCK-RED')).quantity).toBe((row.quantity as number) + 5);
  });
});

describe('memo and close', () => {
  it('keeps flag and memo apart, clears only with reset, and limits the bytes', async () => {
    const order = await client.order();
    const memo = (params: Record<string, string>): Promise<Answer> =>
      client.call('taobao.trade.memo.update', { tid: no(order), ...params });
    await memo({ memo: '加急', flag: '1' });
    await memo({ flag: '3' });
    expect(await told(no(order))).toMatchObject({ sellerMemo: '加急', flag: 3 });
    expect((await memo({ memo: '字'.repeat(334) })).error_response.code).toBe(41);
    await memo({ reset: 'true' });
    expect(await told(no(order))).toMatchObject({ sellerMemo: '', flag: 0 });
  });

  it('closes an unpaid order for a listed reason, not within ten seconds of its creation', async () => {
    const order = await client.order(['TEE-RED-S'], { paid: false });
    const close = (reason: string): Promise<Answer> =>
      client.call('taobao.trade.close', { tid: no(order), close_reason: reason });
    expect((await close('随便')).error_response.code).toBe(41);
    expect((await close('缺货')).error_response.sub_code).toBe('CLOSE_TRADE_TOO_FAST');
    await client.control('POST', '/advance', { seconds: 11 });
    expect((await close('缺货')).trade_close_response.trade.tid).toBe(no(order));
  });
});
