import {
  PlatformCall,
  PlatformError,
  ShipNotice,
  ShipOutcome,
  ShipmentState,
  ShippedParcel,
  isPlatformError,
} from '../port';
import { JsonObject, asText } from '../kit/answer.json';
import { Carrier, PinduoduoCarriers } from './pinduoduo.carriers';
import { PinduoduoClient } from './pinduoduo.client';
import { mapOrderState, orderNoOf, parcelsOf } from './pinduoduo.order-mapper';
import { PinduoduoOrders } from './pinduoduo.orders';

const SEND = 'pdd.logistics.online.send';
const EXTRA = 'pdd.order.upload.extra.logistics';
/** `extra_track_type`: parcels of an order that was split (Pinduoduo sheet §9.2). */
const SPLIT = '1';
/** `redelivery_type`: the shipment is changed (Pinduoduo sheet §9.1). */
const CHANGE = '2';
/** Refusals that no look at the order would explain. */
const NOT_ABOUT_THE_ORDER: readonly (string | undefined)[] = ['permission', 'configuration', 'unsupported'];

/** A parcel with Pinduoduo's name of its carrier. */
interface Addressed {
  waybillNo: string;
  carrier: Carrier;
}

/** What the platform shows of an order now. */
interface Shown {
  isShipped: boolean;
  refundStatus: string;
  /** Number → id of its carrier, the order's own parcel first. */
  parcels: Map<string, string | undefined>;
  state: ShipmentState;
}

/** Ship notices and their read-back. An order ships as a whole there; further parcels are only told to the buyer. */
export class PinduoduoShipments {
  constructor(
    private readonly client: PinduoduoClient,
    private readonly orders: PinduoduoOrders,
    private readonly carriers: PinduoduoCarriers,
  ) {}

  /** Tells the parcels of one order (Pinduoduo sheet §9.1, §9.2). */
  async send(call: PlatformCall, notice: ShipNotice): Promise<ShipOutcome> {
    const [first, ...rest] = await this.addressed(call, notice.parcels);
    if (!first) throw refusal(notice.platformOrderNo, 'the notice names no parcel', 'bad-request');
    if (notice.replaces !== undefined) return this.replace(call, notice.platformOrderNo, notice.replaces, first);
    if (notice.shippedBefore) {
      const shown = await this.read(call, notice.platformOrderNo);
      if (shown.isShipped) return this.addParcels(call, shown, [first, ...rest]);
    }
    const outcome = await this.sendFirst(call, notice.platformOrderNo, first);
    if (outcome.kind === 'conflict' || rest.length === 0) return outcome;
    const added = await this.addParcels(call, await this.read(call, notice.platformOrderNo), rest);
    return outcome.kind === 'sent' ? outcome : added;
  }

  /** What Pinduoduo shows as shipped: every line by the order's own parcel. */
  async state(call: PlatformCall, platformOrderNo: string): Promise<ShipmentState> {
    return (await this.read(call, platformOrderNo)).state;
  }

  private async addressed(call: PlatformCall, parcels: readonly ShippedParcel[]): Promise<Addressed[]> {
    const addressed: Addressed[] = [];
    for (const { waybillNo, carrier } of parcels)
      addressed.push({ waybillNo, carrier: await this.carriers.forShipping(call, carrier) });
    return addressed;
  }

  private async sendFirst(call: PlatformCall, orderNo: string, parcel: Addressed): Promise<ShipOutcome> {
    try {
      await this.sendOnline(call, orderNo, parcel);
      return { kind: 'sent' };
    } catch (error) {
      if (!deservesReadBack(error)) throw error;
      const shown = await this.read(call, orderNo);
      const verdict = this.judge(shown, parcel);
      if (verdict) return verdict;
      throw this.explained(error, shown);
    }
  }

  /** Puts another number in the place of the one that is shown; only shipped orders take it (Pinduoduo sheet §9.1). */
  private async replace(call: PlatformCall, orderNo: string, old: string, parcel: Addressed): Promise<ShipOutcome> {
    const before = await this.read(call, orderNo);
    if (!before.isShipped)
      throw refusal(orderNo, `it is not shipped there, so ${old} cannot be replaced; tell the parcel itself`, 'state');
    if (!before.parcels.has(old)) return this.judge(before, parcel)!;
    // The change overwrites the order's own parcel; another number of a further one is a further number (§9.1, §9.2).
    const [own] = before.parcels.keys();
    if (old !== own) return this.addParcels(call, before, [parcel]);
    try {
      await this.sendOnline(call, orderNo, parcel, CHANGE);
      return { kind: 'sent' };
    } catch (error) {
      if (!deservesReadBack(error)) throw error;
      const after = await this.read(call, orderNo);
      if (isShown(after, parcel)) return { kind: 'already-sent', state: after.state };
      throw this.explained(error, after);
    }
  }

