import { PlatformConfig, PlatformConfigKey } from '../port';

/** Everything of this folder that an installation may set; addresses, and facts that the sheet marks UNCONFIRMED. */
export const PINDUODUO_CONFIG_KEYS: readonly PlatformConfigKey[] = [
  {
    env: 'PINDUODUO_GATEWAY_URL',
    name: 'gatewayUrl',
    kind: 'url',
    default: 'https://gw-api.pinduoduo.com/api/router',
    doc: 'Business gateway, Pinduoduo sheet §1',
  },
  {
    env: 'PINDUODUO_AUTH_URL',
    name: 'authUrl',
    kind: 'url',
    default: 'https://fuwu.pinduoduo.com/service-market/auth',
    doc: 'Page on which a merchant authorises, Pinduoduo sheet §3',
  },
  {
    env: 'PINDUODUO_PUSH_URL',
    name: 'pushUrl',
    kind: 'url',
    default: 'wss://message-api.pinduoduo.com/message',
    doc: 'Message socket, before /{client_id}/{ms}/{digest}, Pinduoduo sheet §11.2',
  },
  {
    env: 'PINDUODUO_TIMEOUT_MS',
    name: 'timeoutMs',
    kind: 'integer',
    default: '10000',
    doc: 'Longest wait for one answer, milliseconds',
  },
  {
    env: 'PINDUODUO_MAX_ANSWER_BYTES',
    name: 'maxAnswerBytes',
    kind: 'integer',
    default: '16777216',
    doc: 'Largest answer after inflation, bytes',
  },
  {
    env: 'PINDUODUO_MAX_BILL_BYTES',
    name: 'maxBillBytes',
    kind: 'integer',
    default: '31457280',
    doc: 'Largest bill file, bytes; settlement takes at most 30 MiB',
  },
  {
    env: 'PINDUODUO_BILL_NOT_READY_TEXTS',
    name: 'billNotReadyTexts',
    kind: 'text',
    default: '账单不存在,账单未生成,暂未生成,尚未生成,暂无账单,账单尚未,未出账',
    doc: 'Comma list of texts that say that a day has no bill yet; UNCONFIRMED in Pinduoduo sheet §12',
  },
  {
    env: 'PINDUODUO_BILL_NEEDS_TOTALS',
    name: 'billNeedsTotals',
    kind: 'boolean',
    default: 'true',
    doc: 'A bill without its lines of totals counts as cut off; that the API file has them is UNCONFIRMED in Pinduoduo sheet §12',
  },
  {
    env: 'PINDUODUO_NOT_FOUND_TEXTS',
    name: 'notFoundTexts',
    kind: 'text',
    default: '订单不属于当前店铺或订单不存在,订单不存在,商品不存在,sku不存在,售后单不存在,面单号不存在',
    doc: 'Comma list of texts of code 50001 that say that there is no such thing; only the first is known, Pinduoduo sheet §4.3',
  },
  {
    env: 'PINDUODUO_ALREADY_DONE_TEXTS',
    name: 'alreadyDoneTexts',
    kind: 'text',
    default: '订单状态不是待发货,订单已发货,面单已取消,面单号已取消,运单号已取消',
    doc: 'Comma list of texts that say that the wanted effect was there before; UNCONFIRMED in Pinduoduo sheet §4.3, §9.4',
  },
  {
    env: 'PINDUODUO_LOCKED_STOCK_TEXTS',
    name: 'lockedStockTexts',
    kind: 'text',
    default: '资源位,活动商品,活动期间,活动中',
    doc: 'Comma list of texts that say that stock cannot be lowered for now; UNCONFIRMED in Pinduoduo sheet §8.2',
  },
  {
    env: 'PINDUODUO_REFUND_BLOCKS_TEXTS',
    name: 'refundBlocksTexts',
    kind: 'text',
    default: '售后中,退款中,存在售后,存在退款',
    doc: 'Comma list of texts that say that a running refund forbids the act; UNCONFIRMED in Pinduoduo sheet §13, App. C 1',
  },
  {
    env: 'PINDUODUO_REFUND_STATUS_ALL',
    name: 'refundStatusAll',
    kind: 'text',
    default: '1',
    doc: 'after_sales_status that lists every state; newer documents leave it out, Pinduoduo sheet §7.1',
  },
  {
    env: 'PINDUODUO_REFUND_DETAIL_UNIT',
    name: 'refundDetailUnit',
    kind: 'text',
    default: 'fen',
    doc: 'fen or yuan: unit of the amounts of refund.information.get; fen is inferred, Pinduoduo sheet §7.3',
  },
  {
    env: 'PINDUODUO_LEADER_DISCOUNT_BEARER',
    name: 'leaderDiscountBearer',
    kind: 'text',
    default: 'platform',
    doc: 'platform or shop: who bears capital_free_discount; the receivable of Pinduoduo sheet §5.5 leaves it out, so the platform',
  },
  {
    env: 'PINDUODUO_LOTTERY_HELD',
    name: 'isLotteryHeld',
    kind: 'boolean',
    default: 'false',
    doc: 'Forbid shipping of lottery orders (is_lucky_flag 2) until a person looked, Pinduoduo sheet §13 pitfall 16',
  },
  {
    env: 'PINDUODUO_DEDUCTS_ON',
    name: 'deductsOn',
    kind: 'text',
    default: 'pay',
    doc: 'order or pay: when the shown number falls; whether quantity includes reserve_quantity is UNCONFIRMED, Pinduoduo sheet §8.2',
  },
  {
    env: 'PINDUODUO_CARRIER_CODES',
    name: 'carrierCodes',
    kind: 'text',
    default: '',
    doc: 'Comma list of ours=theirs:id that replaces entries of the carrier table, e.g. JT=JTSD:384, Pinduoduo sheet §9.5',
  },
  {
    env: 'PINDUODUO_WAYBILL_TEMPLATE',
    name: 'waybillTemplate',
    kind: 'text',
    default: '',
    doc: 'Label template when the request names none; empty: the first standard template of the carrier, Pinduoduo sheet §9.6',
  },
];

/** Configuration of this folder with its types. */
export interface PinduoduoConfig {
  gatewayUrl: string;
  authUrl: string;
  pushUrl: string;
  timeoutMs: number;
  maxAnswerBytes: number;
  maxBillBytes: number;
  billNotReadyTexts: string;
  billNeedsTotals: boolean;
  notFoundTexts: string;
  alreadyDoneTexts: string;
  lockedStockTexts: string;
  refundBlocksTexts: string;
  refundStatusAll: string;
  refundDetailUnit: string;
  leaderDiscountBearer: string;
  isLotteryHeld: boolean;
  deductsOn: string;
  carrierCodes: string;
  waybillTemplate: string;
}

/** The resolved values, typed; the registry has filled every key. */
export function toPinduoduoConfig(config: PlatformConfig): PinduoduoConfig {
  return config as unknown as PinduoduoConfig;
}

/** The entries of a comma list. */
export function entriesOf(list: string): string[] {
  return list
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}
