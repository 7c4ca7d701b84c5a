import { badRequest } from './control.errors';

/** A JSON body of unknown shape. */
export type Body = Record<string, unknown>;

/** The request's body as an object; an absent body is an empty one. */
export function bodyOf(value: unknown): Body {
  if (value === undefined || value === null || value === '') return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw badRequest('The body must be a JSON object.');
  return value as Body;
}

/** A text field; without a fallback it is required. */
export function text(body: Body, field: string, fallback?: string): string {
  const value = body[field] ?? fallback;
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string' || (value === '' && fallback === undefined))
    throw badRequest(`${field} must be a text.`);
  return value;
}

/** An optional text field. */
export function optionalText(body: Body, field: string): string | undefined {
  return body[field] === undefined || body[field] === null ? undefined : text(body, field);
}

/** A number in a range; without a fallback it is required. */
export function numberIn(body: Body, field: string, low: number, high: number, fallback?: number): number {
  const value = body[field] ?? fallback;
  const asNumber = typeof value === 'string' ? Number(value) : value;
  if (typeof asNumber !== 'number' || !(asNumber >= low && asNumber <= high))
    throw badRequest(`${field} must be a number from ${low} to ${high}.`);
  return asNumber;
}

/** An instant written in ISO 8601 with an offset, in milliseconds. */
export function instant(value: unknown, field: string): number {
  const ms = typeof value === 'string' && /(Z|[+-]\d{2}:\d{2})$/.test(value) ? Date.parse(value) : NaN;
  if (Number.isNaN(ms)) throw badRequest(`${field} must be an ISO 8601 instant with an offset.`);
  return ms;
}
