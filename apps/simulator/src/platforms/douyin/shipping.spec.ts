import type { Answer } from '../../testing/harness';
import { FLAGSHIP, SMALL, startHere, type Client } from './testing/douyin-client';

let client: Client;
let stop: () => Promise<void>;
let waybills = 0;

beforeAll(async () => {
  const { client: own, simulator } = await startHere();
  client = own;
  stop = () => simulator.close();
  await client.control('POST', '/seed', { platform: 'douyin', seed: 5, orders: 2, listings: 8, days: 1, stock: 500 });
});
afterAll(() => stop());
afterEach(() => client.faults());

const nextNo = (): string => `YT88000000${String((waybills += 1)).padStart(4, '0')}`;
const place = async (codes?: string[], more: Answer = {}): Promise<Answer> => client.order(codes, more);
const add = (no: unknown, more: Answer = {}): Promise<string | undefined> =>
  client.refusal('order.logisticsAdd', { order_id: no, company_code: 'yuantong', logistics_code: nextNo(), ...more });
const orderOf = async (no: unknown): Promise<Answer> =>
  (await client.data('order.orderDetail', { shop_order_id: no })).shop_order_detail as Answer;

describe('shipping an order whole', () => {
  it('moves it to 3 with its parcel, and refuses the second time', async () => {
    const { platformOrderNo: no } = await place();
    const waybillNo = nextNo();
    expect(await add(no, { logistics_code: waybillNo })).toBeUndefined();
    const order = await orderOf(no);
    expect(order).toMatchObject({ order_status: 3, logistics_info: [{ tracking_no: waybillNo, company: 'yuantong' }] });
    expect(await add(no)).toBe('50002 isv.business-failed:60110');
  });

  it('refuses by state, kind, carrier and number', async () => {
    const code = async (kind: string, item = 'TEE-RED-S', more: Answer = {}): Promise<string | undefined> =>
      add((await place([item], { kind, ...more })).platformOrderNo);
    expect(await code('ordinary', 'TEE-RED-S', { paid: false })).toBe('50002 isv.business-failed:60137');
    expect(await code('blocked')).toBe('50002 isv.business-failed:60109');
    expect(await code('virtual', 'CARD-100')).toBe('50002 isv.business-failed:60107');
    expect(await code('price_difference', 'PRICE-DIFF')).toBe('50002 isv.business-failed:60108');
    expect(await code('platform_shipped')).toBe('50002 isv.business-failed:60116');
    const { platformOrderNo: no } = await place();
    expect(await add(no, { company_code: 'nobody' })).toBe('50002 isv.business-failed:60018');
    expect(await add(no, { logistics_code: '' })).toBe('50002 isv.business-failed:60011');
    expect(await add(no, { logistics_code: 'x' })).toBe('50002 isv.business-failed:60017');
    expect(await add('6921000000000000000')).toBe('50002 isv.business-failed:60033');
    const refund = await place();
    await client.act(refund.platformOrderNo as string, 'request-refund');
    await client.act(refund.platformOrderNo as string, 'grant-refund');
    expect(await add(refund.platformOrderNo)).toBe('50002 isv.business-failed:60068');
  });

  it('fails while a refund waits, and refuses the buyer when told to', async () => {
    const { platformOrderNo: no } = await place();
    await client.act(no as string, 'request-refund');
    expect(await add(no)).toBe('50002 isv.business-failed:60040');
    expect(await add(no, { is_refund_reject: 'true' })).toBeUndefined();
    const truth = await client.control('GET', `/platforms/douyin/orders/${no}`);
    expect(truth.refunds[0].state).toBe('refused');
  });

  it('refuses a number that another receiver has, and takes it for the same receiver', async () => {
    const waybillNo = nextNo();
    const first = await place(undefined, { buyer: 11 });
    const second = await place(undefined, { buyer: 12 });
    const third = await place(undefined, { buyer: 11 });
    expect(await add(first.platformOrderNo, { logistics_code: waybillNo })).toBeUndefined();
    expect(await add(second.platformOrderNo, { logistics_code: waybillNo })).toBe('50002 isv.business-failed:70022');
    expect(await add(third.platformOrderNo, { logistics_code: waybillNo })).toBeUndefined();
  });

  it('does the work although the answer is lost', async () => {
    const { platformOrderNo: no } = await place();
    await client.faults({ kind: 'timeout-after-write', p: 1, times: 1 });
    const answer = await add(no).catch(() => 'cut');
    expect(['cut', '20001 isp.service-error:20001']).toContain(answer);
    expect((await orderOf(no)).order_status).toBe(3);
  });
});

