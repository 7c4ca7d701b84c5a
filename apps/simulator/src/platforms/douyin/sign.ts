import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** The two digests of the gateway and of the push messages (Douyin sheet §2.1, §11.2). */
export type SignMethod = 'md5' | 'hmac-sha256';

/** What the signature of a call covers; `body` are the bytes as they came (Douyin sheet §2.3). */
export interface SignedParts {
  appKey: string;
  method: string;
  body: Buffer;
  timestamp: string;
  version: string;
}

function digest(method: SignMethod, secret: string, pieces: readonly (string | Buffer)[]): string {
  const hash = method === 'md5' ? createHash('md5') : createHmac('sha256', secret);
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}

/** The signature of a call: names and values glued in a fixed order between two copies of the secret, lower-case hex. */
export function computeSign(parts: SignedParts, secret: string, method: SignMethod): string {
  return digest(method, secret, [
    `${secret}app_key${parts.appKey}method${parts.method}param_json`,
    parts.body,
    `timestamp${parts.timestamp}v${parts.version}${secret}`,
  ]);
}

/** The `event-sign` of a push (Douyin sheet §11.2). */
export function eventSign(appKey: string, secret: string, body: string, method: SignMethod): string {
  return digest(method, secret, [`${appKey}${body}${secret}`]);
}

/** Compares two signatures in equal time. */
export function isSameSign(one: string, other: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();
  return timingSafeEqual(hash(one), hash(other));
}
