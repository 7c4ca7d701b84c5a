import { afterSaleKindOf, afterSaleStateOf, comesBack, refundStateOf, stateOf } from './douyin.status';

const facts = (orderStatus: string, change: object = {}) => ({
  orderStatus,
  mainStatus: orderStatus,
  isPaid: true,
  isDelivered: false,
  ...change,
});

describe('the status table of douyin', () => {
  it.each([
    [facts('1', { isPaid: false }), 'wait_pay'],
    [facts('1', { mainStatus: '103' }), 'wait_pay'],
    [facts('105'), 'paid'],
    [facts('2'), 'paid'],
    [facts('101'), 'part_shipped'],
    [facts('3'), 'shipped'],
    [facts('3', { isDelivered: true }), 'signed'],
    [facts('5', { isDelivered: true }), 'completed'],
    [facts('4', { isPaid: false }), 'cancelled'],
    [facts('4', { mainStatus: '4' }), 'cancelled'],
    [facts('4', { mainStatus: '21' }), 'closed'],
    [facts('4', { mainStatus: '22' }), 'closed'],
    [facts('4', { mainStatus: '39' }), 'closed'],
    [facts('4', { mainStatus: undefined }), 'closed'],
    [facts('777'), 'unknown'],
    [facts('toString'), 'unknown'],
    [facts(''), 'unknown'],
  ])('reads %j as %s', (given, state) => {
    expect(stateOf(given)).toBe(state);
  });

  it.each([
    [undefined, 'none', 'unknown'],
    ['0', 'none', 'unknown'],
    ['6', 'requested', 'requested'],
    ['7', 'agreed', 'wait_return'],
    ['11', 'agreed', 'return_sent'],
    ['8', 'agreed', 'wait_resend'],
    ['13', 'agreed', 'wait_buyer'],
    ['3', 'agreed', 'wait_buyer'],
    ['14', 'withdrawn', 'succeeded'],
    ['12', 'succeeded', 'succeeded'],
    ['27', 'refused', 'refused'],
    ['29', 'refused', 'refused'],
    ['28', 'withdrawn', 'withdrawn'],
    ['51', 'withdrawn', 'withdrawn'],
    ['53', 'withdrawn', 'withdrawn'],
    ['99', 'unknown', 'unknown'],
  ])('reads after-sale status %s as %s of the line and %s of itself', (status, line, own) => {
    // A withdrawn one keeps refund_status 1.
    expect(refundStateOf(status, '1')).toBe(line);
    expect(afterSaleStateOf(status ?? '', '1')).toBe(own);
  });

  it('asks refund_status only when the reverse trade is done', () => {
    expect([refundStateOf('53', '3'), afterSaleStateOf('53', '3')]).toEqual(['succeeded', 'succeeded']);
    expect(refundStateOf('28', '3')).toBe('withdrawn');
  });

  it.each([
    ['0', 'return_refund', true],
    ['1', 'refund_only', false],
    ['2', 'refund_only', false],
    ['3', 'exchange', true],
    ['4', 'other', false],
    ['5', 'other', false],
    ['6', 'other', false],
    ['7', 'resend', false],
    ['8', 'repair', true],
    [undefined, 'other', false],
  ])('knows what type %s asks for', (type, kind, back) => {
    expect([afterSaleKindOf(type), comesBack(type)]).toEqual([kind, back]);
  });
});
