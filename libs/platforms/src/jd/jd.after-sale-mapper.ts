import { CanonicalAfterSale } from '@app/contracts/canonical';
import { sumFen, toShanghaiIso, yuanToFen } from '@app/shared';
import { JsonObject, asInteger, asList, asText, cleanText } from '../kit/answer.json';
import { PlatformError } from '../port';
import { Fetch, lineNo } from './jd.order-mapper';
import { bringsGoodsBack, refundStateOf, serviceKindOf, serviceStateOf } from './jd.status';
import { asId, latest, present, timeOf } from './jd.values';

/** What stands beside a service order in other calls. */
export interface ServiceFacts {
  /** Number that the buyer sent the goods back with (freight view). */
  returnParcel?: CanonicalAfterSale['returnParcel'];
  /** What JD says about its money; undefined while nothing was asked for or nothing is known. */
  money?: { status: string; refundFen: number; completedAt?: string };
}

/** Money truth of a service order: refunded (JD sheet §7.3). */
const REFUNDED = '13';
/** Money truth of a service order: the refund failed. */
const REFUND_FAILED = '14';

/** Whole fen, also where they are written with decimals: `17820.0` (JD sheet §7.1). */
export function readFen(text: string | undefined, what: string): number {
  if (text === undefined) return 0;
  const match = /^(-?\d+)(?:\.0+)?$/.exec(text);
  const value = Number(match?.[1] ?? NaN);
  if (Number.isSafeInteger(value)) return value;
  throw unreadable(`"${text.slice(0, 40)}" in ${what} is not a whole number of fen`);
}

/** Yuan text → fen. */
export function readYuan(text: string | undefined, what: string): number {
  if (text === undefined) return 0;
  try {
    return yuanToFen(text);
  } catch (error) {
    const failure = unreadable(`"${text.slice(0, 40)}" in ${what} is no amount in yuan`);
    failure.cause = error;
    throw failure;
  }
}

/** An application for a refund before or instead of receipt → canonical after-sale (JD sheet §7.1). Its money is in fen. */
export function mapRefund(row: JsonObject, fetch: Fetch, prefix: string): CanonicalAfterSale {
  const rawStatus = asText(row['status']) ?? '';
  const createdAt = timeOf(row['applyTime']);
  // There is no time of modification: review and application are the only times that are told.
  const modifiedAt = latest([createdAt, timeOf(row['checkTime'])]) ?? toShanghaiIso(fetch.startedAt);
  return {
    platformAfterSaleNo: `${prefix}${needed(row, 'id')}`,
    platformOrderNo: needed(row, 'orderId'),
    kind: rawStatus === '17' ? 'return_refund' : 'refund_only',
    state: refundStateOf(rawStatus),
    rawStatus: rawStatus.slice(0, 128),
    phase: 'before_completion',
    refundFen: readFen(asText(row['applyRefundSum']), 'applyRefundSum'),
    goodsComeBack: bringsGoodsBack(rawStatus),
    createdAt: createdAt ?? modifiedAt,
    modifiedAt,
    fetchedAt: toShanghaiIso(fetch.doneAt),
    fetchStartedAt: toShanghaiIso(fetch.startedAt),
    currency: 'CNY',
    raw: fetch.raw,
    ...present({ reason: cleanText(row['reason'], 1_024), description: cleanText(row['checkRemark']) }),
  };
}

/** A service order after receipt → canonical after-sale (JD sheet §7.2). Its money is in yuan. */
export function mapService(row: JsonObject, fetch: Fetch, facts: ServiceFacts): CanonicalAfterSale {
  const rawStatus = asText(row['serviceStatus']) ?? '';
  const platformOrderNo = needed(row, 'orderId');
  const kind = serviceKindOf(asText(row['customerExpect']) ?? '');
  const details = asList(row['serviceBillDetailList'], 'serviceBillDetail');
  const skus = new Set([asId(row['skuId']), ...details.map((detail) => asId(detail['skuId']))].filter((id) => id));
  const createdAt = timeOf(row['applyTime']);
  const modifiedAt =
    latest([createdAt, timeOf(row['updateDate']), timeOf(row['approveTime']), facts.money?.completedAt]) ??
    toShanghaiIso(fetch.startedAt);
  return {
    platformAfterSaleNo: needed(row, 'serviceId'),
    platformOrderNo,
    kind,
    state: serviceState(rawStatus, kind, facts),
    rawStatus: rawStatus.slice(0, 128),
    refundFen: givesMoney(kind) ? (facts.money?.refundFen ?? wantedFen(row, details)) : 0,
    goodsComeBack: ['return_refund', 'exchange', 'repair'].includes(kind),
    createdAt: createdAt ?? modifiedAt,
    modifiedAt,
    fetchedAt: toShanghaiIso(fetch.doneAt),
    fetchStartedAt: toShanghaiIso(fetch.startedAt),
    currency: 'CNY',
    raw: fetch.raw,
    ...present({
      platformLineNo: skus.size === 1 ? lineNo(platformOrderNo, [...skus][0]!) : undefined,
      platformVersion: asText(row['sysVersion'])?.slice(0, 64),
      quantity: asInteger(row['serviceCount']) ?? (details.length > 0 ? piecesOf(details) : undefined),
      reason: cleanText(row['applyReason'], 1_024),
      description: cleanText(row['questionDesc']),
      returnParcel: facts.returnParcel,
    }),
  };
}

/** Kinds whose end gives money back. */
export function givesMoney(kind: CanonicalAfterSale['kind']): boolean {
  return kind === 'return_refund' || kind === 'refund_only' || kind === 'other';
}

/** "Done" is no proof of money: a service order that gives some has succeeded when JD says refunded (JD sheet §13 pitfall 24). */
function serviceState(
  rawStatus: string,
  kind: CanonicalAfterSale['kind'],
  { money, returnParcel }: ServiceFacts,
): CanonicalAfterSale['state'] {
  const state = serviceStateOf(rawStatus);
  if (state === 'wait_return' && returnParcel !== undefined) return 'return_sent';
  if (!givesMoney(kind)) return state;
  if (money?.status === REFUNDED) return 'succeeded';
  if (state !== 'succeeded') return state;
  return money?.status === REFUND_FAILED ? 'unknown' : 'return_sent';
}

function wantedFen(row: JsonObject, details: readonly JsonObject[]): number {
  const whole = asText(row['actualPayPrice']);
  if (whole !== undefined) return readYuan(whole, 'actualPayPrice');
  return sumFen(details.map((detail) => readYuan(asText(detail['actualPayPrice']), 'actualPayPrice')));
}

function piecesOf(details: readonly JsonObject[]): number {
  return details.reduce((sum, detail) => sum + (asInteger(detail['wareNum']) ?? 0), 0);
}

function needed(row: JsonObject, field: string): string {
  const text = asId(row[field]);
  if (text !== undefined) return text;
  throw unreadable(`an after-sale of the answer lacks ${field}`);
}

function unreadable(why: string): PlatformError {
  return new PlatformError('transient', `JD: ${why}; read it again.`, { platform: 'jd', method: 'after-sales' });
}
