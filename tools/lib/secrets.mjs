import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeAtomically } from './files.mjs';
import { PlainError } from './say.mjs';

const secret = () => randomBytes(24).toString('base64url');

/** Every generated secret by name; a name added later is generated at the next start. */
const MAKERS = {
  postgresPassword: secret,
  redisPassword: secret,
  rolePassword: secret,
  serviceClientSecret: secret,
  masterKey: () => randomBytes(32).toString('base64'),
};

export function secretsPath(dir) {
  return join(dir, 'secrets.json');
}

/**
 * The secrets of a data folder, generated once and kept readable for the owner alone. A file that
 * exists but cannot be read is never replaced: what it encrypted would be lost.
 */
export function ensureSecrets(dir) {
  const path = secretsPath(dir);
  const known = readJson(path);
  if (!known && existsSync(path)) {
    throw new PlainError(
      `${path} is not readable JSON. Restore it from a backup; without it tokens cannot be decrypted.`,
    );
  }
  const all = { ...known };
  for (const [name, make] of Object.entries(MAKERS)) all[name] ??= make();
  const isChanged = Object.keys(all).length !== Object.keys(known ?? {}).length;
  if (isChanged) writeAtomically(path, `${JSON.stringify(all, null, 2)}\n`, 0o600);
  return all;
}
