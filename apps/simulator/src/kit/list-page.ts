import { edit } from '../core/acts';
import type { Core } from '../core/core';
import { SECOND } from '../core/times';
import type { SortedIndex } from '../core/sorted-index';
import type { OrderStory } from '../core/story.types';

/** Keeps a row when true. */
export type Filter<T> = (item: T) => boolean;

/** The call that asks for a page; faults may be set for its method alone. */
export interface ListCall {
  core: Core;
  platform: string;
  method: string;
  /** Story instant of the call. */
  at: number;
}

/** What to page over: a window of a sorted index, both edges included. */
export interface PageRequest<T> {
  index: SortedIndex<T>;
  from: number;
  to: number;
  filter?: Filter<T> | undefined;
  /** Lists by modified time suffer from more faults than lists by creation. */
  isModifiedList: boolean;
  /** Newest first unless true. */
  isOldestFirst?: boolean;
  /** Begins with 1; a platform that counts from 0 adds one. */
  pageNo: number;
  pageSize: number;
  keyOf(item: T): string;
  modifiedAtOf(item: T): number;
}

/** One page. `total` counts the whole window, rows that a fault left out of the page included. */
export interface Page<T> {
  rows: T[];
  total: number;
  hasNext: boolean;
}

function faultFilters<T>({ core, platform, method, at }: ListCall, request: PageRequest<T>): Filter<T>[] {
  const { faults, clocks } = core;
  const filters: Filter<T>[] = [];
  if (request.isModifiedList && faults.isOn(platform, 'drop-from-modified')) {
    filters.push(
      (item) => faults.strikesKey(platform, 'drop-from-modified', request.keyOf(item), method) === undefined,
    );
  }
  if (faults.isOn(platform, 'delay-list')) {
    const rate = Math.max(clocks.current().rate, 1);
    filters.push((item) => {
      const modifiedAt = request.modifiedAtOf(item);
      const age = at - modifiedAt;
      // Only rows young enough to be delayed at all are drawn for; 3600 s bounds what a setting may ask for.
      if (age > 3_600 * SECOND * rate) return true;
      const fault = faults.strikesKey(platform, 'delay-list', `${request.keyOf(item)}:${modifiedAt}`, method);
      return fault === undefined || age >= (fault.seconds ?? 60) * SECOND * rate;
    });
  }
  return filters;
}

/**
 * Computes a page from the live index: an order edited between two calls leaves the window and all rows behind it move
 * up. Faults: `drop-from-modified` and `delay-list` take rows out of the window and its total, `drop-row` out of the
 * page alone.
 */
export function pageOf<T>(call: ListCall, request: PageRequest<T>): Page<T> {
  const { pageNo, pageSize } = request;
  const { low, high } = request.index.window(request.from, request.to);
  const nth = (i: number): T => request.index.at(request.isOldestFirst === true ? low + i : high - 1 - i);
  const filters = faultFilters(call, request);
  if (request.filter) filters.push(request.filter);
  const skip = (pageNo - 1) * pageSize;
  let total = high - low;
  let rows: T[] = [];
  if (filters.length === 0) {
    for (let i = skip; i < high - low && rows.length < pageSize; i += 1) rows.push(nth(i));
  } else {
    total = 0;
    for (let i = 0; i < high - low; i += 1) {
      const item = nth(i);
      if (!filters.every((keep) => keep(item))) continue;
      if (total >= skip && rows.length < pageSize) rows.push(item);
      total += 1;
    }
  }
  const { faults } = call.core;
  if (faults.isOn(call.platform, 'drop-row'))
    rows = rows.filter(() => faults.strikes(call.platform, 'drop-row', call.method) === undefined);
  return { rows, total, hasNext: total > skip + pageSize };
}

/**
 * After a page of a list by modified time was read, the fault `page-shift` edits the first order of the window, so that
 * it leaves and the rest moves up.
 */
export function shiftRows(call: ListCall, request: PageRequest<OrderStory>): void {
  const { low, high } = request.index.window(request.from, request.to);
  if (high - low < 2 || call.core.faults.strikes(call.platform, 'page-shift', call.method) === undefined) return;
  edit(call.core, request.index.at(request.isOldestFirst === true ? low : high - 1), call.at);
}
