import { createHash } from 'node:crypto';
import type { CarrierStory, PlatformNumbers } from '../../core/platform-words';

const PRIME_TAIL = 9_973;

/** Four digits that belong to the buyer, as the tail of his order numbers; never all zero, so that rounding shows. */
const tailOf = (buyerId: string): string => String(((Number(buyerId) * 7_919) % PRIME_TAIL) + 13).padStart(4, '0');

/** Taobao's numbers: 19-digit order numbers, 18-digit refund numbers, 15-digit flow numbers (Taobao sheet §5.5, §7.2, §12.3). */
export const taobaoNumbers: PlatformNumbers = {
  orderNo: (n, buyerId) => `22319${String(n).padStart(10, '0')}${tailOf(buyerId)}`,
  lineNo: (n, buyerId) => `22319${String(n).padStart(10, '0')}${tailOf(buyerId)}`,
  refundNo: (n) => `2736${String(n).padStart(10, '0')}5123`,
  listingId: (n) => String(612_345_000_000 + n),
  skuId: (n) => String(4_567_890_000_000 + n),
  flowNo: (n) => `30${String(n).padStart(13, '0')}`,
  buyerOpenId: (buyerId) => `AAH${createHash('sha256').update(`open:${buyerId}`).digest('base64url').slice(0, 21)}`,
};

/** A carrier with the rule for its waybill numbers (`reg_mail_no`). */
export interface TaobaoCarrier extends CarrierStory {
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
): TaobaoCarrier {
  return { id, code, name, pattern, waybillNo: (n) => `${prefix}${String(n).padStart(digits, '0')}` };
}

/** Carriers and codes of Taobao sheet §9.4; the patterns are assumed from the carriers' usual numbers. */
export const TAOBAO_CARRIERS: TaobaoCarrier[] = [
  carrier(500, 'ZTO', '中通快递', '781', 11, /^[A-Z0-9]{10,20}$/),
  carrier(101, 'YTO', '圆通速递', 'YT', 13, /^[A-Z0-9]{10,20}$/),
  carrier(100, 'STO', '申通快递', '773', 12, /^[A-Z0-9]{10,20}$/),
  carrier(102, 'YUNDA', '韵达快递', '432', 12, /^[A-Z0-9]{10,20}$/),
  carrier(505, 'SF', '顺丰速运', 'SF1', 12, /^[A-Z0-9]{10,20}$/),
  carrier(3, 'EMS', 'EMS', '1', 12, /^[A-Z0-9]{11,16}$/),
  carrier(1214, 'POSTB', '邮政快递包裹', '9', 12, /^[A-Z0-9]{11,16}$/),
  carrier(2608021499, 'EYB', '邮政电商标快', '11', 11, /^[A-Z0-9]{11,16}$/),
  carrier(107, 'DBKD', '德邦快递', 'DPK', 11, /^[A-Z0-9]{8,20}$/),
  carrier(1500066330, 'LE04284890', '京东快递', 'JDVA', 11, /^[A-Z0-9]{8,24}$/),
  carrier(200734, 'HTKY', '极兔速递', 'JT', 13, /^[A-Z0-9]{10,20}$/),
  carrier(5000000007756, '5000000007756', '邮政国内标快', '12', 11, /^[A-Z0-9]{11,16}$/),
  carrier(1056, 'ZJS', '宅急送', 'ZJS', 12, /^[A-Z0-9]{8,20}$/),
  carrier(1057, 'UC', '优速快递', '51', 12, /^[A-Z0-9]{8,20}$/),
  carrier(1192, 'TTKDEX', '天天快递', '66', 12, /^[A-Z0-9]{8,20}$/),
  carrier(0, 'OTHER', '其他', 'OT', 12, /^[A-Za-z0-9-]{4,32}$/),
];

/** The carrier of a code. */
export const carrierOf = (code: string): TaobaoCarrier | undefined => TAOBAO_CARRIERS.find((one) => one.code === code);
