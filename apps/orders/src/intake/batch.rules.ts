import { createHash } from 'node:crypto';
import { canonicalJson, groupBy, type FieldError } from '@app/shared';
import { judgeVersion, type ItemVersion } from './version.rules';

/** A checked item of a batch with its place. */
export interface BatchItem<T> {
  no: number;
  item: T;
  version: ItemVersion;
}

/** An item that does not fit. */
export interface BadItem {
  no: number;
  item: unknown;
  errors: FieldError[];
}

/** The items of a batch: those that can be stored, and those to be set aside. */
export interface SortedItems<T> {
  good: BatchItem<T>[];
  bad: BadItem[];
}

/** What is said of an item that was not set aside. */
export type StoredVerdict = 'stored' | 'updated' | 'unchanged' | 'older';

/** Items that must be stored together: all of one subject, in the order of the request. */
export function bySubject<T>(items: readonly BatchItem<T>[], keyOf: (item: T) => string): BatchItem<T>[][] {
  return [...groupBy(items, ({ item }) => keyOf(item)).values()];
}

/** Judges the items of one subject one after the other: verdicts by item number, and the items to apply in their order. */
export function judge<T>(
  { items }: { items: readonly BatchItem<T>[] },
  stored: ItemVersion | undefined,
): { verdicts: Map<number, StoredVerdict>; apply: BatchItem<T>[] } {
  const verdicts = new Map<number, StoredVerdict>();
  const apply: BatchItem<T>[] = [];
  let newest = stored;
  for (const item of items) {
    const judged = newest ? judgeVersion(newest, item.version) : 'newer';
    if (judged !== 'newer') {
      verdicts.set(item.no, judged);
      continue;
    }
    verdicts.set(item.no, newest ? 'updated' : 'stored');
    newest = item.version;
    apply.push(item);
  }
  return { verdicts, apply };
}

/** Id of a parked item by its content without the fetch times: the same bad item of the next page is the same row. */
export function parkedId(shopId: string, item: unknown): string {
  const {
    fetchedAt: _fetchedAt,
    fetchStartedAt: _started,
    ...content
  } = (item && typeof item === 'object' ? item : { item }) as Record<string, unknown>;
  return `prk_${createHash('sha256')
    .update(canonicalJson([shopId, content]))
    .digest('hex')
    .slice(0, 32)}`;
}

/** A text member that an item names, as far as it can be read. */
export function namedBy(item: unknown, member: string): string {
  const named = (item as Record<string, unknown> | null)?.[member];
  return typeof named === 'string' ? named : '';
}
