import type { CarrierStory, PlatformNumbers } from '../../core/platform-words';
import { toPlatformText } from '../../core/times';

/** The day of an instant as order numbers write it: `yyMMdd`. */
const dayOf = (at: number): string => toPlatformText(at).slice(2, 10).replaceAll('-', '');

/** Four digits that belong to the buyer. */
const tailOf = (buyerId: string): string => String((Number(buyerId) * 7_919) % 10_000).padStart(4, '0');

/** `yyMMdd-` and 15 digits (Pinduoduo sheet §5.5); after-sales have a number, goods and SKUs have numbers of 12 digits. */
export const pinduoduoNumbers: PlatformNumbers = {
  orderNo: (n, buyerId, at) => `${dayOf(at)}-${String(n).padStart(11, '0')}${tailOf(buyerId)}`,
  // An order has no line numbers here; the story needs one for each further line of an order that a test placed.
  lineNo: (n) => `line-${n}`,
  refundNo: (n) => String(7_300_000_000 + n),
  listingId: (n) => String(600_100_000_000 + n),
  skuId: (n) => String(800_100_000_000 + n),
  // Rows of a bill have no number (Pinduoduo sheet §12); the truth tells this one.
  flowNo: (n) => `row-${n}`,
  buyerOpenId: (buyerId) => `buyer-${buyerId}`,
};

/** A carrier with the id that shipping wants; `isAvailable` is the platform's `available`. */
export interface PinduoduoCarrier extends CarrierStory {
  id: number;
  isAvailable: boolean;
}

function carrier(id: number, code: string, name: string, prefix: string, digits: number, isAvailable = true) {
  return { id, code, name, isAvailable, waybillNo: (n: number) => `${prefix}${String(n).padStart(digits, '0')}` };
}

/** Carriers of Pinduoduo sheet §9.5. The code of 极兔 is left open there; `JTSD` is a choice. */
export const PINDUODUO_CARRIERS: PinduoduoCarrier[] = [
  carrier(115, 'ZTO', '中通快递', '782', 11),
  carrier(85, 'YTO', '圆通快递', 'YT6', 12),
  carrier(1, 'STO', '申通快递', '774', 12),
  carrier(121, 'YUNDA', '韵达快递', '433', 12),
  carrier(44, 'SF', '顺丰快递', 'SF2', 12),
  carrier(118, 'EMS', '邮政EMS', '10', 11),
  carrier(132, 'YZXB', '邮政快递包裹', '98', 11),
  carrier(324, 'POSTBBZ', '邮政标准快递', '13', 11),
  carrier(120, 'JD', '京东快递', 'JDX', 11),
  carrier(340, 'JDKD', '京东大件', 'JDK', 11),
  carrier(131, 'DB', '德邦快递', 'DPL', 11),
  carrier(230, 'DEBANGWULIU', '德邦物流', 'DBW', 11),
  carrier(384, 'JTSD', '极兔速递', 'JT5', 12),
  carrier(117, 'YS', '优速快递', '52', 12),
  carrier(129, 'ZJS', '宅急送', 'ZJT', 12),
  carrier(343, 'ZTOKY', '中通快运', 'ZKY', 11),
  carrier(344, 'YDKY', '韵达快运', 'YKY', 11),
  carrier(345, 'ANKY', '安能快运', 'AKY', 11),
  carrier(372, 'SFKY', '顺丰快运', 'SKY', 11),
  carrier(348, 'YMDD', '壹米滴答', 'YMD', 11),
  carrier(183, 'KYE', '跨越速运', 'KYE', 11),
  carrier(227, 'RRS', '日日顺物流', 'RRS', 11),
  carrier(228, 'SNWL', '苏宁物流', 'SNW', 11),
  carrier(180, 'SELF', '其他', 'OT', 12),
  carrier(3, 'HT', '百世快递', 'HT', 12, false),
  carrier(119, 'TT', '天天快递', '67', 12, false),
];

/** The carrier of a code. */
export const carrierOf = (code: string): PinduoduoCarrier | undefined =>
  PINDUODUO_CARRIERS.find((one) => one.code === code);

/** The carrier of an id; 0 when nobody knows the code, as in an order that was not shipped. */
export const carrierIdOf = (code: string | undefined): number => (code ? (carrierOf(code)?.id ?? 0) : 0);
