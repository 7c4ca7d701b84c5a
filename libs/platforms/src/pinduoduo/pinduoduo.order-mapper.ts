import {
  CanonicalOrder,
  CanonicalOrderLine,
  CanonicalParcel,
  CanonicalPresale,
  PlatformState,
} from '@app/contracts/canonical';
import { toShanghaiIso } from '@app/shared';
import { OrderStateView, PlatformError } from '../port';
import { JsonObject, asInteger, asText, cleanText, contentHash } from '../kit/answer.json';
import { MoneyRules, OrderMoney, readOrderMoney, readQuantity } from './pinduoduo.order-amounts';
import { mapReceiver } from './pinduoduo.receiver-mapper';
import { OrderCodes, codesOf, orderStateOf, rawStatusOf, refundStateOf } from './pinduoduo.status';
import { Fetch, listOf, nonEmpty, present, timeOf } from './pinduoduo.values';

type Forbid = { code: string; text: string };

/** What the mapper needs to know beside the row. */
export interface OrderRules extends MoneyRules {
  isLotteryHeld: boolean;
}

/** What of the order's money went back, where it had to be asked; see needsRefundSum. */
export interface RefundSum {
  refundedFen?: number;
}

/** Number of an order row; throws `transient` without one, since the platform never leaves it out. */
export function orderNoOf(row: JsonObject): string {
  const no = asText(row['order_sn']);
  if (no !== undefined) return no;
  throw new PlatformError('transient', 'An order of the answer lacks order_sn; read it again.', {
    platform: 'pinduoduo',
    method: 'pdd.order.information.get',
  });
}

/** Raw order row → canonical order. Never throws for an unknown code, field or amount (Pinduoduo sheet §5.4, §5.5). */
export function mapOrder(row: JsonObject, fetch: Fetch, rules: OrderRules, sum: RefundSum = {}): CanonicalOrder {
  const platformOrderNo = orderNoOf(row);
  const codes = codesOf(row);
  const rawLines = listOf(row['item_list']);
  const money = readOrderMoney(row, rawLines, codes, rules);
  const platformState = stateOf(codes, money, sum);
  const placedAt = timeOf(row, 'created_time');
  const modifiedAt =
    timeOf(row, 'updated_at') ?? timeOf(row, 'confirm_time') ?? placedAt ?? toShanghaiIso(fetch.startedAt);
  return {
    platformOrderNo,
    platformState,
    rawStatus: rawStatusOf(codes),
    modifiedAt,
    fetchedAt: toShanghaiIso(fetch.doneAt),
    fetchStartedAt: toShanghaiIso(fetch.startedAt),
    contentHash: hashOf(row, sum),
    placedAt: placedAt ?? modifiedAt,
    currency: 'CNY',
    amounts: money.amounts,
    lines: mapLines(row, rawLines, { platformOrderNo, codes, platformState, money }),
    raw: fetch.raw,
    ...present({
      paidAt: timeOf(row, 'pay_time'),
      shippedAt: timeOf(row, 'shipping_time'),
      endedAt: platformState === 'completed' ? timeOf(row, 'receive_time') : undefined,
      shipBy: timeOf(row, 'last_ship_time') ?? timeOf(row, 'pre_sale_time'),
      receiver: mapReceiver(row),
      buyerMessage: cleanText(row['buyer_memo']),
      sellerMemo: cleanText(row['remark']),
      flag: flagOf(row),
      paymentNo: asText(row['pay_no'])?.slice(0, 128),
      isUrged: timeOf(row, 'urge_shipping_time') === undefined ? undefined : true,
      supplementsOrders: supplementsOf(row),
      presale: presaleOf(row, codes, money),
      forbids: nonEmpty(forbidsOf(row, codes, rules, money.unreadable)),
      parcels: nonEmpty(parcelsOf(row)),
    }),
  };
}

