import { PlatformConfig, PlatformConfigKey } from '../port';

/** Everything of this folder that an installation may set; addresses, and facts that the sheet marks UNCONFIRMED. */
export const JD_CONFIG_KEYS: readonly PlatformConfigKey[] = [
  {
    env: 'JD_GATEWAY_URL',
    name: 'gatewayUrl',
    kind: 'url',
    default: 'https://api.jd.com/routerjson',
    doc: 'Gateway; a relay inside of JD cloud where order calls need one, JD sheet §1',
  },
  {
    env: 'JD_AUTH_URL',
    name: 'authUrl',
    kind: 'url',
    default: 'https://open-oauth.jd.com/oauth2',
    doc: 'Base of /to_login, /access_token and /refresh_token, JD sheet §3',
  },
  {
    env: 'JD_SP_GATEWAY_URL',
    name: 'spGatewayUrl',
    kind: 'url',
    default: 'https://api-cn.jd.com/rest',
    doc: 'Gateway of SP-API, from which bills are fetched, JD sheet §14',
  },
  {
    env: 'JD_TRANSPORT',
    name: 'transport',
    kind: 'text',
    default: 'split',
    doc: 'split (system parameters in the query, JSON in the form), form (all in the form) or get (all in the query), JD sheet §1',
  },
  {
    env: 'JD_TIMESTAMP_FORMAT',
    name: 'timestampFormat',
    kind: 'text',
    default: 'short',
    doc: 'short (yyyy-MM-dd HH:mm:ss) or long (with .SSS+0800), JD sheet §1',
  },
  {
    env: 'JD_TIMEOUT_MS',
    name: 'timeoutMs',
    kind: 'integer',
    default: '10000',
    doc: 'Longest wait for one answer, milliseconds',
  },
  {
    env: 'JD_MAX_ANSWER_BYTES',
    name: 'maxAnswerBytes',
    kind: 'integer',
    default: '16777216',
    doc: 'Largest answer after inflation, bytes',
  },
  {
    env: 'JD_RECEIVERS',
    name: 'receivers',
    kind: 'text',
    default: 'cipher',
    doc: 'cipher (enSearch, enGet: TDE ciphers) or masked (search, get); what the latter give is UNCONFIRMED in JD sheet §5.6',
  },
  {
    env: 'JD_EXTRA_FIELDS',
    name: 'extraFields',
    kind: 'text',
    default: '',
    doc: 'Comma list of further optional_fields of orders, e.g. oaid; its name in JOS is UNCONFIRMED in JD sheet §5.6',
  },
  {
    env: 'JD_ORDER_STATES',
    name: 'orderStates',
    kind: 'text',
    default: 'ALL',
    doc: 'order_state of order lists: ALL, or a comma list of states, which then hides every state that is not in it; JD sheet §5.2',
  },
  {
    env: 'JD_ASK_REFUNDS',
    name: 'askRefunds',
    kind: 'boolean',
    default: 'true',
    doc: 'Ask for refund applications before an order is shipped: whether each of them locks the order is UNCONFIRMED in JD sheet §6',
  },
  {
    env: 'JD_PLATFORM_COUPONS',
    name: 'platformCoupons',
    kind: 'text',
    default: '34,39,41,52',
    doc: 'Comma list of couponTypes that JD or the buyer bears, UNCONFIRMED in JD sheet §5.5',
  },
  {
    env: 'JD_REFUND_NO_PREFIX',
    name: 'refundNoPrefix',
    kind: 'text',
    default: '',
    doc: 'Put before the number of refund applications, should they share numbers with service orders; not in JD sheet §7',
  },
  {
    env: 'JD_REFUND_LOOKBACK_DAYS',
    name: 'refundLookbackDays',
    kind: 'integer',
    default: '7',
    doc: 'Applications of so many days are looked through for an end that no time filter shows (paid, failed, withdrawn), JD sheet §7.1',
  },
  {
    env: 'JD_SERVICE_LOOKBACK_DAYS',
    name: 'serviceLookbackDays',
    kind: 'integer',
    default: '15',
    doc: 'Refunds of service orders applied for in so many days are looked through for newly paid ones, JD sheet §7.3',
  },
  {
    env: 'JD_OPERATOR',
    name: 'operator',
    kind: 'text',
    default: 'huidian',
    doc: 'operatePin and operateNick of service order calls, at most 50 characters, JD sheet §7.2',
  },
  {
    env: 'JD_TIME_FILTERS',
    name: 'timeFilters',
    kind: 'text',
    default: 'text',
    doc: 'text or ms: form of time filters of wares, SKUs and service orders, UNCONFIRMED in JD sheet §8.1',
  },
  {
    env: 'JD_STOCK_METHOD',
    name: 'stockMethod',
    kind: 'text',
    default: 'batch',
    doc: 'batch (ware.stock.sku.set) or single (stock.write.updateSkuStock, being retired), JD sheet §8.2',
  },
  {
    env: 'JD_STOCK_MODEL',
    name: 'stockModel',
    kind: 'text',
    default: 'fullStockIn',
    doc: 'updateModel of absolute numbers, one source in JD sheet §8.2',
  },
  {
    env: 'JD_STOCK_MEANS',
    name: 'stockMeans',
    kind: 'text',
    default: 'on-hand',
    doc: 'on-hand (JD subtracts paid and unshipped orders from the number by itself) or sellable, UNCONFIRMED in JD sheet §8.2',
  },
  {
    env: 'JD_DEDUCTS_ON',
    name: 'deductsOn',
    kind: 'text',
    default: 'pay',
    doc: 'order or pay: when JD books a unit, UNCONFIRMED in JD sheet §8.2',
  },
  {
    env: 'JD_CARRIERS',
    name: 'carriers',
    kind: 'text',
    default: '',
    doc: 'Further carriers as CODE=shipmentId/providerCode, separated by commas, e.g. JT=1234/JTSD; UNCONFIRMED in JD sheet §9.2',
  },
  {
    env: 'JD_SALE_PLATFORM',
    name: 'salePlatform',
    kind: 'text',
    default: '0010001',
    doc: 'salePlatform of own orders on labels, JD sheet §9.3',
  },
  {
    env: 'JD_WAYBILL_TYPE',
    name: 'waybillType',
    kind: 'integer',
    default: '1',
    doc: 'waybillType of labels, JD sheet §9.3',
  },
  {
    env: 'JD_PRINT_DATA',
    name: 'printData',
    kind: 'text',
    default: 'pull',
    doc: 'pull (encrypted print data of JD) or number (the number alone, for a print component that pulls by itself), JD sheet §9.3',
  },
  {
    env: 'JD_REFRESH_TOKEN_DAYS',
    name: 'refreshTokenDays',
    kind: 'integer',
    default: '30',
    doc: 'Days that a refresh token is tried beyond the end of its access token, UNCONFIRMED in JD sheet §3',
  },
  {
    env: 'JD_VOUCHER_CERTIFICATE',
    name: 'voucherCertificate',
    kind: 'text',
    default: '',
    doc: 'PEM certificate or public key of jos.jd.com, line breaks as \\n; empty: vouchers are not verified, JD sheet §10.1',
  },
  {
    env: 'JD_BILLS',
    name: 'bills',
    kind: 'text',
    default: 'sp',
    doc: 'sp (bills of SP-API, one source) or jos (charges of JOS, whose fees have no names), JD sheet §12.1',
  },
  {
    env: 'JD_BILL_DATE_TYPE',
    name: 'billDateType',
    kind: 'text',
    default: '',
    doc: 'dateType of bill queries, left out when empty; its values are unknown in JD sheet §12.1',
  },
  {
    env: 'JD_BILL_INCOME',
    name: 'billIncome',
    kind: 'text',
    default: '1',
    doc: 'Value of direction that means income, UNCONFIRMED in JD sheet §12.2',
  },
  {
    env: 'JD_BILL_QUIET_DAYS',
    name: 'billQuietDays',
    kind: 'integer',
    default: '3',
    doc: 'So many days after a day has ended, an empty bill of it means that nothing moved; not in JD sheet §12.1',
  },
  {
    env: 'JD_FEE_TYPES',
    name: 'feeTypes',
    kind: 'text',
    default: '',
    doc: 'Names of the numbers in feeType, separated by commas, e.g. 1=货款,2=佣金; not in JD sheet §12.1',
  },
];

/** Configuration of this folder with its types. */
export interface JdConfig {
  gatewayUrl: string;
  authUrl: string;
  spGatewayUrl: string;
  transport: string;
  timestampFormat: string;
  timeoutMs: number;
  maxAnswerBytes: number;
  receivers: string;
  extraFields: string;
  orderStates: string;
  askRefunds: boolean;
  platformCoupons: string;
  refundNoPrefix: string;
  refundLookbackDays: number;
  serviceLookbackDays: number;
  operator: string;
  timeFilters: string;
  stockMethod: string;
  stockModel: string;
  stockMeans: string;
  deductsOn: string;
  carriers: string;
  salePlatform: string;
  waybillType: number;
  printData: string;
  refreshTokenDays: number;
  voucherCertificate: string;
  bills: string;
  billDateType: string;
  billIncome: string;
  billQuietDays: number;
  feeTypes: string;
}

/** The resolved values, typed; the registry has filled every key. */
export function toJdConfig(config: PlatformConfig): JdConfig {
  return config as unknown as JdConfig;
}
