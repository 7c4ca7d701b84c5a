import type { Static, TSchema } from '@sinclair/typebox';
import Ajv, { type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { FieldError } from '../errors/app-error';

const ajv = addFormats(new Ajv({ allErrors: true, strict: false, coerceTypes: false, ownProperties: true }));
const compiled = new WeakMap<TSchema, ValidateFunction>();

function fieldOf(error: ErrorObject): string {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part.replaceAll('~1', '/').replaceAll('~0', '~')}`))
    .join('')
    .replace(/^\./, '');
  const member =
    (error.params as { missingProperty?: string; additionalProperty?: string }).missingProperty ??
    (error.params as { additionalProperty?: string }).additionalProperty;
  return member ? (path ? `${path}.${member}` : member) : path;
}

/** The result of checking a value against a schema. */
export type Checked<T> = { ok: true; value: T } | { ok: false; errors: FieldError[] };

/** Checks a value against a compiled schema; names every wrong field. The value is not changed. */
export function check<S extends TSchema>(schema: S, value: unknown): Checked<Static<S>> {
  let validate = compiled.get(schema);
  if (!validate) {
    validate = ajv.compile(schema);
    compiled.set(schema, validate);
  }
  if (validate(value)) return { ok: true, value: value as Static<S> };
  const errors = (validate.errors ?? []).map((error) => ({
    field: fieldOf(error),
    code: error.keyword.toUpperCase(),
    message: error.message ?? 'is wrong',
  }));
  return { ok: false, errors };
}
