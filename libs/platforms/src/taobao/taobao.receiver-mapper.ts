import { CanonicalReceiver } from '@app/contracts/canonical';
import { JsonObject, asText, cleanText } from '../kit/answer.json';

/**
 * Receiver of a trade (Taobao sheet §5.8). Province to town are plain; name, phone and address arrive masked beside the
 * `oaid`. Should a field arrive plain (an app outside oaid), it is masked here, so that plain receiver data never enters.
 */
export function mapReceiver(trade: JsonObject): CanonicalReceiver | undefined {
  const oaid = asText(trade['oaid']);
  const masked = {
    name: maskUnlessMasked(cleanText(trade['receiver_name'], 256), maskName),
    phone: maskUnlessMasked(
      cleanText(trade['receiver_mobile'], 64) ?? cleanText(trade['receiver_phone'], 64),
      maskPhone,
    ),
    country: cleanText(trade['receiver_country'], 64),
    province: cleanText(trade['receiver_state'], 64),
    city: cleanText(trade['receiver_city'], 64),
    district: cleanText(trade['receiver_district'], 64),
    town: cleanText(trade['receiver_town'], 64),
    address: maskUnlessMasked(cleanText(trade['receiver_address'], 1_024), maskAddress),
    zip: cleanText(trade['receiver_zip'], 16),
  };
  const known = Object.fromEntries(Object.entries(masked).filter(([, value]) => value !== undefined));
  if (oaid === undefined && Object.keys(known).length === 0) return undefined;
  return { cipher: oaid === undefined ? {} : { oaid }, masked: known, ...(oaid !== undefined && { mergeKey: oaid }) };
}

function maskUnlessMasked(text: string | undefined, mask: (text: string) => string): string | undefined {
  return text === undefined || text.includes('*') ? text : mask(text);
}

function maskName(text: string): string {
  return `${[...text][0] ?? ''}*`;
}

/** A virtual number `main-extension` opens nobody's phone and is kept (recorded in Taobao sheet §5.8). */
function maskPhone(text: string): string {
  if (/^\d{7,}-\d{2,6}$/.test(text)) return text;
  return text.length > 7 ? `${text.slice(0, 3)}****${text.slice(-4)}` : '****';
}

function maskAddress(text: string): string {
  return `${[...text].slice(0, 2).join('')}**`;
}
