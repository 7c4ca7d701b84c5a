import { conformanceKit } from './conformance.kit';
import { fixtureText } from './pinduoduo.client.fake';
import { pushDigest, sign, signableParams, stringToSign } from './pinduoduo.signer';

interface VectorFile {
  vectors: { id: string; secret: string; params: Record<string, string>; stringToSign: string; sign: string }[];
  websocketDigestVector: { clientId: string; secret: string; timestampMs: number; digest: string };
}
const file = JSON.parse(fixtureText('vectors.json')) as VectorFile;

describe('pinduoduo signs', () => {
  it.each(conformanceKit.signs)('reproduces $title', ({ params, secret, sign: recorded }) => {
    expect(sign(params, secret)).toBe(recorded);
  });

  it.each(file.vectors)('signs the text that was recorded for $id', ({ params, secret, stringToSign: recorded }) => {
    expect(stringToSign(params, secret)).toBe(recorded);
  });

  it('changes with any flipped character of a value or of the secret', () => {
    const { params, secret, sign: recorded } = file.vectors[0]!;
    expect(sign({ ...params, page: '2' }, secret)).not.toBe(recorded);
    expect(sign(params, `${secret}x`)).not.toBe(recorded);
  });

  it('neither sends nor signs what is empty, absent or the sign itself', () => {
    expect(signableParams({ a: '1', b: '', c: undefined, sign: 'X' })).toEqual({ a: '1' });
    expect(sign({ a: '1', b: '', sign: 'X' }, 's')).toBe(sign({ a: '1' }, 's'));
  });

  it('sorts by code unit: capitals, underscore, small letters', () => {
    expect(stringToSign({ ab: '3', a_b: '2', aB: '1' }, '')).toBe('aB1a_b2ab3');
  });

  it('makes the digest of the message socket', () => {
    const { clientId, secret, timestampMs, digest } = file.websocketDigestVector;
    expect(pushDigest(clientId, String(timestampMs), secret)).toBe(digest);
  });
});
