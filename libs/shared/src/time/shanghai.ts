import { DateTime } from 'luxon';

/** The zone in which the platforms write their times and in which days are cut. */
export const SHANGHAI = 'Asia/Shanghai';

/**
 * Reads a platform's time text without an offset (`yyyy-MM-dd HH:mm:ss`) as Asia/Shanghai.
 * Returns an ISO text with +08:00, or null when the text names no possible instant.
 */
export function shanghaiToIso(text: string | null | undefined): string | null {
  if (!text) return null;
  const at = DateTime.fromSQL(text.trim(), { zone: SHANGHAI });
  if (!at.isValid || at.year < 1990) return null;
  return at.toISO({ suppressMilliseconds: true });
}

/** Writes an instant the way the platforms read it: `yyyy-MM-dd HH:mm:ss` in Asia/Shanghai. */
export function toShanghaiText(at: Date): string {
  return DateTime.fromJSDate(at, { zone: SHANGHAI }).toFormat('yyyy-MM-dd HH:mm:ss');
}

/** An instant as ISO text with the offset +08:00. */
export function toShanghaiIso(at: Date): string {
  return DateTime.fromJSDate(at, { zone: SHANGHAI }).toISO({ suppressMilliseconds: true })!;
}

/** The calendar day in Asia/Shanghai to which an instant belongs, `yyyy-MM-dd`. */
export function shanghaiDay(at: Date): string {
  return DateTime.fromJSDate(at, { zone: SHANGHAI }).toISODate()!;
}

/** The first instant of a Shanghai day given as `yyyy-MM-dd`. */
export function startOfShanghaiDay(day: string): Date {
  return DateTime.fromISO(day, { zone: SHANGHAI }).startOf('day').toJSDate();
}
