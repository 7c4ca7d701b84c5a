import { CanonicalOrder, CanonicalOrderLine, CanonicalParcel, PlatformState } from '@app/contracts/canonical';
import { toShanghaiIso } from '@app/shared';
import { OrderStateView, PlatformError } from '../port';
import { JsonObject, asFlag, asInteger, asObject, asText, cleanText } from '../kit/answer.json';
import { readOrderMoney, readQuantity } from './douyin.order-amounts';
import { paidInSteps, presaleOf } from './douyin.presale-mapper';
import { mapReceiver } from './douyin.receiver-mapper';
import { IN_REVIEW_STATUS, refundStateOf, stateOf } from './douyin.status';
import { Fetch, idOf, instantOf, nonEmpty, present, rowsOf } from './douyin.values';

type Forbid = { code: string; text: string };

/** Kinds of orders without goods: virtual, electronic voucher, third-party write-off (Douyin sheet §5.5). */
const VIRTUAL_ORDERS = ['2', '4', '5'];
/** A line that only collects money (Douyin sheet §5.6, trade_type). */
const COLLECT_MONEY = '103';
/** A warehouse of the platform's own (Douyin sheet §5.6, inventory_list). */
const CLOUD_WAREHOUSE = '2';
const ENDED: readonly (PlatformState | undefined)[] = ['closed', 'cancelled'];

/**
 * An order of `order.searchList` or `order.orderDetail` → canonical order; both carry everything that is read here, so
 * either gives the same content. Never throws for an unknown status or field.
 */
export function mapOrder(order: JsonObject, fetch: Fetch): CanonicalOrder {
  const rawLines = linesOf(order);
  const placedAt = instantOf(order['create_time']);
  const paidAt = instantOf(order['pay_time']);
  const platformState = orderStateOf(order, rawLines);
  const isPaid = isPaidOrder(order, platformState);
  const deposit = paidInSteps(order);
  const money = readOrderMoney(order, rawLines, {
    isPaid,
    depositFen: platformState === 'wait_pay' || platformState === 'closed' ? deposit.paidFen : 0,
  });
  const lines = rawLines.map((line, index) => mapLine(order, line, money.lines[index]!));
  const modifiedAt = instantOf(order['update_time']) ?? placedAt ?? toShanghaiIso(fetch.startedAt);
  return {
    platformOrderNo: orderNoOf(order),
    platformState,
    rawStatus: rawStatusOf(order),
    modifiedAt,
    fetchedAt: toShanghaiIso(fetch.doneAt),
    fetchStartedAt: toShanghaiIso(fetch.startedAt),
    placedAt: placedAt ?? modifiedAt,
    currency: 'CNY',
    amounts: money.amounts,
    lines,
    raw: fetch.raw,
    ...present({
      paidAt,
      shippedAt: instantOf(order['ship_time']),
      endedAt: instantOf(order['finish_time']),
      shipBy: instantOf(order['exp_ship_time']) ?? earliest(lines.map((line) => line.shipBy)),
      releaseAt: instantOf(order['appointment_ship_time']),
      buyer: buyerOf(order),
      receiver: mapReceiver(order),
      buyerMessage: cleanText(order['buyer_words']),
      sellerMemo: cleanText(order['seller_words']),
      flag: flagOf(order),
      paymentNo: asText(order['channel_payment_no'])?.slice(0, 128),
      isCashOnDelivery: isCashOnDelivery(order, platformState) || undefined,
      shippedByPlatform: isAllByPlatform(lines) || undefined,
      presale: presaleOf(order, rawLines, isPaid),
      forbids: nonEmpty(forbidsOf(order)),
      parcels: nonEmpty(parcelsOf(order)),
    }),
  };
}

/** The few fields that decide whether an order may still be shipped. */
export function mapOrderState(order: JsonObject): OrderStateView {
  const rawLines = linesOf(order);
  return {
    platformOrderNo: orderNoOf(order),
    platformState: orderStateOf(order, rawLines),
    rawStatus: rawStatusOf(order),
    forbids: forbidsOf(order),
    lines: rawLines.map((line) => ({
      platformLineNo: lineNoOf(line),
      refundState: lineRefundOf(line),
      ...present({ platformLineState: lineStateOf(order, line), forbids: nonEmpty(lineForbidsOf(line)) }),
    })),
    ...present({ modifiedAt: instantOf(order['update_time']), receiver: mapReceiver(order) }),
  };
}

