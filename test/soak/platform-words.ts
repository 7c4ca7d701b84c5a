import type { TruthBill } from './truth';

/** A row of a bill on either side, as far as it is needed to find it again on the other one. */
export interface BilledRow {
  /** Day in Asia/Shanghai on which the money moved. */
  day: string;
  flowNo: string;
  orderNo: string;
  fen: number;
}

/** What a platform's own words make of the story. */
export interface PlatformWords {
  /** What the rows of both sides have in common. Rows with the same key are compared by their sum. */
  keyOf(row: BilledRow): string;
  /** The name by which the bill calls what the platform takes of an income, in the words of the API. */
  commission: string;
  /** Further kinds of money that the bill tells under that same name, where an order pays them. */
  besideCommission: readonly TruthBill['kind'][];
  /** Kinds of money that stand in no bill. */
  untold: readonly TruthBill['kind'][];
  /** False where no sheet knows the bill's word for a deposit, so that it must be shown as not understood. */
  hasDeposits: boolean;
  /** True where a bill may be cut off, or late, on its way; a list of charges comes whole or not at all. */
  canBreak: boolean;
  /** True where an order that was completed reads as closed once all that was paid for its goods went back. */
  closesWhenPaidBack: boolean;
  /** False where the platform tells payments, discounts and the state of an order only as a whole, not by line. */
  tellsLines: boolean;
  /** False where a day on which nothing moved reads as one whose bill is not made out yet. */
  tellsQuietDays: boolean;
}

const USUAL: PlatformWords = {
  keyOf: ({ flowNo }) => flowNo,
  commission: 'commission',
  besideCommission: [],
  untold: [],
  hasDeposits: true,
  canBreak: true,
  closesWhenPaidBack: false,
  tellsLines: true,
  tellsQuietDays: true,
};

const BY_PLATFORM: Readonly<Record<string, PlatformWords>> = {
  // One charge per SKU; the tail of its number tells which. What leaves the account itself is no charge.
  jd: {
    ...USUAL,
    keyOf: ({ flowNo }) => flowNo.replace(/-\d+$/, ''),
    untold: ['withdrawal'],
    hasDeposits: false,
    canBreak: false,
    tellsLines: false,
    tellsQuietDays: false,
  },
  // Rows have no numbers: equal ones are counted. The base fee is called a technical service fee.
  pinduoduo: {
    ...USUAL,
    keyOf: ({ day, orderNo, fen }) => `${day} ${orderNo || 'no order'} ${fen} fen`,
    commission: 'tech_service',
    hasDeposits: false,
    closesWhenPaidBack: true,
  },
  // Each sub-order is settled net, its fees within; who brought the buyer gets the commission.
  douyin: {
    ...USUAL,
    keyOf: ({ day, orderNo, flowNo }) => (orderNo ? `${day} ${orderNo}` : flowNo),
    commission: 'affiliate',
    // The leader of a campaign is paid beside the one who brought the buyer, of some orders only.
    besideCommission: ['software_fee'],
    tellsQuietDays: false,
  },
};

/** The words of a platform; the usual ones unless its sheet says otherwise. */
export const wordsOf = (platform: string): PlatformWords => BY_PLATFORM[platform] ?? USUAL;
