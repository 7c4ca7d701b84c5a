import { AppError } from '@app/shared';
import { PlatformError } from '@app/platforms';
import { backOffMs, judge } from './work.rules';

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

describe('backOffMs', () => {
  it('doubles from a second to five minutes, with up to a quarter of jitter', () => {
    expect([1, 2, 3, 20].map((tries) => backOffMs(tries, () => 0))).toEqual([1_000, 2_000, 4_000, 300_000]);
    expect(backOffMs(1, () => 1)).toBe(1_250);
  });
});
