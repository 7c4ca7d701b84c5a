import { shanghaiToIso, toShanghaiIso } from '@app/shared';
import { PlatformError } from '../port';
import { Json, JsonObject, asObject, asText } from '../kit/answer.json';

export { nonEmpty, present } from '../kit/optional';

/** When and how something was read. */
export interface Fetch {
  startedAt: Date;
  doneAt: Date;
  /** Its text as received. */
  raw: string;
}

/** Seconds before 1990 are durations or "not yet", never times (Douyin sheet §5.5, order_expire_time). */
const FIRST_SECOND = 631_152_000;
const LAST_SECOND = 4_102_444_800;

/**
 * A time of the platform as ISO text: unix seconds, `yyyy-MM-dd HH:mm:ss` in Shanghai, or RFC 3339 (Douyin sheet §8.1,
 * §11.3). 0, durations and impossible times count as absent.
 */
export function instantOf(value: Json): string | undefined {
  const text = asText(value);
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) {
    const seconds = Number(text);
    if (seconds < FIRST_SECOND || seconds > LAST_SECOND) return undefined;
    return toShanghaiIso(new Date(seconds * 1_000));
  }
  if (!/^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:\d{2})$/.test(text)) return shanghaiToIso(text) ?? undefined;
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? undefined : toShanghaiIso(at);
}

/** Fen; 0 when absent. Throws `rejected` for anything that is no whole number of fen. */
export function fenOf(source: JsonObject, field: string): number {
  const text = asText(source[field]);
  if (text === undefined) return 0;
  const value = /^[+-]?\d+(\.0+)?$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value === 0 ? 0 : value;
  const no = asText(source['order_id']) ?? asText(source['aftersale_id']) ?? asText(source['request_no']) ?? '?';
  throw new PlatformError(
    'rejected',
    `${no}: "${text.slice(0, 40)}" in ${field} is not a whole number of fen; it cannot be booked.`,
    { platform: 'douyin', method: field, reason: 'bad-request' },
  );
}

/** True when the field is there with a value. */
export function has(source: JsonObject, field: string): boolean {
  return asText(source[field]) !== undefined;
}

/** Elements of a list as objects; empty for anything else. */
export function rowsOf(value: Json): JsonObject[] {
  return Array.isArray(value) ? value.map(asObject) : [];
}

/** An id as text; `0` and absent ones are undefined. */
export function idOf(value: Json): string | undefined {
  const text = asText(value);
  return text === '0' ? undefined : text?.slice(0, 128);
}
