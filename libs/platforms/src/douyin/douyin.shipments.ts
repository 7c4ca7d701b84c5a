import { createHash } from 'node:crypto';
import {
  PlatformCall,
  PlatformError,
  ShipNotice,
  ShipOutcome,
  ShipmentState,
  ShippedParcel,
  isPlatformError,
} from '../port';
import { JsonObject, asInteger, asObject, asText } from '../kit/answer.json';
import { fromDouyinCarrier, toDouyinCarrier } from './douyin.carriers';
import { DouyinClient } from './douyin.client';
import { lineNoOf, linesOf, orderNoOf } from './douyin.order-mapper';
import { DouyinOrders } from './douyin.orders';
import { idOf, rowsOf } from './douyin.values';

const METHOD = 'order.logisticsAddMultiPack';
const EDIT_PACK = 'order.logisticsEditByPack';
const EDIT_ORDER = 'order.logisticsEdit';
/** Parcels of one call (Douyin sheet §9.1, reported by an integrator). */
const PARCELS_PER_CALL = 20;
const ENDED = '4';
const SHIPPED = ['3', '5'];

/** A line as the platform shows it, with the waybills of all parcels that it stands in. */
type ShownLine = ShipmentState['lines'][number] & { waybills: readonly string[]; isEnded: boolean };

/**
 * Ship notices and their read-back. Always the call for several parcels: it names lines and pieces, so that a part of an
 * order, a line spread over parcels and a whole order go the same way, and it alone is idempotent (Douyin sheet §9.1).
 */
export class DouyinShipments {
  constructor(
    private readonly client: DouyinClient,
    private readonly orders: DouyinOrders,
  ) {}

  /** Tells the parcels of one order. A pending refund makes the call fail; it is never refused along the way. */
  async send(call: PlatformCall, notice: ShipNotice): Promise<ShipOutcome> {
    const [first] = notice.parcels;
    if (first === undefined) throw refusal(notice, 'the notice names no parcel');
    if (notice.replaces !== undefined) return this.replace(call, notice, notice.replaces, first);
    const outcomes: ShipOutcome[] = [];
    for (let from = 0; from < notice.parcels.length; from += PARCELS_PER_CALL)
      outcomes.push(await this.tell(call, notice, notice.parcels.slice(from, from + PARCELS_PER_CALL)));
    return (
      outcomes.find((outcome) => outcome.kind === 'conflict') ??
      outcomes.find((outcome) => outcome.kind === 'sent') ??
      outcomes[0]!
    );
  }

  /** What Douyin shows as shipped. */
  async state(call: PlatformCall, platformOrderNo: string): Promise<ShipmentState> {
    return stateOfOrder(await this.orders.raw(call, platformOrderNo)).state;
  }

  /**
   * Changes the waybill of a parcel that the platform shows: by its package id, since an order told by packages takes no
   * change as a whole (Douyin sheet §13 pitfall 13).
   */
  private async replace(
    call: PlatformCall,
    notice: ShipNotice,
    old: string,
    parcel: ShippedParcel,
  ): Promise<ShipOutcome> {
    const order = await this.orders.raw(call, notice.platformOrderNo);
    const shown = rowsOf(order['logistics_info']).find((pack) => asText(pack['tracking_no']) === old);
    if (shown === undefined) return judgeReplaced(order, old, parcel);
    const packId = idOf(shown['delivery_id']);
    const params = {
      order_id: notice.platformOrderNo,
      ...(packId !== undefined && { pack_id: packId }),
      company_code: toDouyinCarrier(parcel.carrier),
      logistics_code: parcel.waybillNo,
    };
    try {
      await this.client.call(call, { method: packId === undefined ? EDIT_ORDER : EDIT_PACK, params, isWrite: true });
      return { kind: 'sent' };
    } catch (error) {
      if (!isPlatformError(error) || !(error.kind === 'already-done' || error.outcomeUnknown)) throw error;
      const now = await this.orders.raw(call, notice.platformOrderNo);
      if (rowsOf(now['logistics_info']).some((pack) => asText(pack['tracking_no']) === old)) throw error;
      return judgeReplaced(now, old, parcel);
    }
  }

  private async tell(call: PlatformCall, notice: ShipNotice, parcels: readonly ShippedParcel[]): Promise<ShipOutcome> {
    let told: readonly string[];
    try {
      told = await this.add(call, notice, parcels);
    } catch (error) {
      if (!isPlatformError(error) || !(error.kind === 'already-done' || error.outcomeUnknown)) throw error;
      return this.judge(error, await this.orders.raw(call, notice.platformOrderNo), parcels);
    }
    // A repeated request id brings the first answer back (Douyin sheet §9.1), which may be of other parcels.
    const isOurs = told.length === 0 || parcels.every(({ waybillNo }) => told.includes(waybillNo));
    if (isOurs) return { kind: 'sent' };
    const first = new PlatformError('already-done', `Douyin repeats an earlier notice of ${notice.platformOrderNo}.`, {
      platform: 'douyin',
      method: METHOD,
    });
    return this.judge(first, await this.orders.raw(call, notice.platformOrderNo), parcels);
  }

