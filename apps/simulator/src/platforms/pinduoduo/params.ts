import { parseKeepingIds } from '../../kit/lossless-json';
import { refuse } from './pop-error';

/** The parameters of a call as texts. Empty values count as absent. */
export class Params {
  constructor(private readonly values: ReadonlyMap<string, string>) {}

  text(name: string): string | undefined {
    const value = this.values.get(name);
    return value === undefined || value === '' ? undefined : value;
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw refuse(21_002, name);
    return value;
  }

  /** A whole number in a range; without a fallback it is required. */
  int(name: string, low: number, high: number, fallback?: number): number {
    const value = fallback === undefined ? this.required(name) : this.text(name);
    if (value === undefined) return fallback!;
    const asNumber = Number(value);
    if (!/^-?\d{1,15}$/.test(value) || asNumber < low || asNumber > high)
      throw refuse(10_000, `${name} 必须在 ${low} 到 ${high} 之间`);
    return asNumber;
  }

  bool(name: string): boolean {
    const value = this.text(name);
    // Clients in PHP send 1 and 0 (Pinduoduo sheet §2, edge rules).
    if (value !== undefined && !['true', 'false', '1', '0'].includes(value))
      throw refuse(10_000, `${name} 只能是 true 或 false`);
    return value === 'true' || value === '1';
  }

  /** A window of epoch seconds in milliseconds; a longer one is refused (Pinduoduo sheet §13 #17). */
  window(startName: string, endName: string, mostSeconds: number): { from: number; to: number } {
    const from = this.int(startName, 0, 1e11);
    const to = this.int(endName, 0, 1e11);
    if (to < from) throw refuse(10_000, `${endName} 不能早于 ${startName}`);
    if (to - from > mostSeconds) throw refuse(10_000, `${startName} 与 ${endName} 的间隔不能超过 ${mostSeconds} 秒`);
    return { from: from * 1_000, to: to * 1_000 };
  }

  /** A comma list without empty entries; 1 to `most` of them. */
  names(name: string, most: number): string[] {
    const names = this.required(name)
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== '');
    if (names.length === 0 || names.length > most) throw refuse(10_000, `${name} 必须有 1 到 ${most} 项`);
    return names;
  }

  /** A JSON object; numbers of 16 digits and more are kept as texts. */
  object(name: string): Record<string, unknown> {
    const value = this.json(name);
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw refuse(10_000, `${name} 必须是 JSON 对象`);
    return value as Record<string, unknown>;
  }

  /** A JSON list of 1 to `most` objects. */
  rows(name: string, most: number): Record<string, unknown>[] {
    const value = this.json(name);
    if (!Array.isArray(value) || value.length === 0 || value.length > most)
      throw refuse(10_000, `${name} 必须有 1 到 ${most} 项`);
    return value as Record<string, unknown>[];
  }

  private json(name: string): unknown {
    const value = this.required(name);
    try {
      return parseKeepingIds(value);
    } catch {
      throw refuse(10_000, `${name} 不是合法的 JSON`);
    }
  }
}

/** A field of a JSON object as text; absent and empty are refused. */
export function fieldOf(row: Record<string, unknown>, name: string): string {
  const value = row[name];
  if ((typeof value !== 'string' && typeof value !== 'number') || value === '') throw refuse(21_002, name);
  return String(value);
}
