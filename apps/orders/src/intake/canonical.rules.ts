import {
  receiverMarkOf,
  unexplainedLinesFen,
  unexplainedOrderFen,
  type CanonicalOrder,
  type CanonicalOrderLine,
} from '@app/contracts';
import { newId, storableText, type FieldError } from '@app/shared';
import { laterState, rankOf } from '../order/order.rules';
import type { Component, OrderAggregate, OrderLine, WorkingOrder } from '../order/order.types';
import type { Shop } from '../shop/shop.repository';
import { momentOf } from './version.rules';

/** More pieces than this in one line are a platform's mistake; the line is taken with 0 pieces and the order is held. */
const MAX_QUANTITY = 1_000_000;
const INSTANTS = [
  'modifiedAt',
  'fetchedAt',
  'fetchStartedAt',
  'placedAt',
  'paidAt',
  'shippedAt',
  'endedAt',
  'shipBy',
  'releaseAt',
] as const;
/** The years that a time of an order can lie in; others are a platform's way to say "none". */
const FIRST_YEAR = 2000;
const LAST_YEAR = 2200;

/** What a listing SKU of this shop is made of; undefined while nobody knows. */
export type LinkLookup = (
  listingSkuId: string,
  listingId: string,
) => { noStock: boolean; components: Component[] } | undefined;

const isStorable = (text: string): boolean => !text.includes('\u0000') && text.isWellFormed();

/** True when no text within a value, and no name of a member, has to be cleaned. */
function isClean(value: unknown): boolean {
  if (typeof value === 'string') return isStorable(value);
  if (Array.isArray(value)) return value.every(isClean);
  if (value === null || typeof value !== 'object') return true;
  for (const name in value) if (!isStorable(name) || !isClean((value as Record<string, unknown>)[name])) return false;
  return true;
}

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (Array.isArray(value)) return value.map(cleaned);
  if (value && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [storableText(name), cleaned(member)]));
  return value;
}

/** Makes every text of a value storable (NUL and lone surrogates); returns the value itself when nothing was wrong. */
export function cleanTexts(value: unknown): unknown {
  return isClean(value) ? value : cleaned(value);
}

/** Times that fit the schema and are still no instants: a leap second, an impossible year. */
export function wrongInstants<T>(item: T, fields: readonly (keyof T & string)[]): FieldError[] {
  return fields.flatMap((field) => {
    const text = item[field];
    if (text === undefined) return [];
    const year = new Date(String(text)).getUTCFullYear();
    if (year >= FIRST_YEAR && year <= LAST_YEAR) return [];
    return [{ field, code: 'INSTANT', message: `"${String(text)}" is no possible time of an order` }];
  });
}

/** Times that are no instants, and lines that share a number. */
export function wrongBeyondSchema(item: CanonicalOrder): FieldError[] {
  const errors = wrongInstants(item, INSTANTS);
  const seen = new Set<string>();
  for (const [index, { platformLineNo }] of item.lines.entries()) {
    if (seen.has(platformLineNo))
      errors.push({
        field: `lines[${index}].platformLineNo`,
        code: 'UNIQUE',
        message: `line number ${platformLineNo} stands twice in the order`,
      });
    seen.add(platformLineNo);
  }
  return errors;
}

/** A time that may be absent. */
export const dateOf = (text: string | undefined): Date | null => (text === undefined ? null : new Date(text));
/** What a person reads of the platform's reasons to forbid something; null without any. */
export const forbidsText = (forbids: { code: string; text: string }[] | undefined): string | null =>
  forbids && forbids.length > 0 ? forbids.map(({ code, text }) => text || code).join('; ') : null;

