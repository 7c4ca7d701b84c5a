import { createCipheriv, createHash } from 'node:crypto';
import type { OrderStory, Receiver } from '../../core/story.types';
import { isUnderReview, orderStatusOf } from './words';

/** What of a receiver is ciphered. */
export type Secret = 'name' | 'phone' | 'detail' | 'address';

/** Every ciphered part of a receiver. */
export const SECRETS: readonly Secret[] = ['name', 'phone', 'detail', 'address'];

/** `data_type` of a decrypted row (Pinduoduo sheet §10). */
export const DATA_TYPE: Readonly<Record<Secret, number>> = { name: 5, phone: 6, address: 7, detail: 8 };

const hash = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();

/** The whole address in one text. */
const fullAddress = ({ state, city, district, town, detail }: Receiver): string =>
  `${state}${city}${district}${town}${detail}`;

/** The plain text. */
export function plainOf(order: OrderStory, secret: Secret): string {
  const { receiver } = order;
  if (secret === 'name') return receiver.name;
  if (secret === 'phone') return receiver.mobile;
  return secret === 'detail' ? receiver.detail : fullAddress(receiver);
}

/** Bytes with which every ciphertext begins; their base64 is `AgAAAA…`. */
const HEAD = Buffer.from([2, 0, 0, 0, 0]);

/**
 * The ciphertext: equal plain texts have an equal index, and another cipher in each order (Pinduoduo sheet §10). Texts
 * read `~cipher~index~1~~`, phones `$index$cipher$1$$`.
 */
export function cipherOf(order: OrderStory, secret: Secret): string {
  const plain = plainOf(order, secret);
  const iv = hash(`iv:${order.no}:${secret}:${order.receiver.version}`).subarray(0, 16);
  const box = createCipheriv('aes-256-ctr', hash(`pinduoduo:${order.shopId}`), iv);
  const cipher = Buffer.concat([HEAD, iv, box.update(plain, 'utf8'), box.final()]).toString('base64');
  const index = hash(`index:${secret}:${plain}`).subarray(0, 15).toString('base64');
  return secret === 'phone' ? `$${index}$${cipher}$1$$` : `~${cipher}~${index}~1~~`;
}

/** Only what people may see. */
export function maskOf(order: OrderStory, secret: Secret): string {
  const { receiver } = order;
  const first = (text: string): string => [...text][0] ?? '';
  if (secret === 'name') return `${first(receiver.name)}*`;
  if (secret === 'phone') return `${receiver.mobile.slice(0, 1)}********${receiver.mobile.slice(-2)}`;
  const detail = `${first(receiver.detail)}**${[...receiver.detail][2] ?? ''}***`;
  return secret === 'detail' ? detail : `${receiver.state}${receiver.city}${receiver.district}${detail}`;
}

/**
 * Receivers are told only while the order waits for shipping and nobody reviews it (Pinduoduo sheet §5.5, §13 #2, #3), and
 * never of virtual goods.
 */
export const tellsReceiver = (order: OrderStory): boolean =>
  !order.isVirtual &&
  orderStatusOf(order) === 1 &&
  order.state !== 'closed' &&
  order.state !== 'cancelled' &&
  !isUnderReview(order);

/** Equal for equal receivers of a shop: such orders may go in one parcel (Pinduoduo sheet §5.5). */
export function openAddressId(order: OrderStory): string {
  const { name, mobile } = order.receiver;
  return `oa_${hash(`${order.shopId}|${name}|${mobile}|${fullAddress(order.receiver)}`)
    .toString('hex')
    .slice(0, 40)}`;
}

/** A number that stands for the receiver's, with its extension. */
export function virtualNumber(order: OrderStory): { number: string; extension: string } {
  const digest = hash(`virtual:${order.no}:${order.receiver.mobile}`);
  return {
    number: `184${String(digest.readUInt32LE(0) % 100_000_000).padStart(8, '0')}`,
    extension: String(digest.readUInt16LE(4) % 10_000).padStart(4, '0'),
  };
}
