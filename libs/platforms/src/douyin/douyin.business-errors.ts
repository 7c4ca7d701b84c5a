import {
  BAD_REQUEST,
  CONFIGURATION,
  CONFLICT,
  DONE,
  IN_REVIEW,
  LIMITED,
  LOCKED,
  MAY_BE_DONE,
  MISSING,
  PERMISSION,
  RETRY,
  Rule,
  STATE,
  UNSUPPORTED,
} from './douyin.error-rules';

type Numbers = Readonly<Record<string, Rule>>;

function all(rule: Rule, ...numbers: number[]): Numbers {
  return Object.fromEntries(numbers.map((number) => [String(number), rule]));
}

const SEARCH: Numbers = {
  ...all(BAD_REQUEST, 20022, 20013, 20012, 20011, 20008, 10035),
  ...all(RETRY, 20004, 20005),
};

const DETAIL: Numbers = {
  ...all(MISSING, 20014, 20001),
  ...all(PERMISSION, 20015),
  ...all(RETRY, 20004, 20045, 20055),
};

/** 60107, 60108 and 60111 are orders without goods; 60116, 60123 and 60069 leave by the platform (§9.1). */
const SHIP: Numbers = {
  // A finished order (60113) went with some number, perhaps ours: only reading it back tells.
  ...all(DONE, 60110, 70023, 60113),
  ...all(STATE, 60021, 60137, 60040, 60120, 60068),
  ...all(IN_REVIEW, 60109),
  ...all(MISSING, 60033, 60102),
  ...all(PERMISSION, 60101),
  ...all(BAD_REQUEST, 60017, 60127, 60128, 60018, 60011, 60083, 60032, 50050),
  ...all(CONFLICT, 70018, 70019, 70020, 70022),
  ...all(UNSUPPORTED, 60026, 60107, 60108, 60111, 60116, 60123, 60069),
  ...all(CONFIGURATION, 60027, 60072, 60134, 60070, 60071, 700029),
  ...all(MAY_BE_DONE, 60106, 60114, 60118, 60121, 60124, 60125, 60132, 70009, 8888, 120032),
};

const EDIT: Numbers = { ...SHIP, ...all(STATE, 10007, 60021), ...all(UNSUPPORTED, 70011) };

const STOCK_ONE: Numbers = {
  ...all(MISSING, 5),
  ...all(STATE, 4),
  ...all(DONE, 40010),
  ...all(LIMITED, 2010401),
};

/** A batch may meet what a single number meets as well. */
const STOCK_BATCH: Numbers = {
  ...STOCK_ONE,
  ...all(DONE, 2010021),
  ...all(BAD_REQUEST, 2010012),
  ...all(STATE, 2010041, 2010043, 2010330),
  ...all(MISSING, 2010042, 2010058),
  ...all(LOCKED, 2010045, 2010307),
  ...all(MAY_BE_DONE, 2010001, 2010002),
  ...all(LIMITED, 2010401),
};

const AFTER_SALE: Numbers = { ...all(CONFLICT, 20309541), ...all(UNSUPPORTED, 11001), ...all(BAD_REQUEST, 11000) };

/** Business numbers by method, the more special one first (Douyin sheet §4.3). */
const BY_METHOD: readonly (readonly [RegExp, Numbers])[] = [
  [/^order\.searchList$/, SEARCH],
  [/^order\.orderDetail$/, DETAIL],
  [/^order\.logisticsEdit/, EDIT],
  [/^order\.logisticsAdd/, SHIP],
  [/^afterSale\./, AFTER_SALE],
  [/^sku\.syncStockBatchMultiProducts$/, { ...STOCK_BATCH, ...all(DONE, -20002) }],
  [/^sku\.syncStockBatch$/, STOCK_BATCH],
  [/^sku\.syncStock$/, STOCK_ONE],
  [/^product\.detail$/, { ...all(MISSING, 4, 2010058), ...all(LIMITED, 2010401) }],
  [/^product\.setOffline$/, { ...all(DONE, 2010058, 2010064, 2010021), ...all(LIMITED, 2010401) }],
  [/^(product|sku)\./, { ...all(MISSING, 2010058), ...all(LIMITED, 2010401) }],
  [/^logistics\.newCreateOrder$/, all(CONFIGURATION, 10701)],
  [/^logistics\.cancelOrder$/, { ...all(DONE, 1102), ...all(STATE, 10000, 20802, 1105) }],
];

/** The rule for a business number; undefined when the sheet does not name it for that method. */
export function ruleByNumber(method: string, number: string, text: string): Rule | undefined {
  // Decryption tells quota, risk and closed orders by the text alone (Douyin sheet §4.3).
  if (/^order\.batch(Decrypt|Sensitive)$/.test(method) && number === '300003')
    return /额度|配额|quota/i.test(text) ? LIMITED : STATE;
  const numbers = BY_METHOD.find(([pattern]) => pattern.test(method))?.[1];
  return numbers !== undefined && Object.hasOwn(numbers, number) ? numbers[number] : undefined;
}
