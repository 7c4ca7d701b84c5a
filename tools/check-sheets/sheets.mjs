import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import exceljs from 'exceljs';

/** Columns of an export, counted from 0. */
export const COLUMN = {
  class: 0,
  orderNo: 1,
  expected: 3,
  billed: 4,
  difference: 5,
  file: 8,
  resolution: 12,
  note: 13,
};
const AMOUNTS = { expected: 'expectedFen', billed: 'billedFen', difference: 'differenceFen' };

/** Fen of an amount as it is shown; NaN when it is none. With `isMoney` it must show two decimals. */
export function fenOf(text, isMoney) {
  const match = /^(-?)([\d,]+)(?:\.(\d{1,2}))?$/.exec(String(text).trim());
  if (!match || (isMoney && match[3]?.length !== 2)) return Number.NaN;
  return Number(`${match[1]}${match[2].replaceAll(',', '')}${(match[3] ?? '').padEnd(2, '0')}`);
}

/** Rows of a CSV file as texts. */
export const readCsv = (path) =>
  parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''), { relax_column_count: true, skip_empty_lines: true });

/** The first sheet of a book: rows of cells, and formulas by cell. */
export async function readBook(path) {
  const book = new exceljs.Workbook();
  await book.xlsx.readFile(path);
  const sheet = book.worksheets[0];
  const rows = [];
  const formulas = [];
  sheet.eachRow({ includeEmpty: false }, (row) => {
    const cells = [];
    row.eachCell({ includeEmpty: true }, (cell, no) => {
      if (cell.formula) formulas.push({ address: cell.address, formula: cell.formula, result: cell.result });
      cells[no - 1] = cell.formula ? cell.result : cell.value;
    });
    rows.push(cells);
  });
  return { rows, formulas };
}

const plain = (cell) =>
  cell === null || cell === undefined
    ? ''
    : typeof cell === 'object'
      ? String(cell.text ?? cell.result ?? '')
      : String(cell);

/** Texts that a spreadsheet would run. Numbers below zero are none. */
export const looksRunnable = (cell) => typeof cell === 'string' && /^\s*[=+@＝＋＠]|^\s*-(?![\d,.]+$)/.test(cell);

/**
 * Compares rows with the lines that the API tells, in their order: class, id letter by letter, amounts to the fen.
 * Answers the problems, at most a few of each kind, and the sums.
 */
export function compareRows(what, rows, lines, { hasSum }) {
  const problems = [];
  const tell = (text) => problems.length < 20 && problems.push(`${what}: ${text}`);
  const body = rows.slice(1, hasSum ? -1 : undefined);
  if (body.length !== lines.length) tell(`${body.length} rows, the API lists ${lines.length} lines`);
  const sums = { expected: 0, billed: 0, difference: 0 };
  lines.forEach((line, index) => {
    const row = body[index] ?? [];
    if (plain(row[COLUMN.class]) !== line.class)
      tell(`row ${index + 2} is of class ${plain(row[COLUMN.class])}, not ${line.class}`);
    const orderNo = plain(row[COLUMN.orderNo]).replace(/\t$/, '');
    if (typeof row[COLUMN.orderNo] === 'number') tell(`row ${index + 2}: the id ${orderNo} became a number`);
    if (orderNo !== (line.platformOrderNo ?? ''))
      tell(`row ${index + 2} has the id ${orderNo}, not ${line.platformOrderNo}`);
    for (const [name, field] of Object.entries(AMOUNTS)) {
      const cell = row[COLUMN[name]];
      const fen = typeof cell === 'number' ? Math.round(cell * 100) : fenOf(cell ?? '', hasSum);
      if (fen !== line[field]) tell(`row ${index + 2}: ${name} is ${plain(cell)}, not ${line[field]} fen`);
      else sums[name] += fen;
    }
    for (const cell of row)
      if (looksRunnable(cell)) tell(`row ${index + 2} holds ${JSON.stringify(cell)}, which runs as a formula`);
  });
  if (hasSum)
    for (const name of Object.keys(AMOUNTS)) {
      const cell = rows.at(-1)?.[COLUMN[name]];
      const fen = typeof cell === 'number' ? Math.round(cell * 100) : fenOf(cell ?? '', hasSum);
      const wanted = lines.reduce((sum, line) => sum + line[AMOUNTS[name]], 0);
      if (fen !== wanted) tell(`the sum of ${name} is ${plain(cell)}, the lines add up to ${wanted} fen`);
    }
  return { problems, sums, rowCount: body.length };
}