  /** Waybills that the answer names. */
  private async add(call: PlatformCall, notice: ShipNotice, parcels: readonly ShippedParcel[]): Promise<string[]> {
    const params = {
      order_id: notice.platformOrderNo,
      request_id: requestIdOf(notice, parcels),
      pack_list: parcels.map((parcel) => ({
        company_code: toDouyinCarrier(parcel.carrier),
        // The waybill number here; in the label calls the same name is the carrier's code (Douyin sheet §9.1).
        logistics_code: parcel.waybillNo,
        shipped_order_info: parcel.lines.map(({ platformLineNo, quantity }) => ({
          shipped_order_id: platformLineNo,
          shipped_num: quantity,
        })),
      })),
    };
    const { data } = await this.client.call(call, { method: METHOD, params, isWrite: true });
    return rowsOf(asObject(data)['pack_list']).flatMap((pack) => asText(pack['logistics_code']) ?? []);
  }

  private judge(error: PlatformError, order: JsonObject, parcels: readonly ShippedParcel[]): ShipOutcome {
    const { state, lines } = stateOfOrder(order);
    const wanted = [...new Set(parcels.flatMap((parcel) => parcel.lines.map((line) => line.platformLineNo)))];
    const shown = wanted.map((lineNo) => ({ lineNo, line: lines.find((line) => line.platformLineNo === lineNo) }));
    const isTold = ({ lineNo, line }: (typeof shown)[number]): boolean =>
      parcels
        .filter((parcel) => parcel.lines.some((wantedLine) => wantedLine.platformLineNo === lineNo))
        .every((parcel) => line?.waybills.includes(parcel.waybillNo));
    if (shown.every(isTold)) return { kind: 'already-sent', state };
    const foreign = shown.filter((one) => one.line?.isShipped && !isTold(one));
    if (foreign.length > 0) {
      const list = foreign
        .map(({ lineNo, line }) => `${lineNo}: ${line!.waybills.join(' ') || 'no number'}`)
        .join(', ');
      const ours = parcels.map((parcel) => parcel.waybillNo).join(', ');
      return { kind: 'conflict', state, reason: `Douyin shows other waybills (${list}) than ${ours}` };
    }
    if (error.outcomeUnknown) throw error;
    throw new PlatformError(
      'rejected',
      `${error.message} The lines are not shipped there, so the order's state forbids it; pull the order again.`,
      { ...error.facts, reason: 'state' },
    );
  }
}

function judgeReplaced(order: JsonObject, old: string, parcel: ShippedParcel): ShipOutcome {
  const { state } = stateOfOrder(order);
  const shown = rowsOf(order['logistics_info']).flatMap((pack) => asText(pack['tracking_no']) ?? []);
  if (shown.includes(parcel.waybillNo)) return { kind: 'already-sent', state };
  const reason = `Douyin shows neither ${old} nor ${parcel.waybillNo} but ${shown.join(', ') || 'no number'}`;
  return { kind: 'conflict', state, reason };
}

/**
 * Equal for every repetition of the same parcels, another one for other parcels of the same notice, in the form of a
 * UUID as the platform's own samples have it.
 */
function requestIdOf(notice: ShipNotice, parcels: readonly ShippedParcel[]): string {
  const text = JSON.stringify([notice.platformOrderNo, notice.idempotencyKey, parcels]);
  const hex = createHash('sha256').update(text).digest('hex');
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  return parts.join('-');
}

function stateOfOrder(order: JsonObject): { state: ShipmentState; lines: ShownLine[] } {
  const parcels = rowsOf(order['logistics_info']);
  const all = linesOf(order);
  const lines = all.map((line) => shownLine(line, all.length, parcels));
  return {
    lines,
    state: {
      platformOrderNo: orderNoOf(order),
      lines: lines.map(({ waybills, isEnded: _isEnded, ...line }) => ({
        ...line,
        ...(waybills.length > 1 && { waybillNos: waybills }),
      })),
      allShipped: lines.length > 0 && lines.every((line) => line.isShipped || line.isEnded),
    },
  };
}

function shownLine(line: JsonObject, lineCount: number, parcels: readonly JsonObject[]): ShownLine {
  const platformLineNo = lineNoOf(line);
  const status = asText(line['order_status']) ?? '';
  const pieces = (parcel: JsonObject): JsonObject[] =>
    rowsOf(parcel['product_info']).filter((piece) => idOf(piece['sku_order_id']) === platformLineNo);
  // A parcel of an order with one line need not name it.
  const own = parcels.filter(
    (parcel) => pieces(parcel).length > 0 || (lineCount === 1 && rowsOf(parcel['product_info']).length === 0),
  );
  const waybills = own.flatMap((parcel) => asText(parcel['tracking_no']) ?? []);
  const carrier = own.map((parcel) => asText(parcel['company'])).find((code) => code !== undefined);
  const told = own.flatMap(pieces).reduce((sum, piece) => sum + (asInteger(piece['product_count']) ?? 0), 0);
  const isEnded = status === ENDED;
  const isAllTold = waybills.length > 0 && (told === 0 || told >= (asInteger(line['item_num']) ?? 0));
  const isShipped = !isEnded && (SHIPPED.includes(status) || isAllTold);
  return {
    platformLineNo,
    isShipped,
    isEnded,
    waybills,
    ...(waybills[0] !== undefined && { waybillNo: waybills[0] }),
    ...(carrier !== undefined && { carrier: fromDouyinCarrier(carrier) }),
  };
}

function refusal(notice: ShipNotice, why: string): PlatformError {
  return new PlatformError('rejected', `Order ${notice.platformOrderNo} cannot be told as shipped: ${why}.`, {
    platform: 'douyin',
    method: METHOD,
    reason: 'bad-request',
  });
}
