import { EntryKind } from '../port';

/**
 * Kinds by the code in front of 业务描述 (Pinduoduo sheet §12). Platform coupons that are reimbursed (0010005) and taken
 * back (0020005) come beside what the buyer paid, so they are kept apart from the goods' own payment and refund.
 */
const BY_CODE: Readonly<Record<string, EntryKind>> = {
  '0010002': 'goods_payment',
  '0010005': 'platform_fee',
  '0020002': 'refund',
  '0020005': 'platform_fee',
  '0030002': 'tech_service',
  '0050002': 'platform_fee',
  '0070004': 'transfer',
  '0080001': 'transfer',
};

/** Types whose meaning is plain although the code is not in the sheet. */
const BY_TYPE: Readonly<Record<string, EntryKind>> = { 提现: 'transfer' };

/** The code of `0010002|交易收入-订单收入`. */
export function codeOf(description: string): string {
  return /^\s*(\d+)\s*\|/.exec(description)?.[1] ?? '';
}

/**
 * What a row is about. Codes that the sheet does not know, rows without an order that should have one, and rows that run
 * against their kind's direction are `unclassified`, so that somebody looks.
 */
export function classify(row: {
  description: string;
  type: string;
  inFen: number;
  outFen: number;
  hasOrder: boolean;
}): EntryKind {
  const code = codeOf(row.description);
  const kind = own(BY_CODE, code) ?? own(BY_TYPE, row.type) ?? 'unclassified';
  if (kind === 'goods_payment' && (row.outFen > 0 || !row.hasOrder)) return 'unclassified';
  if (kind === 'refund' && (row.inFen > 0 || !row.hasOrder)) return 'unclassified';
  return kind;
}

function own(table: Readonly<Record<string, EntryKind>>, key: string): EntryKind | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
