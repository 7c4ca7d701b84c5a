import { asFlag, asInteger, asList, asText, cleanText, contentHash, parseAnswer } from './answer.json';

describe('answers as JSON', () => {
  it('keeps ids of 19 digits, leading zeros and every decimal', () => {
    const parsed = parseAnswer('{"tid":2231958349212345678,"code":"007","fee":254.80}') as Record<string, string>;
    expect(parsed).toEqual({ tid: '2231958349212345678', code: '007', fee: '254.80' });
  });

  it.each(['', '<html>', '{"a":1', '{"a":NaN}', '\ufeff{"a":1}', '{"a":1,"a":2}', '{"a":01}'])('refuses %j', (text) => {
    expect(() => parseAnswer(text)).toThrow();
  });

  it('reads lists in every form, absent ones as empty', () => {
    const one = parseAnswer('{"t":{"trade":[{"a":1}]},"flat":[{"a":2}],"single":{"trade":{"a":3}}}') as never as Record<
      string,
      never
    >;
    expect(asList(one['t'], 'trade')).toEqual([{ a: '1' }]);
    expect(asList(one['flat'], 'trade')).toEqual([{ a: '2' }]);
    expect(asList(one['single'], 'trade')).toEqual([{ a: '3' }]);
    expect(asList(one['none'], 'trade')).toEqual([]);
    expect(asList(null, 'trade')).toEqual([]);
  });

  it('reads flags, numbers and texts without guessing', () => {
    expect([true, 'true', '1', '0', 'false', false, undefined, null].map(asFlag)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
    expect(asInteger('9007199254740993')).toBeUndefined();
    expect(asInteger('1.5')).toBeUndefined();
    expect(asText('')).toBeUndefined();
    expect(cleanText('\ude00\u0000x')).toBe('\ufffdx');
  });

  it('cuts long texts without leaving half a character', () => {
    expect(cleanText('a😀', 2)).toBe('a\ufffd');
  });

  it('hashes content, not key order', () => {
    expect(contentHash({ a: '1', b: ['2', { c: null }] })).toBe(contentHash({ b: ['2', { c: null }], a: '1' }));
    expect(contentHash({ a: '1' })).not.toBe(contentHash({ a: '2' }));
  });
});
