import { billedFen, type LedgerRow } from '../../../core/ledger';
import { hashText } from '../../../core/random';
import type { MoneyKind } from '../../../core/story.types';

/** A row of a bill: the text columns beside time and amount (Pinduoduo sheet §12). */
export interface BillRow {
  orderNo: string;
  at: number;
  fen: number;
  type: string;
  remark: string;
  description: string;
}

type Words = Pick<BillRow, 'type' | 'remark' | 'description'>;

const words = (code: string, type: string, what: string, remark = '-'): Words => ({
  type,
  remark,
  description: `${code}|${type}-${what}`,
});

/** Words of money that comes in, or goes out where the kind only goes out (codes of Pinduoduo sheet §12). */
const WORDS: Readonly<Record<MoneyKind, Words>> = {
  goods: words('0010002', '交易收入', '订单收入'),
  refund: words('0020002', '交易退款', '订单退款', ''),
  platform_discount: words('0010005', '交易收入', '优惠券结算'),
  commission: words('0030002', '技术服务费', '基础技术服务费'),
  insurance: words('0050002', '服务支出', '消费者体验提升计划'),
  points: words('0050002', '服务支出', '消费者体验提升计划'),
  software_fee: words('0140028', '其他支出', '合作费追回'),
  platform_fee: words('0030002', '技术服务费', '基础技术服务费'),
  withdrawal: words('0080001', '提现', '提现申请'),
  // The sheet has seen the name 保证金 and no code: this one is made up, and no table can know it.
  deposit: words('0060001', '保证金', '保证金扣除'),
  unknown: words('0990001', '系统调账', '账户调整'),
};

const DISCOUNT_BACK = words('0020005', '交易退款', '优惠券结算', '');
const ODD: readonly Words[] = [WORDS.unknown, words('0990002', '其他', '业务调整单'), words('0990003', '其他', '补记')];

function wordsOf(row: LedgerRow): Words {
  if (row.kind === 'platform_discount' && billedFen(row) < 0) return DISCOUNT_BACK;
  return row.kind === 'unknown' ? ODD[hashText(`words:${row.no}`) % ODD.length]! : WORDS[row.kind];
}

/** A row of money in the words of the bill. Rows of the shop alone name no order. */
export function billRow(row: LedgerRow): BillRow {
  const { type, remark, description } = wordsOf(row);
  return {
    orderNo: row.strangerNo ?? row.order?.no ?? '',
    at: row.at,
    fen: billedFen(row),
    type,
    remark,
    description,
  };
}