const pack = (waybillNo: string, lines: [unknown, number][]): Answer => ({
  company_code: 'yuantong',
  logistics_code: waybillNo,
  shipped_order_info: lines.map(([no, num]) => ({ shipped_order_id: no, shipped_num: num })),
});

describe('parcels', () => {
  it('split an order, one line over two of them; the same request does it once', async () => {
    const placed = await client.control('POST', '/platforms/douyin/orders', {
      platformShopId: FLAGSHIP.shopId,
      paid: true,
      lines: [
        { merchantCode: 'TEE-RED-S', quantity: 2 },
        { merchantCode: 'TEE-RED-M', quantity: 1 },
      ],
    });
    const [first, second] = (placed.lines as Answer[]).map((line) => line.platformLineNo as string);
    const params = {
      order_id: placed.platformOrderNo,
      request_id: 'r-1',
      pack_list: [pack(nextNo(), [[first, 1]])],
    };
    expect(await client.refusal('order.logisticsAddMultiPack', { ...params, request_id: '' })).toBe(
      '40002 isv.missing-parameter:50050',
    );
    const done = await client.data('order.logisticsAddMultiPack', params);
    expect(await client.data('order.logisticsAddMultiPack', params)).toEqual(done);
    expect((await orderOf(placed.platformOrderNo)).order_status).toBe(101);
    expect(await add(placed.platformOrderNo)).toBe('50002 isv.business-failed:70023');
    const rest = {
      ...params,
      request_id: 'r-2',
      pack_list: [
        pack(nextNo(), [
          [first, 1],
          [second, 1],
        ]),
      ],
    };
    await client.data('order.logisticsAddMultiPack', rest);
    const order = await orderOf(placed.platformOrderNo);
    expect(order.order_status).toBe(3);
    expect(order.logistics_info.map((one: Answer) => one.product_info.length)).toEqual([1, 2]);
    expect(order.logistics_info[0].delivery_id).toBe(done.pack_list[0].pack_id);
  });

  it('ship nothing when one line of one of them is under refund', async () => {
    const placed = await place(['TEE-RED-S', 'TEE-RED-M']);
    const [first, second] = (placed.lines as Answer[]).map((line) => line.platformLineNo as string);
    await client.act(placed.platformOrderNo as string, 'request-refund', { lineNo: second });
    const params = {
      order_id: placed.platformOrderNo,
      request_id: 'r-3',
      pack_list: [pack(nextNo(), [[first, 1]]), pack(nextNo(), [[second, 1]])],
    };
    expect(await client.refusal('order.logisticsAddMultiPack', params)).toBe('50002 isv.business-failed:60040');
    expect((await orderOf(placed.platformOrderNo)).order_status).toBe(2);
  });

  it('hold several orders of one receiver, and none of another', async () => {
    const one = await place(undefined, { buyer: 21 });
    const two = await place(undefined, { buyer: 21 });
    const other = await place(undefined, { buyer: 22 });
    const params = (ids: unknown[], requestId: string): Answer => ({
      order_id_list: ids,
      request_id: requestId,
      company_code: 'yuantong',
      logistics_code: nextNo(),
    });
    expect(
      await client.refusal('order.logisticsAddSinglePack', params([one.platformOrderNo, other.platformOrderNo], 'r-4')),
    ).toBe('50002 isv.business-failed:70020');
    const done = await client.data(
      'order.logisticsAddSinglePack',
      params([one.platformOrderNo, two.platformOrderNo], 'r-5'),
    );
    expect(done.pack_id).toMatch(/^\d{19}$/);
    expect((await orderOf(two.platformOrderNo)).order_status).toBe(3);
  });

  it('change their number by the method that fits how they were shipped', async () => {
    const whole = await place();
    await add(whole.platformOrderNo);
    const change = (no: unknown): Answer => ({
      order_id: no,
      company_code: 'zhongtong',
      logistics_code: `78299${nextNo().slice(2)}`,
    });
    expect(await client.refusal('order.logisticsEdit', change(whole.platformOrderNo))).toBeUndefined();
    expect((await orderOf(whole.platformOrderNo)).logistics_info[0].company).toBe('zhongtong');
    const packed = await place();
    const line = packed.lines[0].platformLineNo;
    const sent = await client.data('order.logisticsAddMultiPack', {
      order_id: packed.platformOrderNo,
      request_id: 'r-6',
      pack_list: [pack(nextNo(), [[line, 1]])],
    });
    expect(await client.refusal('order.logisticsEdit', change(packed.platformOrderNo))).toBe(
      '50002 isv.business-failed:70011',
    );
    const byPack = { ...change(packed.platformOrderNo), pack_id: sent.pack_list[0].pack_id };
    expect(await client.refusal('order.logisticsEditByPack', byPack)).toBeUndefined();
    const open = await place();
    expect(await client.refusal('order.logisticsEdit', change(open.platformOrderNo))).toBe(
      '50002 isv.business-failed:60021',
    );
  });
});

