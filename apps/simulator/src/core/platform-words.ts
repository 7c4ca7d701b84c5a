/** How a platform writes its numbers. `n` is never given twice. All are texts. */
export interface PlatformNumbers {
  orderNo(n: number, buyerId: string): string;
  lineNo(n: number, buyerId: string): string;
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
}