/** Order row → what must be known before a label is taken or a parcel leaves. */
export function mapOrderState(row: JsonObject, rules: OrderRules, sum: RefundSum = {}): OrderStateView {
  const platformOrderNo = orderNoOf(row);
  const codes = codesOf(row);
  const rawLines = listOf(row['item_list']);
  const money = readOrderMoney(row, rawLines, codes, rules);
  const platformState = stateOf(codes, money, sum);
  const modifiedAt = timeOf(row, 'updated_at');
  const receiver = mapReceiver(row);
  return {
    platformOrderNo,
    platformState,
    rawStatus: rawStatusOf(codes),
    forbids: forbidsOf(row, codes, rules, money.unreadable),
    lines: mapLines(row, rawLines, { platformOrderNo, codes, platformState, money }).map((line) => ({
      platformLineNo: line.platformLineNo,
      refundState: line.refundState,
      platformLineState: platformState,
    })),
    ...present({ modifiedAt, receiver }),
  };
}

/**
 * An order is refunded as a whole when all that was paid for its goods went back; freight and services may stay with the
 * shop, since the goods are gone from it all the same.
 */
function stateOf(codes: OrderCodes, { amounts }: OrderMoney, { refundedFen }: RefundSum): PlatformState {
  const goodsFen = amounts.payableFen - amounts.freightFen - (amounts.otherChargesFen ?? 0);
  const isNothingPaid = amounts.payableFen === 0;
  const isRefundedInFull = refundedFen !== undefined && refundedFen >= goodsFen && (refundedFen > 0 || isNothingPaid);
  return orderStateOf(codes, isRefundedInFull);
}

/** Lists and details differ in these alone, so they do not make an order another one. */
function hashOf(row: JsonObject, { refundedFen }: RefundSum): string {
  const { store_info: _store, ...content } = row;
  return contentHash(refundedFen === undefined ? content : { ...content, refunded_fen: String(refundedFen) });
}

interface LineContext {
  platformOrderNo: string;
  codes: OrderCodes;
  platformState: PlatformState;
  money: OrderMoney;
}

/**
 * The platform numbers no lines: an order normally has one, which takes the order's number; several take their SKU's
 * beside it, gifts likewise (Pinduoduo sheet §5.5).
 */
function mapLines(row: JsonObject, rawLines: readonly JsonObject[], context: LineContext): CanonicalOrderLine[] {
  const noStock = hasNoGoods(row);
  const taken = new Map<string, number>();
  const numbered = (no: string): string => {
    const times = (taken.get(no) ?? 0) + 1;
    taken.set(no, times);
    return (times === 1 ? no : `${no}:${times}`).slice(0, 128);
  };
  const { platformOrderNo } = context;
  const lines = rawLines.map((line, index) => ({
    ...lineOf(line, context, noStock),
    ...context.money.lines[index]!,
    platformLineNo:
      rawLines.length === 1 ? platformOrderNo : numbered(`${platformOrderNo}:${asText(line['sku_id']) ?? ''}`),
  }));
  const gifts = listOf(row['gift_list']).map((gift) => ({
    ...lineOf(gift, context, noStock),
    // Given free, so no price of it may count into the goods of the order.
    unitPriceFen: 0,
    discountFen: 0,
    paidFen: 0,
    isGift: true,
    platformLineNo: numbered(`${platformOrderNo}:gift:${asText(gift['sku_id']) ?? ''}`),
  }));
  return [...lines, ...gifts];
}

function lineOf(
  line: JsonObject,
  { codes, platformState }: LineContext,
  noStock: boolean,
): Omit<CanonicalOrderLine, 'platformLineNo' | 'unitPriceFen' | 'discountFen' | 'paidFen'> {
  const listingId = asText(line['goods_id']) ?? '';
  return {
    listingId,
    listingSkuId: asText(line['sku_id']) ?? listingId,
    title: cleanText(line['goods_name'], 1_024) ?? '',
    quantity: readQuantity(line),
    refundState: refundStateOf(codes),
    platformLineState: platformState,
    ...present({
      merchantCode: cleanText(line['outer_id'], 256) ?? cleanText(line['outer_goods_id'], 256),
      specText: cleanText(line['goods_spec'], 1_024),
      rawStatus: codes.orderStatus?.slice(0, 128),
      rawRefundStatus: rawRefundOf(codes),
      noStock: noStock || undefined,
    }),
  };
}

