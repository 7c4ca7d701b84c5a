import { FormatRegistry } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import {
  CanonicalOrder,
  CanonicalOrderSchema,
  unexplainedLinesFen,
  unexplainedOrderFen,
} from '@app/contracts/canonical';
import { JsonObject, asObject, parseAnswer } from '../kit/answer.json';
import { fixtureText } from './jd.client.fake';
import { linesOf, mapOrder, mapOrderState, parcelsOf } from './jd.order-mapper';
import { mapReceiver, toJdLevels } from './jd.receiver-mapper';
import { timeOf } from './jd.values';

FormatRegistry.Set('date-time', (text) => !Number.isNaN(Date.parse(text)));

const text = fixtureText('order-detail.json');
const answer = asObject(asObject(parseAnswer(text))['jingdong_pop_order_enGet_responce']);
const sample = asObject(asObject(answer['orderDetailInfo'])['orderInfo']);
const item = (sample['itemInfoList'] as JsonObject[])[0]!;
const fetch = {
  startedAt: new Date('2024-03-05T15:00:00+08:00'),
  doneAt: new Date('2024-03-05T15:00:01+08:00'),
  raw: text,
};
const rules = { platformCoupons: ['34', '39', '41', '52'] };
const map = (change: JsonObject = {}): CanonicalOrder => mapOrder({ ...sample, ...change }, fetch, rules);

