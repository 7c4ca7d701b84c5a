import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** The digests of Taobao sheet §2. */
export const SIGN_METHODS = ['md5', 'hmac', 'hmac-sha256'] as const;

/** Signs a set of text parameters: sorted names, names and values joined without separators, hex in upper case. */
export function computeSign(values: ReadonlyMap<string, string>, secret: string, method: string): string {
  const names = [...values.keys()]
    .filter((name) => name !== 'sign')
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const joined = names.map((name) => name + values.get(name)!).join('');
  if (method === 'hmac') return createHmac('md5', secret).update(joined, 'utf8').digest('hex').toUpperCase();
  if (method === 'hmac-sha256') return createHmac('sha256', secret).update(joined, 'utf8').digest('hex').toUpperCase();
  return createHash('md5')
    .update(secret + joined + secret, 'utf8')
    .digest('hex')
    .toUpperCase();
}

function isEqual(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

/**
 * True when the signature fits what arrived, either with the empty values (JavaScript clients sign them) or without
 * them (Java and .NET clients drop them): the rule at the end of Taobao sheet §2.
 */
export function isSigned(values: ReadonlyMap<string, string>, secret: string): boolean {
  const method = values.get('sign_method') ?? 'md5';
  const sign = values.get('sign') ?? '';
  if (!(SIGN_METHODS as readonly string[]).includes(method)) return false;
  if (isEqual(computeSign(values, secret, method), sign)) return true;
  const filled = new Map([...values].filter(([, value]) => value !== ''));
  return filled.size < values.size && isEqual(computeSign(filled, secret, method), sign);
}
