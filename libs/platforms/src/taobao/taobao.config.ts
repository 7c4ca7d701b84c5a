import { PlatformConfig, PlatformConfigKey } from '../port';

/** Everything of this folder that an installation may set; addresses, and facts that the sheet marks UNCONFIRMED. */
export const TAOBAO_CONFIG_KEYS: readonly PlatformConfigKey[] = [
  {
    env: 'TAOBAO_GATEWAY_URL',
    name: 'gatewayUrl',
    kind: 'url',
    default: 'https://eco.taobao.com/router/rest',
    doc: 'Gateway, Taobao sheet §1',
  },
  {
    env: 'TAOBAO_TMC_URL',
    name: 'tmcUrl',
    kind: 'url',
    default: 'ws://mc.api.taobao.com/',
    doc: 'Message socket, Taobao sheet §11',
  },
  {
    env: 'TAOBAO_AUTH_URL',
    name: 'authUrl',
    kind: 'url',
    default: 'https://oauth.taobao.com',
    doc: 'Base of /authorize and /token, Taobao sheet §3',
  },
  {
    env: 'TAOBAO_SIGN_METHOD',
    name: 'signMethod',
    kind: 'text',
    default: 'hmac-sha256',
    doc: 'md5, hmac or hmac-sha256, Taobao sheet §2',
  },
  {
    env: 'TAOBAO_TIMEOUT_MS',
    name: 'timeoutMs',
    kind: 'integer',
    default: '10000',
    doc: 'Longest wait for one answer, milliseconds',
  },
  {
    env: 'TAOBAO_MAX_ANSWER_BYTES',
    name: 'maxAnswerBytes',
    kind: 'integer',
    default: '16777216',
    doc: 'Largest answer after inflation, bytes',
  },
  {
    env: 'TAOBAO_TMC_GROUP',
    name: 'tmcGroup',
    kind: 'text',
    default: 'default',
    doc: 'Message group, Taobao sheet §11',
  },
  {
    env: 'TAOBAO_COUPON_FEE_UNIT',
    name: 'couponFeeUnit',
    kind: 'text',
    default: 'fen',
    doc: 'fen or yuan: unit of coupon_fee, UNCONFIRMED in Taobao sheet §5.5',
  },
  {
    env: 'TAOBAO_SUBSIDY_UNIT',
    name: 'subsidyUnit',
    kind: 'text',
    default: 'yuan',
    doc: 'fen or yuan: unit of platform_subsidy_fee, UNCONFIRMED in Taobao sheet §5.5',
  },
  {
    env: 'TAOBAO_PLATFORM_PROMOTIONS',
    name: 'platformPromotions',
    kind: 'text',
    default: '',
    doc: 'Comma list of promotion_id prefixes that the platform bears; no field says who bears one, Taobao sheet §5.7',
  },
  {
    env: 'TAOBAO_DEDUCTS_ON',
    name: 'deductsOn',
    kind: 'text',
    default: 'pay',
    doc: 'order or pay: what sub_stock 0 means (Taobao order, Tmall pay), Taobao sheet §8.1',
  },
  {
    env: 'TAOBAO_WAYBILL_CHANNEL',
    name: 'waybillChannel',
    kind: 'text',
    default: 'TM',
    doc: 'order_channels_type of own orders: TB or TM, Taobao sheet §9.5',
  },
  {
    env: 'TAOBAO_WAYBILL_TEMPLATE',
    name: 'waybillTemplate',
    kind: 'text',
    default: 'http://cloudprint.cainiao.com/template/standard/301',
    doc: 'Label template when the request names none, Taobao sheet §9.5',
  },
  {
    env: 'ALIPAY_GATEWAY_URL',
    name: 'alipayGatewayUrl',
    kind: 'url',
    default: 'https://openapi.alipay.com/gateway.do',
    doc: 'Gateway of the Alipay open platform, from which bills are fetched; named but not stated in Taobao sheet §12.2',
  },
  {
    env: 'ALIPAY_DOWNLOAD_TIMEOUT_MS',
    name: 'alipayDownloadTimeoutMs',
    kind: 'integer',
    default: '25000',
    doc: 'Longest time of one bill download, milliseconds; its address is valid for 30 s, Taobao sheet §12.2',
  },
  {
    env: 'ALIPAY_MAX_BILL_BYTES',
    name: 'alipayMaxBillBytes',
    kind: 'integer',
    default: '31457280',
    doc: 'Largest bill file, bytes; settlement takes at most 30 MiB',
  },
  {
    env: 'ALIPAY_NOT_READY_CODES',
    name: 'alipayNotReadyCodes',
    kind: 'text',
    default: 'bill_not_exist,bill_not_ready',
    doc: 'Comma list of sub codes, without their isp. or isv., that say that a day has no bill yet; not in Taobao sheet §12.2',
  },
];

/** Configuration of this folder with its types. */
export interface TaobaoConfig {
  gatewayUrl: string;
  tmcUrl: string;
  authUrl: string;
  signMethod: string;
  timeoutMs: number;
  maxAnswerBytes: number;
  tmcGroup: string;
  couponFeeUnit: string;
  subsidyUnit: string;
  platformPromotions: string;
  deductsOn: string;
  waybillChannel: string;
  waybillTemplate: string;
  alipayGatewayUrl: string;
  alipayDownloadTimeoutMs: number;
  alipayMaxBillBytes: number;
  alipayNotReadyCodes: string;
}

/** The resolved values, typed; the registry has filled every key. */
export function toTaobaoConfig(config: PlatformConfig): TaobaoConfig {
  return config as unknown as TaobaoConfig;
}
