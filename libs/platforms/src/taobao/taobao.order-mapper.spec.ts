import { Value } from '@sinclair/typebox/value';
import { FormatRegistry } from '@sinclair/typebox';
import { CanonicalOrderSchema, unexplainedLinesFen, unexplainedOrderFen } from '@app/contracts/canonical';
import { isPlatformError } from '../port';
import { fixtureText } from './taobao.client.fake';
import { Json, JsonObject, asObject, parseAnswer } from '../kit/answer.json';
import { MoneyRules } from './taobao.order-amounts';
import { mapOrder, mapOrderState } from './taobao.order-mapper';

FormatRegistry.Set('date-time', (text) => !Number.isNaN(Date.parse(text)));

const rules: MoneyRules = { couponFeeUnit: 'fen', subsidyUnit: 'yuan', platformPromotions: [] };
const fetch = {
  startedAt: new Date('2025-11-11T00:01:09+08:00'),
  doneAt: new Date('2025-11-11T00:01:10+08:00'),
  raw: 'raw text',
};

function sample(change: Record<string, unknown> = {}): JsonObject {
  const root = asObject(parseAnswer(fixtureText('trade-detail.json')));
  const trade = asObject(asObject(root['trade_fullinfo_get_response'])['trade']);
  return { ...trade, ...(parseAnswer(JSON.stringify(change)) as JsonObject) };
}

function lines(...changes: Record<string, unknown>[]): Json {
  const list = asObject(sample()['orders'])['order'] as JsonObject[];
  return {
    order: changes.map((change, index) => ({
      ...list[index % list.length]!,
      ...(parseAnswer(JSON.stringify(change)) as JsonObject),
    })),
  };
}

const map = (trade: JsonObject) => mapOrder(trade, fetch, rules);