/** Lines of an order; a line without a number gets one from its place, so that it is never lost. */
export function linesOf(order: JsonObject): JsonObject[] {
  return rowsOf(order['sku_order_list']).map((line, index) =>
    asText(line['order_id']) === undefined ? { ...line, order_id: `${orderNoOf(order)}-${index + 1}` } : line,
  );
}

/** Number of an order, without the `A` that old interfaces hang on (Douyin sheet §5.1). */
export function orderNoOf(order: JsonObject): string {
  const no = asText(order['order_id']);
  if (no !== undefined) return no.replace(/A$/, '');
  throw new PlatformError('transient', 'An order of the answer carries no order_id; read the list again.', {
    platform: 'douyin',
    method: 'order.searchList',
  });
}

/** Number of a line. */
export function lineNoOf(line: JsonObject): string {
  return (asText(line['order_id']) ?? '').replace(/A$/, '');
}

function mapLine(
  order: JsonObject,
  line: JsonObject,
  money: { unitPriceFen: number; discountFen: number; paidFen: number },
): CanonicalOrderLine {
  const listingId = idOf(line['product_id_str']) ?? idOf(line['product_id']) ?? '';
  const refund = asObject(line['after_sale_info']);
  return {
    platformLineNo: lineNoOf(line),
    listingId,
    listingSkuId: idOf(line['sku_id']) ?? listingId,
    title: cleanText(line['product_name'], 1_024) ?? '',
    quantity: readQuantity(line),
    ...money,
    refundState: lineRefundOf(line),
    ...present({
      merchantCode: cleanText(line['code'], 256) ?? outerIdOf(line),
      specText: specOf(line),
      platformLineState: lineStateOf(order, line),
      rawStatus: asText(line['order_status']) === undefined ? undefined : rawStatusOf(line),
      rawRefundStatus: rawRefundOf(refund),
      noStock: hasNoGoods(order, line) || undefined,
      shippedByPlatform: isByPlatform(line) || undefined,
      isGift: asText(line['given_product_type']) === 'FREE' || undefined,
      shipBy: instantOf(line['exp_ship_time']),
      forbids: nonEmpty(lineForbidsOf(line)),
    }),
  };
}

/** `out_sku_id` is a number that is 0 when unused; the code that merchants fill is `code` (Douyin sheet §13 pitfall 18). */
function outerIdOf(line: JsonObject): string | undefined {
  return idOf(line['out_sku_id']) ?? idOf(line['outer_sku_id']);
}

function specOf(line: JsonObject): string | undefined {
  const parts = rowsOf(line['spec']).map((spec) => `${asText(spec['name']) ?? ''}:${asText(spec['value']) ?? ''}`);
  return cleanText(parts.join(';'), 1_024);
}

function lineRefundOf(line: JsonObject): CanonicalOrderLine['refundState'] {
  const info = asObject(line['after_sale_info']);
  return refundStateOf(asText(info['after_sale_status']), asText(info['refund_status']));
}

function rawRefundOf(info: JsonObject): string | undefined {
  const parts = ['after_sale_status', 'after_sale_type', 'refund_status'].map((field) => asText(info[field]) ?? '');
  return parts.every((part) => part === '' || part === '0') ? undefined : parts.join('/').slice(0, 128);
}

/** Both status fields, `order_status/main_status`, of an order or of a line. */
function rawStatusOf(source: JsonObject): string {
  const main = asText(source['main_status']);
  return `${asText(source['order_status']) ?? ''}${main === undefined ? '' : `/${main}`}`.slice(0, 128);
}

function lineStateOf(order: JsonObject, line: JsonObject): PlatformState | undefined {
  const orderStatus = asText(line['order_status']);
  if (orderStatus === undefined) return undefined;
  return stateOf({
    orderStatus,
    mainStatus: asText(line['main_status']),
    isPaid: instantOf(line['pay_time']) !== undefined || instantOf(order['pay_time']) !== undefined,
    isDelivered: instantOf(line['logistics_receipt_time']) !== undefined,
  });
}

