import { unexplainedLinesFen, unexplainedOrderFen } from '@app/contracts/canonical';
import { JsonObject, asObject, parseAnswer } from '../kit/answer.json';
import { fixtureText } from './pinduoduo.client.fake';
import { OrderRules, mapOrder, mapOrderState } from './pinduoduo.order-mapper';
import { isCipher } from './pinduoduo.receiver-mapper';

const sample = asObject(
  asObject(asObject(parseAnswer(fixtureText('order-detail.json')))['order_info_get_response'])['order_info'],
);
const rules: OrderRules = { isLeaderDiscountByPlatform: true, isLotteryHeld: false };
const fetch = {
  startedAt: new Date('2026-11-21T10:06:00+08:00'),
  doneAt: new Date('2026-11-21T10:06:01+08:00'),
  raw: '{}',
};
/** The change goes through JSON, so numbers become texts as in an answer. */
const row = (change: Record<string, unknown> = {}): JsonObject => ({
  ...sample,
  ...asObject(parseAnswer(JSON.stringify(change))),
});
const map = (change: Record<string, unknown> = {}, sum = {}, own = rules) => mapOrder(row(change), fetch, own, sum);
const item = (sku: string, count: number, price: number) => ({
  goods_id: 1,
  sku_id: sku,
  goods_name: 'x',
  goods_count: count,
  goods_price: price,
});

