import { isSafeNumber, parse } from 'lossless-json';
import { types } from 'pg';

const INT8 = 20;
const NUMERIC = 1700;
const JSON_OID = 114;
const JSONB_OID = 3802;

/** Parses JSON; whole numbers that a double cannot hold become text instead of another number. */
export function parseJsonLossless(text: string): unknown {
  if (!/\d{16,}/.test(text)) return JSON.parse(text) as unknown;
  return parse(text, null, (value) => (isSafeNumber(value) ? Number(value) : value));
}

function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error(`The database returned ${text}, which is no safe integer.`);
  return value;
}

/** bigint columns (fen, versions, counts) arrive as safe integers; json columns are parsed losslessly. */
export function registerPgTypes(): void {
  types.setTypeParser(INT8, safeInteger);
  types.setTypeParser(NUMERIC, (text) => text);
  types.setTypeParser(JSON_OID, parseJsonLossless);
  types.setTypeParser(JSONB_OID, parseJsonLossless);
}
