import { AppError } from '@app/shared';
import { PlatformError } from '@app/platforms';
import { backOffMs, isOver, judge, MAY_BE_UNKNOWN_MS } from './work.rules';

describe('judge', () => {
  it('tells waiting, a refused token, the outside and a failure apart', () => {
    expect(judge(new PlatformError('rate-limited', '', { method: 'm', retryAfterMs: 42 }))).toEqual({
      kind: 'wait',
      ms: 42,
    });
    expect(judge(new PlatformError('reauthorise', '', { method: 'm' })).kind).toBe('unauthorised');
    expect(judge(new PlatformError('transient', '', { method: 'm' })).kind).toBe('outside');
    expect(judge(new PlatformError('rejected', '', { method: 'm' })).kind).toBe('failure');
    expect(judge(new AppError('SERVICE.UNAVAILABLE', '')).kind).toBe('outside');
    expect(judge(new AppError('SHOP.NOT_FOUND', '')).kind).toBe('failure');
    expect(judge(new Error('connect ECONNREFUSED')).kind).toBe('outside');
    expect(judge(new TypeError('x is not a function')).kind).toBe('failure');
  });
});

describe('isOver', () => {
  const createdAt = new Date(0);
  const [early, late] = [new Date(MAY_BE_UNKNOWN_MS - 1), new Date(MAY_BE_UNKNOWN_MS)];
  const unknown = new PlatformError('not-found', '', { method: 'm' });

  it('gives work up with its fifth failure', () => {
    expect(isOver({ kind: 'order', createdAt }, 4, new Error('bug'), late)).toBe(false);
    expect(isOver({ kind: 'order', createdAt }, 5, new Error('bug'), early)).toBe(true);
    expect(isOver({ kind: 'listings', createdAt }, 5, unknown, early)).toBe(true);
  });

  it('goes on for minutes while the platform may not show the order yet', () => {
    expect(isOver({ kind: 'order', createdAt }, 9, unknown, early)).toBe(false);
    expect(isOver({ kind: 'after-sale', createdAt }, 9, unknown, early)).toBe(false);
    expect(isOver({ kind: 'order', createdAt }, 9, unknown, late)).toBe(true);
  });
});

describe('backOffMs', () => {
  it('doubles from a second to five minutes, with up to a quarter of jitter', () => {
    expect([1, 2, 3, 20].map((tries) => backOffMs(tries, () => 0))).toEqual([1_000, 2_000, 4_000, 300_000]);
    expect(backOffMs(1, () => 1)).toBe(1_250);
  });
});
