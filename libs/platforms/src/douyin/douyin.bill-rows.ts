import { sumFen } from '@app/shared';
import { BillRow, EntryKind } from '../port';
import { JsonObject, asText, cleanText } from '../kit/answer.json';
import { fenOf, has, instantOf } from './douyin.values';

/** One movement inside of a settlement line. */
interface Part {
  /** Field of the line that it comes from; tells the rows of one line apart. */
  name: string;
  label: string;
  kind: EntryKind;
  /** Positive: to the merchant. */
  netFen: number;
}

interface Field {
  name: string;
  label: string;
  kind: EntryKind;
}

/** Subsidies that stand in the income (Douyin sheet §12.2); no kind of its own exists for them, and no buyer paid them. */
const SUBSIDIES: readonly Field[] = [
  { name: 'platform_coupon', label: '平台补贴', kind: 'platform_fee' },
  { name: 'author_coupon', label: '达人补贴', kind: 'platform_fee' },
  { name: 'zt_pay_promotion', label: '抖音支付补贴', kind: 'platform_fee' },
  { name: 'zr_pay_promotion', label: 'DOU分期营销补贴', kind: 'platform_fee' },
];

/** Costs of a line (Douyin sheet §12.2). What influencers and their leaders get is `affiliate`. */
const FEES: readonly Field[] = [
  { name: 'platform_service_fee', label: '平台服务费', kind: 'tech_service' },
  { name: 'commission', label: '达人佣金', kind: 'affiliate' },
  { name: 'colonel_service_fee', label: '招商服务费', kind: 'affiliate' },
  { name: 'good_learn_channel_fee', label: '渠道分成', kind: 'platform_fee' },
  { name: 'channel_promotion_fee', label: '站外推广费', kind: 'platform_fee' },
  { name: 'other_sharing_amount', label: '其他分成', kind: 'platform_fee' },
];

/** Refunds after the settlement: to the payer, from the deposit, by another way (Douyin sheet §12.2, trade_type). */
const REFUNDS: Readonly<Record<string, string>> = {
  '1': '结算后退款-原路退回',
  '2': '保证金退款',
  '3': '结算后退款-非原路退回',
};

/**
 * A settlement line → its movements, which add up to what the merchant received. The signs of fees are UNCONFIRMED, so
 * they are taken the way in which the line's own sums agree; what no way explains becomes a movement `unclassified`.
 * Throws `rejected` for amounts that are not whole fen.
 */
export function settleRows(line: JsonObject, firstRowNo: number): BillRow[] {
  const occurredAt = instantOf(line['settle_time']);
  const requestNo = asText(line['request_no']);
  const lineNo = asText(line['order_id']) ?? '';
  if (occurredAt === undefined) throw new Error(`"${asText(line['settle_time']) ?? ''}" is no time`);
  if (requestNo === undefined) throw new Error('it has no request_no');
  const platformOrderNo = asText(line['shop_order_id']);
  const parts = partsOf(line).filter(({ netFen }) => netFen !== 0);
  return parts.map(({ name, label, kind, netFen }, index) => ({
    rowNo: firstRowNo + index,
    flowNo: `${requestNo}/${lineNo}/${name}`,
    // What is settled is the sub-order; a second settlement of it would have a number of its own.
    businessNo: lineNo,
    merchantOrderNo: lineNo,
    ...(platformOrderNo !== undefined && { platformOrderNo }),
    occurredAt,
    inFen: Math.max(netFen, 0),
    outFen: Math.max(-netFen, 0),
    businessType: label,
    remark: cleanText(line['remark'], 500) ?? '',
    entryKind: kind,
  }));
}

/** Number of a line in the file: the settlement number of a sub-order. */
export function settleKeyOf(line: JsonObject): string {
  return `${asText(line['request_no']) ?? ''}/${asText(line['order_id']) ?? ''}`;
}

function partsOf(line: JsonObject): Part[] {
  const settledFen = fenOf(line, 'settle_amount');
  const tradeType = asText(line['trade_type']) ?? '';
  const parts = tradeType === '0' ? settled(line) : Object.hasOwn(REFUNDS, tradeType) ? refunded(line, tradeType) : [];
  const restFen = settledFen - sumFen(parts.map(({ netFen }) => netFen));
  return [...parts, { name: 'rest', label: `未能归类(${tradeType})`, kind: 'unclassified', netFen: restFen }];
}

/** Income without subsidies is what the buyer paid; subsidies and fees are told apart from it. */
function settled(line: JsonObject): Part[] {
  const subsidies = SUBSIDIES.map((field): Part => ({ ...field, netFen: fenOf(line, field.name) }));
  const subsidyFen = sumFen(subsidies.map(({ netFen }) => netFen));
  const paidFen = has(line, 'total_income') ? fenOf(line, 'total_income') - subsidyFen : fenOf(line, 'real_pay_amount');
  return [{ name: 'goods', label: '货款', kind: 'goods_payment', netFen: paidFen }, ...subsidies, ...feesOf(line)];
}

function feesOf(line: JsonObject): Part[] {
  const fees = FEES.map((field) => ({ ...field, fen: fenOf(line, field.name) }));
  const totalFen = sumFen(fees.map(({ fen }) => fen));
  const outcomeFen = Math.abs(fenOf(line, 'total_outcome'));
  // Costs stand as positive or as negative numbers; the sum of the costs says which.
  const costOf = (fen: number): number =>
    totalFen === outcomeFen ? fen : -totalFen === outcomeFen ? -fen : Math.abs(fen);
  return fees.map(({ fen, ...field }) => ({ ...field, netFen: -costOf(fen) }));
}

/** A refund takes the payment back; fees beside it come back when the sums say so, else the whole is the refund. */
function refunded(line: JsonObject, tradeType: string): Part[] {
  const label = REFUNDS[tradeType]!;
  const settledFen = fenOf(line, 'settle_amount');
  const fees = FEES.map((field): Part => ({ ...field, netFen: Math.abs(fenOf(line, field.name)) }));
  const backFen = sumFen(fees.map(({ netFen }) => netFen));
  const refundFen = backFen - settledFen;
  const proven = [Math.abs(fenOf(line, 'real_pay_amount')), Math.abs(fenOf(line, 'total_outcome'))];
  if (backFen > 0 && proven.includes(refundFen))
    return [{ name: 'refund', label, kind: 'refund', netFen: -refundFen }, ...fees];
  return settledFen <= 0 ? [{ name: 'refund', label, kind: 'refund', netFen: settledFen }] : [];
}
