import { createHash } from 'node:crypto';
import type { CarrierStory, PlatformNumbers } from '../../core/platform-words';

/** JD's numbers: 12-digit orders, 14-digit wares and SKUs, 10-digit after-sales, 19-digit rows of the bill. */
export const jdNumbers: PlatformNumbers = {
  orderNo: (n) => String(296_700_000_000 + n),
  lineNo: (n) => String(n),
  // JD's lines have no number; order and SKU are their key (JD sheet §5.5).
  lineNoOf: (skuId, before) => (before === 0 ? skuId : `${skuId}#${before + 1}`),
  refundNo: (n) => String(7_010_000_000 + n),
  listingId: (n) => String(10_020_000_000_000 + n),
  skuId: (n) => String(10_090_000_000_000 + n),
  flowNo: (n) => `88${String(n).padStart(17, '0')}`,
  buyerOpenId: (buyerId) => `oGx${createHash('sha256').update(`jd:open:${buyerId}`).digest('base64url').slice(0, 25)}`,
};

/** A carrier by its shipment id, with its code for e-waybills (JD sheet §9.2). */
export interface JdCarrier extends CarrierStory {
  providerCode?: string;
}

function carrier(code: string, name: string, prefix: string, digits: number, providerCode?: string): JdCarrier {
  return {
    code,
    name,
    ...(providerCode === undefined ? {} : { providerCode }),
    waybillNo: (n) => `${prefix}${String(n).padStart(digits, '0')}`,
  };
}

/** The merchant delivers by himself: no number is kept, nothing is traced (JD sheet §9.1). */
export const SELF_DELIVERY = '1274';

/** The carriers of every vender of this simulator (JD sheet §9.2). */
export const JD_CARRIERS: JdCarrier[] = [
  carrier('1499', '中通速递', '731', 11, 'ZTO'),
  carrier('463', '圆通快递', 'YT2', 12, 'YTO'),
  carrier('470', '申通快递', '775', 12, 'STO'),
  carrier('1327', '韵达快递', '462', 12, 'YUNDA'),
  carrier('467', '顺丰快递', 'SF2', 12, 'SF'),
  carrier('2087', '京东快递', 'JDVA', 11, 'JD'),
  carrier('465', '邮政EMS', '12', 11, 'EMS'),
  carrier('3046', '德邦快递', 'DPK3', 11, 'DBKD'),
  carrier(SELF_DELIVERY, '厂家自送', 'OWN', 10),
];

/** The carrier of a shipment id. */
export const carrierOf = (code: string): JdCarrier | undefined => JD_CARRIERS.find((one) => one.code === code);

/** The carrier of an e-waybill code. */
export const carrierOfProvider = (providerCode: string): JdCarrier | undefined =>
  JD_CARRIERS.find((one) => one.providerCode === providerCode);
