import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { AppError } from '../errors/app-error';

const ALGORITHM = 'aes-256-gcm';

/** Keys by id; the last one named seals new values. */
export interface SealKeys {
  current: string;
  keys: ReadonlyMap<string, Buffer>;
}

/** Reads `k1:<base64>,k2:<base64>` (or a bare base64 key, id `k1`). Each key has 32 bytes. */
export function parseSealKeys(text: string): SealKeys {
  const keys = new Map<string, Buffer>();
  let current = '';
  for (const part of text.split(',')) {
    const [id, base64] = part.includes(':')
      ? (part.split(':') as [string, string])
      : (['k1', part] as [string, string]);
    const key = Buffer.from(base64, 'base64');
    if (key.length !== 32) throw new AppError('SECRETS.INVALID', `Master key ${id} must be 32 bytes in base64.`);
    keys.set(id, key);
    current = id;
  }
  return { current, keys };
}

/**
 * Seals a text: each value under a data key of its own, the data key under the master key.
 * The form `v1.<key id>.<…base64url>` names the master key beside the value, so keys can be rotated.
 */
export function seal(plain: string, keys: SealKeys, context: string): string {
  const dataKey = randomBytes(32);
  const wrapped = encrypt(dataKey, keys.keys.get(keys.current)!, context);
  const body = encrypt(Buffer.from(plain, 'utf8'), dataKey, context);
  return `v1.${keys.current}.${wrapped.toString('base64url')}.${body.toString('base64url')}`;
}

/** Opens a sealed text; the context must be the one it was sealed with. Throws SECRETS.CANNOT_OPEN. */
export function unseal(sealed: string, keys: SealKeys, context: string): string {
  const [version, keyId = '', wrapped = '', body = ''] = sealed.split('.');
  const master = keys.keys.get(keyId);
  if (version !== 'v1' || !master)
    throw new AppError('SECRETS.CANNOT_OPEN', `A sealed value names master key "${keyId}", which is not configured.`);
  try {
    const dataKey = decrypt(Buffer.from(wrapped, 'base64url'), master, context);
    return decrypt(Buffer.from(body, 'base64url'), dataKey, context).toString('utf8');
  } catch (error) {
    throw new AppError(
      'SECRETS.CANNOT_OPEN',
      `A value sealed with master key "${keyId}" cannot be opened: the key is another one, or the value was changed.`,
      {},
      { cause: error },
    );
  }
}

/** The id of the master key of a sealed value; for the rotation command. */
export function sealKeyId(sealed: string): string {
  return sealed.split('.')[1] ?? '';
}

/** A keyed hash by which equal values can be found without storing them. */
export function searchHash(value: string, keys: SealKeys): string {
  return createHmac('sha256', keys.keys.get([...keys.keys.keys()][0]!)!)
    .update(`search:${value}`)
    .digest('hex');
}

function encrypt(plain: Buffer, key: Buffer, context: string): Buffer {
  const iv = randomBytes(12);
  const cipher = createCipheriv(ALGORITHM, key, iv).setAAD(Buffer.from(context));
  return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(sealed: Buffer, key: Buffer, context: string): Buffer {
  const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, 12)).setAAD(Buffer.from(context));
  decipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
}
