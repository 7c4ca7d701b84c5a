import { Window } from '../port';

/** What one list page answered. */
export interface ListPage<Row> {
  rows: Row[];
  hasNext: boolean;
}

/** What the first page of a window answered, and how many rows the window had in that moment. */
export interface FirstPage<Row> {
  rows: Row[];
  total: number;
}

/** A list of a closed window that can be counted and read page by page. */
export interface PagedList<Row> {
  pageSize: number;
  /** The first page and the count by one call. A list that does not state its count takes the rows for it. */
  first(): Promise<FirstPage<Row>>;
  /** Rows in the window now (a cheap call). */
  count(): Promise<number>;
  /** One page, 1-based. */
  read(page: number): Promise<ListPage<Row>>;
}

/** Rounds over one window before its movement is left to the overlap and to the census. */
const MOST_ROUNDS = 3;

/** A list of which every page tells the count. */
export function pagedListOf<Row>(pageSize: number, ask: (page: number) => Promise<FirstPage<Row>>): PagedList<Row> {
  return {
    pageSize,
    first: () => ask(1),
    count: async () => (await ask(1)).total,
    read: async (page) => {
      const { rows, total } = await ask(page);
      return { rows, hasNext: rows.length > 0 && total > page * pageSize };
    },
  };
}

/**
 * Reads a list sorted newest first from its last page to its first. A row edited meanwhile leaves the closed window and
 * all later rows move one place towards page 1: reading backwards turns that into a repeat, reading forwards into a loss
 * (Taobao sheet §5.3). Rows that the index brings in late push others towards the end; that shows as a higher count
 * afterwards, and the window is read once more. A window of less than a page is read by the call that counts it: that costs
 * half the calls, and nothing can move in between.
 */
export async function* readBackwards<Row>(
  list: PagedList<Row>,
  first?: FirstPage<Row>,
): AsyncIterable<{ page: number; total: number; rows: Row[] }> {
  const { rows, total: counted } = first ?? (await list.first());
  if (counted < list.pageSize) {
    if (counted > 0) yield { page: 1, total: counted, rows };
    return;
  }
  for (let round = 1, total = counted; ; round += 1) {
    const last = Math.ceil(total / list.pageSize);
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
