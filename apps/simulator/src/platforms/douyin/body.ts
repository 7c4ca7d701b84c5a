import { parseKeepingIds } from '../../kit/lossless-json';
import { invalid, missing, NO_NUMBER } from './envelope';

/** A JSON object of unknown shape. */
export type Fields = Record<string, unknown>;

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** True when the keys of every object stand in the order of their code units (Douyin sheet §2.2). */
export function isCanonical(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isCanonical);
  if (!isObject(value)) return true;
  const keys = Object.keys(value).filter((key) => !/^\d+$/.test(key));
  return keys.every((key, i) => i === 0 || keys[i - 1]! < key) && Object.values(value).every(isCanonical);
}

/**
 * The business parameters of a call. Numbers may come as texts and ids as numbers (Douyin sheet §8.2); null counts as
 * absent (§2.2).
 */
export class Body {
  constructor(readonly fields: Fields) {}

  /** Reads the text of the body; undefined when it is no JSON object. */
  static parse(text: string): Body | undefined {
    try {
      const value = parseKeepingIds(text);
      return isObject(value) ? new Body(value) : undefined;
    } catch {
      return undefined;
    }
  }

  has(name: string): boolean {
    const value = this.fields[name];
    return value !== undefined && value !== null && value !== '';
  }

  text(name: string): string | undefined {
    const value = this.fields[name];
    if (typeof value === 'number') return String(value);
    return typeof value === 'string' && value !== '' ? value : undefined;
  }

  required(name: string, number = NO_NUMBER): string {
    const value = this.text(name);
    if (value === undefined) throw missing(name, number);
    return value;
  }

  /** A whole number, or undefined when absent. `number` names the refusal of anything else. */
  int(name: string, number = NO_NUMBER): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (!/^-?\d{1,15}$/.test(value)) throw invalid(number, `${name} 必须是整数`);
    return Number(value);
  }

  requiredInt(name: string, number = NO_NUMBER): number {
    const value = this.int(name, number);
    if (value === undefined) throw missing(name, number);
    return value;
  }

  /** An instant in unix seconds, given back in milliseconds; 0 counts as absent. */
  seconds(name: string): number | undefined {
    const value = this.int(name);
    return value === undefined || value === 0 ? undefined : value * 1_000;
  }

  /** True for true, "true" and 1. */
  flag(name: string): boolean {
    const value = this.fields[name];
    return value === true || value === 'true' || value === 1 || value === '1';
  }

  list(name: string): unknown[] {
    const value = this.fields[name];
    return Array.isArray(value) ? value : [];
  }

  /** A list of ids, given as texts or numbers. */
  ids(name: string): string[] {
    return this.list(name).map(String);
  }

  /** A list of objects; anything else in it is refused. */
  objects(name: string): Body[] {
    return this.list(name).map((entry) => {
      if (!isObject(entry)) throw invalid(NO_NUMBER, `${name} 的每一项必须是对象`);
      return new Body(entry);
    });
  }

  /** A nested object; an absent one is empty. */
  object(name: string): Body {
    const value = this.fields[name];
    return new Body(isObject(value) ? value : {});
  }
}
