import { createHash } from 'node:crypto';
import { canonicalJson } from '@app/shared';

/** The version of something that a platform tells of: modified time clamped to the fetch, then fetch start, then content. */
export interface ItemVersion {
  /** As the platform stated it; may lie in the future. */
  statedModifiedAt: Date;
  modifiedAt: Date;
  fetchStartedAt: Date;
  fetchedAt: Date;
  contentHash: string;
}

/** What of a canonical order or after-sale makes its version. */
interface Versioned {
  modifiedAt: string;
  fetchedAt: string;
  fetchStartedAt?: string;
  contentHash?: string;
  raw: string;
}

/** When something was stated: its modified time, where one after the fetch counts as the fetch time, and the start of the fetch. */
export function momentOf(item: Omit<Versioned, 'raw'>): Pick<ItemVersion, 'modifiedAt' | 'fetchStartedAt'> {
  const modifiedAt = new Date(item.modifiedAt);
  const fetchedAt = new Date(item.fetchedAt);
  return {
    modifiedAt: modifiedAt <= fetchedAt ? modifiedAt : fetchedAt,
    fetchStartedAt: item.fetchStartedAt ? new Date(item.fetchStartedAt) : fetchedAt,
  };
}

/** Reads the version of a canonical order or after-sale. */
export function versionOf(item: Versioned): ItemVersion {
  const { raw: _raw, fetchedAt: _fetchedAt, fetchStartedAt: _started, contentHash, ...content } = item;
  return {
    statedModifiedAt: new Date(item.modifiedAt),
    ...momentOf(item),
    fetchedAt: new Date(item.fetchedAt),
    contentHash: contentHash ?? createHash('sha256').update(canonicalJson(content)).digest('hex'),
  };
}

/**
 * Compares a version with the stored one. Newer wins; at the same modified time another content wins if its fetch began
 * later, and of two that began together the one with the larger hash, so that any order of arrival ends the same.
 */
export function judgeVersion(stored: ItemVersion, incoming: ItemVersion): 'newer' | 'unchanged' | 'older' {
  const isSameContent = stored.contentHash === incoming.contentHash;
  if (isSameContent && stored.statedModifiedAt.getTime() === incoming.statedModifiedAt.getTime()) return 'unchanged';
  const time = incoming.modifiedAt.getTime() - stored.modifiedAt.getTime();
  if (time !== 0) return time > 0 ? 'newer' : 'older';
  if (isSameContent) return 'unchanged';
  const start = incoming.fetchStartedAt.getTime() - stored.fetchStartedAt.getTime();
  if (start !== 0) return start > 0 ? 'newer' : 'older';
  return incoming.contentHash > stored.contentHash ? 'newer' : 'older';
}
