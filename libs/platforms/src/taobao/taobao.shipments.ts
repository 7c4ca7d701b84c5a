import {
  ParcelLine,
  PlatformCall,
  PlatformError,
  ShipNotice,
  ShipOutcome,
  ShipmentState,
  ShippedParcel,
  isPlatformError,
} from '../port';
import { toTaobaoCarrier } from './taobao.carriers';
import { TaobaoClient } from './taobao.client';
import { shipCode } from './taobao.errors';
import { asText } from '../kit/answer.json';
import { lineNoOf, linesOf, orderNoOf } from './taobao.order-mapper';
import { TaobaoOrders } from './taobao.orders';
import { stateOf } from './taobao.status';

const CLASSIC = 'taobao.logistics.offline.send';
const CHANGE = 'taobao.logistics.consign.resend';
const NEW_CHAIN = 'alibaba.ascp.logistics.offline.send';
/** `sub_tid` takes at most 50 lines (Taobao sheet §9.1). */
const LINES_PER_CALL = 50;

/** Ship notices and their read-back. */
export class TaobaoShipments {
  constructor(
    private readonly client: TaobaoClient,
    private readonly orders: TaobaoOrders,
  ) {}

  /** Tells the parcels of one order; see Taobao sheet §9.2 for which call takes which split. */
  async send(call: PlatformCall, notice: ShipNotice): Promise<ShipOutcome> {
    const [first] = notice.parcels;
    if (first && notice.replaces !== undefined) return this.replace(call, notice, notice.replaces, first);
    if (hasSplitLine(notice)) {
      if (notice.noLineSplit)
        throw this.refusal(
          notice,
          'Taobao forbids to ship one line of this order in several parcels (no_detail_part_consign)',
        );
      return this.settle(call, notice, notice.parcels, () => this.sendNewChain(call, notice));
    }
    const outcomes: ShipOutcome[] = [];
    for (const parcel of notice.parcels)
      outcomes.push(await this.settle(call, notice, [parcel], () => this.sendClassic(call, notice, parcel)));
    return (
      outcomes.find((outcome) => outcome.kind === 'conflict') ??
      outcomes.find((outcome) => outcome.kind === 'sent') ??
      outcomes[0] ??
      Promise.reject(this.refusal(notice, 'the notice names no parcel'))
    );
  }

  /** Puts another number in the place of the one that the parcel's lines show (Taobao sheet §9.1: own shipping, within 50 days). */
  private async replace(
    call: PlatformCall,
    notice: ShipNotice,
    old: string,
    parcel: ShippedParcel,
  ): Promise<ShipOutcome> {
    const { lines } = await this.state(call, notice.platformOrderNo);
    const own = new Set(parcel.lines.map(({ platformLineNo }) => platformLineNo));
    const showing = lines.filter((line) => own.has(line.platformLineNo) && line.waybillNo === old);
    const isWhole = showing.length === lines.length;
    const groups = isWhole ? [undefined] : chunk(showing.map(({ platformLineNo }) => platformLineNo));
    return this.settle(call, notice, [parcel], async () => {
      for (const lineNos of groups) {
        const params = {
          tid: notice.platformOrderNo,
          out_sid: parcel.waybillNo,
          company_code: toTaobaoCarrier(parcel.carrier),
          ...(lineNos === undefined ? { is_split: '0' } : { is_split: '1', sub_tid: lineNos.join(',') }),
        };
        await this.client.call(call, { method: CHANGE, params, isWrite: true });
      }
      if (groups.length === 0) throw this.changed(old, notice);
    });
  }

  /** Nothing shows the old number any more: what is shown now decides, as after a repeated notice. */
  private changed(old: string, notice: ShipNotice): PlatformError {
    return new PlatformError('already-done', `No line of ${notice.platformOrderNo} shows ${old} any more.`, {
      platform: 'taobao',
      method: CHANGE,
    });
  }

  /** What Taobao shows as shipped. */
  async state(call: PlatformCall, platformOrderNo: string): Promise<ShipmentState> {
    const trade = await this.orders.shippedLines(call, platformOrderNo);
    const lines = linesOf(trade).map((line) => {
      const state = stateOf(asText(line['status']) ?? '');
      const waybillNo = asText(line['invoice_no']);
      const carrier = asText(line['logistics_company']);
      const isEnded = state === 'closed' || state === 'cancelled';
      const isShipped =
        !isEnded && (['shipped', 'part_shipped', 'signed', 'completed'].includes(state) || waybillNo !== undefined);
      return {
        platformLineNo: lineNoOf(line),
        isShipped,
        isEnded,
        ...(waybillNo && { waybillNo }),
        ...(carrier && { carrier }),
      };
    });
    return {
      platformOrderNo: orderNoOf(trade),
      lines: lines.map(({ isEnded: _isEnded, ...line }) => line),
      allShipped: lines.length > 0 && lines.every((line) => line.isShipped || line.isEnded),
    };
  }

