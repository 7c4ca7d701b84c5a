import { outlivedKeys, signingKeyOf } from './signing-key.rules';

const key = (kid: string, signsFromMs: number) => ({ kid, signsFrom: new Date(signsFromMs) });
const HOUR = 3_600_000;

describe('which key signs', () => {
  it('is the newest whose time has come, so that a new key is known everywhere before it signs', () => {
    const keys = [key('a', 0), key('b', 1_000), key('c', 2_000)];
    expect([0, 1_000, 1_999, 2_000].map((now) => signingKeyOf(keys, now)?.kid)).toEqual(['a', 'b', 'b', 'c']);
  });

  it('is the first one when no time has come, and none without keys', () => {
    expect(signingKeyOf([key('a', 5_000)], 0)?.kid).toBe('a');
    expect(signingKeyOf([], 0)).toBeUndefined();
  });
});

describe('which keys are removed', () => {
  it('are those whose successor has signed for longer than a token lives; never the last one', () => {
    const keys = [key('a', 0), key('b', HOUR), key('c', 10 * HOUR)];
    expect(outlivedKeys(keys, HOUR).map(({ kid }) => kid)).toEqual([]);
    expect(outlivedKeys(keys, 2 * HOUR + 300_001).map(({ kid }) => kid)).toEqual(['a']);
    expect(outlivedKeys(keys, 1_000 * HOUR).map(({ kid }) => kid)).toEqual(['a', 'b']);
  });
});
