import fc from 'fast-check';
import { DateTime } from 'luxon';
import { shanghaiDay, shanghaiToIso, startOfShanghaiDay, toShanghaiIso, toShanghaiText } from './shanghai';

describe('times of platforms', () => {
  it('read as Asia/Shanghai whatever the machine’s zone', () => {
    expect(shanghaiToIso('2026-11-11 00:00:00')).toBe('2026-11-11T00:00:00+08:00');
    expect(new Date(shanghaiToIso('2026-11-11 00:00:00')!).toISOString()).toBe('2026-11-10T16:00:00.000Z');
  });

  it.each([null, undefined, '', '0000-00-00 00:00:00', '1970-01-01 08:00:00', '2026-02-30 00:00:00', 'soon'])(
    'are unknown for %p',
    (text) => {
      expect(shanghaiToIso(text)).toBeNull();
    },
  );

  it('write and read back to the second', () => {
    const instant = fc.date({
      min: new Date('1992-01-01T00:00:00Z'),
      max: new Date('2090-01-01T00:00:00Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(instant, (at) => {
        const whole = new Date(Math.floor(at.getTime() / 1_000) * 1_000);
        expect(Date.parse(shanghaiToIso(toShanghaiText(whole))!)).toBe(whole.getTime());
        expect(Date.parse(toShanghaiIso(whole))).toBe(whole.getTime());
      }),
    );
  });

  it('are the same whether they are read quickly or by the rules of the zone', () => {
    const instant = fc.date({
      min: new Date('1992-01-01T00:00:00+08:00'),
      max: new Date('2090-01-01T00:00:00Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(instant, (at) => {
        const slow = DateTime.fromJSDate(at, { zone: 'Asia/Shanghai' });
        expect(toShanghaiIso(at)).toBe(slow.toISO({ suppressMilliseconds: true }));
        expect(toShanghaiText(at)).toBe(slow.toFormat('yyyy-MM-dd HH:mm:ss'));
        expect(shanghaiDay(at)).toBe(slow.toISODate());
        const text = toShanghaiText(at);
        const read = DateTime.fromSQL(text, { zone: 'Asia/Shanghai' }).toISO({ suppressMilliseconds: true });
        expect(shanghaiToIso(text)).toBe(read);
      }),
    );
  });

  it('know the summer time that China had until 1991', () => {
    expect(shanghaiToIso('1991-07-01 12:00:00')).toBe('1991-07-01T12:00:00+09:00');
    expect(toShanghaiIso(new Date('1991-07-01T03:00:00Z'))).toBe('1991-07-01T12:00:00+09:00');
    expect(toShanghaiIso(new Date('1992-07-01T03:00:00Z'))).toBe('1992-07-01T11:00:00+08:00');
    expect(startOfShanghaiDay('1991-07-01').toISOString()).toBe('1991-06-30T15:00:00.000Z');
  });

  it('belong to the day that has begun in Shanghai', () => {
    expect(shanghaiDay(new Date('2026-11-10T15:59:59.999Z'))).toBe('2026-11-10');
    expect(shanghaiDay(new Date('2026-11-10T16:00:00Z'))).toBe('2026-11-11');
    expect(startOfShanghaiDay('2026-11-11').toISOString()).toBe('2026-11-10T16:00:00.000Z');
  });
});
