import { createHash } from 'node:crypto';
import type { CarrierStory, PlatformNumbers } from '../../core/platform-words';

const PRIME_TAIL = 99_991;

/** Five digits that belong to the buyer; odd at the end, so that a number rounded to a double is always another one. */
const tailOf = (buyerId: string): string =>
  String((((Number(buyerId) * 7_919) % PRIME_TAIL) | 1) % 100_000).padStart(5, '0');

const ten = (n: number): string => String(n).padStart(10, '0');

/** The number of a row of money; a payment that is settled in several lines has one for each, counted from 0. */
export const settleNoOf = (no: string, index: number): string =>
  `6945${ten(Number(no))}${String(index * 2 + 1).padStart(5, '0')}`;

/**
 * Douyin's numbers: 19-digit orders and products, 18-digit after-sales, 16-digit SKUs (Douyin sheet §5.1, §7.2, §8.1).
 * The first line of an order bears the order's own number.
 */
export const douyinNumbers: PlatformNumbers = {
  orderNo: (n, buyerId) => `6921${ten(n)}${tailOf(buyerId)}`,
  lineNo: (n, buyerId) => `6921${ten(n)}${tailOf(buyerId)}`,
  firstLineBearsOrderNo: true,
  refundNo: (n) => `1467${ten(n)}7771`,
  listingId: (n) => `3704${ten(n)}19803`,
  skuId: (n) => `3415${ten(n)}17`,
  flowNo: (n) => settleNoOf(String(n), 0),
  buyerOpenId: (buyerId) => `1@#${createHash('sha512').update(`open:${buyerId}`).digest('base64').replace(/=+$/, '')}`,
};

/** A carrier with the rule for its waybill numbers and the dead id that the list still tells. */
export interface DouyinCarrier extends CarrierStory {
  id: number;
  pattern: RegExp;
}

function carrier(
  id: number,
  code: string,
  name: string,
  prefix: string,
  digits: number,
  pattern: RegExp,
): DouyinCarrier {
  return { id, code, name, pattern, waybillNo: (n) => `${prefix}${String(n).padStart(digits, '0')}` };
}

/** Carriers and codes of Douyin sheet §9.2; the patterns are assumed from the carriers' usual numbers. */
export const DOUYIN_CARRIERS: DouyinCarrier[] = [
  carrier(1, 'zhongtong', '中通快递', '782', 11, /^[A-Z0-9]{10,20}$/),
  carrier(7, 'yuantong', '圆通快递', 'YT8', 12, /^[A-Z0-9]{10,20}$/),
  carrier(15, 'shentong', '申通快递', '776', 12, /^[A-Z0-9]{10,20}$/),
  carrier(9, 'yunda', '韵达快递', '433', 12, /^[A-Z0-9]{10,20}$/),
  carrier(12, 'shunfeng', '顺丰速运', 'SF2', 12, /^[A-Z0-9]{10,20}$/),
  carrier(1056, 'jtexpress', '极兔速递', 'JT8', 12, /^[A-Z0-9]{10,20}$/),
  carrier(17, 'ems', 'EMS', '13', 11, /^[A-Z0-9]{11,16}$/),
  carrier(19, 'youzhengguonei', '邮政快递包裹', '98', 11, /^[A-Z0-9]{11,16}$/),
  carrier(20, 'jd', '京东物流', 'JDAZ', 11, /^[A-Z0-9]{8,24}$/),
  carrier(21, 'debangwuliu', '德邦快递', 'DPK2', 11, /^[A-Z0-9]{8,20}$/),
  carrier(22, 'danniao', '丹鸟', 'DN', 12, /^[A-Z0-9]{8,20}$/),
  carrier(23, 'youshuwuliu', '优速快递', '52', 12, /^[A-Z0-9]{8,20}$/),
  carrier(24, 'zhongtongkuaiyun', '中通快运', 'ZTK', 11, /^[A-Z0-9]{8,20}$/),
  carrier(25, 'tiantian', '天天快递', '67', 12, /^[A-Z0-9]{8,20}$/),
];

/** The carrier of a code. */
export const carrierOf = (code: string): DouyinCarrier | undefined => DOUYIN_CARRIERS.find((one) => one.code === code);

/** The number of an order's n-th parcel, counted from 0; it stays when the waybill is changed (Douyin sheet §5.7). */
export const deliveryIdOf = (orderSeq: number, index: number): string =>
  `7398${ten(orderSeq)}${String(index * 2 + 1).padStart(5, '0')}`;
