import { CanonicalAfterSale } from '@app/contracts/canonical';
import { JsonObject, asInteger, asObject, asText } from '../kit/answer.json';
import { pagedListOf } from '../kit/paging';
import { AfterSalePage, PlatformCall, PlatformError, Window } from '../port';
import { pageOf } from './jd.after-sale-pages';
import { ServiceFacts, givesMoney, mapService, readYuan } from './jd.after-sale-mapper';
import { JdClient } from './jd.client';
import { JdConfig } from './jd.config';
import { JdPage, untilCounted } from './jd.paging';
import { Result, callFlagged, rowsOf } from './jd.results';
import { serviceKindOf, serviceStateOf } from './jd.status';
import { idNumber, present, timeFilter, timeOf } from './jd.values';

const LIST = 'jingdong.asc.sync.list';
const VIEW = 'jingdong.asc.query.view';
const FREIGHT = 'jingdong.asc.freight.view';
const MONEY = 'jingdong.asc.serviceAndRefund.view';
const CONTAINERS = ['pageResult', 'result'];
/** 1 to 50 rows a page (JD sheet §7.2). */
const PAGE_SIZE = 50;
const DAY_MS = 86_400_000;
/** How far back a single service order is looked for. */
const FIND_DAYS = 180;

/** Service orders after receipt: the second of JD's two after-sale systems. */
export class JdServices {
  constructor(
    private readonly client: JdClient,
    private readonly config: JdConfig,
  ) {}

  /**
   * Service orders changed in the window, and those whose return number came in it, which does not move the order's own
   * time (JD sheet §7.2).
   */
  async *pages(call: PlatformCall, window: Window): AsyncIterable<AfterSalePage> {
    yield* this.list(call, this.times('updateTime', window));
    yield* this.list(call, this.times('freightUpdateDate', window));
  }

  /** One service order; without its order that is looked for in the list. Throws `not-found`. */
  async one(call: PlatformCall, serviceId: string, platformOrderNo?: string): Promise<CanonicalAfterSale> {
    if (platformOrderNo !== undefined) return this.view(call, serviceId, platformOrderNo);
    const to = call.storyNow();
    const from = new Date(to.getTime() - FIND_DAYS * DAY_MS);
    const filter = { ...this.times('updateTime', { from, to }), serviceId: idNumber(serviceId) };
    const { rows } = await this.ask(call, filter, 1);
    const row = rows.map((one) => one.row).find((one) => asText(one['serviceId']) === serviceId);
    const orderId = asText(row?.['orderId']);
    if (orderId !== undefined) return this.view(call, serviceId, orderId);
    throw this.missing(serviceId, LIST);
  }

  private missing(serviceId: string, method: string): PlatformError {
    const why = `JD knows no after-sale ${serviceId}; check the number and the shop.`;
    return new PlatformError('not-found', why, { platform: 'jd', method });
  }

  /** A service order in full. */
  private async view(call: PlatformCall, serviceId: string, orderId: string): Promise<CanonicalAfterSale> {
    const startedAt = call.storyNow();
    const params = { ...this.operator(call), serviceId: idNumber(serviceId), orderId: idNumber(orderId) };
    const { result, text } = await callFlagged(this.client, call, { method: VIEW, params }, CONTAINERS);
    const inner = asObject(result['data']);
    const row = asText(inner['serviceId']) === undefined ? result : inner;
    if (asText(row['serviceId']) !== serviceId) throw this.missing(serviceId, VIEW);
    const facts = await this.factsOf(call, row);
    return mapService(row, { startedAt, doneAt: call.storyNow(), raw: text }, facts);
  }

  private async *list(call: PlatformCall, filter: Record<string, unknown>): AsyncIterable<AfterSalePage> {
    let startedAt = call.storyNow();
    const ask = (page: number): Promise<JdPage> => {
      startedAt = call.storyNow();
      return this.ask(call, filter, page);
    };
    for await (const rows of untilCounted(pagedListOf(PAGE_SIZE, ask), (row) => asText(row['serviceId']) ?? '')) {
      const map = async (row: JsonObject, raw: string): Promise<CanonicalAfterSale> => {
        const facts = await this.factsOf(call, row);
        return mapService(row, { startedAt, doneAt: call.storyNow(), raw }, facts);
      };
      yield await pageOf(rows, 'serviceId', '', map);
    }
  }

  private async ask(call: PlatformCall, filter: Record<string, unknown>, pageNumber: number): Promise<JdPage> {
    const params = { ...this.operator(call), ...filter, pageNumber, pageSize: PAGE_SIZE };
    return pageIn(await callFlagged(this.client, call, { method: LIST, params }, CONTAINERS));
  }

  /** What other calls say about a service order, asked only when its state makes it matter. */
  private async factsOf(call: PlatformCall, row: JsonObject): Promise<ServiceFacts> {
    const state = serviceStateOf(asText(row['serviceStatus']) ?? '');
    const kind = serviceKindOf(asText(row['customerExpect']) ?? '');
    const isOnItsWay = bringsGoods(kind) && !['requested', 'refused', 'withdrawn'].includes(state);
    const isPaying = givesMoney(kind) && (state === 'succeeded' || asText(row['serviceStatus']) === '10041');
    return {
      ...(isOnItsWay && present({ returnParcel: await this.returnParcel(call, row) })),
      ...(isPaying && present({ money: await this.money(call, row) })),
    };
  }

