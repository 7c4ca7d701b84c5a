import { CanonicalReceiver } from '@app/contracts/canonical';
import { PlatformCall } from './platform.call';

/** Pieces of one line in one parcel. */
export interface ParcelLine {
  platformLineNo: string;
  /** Pieces of the line in this parcel. */
  quantity: number;
  /** Pieces ordered of the line. */
  orderedQuantity: number;
}

/** One parcel of one order. */
export interface ShippedParcel {
  /** Our carrier code; the adapter translates it by the manifest's table. */
  carrier: string;
  waybillNo: string;
  lines: readonly ParcelLine[];
}

/** What a platform shall be told. */
export interface ShipNotice {
  platformOrderNo: string;
  /** Parcels of this order to be told in this call; where the platform ships whole orders only, all of them. */
  parcels: readonly ShippedParcel[];
  /** Nothing of the order remains to be shipped after this. */
  finishesOrder: boolean;
  /** Some lines of the order were told in an earlier notice, so this one must name its lines. */
  shippedBefore: boolean;
  /** The platform allows no line to be split (from its order); the adapter then refuses a split line. */
  noLineSplit?: boolean;
  /** Number that the platform shows for the order now and that the only parcel of this notice takes the place of. */
  replaces?: string;
  /** Same key for every repetition of the same notice. */
  idempotencyKey: string;
}

/** What the platform shows as shipped. */
export interface ShipmentState {
  platformOrderNo: string;
  /** Lines that are shipped there, with the number shown for them. */
  lines: readonly {
    platformLineNo: string;
    isShipped: boolean;
    waybillNo?: string;
    carrier?: string;
    /** All numbers shown for the line, where it stands in several parcels. */
    waybillNos?: readonly string[];
  }[];
  allShipped: boolean;
}

/**
 * Outcome of a ship notice: `sent` now; `already-sent` earlier with the same waybill (read back); `conflict` means that
 * the platform shows other waybills, which only a person can judge.
 */
export type ShipOutcome =
  | { kind: 'sent' }
  | { kind: 'already-sent'; state: ShipmentState }
  | { kind: 'conflict'; state: ShipmentState; reason: string };

/** Where a parcel is sent from; must equal an address that the carrier account knows. */
export interface SenderAddress {
  name: string;
  mobile: string;
  province: string;
  city: string;
  district?: string;
  town?: string;
  detail: string;
}

/** A label wanted for one parcel. */
export interface WaybillRequest {
  /** Equal for every repetition of the same parcel; the platform or we use it to hand out no second number. */
  requestKey: string;
  /** Our carrier code. */
  carrier: string;
  sender: SenderAddress;
  /** Orders in the parcel; the first one's receiver is on the label. */
  platformOrderNos: readonly string[];
  /** Platform of the orders when it is not the adapter's own, e.g. a JD order on a Taobao label account. */
  channel?: string;
  receiver: CanonicalReceiver;
  items: readonly { name: string; count: number }[];
  weightGrams?: number;
  volumeMl?: number;
  templateUrl?: string;
  /** Carrier services as the platform names them, e.g. insurance. */
  services?: Readonly<Record<string, unknown>>;
}

/** A label. */
export interface Waybill {
  waybillNo: string;
  parentWaybillNo?: string;
  /** Our carrier code. */
  carrier: string;
  /** Text to hand unchanged to the platform's print component. */
  printData: string;
}

/** A carrier account for labels; the sender of a label must be one of its addresses. */
export interface WaybillAccount {
  /** Our carrier code. */
  carrier: string;
  branchCode: string;
  branchName: string;
  /** Numbers left; absent where the platform does not count. */
  numbersLeft?: number;
  addresses: readonly Omit<SenderAddress, 'name' | 'mobile'>[];
}

/** Telling the platform about parcels, and the platform's labels. */
export interface ShipmentPort {
  /** Tells parcels. A refusal "already shipped" or an unknown outcome is read back and compared before it is judged. */
  sendShipment(call: PlatformCall, notice: ShipNotice): Promise<ShipOutcome>;

  /** What the platform shows as shipped now. */
  shipmentState(call: PlatformCall, platformOrderNo: string): Promise<ShipmentState>;

  /** Takes a number and its label. After an unknown outcome ask findWaybills first. Throws `rejected` with the reason. */
  getWaybill(call: PlatformCall, request: WaybillRequest): Promise<Waybill>;

  /** Carrier accounts with their sender addresses. Absent where the platform has no such list. */
  waybillAccounts?(call: PlatformCall, carrier?: string): Promise<WaybillAccount[]>;

  /** Labels taken for an order so far; the way back after a lost answer, and for a reprint. */
  findWaybills(call: PlatformCall, request: { platformOrderNo: string; carrier: string }): Promise<Waybill[]>;

  /** Changes what is on a label that has not left. */
  updateWaybill(call: PlatformCall, waybillNo: string, request: WaybillRequest): Promise<Waybill>;

  /** Gives a number back. `gone` = it was cancelled before; `refused` = the carrier has it already. */
  cancelWaybill(
    call: PlatformCall,
    request: { waybillNo: string; carrier: string },
  ): Promise<'cancelled' | 'gone' | 'refused'>;
}
