/**
 * Our carrier code → Douyin's (Douyin sheet §9.2). The merchant's own list is `order.logisticsCompanyList`; codes
 * without an entry are passed on unchanged.
 */
export const DOUYIN_CARRIERS: Readonly<Record<string, string>> = {
  SF: 'shunfeng',
  ZTO: 'zhongtong',
  YTO: 'yuantong',
  STO: 'shentong',
  YUNDA: 'yunda',
  JT: 'jtexpress',
  EMS: 'ems',
  POST: 'youzhengguonei',
  JD: 'jd',
  DEPPON: 'debangwuliu',
  DANNIAO: 'danniao',
  KYE: 'kuayue',
  ANE: 'annengwuliu',
  UC: 'youshuwuliu',
  TTKD: 'tiantian',
};

const OURS = new Map(Object.entries(DOUYIN_CARRIERS).map(([ours, theirs]) => [theirs, ours]));

/** Douyin's code; a code that is not in the table is taken for Douyin's own. */
export function toDouyinCarrier(carrier: string): string {
  return Object.hasOwn(DOUYIN_CARRIERS, carrier) ? DOUYIN_CARRIERS[carrier]! : carrier;
}

/** Our code of a Douyin code; unchanged when it is not in the table. */
export function fromDouyinCarrier(code: string): string {
  return OURS.get(code) ?? code;
}
