import {
  PlatformCall,
  PlatformError,
  PlatformErrorReason,
  ShipNotice,
  ShipOutcome,
  ShipmentState,
  ShippedParcel,
  isPlatformError,
} from '../port';
import { JdCarriers } from './jd.carriers';
import { JdClient } from './jd.client';
import { linesOf, lineNoOf, mapOrderState, orderNoOf, parcelsOf } from './jd.order-mapper';
import { JdOrders } from './jd.orders';
import { callFlagged } from './jd.results';
import { idNumber, present } from './jd.values';

const METHOD = 'jingdong.pop.order.shipment';
const SHIPPED = ['shipped', 'signed', 'completed'];

/** Ship notices and their read-back. One call ships the whole order with all of its parcels (JD sheet §9.1). */
export class JdShipments {
  constructor(
    private readonly client: JdClient,
    private readonly orders: JdOrders,
    private readonly carriers: JdCarriers,
  ) {}

  /** Tells all parcels of an order. */
  async send(call: PlatformCall, notice: ShipNotice): Promise<ShipOutcome> {
    if (notice.parcels.length === 0) throw this.refusal(notice, 'the notice names no parcel', 'bad-request');
    if (notice.replaces !== undefined) {
      const why = 'JOS has no known call that changes a waybill; change it in the console of JD';
      throw this.refusal(notice, why, 'unsupported');
    }
    if (!notice.finishesOrder) {
      const why = 'JD takes an order as a whole, and goods of it are still here; tell all parcels in one notice';
      throw this.refusal(notice, why, 'state');
    }
    const { logiCoprId, logiNo } = this.numbersOf(notice.parcels);
    const params = { orderId: idNumber(notice.platformOrderNo), logiCoprId, logiNo };
    const request = { method: METHOD, params, isWrite: true };
    try {
      await callFlagged(this.client, call, request, ['sopjosshipment_result']);
      return { kind: 'sent' };
    } catch (error) {
      if (!isPlatformError(error) || !(error.kind === 'already-done' || error.outcomeUnknown)) throw error;
      return this.judge(error, await this.state(call, notice.platformOrderNo), notice.parcels);
    }
  }

  /** What JD shows as shipped. */
  async state(call: PlatformCall, platformOrderNo: string): Promise<ShipmentState> {
    const order = await this.orders.shipped(call, platformOrderNo);
    const view = mapOrderState(order, 'none');
    const parcels = parcelsOf(order);
    const isShipped = SHIPPED.includes(view.platformState);
    const lines = linesOf(order).map((line) => {
      const no = lineNoOf(line);
      const own = parcels.filter((parcel) => !parcel.lines || parcel.lines.some((one) => one.platformLineNo === no));
      const state = view.lines.find((one) => one.platformLineNo === no)?.platformLineState;
      const isGone = isShipped || state === 'shipped';
      return {
        platformLineNo: no,
        isShipped: isGone,
        ...(isGone &&
          present({
            waybillNo: own.map((parcel) => parcel.waybillNo).join(',') || undefined,
            carrier: own[0]?.carrier === undefined ? undefined : this.carriers.ours(own[0].carrier),
          })),
      };
    });
    return { platformOrderNo: orderNoOf(order), lines, allShipped: isShipped };
  }

  /** Carriers separated by `|`, numbers of one carrier by `,`, both in the same order. */
  private numbersOf(parcels: readonly ShippedParcel[]): { logiCoprId: string; logiNo: string } {
    const byCarrier = new Map<string, string[]>();
    for (const { carrier, waybillNo } of parcels) {
      const id = this.carriers.shipmentId(carrier);
      byCarrier.set(id, [...(byCarrier.get(id) ?? []), waybillNo]);
    }
    return {
      logiCoprId: [...byCarrier.keys()].join('|'),
      logiNo: [...byCarrier.values()].map((numbers) => numbers.join(',')).join('|'),
    };
  }

  /** Compares what JD shows with what was to be told. */
  private judge(error: PlatformError, state: ShipmentState, parcels: readonly ShippedParcel[]): ShipOutcome {
    const wanted = parcels.map((parcel) => parcel.waybillNo);
    const shown = new Set(state.lines.flatMap((line) => line.waybillNo?.split(',') ?? []));
    if (state.allShipped && wanted.every((waybillNo) => shown.has(waybillNo))) return { kind: 'already-sent', state };
    if (state.allShipped) {
      const list = [...shown].join(', ') || 'no number';
      return { kind: 'conflict', state, reason: `JD shows other waybills (${list}) than ${wanted.join(', ')}` };
    }
    if (error.outcomeUnknown) throw error;
    throw new PlatformError(
      'rejected',
      `${error.message} The order is not shipped there, so its state forbids it; pull the order again.`,
      { ...error.facts, reason: 'state' },
    );
  }

  private refusal(notice: ShipNotice, why: string, reason: PlatformErrorReason): PlatformError {
    return new PlatformError('rejected', `Order ${notice.platformOrderNo} cannot be told as shipped: ${why}.`, {
      platform: 'jd',
      method: METHOD,
      reason,
    });
  }
}