  /** Sends, and reads back whenever the answer says "already shipped" or the outcome is unknown. */
  private async settle(
    call: PlatformCall,
    notice: ShipNotice,
    parcels: readonly ShippedParcel[],
    send: () => Promise<void>,
  ): Promise<ShipOutcome> {
    try {
      await send();
      return { kind: 'sent' };
    } catch (error) {
      if (!isPlatformError(error) || !(error.kind === 'already-done' || error.outcomeUnknown)) throw error;
      return this.judge(error, await this.state(call, notice.platformOrderNo), parcels);
    }
  }

  private judge(error: PlatformError, state: ShipmentState, parcels: readonly ShippedParcel[]): ShipOutcome {
    const wanted = parcels.flatMap((parcel) => parcel.lines.map((line) => line.platformLineNo));
    const shown = wanted.map((lineNo) => ({
      lineNo,
      line: state.lines.find((line) => line.platformLineNo === lineNo),
    }));
    const foreign = shown.filter(
      ({ lineNo, line }) => line?.isShipped && !waybillsOf(parcels, lineNo).includes(line.waybillNo ?? ''),
    );
    if (foreign.length > 0) {
      const list = foreign.map(({ lineNo, line }) => `${lineNo}: ${line?.waybillNo ?? 'no number'}`).join(', ');
      return {
        kind: 'conflict',
        state,
        reason: `Taobao shows other waybills (${list}) than ${parcels.map((parcel) => parcel.waybillNo).join(', ')}`,
      };
    }
    if (shown.every(({ line }) => line?.isShipped)) return { kind: 'already-sent', state };
    if (error.outcomeUnknown) throw error;
    // "Already shipped or the state does not allow it", and nothing is shipped there: the state forbids it.
    throw new PlatformError(
      'rejected',
      `${error.message} The lines are not shipped there, so the order's state forbids it; pull the order again.`,
      {
        ...error.facts,
        reason: 'state',
      },
    );
  }

  private async sendClassic(call: PlatformCall, notice: ShipNotice, parcel: ShippedParcel): Promise<void> {
    const isWhole = notice.finishesOrder && !notice.shippedBefore && notice.parcels.length === 1;
    const isOnlyLine = parcel.lines.length === 1 && parcel.lines[0]!.platformLineNo === notice.platformOrderNo;
    const groups = isWhole || isOnlyLine ? [undefined] : chunk(parcel.lines.map((line) => line.platformLineNo));
    for (const lineNos of groups) {
      const split = lineNos === undefined ? { is_split: '0' } : { is_split: '1', sub_tid: lineNos.join(',') };
      const params = {
        tid: notice.platformOrderNo,
        out_sid: parcel.waybillNo,
        company_code: toTaobaoCarrier(parcel.carrier),
        ...split,
      };
      try {
        await this.client.call(call, { method: CLASSIC, params, isWrite: true });
      } catch (error) {
        // CD86: this order has to go by the new chain (Taobao sheet §9.3).
        if (!isPlatformError(error) || shipCode(error.facts.platformSubCode) !== 'CD86') throw error;
        return this.sendNewChain(call, { ...notice, parcels: [parcel] });
      }
    }
  }

  private async sendNewChain(call: PlatformCall, notice: ShipNotice): Promise<void> {
    const consign_pkgs = JSON.stringify(
      notice.parcels.map((parcel) => ({
        out_sid: parcel.waybillNo,
        company_code: toTaobaoCarrier(parcel.carrier),
        goods: parcel.lines.map((line) => ({ sub_tid: line.platformLineNo, item_type: 0, num: line.quantity })),
      })),
    );
    const params = { tid: notice.platformOrderNo, consign_type: '1', consign_pkgs };
    await this.client.call(call, { method: NEW_CHAIN, params, isWrite: true });
  }

  private refusal(notice: ShipNotice, why: string): PlatformError {
    return new PlatformError('rejected', `Order ${notice.platformOrderNo} cannot be told as shipped: ${why}.`, {
      platform: 'taobao',
      method: CLASSIC,
      reason: 'bad-request',
    });
  }
}

function hasSplitLine(notice: ShipNotice): boolean {
  const isPart = (line: ParcelLine): boolean => line.quantity < line.orderedQuantity;
  return notice.parcels.some((parcel) => parcel.lines.some(isPart));
}

function waybillsOf(parcels: readonly ShippedParcel[], lineNo: string): string[] {
  return parcels
    .filter((parcel) => parcel.lines.some((line) => line.platformLineNo === lineNo))
    .map((parcel) => parcel.waybillNo);
}

function chunk(lineNos: readonly string[]): string[][] {
  const chunks: string[][] = [];
  for (let from = 0; from < lineNos.length; from += LINES_PER_CALL)
    chunks.push(lineNos.slice(from, from + LINES_PER_CALL));
  return chunks;
}
