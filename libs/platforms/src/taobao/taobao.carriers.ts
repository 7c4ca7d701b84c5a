/**
 * Our carrier code → Taobao's, which equals Cainiao's cp_code (Taobao sheet §9.4). J&T is UNCONFIRMED: the code of the
 * former Best Express is assumed.
 */
export const TAOBAO_CARRIERS: Readonly<Record<string, string>> = {
  SF: 'SF',
  ZTO: 'ZTO',
  YTO: 'YTO',
  STO: 'STO',
  YUNDA: 'YUNDA',
  EMS: 'EMS',
  POST: 'POSTB',
  DEPPON: 'DBKD',
  JD: 'LE04284890',
  JT: 'HTKY',
  ZJS: 'ZJS',
  UC: 'UC',
  TTKD: 'TTKDEX',
  DANNIAO: 'CP570969',
  JINGGUANG: 'CP449455',
  ANE: '2608021499_235',
  KYE: 'CN7000001003751',
  OTHER: 'OTHER',
};

const OURS = new Map(Object.entries(TAOBAO_CARRIERS).map(([ours, theirs]) => [theirs, ours]));

/** Taobao's code; a code that is not in the table is taken for Taobao's own. */
export function toTaobaoCarrier(carrier: string): string {
  return Object.hasOwn(TAOBAO_CARRIERS, carrier) ? TAOBAO_CARRIERS[carrier]! : carrier;
}

/** Our code of a Taobao code; unchanged when it is not in the table. */
export function fromTaobaoCarrier(code: string): string {
  return OURS.get(code) ?? code;
}
