import { createPrivateKey, createPublicKey, createSign, createVerify, KeyObject } from 'node:crypto';
import { BillAccount } from '../port';

/** `k=v` joined by `&` in the order of the names; the sign itself and empty values are left out (Taobao sheet §12.2, RSA2). */
export function alipayStringToSign(params: Readonly<Record<string, string | undefined>>): string {
  return Object.keys(params)
    .filter((name) => name !== 'sign' && params[name] !== undefined && params[name] !== '')
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    .map((name) => `${name}=${params[name]}`)
    .join('&');
}

/** RSA2: SHA-256 with RSA over the UTF-8 text, in base64. Throws when the key is none. */
export function signAlipay(params: Readonly<Record<string, string | undefined>>, privateKeyPem: string): string {
  return createSign('RSA-SHA256')
    .update(alipayStringToSign(params), 'utf8')
    .sign(privateKeyOf(privateKeyPem), 'base64');
}

/** Whether a sign in base64 fits a text; false for a sign that is no base64. Throws when the key is none. */
export function verifyAlipay(text: string, sign: string, publicKeyPem: string): boolean {
  return createVerify('RSA-SHA256').update(text, 'utf8').verify(publicKeyOf(publicKeyPem), sign, 'base64');
}

/** Keys of an account that cannot be read as RSA keys; the usual cause is a key pasted into the other's place. */
export function alipayKeyProblems(account: BillAccount): { field: keyof BillAccount; message: string }[] {
  const problems: { field: keyof BillAccount; message: string }[] = [];
  const look = (field: keyof BillAccount, what: string, read: () => KeyObject): void => {
    try {
      if (read().asymmetricKeyType === 'rsa') return;
      problems.push({ field, message: `is no RSA key; give ${what}` });
    } catch {
      // The reason would quote the key; which key is meant is all that helps.
      problems.push({ field, message: `cannot be read; give ${what}` });
    }
  };
  look('privateKeyPem', "the merchant's private key (PEM or base64)", () => privateKeyOf(account.privateKeyPem));
  look('platformPublicKeyPem', "Alipay's public key (PEM or base64)", () => publicKeyOf(account.platformPublicKeyPem));
  return problems;
}

/** Alipay's tools also hand keys out as bare base64, PKCS#1 or PKCS#8, without the lines around it. */
function privateKeyOf(text: string): KeyObject {
  if (text.includes('-----BEGIN')) return createPrivateKey(text);
  const der = Buffer.from(text.replace(/\s/g, ''), 'base64');
  try {
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  } catch {
    // The other form that the tools write; a text that is neither throws here.
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs1' });
  }
}

function publicKeyOf(text: string): KeyObject {
  // Node derives a public key from a private one; whoever gives one here has mixed them up.
  if (text.includes('PRIVATE KEY')) throw new Error('this is a private key');
  if (text.includes('-----BEGIN')) return createPublicKey(text);
  return createPublicKey({ key: Buffer.from(text.replace(/\s/g, ''), 'base64'), format: 'der', type: 'spki' });
}

/**
 * The text of a member's value exactly as it stands in the top object of a JSON text: signs are made over these
 * characters, and any parse and rewrite would change them. Undefined when there is none.
 */
export function rawMember(text: string, name: string): string | undefined {
  const wanted = JSON.stringify(name);
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
    if (depthAt(text, at) !== 1) continue;
    const colon = /^\s*:\s*/.exec(text.slice(at + wanted.length));
    if (!colon) continue;
    const start = at + wanted.length + colon[0].length;
    const end = endOfValue(text, start);
    return end === undefined ? undefined : text.slice(start, end);
  }
  return undefined;
}

/** How deep a place lies in objects and lists; places inside of a text count as none. */
function depthAt(text: string, place: number): number {
  let depth = 0;
  for (let at = 0; at < place; at += 1) {
    const sign = text[at]!;
    if (sign === '"') {
      at = endOfText(text, at);
      if (at > place) return -1;
    } else if (sign === '{' || sign === '[') depth += 1;
    else if (sign === '}' || sign === ']') depth -= 1;
  }
  return depth;
}

function endOfValue(text: string, start: number): number | undefined {
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const sign = text[at]!;
    if (sign === '"') {
      at = endOfText(text, at);
      if (depth === 0) return at + 1;
    } else if (sign === '{' || sign === '[') depth += 1;
    else if (sign === '}' || sign === ']') {
      depth -= 1;
      if (depth === 0) return at + 1;
      if (depth < 0) return at;
    } else if (sign === ',' && depth === 0) return at;
  }
  return undefined;
}

/** Place of the quotation mark that ends the text which begins at `start`. */
function endOfText(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at;
  }
  return text.length;
}
