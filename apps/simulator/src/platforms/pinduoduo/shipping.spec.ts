import type { Answer } from '../../testing/harness';
import { APP, OTHER, SHOP, startHere, type Client } from './testing/pinduoduo-client';

let client: Client;
let stop: () => Promise<void>;

beforeAll(async () => {
  const { client: own, simulator } = await startHere({ SIMULATOR_STORY_RATE: '1' });
  client = own;
  stop = () => simulator.close();
  await client.control('POST', '/seed', { platform: 'pinduoduo', seed: 1, orders: 0, listings: 10, days: 1 });
});
afterAll(() => stop());

const place = async (more: Answer = {}): Promise<string> =>
  (await client.order(['TEE-RED-S'], more)).platformOrderNo as string;
const detail = async (orderSn: string): Promise<Answer> =>
  (await client.call('pdd.order.information.get', { order_sn: orderSn })).order_info_get_response.order_info as Answer;
const sending = (orderSn: string, more: Record<string, string> = {}): Record<string, string> => ({
  order_sn: orderSn,
  logistics_id: '115',
  tracking_number: `7829${orderSn.slice(-10)}`,
  ...more,
});
const send = (orderSn: string, more: Record<string, string> = {}): Promise<[number, string]> =>
  client.refusal('pdd.logistics.online.send', sending(orderSn, more));

describe('shipping', () => {
  it('takes the whole order, moves it to shipped, and refuses a second first shipment', async () => {
    const no = await place();
    expect(await send(no)).toEqual([0, '']);
    const row = await detail(no);
    expect(row).toMatchObject({ order_status: 2, logistics_id: 115, tracking_number: `7829${no.slice(-10)}` });
    expect(row.shipping_time).toMatch(/^\d{4}-/);
    expect(await send(no)).toEqual([50_001, '订单状态不是待发货']);
    expect((await client.control('GET', `/platforms/pinduoduo/orders/${no}`)).notices).toHaveLength(1);
  });

  it('changes the parcel with redelivery_type 2, of shipped orders only', async () => {
    const no = await place();
    expect((await send(no, { redelivery_type: '2' }))[1]).toBe('订单状态不是已发货待签收');
    await send(no);
    const changed = { redelivery_type: '2', logistics_id: '44', tracking_number: 'SF2000000000001' };
    expect(await send(no, changed)).toEqual([0, '']);
    expect(await detail(no)).toMatchObject({ logistics_id: 44, tracking_number: 'SF2000000000001', order_status: 2 });
  });

  it('refuses an order under review, one whose refund runs, and one that was given back', async () => {
    const reviewed = await place({ kind: 'blocked' });
    expect(await detail(reviewed)).toMatchObject({ risk_control_status: 1, receiver_name: '', order_status: 1 });
    expect((await send(reviewed))[1]).toBe('订单正在审核中，不能发货');
    await client.act(reviewed, 'allow');
    expect(await send(reviewed)).toEqual([0, '']);
    const refunding = await place();
    await client.act(refunding, 'request-refund');
    const check = await client.call('pdd.refund.status.check', { order_sns: `${refunding},${reviewed}` });
    expect(check.refund_status_check_response.order_sns_exists_refund).toEqual([{ order_sn: refunding }]);
    expect((await send(refunding))[1]).toBe('订单正在退款中，不能发货');
    await client.act(refunding, 'grant-refund');
    expect(await detail(refunding)).toMatchObject({ order_status: 1, refund_status: 4, after_sales_status: 10 });
    expect((await send(refunding))[1]).toBe('订单已退款，不能发货');
  });

  it('refuses a carrier that is unknown or not available, and a number that is none', async () => {
    const no = await place();
    expect((await send(no, { logistics_id: '999' }))[0]).toBe(21_001);
    expect((await send(no, { logistics_id: '3' }))[1]).toContain('不可用');
    expect((await send(no, { tracking_number: '!' }))[1]).toBe('运单号格式错误');
    expect((await send(no, { tracking_number: '' }))[0]).toBe(21_002);
    const carriers = await client.call('pdd.logistics.companies.get', {}, { token: '' });
    expect(carriers.logistics_companies_get_response.logistics_companies).toContainEqual({
      id: 85,
      code: 'YTO',
      logistics_company: '圆通快递',
      available: 1,
    });
  });

  it('tells further parcels of a shipped order by their type, each once', async () => {
    const no = await place();
    const list = JSON.stringify([{ shipping_id: 85, tracking_number: 'YT6000000000009' }]);
    const add = (type: string): Promise<[number, string]> =>
      client.refusal('pdd.order.upload.extra.logistics', {
        order_sn: no,
        extra_track_list: list,
        extra_track_type: type,
      });
    expect((await add('1'))[1]).toBe('订单尚未发货');
    await send(no);
    expect(await add('1')).toEqual([0, '']);
    expect(await add('1')).toEqual([0, '']);
    const told = { logistics_id: 85, tracking_number: 'YT6000000000009' };
    expect(await detail(no)).toMatchObject({ extra_delivery_list: [told], resend_delivery_list: [] });
  });

  it('is signed when every parcel arrived, which moves the order in the list of changes', async () => {
    const no = await place();
    await send(no);
    const before = await detail(no);
    await client.control('POST', '/advance', { seconds: 30 });
    await client.act(no, 'collect');
    expect((await detail(no)).updated_at).toBe(before.updated_at);
    await client.act(no, 'sign');
    const signed = await detail(no);
    expect(signed).toMatchObject({ order_status: 3, receive_time: '' });
    expect(signed.updated_at > before.updated_at).toBe(true);
    await client.act(no, 'confirm');
    expect((await detail(no)).receive_time).toMatch(/^\d{4}-/);
  });
});

