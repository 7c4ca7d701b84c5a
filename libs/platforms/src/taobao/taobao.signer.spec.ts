import { sign, signTmcConnect, signableParams, stringToSign } from './taobao.signer';
import { fixtureText } from './taobao.client.fake';

interface Signed {
  stringToSign: string;
  sign: string;
}
interface Vector extends Signed {
  id: string;
  secret: string;
  params: Record<string, string>;
  hmac_md5: Signed;
  hmac_sha256: Signed;
}
const { vectors } = JSON.parse(fixtureText('vectors.json')) as { vectors: Vector[] };

describe('taobao signer', () => {
  it.each(vectors.map((vector) => [vector.id, vector] as const))('reproduces md5 of vector %s', (_id, vector) => {
    expect(vector.secret + stringToSign(vector.params) + vector.secret).toBe(vector.stringToSign);
    expect(sign(vector.params, vector.secret)).toBe(vector.sign);
  });

  it.each(vectors.map((vector) => [vector.id, vector] as const))(
    'reproduces both hmac signs of vector %s',
    (_id, vector) => {
      for (const [method, expected] of [
        ['hmac', vector.hmac_md5],
        ['hmac-sha256', vector.hmac_sha256],
      ] as const) {
        const params = { ...vector.params, sign_method: method };
        expect(stringToSign(params)).toBe(expected.stringToSign);
        expect(sign(params, vector.secret)).toBe(expected.sign);
      }
    },
  );

  it('neither signs nor sends an empty optional parameter (vector 2b of the sheet)', () => {
    const { params, secret } = vectors[2]!;
    expect(sign({ ...params, status: '' }, secret)).toBe('282C5CBCEC559DACA856BCADC49EAE2C');
    expect(signableParams({ a: '1', b: '', c: undefined, sign: 'X' })).toEqual({ a: '1' });
  });

  it('sorts by byte order, underscore after digits and capitals', () => {
    expect(stringToSign({ num_iid: '2', num: '1', Z: '0' })).toBe('Z0num1num_iid2');
  });

  it('signs the message socket log-in over key, group and time', () => {
    const app = { appKey: '12345678', appSecret: 'helloworld' };
    expect(signTmcConnect(app, 'default', '1700000000000')).toBe('C86848D198760FA334AA309207C72ECD');
  });
});
