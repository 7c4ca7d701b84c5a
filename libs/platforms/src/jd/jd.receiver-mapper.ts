import { CanonicalReceiver } from '@app/contracts/canonical';
import { JsonObject, asObject, asText, cleanText } from '../kit/answer.json';
import { isTdeCipher } from './jd.tde';
import { asId, present } from './jd.values';

const SECRET_FIELDS = ['fullname', 'mobile', 'telephone', 'fullAddress'] as const;
type SecretField = (typeof SECRET_FIELDS)[number];
/** JD's codes of the address levels; labels are asked for with them. */
const AREA_CODES = ['provinceId', 'cityId', 'countyId', 'townId'] as const;
/** Cities without a province: JD puts the district where others put the city (JD sheet §5.6). */
const MUNICIPALITIES = ['北京', '天津', '上海', '重庆'];

/**
 * Receiver of an order (JD sheet §5.6). Name, phones and address are ciphers or masked texts; should one arrive plain, it
 * is masked here, so that plain receiver data never enters. Neither ciphers nor oaid of two orders can be compared, so
 * there is no merge key.
 */
export function mapReceiver(order: JsonObject): CanonicalReceiver | undefined {
  const consignee = asObject(order['consigneeInfo']);
  const texts = Object.fromEntries(SECRET_FIELDS.map((field) => [field, asText(consignee[field])])) as Record<
    SecretField,
    string | undefined
  >;
  const cipher: Record<string, string> = {};
  for (const field of SECRET_FIELDS) {
    const text = texts[field];
    if (text !== undefined && isTdeCipher(text)) cipher[field] = text;
  }
  const oaid = asText(consignee['oaid']) ?? asText(order['oaid']);
  if (oaid !== undefined) cipher['oaid'] = oaid;
  for (const code of AREA_CODES) {
    const id = asId(consignee[code]);
    if (id !== undefined) cipher[code] = id;
  }
  const masked = present({
    name: maskedText(texts.fullname, maskName, 256),
    phone: maskedText(texts.mobile, maskPhone, 64) ?? maskedText(texts.telephone, maskPhone, 64),
    ...areaOf(consignee),
    address: maskedText(texts.fullAddress, maskAddress, 1_024),
  });
  if (Object.keys(cipher).length === 0 && Object.keys(masked).length === 0) return undefined;
  return { cipher, masked };
}

/** Province to town in the levels that everybody else uses. */
function areaOf(consignee: JsonObject): Partial<Record<'province' | 'city' | 'district' | 'town', string>> {
  const level = (field: string): string | undefined => cleanText(consignee[field], 64);
  const province = level('province');
  const bare = province?.replace(/市$/, '');
  if (bare === undefined || !MUNICIPALITIES.includes(bare))
    return present({ province, city: level('city'), district: level('county'), town: level('town') });
  const isShifted = level('city') !== `${bare}市`;
  if (!isShifted) return present({ province, city: level('city'), district: level('county'), town: level('town') });
  return present({ province, city: `${bare}市`, district: level('city'), town: level('county') ?? level('town') });
}

/** The levels back in JD's own order, for addresses that are handed to JD. */
export function toJdLevels(area: { province?: string; city?: string; district?: string; town?: string }): {
  province?: string;
  city?: string;
  county?: string;
  town?: string;
} {
  const bare = area.province?.replace(/市$/, '');
  if (bare !== undefined && MUNICIPALITIES.includes(bare) && area.city === `${bare}市`)
    return present({ province: area.province, city: area.district, county: area.town });
  return present({ province: area.province, city: area.city, county: area.district, town: area.town });
}

function maskedText(text: string | undefined, mask: (text: string) => string, maxLength: number): string | undefined {
  if (text === undefined || isTdeCipher(text)) return undefined;
  const clean = cleanText(text, maxLength);
  return clean === undefined || clean.includes('*') ? clean : mask(clean);
}

function maskName(text: string): string {
  return `${[...text][0] ?? ''}*`;
}

function maskPhone(text: string): string {
  return text.length > 7 ? `${text.slice(0, 3)}****${text.slice(-4)}` : '****';
}

function maskAddress(text: string): string {
  return `${[...text].slice(0, 2).join('')}**`;
}
