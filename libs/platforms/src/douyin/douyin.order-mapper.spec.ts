import { FormatRegistry } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import {
  CanonicalOrder,
  CanonicalOrderSchema,
  unexplainedLinesFen,
  unexplainedOrderFen,
} from '@app/contracts/canonical';
import { JsonObject, asObject, parseAnswer } from '../kit/answer.json';
import { fixtureText } from './douyin.client.fake';
import { mapOrder, mapOrderState } from './douyin.order-mapper';
import { rowsOf } from './douyin.values';

FormatRegistry.Set('date-time', (text) => !Number.isNaN(Date.parse(text)));

const at = new Date('2025-09-25T10:00:00+08:00');
const fetch = { startedAt: at, doneAt: at, raw: '{}' };
const sample = rowsOf(asObject(asObject(parseAnswer(fixtureText('order-list.json')))['data'])['shop_order_list'])[0]!;
const detail = asObject(asObject(asObject(parseAnswer(fixtureText('order-detail.json')))['data'])['shop_order_detail']);
const lineOf = (order: JsonObject, index = 0): JsonObject => rowsOf(order['sku_order_list'])[index]!;

function map(change: JsonObject = {}, line: JsonObject = {}): CanonicalOrder {
  const [first, ...rest] = rowsOf(sample['sku_order_list']);
  const order = { ...sample, sku_order_list: [{ ...first, ...line }, ...rest], ...change };
  const mapped = mapOrder(order, fetch);
  expect([...Value.Errors(CanonicalOrderSchema, mapped)]).toEqual([]);
  return mapped;
}

/** An order of one line with the given amounts beside its goods of 10 000 fen. */
function money(order: JsonObject, line: JsonObject = {}): CanonicalOrder {
  const only = { ...lineOf(sample), sum_amount: '10000', origin_amount: '5000', item_num: '2', pay_amount: '10000' };
  const none = Object.fromEntries(
    ['shop_cost_amount', 'platform_cost_amount', 'promotion_amount'].map((name) => [name, '0']),
  );
  return map({ ...none, pay_amount: '10000', sku_order_list: [{ ...only, ...line }], ...order });
}

