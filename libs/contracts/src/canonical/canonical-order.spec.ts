import { isRefundOpen, REFUND_STATES } from './canonical-order';

describe('a refund of a line', () => {
  it('is open from its request until it ends, also while the seller has agreed or nobody knows its state', () => {
    const open = REFUND_STATES.filter(isRefundOpen);
    expect([...open].sort()).toEqual(['agreed', 'requested', 'unknown']);
  });
});
