import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { parseSealKeys, seal, sealKeyId, searchHash, unseal } from './envelope';

const [one, two] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];
const keys = parseSealKeys(one);
const code = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return undefined;
};

describe('sealed values', () => {
  it('open to what was sealed, and look different each time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => unseal(seal(text, keys, 'c'), keys, 'c') === text),
    );
    expect(seal('汇店', keys, 'c')).not.toBe(seal('汇店', keys, 'c'));
    expect(seal('secret-token', keys, 'c')).not.toContain('secret-token');
  });

  it('open after the master key was rotated, under the id of their own key', () => {
    const sealed = seal('x', keys, 'c');
    const rotated = parseSealKeys(`k1:${one},k2:${two}`);
    expect(unseal(sealed, rotated, 'c')).toBe('x');
    expect([sealKeyId(sealed), sealKeyId(seal('x', rotated, 'c'))]).toEqual(['k1', 'k2']);
  });

  it('do not open in another context, with another key, or changed in any part', () => {
    const sealed = seal('x', keys, 'shop:1');
    expect(code(() => unseal(sealed, keys, 'shop:2'))).toBe('SECRETS.CANNOT_OPEN');
    expect(code(() => unseal(sealed, parseSealKeys(two), 'shop:1'))).toBe('SECRETS.CANNOT_OPEN');
    expect(code(() => unseal(sealed, parseSealKeys(`k9:${one}`), 'shop:1'))).toBe('SECRETS.CANNOT_OPEN');
    for (const part of [2, 3]) {
      const parts = sealed.split('.');
      const bytes = Buffer.from(parts[part]!, 'base64url');
      bytes[14]! ^= 1;
      parts[part] = bytes.toString('base64url');
      expect(code(() => unseal(parts.join('.'), keys, 'shop:1'))).toBe('SECRETS.CANNOT_OPEN');
    }
    expect(code(() => unseal('plain text', keys, 'shop:1'))).toBe('SECRETS.CANNOT_OPEN');
  });

  it('need master keys of 32 bytes', () => {
    expect(code(() => parseSealKeys('dG9vIHNob3J0'))).toBe('SECRETS.INVALID');
  });

  it('are found by a keyed hash that outlives a rotation', () => {
    expect(searchHash('13800000000', keys)).toBe(searchHash('13800000000', parseSealKeys(`k1:${one},k2:${two}`)));
    expect(searchHash('13800000000', keys)).not.toBe(searchHash('13800000000', parseSealKeys(two)));
    expect(searchHash('13800000000', keys)).toMatch(/^[0-9a-f]{64}$/);
  });
});
