import { PLATFORM_STATES, REFUND_STATES } from '@app/contracts/canonical';
import { orderStateOf, refundStateOf, stateOf } from './taobao.status';

/** Every status of Taobao sheet §6. */
const SHEET = [
  'TRADE_NO_CREATE_PAY',
  'WAIT_BUYER_PAY',
  'PAY_PENDING',
  'WAIT_PRE_AUTH_CONFIRM',
  'PAID_FORBID_CONSIGN',
  'WAIT_SELLER_SEND_GOODS',
  'SELLER_CONSIGNED_PART',
  'WAIT_BUYER_CONFIRM_GOODS',
  'TRADE_BUYER_SIGNED',
  'TRADE_FINISHED',
  'TRADE_CLOSED',
  'TRADE_CLOSED_BY_TAOBAO',
];
/** Every refund status of Taobao sheet §7.3. */
const REFUNDS = [
  'WAIT_SELLER_AGREE',
  'WAIT_BUYER_RETURN_GOODS',
  'WAIT_SELLER_CONFIRM_GOODS',
  'SELLER_REFUSE_BUYER',
  'CLOSED',
  'SUCCESS',
  'WAIT_BUYER_CONFIRM_REDO_SEND_GOODS',
  'WAIT_SELLER_CONFIRM_RETURN_ADDRESS',
  'WAIT_SELLER_CONSIGN_GOOGDS',
  'WAIT_SELLER_CONSIGN_GOODS',
  'EXCHANGE_TRANSFORM_TO_REFUND',
  'EXCHANGE_WAIT_BUYER_CONFIRM_GOODS',
  'WAIT_BUYER_CONFIRM_EXCHANGE_SELLER_SEND_GOODS',
  'POST_FEE_DISPUTE_WAIT_ACTIVATE',
  'NO_REFUND',
];

describe('taobao status table', () => {
  it('knows every status of the sheet and calls everything else unknown', () => {
    for (const status of SHEET) expect([status, stateOf(status)]).not.toEqual([status, 'unknown']);
    for (const status of REFUNDS) expect([status, refundStateOf(status)]).not.toEqual([status, 'unknown']);
    for (const status of ['', 'constructor', '__proto__', 'ALL_CLOSED', 'wait_buyer_pay']) {
      expect(stateOf(status)).toBe('unknown');
      expect(refundStateOf(status)).toBe('unknown');
    }
    expect(refundStateOf(undefined)).toBe('none');
  });

  it('is total over trade and line states', () => {
    for (const trade of PLATFORM_STATES) {
      for (const line of [...PLATFORM_STATES, undefined])
        expect(PLATFORM_STATES).toContain(orderStateOf(trade, [line]));
    }
    expect(REFUND_STATES).toContain(refundStateOf('SUCCESS'));
  });

  it.each([
    ['paid', ['closed', 'closed'], 'closed'],
    ['paid', ['closed', 'paid'], 'paid'],
    ['paid', ['shipped', 'paid'], 'part_shipped'],
    ['part_shipped', ['shipped', 'closed'], 'shipped'],
    ['part_shipped', ['shipped', undefined], 'part_shipped'],
    ['shipped', ['shipped', 'completed'], 'shipped'],
    ['wait_pay', ['cancelled'], 'cancelled'],
    ['unknown', ['closed'], 'unknown'],
    ['completed', ['completed', 'closed'], 'completed'],
  ] as const)('an order that says %s with lines %j is %s', (trade, lines, expected) => {
    expect(orderStateOf(trade, lines)).toBe(expected);
  });
});
