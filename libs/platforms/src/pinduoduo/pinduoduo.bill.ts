import { CsvError, parse } from 'csv-parse/sync';
import { shanghaiToIso, storableText, sumFen, toShanghaiIso, yuanToFen } from '@app/shared';
import { invalidBill, readBillTexts } from '../kit/bill.texts';
import { BillProblem, BillRow, ParsedBill } from '../port';
import { classify } from './pinduoduo.bill-classes';

/** File forms that are read: 货款明细, the shop's account of goods money (Pinduoduo sheet §12). */
export const BILL_FORMATS = ['pinduoduo-balance'] as const;

const WHAT = 'a Pinduoduo bill (货款明细)';
/** First cell of the header; the lines above it vary, so it is searched for (Pinduoduo sheet §12). */
const FIRST_COLUMN = '商户订单号';
/** Columns by name without the unit behind it. */
const REQUIRED = ['商户订单号', '发生时间', '收入金额', '支出金额', '账务类型', '业务描述'] as const;

interface Table {
  columns: readonly string[];
  records: { line: number; cells: string[] }[];
}

const bareName = (cell: string): string => cell.replace(/[（(].*[）)]/, '').trim();

function readTable(text: string): Table | undefined {
  const all = recordsOf(text);
  const header = all.findIndex(({ cells }) => cells[0] === FIRST_COLUMN);
  if (header < 0) return undefined;
  return { columns: all[header]!.cells.map(bareName), records: all.slice(header + 1) };
}

/** Quotation marks that nothing closes leave no table at all. */
function tableOf(text: string): Table | undefined {
  try {
    return readTable(text);
  } catch (error) {
    if (error instanceof CsvError) throw invalidBill(WHAT, `it is no table (${error.message})`, error);
    throw error;
  }
}

function recordsOf(text: string): Table['records'] {
  const raw = parse(text, {
    comment: '#',
    comment_no_infix: true,
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
  }) as unknown as { record: string[]; info: { lines: number } }[];
  return raw.map(({ record, info }) => ({ line: info.lines, cells: record.map((cell) => cell.trim()) }));
}

/** Fen of a cell; outgoings are already negative in the file (Pinduoduo sheet §12). */
function amountOf(cell: string, isOutgoing: boolean): number {
  const fen = cell === '' || cell === '-' ? 0 : yuanToFen(cell.replaceAll(',', '').replace(/^\+/, ''));
  if (isOutgoing ? fen > 0 : fen < 0)
    throw new Error(`${isOutgoing ? 'an outgoing' : 'an income'} of ${cell} has the wrong sign`);
  return Math.abs(fen);
}

function readRow(columns: readonly string[], { line, cells }: Table['records'][number]): BillRow {
  if (cells.length < columns.length) throw new Error(`it has ${cells.length} of ${columns.length} columns`);
  const cell = (name: string): string => cells[columns.indexOf(name)] ?? '';
  const occurredAt = shanghaiToIso(cell('发生时间'));
  if (!occurredAt) throw new Error(`"${cell('发生时间')}" is no time`);
  const orderNo = cell('商户订单号') === '-' ? '' : cell('商户订单号');
  const description = cell('业务描述');
  const type = cell('账务类型');
  const inFen = amountOf(cell('收入金额'), false);
  const outFen = amountOf(cell('支出金额'), true);
  const remark = cell('备注') === '-' ? '' : storableText(cell('备注'));
  return {
    rowNo: line,
    // The file numbers no rows; the order's number tells equal rows of different orders apart.
    flowNo: '',
    businessNo: orderNo,
    merchantOrderNo: orderNo,
    ...(orderNo !== '' && { platformOrderNo: orderNo }),
    occurredAt,
    inFen,
    outFen,
    businessType: description === '' ? type : description,
    remark,
    entryKind: classify({ description, type, inFen, outFen, hasOrder: orderNo !== '' }),
  };
}