describe('after a restart', () => {
  it('a request that was done stays done, and numbers, keys and tokens are known', async () => {
    const { client: before, simulator, folder } = await startHere();
    await before.control('POST', '/seed', { platform: 'douyin', seed: 5, orders: 0, listings: 8, days: 1 });
    const placed = await before.order();
    const params = {
      order_id: placed.platformOrderNo,
      request_id: 'again',
      pack_list: [pack('YT6660000001', [[placed.lines[0].platformLineNo, 1]])],
    };
    const done = await before.data('order.logisticsAddMultiPack', params);
    const stock = {
      product_id: placed.lines[0].listingId,
      sku_id: placed.lines[0].listingSkuId,
      stock_num: 3,
      incremental: true,
      idempotent_id: 'once',
    };
    await before.data('sku.syncStock', stock);
    await simulator.close();
    const { client: after, simulator: again } = await startHere({ SIMULATOR_DATA_DIR: folder });
    expect(await after.data('order.logisticsAddMultiPack', params)).toEqual(done);
    expect(await after.refusal('sku.syncStock', stock)).toBe('40004 isv.parameter-invalid:40010');
    await again.close();
  });
});

describe('receivers and e-waybills', () => {
  const ciphers = (order: Answer): Answer[] =>
    [order.encrypt_post_receiver, order.encrypt_post_tel, order.post_addr.encrypt_detail].map((text) => ({
      auth_id: order.order_id,
      cipher_text: text,
    }));

  it('encipher the same receiver differently in every order, under one address id', async () => {
    const one = await orderOf((await place(undefined, { buyer: 31 })).platformOrderNo);
    const two = await orderOf((await place(undefined, { buyer: 31 })).platformOrderNo);
    expect(one.open_address_id).toBe(two.open_address_id);
    expect(one.encrypt_post_receiver).not.toBe(two.encrypt_post_receiver);
    expect(one.encrypt_post_receiver).toMatch(/^#.{4}#.+\*.+#1##$/);
    expect(one.encrypt_post_tel).toMatch(/^\$.+\$.+\*.+\$1\$\$$/);
    expect(one.mask_post_receiver).toMatch(/^.\*$/);
  });

  it('decrypt to a virtual number, tell wrong items apart, and end with the quota of the day', async () => {
    const placed = await place(undefined, { buyer: 41 });
    const order = await orderOf(placed.platformOrderNo);
    const { decrypt_infos: infos } = await client.data('order.batchDecrypt', { cipher_infos: ciphers(order) });
    expect(infos[0].decrypt_text).toBe(placed.receiver.name);
    expect(infos[1]).toMatchObject({ is_virtual_tel: true, data_type: 3 });
    expect(infos[1].decrypt_text).toMatch(/^\d{11}-\d{4}$/);
    const wrong = [...ciphers(order), { auth_id: order.order_id, cipher_text: '#x#y*z#1##' }];
    const part = await client.call('order.batchDecrypt', { cipher_infos: wrong });
    expect(part).toMatchObject({ code: 50002, sub_code: 'isv.business-failed:300008' });
    expect(part.data.decrypt_infos.map((one: Answer) => one.err_no === 0)).toEqual([true, true, true, false]);
    await client.control('POST', '/apps', {
      platform: 'douyin',
      appKey: '7000000000000000666',
      appSecret: 's',
      shops: [{ platformShopId: '4466', accessToken: 't4466', decryptQuota: 0 }],
    });
    const spent = { token: 't4466', appKey: '7000000000000000666', secret: 's' };
    expect(await client.refusal('order.batchDecrypt', { cipher_infos: ciphers(order) }, spent)).toBe(
      '50002 isv.business-failed:300003',
    );
  });

  it('refuse to decrypt a closed order', async () => {
    const { platformOrderNo: no } = await place();
    await client.act(no as string, 'request-refund');
    await client.act(no as string, 'grant-refund');
    const answer = await client.call('order.batchDecrypt', { cipher_infos: ciphers(await orderOf(no)) });
    expect(answer.sub_code).toBe('isv.business-failed:300008');
  });

  const sender = {
    address: {
      country_code: 'CHN',
      province_name: '浙江省',
      city_name: '杭州市',
      district_name: '余杭区',
      street_name: '五常街道',
      detail_address: '文一西路969号1号仓',
    },
    contact: { name: '仓库', mobile: '13800000000' },
  };
  const info = (order: Answer, packId = ''): Answer => ({
    order_id: order.order_id,
    pack_id: packId,
    receiver_info: {
      address: { detail_address: order.post_addr.encrypt_detail },
      contact: { name: order.encrypt_post_receiver, mobile: order.encrypt_post_tel },
    },
    items: [{ item_name: 'T恤', item_count: 1 }],
  });

  it('give a number once for an order and pack, and failures inside of a success', async () => {
    const order = await orderOf((await place()).platformOrderNo);
    const take = (infos: Answer[], more: Answer = {}): Promise<Answer> =>
      client.data('logistics.newCreateOrder', {
        logistics_code: 'yuantong',
        sender_info: sender,
        order_infos: infos,
        user_id: -1,
        order_channel: '1',
        ...more,
      });
    const first = await take([info(order)]);
    expect(await take([info(order)])).toEqual(first);
    const { track_no: trackNo } = first.ebill_infos[0];
    expect((await take([info(order, 'p2')])).ebill_infos[0].track_no).not.toBe(trackNo);
    await client.act(order.order_id as string, 'change-address');
    const stale = await take([info(order, 'p3')]);
    expect(stale).toMatchObject({ ebill_infos: [], err_infos: [{ order_id: order.order_id, err_code: 10601 }] });
    expect((await take([info(order)], { sender_info: { ...sender, address: {} } })).err_infos).toHaveLength(1);
    const printed = await client.data('logistics.waybillApply', {
      waybill_applies: [
        { logistics_code: 'yuantong', track_no: trackNo },
        { logistics_code: 'yuantong', track_no: 'YT0' },
      ],
    });
    expect(printed).toMatchObject({ waybill_infos: [{ track_no: trackNo }], err_infos: [{ track_no: 'YT0' }] });
    const cancel = { logistics_code: 'yuantong', track_no: trackNo, user_id: -1 };
    expect((await client.data('logistics.cancelOrder', cancel)).cancel_result.success).toBe(true);
    expect(await client.refusal('logistics.cancelOrder', cancel)).toBe('50002 isv.business-failed:1102');
  });
});

describe('stock and shelf', () => {
  const skuOf = async (code: string): Promise<Answer> =>
    (await client.truth('stock', `&platformShopId=${FLAGSHIP.shopId}`)).find((row) => row.merchantCode === code)!;

  it('writes absolute numbers, and increments once per key and never below zero', async () => {
    const sku = await skuOf('TEE-RED-L');
    const base = { product_id: sku.listingId, sku_id: sku.listingSkuId };
    const quantity = async (): Promise<number> =>
      (await client.data('sku.stockNum', { sku_id: sku.listingSkuId })).stock_num as number;
    expect(await client.refusal('sku.syncStock', { ...base, stock_num: 0, incremental: false })).toBeUndefined();
    expect(await quantity()).toBe(0);
    const more = { ...base, stock_num: 7, incremental: true, idempotent_id: 'k1' };
    expect(await client.refusal('sku.syncStock', { ...more, idempotent_id: '' })).toMatch(/^40002/);
    expect(await client.refusal('sku.syncStock', more)).toBeUndefined();
    expect(await client.refusal('sku.syncStock', more)).toBe('40004 isv.parameter-invalid:40010');
    expect(await quantity()).toBe(7);
    const less = { ...more, stock_num: -8, idempotent_id: 'k2' };
    expect(await client.refusal('sku.syncStock', less)).toBe('50002 isv.business-failed:2010012');
    expect(await client.refusal('sku.syncStock', { ...base, sku_id: '1', stock_num: 1 })).toBe(
      '40004 isv.parameter-invalid:5',
    );
  });

  it('writes a product’s SKUs all or nothing, and SKUs of several products each for itself', async () => {
    const one = await skuOf('TEE-RED-S');
    const two = await skuOf('TEE-RED-M');
    const batch = (ids: unknown[]): Answer => ({
      product_id: one.listingId,
      incremental: false,
      idempotent_id: `b${ids.length}${String(ids[1])}`,
      sku_sync_list: ids.map((sku) => ({ sku_id: sku, sku_type: 0, stock_num: 66 })),
    });
    expect(await client.refusal('sku.syncStockBatch', batch([one.listingSkuId, '999']))).toBe(
      '40004 isv.parameter-invalid:5',
    );
    expect((await skuOf('TEE-RED-S')).quantity).not.toBe(66);
    expect(await client.refusal('sku.syncStockBatch', batch([one.listingSkuId, two.listingSkuId]))).toBeUndefined();
    expect((await skuOf('TEE-RED-M')).quantity).toBe(66);
    const { results } = await client.data('sku.syncStockBatchMultiProducts', {
      incremental: false,
      idempotent_id: 'm1',
      items: [
        { product_id: one.listingId, sku_id: one.listingSkuId, stock_num: 44 },
        { product_id: '1', sku_id: two.listingSkuId, stock_num: 44 },
        { product_id: '1', sku_id: '3415999999999999', stock_num: 44 },
      ],
    });
    expect(results.map((row: Answer) => row.status_code)).toEqual([0, 2010058, 5]);
    expect((await skuOf('TEE-RED-S')).quantity).toBe(44);
    expect((await skuOf('TEE-RED-M')).quantity).toBe(66);
  });

  it('takes a product off and puts it back; another shop’s product does not exist', async () => {
    const { listingId } = await skuOf('TEE-RED-S');
    const status = async (): Promise<number> =>
      (await client.data('product.detail', { product_id: listingId })).status as number;
    expect(await client.refusal('product.setOffline', { product_id: listingId })).toBeUndefined();
    expect(await status()).toBe(1);
    expect(await client.refusal('product.setOffline', { product_id: listingId })).toBe(
      '50002 isv.business-failed:2010064',
    );
    expect(await client.refusal('product.setOnline', { product_id: listingId })).toBeUndefined();
    expect(await status()).toBe(0);
    expect(await client.refusal('product.detail', { product_id: listingId }, { token: SMALL.token })).toBe(
      '40004 isv.parameter-invalid:4',
    );
  });
});
