import { createHash } from 'node:crypto';
import type { CanonicalOrder } from '@app/contracts';
import { canonicalJson } from '@app/shared';

/** The version of a platform order: modified time clamped to the fetch, then fetch start, then content. */
export interface OrderVersion {
  /** As the platform stated it; may lie in the future. */
  statedModifiedAt: Date;
  modifiedAt: Date;
  fetchStartedAt: Date;
  fetchedAt: Date;
  contentHash: string;
}

/** Reads the version of a canonical order. A modified time after the fetch counts as the fetch time. */
export function versionOf(item: CanonicalOrder): OrderVersion {
  const statedModifiedAt = new Date(item.modifiedAt);
  const fetchedAt = new Date(item.fetchedAt);
  const { raw: _raw, fetchedAt: _fetchedAt, fetchStartedAt: _started, contentHash, ...content } = item;
  return {
    statedModifiedAt,
    modifiedAt: statedModifiedAt <= fetchedAt ? statedModifiedAt : fetchedAt,
    fetchStartedAt: item.fetchStartedAt ? new Date(item.fetchStartedAt) : fetchedAt,
    fetchedAt,
    contentHash: contentHash ?? createHash('sha256').update(canonicalJson(content)).digest('hex'),
  };
}

/**
 * Compares a version with the stored one. Newer wins; at the same modified time another content wins if its fetch began
 * later, and of two that began together the one with the larger hash, so that any order of arrival ends the same.
 */
export function judgeVersion(stored: OrderVersion, incoming: OrderVersion): 'newer' | 'unchanged' | 'older' {
  const isSameContent = stored.contentHash === incoming.contentHash;
  if (isSameContent && stored.statedModifiedAt.getTime() === incoming.statedModifiedAt.getTime()) return 'unchanged';
  const time = incoming.modifiedAt.getTime() - stored.modifiedAt.getTime();
  if (time !== 0) return time > 0 ? 'newer' : 'older';
  if (isSameContent) return 'unchanged';
  const start = incoming.fetchStartedAt.getTime() - stored.fetchStartedAt.getTime();
  if (start !== 0) return start > 0 ? 'newer' : 'older';
  return incoming.contentHash > stored.contentHash ? 'newer' : 'older';
}