/** The span of `起始时间：… 终止时间：…`; its end is the last second, so the half-open span ends one second later. */
function spanOf(text: string): { from?: string; to?: string } {
  const timeAfter = (label: string): string | undefined => {
    const found = new RegExp(`${label}[:：]\\s*(\\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2}:\\d{2})`).exec(text)?.[1];
    return shanghaiToIso(found ?? null) ?? undefined;
  };
  const from = timeAfter('起始时间');
  const last = timeAfter('终止时间');
  return {
    ...(from !== undefined && { from }),
    ...(last !== undefined && { to: toShanghaiIso(new Date(Date.parse(last) + 1_000)) }),
  };
}

/** A line such as `#支出合计：3485笔-59276.09元`; its count includes rows of amount 0, so it proves nothing (Pinduoduo sheet §12). */
function checkTotal(
  text: string,
  label: string,
  amounts: readonly number[],
  needsTotals: boolean,
): BillProblem | undefined {
  const stated = new RegExp(`^#\\s*${label}[:：]\\s*\\d+\\s*笔[,，共\\s]*([+-]?[\\d,]+(?:\\.\\d+)?)\\s*元`, 'm').exec(
    text,
  );
  if (!stated)
    return needsTotals
      ? { code: 'footer_missing', message: `The line ${label} at the end of the file is missing: it was cut off.` }
      : undefined;
  const statedFen = Math.abs(yuanToFen(stated[1]!.replaceAll(',', '')));
  const sum = sumFen(amounts);
  if (statedFen === sum) return undefined;
  return { code: 'footer_sum', message: `${label} states ${statedFen} fen, the rows add up to ${sum} fen.` };
}

function outside(rows: readonly BillRow[], { from, to }: { from?: string; to?: string }): BillProblem[] {
  const isOutside = (at: number): boolean =>
    (from !== undefined && at < Date.parse(from)) || (to !== undefined && at >= Date.parse(to));
  return rows
    .filter((row) => isOutside(Date.parse(row.occurredAt)))
    .map((row) => ({
      code: 'row_outside',
      row: row.rowNo,
      message: `Line ${row.rowNo} is of ${row.occurredAt}, outside of the file's dates.`,
    }));
}

function readRows(table: Table, problems: BillProblem[]): BillRow[] {
  const rows: BillRow[] = [];
  for (const record of table.records) {
    try {
      rows.push(readRow(table.columns, record));
    } catch (error) {
      problems.push({
        code: 'row_unreadable',
        row: record.line,
        message: `Line ${record.line} cannot be read: ${(error as Error).message}.`,
      });
    }
  }
  return rows;
}

/**
 * Reads a file of 货款明细 and proves it by its own dates and totals; it holds neither row numbers nor balances. Throws
 * BILL_FILE.INVALID when there is no such list in it.
 */
export async function parsePinduoduoBill(format: string, bytes: Uint8Array, needsTotals: boolean): Promise<ParsedBill> {
  if (!(BILL_FORMATS as readonly string[]).includes(format))
    throw invalidBill(WHAT, `the form ${format} is not known; known are ${BILL_FORMATS.join(', ')}`);
  for (const file of await readBillTexts(WHAT, bytes)) {
    const text = file.text.replaceAll('\u0000', '');
    const table = tableOf(text);
    if (!table) continue;
    const missing = REQUIRED.filter((name) => !table.columns.includes(name));
    if (missing.length > 0) throw invalidBill(WHAT, `the columns ${missing.join(', ')} are missing`);
    const problems: BillProblem[] = [];
    if (text.length < file.text.length)
      problems.push({ code: 'nul_byte', message: 'The file holds NUL bytes; it was damaged on its way.' });
    const rows = readRows(table, problems);
    const span = spanOf(text);
    const totals = [
      checkTotal(
        text,
        '收入合计',
        rows.map(({ inFen }) => inFen),
        needsTotals,
      ),
      checkTotal(
        text,
        '支出合计',
        rows.map(({ outFen }) => outFen),
        needsTotals,
      ),
    ];
    problems.push(...totals.filter((problem) => problem !== undefined), ...outside(rows, span));
    return { ...span, detailName: file.name, currency: 'CNY', rows, problems, isWhole: problems.length === 0 };
  }
  throw invalidBill(WHAT, `it holds no list that begins with ${FIRST_COLUMN}`);
}
