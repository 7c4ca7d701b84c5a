import { CanonicalAfterSale, RefundState } from '@app/contracts/canonical';
import { toShanghaiText } from '@app/shared';
import { JsonObject, asInteger, asList, asObject, asText } from '../kit/answer.json';
import { pagedListOf } from '../kit/paging';
import { AfterSalePage, PlatformCall, Window } from '../port';
import { mapRefund } from './jd.after-sale-mapper';
import { JdClient } from './jd.client';
import { JdConfig } from './jd.config';
import { JdPage, untilCounted } from './jd.paging';
import { callFlagged, rowsOf } from './jd.results';
import { refundStateOf } from './jd.status';
import { pageOf } from './jd.after-sale-pages';
import { idNumber } from './jd.values';

const LIST = 'jingdong.pop.afs.soa.refundapply.queryPageList';
const DETAIL = 'jingdong.pop.afs.soa.refundapply.queryById';
/** 1 to 50 rows a page, 100 pages (JD sheet §7.1). */
const PAGE_SIZE = 50;
const DAY_MS = 86_400_000;
/** Ends that come without any time of their own: paid, failed, withdrawn, closed by agreement (JD sheet §7.1). */
const QUIET_ENDS = ['3', '4', '11', '18'];

/** Applications for refunds before or instead of receipt: the first of JD's two after-sale systems. */
export class JdRefunds {
  constructor(
    private readonly client: JdClient,
    private readonly config: JdConfig,
  ) {}

  /** Applications made or reviewed in the window; the list has no time of modification (JD sheet §7.1). */
  async *pages(call: PlatformCall, window: Window): AsyncIterable<AfterSalePage> {
    const [from, to] = [toShanghaiText(window.from), toShanghaiText(window.to)];
    yield* this.list(call, { applyTimeStart: from, applyTimeEnd: to });
    yield* this.list(call, { checkTimeStart: from, checkTimeEnd: to });
  }

  /** Applications of the last days that came to an end which no time shows. */
  async *ended(call: PlatformCall, window: Window): AsyncIterable<AfterSalePage> {
    if (this.config.refundLookbackDays === 0) return;
    const to = toShanghaiText(window.to);
    const since = new Date(window.from.getTime() - this.config.refundLookbackDays * DAY_MS);
    for (const status of QUIET_ENDS)
      yield* this.list(call, { status, applyTimeStart: toShanghaiText(since), applyTimeEnd: to });
  }

  /** One application by its number; undefined when there is none. */
  async one(call: PlatformCall, id: string): Promise<CanonicalAfterSale | undefined> {
    const startedAt = call.storyNow();
    const request = { method: DETAIL, params: { id: idNumber(id) } };
    const { result, text } = await callFlagged(this.client, call, request, ['queryResult']);
    const row = [...asList(result['result'], 'result'), asObject(result['result'])].find(
      (one) => asText(one['id']) === id,
    );
    if (row === undefined) return undefined;
    return mapRefund(row, { startedAt, doneAt: call.storyNow(), raw: text }, this.config.refundNoPrefix);
  }

  /** What the applications of an order mean for shipping it now: the most pressing state of them. */
  async stateOf(call: PlatformCall, platformOrderNo: string): Promise<RefundState> {
    const { rows } = await this.ask(call, { orderId: platformOrderNo }, 1);
    const states = rows.map(({ row }) => refundStateOf(asText(row['status']) ?? ''));
    if (states.includes('unknown')) return 'unknown';
    if (states.includes('wait_return')) return 'agreed';
    if (states.includes('requested')) return 'requested';
    // Part of an order may have been given back; whether all of it was, its own state tells.
    return 'none';
  }

  private async *list(call: PlatformCall, filter: Record<string, string>): AsyncIterable<AfterSalePage> {
    let startedAt = call.storyNow();
    const ask = (page: number): Promise<JdPage> => {
      startedAt = call.storyNow();
      return this.ask(call, filter, page);
    };
    for await (const rows of untilCounted(pagedListOf(PAGE_SIZE, ask), (row) => asText(row['id']) ?? '')) {
      const doneAt = call.storyNow();
      const map = (row: JsonObject, raw: string) =>
        Promise.resolve(mapRefund(row, { startedAt, doneAt, raw }, this.config.refundNoPrefix));
      yield await pageOf(rows, 'id', this.config.refundNoPrefix, map);
    }
  }

  private async ask(call: PlatformCall, filter: Record<string, string>, pageIndex: number): Promise<JdPage> {
    // Flat names: nested ones are ignored (JD sheet §7.1).
    const params = { ...filter, pageIndex, pageSize: PAGE_SIZE, showSku: true };
    const answer = await callFlagged(this.client, call, { method: LIST, params }, ['queryResult']);
    const rows = rowsOf(answer, 'result');
    return { rows, total: asInteger(answer.result['totalCount']) ?? rows.length };
  }
}
