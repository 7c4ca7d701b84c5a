import { LosslessNumber } from 'lossless-json';
import { shanghaiToIso, toShanghaiIso, toShanghaiText } from '@app/shared';
import { Json, asText } from '../kit/answer.json';

export { nonEmpty, present } from '../kit/optional';

/** An id for a parameter of a number type: every digit stays (JD sheet §13 pitfall 19). */
export function idNumber(id: string): LosslessNumber | string {
  return /^(0|[1-9]\d*)$/.test(id) ? new LosslessNumber(id) : id;
}

/** An id; JD writes "none" as 0 or as an empty text (JD sheet §5.4). */
export function asId(value: Json): string | undefined {
  const text = asText(value);
  return text === undefined || text === '0' ? undefined : text;
}

/**
 * A time as ISO text: `yyyy-MM-dd HH:mm:ss` of orders, or milliseconds of wares and service orders. 0001-01-01 and
 * 1970-01-01 mean "none" (JD sheet §1, §13 pitfall 20).
 */
export function timeOf(value: Json): string | undefined {
  const text = asText(value);
  if (text === undefined) return undefined;
  if (/^\d{12,14}$/.test(text)) return toShanghaiIso(new Date(Number(text)));
  return shanghaiToIso(text) ?? undefined;
}

/** A time filter in the form that the configuration names. */
export function timeFilter(at: Date, form: string): string | LosslessNumber {
  return form === 'ms' ? new LosslessNumber(String(at.getTime())) : toShanghaiText(at);
}

/** The later of some times. */
export function latest(times: readonly (string | undefined)[]): string | undefined {
  return times.filter((time) => time !== undefined).sort((a, b) => Date.parse(b) - Date.parse(a))[0];
}

/** Leading digits of `4-在线支付` and of a bare `4` (JD sheet §5.4, §5.8). */
export function leadingCode(value: Json): string | undefined {
  return /^\s*(\d+)/.exec(asText(value) ?? '')?.[1];
}
