import { CanonicalReceiver } from '@app/contracts/canonical';
import { JsonObject, asText, cleanText } from '../kit/answer.json';
import { present } from './pinduoduo.values';

/** Fields that come as ciphers while the order waits for shipping (Pinduoduo sheet §5.5, §10). */
const CIPHERS = ['receiver_name', 'receiver_phone', 'receiver_address', 'address'] as const;
/** Longest cipher that the canonical order carries. */
const LONGEST_CIPHER = 4_096;

/**
 * `~cipher~index~version~~` for names and addresses, `$index$cipher$version$$` for phones, with one separator at the end
 * when nobody may search for it (Pinduoduo sheet §10). Told by its ends alone, so that no cipher is lost should its
 * inside change; a virtual number, `$number$#extension#`, ends otherwise than it begins.
 */
export function isCipher(text: string): boolean {
  return text.length > 2 && /^[~$#]/.test(text) && text.endsWith(text[0]!);
}

/**
 * Receiver of an order. After shipping, a refund or a review the ciphers are gone; then there is no receiver at all here,
 * so that the one stored earlier stays (Pinduoduo sheet §13 pitfall 2). A field that arrives plain is masked on entry.
 */
export function mapReceiver(row: JsonObject): CanonicalReceiver | undefined {
  const cipher: Record<string, string> = {};
  for (const field of CIPHERS) {
    const text = asText(row[field]);
    if (text !== undefined && isCipher(text) && text.length <= LONGEST_CIPHER) cipher[field] = text;
  }
  const masked = {
    name: maskedOf(row, 'receiver_name', 256, maskName),
    phone: maskedOf(row, 'receiver_phone', 64, maskPhone),
    address: maskedOf(row, 'receiver_address', 1_024, maskAddress),
  };
  const hasReceiver = CIPHERS.some((field) => asText(row[field]) !== undefined);
  if (!hasReceiver) return undefined;
  const mergeKey = mergeKeyOf(row);
  return {
    cipher,
    masked: present({
      ...masked,
      country: cleanText(row['country'], 64),
      province: cleanText(row['province'], 64),
      city: cleanText(row['city'], 64),
      district: cleanText(row['town'], 64),
    }),
    ...(mergeKey !== undefined && { mergeKey }),
  };
}

/** Orders that go through a consolidation warehouse must be asked about one by one (Pinduoduo sheet §5.5). */
function mergeKeyOf(row: JsonObject): string | undefined {
  const isConsolidated = row['consolidate_info'] !== undefined && row['consolidate_info'] !== null;
  return isConsolidated ? undefined : asText(row['open_address_id'])?.slice(0, 512);
}

function maskedOf(
  row: JsonObject,
  field: string,
  maxLength: number,
  mask: (text: string) => string,
): string | undefined {
  const stated = cleanText(row[`${field}_mask`], maxLength);
  if (stated !== undefined) return stated;
  const text = cleanText(row[field], maxLength);
  if (text === undefined || isCipher(asText(row[field]) ?? '')) return undefined;
  return text.includes('*') ? text : mask(text);
}

function maskName(text: string): string {
  return `${[...text][0] ?? ''}*`;
}

function maskPhone(text: string): string {
  return text.length > 7 ? `${text.slice(0, 3)}****${text.slice(-2)}` : '****';
}

function maskAddress(text: string): string {
  return `${[...text].slice(0, 2).join('')}**`;
}
