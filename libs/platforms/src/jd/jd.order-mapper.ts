import {
  CanonicalOrder,
  CanonicalOrderLine,
  CanonicalParcel,
  PlatformState,
  RefundState,
} from '@app/contracts/canonical';
import { toShanghaiIso } from '@app/shared';
import { JsonObject, asInteger, asList, asObject, asText, cleanText, contentHash } from '../kit/answer.json';
import { OrderStateView, PlatformError } from '../port';
import { readOrderMoney, readQuantity } from './jd.order-amounts';
import { mapReceiver } from './jd.receiver-mapper';
import { holdOf, stateOf } from './jd.status';
import { asId, leadingCode, nonEmpty, present, timeOf } from './jd.values';

/** When and how an order was read. */
export interface Fetch {
  startedAt: Date;
  doneAt: Date;
  /** Text of the order as received. */
  raw: string;
}

/** What the configuration says about an order's money. */
export interface OrderRules {
  platformCoupons: readonly string[];
}

type Forbid = { code: string; text: string };

/** Orders without goods to ship: services bought for use on the spot, virtual goods (JD sheet §7.4). */
const VIRTUAL_TYPES = ['42', '75', '96'];
/** Orders that JD's own warehouses send (JD sheet §5.1). */
const FBP = '21';

/** Raw `orderInfo` of a list or of a detail → canonical order. Never throws for an unknown status or field. */
export function mapOrder(order: JsonObject, fetch: Fetch, rules: OrderRules): CanonicalOrder {
  const rawLines = linesOf(order);
  const rawStatus = rawStatusOf(order);
  const platformState = stateOfOrder(order);
  const placedAt = timeOf(order['orderStartTime']);
  const paidAt = timeOf(order['paymentConfirmTime']);
  const money = readOrderMoney(order, rawLines, { ...rules, isPaid: isPaid(order, platformState, paidAt) });
  const shipped = shippedPieces(order);
  const flags = { noStock: isVirtual(order), byPlatform: isByPlatform(order) };
  const modifiedAt = timeOf(order['modified']) ?? placedAt ?? toShanghaiIso(fetch.startedAt);
  return {
    platformOrderNo: orderNoOf(order),
    platformState,
    rawStatus: rawStatus.slice(0, 128),
    modifiedAt,
    fetchedAt: toShanghaiIso(fetch.doneAt),
    fetchStartedAt: toShanghaiIso(fetch.startedAt),
    contentHash: contentHash(order),
    placedAt: placedAt ?? modifiedAt,
    currency: 'CNY',
    amounts: money.amounts,
    lines: rawLines.map((line, index) => ({
      ...mapLine(line, flags),
      ...money.lines[index]!,
      ...present({ platformLineState: lineStateOf(line, platformState, shipped) }),
    })),
    raw: fetch.raw,
    ...present({
      parentOrderNo: parentOf(order),
      replacedBy: rawStatus === 'PARENT_TRADE_CANCELED' ? [] : undefined,
      paidAt,
      shippedAt: timeOf(order['outBoundDate']),
      endedAt: timeOf(order['orderEndTime']),
      shipBy: timeOf(order['scDT']),
      buyer: buyerOf(order),
      receiver: mapReceiver(order),
      buyerMessage: cleanText(order['orderRemark']),
      sellerMemo: cleanText(order['venderRemark']),
      isCashOnDelivery: isCashOnDelivery(order) || undefined,
      shippedByPlatform: flags.byPlatform || undefined,
      forbids: nonEmpty([...forbidsOf(order), ...money.unreadable.map(unreadableAmount)]),
      parcels: nonEmpty(parcelsOf(order)),
    }),
  };
}

/** The few fields that decide whether an order may still be shipped; `refundState` is that of the whole order. */
export function mapOrderState(order: JsonObject, refundState: RefundState): OrderStateView {
  const platformState = stateOfOrder(order);
  const shipped = shippedPieces(order);
  return {
    platformOrderNo: orderNoOf(order),
    platformState,
    rawStatus: rawStatusOf(order),
    forbids: forbidsOf(order),
    lines: linesOf(order).map((line) => ({
      platformLineNo: lineNoOf(line),
      refundState,
      ...present({ platformLineState: lineStateOf(line, platformState, shipped) }),
    })),
    ...present({ modifiedAt: timeOf(order['modified']), receiver: mapReceiver(order) }),
  };
}

