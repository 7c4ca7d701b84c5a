import { createDecipheriv, createHash } from 'node:crypto';

/** Layout of a field cipher: 00 04, key id (16), iv (16), AES-128-CBC with PKCS7 (JD sheet §10.1). */
const HEADER = Buffer.from([0x00, 0x04]);
const PART = 16;

/** True for a text that is laid out as a TDE cipher; plain and masked texts are not. */
export function isTdeCipher(text: string): boolean {
  if (text.length < 64 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return false;
  const bytes = Buffer.from(text, 'base64');
  return bytes.subarray(0, 2).equals(HEADER) && bytes.length >= 2 + 3 * PART && (bytes.length - 2) % PART === 0;
}

/** Id of the key that a cipher was made with, base64. */
export function keyIdOf(cipher: string): string {
  return Buffer.from(cipher, 'base64')
    .subarray(2, 2 + PART)
    .toString('base64');
}

/** Digest by which JD names a key, to prove that it arrived whole. */
export function keyDigest(keyString: string): string {
  return createHash('sha256').update(Buffer.from(keyString, 'base64')).digest('base64');
}

/** Opens a cipher with its key; throws when the key does not fit. */
export function decryptTde(cipher: string, keyString: string): string {
  const bytes = Buffer.from(cipher, 'base64');
  const key = Buffer.from(keyString, 'base64').subarray(0, PART);
  const iv = bytes.subarray(2 + PART, 2 + 2 * PART);
  const decipher = createDecipheriv('aes-128-cbc', key, iv);
  return Buffer.concat([decipher.update(bytes.subarray(2 + 2 * PART)), decipher.final()]).toString('utf8');
}
