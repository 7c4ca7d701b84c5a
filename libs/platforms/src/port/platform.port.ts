import {
  CanonicalAfterSale,
  CanonicalListing,
  CanonicalOrder,
  CanonicalReceiver,
  PlatformState,
  RefundState,
} from '@app/contracts/canonical';
import { BillPort } from './bill.port';
import { BillAccount, PlatformCall, Window } from './platform.call';
import { PushPort } from './push.port';
import { ShipmentPort } from './shipment.port';
import { TokenPort } from './token.port';

/** One page of changed orders, already closed against moving rows. */
export interface OrderPage {
  /** Numbers on the page; with capability `ids` each one needs orderDetail. */
  items: readonly { platformOrderNo: string; modifiedAt?: string }[];
  /** Whole orders, with capability `orders`. */
  orders?: readonly CanonicalOrder[];
  /** With capability `orders`: rows that were listed but could not be read, with the reason; to be asked for alone. */
  failed?: readonly { platformOrderNo: string; reason: string }[];
  /** Rows the platform counted, when it counts: in the window, or in the list that `list` names. */
  total?: number;
  /** Which list the page is of, when one reading goes through several, e.g. a slice of time or a kind of order. */
  list?: string;
  /** Page number on the platform, to resume after a failure. */
  page?: number;
}

/** One page of the platform's own list of orders, by creation time. */
export interface CensusPage {
  /** The list has at least these; each must be stored at a version not older than modifiedAt. */
  items: readonly { platformOrderNo: string; modifiedAt?: string; placedAt?: string; rawStatus?: string }[];
  /**
   * Distinct orders that the platform itself counts in the list of this page; the window is listed again until as many
   * were seen. Absent where the platform does not count. An empty list is told by one page with total 0.
   */
  total?: number;
  /**
   * Which list `total` counts, when one reading goes through several (slices of time, kinds of orders). The same list has
   * the same name in every reading of the window; all pages without a name are one list.
   */
  list?: string;
}

/** What a cheap single re-read tells before a label is taken or a ship notice sent. */
export interface OrderStateView {
  platformOrderNo: string;
  platformState: PlatformState;
  rawStatus: string;
  modifiedAt?: string;
  forbids: readonly { code: string; text: string }[];
  lines: readonly {
    platformLineNo: string;
    platformLineState?: PlatformState;
    refundState: RefundState;
    forbids?: readonly { code: string; text: string }[];
  }[];
  /** Receiver as it is now, so that an address change is seen. */
  receiver?: CanonicalReceiver;
}

/** One page of listings. */
export interface ListingPage {
  listings: readonly CanonicalListing[];
  /** Rows that were listed but could not be read, with the reason; never silently dropped. */
  failed?: readonly { listingId: string; reason: string }[];
}

/** The number a platform shall show for one SKU. */
export interface StockTarget {
  listingId: string;
  /** Equal to listingId when the listing has no SKUs. */
  listingSkuId: string;
  /** Pieces, ≥ 0, in the meaning of the manifest's stockMeans. */
  quantity: number;
}

/** What became of one number. */
export interface StockVerdict extends StockTarget {
  /**
   * `accepted`: shown now; `postponed`: refused for now (campaign, unpaid orders hold more), repeat after retryAfterMs
   * or with a higher number; `not-found`: the SKU is gone, unlink; `refused`: never unchanged; `failed`: repeat later.
   */
  kind: 'accepted' | 'postponed' | 'not-found' | 'refused' | 'failed';
  reason?: string;
  platformCode?: string;
  retryAfterMs?: number;
  /** What the platform says it shows after the call. */
  shownNow?: number;
}

/** One page of after-sales. */
export interface AfterSalePage {
  afterSales: readonly CanonicalAfterSale[];
  failed?: readonly { platformAfterSaleNo: string; reason: string }[];
  total?: number;
}

/** A bill file exactly as downloaded. */
export interface BillFile {
  /** One of the port's billFormats. */
  format: string;
  fileName: string;
  bytes: Uint8Array;
}

/** Platform time against ours. */
export interface ServerTime {
  platformTime: Date;
  /** platformTime − our wire time, in ms, half of the round trip allowed for. */
  skewMs: number;
  roundTripMs: number;
}

/**
 * Everything that every platform can do. Failures are thrown as PlatformError; what a caller must branch on is
 * returned. Implementations keep no state of a shop.
 */
export interface PlatformPort extends TokenPort, ShipmentPort, PushPort, BillPort {
  /**
   * Orders modified within a closed window, page by page, so that rows which move while it is read are not lost.
   * The window counts as read only when the iteration ended by itself.
   */
  changedOrders(call: PlatformCall, window: Window): AsyncIterable<OrderPage>;

  /** One order in full with its raw text. Throws `not-found`. */
  orderDetail(call: PlatformCall, platformOrderNo: string): Promise<CanonicalOrder>;

  /**
   * The platform's own list by creation (or confirmation) time over an immutable window, with another filter than
   * changedOrders: the proof that nothing is missing.
   */
  censusOrders(call: PlatformCall, window: Window): AsyncIterable<CensusPage>;

  /** State, refunds and forbids of one order now; cheap, without raw text. */
  orderState(call: PlatformCall, platformOrderNo: string): Promise<OrderStateView>;

  /** All listings, or those modified within the window. */
  listings(call: PlatformCall, window?: Window): AsyncIterable<ListingPage>;

  /** One listing; its SKUs' numbers are the read-back of a stock push. Throws `not-found`. */
  listing(call: PlatformCall, listingId: string): Promise<CanonicalListing>;

  /** Sets absolute numbers; one verdict per target, in the order given. Throws only when nothing could be tried. */
  updateStock(call: PlatformCall, targets: readonly StockTarget[]): Promise<StockVerdict[]>;

  /**
   * Puts a listing on the shelf or takes it off; its numbers stay. Throws `already-done` or `rejected` also where it stands
   * there already and the platform says so: read the listing back then. Absent where the platform has no shelf.
   */
  setOnShelf?(call: PlatformCall, listingId: string, isOnShelf: boolean): Promise<void>;

  /** After-sales modified within the window. Absent where the platform has no such list. */
  afterSales?(call: PlatformCall, window: Window): AsyncIterable<AfterSalePage>;

  /**
   * One after-sale with its raw text. Throws `not-found`. Absent where the platform cannot be asked for one alone;
   * undefined where it can be asked only together with the order and `platformOrderNo` is not given.
   */
  afterSaleDetail?(
    call: PlatformCall,
    platformAfterSaleNo: string,
    platformOrderNo?: string,
  ): Promise<CanonicalAfterSale | undefined>;

  /**
   * Bill files of one day (YYYY-MM-DD, Asia/Shanghai), complete and unchanged. Throws `not-found` while the platform has
   * none of that day (not ready yet, or nothing moved), `rejected` with reason `configuration` or `permission` when it
   * refuses the account. Never throws `reauthorise` for an account of its own, since the shop's token is not at fault.
   * Absent where capabilities.bills is `none`.
   */
  billFiles?(call: PlatformCall, day: string): Promise<BillFile[]>;

  /** What is wrong with an account that somebody wants to set; pure. Empty when it can be tried. */
  billAccountProblems?(account: BillAccount): { field: keyof BillAccount; message: string }[];

  /** Asks the platform for its time; needs no shop token where the platform allows that. */
  serverTime(call: PlatformCall): Promise<ServerTime>;
}
