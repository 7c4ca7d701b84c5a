import { CanonicalAfterSale } from '@app/contracts/canonical';
import { AfterSalePage, PlatformCall, PlatformError, Window, isPlatformError } from '../port';
import { slices } from '../kit/paging';
import { asObject } from '../kit/answer.json';
import { RefundRules, afterSaleNoOf, mapAfterSaleDetail, mapListedAfterSale } from './douyin.after-sale-mapper';
import { DouyinClient } from './douyin.client';
import { ListSpec, ListedPage, edges, readList } from './douyin.lists';
import { SLICE_SECONDS } from './douyin.orders';

const DETAIL = 'afterSale.Detail';

/** The sort has to be that of the filter, or polling loses rows (Douyin sheet §7.2). */
const LIST: ListSpec = {
  method: 'afterSale.List',
  rowsKey: 'items',
  firstPage: 0,
  mostRows: 50_000,
  params: (window) => {
    const { from, to } = edges(window);
    return { update_start_time: from, update_end_time: to, order_by: ['update_time asc'] };
  },
};

/** After-sales of every type: lists of changes, and one alone. */
export class DouyinAfterSales {
  constructor(
    private readonly client: DouyinClient,
    private readonly rules: RefundRules,
  ) {}

  /** After-sales modified in the window, last page first. */
  async *changed(call: PlatformCall, window: Window): AsyncIterable<AfterSalePage> {
    for (const slice of slices(window, SLICE_SECONDS)) {
      for await (const listed of readList(this.client, call, LIST, slice))
        yield { total: listed.total, ...this.mapRows(listed) };
    }
  }

  /** One after-sale; its raw text is the answer as it came. */
  async detail(call: PlatformCall, platformAfterSaleNo: string): Promise<CanonicalAfterSale> {
    const startedAt = call.storyNow();
    const params = { after_sale_id: platformAfterSaleNo, need_operation_record: false };
    const { data, text } = await this.client.call(call, { method: DETAIL, params });
    const info = asObject(asObject(asObject(data)['process_info'])['after_sale_info']);
    const answered = afterSaleNoOf(info);
    const facts = { platform: 'douyin', method: DETAIL };
    if (answered === undefined)
      throw new PlatformError(
        'not-found',
        `Douyin answered no after-sale for ${platformAfterSaleNo}; check the number and the shop.`,
        facts,
      );
    if (answered !== platformAfterSaleNo)
      throw new PlatformError(
        'transient',
        `Douyin answered after-sale ${answered} when asked for ${platformAfterSaleNo}; ask again.`,
        facts,
      );
    return mapAfterSaleDetail(asObject(data), { startedAt, doneAt: call.storyNow(), raw: text }, this.rules);
  }

  /** One after-sale that cannot be read is listed as failed and does not stop its page. */
  private mapRows({ rows, startedAt, doneAt }: ListedPage): Pick<AfterSalePage, 'afterSales' | 'failed'> {
    const afterSales: CanonicalAfterSale[] = [];
    const failed: { platformAfterSaleNo: string; reason: string }[] = [];
    for (const { value, raw } of rows) {
      try {
        afterSales.push(mapListedAfterSale(value, { startedAt, doneAt, raw }, this.rules));
      } catch (error) {
        if (!isPlatformError(error)) throw error;
        const platformAfterSaleNo = afterSaleNoOf(asObject(value['aftersale_info'])) ?? '';
        failed.push({ platformAfterSaleNo, reason: error.message });
      }
    }
    return { afterSales, ...(failed.length > 0 && { failed }) };
  }
}