  private async returnParcel(call: PlatformCall, row: JsonObject): Promise<ServiceFacts['returnParcel']> {
    const params = {
      ...this.operator(call),
      serviceId: idNumber(asText(row['serviceId']) ?? ''),
      orderId: idNumber(asText(row['orderId']) ?? ''),
    };
    const { result } = await callFlagged(this.client, call, { method: FREIGHT, params }, CONTAINERS);
    const data = Array.isArray(result['data']) ? asObject(result['data'][0]) : asObject(result['data']);
    const waybillNo = (asText(data['expressCode']) ?? asText(result['expressCode']))?.slice(0, 128);
    if (waybillNo === undefined) return undefined;
    const carrier = (asText(data['expressCompany']) ?? asText(result['expressCompany']))?.slice(0, 128);
    return { waybillNo, ...present({ carrier }) };
  }

  private async money(call: PlatformCall, row: JsonObject): Promise<ServiceFacts['money']> {
    const serviceId = asText(row['serviceId']);
    const filter = { orderId: idNumber(asText(row['orderId']) ?? '') };
    const { rows } = await this.refunds(call, filter, 1);
    const own = rows
      .map(({ row: refund }) => refund)
      .filter((refund) => billOf(refund).serviceId === serviceId && isRefund(refund));
    const found = own.find((refund) => asText(refund['status']) === '13') ?? own[0];
    return found && moneyOf(found);
  }

  /** Service orders of the last days whose refund JD completed in the window; that moves no time of theirs (JD sheet §7.3). */
  async *paid(call: PlatformCall, window: Window): AsyncIterable<AfterSalePage> {
    if (this.config.serviceLookbackDays === 0) return;
    const since = new Date(window.from.getTime() - this.config.serviceLookbackDays * DAY_MS);
    const filter = this.times('applyTime', { from: since, to: window.to });
    const list = pagedListOf(PAGE_SIZE, (page) => this.refunds(call, filter, page));
    for await (const rows of untilCounted(list, (row) => JSON.stringify(row))) {
      const paid = rows.map(({ row }) => row).filter((row) => isPaidWithin(row, window));
      const bills = paid
        .map(billOf)
        .flatMap(({ serviceId, orderId }) =>
          serviceId === undefined || orderId === undefined ? [] : [{ row: { serviceId, orderId }, raw: '' }],
        );
      if (bills.length === 0) continue;
      yield await pageOf(bills, 'serviceId', '', (row) =>
        this.view(call, asText(row['serviceId'])!, asText(row['orderId'])!),
      );
    }
  }

  private async refunds(call: PlatformCall, filter: Record<string, unknown>, pageNumber: number): Promise<JdPage> {
    const params = { ...this.operator(call), ...filter, pageNumber, pageSize: PAGE_SIZE };
    return pageIn(await callFlagged(this.client, call, { method: MONEY, params }, CONTAINERS));
  }

  /** Each pair of times must be complete (JD sheet §7.2). */
  private times(name: string, window: Window): Record<string, unknown> {
    const form = this.config.timeFilters;
    return { [`${name}Begin`]: timeFilter(window.from, form), [`${name}End`]: timeFilter(window.to, form) };
  }

  private operator(call: PlatformCall): Record<string, string> {
    const name = this.config.operator.slice(0, 50);
    return { buId: call.shop.platformShopId, operatePin: name, operateNick: name };
  }
}

function pageIn(answer: Result): JdPage {
  const rows = rowsOf(answer, 'data');
  return { rows, total: asInteger(answer.result['totalCount']) ?? rows.length };
}

function bringsGoods(kind: CanonicalAfterSale['kind']): boolean {
  return kind === 'return_refund' || kind === 'exchange' || kind === 'repair';
}

/** Rows without a refund number have no refund yet (JD sheet §7.3). */
function isRefund(row: JsonObject): boolean {
  return asText(row['afsRefundId']) !== undefined;
}

function isPaidWithin(row: JsonObject, window: Window): boolean {
  const at = Date.parse(timeOf(row['completeTime']) ?? '');
  return isRefund(row) && at >= window.from.getTime() && at <= window.to.getTime();
}

function billOf(row: JsonObject): { serviceId: string | undefined; orderId: string | undefined } {
  const bill = asObject(row['sameOrderServiceBill']);
  return { serviceId: asText(bill['serviceId']), orderId: asText(bill['orderId']) };
}

/** `refoundAmount` (JD's spelling) is yuan, `completeTime` milliseconds or a date (JD sheet §7.3). */
function moneyOf(row: JsonObject): NonNullable<ServiceFacts['money']> {
  const completedAt = timeOf(row['completeTime']);
  return {
    status: asText(row['status']) ?? '',
    refundFen: readYuan(asText(row['refoundAmount']), 'refoundAmount'),
    ...(completedAt !== undefined && { completedAt }),
  };
}
