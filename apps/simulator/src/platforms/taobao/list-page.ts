import { edit } from '../../core/acts';
import { SECOND } from '../../core/times';
import type { SortedIndex } from '../../core/sorted-index';
import type { OrderStory } from '../../core/story.types';
import type { Call } from './method';

/** Keeps a row when true. */
export type Filter<T> = (item: T) => boolean;

/** What to page over: a window of a sorted index, newest first. */
export interface PageRequest<T> {
  index: SortedIndex<T>;
  from: number;
  to: number;
  filter: Filter<T> | undefined;
  /** Lists by modified time suffer from more faults than lists by creation. */
  isModifiedList: boolean;
  maxPageSize: number;
  keyOf(item: T): string;
  modifiedAtOf(item: T): number;
}

/** One page, with either the total or `has_next` (Taobao sheet §5.3). */
export interface Page<T> {
  rows: T[];
  totals: { total_results: number } | { has_next: boolean };
}

function faultFilters<T>(call: Call, request: PageRequest<T>): Filter<T>[] {
  const { faults, clocks } = call.core;
  const filters: Filter<T>[] = [];
  if (request.isModifiedList && faults.isOn('taobao', 'drop-from-modified')) {
    filters.push(
      (item) => faults.strikesKey('taobao', 'drop-from-modified', request.keyOf(item), call.method) === undefined,
    );
  }
  if (faults.isOn('taobao', 'delay-list')) {
    const rate = Math.max(clocks.current().rate, 1);
    filters.push((item) => {
      const age = call.at - request.modifiedAtOf(item);
      // Only rows young enough to be delayed at all are drawn for; 3600 s bounds what a setting may ask for.
      if (age > 3_600 * SECOND * rate) return true;
      const fault = faults.strikesKey(
        'taobao',
        'delay-list',
        `${request.keyOf(item)}:${request.modifiedAtOf(item)}`,
        call.method,
      );
      return fault === undefined || age >= (fault.seconds ?? 60) * SECOND * rate;
    });
  }
  return filters;
}

/**
 * Computes a page from the live index: an order edited between two calls leaves the window and all later rows move up
 * (Taobao sheet §5.3). Window edges are both included.
 */
export function pageOf<T>(call: Call, request: PageRequest<T>): Page<T> {
  const pageNo = call.params.int('page_no', 1, 1_000_000, 1);
  const pageSize = call.params.int('page_size', 1, request.maxPageSize, 40);
  const { low, high } = request.index.window(request.from, request.to);
  const filters = faultFilters(call, request);
  if (request.filter) filters.push(request.filter);
  const skip = (pageNo - 1) * pageSize;
  let total = high - low;
  let rows: T[] = [];
  if (filters.length === 0) {
    for (let i = high - 1 - skip; i >= low && rows.length < pageSize; i -= 1) rows.push(request.index.at(i));
  } else {
    total = 0;
    for (let i = high - 1; i >= low; i -= 1) {
      const item = request.index.at(i);
      if (!filters.every((keep) => keep(item))) continue;
      if (total >= skip && rows.length < pageSize) rows.push(item);
      total += 1;
    }
  }
  const { faults } = call.core;
  if (faults.isOn('taobao', 'drop-row'))
    rows = rows.filter(() => faults.strikes('taobao', 'drop-row', call.method) === undefined);
  const totals = call.params.bool('use_has_next') ? { has_next: total > skip + pageSize } : { total_results: total };
  return { rows, totals };
}

/** After a page was read: somebody edits an order of the window, so that it leaves and the rest moves up. */
export function shiftRows(call: Call, request: PageRequest<OrderStory>): void {
  const { low, high } = request.index.window(request.from, request.to);
  if (high - low < 2 || call.core.faults.strikes('taobao', 'page-shift', call.method) === undefined) return;
  edit(call.core, request.index.at(high - 1), call.at);
}