describe('orders', () => {
  it('maps the sheet’s sample', () => {
    const order = map();
    expect([...Value.Errors(CanonicalOrderSchema, order)]).toEqual([]);
    expect(order).toMatchObject({
      platformOrderNo: '296716636166',
      platformState: 'paid',
      rawStatus: 'WAIT_SELLER_STOCK_OUT',
      placedAt: '2024-03-05T14:58:01+08:00',
      paidAt: '2024-03-05T14:58:30+08:00',
      modifiedAt: '2024-03-05T14:58:31+08:00',
      buyer: { id: 'oGxExample' },
      buyerMessage: '请周五前发货',
      amounts: {
        goodsFen: 19800,
        freightFen: 0,
        shopDiscountFen: 1000,
        platformDiscountFen: 980,
        payableFen: 17820,
        paidFen: 17820,
      },
    });
    expect(order.lines).toEqual([
      {
        platformLineNo: '296716636166-100012043978',
        listingId: '10023456789',
        listingSkuId: '100012043978',
        merchantCode: 'KB-RED-L',
        title: '儿童外套 红色 L',
        quantity: 2,
        unitPriceFen: 9900,
        discountFen: 1980,
        paidFen: 17820,
        refundState: 'none',
        platformLineState: 'paid',
      },
    ]);
    for (const absent of [
      'endedAt',
      'parentOrderNo',
      'replacedBy',
      'forbids',
      'parcels',
      'shippedByPlatform',
      'sellerMemo',
    ])
      expect(order).not.toHaveProperty(absent);
  });

  it('never fails for an empty order, an unknown state or words that cannot be stored', () => {
    const bare = mapOrder({ orderId: '1' }, fetch, rules);
    expect([bare.platformState, bare.lines, bare.amounts.payableFen]).toEqual(['unknown', [], 0]);
    expect(map({ orderState: 'ON_THE_MOON' })).toMatchObject({ platformState: 'unknown', rawStatus: 'ON_THE_MOON' });
    expect(map({ orderRemark: 'half \ud83c\u0000 here' }).buyerMessage).toBe('half \ufffd here');
    expect(() => mapOrder({}, fetch, rules)).toThrow(/no orderId/);
  });

  it.each([
    ['LOCKED', {}, 'paid', true],
    ['LOCKED', { waybill: 'SF1' }, 'shipped', true],
    ['LOCKED', { outBoundDate: '2024-03-06 18:01:10' }, 'shipped', true],
    ['POP_ORDER_PAUSE', {}, 'paid', true],
    ['PAUSE', {}, 'paid', true],
    ['TRADE_CANCELED', {}, 'closed', false],
    ['TRADE_CANCELED', { paymentConfirmTime: '0001-01-01 00:00:00' }, 'cancelled', false],
    ['DELIVERY_RETURN', {}, 'closed', false],
    [
      'WAIT_SELLER_STOCK_OUT',
      { partialLogisticsInfoModel: [{ waybillId: 'SF1', logicId: '467' }] },
      'part_shipped',
      false,
    ],
    ['WAIT_SELLER_STOCK_OUT', { partialLogisticsInfoModel: [] }, 'paid', false],
  ] as [string, JsonObject, string, boolean][])('%s with %j is %s', (orderState, change, state, isHeld) => {
    const order = map({ orderState, ...change });
    expect([order.platformState, order.forbids?.[0]?.code]).toEqual([state, isHeld ? orderState : undefined]);
    expect(mapOrderState({ ...sample, orderState, ...change }, 'none').platformState).toBe(state);
  });

  it('counts nothing as paid of an order that was replaced or cancelled before payment', () => {
    expect(map({ orderState: 'PARENT_TRADE_CANCELED' })).toMatchObject({
      platformState: 'cancelled',
      replacedBy: [],
      amounts: { paidFen: 0 },
    });
    expect(map({ orderState: 'TRADE_CANCELED', paymentConfirmTime: '' }).amounts.paidFen).toBe(0);
  });

  it('counts cash on delivery as paid when JD says when', () => {
    const cod = { payType: '1-货到付款' };
    expect(map({ ...cod, paymentConfirmTime: '0001-01-01 00:00:00' })).toMatchObject({
      isCashOnDelivery: true,
      amounts: { paidFen: 0 },
    });
    expect(map(cod).amounts.paidFen).toBe(17820);
    expect(map({ payType: '4' })).not.toHaveProperty('isCashOnDelivery');
  });

  it('names the parent of a part, the direct one first', () => {
    expect(map({ parentOrderId: '11', directParentOrderId: '12' }).parentOrderNo).toBe('12');
    expect(map({ parentOrderId: '11', directParentOrderId: '0' }).parentOrderNo).toBe('11');
    expect(map({ parentOrderId: '296716636166', directParentOrderId: '' })).not.toHaveProperty('parentOrderNo');
  });

  it('ships nothing of orders that leave from JD’s warehouses, and needs no goods for virtual ones', () => {
    for (const change of [{ storeOrder: '京仓订单' }, { storeOrder: '云仓订单' }, { orderType: '21' }]) {
      const order = map(change);
      expect([order.shippedByPlatform, order.lines[0]!.shippedByPlatform]).toEqual([true, true]);
    }
    for (const change of [
      { orderType: '75' },
      { orderType: '42' },
      { orderType: '96' },
      { orderState: 'WAIT_SEND_CODE' },
    ])
      expect(map(change).lines[0]!.noStock).toBe(true);
  });

  it('takes scDT for the promise', () => {
    expect(map({ scDT: '2024-03-07 23:59:59' }).shipBy).toBe('2024-03-07T23:59:59+08:00');
    expect(map({ scDT: '1970-01-01 00:00:00' })).not.toHaveProperty('shipBy');
  });
});

describe('lines', () => {
  it('numbers a SKU that stands twice by price, whatever the order of the rows', () => {
    const gift = { ...item, jdPrice: '0.00', itemTotal: '1' };
    const numbers = (rows: JsonObject[]) =>
      Object.fromEntries(map({ itemInfoList: rows }).lines.map((line) => [line.platformLineNo, line.isGift ?? false]));
    const expected = { '296716636166-100012043978': false, '296716636166-100012043978-2': true };
    expect(numbers([gift, item])).toEqual(expected);
    expect(numbers([item, gift])).toEqual(expected);
    expect(linesOf({ ...sample, itemInfoList: [item, item] }).length).toBe(2);
  });

  it('keeps a line without ids', () => {
    expect(map({ itemInfoList: [{ skuName: 'x' }] }).lines[0]).toMatchObject({
      platformLineNo: '296716636166-none',
      listingId: '',
      listingSkuId: '',
      quantity: 0,
    });
  });
});