function orderStateOf(order: JsonObject, rawLines: readonly JsonObject[]): PlatformState {
  const live = rawLines.filter((line) => !ENDED.includes(lineStateOf(order, line)));
  return stateOf({
    orderStatus: asText(order['order_status']) ?? '',
    mainStatus: asText(order['main_status']),
    // A deposit that was forfeited was money all the same.
    isPaid: instantOf(order['pay_time']) !== undefined || paidInSteps(order).paidFen > 0,
    isDelivered: live.length > 0 && live.every((line) => instantOf(line['logistics_receipt_time']) !== undefined),
  });
}

function isPaidOrder(order: JsonObject, state: PlatformState): boolean {
  if (state === 'wait_pay' || state === 'cancelled') return false;
  const hasPaid = instantOf(order['pay_time']) !== undefined;
  if (state === 'unknown' || state === 'closed') return hasPaid;
  return hasPaid || state === 'completed' || !isCashOnDelivery(order, state);
}

/** 0 is also what an order carries before anything was paid (Douyin sheet §5.5, pay_type). */
function isCashOnDelivery(order: JsonObject, state: PlatformState): boolean {
  const isOpen = state !== 'wait_pay' && !ENDED.includes(state) && state !== 'unknown';
  return isOpen && asText(order['pay_type']) === '0' && instantOf(order['pay_time']) === undefined;
}

function forbidsOf(order: JsonObject): Forbid[] {
  if (asText(order['order_status']) !== IN_REVIEW_STATUS) return [];
  return [{ code: `order_status_${IN_REVIEW_STATUS}`, text: 'Paid, but Douyin is still checking the order' }];
}

/** What the platform demands of a line that a plain ship notice cannot give (Douyin sheet §5.6, §9.1). */
function lineForbidsOf(line: JsonObject): Forbid[] {
  const forbids: Forbid[] = [];
  if (asFlag(line['need_serial_number']))
    forbids.push({ code: 'need_serial_number', text: 'Douyin wants the serial numbers of the pieces at shipping' });
  if (asText(line['quality_inspection_status']) === '2')
    forbids.push({ code: 'quality_inspection_status_2', text: 'The goods must pass through Douyin’s inspection' });
  if (asText(line['receive_type']) === '2') forbids.push({ code: 'receive_type_2', text: 'The buyer picks it up' });
  return forbids;
}

function hasNoGoods(order: JsonObject, line: JsonObject): boolean {
  return (
    VIRTUAL_ORDERS.includes(asText(order['order_type']) ?? '') ||
    asText(line['goods_type']) === '1' ||
    asText(line['trade_type']) === COLLECT_MONEY
  );
}

function isByPlatform(line: JsonObject): boolean {
  const stocks = rowsOf(line['inventory_list']);
  return stocks.length > 0 && stocks.every((stock) => asText(stock['warehouse_type']) === CLOUD_WAREHOUSE);
}

function isAllByPlatform(lines: readonly CanonicalOrderLine[]): boolean {
  const live = lines.filter((line) => !ENDED.includes(line.platformLineState) && !line.noStock);
  return live.length > 0 && live.every((line) => line.shippedByPlatform);
}

function buyerOf(order: JsonObject): CanonicalOrder['buyer'] {
  const id = asText(order['doudian_open_id']) ?? asText(order['open_id']);
  return id === undefined ? undefined : { id: id.slice(0, 256) };
}

function flagOf(order: JsonObject): number | undefined {
  const flag = asInteger(order['seller_remark_stars']);
  return flag !== undefined && flag >= 0 && flag <= 99 ? flag : undefined;
}

/** Parcels with their pieces; a line may stand in several (Douyin sheet §5.7). */
function parcelsOf(order: JsonObject): CanonicalParcel[] {
  return rowsOf(order['logistics_info']).flatMap((info) => {
    const waybillNo = asText(info['tracking_no'])?.slice(0, 128);
    if (waybillNo === undefined) return [];
    const lines = rowsOf(info['product_info']).flatMap((piece) => {
      const platformLineNo = idOf(piece['sku_order_id']);
      if (platformLineNo === undefined) return [];
      return [{ platformLineNo, ...present({ quantity: asInteger(piece['product_count']) }) }];
    });
    const carrier = cleanText(info['company'], 128) ?? cleanText(info['company_name'], 128);
    return [{ waybillNo, ...present({ carrier, lines: nonEmpty(lines) }) }];
  });
}

function earliest(times: readonly (string | undefined)[]): string | undefined {
  return times.filter((time) => time !== undefined).sort((a, b) => Date.parse(a) - Date.parse(b))[0];
}
