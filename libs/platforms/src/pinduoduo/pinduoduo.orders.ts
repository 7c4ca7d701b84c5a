import { CanonicalOrder } from '@app/contracts/canonical';
import { AppError } from '@app/shared';
import { JsonObject, asFlag, asInteger, asObject, asText } from '../kit/answer.json';
import { CountedPage, ListPage, PagedList, readBackwards, slices } from '../kit/paging';
import { rawRows } from '../kit/raw-rows';
import { CensusPage, OrderPage, OrderStateView, PlatformCall, PlatformError, Window, isPlatformError } from '../port';
import { PinduoduoClient } from './pinduoduo.client';
import { PinduoduoConfig } from './pinduoduo.config';
import { OrderRules, RefundSum, mapOrder, mapOrderState, orderNoOf } from './pinduoduo.order-mapper';
import { ROOTS } from './pinduoduo.roots';
import { codesOf, needsRefundSum } from './pinduoduo.status';
import { listOf, timeOf } from './pinduoduo.values';

/** The lists take no more rows a page (Pinduoduo sheet §5.2). */
export const PAGE_SIZE = 100;
/** Longest span of the list by update time (Pinduoduo sheet §5.1). */
export const MAX_INCREMENT_SECONDS = 1_800;
/** Longest span of the list by confirmation time (Pinduoduo sheet §5.1). */
export const MAX_CENSUS_SECONDS = 86_400;

const INCREMENT = 'pdd.order.number.list.increment.get';
const CENSUS = 'pdd.order.list.get';
const DETAIL = 'pdd.order.information.get';

/** A row of a list with its own text and the time in which it was read. */
interface ListedRow {
  row: JsonObject;
  raw: string;
  startedAt: Date;
  doneAt: Date;
}

/** Tells how much of an order's money went back; undefined where it cannot be asked. */
export type RefundedFen = (call: PlatformCall, platformOrderNo: string) => Promise<number | undefined>;

/** Orders: change windows, single orders, census. */
export class PinduoduoOrders {
  private readonly rules: OrderRules;

  constructor(
    private readonly client: PinduoduoClient,
    config: PinduoduoConfig,
    private readonly refundedFen: RefundedFen,
  ) {
    this.rules = {
      isLeaderDiscountByPlatform: config.leaderDiscountBearer !== 'shop',
      isLotteryHeld: config.isLotteryHeld,
    };
  }

  /**
   * Orders updated in the window, whole, last page first. All states and all refunds: an order that left the one asked
   * for would be missed.
   */
  async *changed(call: PlatformCall, window: Window): AsyncIterable<OrderPage> {
    for (const slice of slices(window, MAX_INCREMENT_SECONDS)) {
      const params = {
        start_updated_at: seconds(slice.from),
        end_updated_at: seconds(slice.to),
        is_lucky_flag: '0',
        order_status: '5',
        refund_status: '5',
      };
      const list = this.list(call, INCREMENT, 'order_sn_list', params);
      const name = `updated from ${seconds(slice.from)}`;
      for await (const { page, total, rows } of readBackwards(list)) {
        yield {
          list: name,
          page,
          total,
          items: rows.map(({ row }) => ({ platformOrderNo: orderNoOf(row), ...updatedAt(row) })),
          ...(await this.wholeOrders(call, rows)),
        };
      }
    }
  }

  /** Numbers by confirmation time: another method, another time and another filter than the change pull. */
  async *census(call: PlatformCall, window: Window): AsyncIterable<CensusPage> {
    for (const slice of slices(window, MAX_CENSUS_SECONDS)) {
      const params = {
        start_confirm_at: seconds(slice.from),
        end_confirm_at: seconds(slice.to),
        order_status: '5',
        refund_status: '5',
      };
      const name = `confirmed from ${seconds(slice.from)}`;
      const list = this.list(call, CENSUS, 'order_list', params);
      let isEmpty = true;
      for await (const { total, rows } of readBackwards(list)) {
        isEmpty = false;
        yield { list: name, total, items: rows.map(({ row }) => censusItem(row)) };
      }
      if (isEmpty) yield { list: name, total: 0, items: [] };
    }
  }

  /** One order in full. */
  async detail(call: PlatformCall, platformOrderNo: string): Promise<CanonicalOrder> {
    const startedAt = call.storyNow();
    const { row, text } = await this.row(call, platformOrderNo);
    const sum = await this.refundSum(call, row);
    return mapOrder(row, { startedAt, doneAt: call.storyNow(), raw: text }, this.rules, sum);
  }

