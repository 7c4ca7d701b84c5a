import { startOfShanghaiDay, toShanghaiText } from '@app/shared';
import { BillFile, PlatformCall, PlatformError } from '../port';
import { JsonObject, asObject, asText } from '../kit/answer.json';
import { mayStillCome } from '../kit/quiet-days';
import { BILL_FORMATS, SETTLE_SUCCESS, billText } from './douyin.bill';
import { DouyinClient } from './douyin.client';
import { DouyinConfig } from './douyin.config';
import { rowsOf } from './douyin.values';

/** Settlement lines by a cursor (Douyin sheet §12.2). */
export const BILL_METHOD = 'order.getSettleBillDetailV3';

/** Movements of the account, by the same kind of cursor (Douyin sheet §12.4). */
export const MOVEMENT_METHOD = 'order.getShopAccountItem';

/** Largest pages (Douyin sheet §12.2, §12.4). */
const PAGE_SIZES: Readonly<Record<string, number>> = { [BILL_METHOD]: 100, [MOVEMENT_METHOD]: 1_000 };
/** A day of more than a million lines is a cursor that does not end. */
const MOST_PAGES = 10_000;
const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Codes of the file route that say "not made yet" (Douyin sheet §12.3). */
const NOT_MADE = ['100015'];

interface Cursor {
  startTime: string;
  startIndex: string;
}

/** A page as it came. */
interface Page {
  text: string;
  count: number;
}

/** Bills of a shop: what was settled on a day, made on the day after (Douyin sheet §12.1). */
export class DouyinBills {
  constructor(
    private readonly client: DouyinClient,
    private readonly config: DouyinConfig,
  ) {}

  /** Lines and movements of a day as one file of their pages. Throws `not-found` before they are made, and while an empty day may still be filled. */
  async ofDay(call: PlatformCall, day: string): Promise<BillFile[]> {
    const from = startOfShanghaiDay(day).getTime();
    const readyAt = from + DAY_MS + this.config.billReadyHour * HOUR_MS;
    if (call.storyNow().getTime() < readyAt)
      throw none(`the lines of ${day} are made until ${this.config.billReadyHour}:00 of the next day`);
    // Whether the ends belong to the span is not stated; lines of the neighbouring days are left out when it is read.
    const startTime = toShanghaiText(new Date(from - SECOND_MS));
    const endTime = toShanghaiText(new Date(from + DAY_MS));
    const first = { startTime, startIndex: '' };
    const settled = await this.pages(call, BILL_METHOD, first, endTime);
    const moved = await this.pages(call, MOVEMENT_METHOD, first, endTime);
    const isEmpty = [...settled, ...moved].every(({ count }) => count === 0);
    if (isEmpty && mayStillCome(this.config.billQuietDays, call, day))
      throw none(`nothing was settled on ${day}, or it comes late`);
    const texts = (pages: readonly Page[]): string[] => pages.map((page) => page.text);
    const text = billText({ shop: call.shop.platformShopId, day }, texts(settled), texts(moved));
    const fileName = `douyin-settle-${call.shop.platformShopId}-${day}.json`;
    return [{ format: BILL_FORMATS[0], fileName, bytes: Buffer.from(text, 'utf8') }];
  }

  private async pages(call: PlatformCall, method: string, first: Cursor, endTime: string): Promise<Page[]> {
    const pages: Page[] = [];
    const used = new Set<string>();
    for (let cursor: Cursor | undefined = first; cursor !== undefined;) {
      const key = `${cursor.startTime} ${cursor.startIndex}`;
      if (used.has(key) || pages.length >= MOST_PAGES) throw transient(`the cursor ${key} comes again`);
      used.add(key);
      const params = {
        start_time: cursor.startTime,
        end_time: endTime,
        start_index: cursor.startIndex,
        size: PAGE_SIZES[method]!,
        time_type: '0',
      };
      const { data, text } = await this.client.call(call, { method, params });
      const page = asObject(data);
      assertMade(page);
      pages.push({ text: text.trim(), count: rowsOf(page['data']).length });
      cursor = nextOf(page, cursor);
    }
    return pages;
  }
}

/** Finance methods carry a second status inside of a success (Douyin sheet §4.1). */
function assertMade(page: JsonObject): void {
  const code = asText(page['code']);
  if (code === undefined || code === SETTLE_SUCCESS) return;
  const said = `${code} ${asText(page['code_msg']) ?? ''}`.trim();
  throw NOT_MADE.includes(code) ? none(said) : transient(said, code);
}

function nextOf(page: JsonObject, cursor: Cursor): Cursor | undefined {
  if (asText(page['is_end']) === '1') return undefined;
  const startIndex = asText(page['next_start_index']);
  if (startIndex === undefined) throw transient('a page is neither the last one nor names the next');
  return { startIndex, startTime: asText(page['next_start_time']) ?? cursor.startTime };
}

function none(why: string): PlatformError {
  return new PlatformError('not-found', `Douyin has no settlement lines: ${why}.`, {
    platform: 'douyin',
    method: BILL_METHOD,
  });
}

function transient(why: string, platformCode?: string): PlatformError {
  return new PlatformError('transient', `Douyin's settlement lines cannot be read: ${why}.`, {
    platform: 'douyin',
    method: BILL_METHOD,
    retryAfterMs: 2_000,
    platformCode,
  });
}
