import { CanonicalAfterSale } from '@app/contracts/canonical';
import { sumFen } from '@app/shared';
import { JsonObject, asInteger, asText } from '../kit/answer.json';
import { PagedList, pagedListOf, readBackwards, slices } from '../kit/paging';
import { rawRows } from '../kit/raw-rows';
import { AfterSalePage, PlatformCall, PlatformError, Window, isPlatformError } from '../port';
import { mapAfterSaleDetail, mapListedAfterSale } from './pinduoduo.after-sale-mapper';
import { PinduoduoClient } from './pinduoduo.client';
import { PinduoduoConfig } from './pinduoduo.config';
import { PAGE_SIZE, seconds } from './pinduoduo.orders';
import { ROOTS } from './pinduoduo.roots';
import { Fetch, listOf, yuanTextToFen } from './pinduoduo.values';

const LIST = 'pdd.refund.list.increment.get';
const DETAIL = 'pdd.refund.information.get';
/** Longest span of the list (Pinduoduo sheet §7.1). */
export const MAX_AFTER_SALE_SECONDS = 1_800;
/** Money went back to the buyer (Pinduoduo sheet §7.5). */
const REFUNDED = '10';

interface ListedRow {
  row: JsonObject;
  fetch: Fetch;
}

/** After-sales of every type: change windows, one by order and number, and what of an order's money went back. */
export class PinduoduoAfterSales {
  constructor(
    private readonly client: PinduoduoClient,
    private readonly config: PinduoduoConfig,
  ) {}

  /** After-sales updated in the window, last page first, as for orders (Pinduoduo sheet §7.2). */
  async *changed(call: PlatformCall, window: Window): AsyncIterable<AfterSalePage> {
    for (const slice of slices(window, MAX_AFTER_SALE_SECONDS)) {
      const span = { start_updated_at: seconds(slice.from), end_updated_at: seconds(slice.to) };
      for await (const { total, rows } of readBackwards(this.list(call, span))) yield { total, ...mapRows(rows) };
    }
  }

  /** One after-sale by its order and number; undefined without the order, since the platform cannot be asked so. */
  async detail(
    call: PlatformCall,
    platformAfterSaleNo: string,
    platformOrderNo?: string,
  ): Promise<CanonicalAfterSale | undefined> {
    if (platformOrderNo === undefined) return undefined;
    const startedAt = call.storyNow();
    const params = { order_sn: platformOrderNo, after_sales_id: platformAfterSaleNo };
    const { root, text } = await this.client.call(call, { method: DETAIL, params });
    const answered = asText(root['id']);
    if (answered === platformAfterSaleNo)
      return mapAfterSaleDetail(root, { startedAt, doneAt: call.storyNow(), raw: text }, this.config.refundDetailUnit);
    throw new PlatformError(
      answered === undefined ? 'not-found' : 'transient',
      `Pinduoduo answered ${answered ?? 'no after-sale'} when asked for ${platformAfterSaleNo} of order ${platformOrderNo}; check both numbers.`,
      { platform: 'pinduoduo', method: DETAIL },
    );
  }

  /** Sum of the refunds of one order that succeeded; with `order_sn` the other filters are ignored but required. */
  async refundedFen(call: PlatformCall, platformOrderNo: string): Promise<number> {
    const now = call.storyNow();
    const span = { start_updated_at: seconds(new Date(now.getTime() - 60_000)), end_updated_at: seconds(now) };
    const { rows } = await this.list(call, { ...span, order_sn: platformOrderNo }).read(1);
    const refunded = rows.filter(
      ({ row }) => asText(row['order_sn']) === platformOrderNo && asText(row['after_sales_status']) === REFUNDED,
    );
    return sumFen(refunded.map(({ row }) => yuanTextToFen(asText(row['refund_amount']) ?? '0') ?? 0));
  }

  private list(call: PlatformCall, filter: Record<string, string>): PagedList<ListedRow> {
    const fixed = { ...filter, after_sales_status: this.config.refundStatusAll, after_sales_type: '1' };
    // The list has no has_next and tells its count with each page (Pinduoduo sheet §7.2).
    return pagedListOf(PAGE_SIZE, async (page) => {
      const startedAt = call.storyNow();
      const params = { ...fixed, page: String(page), page_size: String(PAGE_SIZE) };
      const { root, text } = await this.client.call(call, { method: LIST, params });
      const doneAt = call.storyNow();
      const raw = rawRows(text, [ROOTS[LIST], 'refund_list']);
      const rows = listOf(root['refund_list']).map((row, index) => ({
        row,
        fetch: { startedAt, doneAt, raw: raw[index]! },
      }));
      return { rows, total: asInteger(root['total_count']) };
    });
  }
}

/** One after-sale that cannot be read is listed as failed and does not stop its page. */
function mapRows(rows: readonly ListedRow[]): AfterSalePage {
  const afterSales: CanonicalAfterSale[] = [];
  const failed: { platformAfterSaleNo: string; reason: string }[] = [];
  for (const { row, fetch } of rows) {
    try {
      afterSales.push(mapListedAfterSale(row, fetch));
    } catch (error) {
      if (!isPlatformError(error)) throw error;
      failed.push({ platformAfterSaleNo: asText(row['id']) ?? '', reason: error.message });
    }
  }
  return { afterSales, ...(failed.length > 0 && { failed }) };
}
