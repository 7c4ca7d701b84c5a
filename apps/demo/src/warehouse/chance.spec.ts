import { chanceOf, gradeOf } from './chance';

describe('chances of the demo', () => {
  const share = (isUnopened: boolean, grade: string) => {
    const all = Array.from({ length: 4_000 }, (_, no) => gradeOf(isUnopened, `YT${no}`, 'TEE'));
    return all.filter((one) => one === grade).length / all.length;
  };

  it('are the same in every run and spread over the whole range', () => {
    expect(chanceOf('grade', 'YT1', 'TEE')).toBe(chanceOf('grade', 'YT1', 'TEE'));
    const all = Array.from({ length: 4_000 }, (_, no) => chanceOf('x', String(no)));
    expect(Math.min(...all)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...all)).toBeLessThan(1);
    expect(all.reduce((sum, one) => sum + one, 0) / all.length).toBeCloseTo(0.5, 1);
  });

  it('grade most goods as sound, and unopened ones nearly always', () => {
    expect(share(false, 'A')).toBeCloseTo(0.8, 1);
    expect(share(false, 'C')).toBeGreaterThan(0.02);
    expect(share(true, 'A')).toBeGreaterThan(0.94);
  });
});
