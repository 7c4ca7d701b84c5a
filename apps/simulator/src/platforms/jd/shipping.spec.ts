import type { Answer } from '../../testing/harness';
import { FLAGSHIP, startHere, type Client } from './testing/jd-client';

let client: Client;
let stop: () => Promise<void>;

beforeAll(async () => {
  const { client: own, simulator } = await startHere({ SIMULATOR_STORY_RATE: '1' });
  client = own;
  stop = () => simulator.close();
  await client.control('POST', '/seed', { platform: 'jd', seed: 5, orders: 4, listings: 8, days: 1, stock: 100 });
});
afterAll(() => stop());
afterEach(() => client.faults());

const orderOf = async (no: string): Promise<Answer> =>
  (
    await client.inner('jingdong.pop.order.enGet', {
      order_id: no,
      optional_fields: 'orderState,modified,waybill,logisticsId,partialLogisticsInfoModel,consigneeInfo',
    })
  ).orderDetailInfo.orderInfo as Answer;
const placed = async (more: Answer = {}): Promise<string> =>
  (await client.order(['TEE-RED-S'], more)).platformOrderNo as string;
const ship = async (orderId: string, logiCoprId: string, logiNo: string): Promise<Answer> =>
  (await client.inner('jingdong.pop.order.shipment', { orderId, logiCoprId, logiNo })).sopjosshipment_result as Answer;
const past = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('shipping', () => {
  it('ships the whole order in several parcels of several carriers by one call', async () => {
    const no = await placed();
    expect(await ship(no, '467|1499', 'SF1234567890123|7312345678901,7312345678902')).toMatchObject({ success: true });
    const own = await orderOf(no);
    expect(own).toMatchObject({
      orderState: 'WAIT_GOODS_RECEIVE_CONFIRM',
      logisticsId: '467|1499',
      waybill: 'SF1234567890123|7312345678901,7312345678902',
    });
    expect((own.partialLogisticsInfoModel as Answer[]).map((one) => one.waybillId)).toHaveLength(3);
    const truth = (await client.truth('notices')).filter((one) => one.platformOrderNo === no);
    expect(truth).toHaveLength(3);
  });

  it('answers the gateway code 70 right after, and a failure inside of a success later', async () => {
    const no = await placed();
    await ship(no, '467', 'SF2234567890123');
    const again = { orderId: no, logiCoprId: '467', logiNo: 'SF2234567890123' };
    expect(await client.refusal('jingdong.pop.order.shipment', again)).toBe('70');
    await past(1_100);
    const answer = await client.inner('jingdong.pop.order.shipment', again);
    expect(answer.code).toBe('0');
    expect(answer.sopjosshipment_result).toMatchObject({
      success: false,
      chineseErrCode: expect.stringContaining('已出库'),
    });
  });

  it.each([
    ['an unknown carrier', '999', 'SF3234567890123'],
    ['numbers that do not fit the carriers', '467|1499', 'SF3234567890123'],
    ['no number', '467', ''],
  ])('refuses %s', async (_what, carrier, waybillNo) => {
    const no = await placed();
    expect((await ship(no, carrier, waybillNo)).success).toBe(false);
    expect((await orderOf(no)).orderState).toBe('WAIT_SELLER_STOCK_OUT');
  });

  it('refuses held orders, orders of JD warehouses, and a number that another buyer has', async () => {
    const held = await placed();
    await client.act(held, 'forbid');
    expect((await ship(held, '467', 'SF4234567890123')).success).toBe(false);
    const byJd = await placed({ kind: 'platform_shipped' });
    expect((await ship(byJd, '467', 'SF4234567890124')).success).toBe(false);
    const first = await placed({ buyer: 1 });
    const second = await placed({ buyer: 2 });
    expect((await ship(first, '467', 'SF4234567890125')).success).toBe(true);
    expect((await ship(second, '467', 'SF4234567890125')).success).toBe(false);
    expect((await ship(second, '1274', '')).success).toBe(true);
  });

  it('changes the waybill of an order that was shipped, once for each trade number, and moves modified', async () => {
    const no = await placed();
    const change = { order_id: no, logistics_id: '1499', waybill: '7312345678999', trade_no: 'T1' };
    expect(await client.refusal('360buy.order.sop.waybill.update', change)).toBe('50');
    await ship(no, '467', 'SF5234567890123');
    const before = await orderOf(no);
    await client.control('POST', '/advance', { seconds: 60 });
    await client.inner('360buy.order.sop.waybill.update', change);
    const after = await orderOf(no);
    expect(after).toMatchObject({ logisticsId: '1499', waybill: '7312345678999' });
    expect(after.modified > before.modified).toBe(true);
    expect(await client.refusal('360buy.order.sop.waybill.update', change)).toBe('17');
  });

  it('does a write whose answer is lost, and tells 66 or nothing', async () => {
    await client.faults({ kind: 'timeout-after-write', p: 1 });
    const forms = new Set<string>();
    for (let i = 0; i < 12 && forms.size < 2; i += 1) {
      const no = await placed();
      const params = { orderId: no, logiCoprId: '467', logiNo: `SF62345678901${String(i).padStart(2, '0')}` };
      const form = await client.refusal('jingdong.pop.order.shipment', params).catch(() => 'cut');
      forms.add(form!);
      expect((await orderOf(no)).orderState).toBe('WAIT_GOODS_RECEIVE_CONFIRM');
    }
    expect([...forms].sort()).toEqual(['66', 'cut']);
  });

  it('lists the carriers', async () => {
    const answer = await client.inner('360buy.get.vender.all.delivery.company', {});
    const list = answer.logistics_companies.logistics_list as Answer[];
    expect(list).toContainEqual(expect.objectContaining({ logisticsId: 467, logisticsName: '顺丰快递' }));
  });
});

