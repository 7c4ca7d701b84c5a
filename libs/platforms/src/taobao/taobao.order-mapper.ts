import {
  CanonicalOrder,
  CanonicalOrderLine,
  CanonicalParcel,
  CanonicalPresale,
  PlatformState,
} from '@app/contracts/canonical';
import { shanghaiToIso, toShanghaiIso } from '@app/shared';
import { OrderStateView, PlatformError } from '../port';
import { JsonObject, asFlag, asInteger, asList, asObject, asText, cleanText, contentHash } from '../kit/answer.json';
import { MoneyRules, readOrderMoney, readQuantity, readYuan } from './taobao.order-amounts';
import { mapReceiver } from './taobao.receiver-mapper';
import { nonEmpty, present } from '../kit/optional';
import { orderStateOf, refundStateOf, stateOf } from './taobao.status';

export { present } from '../kit/optional';

/** When and how a trade was read. */
export interface Fetch {
  startedAt: Date;
  doneAt: Date;
  /** Text of the answer as received. */
  raw: string;
}

type Forbid = { code: string; text: string };

/** Flags that block shipping when set (Taobao sheet §5.5). */
const TRADE_HOLDS: Readonly<Record<string, string>> = {
  is_sh_ship: 'Taobao marks the order as not to be shipped',
  top_hold: 'Taobao holds the order back',
  team_buy_hold: 'The group purchase is not complete',
  share_group_hold: 'The shared group is not complete',
  ofp_hold: 'The fulfilment platform holds the order back',
  forbid_consign: 'Taobao forbids shipping for now',
};

/** Trade types without goods to ship (Taobao sheet §5.4). */
const VIRTUAL_TYPES = ['auto_delivery', 'ec', 'game_equipment'];

/** Raw trade of `trade.fullinfo.get` → canonical order. Never throws for an unknown status or field. */
export function mapOrder(trade: JsonObject, fetch: Fetch, rules: MoneyRules): CanonicalOrder {
  const rawLines = linesOf(trade);
  const rawStatus = asText(trade['status']) ?? '';
  const placedAt = timeOf(trade, 'created');
  const paidAt = timeOf(trade, 'pay_time');
  const platformState = stateWithPresale(trade, rawLines);
  const money = readOrderMoney(trade, rawLines, isPaid(trade, platformState, paidAt), rules);
  const byLine = new Map(
    asList(trade['logistics_infos'], 'logistics_info').map((advice) => [asText(advice['sub_trade_id']), advice]),
  );
  const isWithoutGoods = hasNoGoods(trade);
  const lines = rawLines.map((line, index) =>
    mapLine(line, { money: money.lines[index]!, advice: byLine.get(lineNoOf(line)), isWithoutGoods }),
  );
  const modifiedAt = timeOf(trade, 'modified') ?? placedAt ?? toShanghaiIso(fetch.startedAt);
  return {
    platformOrderNo: orderNoOf(trade),
    platformState,
    rawStatus: rawStatus.slice(0, 128),
    modifiedAt,
    fetchedAt: toShanghaiIso(fetch.doneAt),
    fetchStartedAt: toShanghaiIso(fetch.startedAt),
    contentHash: contentHash(trade),
    placedAt: placedAt ?? modifiedAt,
    currency: 'CNY',
    amounts: money.amounts,
    lines,
    raw: fetch.raw,
    ...present({
      paidAt,
      shippedAt: timeOf(trade, 'consign_time'),
      endedAt: timeOf(trade, 'end_time'),
      shipBy: shipByOf(trade, lines, paidAt),
      releaseAt: timeOf(asObject(trade['logistics_agreement']), 'push_time'),
      buyer: buyerOf(trade),
      receiver: mapReceiver(trade),
      buyerMessage: cleanText(trade['buyer_message']),
      sellerMemo: cleanText(trade['seller_memo']),
      flag: flagOf(trade),
      paymentNo: asText(trade['alipay_no'])?.slice(0, 128),
      isCashOnDelivery: isCashOnDelivery(trade) || undefined,
      isUrged: asText(trade['ob_tag'])?.split(',').includes('lg') || undefined,
      shippedByPlatform: isAllByPlatform(lines) || undefined,
      noLineSplit: asFlag(asObject(trade['logistics_agreement'])['no_detail_part_consign']) || undefined,
      supplementsOrders: supplementsOf(trade),
      presale: presaleOf(trade, platformState),
      forbids: nonEmpty(forbidsOf(trade, rawStatus)),
      parcels: nonEmpty(parcelsOf(rawLines)),
    }),
  };
}

