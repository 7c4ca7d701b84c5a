import { createHash } from 'node:crypto';

/** Leaves out what must be neither sent nor signed: the sign itself and empty values (Pinduoduo sheet §2, edge rules). */
export function signableParams(params: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(params)) {
    if (name !== 'sign' && value !== undefined && value !== '') kept[name] = value;
  }
  return kept;
}

/** Names and values by code unit without any separator; values are the decoded text (Pinduoduo sheet §2). */
export function stringToSign(params: Readonly<Record<string, string | undefined>>, secret: string): string {
  const kept = signableParams(params);
  const pairs = Object.keys(kept)
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    .map((name) => name + kept[name]);
  return secret + pairs.join('') + secret;
}

/** Upper-case hex MD5 over all parameters; the platform knows no other method (Pinduoduo sheet §2). */
export function sign(params: Readonly<Record<string, string | undefined>>, secret: string): string {
  return md5(stringToSign(params, secret)).toUpperCase();
}

/** Last part of the message socket's path (Pinduoduo sheet §11.2); `ms` is the time as text. */
export function pushDigest(clientId: string, ms: string, secret: string): string {
  return Buffer.from(md5(clientId + ms + secret), 'ascii').toString('base64');
}

function md5(text: string): string {
  return createHash('md5').update(text, 'utf8').digest('hex');
}