  /** Tells further parcels of a shipped order; those that are shown already are not told again. */
  private async addParcels(call: PlatformCall, shown: Shown, parcels: readonly Addressed[]): Promise<ShipOutcome> {
    const missing = parcels.filter((parcel) => !shown.parcels.has(parcel.waybillNo));
    if (missing.length === 0) return { kind: 'already-sent', state: shown.state };
    const orderNo = shown.state.platformOrderNo;
    const extra_track_list = JSON.stringify(
      missing.map(({ carrier, waybillNo }) => ({ shipping_id: Number(carrier.id), tracking_number: waybillNo })),
    );
    const params = { order_sn: orderNo, extra_track_list, extra_track_type: SPLIT };
    try {
      await this.client.call(call, { method: EXTRA, params, isWrite: true });
      return { kind: 'sent' };
    } catch (error) {
      if (!deservesReadBack(error)) throw error;
      const after = await this.read(call, orderNo);
      if (missing.every((parcel) => after.parcels.has(parcel.waybillNo)))
        return { kind: 'already-sent', state: after.state };
      throw this.explained(error, after);
    }
  }

  private async sendOnline(call: PlatformCall, orderNo: string, parcel: Addressed, redelivery?: string): Promise<void> {
    const params = {
      order_sn: orderNo,
      logistics_id: parcel.carrier.id,
      tracking_number: parcel.waybillNo,
      redelivery_type: redelivery,
    };
    await this.client.call(call, { method: SEND, params, isWrite: true });
  }

  /** The verdict over an order that is shipped already; undefined while it is not (Pinduoduo sheet §9.4). */
  private judge(shown: Shown, parcel: Addressed): ShipOutcome | undefined {
    if (!shown.isShipped) return undefined;
    if (isShown(shown, parcel)) return { kind: 'already-sent', state: shown.state };
    const list = [...shown.parcels].map(([no, carrier]) => `${no} of carrier ${carrier ?? '?'}`).join(', ');
    return {
      kind: 'conflict',
      state: shown.state,
      reason: `Pinduoduo shows ${list || 'no number'} and not ${parcel.waybillNo} of carrier ${parcel.carrier.id}`,
    };
  }

  /** The refusal of an order that is not shipped there, with what the order itself tells about it. */
  private explained(error: PlatformError, shown: Shown): PlatformError {
    if (error.outcomeUnknown) return error;
    const isRefunding = shown.refundStatus !== '1';
    if (!isRefunding && error.kind === 'rejected') return error;
    const why = isRefunding
      ? `A refund forbids it (refund_status ${shown.refundStatus}).`
      : 'Nothing is shown there, so the state of the order forbids it; pull the order again.';
    return new PlatformError('rejected', `${error.message} ${why}`, { ...error.facts, reason: 'state' });
  }

  private async read(call: PlatformCall, orderNo: string): Promise<Shown> {
    const { row } = await this.orders.row(call, orderNo);
    const isShipped = ['2', '3'].includes(asText(row['order_status']) ?? '');
    return {
      isShipped,
      refundStatus: asText(row['refund_status']) ?? '1',
      parcels: new Map(parcelsOf(row).map(({ waybillNo, carrier }) => [waybillNo, carrier])),
      state: this.stateOf(row, isShipped),
    };
  }

  private stateOf(row: JsonObject, isShipped: boolean): ShipmentState {
    const [own, ...further] = parcelsOf(row);
    const waybillNos = own && further.length > 0 ? [own, ...further].map(({ waybillNo }) => waybillNo) : undefined;
    const lines = mapOrderState(row, { isLeaderDiscountByPlatform: true, isLotteryHeld: false }).lines;
    return {
      platformOrderNo: orderNoOf(row),
      lines: lines.map(({ platformLineNo }) => ({
        platformLineNo,
        isShipped,
        ...(isShipped && own && { waybillNo: own.waybillNo }),
        ...(isShipped && waybillNos && { waybillNos }),
        ...(isShipped && own?.carrier !== undefined && { carrier: this.carriers.ours(own.carrier) }),
      })),
      allShipped: isShipped && lines.length > 0,
    };
  }
}

/** The same number of the same carrier; a parcel whose carrier is not told is known by its number alone. */
function isShown(shown: Shown, parcel: Addressed): boolean {
  if (!shown.parcels.has(parcel.waybillNo)) return false;
  const carrier = shown.parcels.get(parcel.waybillNo);
  return carrier === undefined || carrier === parcel.carrier.id;
}

/** There is no code for "already shipped", so every refusal that may be about the order is looked into (Pinduoduo sheet §9.4). */
function deservesReadBack(error: unknown): error is PlatformError {
  if (!isPlatformError(error)) return false;
  if (error.kind === 'already-done' || error.outcomeUnknown) return true;
  return error.kind === 'rejected' && !NOT_ABOUT_THE_ORDER.includes(error.facts.reason);
}

function refusal(orderNo: string, why: string, reason: 'bad-request' | 'state'): PlatformError {
  return new PlatformError('rejected', `Order ${orderNo} cannot be told as shipped: ${why}.`, {
    platform: 'pinduoduo',
    method: SEND,
    reason,
  });
}