/** The few fields that decide whether an order may still be shipped. */
export function mapOrderState(trade: JsonObject): OrderStateView {
  const rawLines = linesOf(trade);
  const rawStatus = asText(trade['status']) ?? '';
  return {
    platformOrderNo: orderNoOf(trade),
    platformState: stateWithPresale(trade, rawLines),
    rawStatus,
    forbids: forbidsOf(trade, rawStatus),
    lines: rawLines.map((line) => ({
      platformLineNo: lineNoOf(line),
      refundState: refundStateOf(asText(line['refund_status'])),
      ...present({ platformLineState: lineStateOf(line), forbids: nonEmpty(holdsOf(line, LINE_HOLDS)) }),
    })),
    ...present({ modifiedAt: timeOf(trade, 'modified'), receiver: mapReceiver(trade) }),
  };
}

/** Raw lines of a trade; a line without a number gets one from its place, so that it is never lost. */
export function linesOf(trade: JsonObject): JsonObject[] {
  return asList(trade['orders'], 'order').map((line, index) =>
    lineNoOf(line) === '' ? { ...line, oid: `${orderNoOf(trade)}-${index + 1}` } : line,
  );
}

/** Number of a trade: `tid` read losslessly, or its text twin (Taobao sheet §5.5). */
export function orderNoOf(trade: JsonObject): string {
  const no = asText(trade['tid']) ?? asText(trade['tid_str']);
  if (no !== undefined) return no;
  throw new PlatformError('transient', 'A trade of the answer carries no tid; read the list again.', {
    platform: 'taobao',
    method: 'taobao.trade.fullinfo.get',
  });
}

/** Number of a line. */
export function lineNoOf(line: JsonObject): string {
  return asText(line['oid']) ?? asText(line['oid_str']) ?? '';
}

/** A time of the platform as ISO text; impossible times count as absent. */
export function timeOf(source: JsonObject, field: string): string | undefined {
  return shanghaiToIso(asText(source[field]) ?? null) ?? undefined;
}

interface LineContext {
  money: { unitPriceFen: number; discountFen: number; paidFen: number };
  advice: JsonObject | undefined;
  isWithoutGoods: boolean;
}

const LINE_HOLDS: Readonly<Record<string, string>> = { is_sh_ship: 'Taobao marks the line as not to be shipped' };

function mapLine(line: JsonObject, context: LineContext): CanonicalOrderLine {
  const listingId = asText(line['num_iid']) ?? '';
  const rawRefundStatus = asText(line['refund_status']);
  return {
    platformLineNo: lineNoOf(line),
    listingId,
    listingSkuId: asText(line['sku_id']) ?? listingId,
    title: cleanText(line['title'], 1_024) ?? '',
    quantity: readQuantity(line),
    ...context.money,
    refundState: refundStateOf(rawRefundStatus),
    ...present({
      merchantCode: cleanText(line['outer_sku_id'], 256) ?? cleanText(line['outer_iid'], 256),
      specText: cleanText(line['sku_properties_name'], 1_024),
      refundNo: asText(line['refund_id']),
      platformLineState: lineStateOf(line),
      rawStatus: asText(line['status'])?.slice(0, 128),
      rawRefundStatus: rawRefundStatus?.slice(0, 128),
      noStock: context.isWithoutGoods || asFlag(line['is_service_order']) || undefined,
      shippedByPlatform: asText(context.advice?.['consign_type']) === 'CN' || undefined,
      isGift: asFlag(line['is_free_gift']) || undefined,
      shipTogetherWith: nonEmpty(boundLines(line)),
      shipBy: earliest([timeOf(line, 'estimate_con_time'), timeOf(context.advice ?? {}, 'promise_outbound_time')]),
      forbids: nonEmpty(holdsOf(line, LINE_HOLDS)),
    }),
  };
}

function lineStateOf(line: JsonObject): PlatformState | undefined {
  const status = asText(line['status']);
  return status === undefined ? undefined : stateOf(status);
}

function stateWithPresale(trade: JsonObject, rawLines: readonly JsonObject[]): PlatformState {
  const state = orderStateOf(stateOf(asText(trade['status']) ?? ''), rawLines.map(lineStateOf));
  // The deposit stays with the seller, so the order was paid in part and then closed (Taobao sheet §6).
  return asText(trade['step_trade_status']) === 'FRONT_PAID_FRONT_FORFEITED' ? 'closed' : state;
}

function isPaid(trade: JsonObject, state: PlatformState, paidAt: string | undefined): boolean {
  if (state === 'wait_pay' || state === 'cancelled') return false;
  if (state === 'unknown' || isCashOnDelivery(trade)) return paidAt !== undefined;
  return true;
}

function isCashOnDelivery(trade: JsonObject): boolean {
  return ['cod', 'b2c_cod'].includes(asText(trade['type']) ?? '');
}

