import { PlatformCall, Window } from '../port';
import { CountedPage, PagedList, readBackwards } from '../kit/paging';
import { rawRows } from '../kit/raw-rows';
import { JsonObject, asFlag, asInteger, asObject } from '../kit/answer.json';
import { DouyinClient } from './douyin.client';
import { Param } from './douyin.signer';
import { rowsOf } from './douyin.values';

/** Largest page of every list (Douyin sheet §5.2, §7.2, §8.1). */
export const PAGE_SIZE = 100;

/** A row with its exact text. */
export interface ListRow {
  value: JsonObject;
  raw: string;
}

/** What tells one list of the platform from another. */
export interface ListSpec {
  method: string;
  /** Key of the rows inside of `data`. */
  rowsKey: string;
  /** Orders and after-sales count their pages from 0, products from 1 (Douyin sheet §13 pitfall 6). */
  firstPage: 0 | 1;
  /** Rows that one window shows at most: page × size (Douyin sheet §5.2, §8.1). */
  mostRows: number;
  params(window: Window): { readonly [name: string]: Param };
}

/** One page of a window. */
export interface ListedPage {
  /** Page number as the platform counts it. */
  page: number;
  total: number;
  rows: ListRow[];
  startedAt: Date;
  doneAt: Date;
  /** Names the part of the window that `total` counts. */
  list: string;
}

/** Read beyond each end of a window. */
export const EDGE_SECONDS = 1;

/** Whole seconds since 1970. */
export function seconds(at: Date): number {
  return Math.floor(at.getTime() / 1_000);
}

/**
 * First and last second to ask for. Whether the ends of a window are part of it is UNCONFIRMED (Douyin sheet §5.2), and
 * products leave out both (§8.1), so a second more is read on each side.
 */
export function edges(window: Window): { from: number; to: number } {
  return {
    from: seconds(window.from) - EDGE_SECONDS,
    to: Math.ceil(window.to.getTime() / 1_000) + EDGE_SECONDS,
  };
}

/**
 * Reads a closed window sorted by the time that it is cut by, from the last page to the first: rows that leave it
 * meanwhile make repeats, never gaps. A window with more rows than the platform shows is halved before. An empty list
 * is told by one page without rows.
 */
export async function* readList(
  client: DouyinClient,
  call: PlatformCall,
  spec: ListSpec,
  window: Window,
): AsyncIterable<ListedPage> {
  const list = `${spec.method} ${seconds(window.from)}-${seconds(window.to)}`;
  const reading = new ListReading(client, call, spec, window);
  const first = await reading.first();
  const total = first.total ?? first.rows.length;
  const spanMs = window.to.getTime() - window.from.getTime();
  if (total > spec.mostRows && spanMs >= 2_000) {
    const middle = new Date(Math.floor((window.from.getTime() + spanMs / 2) / 1_000) * 1_000);
    yield* readList(client, call, spec, { from: window.from, to: middle });
    yield* readList(client, call, spec, { from: middle, to: window.to });
    return;
  }
  if (total === 0 && first.rows.length === 0) {
    const now = call.storyNow();
    yield { page: spec.firstPage, total: 0, rows: [], startedAt: now, doneAt: now, list };
    return;
  }
  for await (const page of readBackwards(reading, first)) {
    const { startedAt, doneAt } = reading.times;
    yield { ...page, page: page.page - 1 + spec.firstPage, startedAt, doneAt, list };
  }
}

class ListReading implements PagedList<ListRow> {
  readonly pageSize = PAGE_SIZE;
  times: { startedAt: Date; doneAt: Date };

  constructor(
    private readonly client: DouyinClient,
    private readonly call: PlatformCall,
    private readonly spec: ListSpec,
    private readonly window: Window,
  ) {
    this.times = { startedAt: call.storyNow(), doneAt: call.storyNow() };
  }

  async first(): Promise<CountedPage<ListRow>> {
    const { data, rows } = await this.wholePage(1);
    return { rows, total: asInteger(data['total']) };
  }

  async count(): Promise<number> {
    const { data, rows } = await this.page(1, 1);
    return asInteger(data['total']) ?? rows.length;
  }

  async read(page: number): Promise<{ rows: ListRow[]; hasNext: boolean }> {
    const { data, rows } = await this.wholePage(page);
    const total = asInteger(data['total']);
    // Only after-sales say whether more follows (Douyin sheet §5.2, §7.2).
    const isMore = data['has_more'] === undefined ? true : asFlag(data['has_more']);
    const hasNext = isMore && rows.length === PAGE_SIZE && (total === undefined || page * PAGE_SIZE < total);
    return { rows, hasNext };
  }

  private async wholePage(page: number): Promise<{ data: JsonObject; rows: ListRow[] }> {
    const startedAt = this.call.storyNow();
    const answer = await this.page(page, PAGE_SIZE);
    this.times = { startedAt, doneAt: this.call.storyNow() };
    return answer;
  }

  private async page(page: number, size: number): Promise<{ data: JsonObject; rows: ListRow[] }> {
    const paging = { page: page - 1 + this.spec.firstPage, size };
    const { method, rowsKey } = this.spec;
    const { data, text } = await this.client.call(this.call, {
      method,
      params: { ...this.spec.params(this.window), ...paging },
    });
    const object = asObject(data);
    const raws = rawRows(text, ['data', rowsKey]);
    const rows = rowsOf(object[rowsKey]).map((value, index) => ({ value, raw: raws[index] ?? '' }));
    return { data: object, rows };
  }
}