describe('parcels', () => {
  it('reads numbers in groups by carrier', () => {
    const order = { ...sample, logisticsId: '467|1499', waybill: 'SF1234567890123|7312345678901,7312345678902' };
    expect(parcelsOf(order)).toEqual([
      { waybillNo: 'SF1234567890123', carrier: '467' },
      { waybillNo: '7312345678901', carrier: '1499' },
      { waybillNo: '7312345678902', carrier: '1499' },
    ]);
  });

  it('reads partial shipments with their goods, and knows which lines have left', () => {
    const other = { ...item, skuId: '2' };
    const order = map({
      itemInfoList: [item, other],
      logisticsId: '467',
      waybill: 'SF1',
      partialLogisticsInfoModel: [
        { shipmentId: '90001', waybillId: 'SF1', logicId: '467', goodsList: [{ skuId: '100012043978', num: '2' }] },
        { shipmentId: '90002', waybillId: 'ZT2', logicId: '1499', goodsList: [{ skuId: '2', num: '1' }] },
        { shipmentId: '90003' },
      ],
    });
    expect(order.platformState).toBe('part_shipped');
    expect(order.lines.map((line) => line.platformLineState)).toEqual(['shipped', 'part_shipped']);
    expect(order.parcels).toEqual([
      { waybillNo: 'SF1', carrier: '467', lines: [{ platformLineNo: '296716636166-100012043978', quantity: 2 }] },
      { waybillNo: 'ZT2', carrier: '1499', lines: [{ platformLineNo: '296716636166-2', quantity: 1 }] },
    ]);
  });
});

describe('amounts', () => {
  const agrees = (order: CanonicalOrder): void => {
    expect(unexplainedOrderFen(order.amounts)).toBe(0);
    expect(unexplainedLinesFen(order)).toBe(0);
  };

  it('adds the JD balance to what is paid', () => {
    const order = map({ orderPayment: '100.00', balanceUsed: '78.20' });
    expect(order.amounts).toMatchObject({ payableFen: 17820, paidFen: 17820 });
    agrees(order);
  });

  it('counts freight, service fee and tax as what they are', () => {
    const order = map({ freightPrice: '6.00', serviceFee: '1.00', taxFee: '0.50', orderPayment: '185.70' });
    expect(order.amounts).toMatchObject({ freightFen: 600, otherChargesFen: 150, payableFen: 18570 });
    agrees(order);
  });

  it('leaves promotions of one SKU with its line and spreads the rest', () => {
    const order = map({
      itemInfoList: [item, { ...item, skuId: '2', jdPrice: '33.33', itemTotal: '1' }],
      orderTotalPrice: '231.33',
      orderPayment: '211.53',
    });
    agrees(order);
    expect(order.lines.map((line) => line.discountFen)).toEqual([1000 + 832, 148]);
    expect([order.amounts.areLinesShared, map().amounts.areLinesShared]).toEqual([true, undefined]);
  });

  it('ignores promotions of single SKUs that exceed the stated discount', () => {
    const order = map({ sellerDiscount: '0.00', orderPayment: '188.20' });
    agrees(order);
    expect(order.lines[0]!.discountFen).toBe(980);
  });

  it('lets a difference be seen', () => {
    const order = map({ orderPayment: '170.00' });
    expect(unexplainedOrderFen(order.amounts)).toBe(-820);
    expect(unexplainedLinesFen(order)).toBe(-820);
  });

  it('takes everything that is not paid of a resent or exchanged part for the shop’s', () => {
    for (const returnOrder of ['1', '2']) {
      const order = map({ returnOrder, orderPayment: '0.00', sellerDiscount: '0.00', couponDetailList: [] });
      expect(order.amounts).toMatchObject({ payableFen: 0, shopDiscountFen: 19800 });
      agrees(order);
    }
  });

  it('holds an order whose amounts cannot be read, and keeps it', () => {
    const order = map({ orderPayment: '一百', freightPrice: '1.005' });
    expect(order.amounts.payableFen).toBe(0);
    expect(order.forbids).toEqual([
      { code: 'AMOUNT_UNREADABLE', text: expect.stringContaining('freightPrice: 1.005') as string },
      { code: 'AMOUNT_UNREADABLE', text: expect.stringContaining('orderPayment: 一百') as string },
    ]);
    expect([...Value.Errors(CanonicalOrderSchema, order)]).toEqual([]);
  });

  it('reads couponType with and without its name', () => {
    const coupons = [{ couponType: '41', couponPrice: '9.80' }];
    expect(map({ couponDetailList: coupons }).amounts.platformDiscountFen).toBe(980);
  });
});

