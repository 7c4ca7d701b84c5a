import { createHash } from 'node:crypto';
import { hashText } from '../../core/random';
import type { OrderStory, Receiver } from '../../core/story.types';

/** Cities that are provinces: JD puts their district into `city` and their street into `county` (JD sheet §5.6). */
const MUNICIPALITIES: readonly string[] = ['北京', '天津', '上海', '重庆'];

/** A place in JD's four levels. */
export interface JdPlace {
  province: string;
  city: string;
  county: string;
  town: string;
}

/** Where a receiver lives in JD's levels. */
export function placeOf({ state, city, district, town }: Receiver): JdPlace {
  const province = state.replace(/市$/, '');
  if (MUNICIPALITIES.includes(province)) return { province, city: district, county: town, town: '' };
  // A city without districts, or a county that answers to its province alone, leaves a level empty.
  return { province: state, city: city || district, county: city ? district : town, town: city ? town : '' };
}

const areaId = (name: string): string => (name === '' ? '0' : String((hashText(`jd:area:${name}`) % 60_000) + 1));

/** The codes of a place; made up out of the names. */
export function areaIdsOf(place: JdPlace): Record<string, string> {
  return {
    provinceId: String((hashText(`jd:area:${place.province}`) % 84) + 1),
    cityId: areaId(`${place.province}${place.city}`),
    countyId: areaId(place.county && `${place.province}${place.city}${place.county}`),
    townId: areaId(place.town && `${place.city}${place.county}${place.town}`),
  };
}

/** The full address as the buyer wrote it. */
export function fullAddressOf(receiver: Receiver): string {
  const { province, city, county, town } = placeOf(receiver);
  return `${province}${city}${county}${town}${receiver.detail}`;
}

/** The opaque receiver id: of one order, one address and one program (JD sheet §5.6). */
export function oaidOf(order: OrderStory, appKey: string): string {
  const text = `jd:oaid:${order.no}:${order.receiver.version}:${appKey}`;
  return createHash('sha512').update(text).digest('base64').slice(0, 64);
}

/** `李*` */
export const maskName = (name: string): string => `${[...name][0] ?? ''}*`;

/** `138****0000` */
export const maskMobile = (mobile: string): string => `${mobile.slice(0, 3)}****${mobile.slice(-4)}`;

/** The places and three stars. */
export function maskAddress(receiver: Receiver): string {
  const { province, city, county, town } = placeOf(receiver);
  return `${province}${city}${county}${town}***`;
}

/** A virtual number that stands for a mobile for a while. */
export function virtualNumber(order: OrderStory): string {
  const hash = hashText(`jd:virtual:${order.no}:${order.receiver.mobile}`);
  return `184${String(hash % 100_000_000).padStart(8, '0')}-${String(hash % 9_973).padStart(4, '0')}`;
}
