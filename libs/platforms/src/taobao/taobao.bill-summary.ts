import { parse } from 'csv-parse/sync';
import { sumFen, yuanToFen } from '@app/shared';
import { BillProblem, BillRow } from '../port';

/** Counts and sums that a summary states; what it leaves out is undefined. */
interface Stated {
  inCount?: number;
  inFen?: number;
  outCount?: number;
  outFen?: number;
}

const TOTAL = /^(合计|总计|总合计)$/;
const COLUMNS: Readonly<Record<keyof Stated, RegExp>> = {
  inCount: /^收入(总)?笔数/,
  inFen: /^收入(总)?(金额|合计)/,
  outCount: /^支出(总)?笔数/,
  outFen: /^支出(总)?(金额|合计)/,
};

/** The summary beside the detail file names itself in its file name or first line (Taobao sheet §12.2). */
export function isSummary(file: { name: string; text: string }): boolean {
  return /汇总/.test(file.name) || /^#[^\r\n]*汇总/.test(file.text);
}

const numberOf = (cell: string | undefined): string => (cell ?? '').replaceAll(',', '').replace(/^[+-]/, '').trim();

/**
 * What the summary states in total: its total row, or its rows added up. The sheet does not state the columns, so they
 * are found by name, and undefined is answered for a layout that names none of them.
 */
function readSummary(text: string): Stated | undefined {
  const records = parse(text, {
    comment: '#',
    comment_no_infix: true,
    relax_column_count: true,
    quote: false,
    skip_empty_lines: true,
  }) as unknown as string[][];
  const table = records.map((cells) => cells.map((cell) => cell.trim()));
  const header = table.findIndex((cells) => cells.some((cell) => COLUMNS.inFen.test(cell)));
  if (header < 0) return undefined;
  const rows = table.slice(header + 1);
  const total = rows.find(([first]) => TOTAL.test(first ?? ''));
  const counted = total ? [total] : rows;
  const stated: Stated = {};
  for (const [name, pattern] of Object.entries(COLUMNS) as [keyof Stated, RegExp][]) {
    const column = table[header]!.findIndex((cell) => pattern.test(cell));
    if (column < 0) continue;
    const cells = counted.map((cells) => numberOf(cells[column])).filter((cell) => cell !== '');
    if (cells.some((cell) => !/^\d+(\.\d{1,2})?$/.test(cell))) return undefined;
    stated[name] = name.endsWith('Fen')
      ? sumFen(cells.map((cell) => yuanToFen(cell)))
      : cells.reduce((sum, cell) => sum + Number(cell), 0);
  }
  return stated;
}

/** Where the summary of the archive contradicts the rows of its detail file. */
export function compareSummary(text: string, rows: readonly BillRow[]): BillProblem[] {
  const stated = readSummary(text);
  if (!stated) return [];
  const incomes = rows.map(({ inFen }) => inFen).filter((fen) => fen > 0);
  const outgoings = rows.map(({ outFen }) => outFen).filter((fen) => fen > 0);
  const found: Required<Stated> = {
    inCount: incomes.length,
    inFen: sumFen(incomes),
    outCount: outgoings.length,
    outFen: sumFen(outgoings),
  };
  return (Object.keys(stated) as (keyof Stated)[])
    .filter((name) => stated[name] !== found[name])
    .map((name) => ({
      code: 'summary_differs',
      message: `The summary states ${WORDS[name]} ${stated[name]}, the rows give ${found[name]}.`,
    }));
}

const WORDS: Readonly<Record<keyof Stated, string>> = {
  inCount: 'a number of incomes of',
  inFen: 'an income in fen of',
  outCount: 'a number of outgoings of',
  outFen: 'outgoings in fen of',
};