describe('e-waybills', () => {
  const from = { provinceName: '浙江省', cityName: '杭州市', countryName: '余杭区', address: '文一西路969号1号仓' };
  const receive = async (no: string, more: Answer = {}): Promise<Answer> => {
    const { consigneeInfo } = await orderOf(no);
    const content = {
      waybillType: 1,
      waybillCount: 1,
      providerCode: 'ZTO',
      salePlatform: '0010001',
      platformOrderNo: no,
      vendorCode: FLAGSHIP.shopId,
      fromAddress: from,
      toAddress: {
        provinceName: consigneeInfo.province as string,
        cityName: consigneeInfo.city as string,
        address: '某街道***',
        contact: '李*',
        oaid: consigneeInfo.oaid as string,
      },
      ...more,
    };
    const answer = await client.call('jingdong.ldop.alpha.waybill.receive', { content: JSON.stringify(content) });
    expect(Object.keys(answer)).toEqual(['jingdong_ldop_alpha_waybill_receive_response']);
    return answer.jingdong_ldop_alpha_waybill_receive_response.resultInfo as Answer;
  };

  it('come under one number for one parcel until it is unbound', async () => {
    const no = await placed();
    const first = await receive(no);
    expect(first.statusCode).toBe(0);
    const [number] = first.data.waybillCodeList as string[];
    expect((await receive(no)).data.waybillCodeList).toEqual([number]);
    const ask = { providerCode: 'ZTO', waybillCode: number };
    const unbind = async (): Promise<number> =>
      (await client.inner('jingdong.ldop.alpha.waybill.api.unbind', ask)).resultInfo.statusCode as number;
    expect((await client.inner('jingdong.ldop.alpha.waybill.query', ask)).resultInfo.data.platformOrderNo).toBe(no);
    expect(await unbind()).toBe(0);
    expect(await unbind()).not.toBe(0);
    expect((await receive(no)).data.waybillCodeList).not.toEqual([number]);
  });

  it('are refused when the carrier has the parcel, the sender is unknown, or the address has changed', async () => {
    const no = await placed();
    const [number] = (await receive(no)).data.waybillCodeList as string[];
    await ship(no, '1499', number!);
    await client.act(no, 'collect');
    const ask = { providerCode: 'ZTO', waybillCode: number };
    expect((await client.inner('jingdong.ldop.alpha.waybill.api.unbind', ask)).resultInfo.statusCode).not.toBe(0);
    const other = await placed();
    expect((await receive(other, { fromAddress: { ...from, address: '别处1号' } })).statusCode).not.toBe(0);
    const { consigneeInfo } = await orderOf(other);
    await client.act(other, 'change-address', { detail: '新址7号' });
    const old = {
      provinceName: '浙江省',
      cityName: '杭州市',
      address: 'x***',
      contact: '李*',
      oaid: consigneeInfo.oaid as string,
    };
    expect((await receive(other, { toAddress: old })).statusCode).not.toBe(0);
  });
});

