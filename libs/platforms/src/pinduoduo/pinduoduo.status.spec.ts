import {
  OrderCodes,
  afterSaleKindOf,
  afterSaleStateOf,
  codesOf,
  isParcelComingBack,
  needsRefundSum,
  orderStateOf,
  rawStatusOf,
  refundStateOf,
} from './pinduoduo.status';

const codes = (change: Partial<OrderCodes> = {}): OrderCodes => ({
  orderStatus: '1',
  refundStatus: '1',
  confirmStatus: '1',
  groupStatus: '1',
  riskStatus: '0',
  isPaid: true,
  isReceived: false,
  ...change,
});

describe('pinduoduo states', () => {
  it.each([
    ['cancelled by its confirmation, paid', { confirmStatus: '2' }, 'closed'],
    ['cancelled by its confirmation, unpaid', { confirmStatus: '2', isPaid: false }, 'cancelled'],
    ['of a failed group, paid', { groupStatus: '2' }, 'closed'],
    ['of a failed group, unpaid', { groupStatus: '2', isPaid: false }, 'cancelled'],
    ['a deposit order without deposit', { stepStatus: '0', isPaid: false }, 'wait_pay'],
    ['a deposit order without balance', { stepStatus: '1' }, 'wait_pay'],
    ['a deposit order with balance', { stepStatus: '2' }, 'paid'],
    ['waiting for its group, paid', { groupStatus: '0' }, 'paid'],
    ['waiting for its confirmation, unpaid', { confirmStatus: '0', isPaid: false }, 'wait_pay'],
    ['refunded before shipping', { refundStatus: '4' }, 'closed'],
    ['under review', { riskStatus: '1' }, 'paid'],
    ['asking a refund', { refundStatus: '2' }, 'paid'],
    ['waiting for shipping', {}, 'paid'],
    ['shipped', { orderStatus: '2' }, 'shipped'],
    ['shipped and refunded in part', { orderStatus: '2', refundStatus: '4' }, 'shipped'],
    ['signed', { orderStatus: '3' }, 'signed'],
    ['received', { orderStatus: '3', isReceived: true }, 'completed'],
    ['received and refunded in part', { orderStatus: '3', refundStatus: '4', isReceived: true }, 'completed'],
    ['abnormal', { orderStatus: '0' }, 'unknown'],
    ['of an unknown status', { orderStatus: '9' }, 'unknown'],
    ['without a status', { orderStatus: undefined }, 'unknown'],
    ['of an unknown confirmation', { confirmStatus: '7' }, 'unknown'],
    ['of an unknown group', { groupStatus: '7' }, 'unknown'],
    ['of an unknown step', { stepStatus: '7' }, 'unknown'],
  ] as [string, Partial<OrderCodes>, string][])('calls an order that is %s by its state', (_title, change, state) => {
    expect(orderStateOf(codes(change), false)).toBe(state);
  });

  it('closes a shipped order only when all of its money went back', () => {
    for (const orderStatus of ['2', '3'])
      expect(orderStateOf(codes({ orderStatus, refundStatus: '4' }), true)).toBe('closed');
    expect(orderStateOf(codes({ orderStatus: '9', refundStatus: '4' }), true)).toBe('unknown');
    expect(orderStateOf(codes({ orderStatus: '2' }), true)).toBe('shipped');
  });

  it('asks for the refunds of shipped orders that were refunded, and of no others', () => {
    const asks = ['1', '2', '3'].map((orderStatus) => needsRefundSum(codes({ orderStatus, refundStatus: '4' })));
    expect(asks).toEqual([false, true, true]);
    expect(needsRefundSum(codes({ orderStatus: '2', refundStatus: '3' }))).toBe(false);
  });

  it('reads the codes of a row, whether numbers or texts, and the step of deposit orders alone', () => {
    const row = { order_status: '2', step_order_info: { step_trade_status: '1' }, pay_time: '2026-11-21 10:00:20' };
    expect(codesOf({ ...row, trade_type: '1' })).toMatchObject({ orderStatus: '2', stepStatus: '1', isPaid: true });
    expect(codesOf({ ...row, trade_type: '0' }).stepStatus).toBeUndefined();
    expect(codesOf({}).isPaid).toBe(false);
  });

  it('keeps every code that is not as usual in the raw status', () => {
    expect(rawStatusOf(codes())).toBe('order_status=1');
    expect(rawStatusOf(codes({ refundStatus: '2', riskStatus: '1', stepStatus: '1' }))).toBe(
      'order_status=1 refund_status=2 risk_control_status=1 step_trade_status=1',
    );
    expect(rawStatusOf({ isPaid: false, isReceived: false })).toBe('order_status=?');
  });

  it.each([
    ['1', '0', 'none'],
    ['1', '2', 'requested'],
    ['1', '5', 'agreed'],
    ['1', '6', 'refused'],
    ['1', '9', 'withdrawn'],
    ['1', '11', 'withdrawn'],
    ['1', '13', 'withdrawn'],
    ['1', '14', 'none'],
    ['1', '10', 'none'],
    ['2', '2', 'requested'],
    ['2', '7', 'agreed'],
    ['2', '6', 'requested'],
    ['2', undefined, 'requested'],
    ['3', '4', 'agreed'],
    ['4', '10', 'succeeded'],
    ['0', '0', 'unknown'],
    ['9', '0', 'unknown'],
    [undefined, undefined, 'none'],
  ])('reads refund_status %s with after_sales_status %s as %s', (refundStatus, afterSalesStatus, state) => {
    expect(refundStateOf(codes({ refundStatus, afterSalesStatus }))).toBe(state);
  });

  it.each([
    ['0', 'unknown', 'unknown'],
    ['1', 'unknown', 'unknown'],
    ['2', 'requested', 'return_sent'],
    ['3', 'requested', 'return_sent'],
    ['4', 'wait_buyer', 'wait_buyer'],
    ['5', 'wait_buyer', 'wait_buyer'],
    ['6', 'refused', 'refused'],
    ['7', 'wait_return', 'return_sent'],
    ['8', 'requested', 'return_sent'],
    ['9', 'withdrawn', 'withdrawn'],
    ['10', 'succeeded', 'succeeded'],
    ['11', 'withdrawn', 'withdrawn'],
    ['12', 'withdrawn', 'withdrawn'],
    ['13', 'withdrawn', 'withdrawn'],
    ['14', 'requested', 'return_sent'],
    ['15', 'wait_return', 'return_sent'],
    ['16', 'succeeded', 'succeeded'],
    ['17', 'withdrawn', 'withdrawn'],
    ['18', 'wait_buyer', 'wait_buyer'],
    ['21', 'requested', 'return_sent'],
    ['22', 'wait_return', 'return_sent'],
    ['24', 'withdrawn', 'withdrawn'],
    ['25', 'succeeded', 'succeeded'],
    ['27', 'wait_buyer', 'wait_buyer'],
    ['31', 'wait_return', 'return_sent'],
    ['32', 'wait_resend', 'wait_resend'],
    ['33', 'wait_return', 'return_sent'],
    ['99', 'unknown', 'unknown'],
    ['constructor', 'unknown', 'unknown'],
  ])('reads after-sale status %s as %s, and as %s with a return parcel', (status, without, withParcel) => {
    expect([afterSaleStateOf(status, false), afterSaleStateOf(status, true)]).toEqual([without, withParcel]);
  });

  it('knows the two codings of after-sale types', () => {
    const kinds = (coding: 'list' | 'detail', types: string[]) => types.map((type) => afterSaleKindOf(type, coding));
    const all = ['refund_only', 'return_refund', 'exchange', 'resend', 'repair'];
    expect(kinds('list', ['2', '3', '4', '5', '6'])).toEqual(all);
    expect(kinds('detail', ['1', '2', '3', '4', '5'])).toEqual(all);
    expect(kinds('list', ['0', '1', '7', '9', 'x'])).toEqual(['other', 'other', 'other', 'return_refund', 'other']);
    expect(kinds('detail', ['0', '6', '9'])).toEqual(['other', 'other', 'other']);
    expect(afterSaleKindOf(undefined, 'list')).toBe('other');
  });

  it('knows the two ways in which a parcel comes back on its way', () => {
    expect(['31', '33', '7'].map(isParcelComingBack)).toEqual([true, true, false]);
  });
});
