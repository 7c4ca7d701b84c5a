import { Window } from '../port';

/** What one list page answered. */
export interface ListPage<Row> {
  rows: Row[];
  hasNext: boolean;
}

/** A page, and how many rows the window had in that moment; no total where the platform states none. */
export interface CountedPage<Row> {
  rows: Row[];
  total?: number | undefined;
}

/** A list of a closed window that can be counted and read page by page. */
export interface PagedList<Row> {
  pageSize: number;
  /** The first page and the count by one call. */
  first(): Promise<CountedPage<Row>>;
  /** Rows in the window now, by as cheap a call as the list has; 0 where the platform states none. */
  count(): Promise<number>;
  /** One page, 1-based. */
  read(page: number): Promise<ListPage<Row>>;
}

/** Rounds over one window before its movement is left to the overlap and to the census. */
const MOST_ROUNDS = 3;

/** A list of which every page tells the count. */
export function pagedListOf<Row>(pageSize: number, ask: (page: number) => Promise<CountedPage<Row>>): PagedList<Row> {
  return {
    pageSize,
    first: () => ask(1),
    count: async () => (await ask(1)).total ?? 0,
    read: async (page) => {
      const { rows, total = 0 } = await ask(page);
      return { rows, hasNext: rows.length > 0 && total > page * pageSize };
    },
  };
}

/**
 * Reads a list sorted newest first from its last page to its first. A row edited meanwhile leaves the closed window and
 * all later rows move one place towards page 1: reading backwards turns that into a repeat, reading forwards into a loss
 * (Taobao sheet §5.3). Rows that the index brings in late push others towards the end; that shows as a higher count
 * afterwards, and the window is read once more. A window that is counted at less than a page is read by the call that counts
 * it: that costs half the calls, and nothing can move in between.
 */
export async function* readBackwards<Row>(
  list: PagedList<Row>,
  first?: CountedPage<Row>,
): AsyncIterable<{ page: number; total: number; rows: Row[] }> {
  const { rows, total: counted } = first ?? (await list.first());
  const isAll = counted !== undefined && counted < list.pageSize && rows.length < list.pageSize;
  if (isAll && (counted > 0 || rows.length > 0)) yield { page: 1, total: counted, rows };
  if (isAll || (counted === undefined && rows.length === 0)) return;
  for (let round = 1, total = counted ?? rows.length; ; round += 1) {
    const last = Math.max(1, Math.ceil(total / list.pageSize));
    yield* readTail(list, last, total);
    for (let page = last - 1; page >= 1; page -= 1) {
      yield { page, total, rows: (await list.read(page)).rows };
    }
    if (last === 1 || round === MOST_ROUNDS) return;
    const now = await list.count();
    if (now <= total) return;
    total = now;
  }
}

/** Reads the counted last page and whatever grew behind it since the count. */
async function* readTail<Row>(
  list: PagedList<Row>,
  last: number,
  total: number,
): AsyncIterable<{ page: number; total: number; rows: Row[] }> {
  for (let page = last; ; page += 1) {
    const { rows, hasNext } = await list.read(page);
    yield { page, total, rows };
    if (!hasNext) return;
  }
}

/**
 * Cuts a window into spans that the platform accepts, oldest first. Ends are rounded outwards to whole seconds, the
 * platform's unit: whether its windows are closed or half-open is UNCONFIRMED (Taobao sheet §5.3).
 */
export function slices(window: Window, maxSpanSeconds: number): Window[] {
  const parts: Window[] = [];
  const end = Math.ceil(window.to.getTime() / 1_000) * 1_000;
  const span = maxSpanSeconds * 1_000;
  for (let from = Math.floor(window.from.getTime() / 1_000) * 1_000; from < end; from += span) {
    parts.push({ from: new Date(from), to: new Date(Math.min(from + span, end)) });
  }
  return parts;
}
