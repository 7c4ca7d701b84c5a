import { createHash, timingSafeEqual } from 'node:crypto';

const md5 = (text: string): string => createHash('md5').update(text, 'utf8').digest('hex');

/** Signs text parameters: sorted names, names and values joined without separators, between the secret, in upper case (Pinduoduo sheet §2). */
export function computeSign(values: ReadonlyMap<string, string>, secret: string): string {
  const names = [...values.keys()]
    .filter((name) => name !== 'sign')
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const joined = names.map((name) => name + values.get(name)!).join('');
  return md5(secret + joined + secret).toUpperCase();
}

/** Compares in equal time. */
export function isEqual(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

/**
 * True when the signature fits what arrived, either with the empty values (most clients sign them) or without them (the
 * official PHP SDK drops them); Pinduoduo sheet §2, edge rules.
 */
export function isSigned(values: ReadonlyMap<string, string>, secret: string): boolean {
  const sign = values.get('sign') ?? '';
  if (isEqual(computeSign(values, secret), sign)) return true;
  const filled = new Map([...values].filter(([, value]) => value !== ''));
  return filled.size < values.size && isEqual(computeSign(filled, secret), sign);
}

/** The last part of the message socket's address: base64 of the lower-case hexadecimal digest (Pinduoduo sheet §11.2). */
export const socketDigest = (clientId: string, ms: string, secret: string): string =>
  Buffer.from(md5(clientId + ms + secret), 'ascii').toString('base64');
