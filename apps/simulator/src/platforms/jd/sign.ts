import { createHash, timingSafeEqual } from 'node:crypto';

/** The text whose digest is the sign: all sent parameters but `sign`, by name, without empty ones (JD sheet §2). */
export function signedText(values: ReadonlyMap<string, string>, secret: string): string {
  const names = [...values.keys()].filter((name) => name !== 'sign' && name !== '' && values.get(name) !== '');
  names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return `${secret}${names.map((name) => `${name}${values.get(name)!}`).join('')}${secret}`;
}

/** The sign of a call. */
export function computeSign(values: ReadonlyMap<string, string>, secret: string): string {
  return createHash('md5').update(signedText(values, secret), 'utf8').digest('hex').toUpperCase();
}

/** Whether the `sign` of a call is right; compared in equal time. */
export function isSigned(values: ReadonlyMap<string, string>, secret: string): boolean {
  const given = Buffer.from(values.get('sign') ?? '');
  const right = Buffer.from(computeSign(values, secret));
  return given.length === right.length && timingSafeEqual(given, right);
}
