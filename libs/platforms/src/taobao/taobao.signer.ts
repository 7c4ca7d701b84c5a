import { createHash, createHmac } from 'node:crypto';

/** Digests that TOP accepts; `hmac` is HMAC-MD5 (Taobao sheet §2). */
export type SignMethod = 'md5' | 'hmac' | 'hmac-sha256';

/** Leaves out what must be neither sent nor signed: the sign itself and empty values (Taobao sheet §2, "Empty value trap"). */
export function signableParams(params: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(params)) {
    if (name !== '' && name !== 'sign' && value !== undefined && value !== '') kept[name] = value;
  }
  return kept;
}

/** Names and values in ordinal order without any separator; values are the decoded text (Taobao sheet §2). */
export function stringToSign(params: Readonly<Record<string, string | undefined>>): string {
  const kept = signableParams(params);
  return Object.keys(kept)
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    .map((name) => name + kept[name])
    .join('');
}

/** Upper-case hex sign over all parameters; the method is the one named by `sign_method` (itself signed). */
export function sign(params: Readonly<Record<string, string | undefined>>, secret: string): string {
  const text = stringToSign(params);
  return digest(text, secret, (params['sign_method'] ?? 'md5') as SignMethod).toUpperCase();
}

function digest(text: string, secret: string, method: SignMethod): string {
  switch (method) {
    case 'md5':
      return createHash('md5')
        .update(secret + text + secret, 'utf8')
        .digest('hex');
    case 'hmac':
      return createHmac('md5', secret).update(text, 'utf8').digest('hex');
    case 'hmac-sha256':
      return createHmac('sha256', secret).update(text, 'utf8').digest('hex');
  }
}

/** Sign of the TMC CONNECT frame (Taobao sheet §11.1); `timestamp` is milliseconds as text. */
export function signTmcConnect(
  app: { appKey: string; appSecret: string },
  groupName: string,
  timestamp: string,
): string {
  const text = `app_key${app.appKey}group_name${groupName}timestamp${timestamp}`;
  return createHash('md5')
    .update(app.appSecret + text + app.appSecret, 'utf8')
    .digest('hex')
    .toUpperCase();
}
