import { EntryKind } from '../port';

/** Fee names and what they are about, first match wins (JD sheet §12.4); names are dynamic, so the list is never whole. */
const BY_NAME: readonly (readonly [RegExp, EntryKind])[] = [
  // Commission that is given back carries the name of its cause; it stays commission.
  [/佣金/, 'commission'],
  [/^货款|^代收配送费/, 'goods_payment'],
  [/^卖家返还运费/, 'refund'],
  [/^交易服务费/, 'tech_service'],
  [/京豆$|^京豆/, 'points'],
  [/^运费保险服务费/, 'freight_insurance'],
  [/白条/, 'payment_fee'],
  [/^商品保险服务费|价保扣款|赔付|赔款|直赔|违约金/, 'platform_fee'],
];

/**
 * What a fee is about. Money for goods or freight that goes out was given back to the buyer. A reduced commission for a
 * joint advertisement is money for reach. Names that no line fits are `unclassified`.
 */
export function feeKindOf(name: string, isIncome: boolean): EntryKind {
  if (/^广告联合活动/.test(name)) return 'affiliate';
  const kind = BY_NAME.find(([pattern]) => pattern.test(name))?.[1] ?? 'unclassified';
  if (kind === 'goods_payment' && !isIncome) return 'refund';
  if (kind === 'refund' && isIncome) return 'unclassified';
  return kind;
}