describe('goods and stock', () => {
  const skuOf = async (code: string): Promise<Answer> => {
    const answer = await client.inner('jingdong.sku.read.searchSkuList', { outId: code, field: 'stockNum,skuName' });
    return answer.page.data[0] as Answer;
  };
  const truthOf = async (code: string): Promise<Answer> =>
    (await client.truth('stock', `&platformShopId=${FLAGSHIP.shopId}`)).find((one) => one.merchantCode === code)!;

  it('means what lies in the warehouse: paid orders book units until they leave', async () => {
    const code = 'CAP-RED';
    const { skuId, stockNum } = await skuOf(code);
    const no = (await client.order([code])).platformOrderNo as string;
    expect((await skuOf(code)).stockNum).toBe(stockNum);
    await client.inner('jingdong.stock.write.updateSkuStock', { skuId, stockNum: 50 });
    expect((await truthOf(code)).quantity).toBe(49);
    expect(await truthOf(code)).toMatchObject({ lastTold: { quantity: 50 } });
    await ship(no, '467', 'SF7234567890123');
    expect((await skuOf(code)).stockNum).toBe(49);
    const { skuStocks } = await client.inner('jingdong.stock.read.findSkuStock', { skuId });
    expect(skuStocks[0]).toMatchObject({ stockNum: 49, orderBookingNum: 0 });
  });

  it('shows the number that was told even where paid orders book more, and sells nothing then', async () => {
    const code = 'CAP-RED';
    const { skuId } = await skuOf(code);
    const no = (await client.order([code])).platformOrderNo as string;
    await client.order([code]);
    await client.inner('jingdong.stock.write.updateSkuStock', { skuId, stockNum: 1 });
    expect([(await skuOf(code)).stockNum, (await truthOf(code)).quantity]).toEqual([1, 0]);
    await ship(no, '467', 'SF7234567890124');
    expect([(await skuOf(code)).stockNum, (await truthOf(code)).quantity]).toEqual([0, 0]);
    await client.inner('jingdong.stock.write.updateSkuStock', { skuId, stockNum: 4 });
    expect([(await skuOf(code)).stockNum, (await truthOf(code)).quantity]).toEqual([4, 3]);
  });

  it('does a difference once for each business number', async () => {
    const { skuId } = await skuOf('MUG-RED-500ml');
    const ask = { skuId, stockNum: -3, stockRfId: 'rf-1', storeId: 0 };
    const before = (await truthOf('MUG-RED-500ml')).quantity as number;
    await client.inner('jingdong.stock.write.increaseSkuStock', ask);
    await client.inner('jingdong.stock.write.increaseSkuStock', ask);
    expect((await truthOf('MUG-RED-500ml')).quantity).toBe(before - 3);
  });

  it('does the good rows of a batch and tells only the bad ones', async () => {
    const { skuId } = await skuOf('SOCK-RED');
    const set = (skuStocks: Answer[]): Promise<Answer> =>
      client.inner('jingdong.ware.stock.sku.set', { req: { updateModel: 'fullStockIn', stockRfId: 'b1', skuStocks } });
    const answer = await set([
      { skuId, stockNum: 7 },
      { skuId: '999', stockNum: 1 },
      { skuId, stockNum: -1 },
    ]);
    expect(answer.returnType.success).toBe(true);
    const rows = answer.returnType.obj.updateStockResult as Answer[];
    expect(rows.map((one) => [one.data, one.success])).toEqual([
      ['999', false],
      [String(skuId), false],
    ]);
    expect((await truthOf('SOCK-RED')).quantity).toBe(7);
    const many = Array.from({ length: 31 }, () => ({ skuId, stockNum: 1 }));
    const ask = { req: { updateModel: 'fullStockIn', stockRfId: 'b2', skuStocks: many } };
    expect(await client.refusal('jingdong.ware.stock.sku.set', ask)).toBe('61');
  });

  it('pages SKUs by pageNo alone: a client that sends page reads the first page for ever', async () => {
    const ids = async (params: Answer): Promise<string[]> => {
      const { page } = await client.inner('jingdong.sku.read.searchSkuList', { page_size: 5, ...params });
      return (page.data as Answer[]).map((one) => one.skuId as string);
    };
    const first = await ids({ pageNo: 1 });
    expect(await ids({ page: 2 })).toEqual(first);
    expect(await ids({ pageNo: 2 })).not.toEqual(first);
  });

  it('takes wares off the shelf and puts them back', async () => {
    const { wareId } = await skuOf('BAG-RED');
    const state = async (): Promise<number> =>
      (await client.inner('jingdong.ware.read.findWareById', { wareId })).ware.wareStatus as number;
    await client.inner('jingdong.ware.write.upOrDown', { wareId, opType: 2 });
    expect(await state()).toBe(2);
    const off = await client.inner('jingdong.ware.read.searchWare4Valid', { wareStatusValue: '2', pageSize: 50 });
    expect((off.page.data as Answer[]).map((one) => one.wareId)).toEqual([wareId]);
    await client.inner('jingdong.ware.write.upOrDown', { wareId, opType: 1 });
    expect(await state()).toBe(8);
  });
});
