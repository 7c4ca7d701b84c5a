import { vectors } from './jd.client.fake';
import { JSON_PARAM, sign, signableParams, stringToSign } from './jd.signer';
import { decryptTde, isTdeCipher, keyDigest, keyIdOf } from './jd.tde';

const params = vectors.vectors[0]!.params;

describe('signing', () => {
  it.each(vectors.vectors.map((vector) => [vector.id, vector] as const))(
    'reproduces the recorded request %s',
    (_id, vector) => {
      expect(stringToSign(vector.params, vectors.appSecret)).toBe(vector.stringToSign);
      expect(sign(vector.params, vectors.appSecret)).toBe(vector.sign);
    },
  );

  it('reproduces the example of the developer guide, whose time is signed letter by letter', () => {
    const { appSecret, params: official, sign: signature } = vectors.officialVector;
    expect(sign(official, appSecret)).toBe(signature);
  });

  it('covers the JSON as it is sent: another escape, order or space is another sign', () => {
    const json = params[JSON_PARAM]!;
    for (const other of [json.replace('{', '{ '), json.replace('LOCKED', '\\u004cOCKED')])
      expect(sign({ ...params, [JSON_PARAM]: other }, vectors.appSecret)).not.toBe(vectors.vectors[0]!.sign);
  });

  it('leaves out empty values and the sign itself', () => {
    expect(signableParams({ a: '', b: undefined, c: '0', sign: 'X', '': 'y' })).toEqual({ c: '0' });
    expect(sign({ ...params, access_token: params['access_token'], extra: '' }, vectors.appSecret)).toBe(
      vectors.vectors[0]!.sign,
    );
  });

  it('sorts by bytes, digits before letters and capitals before small letters', () => {
    expect(stringToSign({ b: '2', '360': '1', B: '3' }, '')).toBe('3601B3b2');
  });
});

describe('field ciphers', () => {
  const { keyStringBase64: key, samples, keyIdBase64, keyDigestBase64 } = vectors.tde;

  it.each(samples.map(({ plain, cipherBase64 }) => [plain, cipherBase64]))(
    'opens the recorded cipher of %s',
    (plain, cipher) => {
      expect(isTdeCipher(cipher)).toBe(true);
      expect(keyIdOf(cipher)).toBe(keyIdBase64);
      expect(decryptTde(cipher, key)).toBe(plain);
    },
  );

  it('knows a key by its digest', () => {
    expect(keyDigest(key)).toBe(keyDigestBase64);
  });

  it.each([
    '',
    '张三',
    '李*',
    '13800138000',
    '138****0000',
    'AAQCYAZo',
    'x'.repeat(68),
    samples[0]!.cipherBase64.slice(0, 64),
  ])('takes %j for no cipher', (text) => {
    expect(isTdeCipher(text)).toBe(false);
  });

  it('does not open with another key', () => {
    const other = Buffer.from(key, 'base64').reverse().toString('base64');
    let opened = '';
    try {
      opened = decryptTde(samples[0]!.cipherBase64, other);
    } catch (error) {
      expect((error as Error).message).toMatch(/decrypt/);
    }
    expect(opened).not.toBe(samples[0]!.plain);
  });
});