describe('a Pinduoduo order', () => {
  it('is mapped whole from the sample of the sheet', () => {
    const order = map();
    expect(order).toEqual({
      platformOrderNo: '261121-123456789012345',
      platformState: 'paid',
      rawStatus: 'order_status=1',
      modifiedAt: '2026-11-21T10:05:00+08:00',
      fetchedAt: '2026-11-21T10:06:01+08:00',
      fetchStartedAt: '2026-11-21T10:06:00+08:00',
      contentHash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      placedAt: '2026-11-21T10:00:01+08:00',
      paidAt: '2026-11-21T10:00:20+08:00',
      shipBy: '2026-11-23T10:05:00+08:00',
      currency: 'CNY',
      amounts: {
        goodsFen: 3980,
        freightFen: 0,
        shopDiscountFen: 200,
        platformDiscountFen: 300,
        payableFen: 3480,
        paidFen: 3480,
      },
      receiver: {
        cipher: {
          receiver_name: '~AgAAAAxxxxFAAAAdemo1=~demoIdxName1~1~~',
          receiver_phone: '$demoIdxTel01$AgAAAAxxxxGAAAAdemo2=$1$$',
          receiver_address: '~AgAAAAxxxxIAAAAdemo3==~demoIdxAddr1~1~~',
          address: '~AgAAAAxxxxJAAAAdemo4==~demoIdxFull1~1~~',
        },
        masked: {
          name: '张*',
          phone: '1********00',
          address: '文**路***',
          country: '中国',
          province: '浙江省',
          city: '杭州市',
          district: '西湖区',
        },
        mergeKey: 'oa_7f3c01',
      },
      buyerMessage: '请送货上门',
      sellerMemo: 'VIP',
      flag: 1,
      lines: [
        {
          platformLineNo: '261121-123456789012345',
          listingId: '600100200300',
          listingSkuId: '800100200300',
          merchantCode: 'TS01-RED-XL',
          title: '纯棉T恤',
          specText: '红色,XL',
          quantity: 2,
          unitPriceFen: 1990,
          discountFen: 500,
          paidFen: 3480,
          refundState: 'none',
          rawStatus: '1',
          rawRefundStatus: '1',
          platformLineState: 'paid',
        },
      ],
      raw: '{}',
    });
  });

  it('is the same content from a list and from its detail', () => {
    const list = asObject(asObject(parseAnswer(fixtureText('order-list.json')))['order_sn_increment_get_response']);
    const [listed] = list['order_sn_list'] as JsonObject[];
    const fromList = mapOrder(listed!, fetch, rules);
    expect(fromList).toEqual(map());
  });

  it('counts a price change of the shop as its discount', () => {
    const { amounts } = map({ order_change_amount: 1.5, goods_amount: 38.3, pay_amount: 33.3 });
    expect(amounts).toMatchObject({ goodsFen: 3980, shopDiscountFen: 350, payableFen: 3330 });
    expect(unexplainedOrderFen(amounts)).toBe(0);
  });

  it('lets the installation say who bears the group leader’s discount', () => {
    const change = { capital_free_discount: 34.8, pay_amount: 0 };
    expect(map(change).amounts).toMatchObject({ shopDiscountFen: 200, platformDiscountFen: 3780 });
    const byShop = map(change, {}, { ...rules, isLeaderDiscountByPlatform: false }).amounts;
    expect(byShop).toMatchObject({ shopDiscountFen: 3680, platformDiscountFen: 300 });
    expect(unexplainedOrderFen(byShop)).toBe(0);
  });

  it('takes the payment reduction for a discount only when the sums prove it', () => {
    const outside = map({ duo_duo_pay_reduction: 1, pay_amount: 33.8 }).amounts;
    expect([outside.platformDiscountFen, unexplainedOrderFen(outside)]).toEqual([400, 0]);
    const inside = map({ duo_duo_pay_reduction: 1 }).amounts;
    expect([inside.platformDiscountFen, unexplainedOrderFen(inside)]).toEqual([300, 0]);
    const neither = map({ duo_duo_pay_reduction: 1, pay_amount: 30 }).amounts;
    expect([neither.platformDiscountFen, unexplainedOrderFen(neither)]).toEqual([300, -480]);
  });

  it('reads service fees once, whichever way they are told', () => {
    const detail = { service_fee_detail: [{ service_name: 'install_fee', service_fee: 12.5 }] };
    const repeated = map({ ...detail, home_install_value: 12.5, pay_amount: 47.3 });
    expect(repeated.amounts.otherChargesFen).toBe(1250);
    const besides = map({ ...detail, home_install_value: 10, pay_amount: 57.3 });
    expect(besides.amounts.otherChargesFen).toBe(2250);
    for (const order of [repeated, besides])
      expect([unexplainedOrderFen(order.amounts), unexplainedLinesFen(order)]).toEqual([0, 0]);
  });

  it('spreads a payment over several lines to the fen and numbers them apart', () => {
    const order = map({
      item_list: [item('7', 1, 10), item('8', 2, 10), item('7', 1, 10)],
      goods_amount: 40,
      postage: 6,
      pay_amount: 40.99,
      seller_discount: 2.01,
    });
    expect(order.lines.map((line) => line.platformLineNo)).toEqual([
      '261121-123456789012345:7',
      '261121-123456789012345:8',
      '261121-123456789012345:7:2',
    ]);
    expect(order.lines.map((line) => line.paidFen)).toEqual([875, 1749, 875]);
    expect(order.amounts.areLinesShared).toBe(true);
    expect([unexplainedOrderFen(order.amounts), unexplainedLinesFen(order)]).toEqual([0, 0]);
  });

  it('adds gifts as lines that cost nothing', () => {
    const order = map({ gift_list: [{ ...item('9', 1, 5), outer_id: 'GIFT' }] });
    expect(order.lines[1]).toMatchObject({
      platformLineNo: '261121-123456789012345:gift:9',
      merchantCode: 'GIFT',
      isGift: true,
      quantity: 1,
      unitPriceFen: 0,
      paidFen: 0,
    });
    expect(unexplainedLinesFen(order)).toBe(0);
  });

  it('loses no order to an amount that cannot be read, and lets it not leave', () => {
    const order = map({ postage: 'free', item_list: [{ ...item('7', 1, 1), goods_price: 'x' }] });
    expect(order.forbids).toEqual([
      { code: 'unreadable_amount', text: 'Amounts that cannot be read count as 0: goods_price=x, postage=free' },
    ]);
    expect(order.lines[0]!.unitPriceFen).toBe(0);
  });

  it.each([
    ['risk_control_status', { risk_control_status: 1 }],
    ['group_status', { group_status: 0 }],
    ['confirm_status', { confirm_status: 0 }],
    ['self_contained', { order_tag_list: [{ name: 'self_contained', value: 1 }] }],
    ['self_contained', { self_contained: 1 }],
    ['step_trade_status', { trade_type: 1, step_order_info: { step_trade_status: 1 } }],
  ])('must not leave while %s says so', (code, change) => {
    expect(map(change).forbids?.map((forbid) => forbid.code)).toEqual([code]);
    expect(mapOrderState(row(change), rules).forbids.map((forbid) => forbid.code)).toEqual([code]);
  });

  it('holds lottery orders only where the installation wants it', () => {
    expect(map({ is_lucky_flag: 2 }).forbids).toBeUndefined();
    expect(map({ is_lucky_flag: 2 }, {}, { ...rules, isLotteryHeld: true }).forbids).toHaveLength(1);
    expect(map({ is_lucky_flag: 1 }, {}, { ...rules, isLotteryHeld: true }).forbids).toBeUndefined();
  });

  it('knows what a deposit order has paid so far', () => {
    const step = (status: number) => ({
      trade_type: 1,
      step_order_info: { step_trade_status: status, advanced_paid_fee: 10, step_discount_amount: 0 },
    });
    expect([map(step(0)).amounts.paidFen, map(step(0)).presale, map(step(0)).platformState]).toEqual([
      0,
      { kind: 'deposit', depositPaid: false, finalPaid: false },
      'wait_pay',
    ]);
    expect(map(step(1)).presale).toEqual({ kind: 'deposit', depositPaid: true, finalPaid: false, paidSoFarFen: 1000 });
    expect(map(step(2)).presale).toEqual({ kind: 'deposit', depositPaid: true, finalPaid: true, paidSoFarFen: 3480 });
    expect(map(step(2)).platformState).toBe('paid');
  });

  it('takes the inflation of a deposit for the shop’s discount when the sums prove it', () => {
    const step = { step_trade_status: 2, advanced_paid_fee: 10, step_discount_amount: 4 };
    const { amounts } = map({ trade_type: 1, step_order_info: step, pay_amount: 30.8 });
    expect([amounts.shopDiscountFen, unexplainedOrderFen(amounts)]).toEqual([600, 0]);
  });

  it('promises a pre-sale by its own date', () => {
    const order = map({ is_pre_sale: 1, pre_sale_time: '2026-12-01 00:00:00', last_ship_time: '' });
    expect([order.presale, order.shipBy]).toEqual([
      { kind: 'full', depositPaid: true, finalPaid: true },
      '2026-12-01T00:00:00+08:00',
    ]);
  });

  it('needs no goods for a price difference or a card, and names the order that is paid for', () => {
    const tag = [{ name: 'ship_additional_order', value: 1 }];
    const order = map({ order_tag_list: tag, ship_additional_origin_order: '261120-1' });
    expect([order.lines[0]!.noStock, order.supplementsOrders]).toEqual([true, ['261120-1']]);
    expect(map({ card_info_list: [{ card_no: 'x' }] }).lines[0]!.noStock).toBe(true);
    expect(map().lines[0]!.noStock).toBeUndefined();
  });

  it('shows its parcels with the id of their carrier, each number once', () => {
    const order = map({
      order_status: 2,
      shipping_time: '2026-11-21 18:00:00',
      logistics_id: 85,
      tracking_number: 'YT1',
      extra_delivery_list: [{ logistics_id: 115, tracking_number: '78' }, { tracking_number: 'YT1' }],
      gift_delivery_list: [{ shipping_id: 44, tracking_number: 'SF1' }],
    });
    expect(order.parcels).toEqual([
      { waybillNo: 'YT1', carrier: '85' },
      { waybillNo: '78', carrier: '115' },
      { waybillNo: 'SF1', carrier: '44' },
    ]);
    expect([order.platformState, order.shippedAt]).toEqual(['shipped', '2026-11-21T18:00:00+08:00']);
  });

  it('closes a refunded order by the sum that went back, and its content changes with that sum', () => {
    const shipped = { order_status: 2, refund_status: 4 };
    const states = [{}, { refundedFen: 3479 }, { refundedFen: 3480 }].map((sum) => map(shipped, sum).platformState);
    expect(states).toEqual(['shipped', 'shipped', 'closed']);
    expect(map(shipped).lines[0]!.refundState).toBe('succeeded');
    expect(map(shipped).contentHash).not.toBe(map(shipped, { refundedFen: 3480 }).contentHash);
  });

  it('closes an order whose goods were paid back while the freight stays with the shop', () => {
    const shipped = { order_status: 2, refund_status: 4, postage: 6, pay_amount: 40.8 };
    const states = [3479, 3480, 4080].map((refundedFen) => map(shipped, { refundedFen }).platformState);
    expect(states).toEqual(['shipped', 'closed', 'closed']);
    const allFreight = { ...shipped, pay_amount: 6, seller_discount: 36.8 };
    expect(map(allFreight, { refundedFen: 0 }).platformState).toBe('shipped');
  });

  it('ends when the buyer confirmed', () => {
    const order = map({ order_status: 3, receive_time: '2026-11-30 12:00:00' });
    expect([order.platformState, order.endedAt]).toEqual(['completed', '2026-11-30T12:00:00+08:00']);
    expect(map({ order_status: 3 }).endedAt).toBeUndefined();
  });

  it('tells of an urging buyer', () => {
    expect(map({ urge_shipping_time: '2026-11-22 09:00:00' }).isUrged).toBe(true);
    expect(map().isUrged).toBeUndefined();
  });

  it('has no receiver once the platform has taken it away, so that the stored one stays', () => {
    const gone = { receiver_name: '', receiver_phone: '', receiver_address: '', address: '' };
    expect(map(gone).receiver).toBeUndefined();
    expect(map({ ...gone, receiver_name_mask: '张*' }).receiver).toBeUndefined();
  });

  it('gives no merge key for a consolidation order', () => {
    expect(map({ consolidate_info: { consolidate_type: 1 } }).receiver?.mergeKey).toBeUndefined();
  });

  it('masks a receiver that arrives plain and keeps no plain text', () => {
    const plain = { receiver_name: '张三', receiver_phone: '13900001234', receiver_address: '文三路1号' };
    const masks = { receiver_name_mask: '', receiver_phone_mask: '', receiver_address_mask: '', address: '' };
    const { receiver } = map({ ...plain, ...masks });
    expect(receiver?.cipher).toEqual({});
    expect(receiver?.masked).toMatchObject({ name: '张*', phone: '139****34', address: '文三**' });
    expect(JSON.stringify(receiver)).not.toMatch(/张三|13900001234|文三路1号/);
  });

  it('leaves out a cipher that is longer than an order may carry', () => {
    const long = `~${'A'.repeat(5_000)}~i~1~~`;
    expect(map({ receiver_address: long }).receiver?.cipher).not.toHaveProperty('receiver_address');
  });

  it('tells ciphers by their ends', () => {
    expect(['~c~i~1~~', '~c~1~', '$i$c$1$$', '#i#c#1##'].every(isCipher)).toBe(true);
    expect(['张三', '$13800000000$#1234#', '~', ''].some(isCipher)).toBe(false);
  });

  it('says what is needed before a parcel leaves, refunds included', () => {
    expect(mapOrderState(row({ refund_status: 2, after_sales_status: 3 }), rules)).toMatchObject({
      platformOrderNo: '261121-123456789012345',
      platformState: 'paid',
      rawStatus: 'order_status=1 refund_status=2',
      modifiedAt: '2026-11-21T10:05:00+08:00',
      forbids: [],
      lines: [{ platformLineNo: '261121-123456789012345', refundState: 'requested', platformLineState: 'paid' }],
      receiver: { mergeKey: 'oa_7f3c01' },
    });
  });

  it('refuses a row without a number', () => {
    expect(() => map({ order_sn: '' })).toThrow(/order_sn/);
  });
});
