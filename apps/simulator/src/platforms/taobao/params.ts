import { fromPlatformText } from '../../core/times';
import { parseKeepingIds } from '../../kit/lossless-json';
import { invalid, missing } from './envelope';

/** The merged parameters of a call. Empty values count as absent, except where a method asks for them by raw(). */
export class Params {
  constructor(private readonly values: ReadonlyMap<string, string>) {}

  /** The value as it came, an empty one included. */
  raw(name: string): string | undefined {
    return this.values.get(name);
  }

  text(name: string): string | undefined {
    const value = this.values.get(name);
    return value === undefined || value === '' ? undefined : value;
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw missing(name);
    return value;
  }

  /** A whole number in a range. */
  int(name: string, low: number, high: number, fallback: number): number {
    const value = this.text(name);
    if (value === undefined) return fallback;
    const asNumber = Number(value);
    if (!/^-?\d+$/.test(value) || asNumber < low || asNumber > high)
      throw invalid(name, `${name} 必须在 ${low} 到 ${high} 之间`);
    return asNumber;
  }

  bool(name: string): boolean {
    const value = this.text(name);
    if (value !== undefined && value !== 'true' && value !== 'false')
      throw invalid(name, `${name} 只能是 true 或 false`);
    return value === 'true';
  }

  /** An instant written `yyyy-MM-dd HH:mm:ss` in +08:00, in milliseconds. */
  time(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const at = fromPlatformText(value);
    if (at === null) throw invalid(name, `${name} 不是 yyyy-MM-dd HH:mm:ss`);
    return at;
  }

  requiredTime(name: string): number {
    this.required(name);
    return this.time(name)!;
  }

  /** A comma list without empty entries. */
  names(name: string): string[] {
    return (this.text(name) ?? '')
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== '');
  }

  /** An id: digits only. */
  id(name: string): string {
    const value = this.required(name);
    if (!/^\d{1,20}$/.test(value)) throw invalid(name, `${name} 必须是数字`);
    return value;
  }

  /** A JSON text. Numbers of 16 digits and more are kept as texts. */
  json(name: string): unknown {
    const value = this.required(name);
    try {
      return parseKeepingIds(value);
    } catch {
      throw invalid(name, `${name} 不是合法的 JSON`);
    }
  }
}
