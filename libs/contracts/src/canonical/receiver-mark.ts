import { createHash } from 'node:crypto';
import { canonicalJson } from '@app/shared';
import type { CanonicalReceiver } from './canonical-order';

const digest = (value: unknown): string => createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 32);

/**
 * The mark by which a change of the receiver is seen: of the masked values, and of the platform's own merge key when it
 * gives one. Empty without a receiver.
 */
export function receiverMarkOf(receiver: CanonicalReceiver | undefined): string {
  if (!receiver) return '';
  return `${digest(receiver.masked)}.${receiver.mergeKey ? digest(receiver.mergeKey) : ''}`;
}

/** True when two marks are of different receivers; a merge key counts where both have one. */
export function isOtherReceiver(mark: string, other: string): boolean {
  const [masked, key] = mark.split('.');
  const [otherMasked, otherKey] = other.split('.');
  return masked !== otherMasked || Boolean(key && otherKey && key !== otherKey);
}
