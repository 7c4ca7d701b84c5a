import type { SigningKeyRow } from './signing-key.repository';

/** Longest life of a token (service clients), seconds. */
export const SERVICE_TOKEN_SECONDS = 3_600;
/** Life of a token of any other client, seconds. */
export const CLIENT_TOKEN_SECONDS = 600;
/** A new key is published this long before it signs, so that every verifier and gateway knows it by then. */
export const PUBLISH_BEFORE_MS = 60_000;
/** Grace beyond the last token of an old key, for clocks that differ. */
const GRACE_MS = 300_000;

type Times = Pick<SigningKeyRow, 'kid' | 'signsFrom'>;

/** The key that signs now: the newest whose time has come, else the first. Keys are sorted by signsFrom. */
export function signingKeyOf<K extends Times>(keys: readonly K[], nowMs: number): K | undefined {
  return keys.findLast(({ signsFrom }) => signsFrom.getTime() <= nowMs) ?? keys[0];
}

/** The keys that no valid token can name any more: their successor signs since longer than a token lives. */
export function outlivedKeys<K extends Times>(keys: readonly K[], nowMs: number): K[] {
  return keys.filter((_, index) => {
    const successor = keys[index + 1];
    return successor !== undefined && successor.signsFrom.getTime() + SERVICE_TOKEN_SECONDS * 1_000 + GRACE_MS < nowMs;
  });
}