describe('receivers', () => {
  it('are ciphered with an index that is equal for equal people, and vanish when the order is shipped', async () => {
    const [first, second] = [await place({ buyer: 5 }), await place({ buyer: 5 })];
    const [a, b] = [await detail(first), await detail(second)];
    const parts = (cipher: string): string[] => cipher.split('~');
    expect(a.receiver_name).toMatch(/^~AgAAAA[^~]+~[^~]+~1~~$/);
    expect(a.receiver_phone).toMatch(/^\$[^$]+\$AgAAAA[^$]+\$1\$\$$/);
    expect(parts(a.receiver_name as string)[2]).toBe(parts(b.receiver_name as string)[2]);
    expect(parts(a.receiver_name as string)[1]).not.toBe(parts(b.receiver_name as string)[1]);
    expect(a.open_address_id).toBe(b.open_address_id);
    expect(a.receiver_name_mask).toMatch(/^.\*$/);
    await send(first);
    const shipped = await detail(first);
    for (const name of ['receiver_name', 'receiver_phone', 'receiver_address', 'address', 'receiver_name_mask'])
      expect(shipped[name]).toBe('');
    expect(shipped.province).toBe(a.province);
  });

  it('are opened row by row for the order they belong to, up to the quota of the day', async () => {
    const app = { platform: 'pinduoduo', appKey: APP.clientId, appSecret: APP.clientSecret };
    const shops = [{ platformShopId: SHOP.shopId, accessToken: SHOP.token, pinduoduo: { decryptRowsPerDay: 3 } }];
    await client.control('POST', '/apps', { ...app, shops });
    const no = await place({ buyer: 8 });
    const row = await detail(no);
    const truth = await client.control('GET', `/platforms/pinduoduo/orders/${no}`);
    const ask = async (list: unknown[], method = 'pdd.open.decrypt.batch'): Promise<Answer[]> => {
      const answer = await client.call(method, { data_list: JSON.stringify(list) });
      return (Object.values(answer)[0] as Answer).data_decrypt_list as Answer[];
    };
    const name = { data_tag: no, encrypted_data: row.receiver_name };
    const phone = { data_tag: no, encrypted_data: row.receiver_phone };
    const foreign = { data_tag: '260101-000000000000000', encrypted_data: row.receiver_name };
    const opened = await ask([name, phone, foreign, { ...name, encrypted_data: '~x~1~' }]);
    expect(opened.map((one) => one.error_code)).toEqual([0, 0, 80_001, 80_002]);
    expect(opened[0]).toMatchObject({ decrypted_data: truth.receiver.name, data_type: 5 });
    expect(opened[1]).toMatchObject({
      virtual_number_type: 1,
      virtual_identify_number: expect.stringMatching(/^\d{4}$/),
    });
    const [masked] = await ask([name], 'pdd.open.decrypt.mask.batch');
    expect(masked!.decrypted_data).toBe(row.receiver_name_mask);
    expect((await ask([name, name])).map((one) => one.error_code)).toEqual([0, 80_003]);
    await client.control('POST', '/advance', { hours: 24 });
    expect((await ask([name]))[0]!.error_code).toBe(0);
  });
});