function rawRefundOf({ refundStatus, afterSalesStatus }: OrderCodes): string | undefined {
  if (refundStatus === undefined) return undefined;
  return (afterSalesStatus ?? '0') === '0' ? refundStatus : `${refundStatus}/${afterSalesStatus}`;
}

/** A tag stands in `order_tag_list` as name and value, some also as a field of their own. */
function hasTag(row: JsonObject, name: string): boolean {
  const tag = listOf(row['order_tag_list']).find((entry) => asText(entry['name']) === name);
  return asText(tag?.['value']) === '1' || asText(row[name]) === '1';
}

/** Price-difference orders, and orders that are a card's number: there is nothing to pick. */
function hasNoGoods(row: JsonObject): boolean {
  return hasTag(row, 'ship_additional_order') || listOf(row['card_info_list']).length > 0;
}

function supplementsOf(row: JsonObject): string[] | undefined {
  if (!hasTag(row, 'ship_additional_order')) return undefined;
  const origin = asText(row['ship_additional_origin_order']);
  return origin === undefined ? undefined : [origin.slice(0, 128)];
}

function forbidsOf(row: JsonObject, codes: OrderCodes, rules: OrderRules, unreadable: readonly string[]): Forbid[] {
  const forbids: Forbid[] = [];
  const add = (isGiven: boolean, code: string, text: string): void => {
    if (isGiven) forbids.push({ code, text });
  };
  add(codes.confirmStatus === '0', 'confirm_status', 'The order is not confirmed yet');
  add(codes.groupStatus === '0', 'group_status', 'The group purchase is not complete');
  add((codes.riskStatus ?? '0') !== '0', 'risk_control_status', 'Pinduoduo reviews the order; it names no receiver');
  add(codes.stepStatus === '0' || codes.stepStatus === '1', 'step_trade_status', 'The balance is not paid yet');
  add(hasTag(row, 'self_contained'), 'self_contained', 'The buyer fetches the goods in a store; nothing is sent');
  add(
    rules.isLotteryHeld && asText(row['is_lucky_flag']) === '2',
    'is_lucky_flag',
    'A lottery order; somebody has to look whether it is to be sent',
  );
  add(
    unreadable.length > 0,
    'unreadable_amount',
    `Amounts that cannot be read count as 0: ${unreadable.join(', ')}`.slice(0, 500),
  );
  return forbids;
}

function presaleOf(row: JsonObject, codes: OrderCodes, money: OrderMoney): CanonicalPresale | undefined {
  if (codes.stepStatus !== undefined) {
    const paidSoFarFen = money.amounts.paidFen;
    return {
      kind: 'deposit',
      depositPaid: codes.stepStatus !== '0',
      finalPaid: codes.stepStatus === '2',
      ...(paidSoFarFen !== 0 && { paidSoFarFen }),
    };
  }
  if (asText(row['is_pre_sale']) !== '1') return undefined;
  return { kind: 'full', depositPaid: codes.isPaid, finalPaid: codes.isPaid };
}

function flagOf(row: JsonObject): number | undefined {
  const flag = asInteger(row['remark_tag']);
  return flag !== undefined && flag >= 1 && flag <= 99 ? flag : undefined;
}

const EXTRA_LISTS = ['extra_delivery_list', 'resend_delivery_list', 'gift_delivery_list'] as const;

/** The order's own parcel first, then those that were added to it; the carrier is the platform's id of it. */
export function parcelsOf(row: JsonObject): CanonicalParcel[] {
  const rows = [row, ...EXTRA_LISTS.flatMap((list) => listOf(row[list]))];
  const parcels = new Map<string, CanonicalParcel>();
  for (const entry of rows) {
    const waybillNo = asText(entry['tracking_number'])?.slice(0, 128);
    const carrier = asText(entry['logistics_id']) ?? asText(entry['shipping_id']);
    if (waybillNo === undefined || parcels.has(waybillNo)) continue;
    parcels.set(waybillNo, {
      waybillNo,
      ...(carrier !== undefined && carrier !== '0' && { carrier: carrier.slice(0, 128) }),
    });
  }
  return [...parcels.values()];
}
