import fc from 'fast-check';
import { listOf, present, timeOf, yuanTextToFen } from './pinduoduo.values';

describe('pinduoduo values', () => {
  it.each([
    ['34.80', 3480],
    ['34.8', 3480],
    ['0', 0],
    ['-12.7', -1270],
    ['19.900000000000002', 1990],
    ['11.009999999999999', 1101],
    ['0.005', 1],
    ['-0.005', -1],
    ['0.0049', 0],
    ['-0.001', 0],
    ['1e2', 10000],
    ['1.5E-1', 15],
    ['90071992547409.91', 9007199254740991],
  ])('reads %s yuan as %i fen', (text, fen) => {
    expect(yuanTextToFen(text)).toBe(fen);
  });

  it.each(['', 'abc', '1,000', '１', '90071992547409.92', '1e400', 'NaN', '--1', '.5'])('refuses %j', (text) => {
    expect(yuanTextToFen(text)).toBeUndefined();
  });

  it('brings every amount of fen back that was written as a double of yuan', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e11, max: 1e11 }), (fen) => {
        expect(yuanTextToFen(String(fen / 100))).toBe(fen === 0 ? 0 : fen);
      }),
    );
  });

  it('reads times as Shanghai, to the last second of a month, and none where nothing happened', () => {
    expect(timeOf({ at: '2026-10-31 23:59:59' }, 'at')).toBe('2026-10-31T23:59:59+08:00');
    expect([timeOf({ at: '' }, 'at'), timeOf({}, 'at'), timeOf({ at: '0000-00-00 00:00:00' }, 'at')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('reads lists that are null, text or absent as empty', () => {
    expect([listOf(null), listOf(''), listOf(undefined), listOf([{ a: '1' }, null])]).toEqual([
      [],
      [],
      [],
      [{ a: '1' }, {}],
    ]);
  });

  it('leaves out what is undefined and keeps what is empty', () => {
    expect(present({ a: undefined, b: '', c: 0 })).toEqual({ b: '', c: 0 });
  });
});
