import { createHash } from 'node:crypto';
import { weekNumber } from '../../core/times';
import type { OrderStory, Receiver } from '../../core/story.types';

/**
 * The opaque receiver id: the same for the same receiver, creation week, shop and app; another in every other case
 * (Taobao sheet §5.8). At most 128 characters.
 */
export function oaidOf(order: OrderStory, appKey: string): string {
  const { name, mobile, state, city, district, town, detail } = order.receiver;
  const text = JSON.stringify([
    name,
    mobile,
    state,
    city,
    district,
    town,
    detail,
    weekNumber(order.createdAt),
    order.shopId,
    appKey,
  ]);
  return `1X${createHash('sha512').update(text, 'utf8').digest('base64url')}`;
}

/** `李*` */
export const maskName = (name: string): string => `${[...name][0] ?? ''}*`;

/** `138****1234` */
export const maskMobile = (mobile: string): string => `${mobile.slice(0, 3)}****${mobile.slice(-4)}`;

/** The first two characters and two stars. */
export const maskDetail = (detail: string): string => `${[...detail].slice(0, 2).join('')}**`;

/** A virtual number `main-extension` that stands for a mobile. */
export function virtualNumber(receiver: Receiver, tid: string): string {
  const digest = createHash('sha256').update(`${receiver.mobile}:${tid}`).digest();
  return `132${String(digest.readUInt32LE(0) % 100_000_000).padStart(8, '0')}-${String(digest.readUInt16LE(4) % 10_000).padStart(4, '0')}`;
}