/** A new order, before its first content. */
function emptyOrder(companyId: string, shop: Shop, item: CanonicalOrder, orderId: string, now: Date): WorkingOrder {
  const placedAt = new Date(item.placedAt);
  return {
    companyId,
    orderId,
    shopId: shop.shopId,
    platform: shop.platform,
    platformOrderNo: item.platformOrderNo,
    parentOrderNo: item.parentOrderNo ?? null,
    platformState: item.platformState,
    unknownStatus: null,
    review: 'pending',
    stock: 'none',
    fulfilment: 'none',
    afterSale: 'none',
    notice: 'none',
    status: 'wait_pay',
    version: 0,
    isLive: placedAt >= shop.goLiveAt,
    isUrgent: false,
    isCancelled: false,
    isReplaced: false,
    isShippedByPlatform: false,
    isBalanceDue: false,
    isStockAsked: false,
    stockSince: 0,
    placedAt,
    paidAt: null,
    shipBy: null,
    endedAt: null,
    notBefore: null,
    forbids: null,
    currency: item.currency,
    amounts: item.amounts,
    unexplainedFen: 0,
    paymentDifferenceFen: 0,
    receiver: {},
    receiverMark: '',
    approvedReceiverMark: null,
    province: '',
    city: '',
    buyerId: '',
    buyerNick: '',
    buyerMessage: '',
    sellerMemo: '',
    memoFlag: null,
    flags: [],
    hasAfterSales: false,
    createdAt: now,
    updatedAt: now,
  };
}

/** A new aggregate of an order that was never seen before; its content is brought by applyCanonical. */
export function newAggregate(
  companyId: string,
  shop: Shop,
  item: CanonicalOrder,
  orderId: string,
  now: Date,
): OrderAggregate {
  return {
    order: emptyOrder(companyId, shop, item, orderId, now),
    lines: [],
    holds: [],
    fulfilments: [],
    parcels: [],
    notices: [],
    afterSales: [],
    returns: [],
  };
}

function applyState(order: WorkingOrder, item: CanonicalOrder): void {
  const isUnknown = item.platformState === 'unknown';
  order.unknownStatus = isUnknown ? (item.rawStatus ?? '') : null;
  const isBack = !isUnknown && rankOf(item.platformState) < rankOf(order.platformState);
  order.flags = order.flags.filter((flag) => flag !== 'state_went_back');
  if (isBack) order.flags = [...order.flags, 'state_went_back' as const].sort();
  order.platformState = laterState(order.platformState, item.platformState);
}

function applyHead(order: WorkingOrder, item: CanonicalOrder): void {
  const { amounts, presale } = item;
  order.paidAt = dateOf(item.paidAt) ?? order.paidAt;
  order.shipBy = dateOf(item.shipBy);
  order.endedAt = dateOf(item.endedAt);
  order.notBefore = dateOf(item.releaseAt);
  order.forbids = forbidsText(item.forbids);
  order.isReplaced = order.isReplaced || item.replacedBy !== undefined;
  order.isShippedByPlatform = item.shippedByPlatform === true;
  order.isBalanceDue = presale !== undefined && presale.kind === 'deposit' && presale.finalPaid !== true;
  order.isUrgent = order.isUrgent || item.isUrged === true;
  order.currency = item.currency;
  order.amounts = amounts;
  const ofOrder = unexplainedOrderFen(amounts);
  order.unexplainedFen = ofOrder !== 0 || item.lines.length === 0 ? ofOrder : unexplainedLinesFen(item);
  const isPaid =
    rankOf(item.platformState) >= 1 && rankOf(item.platformState) <= 5 && !item.isCashOnDelivery && !order.isBalanceDue;
  order.paymentDifferenceFen = isPaid ? amounts.payableFen - amounts.paidFen : 0;
  order.buyerId = item.buyer?.id ?? '';
  order.buyerNick = item.buyer?.nick ?? '';
  order.buyerMessage = item.buyerMessage ?? '';
  order.sellerMemo = item.sellerMemo ?? '';
  order.memoFlag = item.flag ?? null;
  if (item.receiver) {
    order.receiver = item.receiver.masked;
    order.receiverMark = receiverMarkOf(item.receiver);
    order.province = item.receiver.masked.province ?? '';
    order.city = item.receiver.masked.city ?? '';
  }
}

