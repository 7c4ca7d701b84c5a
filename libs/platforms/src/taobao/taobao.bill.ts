import { shanghaiToIso, storableText, yuanToFen } from '@app/shared';
import { parse } from 'csv-parse/sync';
import { invalidBill, readBillTexts } from '../kit/bill.texts';
import { BillProblem, BillRow, ParsedBill } from '../port';
import { classify, orderNoOf } from './taobao.bill-classes';
import { proveBill } from './taobao.bill-proof';
import { compareSummary, isSummary } from './taobao.bill-summary';

/** File forms of Alipay that are read: the account's movements (Taobao sheet §12.2). */
export const BILL_FORMATS = ['alipay-signcustomer'] as const;

const WHAT = 'an Alipay bill';

/** Columns by name without the unit behind it; layouts differ, so nothing is read by position (Taobao sheet §12.2). */
const REQUIRED = ['发生时间', '收入金额', '支出金额', '业务类型'] as const;

interface Table {
  columns: readonly string[];
  records: { line: number; cells: string[] }[];
}

const bareName = (cell: string): string => cell.replace(/[（(].*[）)]/, '').trim();

/** Cells without the tab that Alipay puts behind each value, with the line each record stands on. */
function readTable(text: string): Table | undefined {
  const raw = parse(text, {
    comment: '#',
    comment_no_infix: true,
    info: true,
    relax_column_count: true,
    quote: false,
    skip_empty_lines: true,
  }) as unknown as {
    record: string[];
    info: { lines: number };
  }[];
  const all = raw.map(({ record, info }) => ({ line: info.lines, cells: record.map((cell) => cell.trim()) }));
  const header = all.findIndex(({ cells }) => cells.includes('账务流水号') || cells.includes('业务流水号'));
  if (header < 0) return undefined;
  return { columns: all[header]!.cells.map(bareName), records: all.slice(header + 1) };
}

function amountOf(cell: string | undefined): number {
  const text = (cell ?? '').replaceAll(',', '');
  return text === '' ? 0 : Math.abs(yuanToFen(text));
}

function readRow(columns: readonly string[], { line, cells }: Table['records'][number]): BillRow {
  const cell = (name: string): string | undefined => cells[columns.indexOf(name)];
  const lastNeeded = Math.max(...REQUIRED.map((name) => columns.indexOf(name)));
  if (cells.length <= lastNeeded) throw new Error(`it has ${cells.length} of ${columns.length} columns`);
  const occurredAt = shanghaiToIso(cell('发生时间'));
  if (!occurredAt) throw new Error(`"${cell('发生时间')}" is no time`);
  const income = cell('收入金额') ?? '';
  if (income.startsWith('-')) throw new Error(`an income of ${income} is negative`);
  const texts = {
    merchantOrderNo: cell('商户订单号') ?? '',
    businessType: cell('业务类型') ?? '',
    remark: storableText(cell('备注') ?? ''),
    inFen: amountOf(income),
    outFen: amountOf(cell('支出金额')),
  };
  const flowNo = cell('账务流水号') ?? '';
  const businessNo = cell('业务流水号') ?? '';
  if (!flowNo && !businessNo) throw new Error('it has neither a flow number nor a business number');
  const balance = cell('账户余额');
  const entryKind = classify(texts);
  const platformOrderNo = orderNoOf(texts, entryKind) ?? (cell('业务基础订单号') || undefined);
  return {
    rowNo: line,
    flowNo,
    businessNo,
    ...texts,
    occurredAt,
    entryKind,
    ...(platformOrderNo === undefined ? {} : { platformOrderNo }),
    ...(balance ? { balanceFen: yuanToFen(balance.replaceAll(',', '')) } : {}),
  };
}

/**
 * Reads a file of an account's movements and proves it whole: its dates, running balances, and the counts and sums of
 * its last lines. A summary beside the detail file must agree with it; one in a layout that is not known is passed over.
 * Throws BILL_FILE.INVALID when there is no detail file in it.
 */
export async function parseAlipayBill(format: string, bytes: Uint8Array): Promise<ParsedBill> {
  if (!(BILL_FORMATS as readonly string[]).includes(format))
    throw invalidBill(WHAT, `the form ${format} is not known; known are ${BILL_FORMATS.join(', ')}`);
  const problems: BillProblem[] = [];
  const files = await readBillTexts(WHAT, bytes);
  for (const file of files) {
    const text = file.text.replaceAll('\u0000', '');
    const table = readTable(text);
    if (!table || !table.columns.includes('收入金额')) continue;
    const missing = REQUIRED.filter((name) => !table.columns.includes(name));
    if (missing.length > 0) throw invalidBill(WHAT, `the columns ${missing.join(', ')} are missing`);
    if (text.length < file.text.length)
      problems.push({ code: 'nul_byte', message: 'The file holds NUL bytes; it was damaged on its way.' });
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
    const proof = proveBill(text, rows);
    problems.push(...proof.problems);
    for (const other of files.filter((one) => one !== file && isSummary(one)))
      problems.push(...compareSummary(other.text, rows));
    const { problems: _told, ...span } = proof;
    return { ...span, detailName: file.name, currency: 'CNY', rows, problems, isWhole: problems.length === 0 };
  }
  throw invalidBill(WHAT, 'it holds no detail list (账务流水号, 收入金额, 支出金额)');
}