/** Number of an order. */
export function orderNoOf(order: JsonObject): string {
  const no = asText(order['orderId']);
  if (no !== undefined) return no;
  throw new PlatformError('transient', 'An order of the answer carries no orderId; read the list again.', {
    platform: 'jd',
    method: 'jingdong.pop.order.enSearch',
  });
}

const LINE_NO = 'huidian.lineNo';

/** Our number of a line. */
export function lineNoOf(line: JsonObject): string {
  return asText(line[LINE_NO]) ?? '';
}

/** Number of the line of a SKU; JD has no line ids, the key is order and SKU (JD sheet §5.5). */
export function lineNo(platformOrderNo: string, skuId: string, nth = 1): string {
  return nth === 1 ? `${platformOrderNo}-${skuId}` : `${platformOrderNo}-${skuId}-${nth}`;
}

/**
 * Raw lines with their numbers. A SKU that stands twice (a gift beside a bought piece) is numbered by price, the dearer
 * one first, so that the order of rows in an answer means nothing.
 */
export function linesOf(order: JsonObject): JsonObject[] {
  const rows = asList(order['itemInfoList'], 'itemInfo');
  const rank = (row: JsonObject): string =>
    `${(asText(row['jdPrice']) ?? '').padStart(20, '0')}/${(asText(row['itemTotal']) ?? '').padStart(12, '0')}`;
  const ranked = rows.map((row, index) => ({ row, index, rank: rank(row) }));
  const sorted = ranked.sort((a, b) => (a.rank === b.rank ? a.index - b.index : a.rank < b.rank ? 1 : -1));
  const seen = new Map<string, number>();
  const numbers: string[] = [];
  for (const { row, index } of sorted) {
    const sku = asText(row['skuId']) ?? 'none';
    const nth = (seen.get(sku) ?? 0) + 1;
    seen.set(sku, nth);
    numbers[index] = lineNo(orderNoOf(order), sku, nth);
  }
  return rows.map((row, index) => ({ ...row, [LINE_NO]: numbers[index]! }));
}

/** Parcels that JD shows: numbers in groups by carrier, and partial shipments with their goods (JD sheet §5.4). */
export function parcelsOf(order: JsonObject): CanonicalParcel[] {
  const parcels = new Map<string, CanonicalParcel>();
  const carriers = (asText(order['logisticsId']) ?? '').split('|');
  (asText(order['waybill']) ?? '').split('|').forEach((group, index) => {
    for (const waybillNo of group.split(',').map((no) => no.trim().slice(0, 128))) {
      if (waybillNo === '') continue;
      const carrier = carriers[index]?.trim() || undefined;
      parcels.set(waybillNo, { waybillNo, ...present({ carrier }) });
    }
  });
  for (const shipment of partialsOf(order)) {
    const waybillNo = asText(shipment['waybillId'])?.slice(0, 128);
    if (waybillNo === undefined) continue;
    const lines = goodsOf(shipment).map(({ skuId, quantity }) => ({
      platformLineNo: lineNo(orderNoOf(order), skuId),
      quantity,
    }));
    const carrier = asText(shipment['logicId']) ?? parcels.get(waybillNo)?.carrier;
    parcels.set(waybillNo, { waybillNo, ...present({ carrier, lines: nonEmpty(lines) }) });
  }
  return [...parcels.values()];
}

function partialsOf(order: JsonObject): JsonObject[] {
  return asList(order['partialLogisticsInfoModel'], 'partialLogisticsInfo');
}

/** Goods of a partial shipment; the list's name is not in the sheet, so the first list of rows with a skuId is taken. */
function goodsOf(shipment: JsonObject): { skuId: string; quantity: number }[] {
  const list = Object.values(shipment).find((value) => Array.isArray(value)) ?? [];
  return asList(list, 'goods').flatMap((row) => {
    const skuId = asText(row['skuId']);
    return skuId === undefined ? [] : [{ skuId, quantity: asInteger(row['num']) ?? 0 }];
  });
}

function shippedPieces(order: JsonObject): ReadonlyMap<string, number> {
  const pieces = new Map<string, number>();
  for (const { skuId, quantity } of partialsOf(order).flatMap(goodsOf)) {
    const no = lineNo(orderNoOf(order), skuId);
    pieces.set(no, (pieces.get(no) ?? 0) + quantity);
  }
  return pieces;
}

