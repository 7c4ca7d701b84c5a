import { CanonicalOrder, RefundState } from '@app/contracts/canonical';
import { AppError, toShanghaiText } from '@app/shared';
import { JsonObject, asInteger, asText } from '../kit/answer.json';
import { pagedListOf, readBackwards, slices } from '../kit/paging';
import { CensusPage, OrderPage, OrderStateView, PlatformCall, PlatformError, Window } from '../port';
import { JdClient } from './jd.client';
import { JdConfig } from './jd.config';
import { Fetch, OrderRules, mapOrder, mapOrderState, orderInfoOf, rowOf } from './jd.order-mapper';
import { JdPage, JdRow, halves } from './jd.paging';
import { callOrder, rowsOf } from './jd.results';
import { idNumber } from './jd.values';

/** Rows a page (JD sheet §5.2). */
export const PAGE_SIZE = 100;
/** A window is at most one month long; the shortest month counts (JD sheet §5.2). */
export const MAX_WINDOW_SECONDS = 28 * 86_400;
/** JD asks for shorter windows instead of deep pages (JD sheet §5.3). */
const MOST_ROWS = 2_000;
/** Pages behind this one come back empty although the count goes on (JD sheet §5.2). */
const LAST_PAGE = 100;

/** What is not asked for is not returned (JD sheet §5.2, §13 pitfall 12). */
const ORDER_FIELDS = [
  'orderId,venderId,orderType,payType,orderTotalPrice,orderSellerPrice,orderPayment,freightPrice,sellerDiscount',
  'balanceUsed,serviceFee,taxFee,orderState,orderStateRemark,orderRemark,venderRemark,orderStartTime,orderEndTime',
  'paymentConfirmTime,modified,outBoundDate,scDT,consigneeInfo,itemInfoList,couponDetailList,pin,open_id_buyer',
  'returnOrder,waybill,logisticsId,partialLogisticsInfoModel,parentOrderId,directParentOrderId,orderSource,storeOrder',
  'idSopShipmenttype',
].join(',');
const STATE_FIELDS = [
  'orderId,orderType,orderState,paymentConfirmTime,modified,outBoundDate,consigneeInfo,itemInfoList,waybill,logisticsId',
  'partialLogisticsInfoModel,storeOrder',
].join(',');
const CENSUS_FIELDS = 'orderId,orderState,orderStartTime,modified';

/** Time basis of a list: the same call reads both (JD sheet §5.2). */
const BY_CREATION = 1;
const BY_MODIFICATION = 0;

/** Orders: the changed ones whole, the census, and single ones. */
export class JdOrders {
  readonly rules: OrderRules;

  constructor(
    private readonly client: JdClient,
    private readonly config: JdConfig,
  ) {
    this.rules = { platformCoupons: config.platformCoupons.split(',').map((type) => type.trim()) };
  }

  /** Orders modified in the window, whole, last page first: rows that move come twice instead of never. */
  async *changed(call: PlatformCall, window: Window): AsyncIterable<OrderPage> {
    for (const slice of slices(window, MAX_WINDOW_SECONDS)) {
      const pages = this.pages(call, slice, BY_MODIFICATION, this.withExtra(ORDER_FIELDS));
      for await (const { rows, total, page, list, startedAt } of pages) {
        const items = rows.map(({ row }) => rowOf(row));
        yield { page, total, list, items, ...this.mapRows(rows, startedAt, call.storyNow()) };
      }
    }
  }

  /** Numbers by creation time, with the platform's own count of each list. */
  async *census(call: PlatformCall, window: Window): AsyncIterable<CensusPage> {
    for (const slice of slices(window, MAX_WINDOW_SECONDS)) {
      for await (const { rows, total, list } of this.pages(call, slice, BY_CREATION, CENSUS_FIELDS))
        yield { list, total, items: rows.map(({ row }) => rowOf(row)) };
    }
  }

  /** One order in full. */
  async detail(call: PlatformCall, platformOrderNo: string): Promise<CanonicalOrder> {
    const startedAt = call.storyNow();
    const { order, text } = await this.one(call, platformOrderNo, this.withExtra(ORDER_FIELDS));
    return this.map(order, { startedAt, doneAt: call.storyNow(), raw: text });
  }

  /** State, holds and parcels of one order, as far as the order itself tells them. */
  async state(call: PlatformCall, platformOrderNo: string, refundState: RefundState): Promise<OrderStateView> {
    const { order } = await this.one(call, platformOrderNo, this.withExtra(STATE_FIELDS));
    return mapOrderState(order, refundState);
  }

  /** One order with what a read-back of a ship notice needs. */
  async shipped(call: PlatformCall, platformOrderNo: string): Promise<JsonObject> {
    return (await this.one(call, platformOrderNo, STATE_FIELDS)).order;
  }

