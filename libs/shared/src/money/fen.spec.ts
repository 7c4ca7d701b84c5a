import fc from 'fast-check';
import { allocate, fen, fenToYuan, sumFen, yuanToFen } from './fen';

const amount = fc.integer({ min: -1_000_000_000_000, max: 1_000_000_000_000 });
const code = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return undefined;
};

describe('amounts in fen', () => {
  it('write as yuan and read back as the same amount', () => {
    fc.assert(fc.property(amount, (value) => yuanToFen(fenToYuan(value)) === value));
    expect([fenToYuan(-5), fenToYuan(0), fenToYuan(25_480)]).toEqual(['-0.05', '0.00', '254.80']);
  });

  it('read what platforms write, exactly', () => {
    expect(['254.80', '-12.7', '6', '+0.10', ' 1.200 ', '0.29', '-0.00'].map(yuanToFen)).toEqual([
      25_480, -1_270, 600, 10, 120, 29, 0,
    ]);
  });

  it.each(['', '1.234', '1e3', '.5', '1,000', '￥1', 'NaN'])('refuse "%s" with MONEY.NOT_YUAN', (text) => {
    expect(code(() => yuanToFen(text))).toBe('MONEY.NOT_YUAN');
  });

  it('refuse fractions and unsafe sums with MONEY.NOT_FEN', () => {
    expect(code(() => fen(0.5))).toBe('MONEY.NOT_FEN');
    expect(code(() => sumFen([Number.MAX_SAFE_INTEGER, 1]))).toBe('MONEY.NOT_FEN');
    expect(sumFen([1, -3, 5])).toBe(3);
  });

  it('spread so that the parts add up to the total and each is less than one fen from its exact share', () => {
    fc.assert(
      fc.property(amount, fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: 20 }), (total, weights) => {
        const parts = allocate(total, weights);
        const sum = weights.reduce((a, b) => a + b, 0);
        expect(sumFen(parts)).toBe(total);
        for (const [index, part] of parts.entries()) {
          const exact = sum === 0 ? total / weights.length : (total * weights[index]!) / sum;
          expect(Math.abs(part - exact)).toBeLessThan(1 + Math.abs(exact) * 1e-12);
        }
      }),
    );
  });

  it('give the odd fen to the parts that lose most by rounding down', () => {
    expect(allocate(1, [1, 5])).toEqual([0, 1]);
    expect(allocate(100, [1, 1, 4])).toEqual([17, 17, 66]);
    expect(allocate(-10, [3, 3, 8])).toEqual([-2, -2, -6]);
  });

  it('give the odd fen to the earlier part, and nothing to a part without weight', () => {
    expect(allocate(100, [1, 1, 1])).toEqual([34, 33, 33]);
    expect(allocate(-100, [1, 1, 1])).toEqual([-34, -33, -33]);
    expect(allocate(5, [0, 2, 0])).toEqual([0, 5, 0]);
    expect(allocate(5, [0, 0])).toEqual([3, 2]);
    expect(code(() => allocate(1, []))).toBe('MONEY.NOTHING_TO_ALLOCATE');
    expect(code(() => allocate(1, [1, -1]))).toBe('MONEY.NEGATIVE_WEIGHT');
  });
});