describe('taobao order mapper', () => {
  it("maps the sheet's sample to the fen, with lossless ids and the raw text", () => {
    const order = map(sample());
    expect(order).toMatchObject({
      platformOrderNo: '2231958349212345678',
      platformState: 'paid',
      rawStatus: 'WAIT_SELLER_SEND_GOODS',
      placedAt: '2025-11-11T00:00:03+08:00',
      paidAt: '2025-11-11T00:00:41+08:00',
      modifiedAt: '2025-11-11T00:00:42+08:00',
      shipBy: '2025-11-13T20:00:00+08:00',
      releaseAt: '2025-11-11T00:30:41+08:00',
      buyer: { id: 'AAHd5d-EAAeGwJedwSHpg8bT', nick: 't**' },
      buyerMessage: '请发顺丰',
      sellerMemo: '加急',
      flag: 1,
      paymentNo: '2025111122001100000012345678',
      receiver: {
        cipher: { oaid: '1Xx8ExampleOaid' },
        mergeKey: '1Xx8ExampleOaid',
        masked: { name: '李*', province: '北京', town: '望京街道' },
      },
      amounts: {
        goodsFen: 29880,
        freightFen: 600,
        shopDiscountFen: 5000,
        platformDiscountFen: 0,
        payableFen: 25480,
        paidFen: 25480,
      },
      raw: 'raw text',
    });
    expect(
      order.lines.map((line) => [
        line.platformLineNo,
        line.listingSkuId,
        line.quantity,
        line.unitPriceFen,
        line.discountFen,
        line.paidFen,
      ]),
    ).toEqual([
      ['2231958349213345678', '4567890123456', 1, 19900, 3926, 15974],
      ['2231958349214345678', '4567890123999', 2, 4990, 1074, 8906],
    ]);
    expect(unexplainedOrderFen(order.amounts)).toBe(0);
    expect(unexplainedLinesFen(order)).toBe(0);
    expect([...Value.Errors(CanonicalOrderSchema, order)]).toEqual([]);
  });

  it('takes freight out of the only line, whose own payment contains it', () => {
    const trade = sample({ payment: '185.00', total_fee: '199.00', post_fee: '6.00', discount_fee: '0.00' });
    trade['orders'] = lines({ payment: '185.00', part_mjz_discount: '0.00', divide_order_fee: '185.00' });
    const order = map(trade);
    expect(order.lines[0]).toMatchObject({ paidFen: 17900, discountFen: 2000 });
    expect(order.amounts).not.toHaveProperty('areLinesShared');
    expect(unexplainedLinesFen(order)).toBe(0);
  });

  it('takes freight out of divide_order_fee only when the sums prove that it is in', () => {
    const trade = sample();
    trade['orders'] = lines({ divide_order_fee: '163.60' }, { divide_order_fee: '91.20' });
    const order = map(trade);
    expect(order.lines.map((line) => line.paidFen)).toEqual([15975, 8905]);
    expect(order.amounts.areLinesShared).toBe(true);
    expect(unexplainedLinesFen(order)).toBe(0);
  });

  it('spreads the order discount by largest remainder when no line states its share', () => {
    const trade = sample({ total_fee: '300.00', discount_fee: '0.01', payment: '305.99' });
    trade['orders'] = lines(
      ...[1, 2, 3].map((n) => ({ oid: `9${n}`, price: '100.00', num: 1, discount_fee: '0.00', total_fee: '100.00' })),
    );
    for (const line of asObject(trade['orders'])['order'] as JsonObject[]) {
      delete line['part_mjz_discount'];
      delete line['divide_order_fee'];
    }
    const order = map(trade);
    expect(order.lines.map((line) => line.paidFen)).toEqual([9999, 10000, 10000]);
    expect([order.amounts.areLinesShared, map(sample()).amounts.areLinesShared]).toEqual([true, undefined]);
    expect(unexplainedLinesFen(order)).toBe(0);
  });

  it('accepts amounts as stated and leaves the difference visible', () => {
    const order = map(sample({ payment: '-1.00' }));
    expect(order.amounts).toMatchObject({ payableFen: -100, paidFen: -100 });
    expect(unexplainedOrderFen(order.amounts)).toBe(-25580);
    expect([...Value.Errors(CanonicalOrderSchema, order)]).toEqual([]);
  });

  it('refuses a fraction of a fen and names the field', () => {
    const act = () => map(sample({ payment: '1.005' }));
    expect(act).toThrow(/"1.005" in payment/);
    const error = ((): unknown => {
      try {
        return act();
      } catch (caught) {
        return caught;
      }
    })();
    expect(isPlatformError(error) && error.kind).toBe('rejected');
  });

  it('counts what the platform bears by configuration: promotions by prefix, subsidies by their units', () => {
    const order = mapOrder(
      sample({ tmall_coupon_fee: 500, platform_subsidy_fee: '1.20', alipay_point: 7, propoint: '3' }),
      fetch,
      {
        ...rules,
        platformPromotions: ['Tmall$'],
      },
    );
    expect(order.amounts).toMatchObject({ shopDiscountFen: 2000, platformDiscountFen: 3000, platformSubsidyFen: 630 });
    expect(unexplainedOrderFen(order.amounts)).toBe(0);
  });

  it('keeps an unknown status as unknown with its raw text and drops nothing', () => {
    const order = map(sample({ status: 'TRADE_ON_THE_MOON', brand_new_field: { a: [1] } }));
    expect(order).toMatchObject({ platformState: 'unknown', rawStatus: 'TRADE_ON_THE_MOON' });
    expect(order.lines).toHaveLength(2);
  });

  it('says why the platform forbids shipping', () => {
    const trade = sample({
      status: 'PAID_FORBID_CONSIGN',
      top_hold: 1,
      team_buy_hold: '1',
      is_sh_ship: true,
      ofp_hold: 0,
    });
    const order = map(trade);
    expect(order.platformState).toBe('paid');
    expect(order.forbids?.map((forbid) => forbid.code)).toEqual([
      'PAID_FORBID_CONSIGN',
      'is_sh_ship',
      'top_hold',
      'team_buy_hold',
    ]);
    expect(mapOrderState(trade).forbids).toEqual(order.forbids);
  });

  it('marks a deposit: paid so far, not to be shipped, and closed when it is forfeited', () => {
    const waiting = sample({
      status: 'WAIT_BUYER_PAY',
      type: 'step',
      step_trade_status: 'FRONT_PAID_FINAL_NOPAID',
      step_paid_fee: '50.00',
      pay_time: null,
    });
    waiting['orders'] = lines({ status: 'WAIT_BUYER_PAY' }, { status: 'WAIT_BUYER_PAY' });
    expect(map(waiting)).toMatchObject({
      platformState: 'wait_pay',
      presale: { kind: 'deposit', depositPaid: true, finalPaid: false, paidSoFarFen: 5000 },
      amounts: { paidFen: 5000, payableFen: 25480 },
    });
    expect(map({ ...waiting, step_trade_status: 'FRONT_PAID_FRONT_FORFEITED' }).platformState).toBe('closed');
  });

  it('knows orders without goods: price difference, virtual, service', () => {
    const difference = map(
      sample({ receipt_type: 'POSTAGE', receipt_rel_ids: '2231958349212345000,2231958349212345001' }),
    );
    expect(difference.lines.every((line) => line.noStock)).toBe(true);
    expect(difference.supplementsOrders).toEqual(['2231958349212345000', '2231958349212345001']);
    expect(map(sample({ shipping_type: 'virtual' })).lines.every((line) => line.noStock)).toBe(true);
    expect(map(sample({ type: 'auto_delivery' })).lines.every((line) => line.noStock)).toBe(true);
    expect(map(sample()).lines.some((line) => line.noStock)).toBe(false);
  });

  it("leaves lines of the platform's own warehouse to it", () => {
    const advice = (oid: string) => ({ sub_trade_id: oid, consign_type: 'CN' });
    const one = map(sample({ logistics_infos: { logistics_info: [advice('2231958349213345678')] } }));
    expect(one.lines.map((line) => line.shippedByPlatform)).toEqual([true, undefined]);
    expect(one.shippedByPlatform).toBeUndefined();
    const both = map(
      sample({ logistics_infos: { logistics_info: [advice('2231958349213345678'), advice('2231958349214345678')] } }),
    );
    expect(both.shippedByPlatform).toBe(true);
  });

  it('carries the refund of each line, closed lines and parcels of other tools', () => {
    const trade = sample({ status: 'SELLER_CONSIGNED_PART' });
    trade['orders'] = lines(
      { status: 'WAIT_BUYER_CONFIRM_GOODS', invoice_no: '78000001', logistics_company: '中通快递' },
      { status: 'TRADE_CLOSED', refund_status: 'SUCCESS', refund_id: '273645192837465123' },
    );
    const order = map(trade);
    expect(order.platformState).toBe('shipped');
    expect(order.lines[1]).toMatchObject({
      platformLineState: 'closed',
      refundState: 'succeeded',
      refundNo: '273645192837465123',
    });
    expect(order.parcels).toEqual([
      { waybillNo: '78000001', carrier: '中通快递', lines: [{ platformLineNo: '2231958349213345678' }] },
    ]);
  });

  it('cleans NUL and lone surrogates from what people wrote', () => {
    const order = map(sample({ buyer_message: 'a\u0000b\ud83dc😀\u202e', seller_memo: '' }));
    expect(order.buyerMessage).toBe('ab\ufffdc😀\u202e');
    expect(order.sellerMemo).toBeUndefined();
  });

  it('drops impossible times and keeps the order', () => {
    const order = map(
      sample({ pay_time: '0001-01-01 00:00:00', est_con_time: '2025-13-45 99:00:00', promise_collect_time: '' }),
    );
    expect(order.paidAt).toBeUndefined();
    expect(order.platformState).toBe('paid');
  });

  it('masks receiver fields that arrive plain and keeps virtual numbers', () => {
    const order = map(
      sample({ receiver_name: '李四光', receiver_mobile: '13912340000', receiver_address: '望京SOHO 1号楼' }),
    );
    expect(order.receiver?.masked).toMatchObject({ name: '李*', phone: '139****0000', address: '望京**' });
    expect(map(sample({ receiver_mobile: '13260469442-4846' })).receiver?.masked.phone).toBe('13260469442-4846');
  });

  it('gives equal content an equal hash whatever the order of its keys', () => {
    const trade = sample();
    const turned = Object.fromEntries(Object.entries(trade).reverse());
    expect(map(turned).contentHash).toBe(map(trade).contentHash);
    expect(map(sample({ seller_memo: '改' })).contentHash).not.toBe(map(trade).contentHash);
  });
});
