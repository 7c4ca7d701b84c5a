import { createHash } from 'node:crypto';
import { canonicalJson } from '@app/shared';
import type { InterceptState } from '../intercept/intercept.rules';

/** A: on sale again. B: fit for second-hand sale only. C: scrapped. */
export const GRADES = ['A', 'B', 'C'] as const;
export type Grade = (typeof GRADES)[number];

/** What does not fit what had left; recorded, never refused. */
export const RETURN_FLAGS = ['unexpected_sku', 'more_than_left', 'fewer_than_left'] as const;
export type ReturnFlag = (typeof RETURN_FLAGS)[number];

/** An after-sale that names the number of a parcel, and is not refused or withdrawn. */
export interface Claim {
  afterSaleId: string;
  platformAfterSaleNo: string;
  state: string;
  waybillNo: string;
  carrier: string | null;
  orderId: string;
  platformOrderNo: string;
  shopId: string;
  platform: string;
  /** The warehouse that shipped the order; null when none of its parcels is known. */
  warehouse: string | null;
}

/** A parcel that left under the number. */
export interface OutwardParcel {
  parcelId: string;
  waybillNo: string;
  carrier: string;
  warehouse: string;
  shopId: string;
  platform: string;
  /** Ascending. */
  orderIds: string[];
  /** Of the first order. */
  platformOrderNo: string;
  interceptState: InterceptState | null;
  /** After-sales of its lines that name no other parcel. */
  platformAfterSaleNos: string[];
}

/** Whose goods come back in a parcel. */
export interface Owner {
  waybillNo: string;
  carrier: string | null;
  warehouse: string | null;
  parcelId: string | null;
  /** The first of its orders. */
  orderId: string;
  orderIds: string[];
  platformOrderNo: string;
  shopId: string;
  platform: string;
  platformAfterSaleNos: string[];
  /** False: it would be known if it came, but nobody waits for it. */
  isAwaited: boolean;
}

/** Blanks that a hand or a platform put into a number do not count. */
export function plainNumber(waybillNo: string): string {
  return waybillNo.replace(/\s+/g, '');
}

/** Goods that left elsewhere and were paid back are no business of ours any more, unless they come after all. */
const isOpen = ({ state, warehouse }: Claim): boolean => state !== 'succeeded' || warehouse !== null;

const COMES_BACK = new Set<InterceptState | null>(['asked', 'caught']);
const sorted = (texts: Iterable<string>): string[] => [...new Set(texts)].sort();

/**
 * Whose goods come under one number: a parcel that left under it comes back unopened; every other claim is one box that
 * the buyer sends, however many after-sales it answers.
 */
export function ownersOf(parcels: readonly OutwardParcel[], claims: readonly Claim[]): Owner[] {
  const used = new Set<Claim>();
  const owners = parcels.map((parcel): Owner => {
    const mine = claims.filter(({ orderId }) => parcel.orderIds.includes(orderId));
    for (const claim of mine) used.add(claim);
    const { parcelId, waybillNo, carrier, warehouse, shopId, platform, platformOrderNo } = parcel;
    const numbers = sorted([
      ...parcel.platformAfterSaleNos,
      ...mine.map(({ platformAfterSaleNo }) => platformAfterSaleNo),
    ]);
    return {
      waybillNo,
      carrier,
      warehouse,
      parcelId,
      orderId: parcel.orderIds[0]!,
      orderIds: parcel.orderIds,
      platformOrderNo,
      shopId,
      platform,
      platformAfterSaleNos: numbers,
      isAwaited: mine.length > 0 || COMES_BACK.has(parcel.interceptState),
    };
  });
  const rest = claims
    .filter((claim) => !used.has(claim))
    .sort((a, b) => (a.orderId + a.afterSaleId < b.orderId + b.afterSaleId ? -1 : 1));
  const [first] = rest;
  if (!first) return owners;
  const { waybillNo, orderId, platformOrderNo, shopId, platform } = first;
  owners.push({
    waybillNo,
    carrier: rest.find(({ carrier }) => carrier)?.carrier ?? null,
    warehouse: first.warehouse,
    parcelId: null,
    orderId,
    orderIds: sorted(rest.map((claim) => claim.orderId)),
    platformOrderNo,
    shopId,
    platform,
    platformAfterSaleNos: sorted(rest.map(({ platformAfterSaleNo }) => platformAfterSaleNo)),
    isAwaited: rest.some(isOpen),
  });
  return owners;
}

/** Goods as a clerk counted them. */
export interface CountedLine {
  skuId: string;
  skuCode: string;
  quantity: number;
  grade: Grade;
}

/** Adds up what was counted twice under one SKU and grade; the first one keeps its place. */
export function merged(lines: readonly CountedLine[]): CountedLine[] {
  const found = new Map<string, CountedLine>();
  for (const line of lines) {
    const key = `${line.skuId}\u0000${line.grade}`;
    const known = found.get(key);
    if (known) known.quantity += line.quantity;
    else found.set(key, { ...line });
  }
  return [...found.values()];
}

/** Tells two counts of one parcel apart; the order of the lines does not matter. */
export function contentHash(lines: readonly CountedLine[]): string {
  const texts = merged(lines).map(({ skuId, grade, quantity }) => canonicalJson([skuId, grade, quantity]));
  return createHash('sha256').update(texts.sort().join('\n')).digest('hex');
}

/** Pieces per SKU. */
export interface SkuPieces {
  skuId: string;
  quantity: number;
}

/**
 * What does not fit, per line in their order and for the whole parcel. `left` is what may come back; pieces of a SKU are
 * counted over all grades. `isWhole`: the parcel went out as it came back, so pieces may also be missing.
 */
export function flagsOf(
  lines: readonly CountedLine[],
  left: readonly SkuPieces[],
  isWhole: boolean,
): { lines: (ReturnFlag | '')[]; parcel: ReturnFlag[] } {
  const sumOf = (pieces: readonly SkuPieces[]) => {
    const sums = new Map<string, number>();
    for (const { skuId, quantity } of pieces) sums.set(skuId, (sums.get(skuId) ?? 0) + quantity);
    return sums;
  };
  const mayCome = sumOf(left);
  const came = sumOf(lines);
  const perLine = lines.map(({ skuId }): ReturnFlag | '' => {
    if (!mayCome.has(skuId)) return 'unexpected_sku';
    return came.get(skuId)! > mayCome.get(skuId)! ? 'more_than_left' : '';
  });
  const isShort = isWhole && [...mayCome].some(([skuId, quantity]) => (came.get(skuId) ?? 0) < quantity);
  const all = new Set<string>([...perLine, ...(isShort ? ['fewer_than_left'] : [])]);
  return { lines: perLine, parcel: RETURN_FLAGS.filter((flag) => all.has(flag)) };
}