function mapLine(
  line: JsonObject,
  flags: { noStock: boolean; byPlatform: boolean },
): Omit<CanonicalOrderLine, 'unitPriceFen' | 'discountFen' | 'paidFen'> {
  const quantity = readQuantity(line);
  return {
    platformLineNo: lineNoOf(line),
    listingId: asId(line['wareId']) ?? '',
    listingSkuId: asId(line['skuId']) ?? '',
    title: cleanText(line['skuName'], 1_024) ?? '',
    quantity,
    // Orders name no refunds; those are told by the two after-sale systems (JD sheet §7).
    refundState: 'none',
    ...present({
      merchantCode: cleanText(line['outerSkuId'], 256),
      noStock: flags.noStock || undefined,
      shippedByPlatform: flags.byPlatform || undefined,
      isGift: (quantity > 0 && /^0+(\.0*)?$/.test(asText(line['jdPrice']) ?? '')) || undefined,
    }),
  };
}

function lineStateOf(
  line: JsonObject,
  order: PlatformState,
  shipped: ReadonlyMap<string, number>,
): PlatformState | undefined {
  if (order === 'unknown') return undefined;
  if (order !== 'part_shipped') return order;
  const pieces = shipped.get(lineNoOf(line)) ?? 0;
  if (pieces === 0) return 'paid';
  return pieces >= readQuantity(line) ? 'shipped' : 'part_shipped';
}

function rawStatusOf(order: JsonObject): string {
  return asText(order['orderState']) ?? '';
}

/**
 * State by JD's word and by what stands beside it: a cancellation after payment gives money back, a lock may lie over
 * an order that has left, and the first partial shipment leaves the order in its queue (JD sheet §6).
 */
function stateOfOrder(order: JsonObject): PlatformState {
  const rawStatus = rawStatusOf(order);
  const state = stateOf(rawStatus);
  if (rawStatus === 'TRADE_CANCELED' && timeOf(order['paymentConfirmTime']) !== undefined) return 'closed';
  if (state !== 'paid') return state;
  if (partialsOf(order).length > 0 && timeOf(order['outBoundDate']) === undefined) return 'part_shipped';
  const hasLeft = asText(order['waybill']) !== undefined || timeOf(order['outBoundDate']) !== undefined;
  return rawStatus === 'LOCKED' && hasLeft ? 'shipped' : state;
}

function isPaid(order: JsonObject, state: PlatformState, paidAt: string | undefined): boolean {
  if (state === 'wait_pay' || state === 'cancelled') return false;
  if (state === 'unknown' || isCashOnDelivery(order)) return paidAt !== undefined;
  return true;
}

function isCashOnDelivery(order: JsonObject): boolean {
  return leadingCode(order['payType']) === '1';
}

function isVirtual(order: JsonObject): boolean {
  return VIRTUAL_TYPES.includes(asText(order['orderType']) ?? '') || rawStatusOf(order) === 'WAIT_SEND_CODE';
}

/** `storeOrder` names a warehouse of JD: the goods leave from there and we ship nothing (JD sheet §5.4). */
function isByPlatform(order: JsonObject): boolean {
  return asId(order['storeOrder']) !== undefined || asText(order['orderType']) === FBP;
}

function parentOf(order: JsonObject): string | undefined {
  const parent = asId(order['directParentOrderId']) ?? asId(order['parentOrderId']);
  return parent === orderNoOf(order) ? undefined : parent;
}

function forbidsOf(order: JsonObject): Forbid[] {
  const code = rawStatusOf(order);
  const hold = holdOf(code);
  return hold === undefined ? [] : [{ code, text: hold }];
}

function unreadableAmount(what: string): Forbid {
  return { code: 'AMOUNT_UNREADABLE', text: `JD states an amount that cannot be read (${what}); look at the order.` };
}

function buyerOf(order: JsonObject): CanonicalOrder['buyer'] {
  const id = asText(order['open_id_buyer']) ?? asText(order['xid_buyer']) ?? asText(order['pin']);
  return id === undefined ? undefined : { id: id.slice(0, 256) };
}

/** The head of a row as lists of numbers need it. */
export function rowOf(order: JsonObject): {
  platformOrderNo: string;
  modifiedAt?: string;
  placedAt?: string;
  rawStatus?: string;
} {
  return {
    platformOrderNo: orderNoOf(order),
    ...present({
      modifiedAt: timeOf(order['modified']),
      placedAt: timeOf(order['orderStartTime']),
      rawStatus: asText(order['orderState']),
    }),
  };
}

/** The order of a detail answer; empty when there is none. */
export function orderInfoOf(result: JsonObject): JsonObject {
  return asObject(result['orderInfo']);
}
