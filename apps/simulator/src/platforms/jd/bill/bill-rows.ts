import { billedFen, type LedgerRow } from '../../../core/ledger';
import { hashText } from '../../../core/random';
import { DAY, HOUR, MINUTE, SECOND, startOfDay } from '../../../core/times';
import type { LineStory, MoneyKind } from '../../../core/story.types';
import { share } from '../../../seed/place-order';

/** One row of a settlement: an order, a SKU and a fee (JD sheet §12.3). Outgoing amounts are negative. */
export interface BillRow {
  row: LedgerRow;
  /** Beside the row's own number when a row of money is told by several SKUs. */
  part: number;
  fen: number;
  feeName: string;
  feeType: number;
  line: LineStory | undefined;
  /** When the bill was written, and when the money arrived. */
  writtenAt: number;
  settledAt: number;
}

/** The bill of a day is written at 02:10 of the next, the money arrives at 11:02:13 (JD sheet §12.4, samples). */
const WRITTEN_MS = DAY + 2 * HOUR + 10 * MINUTE;
const SETTLED_MS = DAY + 11 * HOUR + 2 * MINUTE + 13 * SECOND;

interface Fee {
  name: string;
  /** The number of the fee; the sheet knows none, these are made up. */
  type: number;
  /** Whether the row belongs to goods; insurance and penalties have no SKU. */
  isOfGoods: boolean;
}

const FEES: Readonly<Partial<Record<MoneyKind, Fee>>> = {
  goods: { name: '货款', type: 1, isOfGoods: true },
  refund: { name: '货款', type: 1, isOfGoods: true },
  commission: { name: '佣金', type: 2, isOfGoods: true },
  software_fee: { name: '交易服务费', type: 3, isOfGoods: true },
  points: { name: '京豆', type: 4, isOfGoods: true },
  insurance: { name: '运费保险服务费', type: 5, isOfGoods: false },
  platform_fee: { name: '综合违约金', type: 6, isOfGoods: false },
  deposit: { name: '保证金扣款', type: 7, isOfGoods: false },
};
const ODD: readonly string[] = ['账户调整', '系统调账', '业务调整单'];

function feeOf(row: LedgerRow): Fee | undefined {
  if (row.kind === 'unknown')
    return { name: ODD[hashText(`words:${row.no}`) % ODD.length]!, type: 99, isOfGoods: false };
  return FEES[row.kind];
}

/** The lines that a row of money is about: of an after-sale its own, else all that were not refunded before. */
function linesOf({ order, refundNo }: LedgerRow): LineStory[] {
  if (!order) return [];
  const refund = order.refunds.find((one) => one.no === refundNo);
  if (refund) return order.lines.filter((line) => line.no === refund.lineNo);
  const open = order.lines.filter((line) => line.state !== 'closed');
  return open.length > 0 ? open : order.lines;
}

/**
 * The rows by which a settlement tells one movement of money; none for money that leaves the account itself, which is no
 * part of a settlement.
 */
export function billRows(row: LedgerRow): BillRow[] {
  const fee = feeOf(row);
  if (!fee || row.isDropped) return [];
  const day = startOfDay(row.at);
  const plain = { row, feeName: fee.name, feeType: fee.type, writtenAt: day + WRITTEN_MS, settledAt: day + SETTLED_MS };
  const lines = fee.isOfGoods ? linesOf(row) : [];
  const fen = billedFen(row);
  if (lines.length === 0) return [{ ...plain, part: 0, fen, line: undefined }];
  const sign = fen < 0 ? -1 : 1;
  const amounts = share(
    Math.abs(fen),
    lines.map((line) => line.paidFen),
  );
  return lines
    .map((line, i): BillRow => ({ ...plain, part: i, fen: sign * amounts[i]!, line }))
    .filter((one) => one.fen !== 0);
}

/** The order that a row names; none when the row belongs to the shop alone. */
export const orderNoOf = ({ row }: BillRow): string | undefined => row.strangerNo ?? row.order?.no;
