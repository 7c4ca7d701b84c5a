import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** Digests that the gateway takes; absent means md5 there (Douyin sheet §2.1). */
export type SignMethod = 'md5' | 'hmac-sha256';

/** A business parameter; bigint for ids that must leave as numbers. */
export type Param =
  string | number | bigint | boolean | null | undefined | readonly Param[] | { readonly [name: string]: Param };

/**
 * The text of the business parameters: keys in code unit order on every level, nothing escaped beyond JSON's own need,
 * no white space, absent values left out (Douyin sheet §2.2). Built by hand, since JavaScript puts keys of digits first.
 * The very text is signed and sent (§2.3).
 */
export function paramJson(value: Param): string {
  if (Array.isArray(value)) return `[${(value as readonly Param[]).map(paramJson).join(',')}]`;
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const members = Object.entries(value as Record<string, Param>)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${paramJson(member)}`).join(',')}}`;
}

/** Common parameters whose values are signed, in their fixed order (Douyin sheet §2.1 point 2). */
const SIGNED = ['app_key', 'method', 'param_json', 'timestamp', 'v'] as const;

/** What is hashed: names and values without any separator, the secret around them. Holds the secret: never log it. */
export function stringToSign(params: Readonly<Record<string, string | undefined>>, secret: string): string {
  return secret + SIGNED.map((name) => name + (params[name] ?? '')).join('') + secret;
}

/** Lower-case hex sign. `param_json` is the exact body; access_token and sign_method are not signed. */
export function sign(params: Readonly<Record<string, string | undefined>>, secret: string): string {
  const text = stringToSign(params, secret);
  return params['sign_method'] === 'hmac-sha256' ? hmac(text, secret) : md5(text);
}

/** Sign of a push message over its raw bytes (Douyin sheet §11.2). */
export function eventSign(app: { appKey: string; appSecret: string }, body: Buffer, method: SignMethod): string {
  const text = Buffer.concat([Buffer.from(app.appKey, 'utf8'), body, Buffer.from(app.appSecret, 'utf8')]);
  return method === 'md5' ? md5(text) : hmac(text, app.appSecret);
}

/** Compares two signs in constant time; a sign of another length is another sign. */
export function isSameSign(expected: string, stated: string): boolean {
  const a = Buffer.from(expected, 'utf8');
  const b = Buffer.from(stated.toLowerCase(), 'utf8');
  return a.length === b.length && timingSafeEqual(a, b);
}

function md5(text: string | Buffer): string {
  return createHash('md5').update(text).digest('hex');
}

function hmac(text: string | Buffer, secret: string): string {
  return createHmac('sha256', secret).update(text).digest('hex');
}
