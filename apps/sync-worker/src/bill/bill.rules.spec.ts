import { againAt, dayAfter, daysOver, daysTouched, dueAtOf, firstDayStart, MOST_NOT_READY } from './bill.rules';

const at = (text: string) => new Date(text);
const HOUR = 3_600_000;

describe('days of bills', () => {
  it('are due at nine in the morning of the next day, in the zone of the platform', () => {
    expect(dueAtOf('2026-11-11').toISOString()).toBe('2026-11-12T01:00:00.000Z');
    expect(dayAfter('2026-12-31')).toBe('2027-01-01');
  });

  it('begin with the go-live, at most sixty days before the account was set', () => {
    expect(firstDayStart(at('2026-11-01T23:30:00+08:00'), at('2026-11-20T00:00:00Z')).toISOString()).toBe(
      '2026-10-31T16:00:00.000Z',
    );
    expect(firstDayStart(at('2026-01-01T00:00:00Z'), at('2026-11-20T12:00:00+08:00')).toISOString()).toBe(
      at('2026-09-21T00:00:00+08:00').toISOString(),
    );
  });

  it('are cut when they are over, without a hole', () => {
    const from = at('2026-11-10T00:00:00+08:00');
    expect(daysOver(from, at('2026-11-12T23:59:59+08:00'), 50)).toEqual(['2026-11-10', '2026-11-11']);
    expect(daysOver(from, at('2026-11-13T00:00:00+08:00'), 50)).toEqual(['2026-11-10', '2026-11-11', '2026-11-12']);
    expect(daysOver(from, at('2026-11-10T23:00:00+08:00'), 50)).toEqual([]);
    expect(daysOver(from, at('2026-12-13T00:00:00+08:00'), 2)).toEqual(['2026-11-10', '2026-11-11']);
  });

  it('of a span are those that it touches; one that ends at midnight leaves the next day alone', () => {
    expect(daysTouched(at('2026-11-10T15:00:00+08:00'), at('2026-11-12T00:00:00+08:00'), 9)).toEqual([
      '2026-11-10',
      '2026-11-11',
    ]);
    expect(daysTouched(at('2026-11-10T15:00:00+08:00'), at('2026-11-10T15:00:01+08:00'), 9)).toEqual(['2026-11-10']);
  });

  it('that have no bill are asked about less and less often, and at last no more', () => {
    const now = at('2026-11-12T09:00:00+08:00');
    const pause = (tries: number) => (againAt('not_ready', tries, now)!.getTime() - now.getTime()) / HOUR;
    expect([1, 2, 3, 6, 7, 40].map(pause)).toEqual([0.5, 1, 2, 16, 24, 24]);
    expect(againAt('not_ready', MOST_NOT_READY, now)).toBeNull();
    expect(againAt('not_whole', MOST_NOT_READY, now)).not.toBeNull();
    expect(againAt('done', 1, now)).toBeNull();
  });
});
