import { randomBytes } from 'node:crypto';
import { argon2id, hash, needsRehash, verify } from 'argon2';

/** Cost of one hash: 19 MiB, two passes, about 25 ms; the floor that OWASP names for argon2id. */
const COST = { type: argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** A new client secret: 32 random bytes. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** The argon2id hash of a secret. */
export function hashSecret(secret: string): Promise<string> {
  return hash(secret, COST);
}

/** True when the secret is the one that was hashed. */
export function isSecret(secretHash: string, secret: string): Promise<boolean> {
  return verify(secretHash, secret);
}

/** True when the hash was made with other costs than those of this version. */
export function isOldHash(secretHash: string): boolean {
  return needsRehash(secretHash, COST);
}
