import { createPublicKey, createSign, createVerify, generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';

const generate = promisify(generateKeyPair);

/** RSA2 asks for at least this many bits. */
const BITS = 2_048;

/** A pair of keys in PEM: PKCS#8 and SPKI. */
export interface KeyPair {
  privateKey: string;
  publicKey: string;
}

/** Makes a pair; the work is done beside the main thread. */
export function makeKeys(): Promise<KeyPair> {
  return generate('rsa', {
    modulusLength: BITS,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

/** True when the text is a public RSA key in PEM. */
export function isPublicKey(pem: string): boolean {
  try {
    return createPublicKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}

/** What a request's signature is made over: all parameters but `sign`, without empty ones, sorted, as `k=v&k=v`. */
export function signedText(values: ReadonlyMap<string, string>): string {
  return [...values]
    .filter(([name, value]) => name !== 'sign' && value !== '')
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** RSA2: SHA256withRSA, in base64. */
export const signText = (text: string, privateKey: string): string =>
  createSign('RSA-SHA256').update(text, 'utf8').sign(privateKey, 'base64');

/** True when the signature was made over the text with the key that belongs to the public key. */
export const isSignedBy = (text: string, sign: string, publicKey: string): boolean =>
  createVerify('RSA-SHA256').update(text, 'utf8').verify(publicKey, sign, 'base64');
