import { EntryKind } from '../port';

/** The texts of a row that tell what it is about. */
export interface BillTexts {
  merchantOrderNo: string;
  businessType: string;
  remark: string;
  inFen: number;
  outFen: number;
}

/** Goods are paid under the number of the trade behind this mark; further marks are UNCONFIRMED (Taobao sheet §12.3). */
const TRADE_MARK = /^T\d+N?P(\d+)$/;
const TRADE_MARK_INSIDE = /T\d+N?P(\d{15,19})(?!\d)/;

/** Kinds by remark, the more special one first (Taobao sheet §12.3). */
const BY_REMARK: readonly [RegExp, EntryKind][] = [
  [/保证金/, 'deposit'],
  [/售后退款-.*T\d+N?P\d+/, 'refund'],
  [/天猫佣金（类目）/, 'commission'],
  [/基础软件服务费/, 'tech_service'],
  [/代扣返点积分|代扣交易退回积分/, 'points'],
  [/淘宝客佣金|淘宝联盟佣金|推广佣金/, 'affiliate'],
  [/花呗支付服务费|信用卡支付服务费|技术服务费\(花呗/, 'payment_fee'],
  [/保险承保-卖家版运费险|退货险保费收取/, 'freight_insurance'],
  [/公益宝贝捐赠/, 'charity'],
  [
    /消费者体验提升计划服务费|先用后付技术服务费|百亿补贴软件服务费|官方竞价软件服务费|品牌新享.*软件服务费/,
    'platform_fee',
  ],
  [/消费券代付资金扣回/, 'subsidy_back'],
];

/** Kinds by business type, or by remark where the type says nothing (Taobao sheet §12.3). */
const BY_TYPE: readonly [RegExp, EntryKind][] = [
  [/^(交易付款|在线支付)$/, 'goods_payment'],
  [/^(交易退款|退款（交易退款）)$/, 'refund'],
  [/^收费$/, 'payment_fee'],
  [/分账/, 'split'],
  [/提现|转出到网商银行|余利宝|转账/, 'transfer'],
  [/结息/, 'interest'],
];

/** What a row is about. Rows that no line of the tables fits, or that run against their kind's direction, are `unclassified`. */
export function classify(texts: BillTexts): EntryKind {
  const byRemark = BY_REMARK.find(([pattern]) => pattern.test(texts.remark));
  const byType = BY_TYPE.find(([pattern]) => pattern.test(texts.businessType));
  const byWord = BY_TYPE.find(([pattern]) => pattern.test(texts.remark));
  const kind = (byRemark ?? byType ?? byWord)?.[1] ?? 'unclassified';
  if (kind === 'goods_payment' && (texts.outFen > 0 || !TRADE_MARK.test(texts.merchantOrderNo))) return 'unclassified';
  if (kind === 'refund' && texts.inFen > 0) return 'unclassified';
  return kind;
}

/** The order that a row names: by its marks first, then by a number of that length in the remark (Taobao sheet §12.3). */
export function orderNoOf(texts: Pick<BillTexts, 'merchantOrderNo' | 'remark'>, kind: EntryKind): string | undefined {
  if (kind === 'transfer' || kind === 'interest') return undefined;
  const { merchantOrderNo, remark } = texts;
  return (
    TRADE_MARK.exec(merchantOrderNo)?.[1] ??
    /^HJCOM=.*=(\d{15,19})$/.exec(merchantOrderNo)?.[1] ??
    /^CAE_POINT_(\d{15,19})$/.exec(merchantOrderNo)?.[1] ??
    TRADE_MARK_INSIDE.exec(remark)?.[1] ??
    /(?<!\d)\d{15,19}(?!\d)/.exec(remark)?.[0]
  );
}
