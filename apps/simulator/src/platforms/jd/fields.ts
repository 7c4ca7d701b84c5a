import { fromPlatformText } from '../../core/times';
import { invalid, missing } from './envelope';

/** Any JSON object. */
export type Json = Readonly<Record<string, unknown>>;

/** True for a JSON object that is no list. */
export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The business parameters of a call. Texts and numbers are both taken where one is expected; null and "" are absent. */
export class Fields {
  constructor(private readonly values: Json) {}

  text(name: string): string | undefined {
    const value = this.values[name];
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value === 'object') throw invalid(name, '类型错误');
    return String(value);
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw missing(name);
    return value;
  }

  /** A whole number in a range. */
  int(name: string, low: number, high: number, fallback?: number): number {
    const value = this.text(name);
    if (value === undefined) {
      if (fallback === undefined) throw missing(name);
      return fallback;
    }
    const asNumber = Number(value);
    if (!/^-?\d+$/.test(value) || asNumber < low || asNumber > high) throw invalid(name, `必须在${low}到${high}之间`);
    return asNumber;
  }

  bool(name: string): boolean {
    return this.text(name) === 'true';
  }

  /** An id: digits only. */
  id(name: string): string {
    const value = this.required(name);
    if (!/^\d{1,20}$/.test(value)) throw invalid(name, '必须是数字');
    return value;
  }

  /** An instant as `yyyy-MM-dd HH:mm:ss` in +08:00 or as milliseconds. */
  time(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const at = /^\d{12,14}$/.test(value) ? Number(value) : fromPlatformText(value);
    if (at === null) throw invalid(name, '时间格式应为yyyy-MM-dd HH:mm:ss');
    return at;
  }

  /** A pair of instants that only counts when it is complete; half a pair is refused (JD sheet §7.2). */
  pair(fromName: string, toName: string): { from: number; to: number } | undefined {
    const from = this.time(fromName);
    const to = this.time(toName);
    if (from === undefined && to === undefined) return undefined;
    if (from === undefined) throw missing(fromName);
    if (to === undefined) throw missing(toName);
    if (to < from) throw invalid(toName, `早于${fromName}`);
    return { from, to };
  }

  /** A comma list without empty entries. */
  names(name: string): string[] {
    return (this.text(name) ?? '')
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== '');
  }

  /** An object; its own fields are read in the same way. */
  object(name: string): Fields {
    const value = this.values[name];
    if (value === undefined || value === null) throw missing(name);
    if (!isObject(value)) throw invalid(name, '类型错误');
    return new Fields(value);
  }

  /** A list of objects. */
  rows(name: string): Fields[] {
    const value = this.values[name];
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value) || !value.every(isObject)) throw invalid(name, '类型错误');
    return value.map((one) => new Fields(one));
  }

  /** A value as it came. */
  raw(name: string): unknown {
    return this.values[name];
  }
}