  /** An order that cannot be read is listed as failed and does not stop its page. */
  private mapRows(rows: readonly JdRow[], startedAt: Date, doneAt: Date): Pick<OrderPage, 'orders' | 'failed'> {
    const orders: CanonicalOrder[] = [];
    const failed: { platformOrderNo: string; reason: string }[] = [];
    for (const { row, raw } of rows) {
      try {
        orders.push(this.map(row, { startedAt, doneAt, raw }));
      } catch (error) {
        if (!(error instanceof PlatformError)) throw error;
        failed.push({ platformOrderNo: rowOf(row).platformOrderNo, reason: error.message });
      }
    }
    return { orders, ...(failed.length > 0 && { failed }) };
  }

  /** Amounts whose sum leaves every range are refused by the arithmetic itself. */
  private map(order: JsonObject, fetch: Fetch): CanonicalOrder {
    try {
      return mapOrder(order, fetch, this.rules);
    } catch (error) {
      if (!(error instanceof AppError) || error instanceof PlatformError) throw error;
      const why = `Order ${rowOf(order).platformOrderNo} cannot be booked: ${error.message}`;
      throw new PlatformError('rejected', why, { platform: 'jd', method: this.method('Get'), reason: 'bad-request' });
    }
  }

  private method(name: 'Search' | 'Get'): string {
    const isMasked = this.config.receivers === 'masked';
    return `jingdong.pop.order.${isMasked ? name.toLowerCase() : `en${name}`}`;
  }

  private withExtra(fields: string): string {
    return this.config.extraFields === '' ? fields : `${fields},${this.config.extraFields}`;
  }

  private async one(
    call: PlatformCall,
    platformOrderNo: string,
    optional_fields: string,
  ): Promise<{ order: JsonObject; text: string }> {
    const method = this.method('Get');
    const params = { order_id: idNumber(platformOrderNo), optional_fields };
    const { result, text } = await callOrder(this.client, call, { method, params }, 'orderDetailInfo');
    const order = orderInfoOf(result);
    const answered = asText(order['orderId']);
    if (answered === platformOrderNo) return { order, text };
    if (answered === undefined) {
      const why = `JD answered no order for ${platformOrderNo}; check the number and the shop.`;
      throw new PlatformError('not-found', why, { platform: 'jd', method });
    }
    const why = `JD answered order ${answered} when asked for ${platformOrderNo}; ask again.`;
    throw new PlatformError('transient', why, { platform: 'jd', method });
  }

  /** Pages of a window; one with too many rows is halved first, since deep pages stay empty. */
  private async *pages(call: PlatformCall, window: Window, dateType: number, fields: string): AsyncIterable<Listed> {
    const list = `${dateType === BY_CREATION ? 'created' : 'modified'} from ${toShanghaiText(window.from)} to ${toShanghaiText(window.to)}`;
    let startedAt = call.storyNow();
    const paged = pagedListOf(PAGE_SIZE, (page) => {
      startedAt = call.storyNow();
      return this.ask(call, window, { dateType, fields, page });
    });
    const first = await paged.first();
    const count = first.total ?? 0;
    const parts = count > MOST_ROWS ? halves(window) : undefined;
    if (parts) {
      for (const part of parts) yield* this.pages(call, part, dateType, fields);
      return;
    }
    if (count > LAST_PAGE * PAGE_SIZE) throw this.tooMany(window, count);
    let isEmpty = true;
    for await (const { page, total, rows } of readBackwards(paged, first)) {
      isEmpty = false;
      yield { page, total, rows, list, startedAt };
    }
    if (isEmpty) yield { page: 1, total: 0, rows: [], list, startedAt };
  }

  private async ask(
    call: PlatformCall,
    window: Window,
    about: { dateType: number; fields: string; page: number },
  ): Promise<JdPage> {
    const params = {
      start_date: toShanghaiText(window.from),
      end_date: toShanghaiText(window.to),
      order_state: this.config.orderStates,
      optional_fields: about.fields,
      page: String(about.page),
      page_size: String(PAGE_SIZE),
      sortType: 0,
      dateType: about.dateType,
    };
    const request = { method: this.method('Search'), params };
    const answer = await callOrder(this.client, call, request, 'searchorderinfo_result');
    const rows = rowsOf(answer, 'orderInfoList');
    return { rows, total: asInteger(answer.result['orderTotal']) ?? rows.length };
  }

  private tooMany(window: Window, count: number): PlatformError {
    const at = toShanghaiText(window.from);
    return new PlatformError(
      'rejected',
      `JD counts ${count} orders within the second ${at} and lists only ${LAST_PAGE * PAGE_SIZE} of a window; pull the rest one by one.`,
      { platform: 'jd', method: this.method('Search'), reason: 'unsupported' },
    );
  }
}

interface Listed {
  page: number;
  total: number;
  rows: readonly JdRow[];
  list: string;
  startedAt: Date;
}