function newLine(order: WorkingOrder, platformLineNo: string): OrderLine {
  const { companyId, orderId, shopId } = order;
  return {
    companyId,
    lineId: newId('oli'),
    orderId,
    shopId,
    platformLineNo,
    position: 0,
    listingId: '',
    listingSkuId: '',
    merchantCode: null,
    title: '',
    specText: '',
    quantity: 0,
    cancelled: 0,
    reserved: 0,
    shipped: 0,
    unitPriceFen: 0,
    discountFen: 0,
    paidFen: 0,
    refundState: 'none',
    refundNo: null,
    statedRefundState: 'none',
    statedRefundAt: order.placedAt,
    statedRefundFetchAt: order.placedAt,
    refundedFen: 0,
    isRefunded: false,
    platformLineState: null,
    noStock: false,
    isShippedByPlatform: false,
    isElsewhere: false,
    isImplausible: false,
    isRemoved: false,
    isGift: false,
    isWaiting: false,
    forbids: null,
    components: null,
    held: [],
  };
}

function applyLine(
  line: OrderLine,
  stated: CanonicalOrderLine,
  position: number,
  moment: ReturnType<typeof momentOf>,
  linkOf: LinkLookup,
): void {
  const isPlausible = stated.quantity >= 0 && stated.quantity <= MAX_QUANTITY;
  // A listing without SKUs is its own SKU, as the catalog has it.
  const listingSkuId = stated.listingSkuId || stated.listingId;
  if (line.listingSkuId !== listingSkuId && line.held.length === 0) line.components = null;
  line.position = position;
  line.listingId = stated.listingId;
  line.listingSkuId = listingSkuId;
  line.merchantCode = stated.merchantCode ?? null;
  line.title = stated.title;
  line.specText = stated.specText ?? '';
  line.quantity = isPlausible ? stated.quantity : 0;
  line.isImplausible = !isPlausible;
  line.unitPriceFen = stated.unitPriceFen;
  line.discountFen = stated.discountFen;
  line.paidFen = stated.paidFen;
  line.statedRefundState = stated.refundState;
  line.statedRefundAt = moment.modifiedAt;
  line.statedRefundFetchAt = moment.fetchStartedAt;
  line.refundNo = stated.refundNo ?? null;
  if (stated.platformLineState)
    line.platformLineState = line.platformLineState
      ? laterState(line.platformLineState, stated.platformLineState)
      : stated.platformLineState;
  line.isShippedByPlatform = stated.shippedByPlatform === true;
  line.isRemoved = false;
  line.isGift = stated.isGift === true;
  line.forbids = forbidsText(stated.forbids);
  if (line.components === null) {
    const link = linkOf(stated.listingSkuId, stated.listingId);
    line.noStock = stated.noStock === true || link?.noStock === true;
    if (link) line.components = link.components;
  }
  if (line.noStock && line.components === null) line.components = [];
  line.cancelled = Math.min(line.cancelled, line.quantity);
}

/** Brings a newer content of a platform order into the working order. What is ours (holds, review, fulfilments) is not touched. */
export function applyCanonical(aggregate: OrderAggregate, item: CanonicalOrder, linkOf: LinkLookup): void {
  const { order } = aggregate;
  applyState(order, item);
  applyHead(order, item);
  const moment = momentOf(item);
  const known = new Map(aggregate.lines.map((line) => [line.platformLineNo, line]));
  for (const [position, stated] of item.lines.entries()) {
    let line = known.get(stated.platformLineNo);
    if (!line) {
      line = newLine(order, stated.platformLineNo);
      aggregate.lines.push(line);
    }
    known.delete(stated.platformLineNo);
    applyLine(line, stated, position, moment, linkOf);
  }
  for (const gone of known.values()) gone.isRemoved = true;
}