describe('e-waybills', () => {
  const address = { province: '浙江省', city: '杭州市', district: '余杭区', detail: '文一西路969号1号仓' };
  const request = (orderSn: string, more: Answer = {}): Record<string, string> => ({
    param_waybill_cloud_print_apply_new_request: JSON.stringify({
      wp_code: 'YTO',
      need_encrypt: true,
      sender: { name: '发件人', mobile: '13900000000', address },
      trade_order_info_dtos: [
        {
          object_id: '1',
          user_id: 1,
          template_url: 'https://file-link.pinduoduo.com/yto_std',
          order_info: { order_channels_type: 'pdd', trade_order_list: [orderSn] },
          package_info: { id: 'p1', items: [{ name: '棉T恤', count: 1 }] },
          ...more,
        },
      ],
    }),
  });
  const take = async (orderSn: string, more?: Answer): Promise<Answer> =>
    (await client.call('pdd.waybill.get', request(orderSn, more))).pdd_waybill_get_response.modules[0] as Answer;

  it('give the same number again, print data as a text, and another number after cancelling', async () => {
    const no = await place();
    const first = await take(no);
    expect(JSON.parse(first.print_data as string)).toMatchObject({ ver: '3', signature: expect.any(String) });
    expect((await take(no)).waybill_code).toBe(first.waybill_code);
    const cancel = { wp_code: 'YTO', waybill_code: first.waybill_code as string };
    expect((await client.call('pdd.waybill.cancel', cancel)).pdd_waybill_cancel_response.cancel_result).toBe(true);
    expect((await client.refusal('pdd.waybill.cancel', cancel))[1]).toBe('电子面单已取消');
    const second = await take(no);
    expect(second.waybill_code).not.toBe(first.waybill_code);
    await send(no, { logistics_id: '85', tracking_number: second.waybill_code as string });
    await client.act(no, 'collect');
    const late = await client.call('pdd.waybill.cancel', { ...cancel, waybill_code: second.waybill_code as string });
    expect(late.pdd_waybill_cancel_response.cancel_result).toBe(false);
  });

  it('take ciphertexts as they are, and refuse those of an earlier address and unknown senders', async () => {
    const no = await place();
    const { receiver_name: name, receiver_phone: mobile, receiver_address: text } = await detail(no);
    const recipient = { name, mobile, address: { province: '浙江省', detail: text } };
    expect((await take(no, { recipient })).waybill_code).toMatch(/^YT6/);
    await client.act(no, 'change-address');
    const stale = await client.refusal(
      'pdd.waybill.get',
      request(no, { recipient, package_info: { id: 'p2', items: [{ name: 'x', count: 1 }] } }),
    );
    expect(stale[1]).toContain('最新的密文');
    const search = await client.call('pdd.waybill.search', { wp_code: 'YTO' });
    const [account] = search.pdd_waybill_search_response.waybill_apply_subscription_cols[0].branch_account_cols;
    expect(account.shipp_address_cols[0]).toMatchObject(address);
    const unknown = request(no);
    unknown.param_waybill_cloud_print_apply_new_request = unknown.param_waybill_cloud_print_apply_new_request!.replace(
      '969号1号仓',
      '1号',
    );
    expect((await client.refusal('pdd.waybill.get', unknown))[1]).toContain('不一致');
  });
});

describe('stock and shelf', () => {
  const sku = async (code: string): Promise<Answer> =>
    (await client.truth('stock', `&platformShopId=${SHOP.shopId}`)).find((row) => row.merchantCode === code)!;
  const update = async (code: string, more: Record<string, string>): Promise<[number, string]> => {
    const { listingId, listingSkuId } = await sku(code);
    return client.refusal('pdd.goods.quantity.update', {
      goods_id: listingId as string,
      sku_id: listingSkuId as string,
      ...more,
    });
  };

  it('set numbers, add to them, and refuse to go below zero', async () => {
    expect(await update('TEE-RED-L', { quantity: '40' })).toEqual([0, '']);
    expect((await sku('TEE-RED-L')).quantity).toBe(40);
    expect(await update('TEE-RED-L', { quantity: '-15', update_type: '2' })).toEqual([0, '']);
    expect((await sku('TEE-RED-L')).quantity).toBe(25);
    expect((await update('TEE-RED-L', { quantity: '-26', update_type: '2' }))[0]).toBe(50_001);
    expect((await update('TEE-RED-L', { quantity: '-1' }))[0]).toBe(50_001);
    expect((await sku('TEE-RED-L')).quantity).toBe(25);
  });

  it('refuse a lower number while the goods stand in a campaign', async () => {
    const { listingId } = await sku('TEE-RED-XL');
    const app = { platform: 'pinduoduo', appKey: APP.clientId, appSecret: APP.clientSecret };
    const slots = (ids: unknown[]): Answer => ({
      ...app,
      shops: [{ platformShopId: SHOP.shopId, accessToken: SHOP.token, pinduoduo: { resourceSlots: ids } }],
    });
    await client.control('POST', '/apps', slots([listingId]));
    expect((await update('TEE-RED-XL', { quantity: '1' }))[1]).toContain('资源位');
    expect(await update('TEE-RED-XL', { quantity: '900' })).toEqual([0, '']);
    await client.control('POST', '/apps', slots([]));
    expect(await update('TEE-RED-XL', { quantity: '1' })).toEqual([0, '']);
  });

  it('take goods off the shelf and put them back, and refuse another shop’s', async () => {
    const { listingId } = await sku('MUG-RED-350ml').catch(() => ({ listingId: undefined }));
    const goodsId = (listingId ?? (await sku('TEE-RED-S')).listingId) as string;
    const status = async (): Promise<number> =>
      (await client.call('pdd.goods.detail.get', { goods_id: goodsId })).goods_detail_get_response.status as number;
    const set = (on: string, more = {}): Promise<[number, string]> =>
      client.refusal('pdd.goods.sale.status.set', { goods_id: goodsId, is_onsale: on }, more);
    expect(await set('0')).toEqual([0, '']);
    expect(await status()).toBe(2);
    const off = await client.call('pdd.goods.list.get', { is_onsale: '0' });
    expect(off.goods_list_get_response.goods_list.map((row: Answer) => String(row.goods_id))).toEqual([goodsId]);
    expect(await set('1')).toEqual([0, '']);
    expect(await status()).toBe(1);
    expect((await set('0', { token: OTHER.token }))[0]).toBe(50_001);
  });
});
