import type { Core } from '../../../core/core';
import { billedFen, type LedgerRow } from '../../../core/ledger';
import { douyinNumbers } from '../numbers';
import { isHead, isInsideRun, isReady, linesOf, type SettleLine } from './settle-lines';

/** A movement of a shop's account (Douyin sheet §12.4). The amount is signed. */
export interface AccountRow {
  tradeNo: string;
  at: number;
  fen: number;
  tag: number;
  description: string;
  businessType: number;
  businessText: string;
  orderNo: string;
  lineNo: string;
  refundNo: string;
  settle?: SettleLine;
}

type Words = Pick<AccountRow, 'tag' | 'description' | 'businessType' | 'businessText'>;

const words = (tag: number, description: string, businessType: number, businessText: string): Words => ({
  tag,
  description,
  businessType,
  businessText,
});

/** What a row is called. The last one's tag is none that the sheet knows. */
function wordsOf(row: LedgerRow): Words {
  switch (row.kind) {
    case 'insurance':
      return words(20, '货款扣除运费险保费', 2, '保险');
    case 'platform_discount':
      return words(7, '平台补贴扣回', 1, '鲁班广告');
    case 'withdrawal':
      return words(11, '提现', 3, '提现');
    case 'deposit':
      return words(10, '保证金', 4, '保证金');
    case 'platform_fee':
      return words(21, 'BIC质检服务费', 5, '服务费');
    case 'commission':
    case 'points':
    case 'software_fee':
      return words(1, '达人佣金', 1, '订单');
    default:
      return words(99, '系统调账', 9, '其他');
  }
}

function settled(line: SettleLine): AccountRow {
  const isRefund = line.tradeType === 1;
  return {
    tradeNo: line.requestNo,
    at: line.at,
    fen: line.settleFen,
    ...(isRefund ? words(19, '已退款', 1, '订单') : words(3, '订单结算', 1, '订单')),
    orderNo: line.orderNo,
    lineNo: line.lineNo,
    refundNo: line.refundNo ?? '',
    settle: line,
  };
}

function alone(row: LedgerRow): AccountRow {
  return {
    tradeNo: douyinNumbers.flowNo(Number(row.no)),
    at: row.at,
    fen: billedFen(row),
    ...wordsOf(row),
    orderNo: row.order?.no ?? '',
    lineNo: row.order?.lines[0]?.no ?? '',
    refundNo: row.refundNo ?? '',
  };
}

/** The movements of a shop's account whose data is made; both ends of the span included. Settled orders move net of fees. */
export function accountRows(core: Core, shopId: string, from: number, to: number): AccountRow[] {
  return core.ledger
    .between('douyin', shopId, from, to + 1)
    .filter((row) => isReady(core, row.at) && !isInsideRun(row))
    .flatMap((row) => (isHead(row) ? linesOf(row).map(settled) : [alone(row)]))
    .filter((row) => row.fen !== 0);
}