describe('douyin orders', () => {
  it("maps the sheet's sample of a list", () => {
    const order = map();
    expect(order).toMatchObject({
      platformOrderNo: '6921377343921159820',
      platformState: 'paid',
      rawStatus: '2/2',
      placedAt: '2025-09-24T15:45:00+08:00',
      paidAt: '2025-09-24T15:46:00+08:00',
      modifiedAt: '2025-09-24T15:46:01+08:00',
      shipBy: '2025-09-26T15:46:00+08:00',
      buyer: { id: expect.stringMatching(/^1@#/) },
      buyerMessage: '请发顺丰',
      sellerMemo: '老客户',
      flag: 4,
      paymentNo: '2025092422001442321408983531',
      amounts: {
        goodsFen: 19800,
        freightFen: 0,
        shopDiscountFen: 2000,
        platformDiscountFen: 1000,
        payableFen: 16800,
        paidFen: 16800,
      },
    });
    expect(order.lines[0]).toMatchObject({
      platformLineNo: '6921377343921159820',
      listingId: '3704250147174219802',
      listingSkuId: '3415147054562818',
      merchantCode: 'DU0404_690',
      specText: '颜色分类:乳白色;尺码大小:XL',
      quantity: 1,
      unitPriceFen: 9900,
      discountFen: 1500,
      paidFen: 8400,
      refundState: 'none',
      platformLineState: 'paid',
      rawStatus: '2/2',
    });
    expect([order.presale, order.parcels, order.forbids, order.isCashOnDelivery, order.endedAt]).toEqual(
      Array(5).fill(undefined),
    );
  });

  it("maps the sheet's sample of a detail: parcels by pieces, a refund asked for, a deposit in two steps", () => {
    const order = mapOrder(detail, fetch);
    expect([...Value.Errors(CanonicalOrderSchema, order)]).toEqual([]);
    expect(order).toMatchObject({
      platformState: 'part_shipped',
      shippedAt: '2025-09-24T16:53:50+08:00',
      presale: { kind: 'deposit', depositPaid: true, finalPaid: true, paidSoFarFen: 19900 },
      parcels: [
        {
          waybillNo: 'JDAZ21355577515',
          carrier: 'jd',
          lines: [{ platformLineNo: '6929464285723432480', quantity: 1 }],
        },
      ],
    });
    expect(order.lines.map(({ platformLineState, refundState }) => [platformLineState, refundState])).toEqual([
      ['shipped', 'none'],
      ['paid', 'requested'],
    ]);
    expect(order.lines[1]!.rawRefundStatus).toBe('6/2/1');
    expect(unexplainedOrderFen(order.amounts)).toBe(0);
    expect(unexplainedLinesFen(order)).toBe(0);
  });

  it('gives the same content from a list and from a detail, which only adds promotion details', () => {
    const richer = {
      promotion_detail: { shop_discount_detail: { total_amount: '1' } },
      shop_order_tag_ui: [{ key: 'new' }],
    };
    expect(map(richer, { campaign_info: [{ campaign_id: '1' }], promotion_detail: {} })).toEqual(map());
  });

  it('keeps ciphers and masks apart, and merges by the address id', () => {
    const { receiver } = map();
    expect(receiver).toEqual({
      cipher: {
        name: expect.stringMatching(/^#jN\+4#/),
        phone: expect.stringMatching(/^\$KIxz/),
        address: expect.stringMatching(/^#Z82gmU8k#/),
        openAddressId: sample['open_address_id'],
      },
      masked: {
        name: '新*',
        phone: '1**********',
        province: '四川省',
        city: '成都市',
        district: '金牛区',
        town: '荷花池街道',
        address: '***',
      },
      mergeKey: sample['open_address_id'],
    });
  });

  it('masks a receiver that arrives plain, and keeps a virtual number', () => {
    const plain = (tel: string) =>
      map({
        mask_post_receiver: '',
        mask_post_tel: '',
        mask_post_addr: {},
        post_receiver: '欧阳小明',
        post_tel: tel,
        post_addr: { detail: '望京街道1号楼', province: { name: '北京' } },
      }).receiver!.masked;
    expect(plain('13800001234')).toEqual({ name: '欧*', phone: '1********34', province: '北京', address: '望京**' });
    expect(plain('18400913965-7576').phone).toBe('18400913965-7576');
    expect(plain('110').phone).toBe('****');
  });

  it('has no receiver when the answer names none', () => {
    const bare = Object.fromEntries(
      Object.entries(sample).filter(([name]) => !/post_|open_address_id/.test(name)),
    ) as JsonObject;
    expect(mapOrder(bare, fetch).receiver).toBeUndefined();
  });

  it('holds an order back that the platform still checks, in the state view as well', () => {
    const order = { ...sample, order_status: '105', main_status: '105' };
    expect(map({ order_status: '105' }).forbids).toEqual([{ code: 'order_status_105', text: expect.any(String) }]);
    expect(mapOrderState(order)).toMatchObject({
      platformOrderNo: '6921377343921159820',
      platformState: 'paid',
      rawStatus: '105/105',
      forbids: [{ code: 'order_status_105' }],
      lines: [{ platformLineNo: '6921377343921159820', refundState: 'none', platformLineState: 'paid' }, {}],
      receiver: { masked: { name: '新*' } },
    });
  });

  it('shows what a plain ship notice cannot give as forbids of the line', () => {
    const line = { need_serial_number: true, quality_inspection_status: '2', receive_type: '2' };
    expect(map({}, line).lines[0]!.forbids?.map(({ code }) => code)).toEqual([
      'need_serial_number',
      'quality_inspection_status_2',
      'receive_type_2',
    ]);
  });

  it('is signed when the carrier delivered every line that still lives', () => {
    const shipped = { order_status: '3', main_status: '3' };
    const lines = (receipts: number[], second: JsonObject = shipped): JsonObject => ({
      ...shipped,
      sku_order_list: receipts.map((receipt, index) => ({
        ...lineOf(sample, index),
        ...(index === 1 ? second : shipped),
        logistics_receipt_time: String(receipt),
      })),
    });
    expect(map(lines([1758799960, 0])).platformState).toBe('shipped');
    expect(map(lines([1758799960, 1758799961])).platformState).toBe('signed');
    const withRefund = map(lines([1758799960, 0], { order_status: '4', main_status: '22' }));
    expect(withRefund.platformState).toBe('signed');
    expect(withRefund.lines.map((line) => line.platformLineState)).toEqual(['signed', 'closed']);
  });

  it('tells a cancelled order from one that was given back, and a forfeited deposit is money', () => {
    const closed = { order_status: '4', pay_time: '0', main_status: '4' };
    expect(map(closed)).toMatchObject({ platformState: 'cancelled', amounts: { paidFen: 0 } });
    expect(map({ ...closed, pay_time: '1758699960', main_status: '21' })).toMatchObject({
      platformState: 'closed',
      amounts: { paidFen: 16800 },
    });
    const deposit = [{ total_phase: '2', current_phase: '1', pay_success: true, phase_pay_amount: '2000' }];
    expect(map({ ...closed, main_status: '22', order_phase_list: deposit })).toMatchObject({
      platformState: 'closed',
      amounts: { paidFen: 2000 },
      presale: { kind: 'deposit', depositPaid: true, finalPaid: false, paidSoFarFen: 2000 },
    });
  });

  it('waits for the rest of a deposit pre-sale', () => {
    const open = { order_status: '1', main_status: '103', pay_time: '0' };
    expect(map(open)).toMatchObject({
      platformState: 'wait_pay',
      presale: { kind: 'deposit', depositPaid: true, finalPaid: false },
      amounts: { paidFen: 0 },
    });
    const steps = [
      { total_phase: '2', current_phase: '1', pay_success: true, phase_pay_amount: '2000' },
      { total_phase: '2', current_phase: '2', pay_success: false, phase_pay_amount: '14800' },
    ];
    expect(map({ ...open, order_phase_list: steps }).amounts.paidFen).toBe(2000);
  });

  it('knows a full pre-sale, an appointed time and cash on delivery', () => {
    expect(map({}, { pre_sale_type: '1' }).presale).toEqual({ kind: 'full', depositPaid: true, finalPaid: true });
    expect(map({ appointment_ship_time: '1759000000' }).releaseAt).toBe('2025-09-28T03:06:40+08:00');
    const cash = { pay_type: '0', pay_time: '0' };
    expect(map(cash)).toMatchObject({ isCashOnDelivery: true, amounts: { paidFen: 0 } });
    expect(map({ ...cash, order_status: '5' }).amounts.paidFen).toBe(16800);
    expect(map({ ...cash, order_status: '1' }).isCashOnDelivery).toBeUndefined();
  });

  it.each([
    [{ order_type: '2' }, {}],
    [{ order_type: '4' }, {}],
    [{ order_type: '5' }, {}],
    [{}, { goods_type: '1' }],
    [{}, { trade_type: '103' }],
  ])('needs no goods for %j %j', (order, line) => {
    expect(map(order, line).lines[0]!.noStock).toBe(true);
  });

  it('knows lines that the platform ships itself, gifts, and codes that only outer fields hold', () => {
    const cloud = { inventory_list: [{ warehouse_type: '2' }] };
    const lines = rowsOf(sample['sku_order_list']);
    expect(map({}, cloud)).toMatchObject({ lines: [{ shippedByPlatform: true }, {}] });
    expect(map({}, cloud).shippedByPlatform).toBeUndefined();
    expect(map({ sku_order_list: lines.map((line) => ({ ...line, ...cloud })) }).shippedByPlatform).toBe(true);
    expect(map({}, { given_product_type: 'FREE' }).lines[0]!.isGift).toBe(true);
    expect(map({}, { code: '', out_sku_id: '77' }).lines[0]!.merchantCode).toBe('77');
    expect(map({}, { code: '', out_sku_id: '0' }).lines[0]!.merchantCode).toBeUndefined();
  });

  it('keeps lines without numbers, ids without SKUs and old ids, and never throws for odd values', () => {
    const order = map(
      { order_id: '6921377343921159820A', seller_remark_stars: '-1', logistics_info: [{}, { tracking_no: 'A1' }] },
      { order_id: undefined, sku_id: '0', item_num: '1.5', spec: null, product_id_str: undefined },
    );
    expect(order.platformOrderNo).toBe('6921377343921159820');
    expect(order.flag).toBeUndefined();
    expect(order.parcels).toEqual([{ waybillNo: 'A1' }]);
    expect(order.lines[0]).toMatchObject({
      platformLineNo: '6921377343921159820-1',
      listingId: '3704250147174219802',
      listingSkuId: '3704250147174219802',
      quantity: 0,
    });
  });

  it('refuses amounts that are no whole fen, and an order without a number', () => {
    expect(() => map({ pay_amount: '16.80' })).toThrow(/pay_amount is not a whole number of fen/);
    expect(() => mapOrder({}, fetch)).toThrow(/carries no order_id/);
  });
});

describe('the money of douyin orders', () => {
  it('books discounts by who pays for them, and by the issuer where that is not stated', () => {
    const costs = { shop_cost_amount: '300', platform_cost_amount: '700', promotion_shop_amount: '1000' };
    expect(money({ ...costs, pay_amount: '9000' }, { pay_amount: '9000' }).amounts).toMatchObject({
      shopDiscountFen: 300,
      platformDiscountFen: 700,
    });
    const issued = {
      shop_cost_amount: undefined,
      platform_cost_amount: undefined,
      promotion_shop_amount: '200',
      promotion_platform_amount: '300',
      promotion_talent_amount: '500',
    };
    expect(money({ ...issued, pay_amount: '9000' }, { pay_amount: '9000' }).amounts).toMatchObject({
      shopDiscountFen: 200,
      platformDiscountFen: 800,
    });
  });

  it.each([
    ['a price change outside of the unit price', { modify_amount: '-500', pay_amount: '9500' }, 500, 0, 0, 0],
    ['a price change inside of the unit price', { modify_amount: '-500', pay_amount: '10000' }, 0, 0, 0, 0],
    ['tax and packing in the payment', { tax_amount: '100', packing_amount: '50', pay_amount: '10150' }, 0, 0, 150, 0],
    ['tax outside of the payment', { tax_amount: '100', pay_amount: '10000' }, 0, 0, 0, 0],
    ['insurance in the payment', { post_insurance_amount: '60', pay_amount: '10060' }, 0, 0, 60, 0],
    ['insurance outside of it', { post_insurance_amount: '60', pay_amount: '10000' }, 0, 0, 0, 0],
    ['a payment discount before it', { promotion_pay_amount: '200', pay_amount: '9800' }, 0, 200, 0, 0],
    ['a payment discount inside of it', { promotion_pay_amount: '200', pay_amount: '10000' }, 0, 0, 0, 200],
    [
      'a freight promotion inside of the costs',
      { platform_cost_amount: '300', post_promotion_amount: '300', pay_amount: '10000' },
      0,
      0,
      0,
      0,
    ],
  ])('reads %s as its sums prove', (_title, order, shop, platform, charges, subsidy) => {
    const line = { pay_amount: String(Number(order.pay_amount) - charges) };
    const mapped = money(order, line);
    expect(mapped.amounts).toMatchObject({ shopDiscountFen: shop, platformDiscountFen: platform });
    expect(mapped.amounts.otherChargesFen ?? 0).toBe(charges);
    expect(mapped.amounts.platformSubsidyFen ?? 0).toBe(subsidy);
    expect([unexplainedOrderFen(mapped.amounts), unexplainedLinesFen(mapped)]).toEqual([0, 0]);
  });

  it('takes freight out of the lines only when the sums prove that it is in', () => {
    const freight = { post_amount: '600', pay_amount: '10600' };
    for (const line of [
      { pay_amount: '10600', post_amount: '600' },
      { pay_amount: '10600', post_amount: '0' },
      { pay_amount: '10000', post_amount: '600' },
    ])
      expect(money(freight, line).lines[0]!.paidFen).toBe(10000);
    const rows = rowsOf(sample['sku_order_list']).slice(0, 1);
    const two = ['6000', '4600'].map((pay_amount, index) => ({ ...rows[0]!, order_id: `${index}`, pay_amount }));
    expect(map({ post_amount: '600', pay_amount: '10600', sku_order_list: two }).amounts.areLinesShared).toBe(true);
    expect(map().amounts.areLinesShared).toBeUndefined();
    // Nothing proves anything here, so the line stays as it is stated.
    expect(money(freight, { pay_amount: '777' }).lines[0]!.paidFen).toBe(777);
  });

  it('says from the parts what an unpaid order has to pay, and spreads it over its lines', () => {
    const open = { order_status: '1', pay_time: '0', pay_amount: '0', post_amount: '600', shop_cost_amount: '1000' };
    const mapped = money(open, { pay_amount: '0' });
    expect(mapped.amounts).toMatchObject({ payableFen: 9600, paidFen: 0, shopDiscountFen: 1000 });
    expect([unexplainedOrderFen(mapped.amounts), unexplainedLinesFen(mapped)]).toEqual([0, 0]);
  });

  it('leaves a difference visible that no reading explains', () => {
    const mapped = money({ pay_amount: '9999' });
    expect(unexplainedOrderFen(mapped.amounts)).toBe(-1);
    expect(mapped.amounts.payableFen).toBe(9999);
  });

  it('counts goods by unit price and pieces when the sum of a line is missing', () => {
    expect(money({}, { sum_amount: undefined }).amounts.goodsFen).toBe(10000);
  });
});
