import { fenOf, idOf, instantOf } from './douyin.values';

describe('values of douyin', () => {
  it.each([
    ['1758699900', '2025-09-24T15:45:00+08:00'],
    ['2021-03-29 15:52:52', '2021-03-29T15:52:52+08:00'],
    ['2021-03-29T15:52:52+08:00', '2021-03-29T15:52:52+08:00'],
    ['2021-03-29T07:52:52Z', '2021-03-29T15:52:52+08:00'],
    ['0', undefined],
    ['1800', undefined],
    ['1758699900000', undefined],
    ['2021-13-29T15:52:52Z', undefined],
    ['soon', undefined],
    ['', undefined],
    [null, undefined],
    [undefined, undefined],
  ])('reads the time %j as %s', (text, instant) => {
    expect(instantOf(text)).toBe(instant);
  });

  it('reads fen as stated and refuses fractions and unsafe numbers', () => {
    expect(['-5', '0', '7', '500.00', undefined, null, ''].map((fen) => fenOf({ fen }, 'fen'))).toEqual([
      -5, 0, 7, 500, 0, 0, 0,
    ]);
    for (const fen of ['1.5', 'NaN', '9007199254740993', '1e3'])
      expect(() => fenOf({ fen, order_id: '1' }, 'fen')).toThrow(/^1: /);
  });

  it('takes 0 for no id', () => {
    expect(['0', '', '12', undefined].map(idOf)).toEqual([undefined, undefined, '12', undefined]);
  });
});
