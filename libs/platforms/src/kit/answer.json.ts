import { createHash } from 'node:crypto';
import { parse } from 'lossless-json';
import { storableText } from '@app/shared';

/**
 * A value of an answer. Numbers stay the text they were sent as, so ids of 19 digits and amounts keep every digit
 * (e.g. Taobao sheet §13 pitfall 1).
 */
export type Json = string | boolean | null | Json[] | JsonObject | undefined;
export interface JsonObject {
  [key: string]: Json;
}

/** Parses strictly; throws SyntaxError for half texts, NaN, byte order marks and keys stated twice with different values. */
export function parseAnswer(text: string): Json {
  return parse(text, null, (digits) => digits) as Json;
}

/** The value as an object, or an empty one. */
export function asObject(value: Json): JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}

/**
 * A list that may be absent, wrapped in an object with the singular name, or flattened by `simplify`
 * (Taobao sheet §4.1: an empty list means that the key is absent).
 */
export function asList(value: Json, singular: string): JsonObject[] {
  const inner = Array.isArray(value) ? value : asObject(value)[singular];
  if (inner === undefined || inner === null) return [];
  return (Array.isArray(inner) ? inner : [inner]).map(asObject);
}

/** A text or number as text; absent and empty values are undefined. */
export function asText(value: Json): string | undefined {
  if (typeof value === 'boolean') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A whole number that JavaScript holds exactly, else undefined. */
export function asInteger(value: Json): number | undefined {
  const text = asText(value);
  if (text === undefined || !/^[+-]?\d+$/.test(text)) return undefined;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** Flags come as true, 1, "1" or "true". */
export function asFlag(value: Json): boolean {
  return value === true || value === 'true' || value === '1';
}

/** Free text without NUL and lone surrogates, cut to `maxLength` code units; the raw text keeps everything. */
export function cleanText(value: Json, maxLength = 8_000): string | undefined {
  const text = asText(value);
  if (text === undefined) return undefined;
  return storableText(text.slice(0, maxLength)) || undefined;
}

/** Hash of a value that does not depend on the order of keys. */
export function contentHash(value: Json): string {
  return createHash('sha256').update(canonicalText(value)).digest('hex');
}

function canonicalText(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const keys = Object.keys(value).sort();
    return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalText(value[key])}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}
