import { createHash } from 'node:crypto';

/** Name of the parameter that carries all business parameters as one JSON text (JD sheet §1). */
export const JSON_PARAM = '360buy_param_json';

/** Leaves out what must be neither sent nor signed: the sign itself and empty values (JD sheet §2, step 2). */
export function signableParams(params: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(params)) {
    if (name !== '' && name !== 'sign' && value !== undefined && value !== '') kept[name] = value;
  }
  return kept;
}

/** Names and values in byte order without separators, between the secret (JD sheet §2); the JSON is taken letter by letter. */
export function stringToSign(params: Readonly<Record<string, string | undefined>>, secret: string): string {
  const kept = signableParams(params);
  const text = Object.keys(kept)
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    .map((name) => name + kept[name])
    .join('');
  return secret + text + secret;
}

/** MD5 as upper-case hex over everything that is sent. */
export function sign(params: Readonly<Record<string, string | undefined>>, secret: string): string {
  return createHash('md5').update(stringToSign(params, secret), 'utf8').digest('hex').toUpperCase();
}
