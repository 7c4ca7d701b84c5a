import { PlatformConfig, PlatformConfigKey } from '../port';

/** Everything of this folder that an installation may set; addresses, and facts that the sheet marks UNCONFIRMED. */
export const DOUYIN_CONFIG_KEYS: readonly PlatformConfigKey[] = [
  {
    env: 'DOUYIN_GATEWAY_URL',
    name: 'gatewayUrl',
    kind: 'url',
    default: 'https://openapi-fxg.jinritemai.com',
    doc: 'Base address of the gateway; the method follows as a path, Douyin sheet §1',
  },
  {
    env: 'DOUYIN_AUTH_URL',
    name: 'authUrl',
    kind: 'url',
    default: 'https://fuwu.jinritemai.com',
    doc: 'Base of /authorize, the page on which a merchant grants access, Douyin sheet §3.1',
  },
  {
    env: 'DOUYIN_SIGN_METHOD',
    name: 'signMethod',
    kind: 'text',
    default: 'hmac-sha256',
    doc: 'hmac-sha256 or md5; md5 is announced for retirement, Douyin sheet §2.1',
  },
  {
    env: 'DOUYIN_TIMEOUT_MS',
    name: 'timeoutMs',
    kind: 'integer',
    default: '12000',
    doc: "Longest wait for one answer, milliseconds; the official SDK's own, Douyin sheet §1",
  },
  {
    env: 'DOUYIN_MAX_ANSWER_BYTES',
    name: 'maxAnswerBytes',
    kind: 'integer',
    default: '16777216',
    doc: 'Largest answer after inflation, bytes',
  },
  {
    env: 'DOUYIN_TEST_SHOP',
    name: 'testShop',
    kind: 'boolean',
    default: 'false',
    doc: 'true sends test_shop=1 with a new token, for the sandbox shop, Douyin sheet §1 and §3.2',
  },
  {
    env: 'DOUYIN_DEDUCTS_ON',
    name: 'deductsOn',
    kind: 'text',
    default: 'order',
    doc: 'order or pay: when stock goes down for a product that names no reduce_type, Douyin sheet §8.1',
  },
  {
    env: 'DOUYIN_REFUND_HOLDS_POST',
    name: 'refundHoldsPost',
    kind: 'boolean',
    default: 'true',
    doc: 'Whether refund_amount of a list contains refund_post_amount, as pay_amount contains post_amount; not stated in Douyin sheet §7.2',
  },
  {
    env: 'DOUYIN_WAYBILL_CHANNEL',
    name: 'waybillChannel',
    kind: 'text',
    default: '1',
    doc: 'order_channel of own orders on a label, Douyin sheet §9.3 (its sample)',
  },
  {
    env: 'DOUYIN_WAYBILL_USER_ID',
    name: 'waybillUserId',
    kind: 'text',
    default: '-1',
    doc: 'user_id of label calls, Douyin sheet §9.3 (its sample)',
  },
  {
    env: 'DOUYIN_BILL_READY_HOUR',
    name: 'billReadyHour',
    kind: 'integer',
    default: '15',
    doc: 'Hour of the next day from which a day’s settlement lines are asked for, Douyin sheet §12.1',
  },
  {
    env: 'DOUYIN_BILL_QUIET_DAYS',
    name: 'billQuietDays',
    kind: 'integer',
    default: '3',
    doc: 'So many days after a day has ended, an empty bill of it means that nothing moved; not in Douyin sheet §12.1',
  },
];

/** Configuration of this folder with its types. */
export interface DouyinConfig {
  gatewayUrl: string;
  authUrl: string;
  signMethod: string;
  timeoutMs: number;
  maxAnswerBytes: number;
  testShop: boolean;
  deductsOn: string;
  refundHoldsPost: boolean;
  waybillChannel: string;
  waybillUserId: string;
  billReadyHour: number;
  billQuietDays: number;
}

/** The resolved values, typed; the registry has filled every key. */
export function toDouyinConfig(config: PlatformConfig): DouyinConfig {
  return config as unknown as DouyinConfig;
}
