import { parse } from 'csv-parse/sync';
import { shanghaiToIso, storableText, yuanToFen } from '@app/shared';
import { invalidBill, readBillTexts } from '../kit/bill.texts';
import { BillProblem, BillRow, ParsedBill } from '../port';
import { ChargeRules, readCharges } from './jd.bill-charges';
import { STATEMENT_FORMAT, readStatements } from './jd.bill-statements';
import { feeKindOf } from './jd.bill-classes';

/** File forms that are read: the two files of the seller's console, and the answers of the two bill calls (JD sheet §12). */
export const BILL_FORMATS = ['jd-settlement', 'jd-reconciliation', STATEMENT_FORMAT, 'jd-charges'] as const;

/** Names that a column may have; columns are found by name, since their order and number differ (JD sheet §12.3). */
interface Layout {
  what: string;
  order: readonly string[];
  fee: readonly string[];
  amount: readonly string[];
  direction: readonly string[];
  at: readonly string[];
  /** Number of the row; empty where the file has none. */
  flow: readonly string[];
  remarks: readonly string[];
}

const LAYOUTS: Readonly<Record<string, Layout>> = {
  'jd-settlement': {
    what: 'a JD settlement list (订单结算明细)',
    order: ['订单编号'],
    fee: ['费用名称'],
    amount: ['应结金额'],
    direction: ['收支方向'],
    // The time that a row has from its first day on; the time of arrival comes later and would make it another row.
    at: ['账单生成时间'],
    flow: [],
    remarks: ['商品编号', '售后服务单号', '结算状态', '费用项含义', '备注'],
  },
  'jd-reconciliation': {
    what: 'a JD reconciliation list (对账中心明细)',
    order: ['订单编号'],
    fee: ['费用项', '费用名称'],
    amount: ['金额'],
    direction: ['商家应收/应付', '收支方向'],
    at: ['费用发生时间'],
    flow: ['单据编号'],
    remarks: ['商品编号', '单据类型', '结算状态', '备注'],
  },
};

/** Reads one file. Throws BILL_FILE.INVALID when it is no bill of that form at all. */
export async function parseJdBill(format: string, bytes: Uint8Array, rules: ChargeRules): Promise<ParsedBill> {
  if (format === STATEMENT_FORMAT) return readStatements(bytes, rules.billIncome);
  if (format === 'jd-charges') return readCharges(bytes, rules);
  const layout = LAYOUTS[format];
  if (!layout) throw invalidBill('a JD bill', `the form ${format} is not known; known are ${BILL_FORMATS.join(', ')}`);
  for (const file of await readBillTexts(layout.what, bytes)) {
    const found = readTable(file.text, layout);
    if (found) return { ...found, ...(file.name !== '' && { detailName: file.name }) };
  }
  throw invalidBill(layout.what, `it has no columns ${[layout.order, layout.fee, layout.amount].flat().join(', ')}`);
}

type Cells = readonly string[];
interface Reader {
  layout: Layout;
  columns: Cells;
}

function readTable(text: string, layout: Layout): ParsedBill | undefined {
  const problems: BillProblem[] = [];
  const clean = text.replaceAll('\u0000', '');
  if (clean.length < text.length)
    problems.push({ code: 'nul_byte', message: 'The file holds NUL bytes; it was damaged on its way.' });
  const raw = parse(clean, {
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
  }) as unknown as {
    record: string[];
    info: { lines: number };
  }[];
  // Cells carry tabs around ids, and `--` for nothing (JD sheet §12.3).
  const all = raw.map(({ record, info }) => ({
    line: info.lines,
    cells: record.map((cell) => cell.trim()).map((cell) => (cell === '--' ? '' : cell)),
  }));
  const needed = [layout.order, layout.fee, layout.amount, layout.at];
  const header = all.findIndex(({ cells }) => needed.every((names) => names.some((name) => cells.includes(name))));
  if (header < 0) return undefined;
  const reader = { layout, columns: all[header]!.cells };
  const rows: BillRow[] = [];
  for (const { line, cells } of all.slice(header + 1)) {
    try {
      rows.push(readRow(reader, line, cells));
    } catch (error) {
      const message = `Line ${line} cannot be read: ${(error as Error).message}.`;
      problems.push({ code: 'row_unreadable', row: line, message });
    }
  }
  problems.push(...repeatedFlows(rows));
  return { currency: 'CNY', rows, problems, isWhole: problems.length === 0 };
}

function cellOf({ columns }: Reader, cells: Cells, names: readonly string[]): string {
  const name = names.find((one) => columns.includes(one));
  return name === undefined ? '' : (cells[columns.indexOf(name)] ?? '');
}

function readRow(reader: Reader, line: number, cells: Cells): BillRow {
  const { layout } = reader;
  const cell = (names: readonly string[]): string => cellOf(reader, cells, names);
  if (cells.length < reader.columns.length)
    throw new Error(`it has ${cells.length} of ${reader.columns.length} columns`);
  const occurredAt = shanghaiToIso(cell(layout.at));
  if (!occurredAt) throw new Error(`"${cell(layout.at)}" is no time`);
  const amount = cell(layout.amount).replaceAll(',', '');
  const fen = Math.abs(yuanToFen(amount));
  const isIncome = incomeOf(cell(layout.direction), amount);
  const businessType = cell(layout.fee);
  if (businessType === '') throw new Error('it names no fee');
  const orderNo = cell(layout.order);
  const document = cell(layout.flow);
  return {
    rowNo: line,
    // One document has a row per fee and SKU.
    flowNo: document === '' ? '' : [document, businessType, cell(['商品编号'])].join('/'),
    businessNo: orderNo,
    merchantOrderNo: cell(['商户订单号']),
    occurredAt,
    inFen: isIncome ? fen : 0,
    outFen: isIncome ? 0 : fen,
    businessType: storableText(businessType),
    remark: storableText(
      layout.remarks
        .map((name) => cell([name]))
        .filter((text) => text !== '')
        .join(' '),
    ),
    entryKind: feeKindOf(businessType, isIncome),
    ...(orderNo !== '' && { platformOrderNo: orderNo }),
  };
}

/** The direction is the truth and either sign is accepted; without a direction the sign tells (JD sheet §12.4). */
function incomeOf(direction: string, amount: string): boolean {
  if (/收入|应收/.test(direction)) return true;
  if (/支出|应付/.test(direction)) return false;
  if (direction !== '') throw new Error(`"${direction}" is no direction`);
  return !amount.startsWith('-');
}

/** Rows that share a number cannot be told apart in another file. */
export function repeatedFlows(rows: readonly BillRow[]): BillProblem[] {
  const seen = new Set<string>();
  const problems: BillProblem[] = [];
  for (const { flowNo, rowNo } of rows) {
    if (flowNo !== '' && seen.has(flowNo))
      problems.push({ code: 'flow_repeated', row: rowNo, message: `Line ${rowNo} repeats the number ${flowNo}.` });
    seen.add(flowNo);
  }
  return problems;
}
