import { CanonicalReceiver } from '@app/contracts/canonical';
import { JsonObject, asObject, asText, cleanText } from '../kit/answer.json';

/** Names of the ciphers that a receiver carries; a label hands them back (Douyin sheet §9.3, §10). */
export const CIPHER = { name: 'name', phone: 'phone', address: 'address', addressId: 'openAddressId' } as const;

/**
 * Receiver of an order (Douyin sheet §5.5). Province to street are clear; name, phone and detail arrive as ciphers with
 * masked twins. Should a field arrive plain, it is masked here, so that plain receiver data never enters.
 */
export function mapReceiver(order: JsonObject): CanonicalReceiver | undefined {
  const address = asObject(order['post_addr']);
  const masks = asObject(order['mask_post_addr']);
  const part = (name: string): string | undefined =>
    cleanText(asObject(address[name])['name'], 64) ?? cleanText(asObject(masks[name])['name'], 64);
  const masked = {
    name: cleanText(order['mask_post_receiver'], 256) ?? mask(cleanText(order['post_receiver'], 256), maskName),
    phone: cleanText(order['mask_post_tel'], 64) ?? mask(cleanText(order['post_tel'], 64), maskPhone),
    province: part('province'),
    city: part('city'),
    district: part('town'),
    town: part('street'),
    address: cleanText(masks['detail'], 1_024) ?? mask(cleanText(address['detail'], 1_024), maskAddress),
  };
  const mergeKey = asText(order['open_address_id'])?.slice(0, 512);
  const cipher = {
    [CIPHER.name]: asText(order['encrypt_post_receiver']),
    [CIPHER.phone]: asText(order['encrypt_post_tel']),
    [CIPHER.address]: asText(address['encrypt_detail']),
    [CIPHER.addressId]: mergeKey,
  };
  const known = <T extends object>(values: T): Record<string, string> =>
    Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Record<string, string>;
  if (Object.keys(known(cipher)).length === 0 && Object.keys(known(masked)).length === 0) return undefined;
  return { cipher: known(cipher), masked: known(masked), ...(mergeKey !== undefined && { mergeKey }) };
}

function mask(text: string | undefined, by: (text: string) => string): string | undefined {
  return text === undefined || text.includes('*') ? text : by(text);
}

function maskName(text: string): string {
  return `${[...text][0] ?? ''}*`;
}

/** A virtual number `main-extension` opens nobody's phone and is kept (Douyin sheet §10). */
function maskPhone(text: string): string {
  if (/^\d{7,}-\d{2,6}$/.test(text)) return text;
  return text.length > 7 ? `${text.slice(0, 1)}********${text.slice(-2)}` : '****';
}

function maskAddress(text: string): string {
  return `${[...text].slice(0, 2).join('')}**`;
}
