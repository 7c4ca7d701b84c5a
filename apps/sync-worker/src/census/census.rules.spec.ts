import { afterCheck, compare, lookAt } from './census.rules';

const at = (text: string) => new Date(`2026-11-01T${text}Z`);

describe('compare', () => {
  it('names missing and older orders id by id', () => {
    const listed = [
      { platformOrderNo: 'gone', modifiedAt: at('09:00:00').toISOString() },
      { platformOrderNo: 'old', modifiedAt: at('09:00:01').toISOString() },
      { platformOrderNo: 'same', modifiedAt: at('09:00:00').toISOString() },
      { platformOrderNo: 'same', modifiedAt: at('09:00:00').toISOString() },
    ];
    const known = new Map([
      ['old', at('09:00:00')],
      ['same', at('09:00:00')],
    ]);
    expect(compare(listed, known, at('11:00:00'), at('10:00:00'))).toEqual({
      listed: 3,
      stored: 2,
      missing: ['gone'],
      older: ['old'],
      overdue: ['gone'],
    });
  });

  it('leaves to the change pull what was modified after it had read, and clamps times of the future', () => {
    const listed = [
      { platformOrderNo: 'fresh', modifiedAt: at('10:30:00').toISOString() },
      { platformOrderNo: 'new', modifiedAt: at('10:30:00').toISOString() },
      { platformOrderNo: 'future', modifiedAt: '2027-01-01T00:00:00Z' },
    ];
    const known = new Map([
      ['fresh', at('09:00:00')],
      ['future', at('11:00:00')],
    ]);
    expect(compare(listed, known, at('11:00:00'), at('10:00:00'))).toMatchObject({
      missing: ['new'],
      older: [],
      overdue: [],
    });
  });
});

describe('afterCheck', () => {
  const whole = { missing: [], older: [], isProven: true };
  const first = { checks: 0, openLooks: 0, toAt: at('00:00:00') };

  it('proves a window after an hour, looks again after a day, and then rests', () => {
    expect(afterCheck(whole, first, at('01:00:00'))).toEqual({
      state: 'proven',
      checks: 1,
      openLooks: 0,
      nextCheckAt: new Date('2026-11-02T00:00:00Z'),
    });
    expect(afterCheck(whole, { ...first, checks: 1 }, new Date('2026-11-02T00:00:00Z'))).toEqual({
      state: 'proven',
      checks: 2,
      openLooks: 0,
      nextCheckAt: null,
    });
  });

  it.each([{ missing: ['x'] }, { older: ['x'] }, { isProven: false }])(
    'keeps a window open and looks again while it finds %j',
    (gap) => {
      expect(afterCheck({ ...whole, ...gap }, first, at('01:00:00'))).toEqual({
        state: 'open',
        checks: 0,
        openLooks: 1,
        nextCheckAt: at('01:10:00'),
      });
    },
  );

  it('looks ever more rarely while rows stay hidden, but not while orders are being pulled', () => {
    const after = (openLooks: number, found: object) =>
      afterCheck({ ...whole, ...found }, { ...first, openLooks }, at('01:00:00')).nextCheckAt;
    expect(after(3, { isProven: false })).toEqual(at('02:20:00'));
    expect(after(40, { isProven: false })).toEqual(new Date('2026-11-02T01:00:00Z'));
    expect(after(3, { isProven: false, missing: ['x'] })).toEqual(at('01:10:00'));
  });
});

describe('lookAt', () => {
  it('tells the look of the first hours from that of the day after', () => {
    expect(lookAt(at('00:00:00'), at('23:59:59'))).toBe('hour');
    expect(lookAt(at('00:00:00'), new Date('2026-11-02T00:00:00Z'))).toBe('day');
  });
});
