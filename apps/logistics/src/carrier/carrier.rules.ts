/** A carrier by our code. */
export interface Carrier {
  code: string;
  name: string;
  isActive: boolean;
}

/** The carriers that every company starts with; our codes are those of the Taobao sheet §9.4, which adapters translate. */
export const DEFAULT_CARRIERS: readonly Carrier[] = [
  { code: 'SF', name: '顺丰速运', isActive: true },
  { code: 'ZTO', name: '中通快递', isActive: true },
  { code: 'YTO', name: '圆通速递', isActive: true },
  { code: 'STO', name: '申通快递', isActive: true },
  { code: 'YUNDA', name: '韵达快递', isActive: true },
  { code: 'EMS', name: 'EMS', isActive: true },
  { code: 'EYB', name: '邮政电商标快', isActive: true },
  { code: 'POSTB', name: '邮政快递包裹', isActive: true },
  { code: 'DBKD', name: '德邦快递', isActive: true },
  { code: 'LE04284890', name: '京东快递', isActive: true },
  { code: 'ZJS', name: '宅急送', isActive: true },
  { code: 'UC', name: '优速快递', isActive: true },
  { code: 'TTKDEX', name: '天天快递', isActive: true },
  { code: 'CP570969', name: '丹鸟', isActive: true },
  { code: 'OTHER', name: '其他', isActive: false },
];

/** A company's carriers: the common list with the company's own changes, by code. */
export function mergedCarriers(own: readonly Carrier[]): Carrier[] {
  const byCode = new Map([...DEFAULT_CARRIERS, ...own].map((carrier) => [carrier.code, carrier]));
  return [...byCode.values()].sort((a, b) => (a.code < b.code ? -1 : 1));
}
