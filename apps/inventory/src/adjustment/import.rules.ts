import type { FieldError } from '@app/shared';
import { ADJUSTABLE, type AdjustableBucket, type AdjustmentLineDto } from './adjustment.dto';

/** A row of a file: a line, or what is wrong with it. Rows count from 1, the heading included. */
export interface ImportRow {
  row: number;
  line?: AdjustmentLineDto;
  errors: FieldError[];
}

/** Most rows of one file. */
export const MAX_ROWS = 20_000;
const HEADINGS: Record<string, keyof AdjustmentLineDto> = {
  skuCode: 'skuCode',
  商家编码: 'skuCode',
  warehouse: 'warehouse',
  仓库: 'warehouse',
  quantity: 'quantity',
  数量: 'quantity',
  bucket: 'bucket',
  类型: 'bucket',
};

/** Splits CSV text (RFC 4180, LF or CRLF, with or without a byte order mark) into rows of cells. */
export function parseCsv(text: string): string[][] {
  const table: string[][] = [];
  let cells: string[] = [];
  let cell = '';
  let isQuoted = false;
  const source = text.replace(/^\uFEFF/, '');
  for (let i = 0; i < source.length; i += 1) {
    const char = source[i]!;
    if (isQuoted) {
      if (char !== '"') cell += char;
      else if (source[i + 1] === '"') cell += source[(i += 1)];
      else isQuoted = false;
    } else if (char === '"' && cell === '') isQuoted = true;
    else if (char === ',' || char === '\n') {
      cells.push(cell.trim());
      cell = '';
      if (char === '\n') {
        table.push(cells);
        cells = [];
      }
    } else if (char !== '\r') cell += char;
  }
  if (cell !== '' || cells.length > 0) table.push([...cells, cell.trim()]);
  return table;
}

function readRow(
  cells: readonly string[],
  columns: readonly (keyof AdjustmentLineDto | undefined)[],
  row: number,
): ImportRow {
  const texts: Partial<Record<keyof AdjustmentLineDto, string>> = {};
  for (const [index, name] of columns.entries()) if (name) texts[name] = cells[index] ?? '';
  const errors: FieldError[] = [];
  const { skuCode = '', warehouse = '', quantity = '', bucket = '' } = texts;
  if (!skuCode) errors.push({ field: 'skuCode', code: 'MISSING', message: 'the SKU code is missing' });
  if (!warehouse) errors.push({ field: 'warehouse', code: 'MISSING', message: 'the warehouse is missing' });
  if (!/^[+-]?\d{1,9}$/.test(quantity) || Number(quantity) === 0)
    errors.push({ field: 'quantity', code: 'WHOLE_NUMBER', message: `"${quantity}" is no whole number other than 0` });
  const isBucket = bucket === '' || (ADJUSTABLE as readonly string[]).includes(bucket);
  if (!isBucket)
    errors.push({ field: 'bucket', code: 'IS_IN', message: `"${bucket}" is none of ${ADJUSTABLE.join(', ')}` });
  if (errors.length > 0) return { row, errors };
  return {
    row,
    line: { skuCode, warehouse, quantity: Number(quantity), bucket: (bucket || 'onHand') as AdjustableBucket },
    errors,
  };
}

/** Reads a table with a heading of skuCode, warehouse, quantity and, if wanted, bucket (or their Chinese names); undefined when a column is missing. */
export function readTable(table: readonly string[][]): ImportRow[] | undefined {
  const columns = (table[0] ?? []).map((heading) => HEADINGS[heading]);
  if (!(['skuCode', 'warehouse', 'quantity'] as const).every((name) => columns.includes(name))) return undefined;
  return table.flatMap((cells, index) =>
    index === 0 || cells.every((cell) => cell === '') ? [] : [readRow(cells, columns, index + 1)],
  );
}
