/** A demo warehouse with its sender address. */
export interface DemoPlace {
  code: string;
  name: string;
  priority: number;
  sender: { name: string; phone: string; province: string; city: string; district: string; address: string };
}

/**
 * The main warehouse ships first, the second one helps out. The addresses are those that the demo's carrier accounts have
 * on file: labels are refused for any other (Taobao sheet §9.5).
 */
export const PLACES: readonly DemoPlace[] = [
  {
    code: 'HZ1',
    name: '杭州主仓',
    priority: 1,
    sender: {
      name: '汇店杭州仓',
      phone: '0571-88000001',
      province: '浙江省',
      city: '杭州市',
      district: '余杭区',
      address: '文一西路969号1号仓',
    },
  },
  {
    code: 'GZ1',
    name: '广州分仓',
    priority: 2,
    sender: {
      name: '汇店广州仓',
      phone: '020-88000002',
      province: '广东省',
      city: '广州市',
      district: '白云区',
      address: '北太路1633号2号仓',
    },
  },
];

/** One SKU in this many is scarce, so that shortage is seen. */
const SCARCE_EVERY = 12;

/** Stable per SKU code, so that a restart sees the same SKUs as scarce. */
export function isScarce(skuCode: string): boolean {
  let sum = 0;
  for (const letter of skuCode) sum = (sum * 31 + letter.charCodeAt(0)) % 100_003;
  return sum % SCARCE_EVERY === 0;
}

/** Pieces that a SKU has in a warehouse when the demo opens. */
export function openingQuantity(skuCode: string, warehouse: string): number {
  if (isScarce(skuCode)) return warehouse === 'HZ1' ? 3 : 0;
  return warehouse === 'HZ1' ? 400 : 120;
}
