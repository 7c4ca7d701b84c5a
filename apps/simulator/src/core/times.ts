/** One second, minute, hour and day in milliseconds. */
export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Platform times are +08:00 all year round; the zone has had no daylight saving since 1991. */
const SHANGHAI_OFFSET_MS = 8 * HOUR;

const two = (n: number): string => (n < 10 ? `0${n}` : String(n));

/** Writes an instant as `yyyy-MM-dd HH:mm:ss` in +08:00. */
export function toPlatformText(ms: number): string {
  const at = new Date(ms + SHANGHAI_OFFSET_MS);
  const day = `${at.getUTCFullYear()}-${two(at.getUTCMonth() + 1)}-${two(at.getUTCDate())}`;
  return `${day} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
}

/** Reads `yyyy-MM-dd HH:mm:ss` as +08:00; null when the text is anything else or names no possible instant. */
export function fromPlatformText(text: string): number | null {
  const match = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})$/.exec(text);
  if (!match) return null;
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const ms = Date.UTC(year, month - 1, day, hour, minute, second) - SHANGHAI_OFFSET_MS;
  return toPlatformText(ms) === text ? ms : null;
}

/** Writes an instant as ISO 8601 with milliseconds and the offset +08:00. */
export function toIso(ms: number): string {
  return `${new Date(ms + SHANGHAI_OFFSET_MS).toISOString().slice(0, -1)}+08:00`;
}

/** Cuts an instant down to its whole second: platforms tell nothing finer. */
export const wholeSecond = (ms: number): number => Math.floor(ms / SECOND) * SECOND;

/** The number of the natural week (Monday to Sunday, +08:00) of an instant. */
export function weekNumber(ms: number): number {
  return Math.floor((ms + SHANGHAI_OFFSET_MS + 3 * DAY) / (7 * DAY));
}

/** The first instant of an instant's day in +08:00. */
export const startOfDay = (ms: number): number =>
  Math.floor((ms + SHANGHAI_OFFSET_MS) / DAY) * DAY - SHANGHAI_OFFSET_MS;