function presaleOf(trade: JsonObject, state: PlatformState): CanonicalPresale | undefined {
  const step = asText(trade['step_trade_status']);
  if (step !== undefined) {
    const paidSoFarFen = readYuan(trade, 'step_paid_fee');
    return {
      kind: 'deposit',
      depositPaid: step.startsWith('FRONT_PAID'),
      finalPaid: step === 'FRONT_PAID_FINAL_PAID',
      ...(paidSoFarFen !== 0 && { paidSoFarFen }),
    };
  }
  if (!asFlag(trade['new_presell']) && !asFlag(trade['general_new_presell'])) return undefined;
  const isPaidInFull = state !== 'wait_pay' && state !== 'cancelled';
  return { kind: 'full', depositPaid: isPaidInFull, finalPaid: isPaidInFull };
}

function holdsOf(source: JsonObject, holds: Readonly<Record<string, string>>): Forbid[] {
  return Object.entries(holds)
    .filter(([field]) => asFlag(source[field]))
    .map(([code, text]) => ({ code, text }));
}

function forbidsOf(trade: JsonObject, rawStatus: string): Forbid[] {
  const holds = holdsOf(trade, TRADE_HOLDS);
  if (rawStatus !== 'PAID_FORBID_CONSIGN') return holds;
  return [
    { code: rawStatus, text: 'Paid, but Taobao forbids shipping for now (group purchase or risk check)' },
    ...holds,
  ];
}

function hasNoGoods(trade: JsonObject): boolean {
  return (
    asText(trade['receipt_type']) !== undefined ||
    asText(trade['shipping_type']) === 'virtual' ||
    VIRTUAL_TYPES.includes(asText(trade['type']) ?? '')
  );
}

function isAllByPlatform(lines: readonly CanonicalOrderLine[]): boolean {
  const live = lines.filter(
    (line) => line.platformLineState !== 'closed' && line.platformLineState !== 'cancelled' && !line.noStock,
  );
  return live.length > 0 && live.every((line) => line.shippedByPlatform);
}

function shipByOf(
  trade: JsonObject,
  lines: readonly CanonicalOrderLine[],
  paidAt: string | undefined,
): string | undefined {
  const stated = earliest([
    timeOf(trade, 'send_time'),
    timeOf(trade, 'est_con_time'),
    timeOf(trade, 'promise_collect_time'),
    ...lines.map((line) => line.shipBy),
  ]);
  const hours = asInteger(trade['consign_interval']);
  if (stated !== undefined || hours === undefined || paidAt === undefined) return stated;
  return toShanghaiIso(new Date(Date.parse(paidAt) + hours * 3_600_000));
}

function buyerOf(trade: JsonObject): CanonicalOrder['buyer'] {
  const nick = cleanText(trade['buyer_nick'], 256);
  const id = asText(trade['buyer_open_uid'])?.slice(0, 256) ?? nick;
  return id === undefined ? undefined : { id, ...present({ nick }) };
}

function flagOf(trade: JsonObject): number | undefined {
  const flag = asInteger(trade['seller_flag']);
  return flag !== undefined && flag >= 0 && flag <= 99 ? flag : undefined;
}

function supplementsOf(trade: JsonObject): string[] | undefined {
  if (asText(trade['receipt_type']) === undefined) return undefined;
  return nonEmpty(textsOf(trade, 'receipt_rel_ids'));
}

function boundLines(line: JsonObject): string[] {
  const own = lineNoOf(line);
  return [...new Set([...textsOf(line, 'bind_oid'), ...textsOf(line, 'bind_oids')])].filter(
    (no) => no !== own && no !== '0',
  );
}

/** Ids given as one number, as a comma list, or as a list of texts. */
function textsOf(source: JsonObject, field: string): string[] {
  const value = source[field];
  const inner = Array.isArray(value) ? value : (asObject(value)['string'] ?? asObject(value)['number'] ?? value);
  const texts = Array.isArray(inner) ? inner.map((entry) => asText(entry) ?? '') : (asText(inner) ?? '').split(',');
  return texts.map((text) => text.trim()).filter((text) => text !== '');
}

function parcelsOf(rawLines: readonly JsonObject[]): CanonicalParcel[] {
  const parcels = new Map<string, CanonicalParcel>();
  for (const line of rawLines) {
    const waybillNo = asText(line['invoice_no'])?.slice(0, 128);
    if (waybillNo === undefined) continue;
    const carrier = cleanText(line['logistics_company'], 128);
    const parcel = parcels.get(waybillNo) ?? { waybillNo, ...present({ carrier }), lines: [] };
    parcel.lines?.push({ platformLineNo: lineNoOf(line) });
    parcels.set(waybillNo, parcel);
  }
  return [...parcels.values()];
}

function earliest(times: readonly (string | undefined)[]): string | undefined {
  return times.filter((time) => time !== undefined).sort((a, b) => Date.parse(a) - Date.parse(b))[0];
}