describe('receivers', () => {
  it('keeps ciphers and codes, shows what is plain, and names no merge key', () => {
    const consignee = asObject(sample['consigneeInfo']);
    expect(mapReceiver(sample)).toEqual({
      cipher: {
        fullname: consignee['fullname'],
        mobile: consignee['mobile'],
        fullAddress: consignee['fullAddress'],
        provinceId: '1',
        cityId: '72',
        countyId: '55653',
      },
      masked: { province: '北京', city: '北京市', district: '朝阳区', town: '大屯街道' },
    });
  });

  it('masks what arrives plain and keeps what is masked', () => {
    const plain = { fullname: '李小明', mobile: '13800138000', fullAddress: '浙江省杭州市西湖区1号', province: '浙江' };
    const receiver = mapReceiver({ consigneeInfo: plain })!;
    expect(receiver.masked).toMatchObject({ name: '李*', phone: '138****8000', address: '浙江**' });
    expect(JSON.stringify(receiver)).not.toContain('13800138000');
    const masked = { fullname: '李*', telephone: '0571****', fullAddress: '西湖**', oaid: 'o1' };
    expect(mapReceiver({ consigneeInfo: masked })).toEqual({
      cipher: { oaid: 'o1' },
      masked: { name: '李*', phone: '0571****', address: '西湖**' },
    });
    expect(mapReceiver({ consigneeInfo: { mobile: '12345' } })!.masked.phone).toBe('****');
  });

  it('is absent when nothing is told', () => {
    expect(mapReceiver({})).toBeUndefined();
  });

  it('shifts the levels of municipalities there and back, and no others', () => {
    const there = (levels: JsonObject) => mapReceiver({ consigneeInfo: levels })!.masked;
    const shanghai = there({ province: '上海', city: '浦东新区', county: '川沙新镇', town: '' });
    expect(shanghai).toEqual({ province: '上海', city: '上海市', district: '浦东新区', town: '川沙新镇' });
    expect(toJdLevels(shanghai)).toEqual({ province: '上海', city: '浦东新区', county: '川沙新镇' });
    const unshifted = there({ province: '上海', city: '上海市', county: '浦东新区', town: '川沙新镇' });
    expect(unshifted).toEqual({ province: '上海', city: '上海市', district: '浦东新区', town: '川沙新镇' });
    const hangzhou = there({ province: '浙江', city: '杭州市', county: '西湖区', town: '北山街道' });
    expect(hangzhou).toEqual({ province: '浙江', city: '杭州市', district: '西湖区', town: '北山街道' });
    expect(toJdLevels(hangzhou)).toEqual({ province: '浙江', city: '杭州市', county: '西湖区', town: '北山街道' });
  });
});

describe('times', () => {
  it.each([
    ['2024-03-05 14:58:01', '2024-03-05T14:58:01+08:00'],
    ['2026-10-31 23:59:59', '2026-10-31T23:59:59+08:00'],
    ['1709800000000', '2024-03-07T16:26:40+08:00'],
    ['0001-01-01 00:00:00', undefined],
    ['1970-01-01 00:00:00', undefined],
    ['', undefined],
    [null, undefined],
    ['gestern', undefined],
  ])('%s is %s', (raw, at) => {
    expect(timeOf(raw)).toBe(at);
  });
});
