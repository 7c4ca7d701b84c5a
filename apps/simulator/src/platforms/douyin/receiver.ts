import { createHash } from 'node:crypto';
import { hashText } from '../../core/random';
import type { OrderStory, Receiver } from '../../core/story.types';

/** What of a receiver is enciphered. */
export type CipherField = 'name' | 'mobile' | 'detail';

/** `data_type` of a decrypted value (Douyin sheet §10). */
export const DATA_TYPE: Readonly<Record<CipherField, number>> = { detail: 1, name: 2, mobile: 3 };

const digest = (text: string): string => createHash('sha256').update(text, 'utf8').digest('base64');

/** The search index in the middle of a cipher text: equal plain texts have equal ones. */
const indexOf = (plain: string): string => digest(`index:${plain}`).slice(0, 4).replaceAll('/', 'x');

/**
 * The cipher text of a field in the shapes of Douyin sheet §10. It belongs to one order and one state of its receiver:
 * the same plain text is another cipher text in every order, and an address change makes new ones.
 */
export function cipherOf(order: OrderStory, field: CipherField): string {
  const plain = order.receiver[field];
  const body = digest(`${order.platform}:${order.no}:${order.receiver.version}:${field}:${plain}`);
  const key = digest(`key:${order.no}:${order.receiver.version}`).slice(0, 28);
  return field === 'mobile'
    ? `$${digest(`index:${plain}`)}$${body}*${key}$1$$`
    : `#${indexOf(plain)}#${body}*${key}#1##`;
}

/** Which field of the order's receiver a cipher text stands for; undefined when it is none of the present ones. */
export function fieldOf(order: OrderStory, cipherText: string): CipherField | undefined {
  return (['name', 'mobile', 'detail'] as const).find((field) => cipherOf(order, field) === cipherText);
}

/** Equal for equal receivers of one shop (`open_address_id`, Douyin sheet §5.5). */
export function openAddressId(order: OrderStory): string {
  const { name, mobile, state, city, district, town, detail } = order.receiver;
  const text = JSON.stringify([order.shopId, order.buyer.id, name, mobile, state, city, district, town, detail]);
  return `#${createHash('sha512').update(text, 'utf8').digest('base64')}`;
}

/** `李*` */
export const maskName = (name: string): string => `${[...name][0] ?? ''}*`;

/** `1********63` */
export const maskMobile = (mobile: string): string => `${mobile.slice(0, 1)}********${mobile.slice(-2)}`;

/** The virtual number that stands for a mobile: a main number and an extension. */
export function virtualNumber(receiver: Receiver, orderNo: string): { main: string; extension: string } {
  const n = hashText(`virtual:${receiver.mobile}:${orderNo}`);
  return { main: `184${String(n % 100_000_000).padStart(8, '0')}`, extension: String(n % 10_000).padStart(4, '0') };
}

const place = (name: string, digits: number): { name: string; id: string } => ({
  name,
  id: name === '' ? '' : String(hashText(`place:${name}`) % 10 ** digits).padStart(digits, '1'),
});

/** The readable part of the address. Their `town` is the district, their `street` the town (Douyin sheet §5.5). */
export function addressView(receiver: Receiver): Record<string, { name: string; id: string }> {
  return {
    province: place(receiver.state, 2),
    city: place(receiver.city || '省直辖县级行政区划', 6),
    town: place(receiver.district, 6),
    street: place(receiver.town, 9),
  };
}
