import { JsonObject } from '../kit/answer.json';
import { PagedList, readBackwards } from '../kit/paging';
import { Window } from '../port';

/** A row of a list with its own text as received. */
export interface JdRow {
  row: JsonObject;
  raw: string;
}

/** One answer of a JD list: its rows, and what it counts in all. */
export interface JdPage {
  rows: JdRow[];
  total: number;
}

/** Readings of a list that shows fewer rows than it counts. */
const MOST_READINGS = 2;

/**
 * Pages of a list, read once more when they showed fewer different rows than were counted, since a page may leave rows
 * out; what stays hidden then is left to the overlap of windows.
 */
export async function* untilCounted(
  list: PagedList<JdRow>,
  keyOf: (row: JsonObject) => string,
): AsyncIterable<readonly JdRow[]> {
  const seen = new Set<string>();
  for (let reading = 1; reading <= MOST_READINGS; reading += 1) {
    let counted = 0;
    for await (const { total, rows } of readBackwards(list)) {
      counted = total;
      for (const { row } of rows) seen.add(keyOf(row));
      yield rows;
    }
    if (seen.size >= counted) return;
  }
}

/** Both halves of a window, cut at a whole second; undefined when it is too short to be cut. */
export function halves(window: Window): [Window, Window] | undefined {
  const from = window.from.getTime();
  const middle = from + Math.floor((window.to.getTime() - from) / 2_000) * 1_000;
  if (middle <= from || middle >= window.to.getTime()) return undefined;
  return [
    { from: window.from, to: new Date(middle) },
    { from: new Date(middle), to: window.to },
  ];
}
