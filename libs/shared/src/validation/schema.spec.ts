import { Type } from '@sinclair/typebox';
import { check } from './schema';
import { storableText } from './text';

const Order = Type.Object(
  {
    no: Type.String({ minLength: 1 }),
    at: Type.String({ format: 'date-time' }),
    lines: Type.Array(Type.Object({ quantity: Type.Integer({ minimum: 1 }) })),
  },
  { additionalProperties: false },
);

describe('checking a value against a schema', () => {
  it('passes what fits, unchanged', () => {
    const value = { no: '1', at: '2026-11-01T00:00:00+08:00', lines: [{ quantity: 1 }] };
    expect(check(Order, value)).toEqual({ ok: true, value });
  });

  it('names every wrong field at once, with its path', () => {
    const result = check(Order, { no: '', at: 'soon', lines: [{ quantity: 1 }, { quantity: 0.5 }, {}], more: 1 });
    expect(result.ok).toBe(false);
    const fields = result.ok ? [] : result.errors.map(({ field }) => field);
    expect(new Set(fields)).toEqual(new Set(['more', 'no', 'at', 'lines[1].quantity', 'lines[2].quantity']));
  });

  it('coerces nothing', () => {
    expect(check(Type.Integer(), '1').ok).toBe(false);
    expect(check(Order, null).ok).toBe(false);
  });
});

describe('making a text storable', () => {
  it('takes NUL out and replaces lone surrogates, and keeps all else', () => {
    expect(storableText('a\u0000b\ud800c')).toBe('ab\ufffdc');
    expect(storableText('汇店 🛒')).toBe('汇店 🛒');
  });
});
