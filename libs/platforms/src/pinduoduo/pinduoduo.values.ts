import { shanghaiToIso } from '@app/shared';
import { Json, JsonObject, asObject, asText } from '../kit/answer.json';

export { nonEmpty, present } from '../kit/optional';

/** When and how something was read. */
export interface Fetch {
  startedAt: Date;
  doneAt: Date;
  /** Text as received. */
  raw: string;
}

/** A time text of the platform, Asia/Shanghai without an offset; empty texts mean that it did not happen yet. */
export function timeOf(row: JsonObject, field: string): string | undefined {
  return shanghaiToIso(asText(row[field]) ?? null) ?? undefined;
}

/** The value as a list of objects; null, absent and empty texts are an empty list. */
export function listOf(value: Json): JsonObject[] {
  return Array.isArray(value) ? value.map(asObject) : [];
}

const DECIMAL = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/;

/**
 * Yuan text → fen, rounded half away from zero: the platform writes doubles, so 19.9 may come as 19.900000000000002
 * (Pinduoduo sheet §5.5). Undefined for anything that is no amount. Whole digits alone, no floating point.
 */
export function yuanTextToFen(text: string): number | undefined {
  const [, sign, whole, fraction = '', exponent = '0'] = DECIMAL.exec(text.trim()) ?? [];
  if (whole === undefined) return undefined;
  // fen = digits × 10^(exponent + 2 − length of the fraction)
  const power = Number(exponent) + 2 - fraction.length;
  const digits = BigInt(whole + fraction);
  const divisor = 10n ** BigInt(Math.max(0, -power));
  const fen = power >= 0 ? digits * 10n ** BigInt(power) : (2n * digits + divisor) / (2n * divisor);
  const value = Number(fen);
  if (!Number.isSafeInteger(value)) return undefined;
  return sign === '-' && value !== 0 ? -value : value;
}
