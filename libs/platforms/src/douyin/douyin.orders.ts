import { CanonicalOrder } from '@app/contracts/canonical';
import { CensusPage, OrderPage, OrderStateView, PlatformCall, PlatformError, Window, isPlatformError } from '../port';
import { slices } from '../kit/paging';
import { JsonObject, asObject, asText } from '../kit/answer.json';
import { DouyinClient } from './douyin.client';
import { EDGE_SECONDS, ListSpec, ListedPage, edges, readList } from './douyin.lists';
import { mapOrder, mapOrderState, orderNoOf } from './douyin.order-mapper';
import { instantOf, present } from './douyin.values';

const LIST = 'order.searchList';
const DETAIL = 'order.orderDetail';
/** page × size (Douyin sheet §5.2). */
const MOST_ROWS = 50_000;
/** No largest span is known; a day is a cautious one (Douyin sheet §5.2, UNCONFIRMED). */
export const MAX_SPAN_SECONDS = 86_400;
/** Searches begin at most so long ago (Douyin sheet §5.2); an older start is refused altogether. */
export const REACH_BACK_DAYS = 90;
/** Kept from the oldest moment, since it moves on while a window is read. */
const REACH_MARGIN_MS = 60_000;
/** A window as it is cut; the edges that are read beyond it keep it within the largest span. */
export const SLICE_SECONDS = MAX_SPAN_SECONDS - 2 * EDGE_SECONDS;

/**
 * The sort must be that of the filter, or rows are lost (Douyin sheet §5.3); no status filter, since an order that left
 * the status would be missed.
 */
function listBy(time: 'update_time' | 'create_time'): ListSpec {
  return {
    method: LIST,
    rowsKey: 'shop_order_list',
    firstPage: 0,
    mostRows: MOST_ROWS,
    params: (window) => {
      const { from, to } = edges(window);
      return { [`${time}_start`]: from, [`${time}_end`]: to, order_by: time, order_asc: true };
    },
  };
}

/** Orders: change windows, single orders, census. */
export class DouyinOrders {
  constructor(private readonly client: DouyinClient) {}

  /** Whole orders modified in the window, last page first. */
  async *changed(call: PlatformCall, window: Window): AsyncIterable<OrderPage> {
    for (const slice of slices(reachable(call, window), SLICE_SECONDS)) {
      for await (const listed of readList(this.client, call, listBy('update_time'), slice)) yield orderPage(listed);
    }
  }

  /** Numbers by creation time; another filter and sort than the change pull. */
  async *census(call: PlatformCall, window: Window): AsyncIterable<CensusPage> {
    for (const slice of slices(reachable(call, window), SLICE_SECONDS)) {
      for await (const { total, list, rows } of readList(this.client, call, listBy('create_time'), slice))
        yield { total, list, items: rows.map(({ value }) => censusItem(value)) };
    }
  }

  /** One order in full. */
  async detail(call: PlatformCall, platformOrderNo: string): Promise<CanonicalOrder> {
    const startedAt = call.storyNow();
    const { order, text } = await this.read(call, platformOrderNo);
    return mapOrder(order, { startedAt, doneAt: call.storyNow(), raw: text });
  }

  /** State, refunds and holds of one order. */
  async state(call: PlatformCall, platformOrderNo: string): Promise<OrderStateView> {
    return mapOrderState((await this.read(call, platformOrderNo)).order);
  }

  /** One order as the platform states it, for a read-back of a ship notice. */
  async raw(call: PlatformCall, platformOrderNo: string): Promise<JsonObject> {
    return (await this.read(call, platformOrderNo)).order;
  }

  private async read(call: PlatformCall, no: string): Promise<{ order: JsonObject; text: string }> {
    const { data, text } = await this.client.call(call, { method: DETAIL, params: { shop_order_id: no } });
    const order = asObject(asObject(data)['shop_order_detail']);
    const facts = { platform: 'douyin', method: DETAIL };
    if (asText(order['order_id']) === undefined)
      throw new PlatformError('not-found', `Douyin answered no order for ${no}; check the number and the shop.`, facts);
    if (orderNoOf(order) !== no.replace(/A$/, ''))
      throw new PlatformError(
        'transient',
        `Douyin answered order ${orderNoOf(order)} when asked for ${no}; ask again.`,
        facts,
      );
    return { order, text };
  }
}

/** The part of a window that is still answered; one that is older altogether stays as it is and is refused. */
function reachable(call: PlatformCall, window: Window): Window {
  const oldest = new Date(call.storyNow().getTime() - REACH_BACK_DAYS * 86_400_000 + REACH_MARGIN_MS);
  return window.from < oldest && oldest < window.to ? { from: oldest, to: window.to } : window;
}

/** An order that cannot be read is listed as failed and does not stop its page; it has to be asked for alone. */
function orderPage({ page, total, list, rows, startedAt, doneAt }: ListedPage): OrderPage {
  const items: { platformOrderNo: string; modifiedAt?: string }[] = [];
  const orders: CanonicalOrder[] = [];
  const failed: { platformOrderNo: string; reason: string }[] = [];
  for (const { value, raw } of rows) {
    const platformOrderNo = orderNoOf(value);
    items.push({ platformOrderNo, ...present({ modifiedAt: instantOf(value['update_time']) }) });
    try {
      orders.push(mapOrder(value, { startedAt, doneAt, raw }));
    } catch (error) {
      if (!isPlatformError(error)) throw error;
      failed.push({ platformOrderNo, reason: error.message });
    }
  }
  return { page, total, list, items, orders, ...(failed.length > 0 && { failed }) };
}

function censusItem(row: JsonObject): CensusPage['items'][number] {
  return {
    platformOrderNo: orderNoOf(row),
    ...present({
      modifiedAt: instantOf(row['update_time']),
      placedAt: instantOf(row['create_time']),
      rawStatus: asText(row['order_status']),
    }),
  };
}
