import type { OrderStory, RefundKind } from './story.types';

/** How a platform writes its numbers. `n` is never given twice; `at` is the order's instant. All are texts. */
export interface PlatformNumbers {
  orderNo(n: number, buyerId: string, at: number): string;
  lineNo(n: number, buyerId: string): string;
  /** True where the first line of every order bears the order's own number; else only a single line does. */
  firstLineBearsOrderNo?: boolean;
  /** Where lines have no number: what stands for it, out of the SKU and how often it came before in the order. */
  lineNoOf?(listingSkuId: string, before: number): string;
  refundNo(n: number): string;
  listingId(n: number): string;
  skuId(n: number): string;
  /** The number of a row of money in the bill. */
  flowNo(n: number): string;
  buyerOpenId(buyerId: string): string;
}

/** A carrier as a platform knows it. */
export interface CarrierStory {
  code: string;
  name: string;
  /** Writes the n-th waybill number. */
  waybillNo(n: number): string;
}

/** What the core must know of a platform to tell stories on it. */
export interface PlatformWords {
  platform: string;
  numbers: PlatformNumbers;
  carriers: CarrierStory[];
  /** The most lines of an order that the seed places; any number unless told. */
  mostLines?: number;
  /** True when an order's arrival is a status of its own, so that it moves the order's modified time. */
  arrivalIsChange?: boolean;
  /**
   * What moves an order's modified time, as a text: it moves when the text changes. Without it every act moves it,
   * except a carrier's scans.
   */
  modifiedBy?(order: OrderStory): string;
  /** True while a buyer can only ask money back for the whole order, not for one line. */
  refundsWholeOrder?(order: OrderStory): boolean;
  /** How often a paid order of several lines is split into two by the platform; never unless told. */
  splitShare?: number;
  /** The after-sales that a buyer may ask for; `refund` and `return` unless told. */
  afterSaleKinds?: readonly RefundKind[];
  /** What the platform takes of an income, in ten thousandths; the usual rates unless told. */
  feeRates?: FeeRates;
  /** True where the platform itself ends orders of nothing but price differences; else the shop ships them without goods. */
  shipsPriceDifferences?: boolean;
  /** How long an access token lives that nobody renewed, in wire milliseconds; a year unless told. */
  tokenLifeMs?: number;
  /** True when the platform pays its own discount to the shop, as a row of money beside the payment. */
  paysItsDiscount?: boolean;
}

/** Shares of an order's income in ten thousandths; 0 leaves the row out. */
export interface FeeRates {
  commissionBp: number;
  pointsBp: number;
  /** Taken of one order in ten only. */
  softwareFeeBp: number;
}
