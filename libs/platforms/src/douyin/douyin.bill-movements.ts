import { BillRow, EntryKind } from '../port';
import { JsonObject, asText, cleanText } from '../kit/answer.json';
import { fenOf, idOf, instantOf } from './douyin.values';

/**
 * What a movement of the account is about, by `account_bill_desc_tag` (Douyin sheet §12.4). Settlements (3, 4, 5) and
 * refunds (19, 23) are told by the settlement lines, which say what they are made of.
 */
const KINDS: Readonly<Record<string, EntryKind>> = {
  '1': 'affiliate',
  '2': 'affiliate',
  '6': 'tech_service',
  '7': 'platform_fee',
  '10': 'deposit',
  '11': 'transfer',
  '12': 'transfer',
  '14': 'platform_fee',
  '15': 'platform_fee',
  '16': 'platform_fee',
  '17': 'platform_fee',
  '18': 'platform_fee',
  '20': 'freight_insurance',
  '21': 'platform_fee',
  '22': 'platform_fee',
};
const TOLD_BY_SETTLEMENT = ['3', '4', '5', '19', '23'];
const INTO_THE_ACCOUNT = '0';

/** True for a movement that the settlement lines tell already. */
export function isToldBySettlement(movement: JsonObject): boolean {
  return TOLD_BY_SETTLEMENT.includes(asText(movement['account_bill_desc_tag']) ?? '');
}

/** A movement of the account → a row; a tag that the sheet does not name is `unclassified`. */
export function movementRow(movement: JsonObject, rowNo: number): BillRow {
  const occurredAt = instantOf(movement['bill_time']);
  const flowNo = asText(movement['account_trade_no']);
  const direction = asText(movement['fund_flow']);
  if (occurredAt === undefined) throw new Error(`"${asText(movement['bill_time']) ?? ''}" is no time`);
  if (flowNo === undefined) throw new Error('it has no account_trade_no');
  if (direction !== INTO_THE_ACCOUNT && direction !== '1') throw new Error('fund_flow is neither 0 nor 1');
  const fen = Math.abs(fenOf(movement, 'account_amount'));
  const tag = asText(movement['account_bill_desc_tag']) ?? '';
  const platformOrderNo = idOf(movement['shop_order_id']);
  return {
    rowNo,
    flowNo,
    businessNo: flowNo,
    merchantOrderNo: idOf(movement['order_id']) ?? '',
    ...(platformOrderNo !== undefined && { platformOrderNo }),
    occurredAt,
    inFen: direction === INTO_THE_ACCOUNT ? fen : 0,
    outFen: direction === INTO_THE_ACCOUNT ? 0 : fen,
    businessType: cleanText(movement['account_bill_desc'], 100) ?? `动账(${tag})`,
    remark: cleanText(movement['remark'], 500) ?? '',
    entryKind: Object.hasOwn(KINDS, tag) ? KINDS[tag]! : 'unclassified',
  };
}