  /** State, refunds and holds of one order. */
  async state(call: PlatformCall, platformOrderNo: string): Promise<OrderStateView> {
    const { row } = await this.row(call, platformOrderNo);
    return mapOrderState(row, this.rules, await this.refundSum(call, row));
  }

  /** One order as the platform tells it. */
  async row(call: PlatformCall, platformOrderNo: string): Promise<{ row: JsonObject; text: string }> {
    const { root, text } = await this.client.call(call, { method: DETAIL, params: { order_sn: platformOrderNo } });
    const row = asObject(root['order_info']);
    const answered = asText(row['order_sn']);
    if (answered === platformOrderNo) return { row, text };
    if (answered === undefined)
      throw new PlatformError(
        'not-found',
        `Pinduoduo answered no order for ${platformOrderNo}; check the number and the shop. Orders older than 90 days are gone there.`,
        { platform: 'pinduoduo', method: DETAIL },
      );
    throw new PlatformError(
      'transient',
      `Pinduoduo answered order ${answered} when asked for ${platformOrderNo}; ask again.`,
      { platform: 'pinduoduo', method: DETAIL },
    );
  }

  /** One order that cannot be read is named as failed and does not hold up its window. */
  private async wholeOrders(
    call: PlatformCall,
    rows: readonly ListedRow[],
  ): Promise<Required<Pick<OrderPage, 'orders' | 'failed'>>> {
    const orders: CanonicalOrder[] = [];
    const failed: { platformOrderNo: string; reason: string }[] = [];
    for (const { row, raw, startedAt, doneAt } of rows) {
      const sum = await this.refundSum(call, row);
      try {
        orders.push(mapOrder(row, { startedAt, doneAt, raw }, this.rules, sum));
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        failed.push({ platformOrderNo: orderNoOf(row), reason: error.message });
      }
    }
    return { orders, failed };
  }

  /** `refund_status` 4 may be a partial refund, so a shipped order asks its after-sales (Pinduoduo sheet §6). */
  private async refundSum(call: PlatformCall, row: JsonObject): Promise<RefundSum> {
    if (!needsRefundSum(codesOf(row))) return {};
    try {
      const refundedFen = await this.refundedFen(call, orderNoOf(row));
      return refundedFen === undefined ? {} : { refundedFen };
    } catch (error) {
      // Without the right to read after-sales the order keeps its shipping status, and the refund shows on its lines.
      if (isPlatformError(error) && error.facts.reason === 'permission') return {};
      throw error;
    }
  }

  private list(
    call: PlatformCall,
    method: typeof INCREMENT | typeof CENSUS,
    key: string,
    params: Record<string, string>,
  ): PagedList<ListedRow> {
    const ask = async (paging: {
      page: string;
      page_size: string;
      use_has_next: string;
    }): Promise<CountedPage<ListedRow> & ListPage<ListedRow>> => {
      const startedAt = call.storyNow();
      const { root, text } = await this.client.call(call, { method, params: { ...params, ...paging } });
      const doneAt = call.storyNow();
      const raw = rawRows(text, [ROOTS[method], key]);
      const rows = listOf(root[key]).map((row, index) => ({ row, raw: raw[index]!, startedAt, doneAt }));
      return { rows, total: asInteger(root['total_count']), hasNext: asFlag(root['has_next']) };
    };
    const page_size = String(PAGE_SIZE);
    return {
      pageSize: PAGE_SIZE,
      first: () => ask({ page: '1', page_size, use_has_next: 'false' }),
      count: async () => (await ask({ page: '1', page_size: '1', use_has_next: 'false' })).total ?? 0,
      read: (page) => ask({ page: String(page), page_size, use_has_next: 'true' }),
    };
  }
}

/** An instant in the platform's unit for windows. */
export function seconds(at: Date): string {
  return String(Math.floor(at.getTime() / 1_000));
}

function updatedAt(row: JsonObject): { modifiedAt?: string } {
  const at = timeOf(row, 'updated_at');
  return at === undefined ? {} : { modifiedAt: at };
}

function censusItem(row: JsonObject): CensusPage['items'][number] {
  const placedAt = timeOf(row, 'created_time');
  const rawStatus = asText(row['order_status']);
  return {
    platformOrderNo: orderNoOf(row),
    ...updatedAt(row),
    ...(placedAt && { placedAt }),
    ...(rawStatus && { rawStatus }),
  };
}
