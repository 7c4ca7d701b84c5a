/** What a row of a bill is about, in words that all platforms share. */
export const ENTRY_KINDS = [
  'goods_payment',
  'refund',
  'commission',
  'tech_service',
  'points',
  'affiliate',
  'payment_fee',
  'freight_insurance',
  'charity',
  'platform_fee',
  'subsidy_back',
  'deposit',
  'split',
  'transfer',
  'interest',
  'unclassified',
] as const;
/** One of ENTRY_KINDS. */
export type EntryKind = (typeof ENTRY_KINDS)[number];

/** One movement of money as the platform's bill tells it. Amounts are fen ≥ 0, times ISO 8601 with offset. */
export interface BillRow {
  /** Line of the detail file, counted from 1 as an editor shows it. */
  rowNo: number;
  /** The platform's own number of the movement; empty in files that have none. */
  flowNo: string;
  businessNo: string;
  merchantOrderNo: string;
  /** The order that the row names, if it names one. */
  platformOrderNo?: string;
  occurredAt: string;
  inFen: number;
  outFen: number;
  /** Balance of the account after the movement, where the file tells it. */
  balanceFen?: number;
  businessType: string;
  remark: string;
  entryKind: EntryKind;
}

/** Why a bill file is not proven whole. */
export interface BillProblem {
  code:
    | 'nul_byte'
    | 'header_missing'
    | 'end_missing'
    | 'footer_missing'
    | 'footer_count'
    | 'footer_sum'
    | 'balance_broken'
    | 'row_unreadable'
    | 'row_outside'
    | 'flow_repeated'
    | 'summary_differs';
  /** Line of the detail file, where one is at fault. */
  row?: number;
  message: string;
}

/** A bill file in shared words. Rows that cannot be read are left out and named as problems. */
export interface ParsedBill {
  /** The money account that the file is about. */
  account?: string;
  /** Half-open span that the file covers, ISO 8601 with offset. */
  from?: string;
  to?: string;
  /** Name of the detail file inside of the archive. */
  detailName?: string;
  currency: string;
  rows: readonly BillRow[];
  /** Everything that the file says about itself was recomputed and agrees. */
  isWhole: boolean;
  problems: readonly BillProblem[];
}

/** Reading bill files; pure, without calls to the platform. */
export interface BillPort {
  /** Names of the file forms that parseBill reads. */
  readonly billFormats?: readonly string[];

  /** Reads one file. Throws BILL_FILE.INVALID when it is no bill of that form at all. */
  parseBill?(format: string, bytes: Uint8Array): Promise<ParsedBill>;
}
