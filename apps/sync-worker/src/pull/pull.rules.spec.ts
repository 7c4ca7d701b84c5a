import { nextBeat, planEveryMs, planWindows, sliceSpan } from './pull.rules';

const RULE = { maxSpanSeconds: 86_400, usualSpanSeconds: 1_800, overlapSeconds: 600, indexLagSeconds: 5 };
/** Seconds that a platform is asked for, since it knows no parts of them. */
const askedSeconds = ({ from, to }: { from: Date; to: Date }): number =>
  Math.ceil(to.getTime() / 1_000) - Math.floor(from.getTime() / 1_000);
const at = (text: string) => new Date(`2026-11-01T${text}Z`);

describe('planEveryMs', () => {
  it('asks a platform without messages for after-sales as often as for orders, others half as often', () => {
    expect(planEveryMs('after-sales', 30_000, true)).toBe(planEveryMs('orders', 30_000, true));
    expect(planEveryMs('after-sales', 30_000, true)).toBeLessThanOrEqual(30_000);
    expect(planEveryMs('orders', 30_000, false)).toBe(30_000);
    expect(planEveryMs('after-sales', 30_000, false)).toBe(60_000);
  });
});

describe('nextBeat', () => {
  const every = 30_000;
  const now = Date.parse('2026-11-01T10:00:00Z');

  it('keeps one rhythm, however late a round was', () => {
    const beat = nextBeat(now, every, 'shp_1/orders');
    expect(beat - now).toBeGreaterThanOrEqual(every / 2);
    expect(beat - now).toBeLessThan(every * 1.5);
    for (const lateMs of [-500, 0, 700, 5_000, 14_999])
      expect(nextBeat(beat + lateMs, every, 'shp_1/orders')).toBe(beat + every);
  });

  it('spreads shops and kinds over the interval', () => {
    const beats = Array.from({ length: 300 }, (_, no) => nextBeat(now, every, `shp_01m82${no}/orders`) % every);
    for (let from = 0; from < every; from += every / 10)
      expect(beats.filter((beat) => beat >= from && beat < from + every / 10).length).toBeGreaterThan(10);
  });
});

describe('planWindows', () => {
  it('begins an overlap early and ends an index lag before now', () => {
    expect(planWindows(at('10:00:00'), at('10:10:05'), RULE, 4)).toEqual([
      { from: at('09:50:00'), to: at('10:10:00'), after: at('10:00:00') },
    ]);
  });

  it('cuts nothing while the index lag has not passed, or without room', () => {
    expect(planWindows(at('10:00:00'), at('10:00:05'), RULE, 4)).toEqual([]);
    expect(planWindows(at('10:00:00'), at('12:00:00'), RULE, 0)).toEqual([]);
  });

  it('asks once for a window of the longest span, whenever it was cut', () => {
    const rule = { maxSpanSeconds: 1_800, usualSpanSeconds: 1_800, overlapSeconds: 600, indexLagSeconds: 5 };
    const windows = planWindows(at('00:00:00.123'), at('12:00:00.456'), rule, 8);
    expect(windows.map(askedSeconds)).toEqual(Array(8).fill(1_800));
    for (const [index, window] of windows.slice(1).entries()) {
      expect(window.after).toEqual(windows[index]!.to);
      const overlapMs = window.after.getTime() - window.from.getTime();
      expect(overlapMs >= 600_000 && overlapMs < 601_000).toBe(true);
    }
  });

  it('gets on even where the overlap is longer than the usual window', () => {
    const rule = { maxSpanSeconds: 86_400, usualSpanSeconds: 1_800, overlapSeconds: 3_600, indexLagSeconds: 5 };
    const windows = planWindows(at('10:00:00.900'), at('10:00:07.900'), rule, 8);
    expect(windows.at(-1)!.to).toEqual(at('10:00:02.900'));
    for (const window of windows) expect(window.to.getTime()).toBeGreaterThan(window.after.getTime());
  });

  it('leaves no hole however far it lags behind, and never exceeds the longest span', () => {
    const start = new Date('2026-10-01T00:00:00Z');
    const windows = planWindows(start, at('00:00:00'), RULE, 4);
    expect(windows).toHaveLength(4);
    for (const [index, window] of windows.entries()) {
      expect(window.to.getTime() - window.from.getTime()).toBeLessThanOrEqual(86_400_000);
      expect(window.after).toEqual(index === 0 ? start : windows[index - 1]!.to);
      expect(window.after.getTime() - window.from.getTime()).toBe(600_000);
    }
  });
});

describe('sliceSpan', () => {
  it('asks once for each part, whenever the span begins', () => {
    const from = at('00:00:00.700');
    const parts = sliceSpan(from, at('02:15:00.300'), 1_800);
    expect(parts[0]!.from.getTime()).toBeLessThanOrEqual(from.getTime());
    expect(parts.map(askedSeconds)).toEqual([1_800, 1_800, 1_800, 1_800, 901]);
    expect(parts.at(-1)!.to).toEqual(at('02:15:00.300'));
  });

  it('covers a span without holes in parts that the platform accepts', () => {
    const parts = sliceSpan(new Date('2026-11-01T00:00:00Z'), new Date('2026-11-03T12:00:00Z'), 86_400);
    expect(parts.map(({ to }) => to.toISOString())).toEqual([
      '2026-11-02T00:00:00.000Z',
      '2026-11-03T00:00:00.000Z',
      '2026-11-03T12:00:00.000Z',
    ]);
  });
});
