import { AppError, shanghaiDay, startOfShanghaiDay, toShanghaiIso } from '@app/shared';
import { BillProblem, BillRow, ParsedBill } from '../port';
import { JsonObject, asInteger, asObject, asText, contentHash, parseAnswer } from '../kit/answer.json';
import { isToldBySettlement, movementRow } from './douyin.bill-movements';
import { settleKeyOf, settleRows } from './douyin.bill-rows';
import { instantOf, rowsOf } from './douyin.values';

/** Forms that are read: settlement lines and account movements of a day as the platform's pages give them (§12.2, §12.4). */
export const BILL_FORMATS = ['douyin-settle-v3'] as const;

/** Status inside of `data` that means success (Douyin sheet §4.1, §12.2). */
export const SETTLE_SUCCESS = '100000';
const DAY_MS = 86_400_000;

/** The file of a day: the pages of both lists, each exactly as it came. */
export function billText(
  head: { shop: string; day: string },
  pages: readonly string[],
  movements: readonly string[],
): string {
  const { shop, day } = head;
  const opening = JSON.stringify({ format: BILL_FORMATS[0], shop, day }).slice(0, -1);
  return `${opening},"pages":[\n${pages.join(',\n')}\n],"movements":[\n${movements.join(',\n')}\n]}\n`;
}

/**
 * Reads a day's settlement lines. Whole means: every page says success, holds as many lines as it states, and the last
 * one says that it is the last. Lines of other days, read beyond the edges, belong to those days' files. Throws
 * BILL_FILE.INVALID when it is no such file at all.
 */
export async function parseDouyinBill(format: string, bytes: Uint8Array): Promise<ParsedBill> {
  if (!(BILL_FORMATS as readonly string[]).includes(format))
    throw invalid(`the form ${format} is not known; known are ${BILL_FORMATS.join(', ')}`);
  const file = parseFile(Buffer.from(bytes).toString('utf8'));
  const day = asText(file['day']) ?? '';
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) throw invalid('it names no day');
  const problems: BillProblem[] = [];
  const lines = linesOf(file, 'pages', problems);
  const movements = linesOf(file, 'movements', problems).filter((line) => !isToldBySettlement(line));
  const settlement: Form = { at: 'settle_time', keyOf: settleKeyOf, rowsOf: settleRows };
  const account: Form = { at: 'bill_time', keyOf: movementKeyOf, rowsOf: (line, rowNo) => [movementRow(line, rowNo)] };
  const rows = readLines(lines, { day, firstRowNo: 1 }, settlement, problems);
  rows.push(...readLines(movements, { day, firstRowNo: rows.length + 1 }, account, problems));
  const from = startOfShanghaiDay(day);
  const shop = asText(file['shop']);
  return {
    ...(shop !== undefined && { account: shop }),
    from: toShanghaiIso(from),
    to: toShanghaiIso(new Date(from.getTime() + DAY_MS)),
    detailName: `settle-${day}`,
    currency: 'CNY',
    rows,
    problems,
    isWhole: problems.length === 0,
  };
}

function parseFile(text: string): JsonObject {
  try {
    return asObject(parseAnswer(text));
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof RangeError)) throw error;
    throw invalid('it is no JSON', error);
  }
}

/** All lines of a list, with what is wrong with its pages. */
function linesOf(file: JsonObject, list: string, problems: BillProblem[]): JsonObject[] {
  const pages = rowsOf(file[list]).map((page) => asObject(page['data']));
  if (pages.length === 0) throw invalid(`it holds no page of ${list}`);
  problems.push(...pages.flatMap((page, index) => pageProblems(page, `Page ${index + 1} of ${list}`)));
  if (asText(pages[pages.length - 1]!['is_end']) !== '1')
    problems.push({
      code: 'end_missing',
      message: `The last page of ${list} says that more follows; the file was cut.`,
    });
  return pages.flatMap((page) => rowsOf(page['data']));
}

function pageProblems(page: JsonObject, name: string): BillProblem[] {
  const problems: BillProblem[] = [];
  const code = asText(page['code']) ?? SETTLE_SUCCESS;
  if (code !== SETTLE_SUCCESS)
    problems.push({ code: 'header_missing', message: `${name} says ${code} instead of success.` });
  const stated = asInteger(page['data_size']);
  const found = rowsOf(page['data']).length;
  if (stated !== undefined && stated !== found)
    problems.push({ code: 'footer_count', message: `${name} states ${stated} lines and holds ${found}.` });
  return problems;
}

/** How the lines of one of the two lists are read. */
interface Form {
  /** Field of the time that decides the day. */
  at: string;
  keyOf(line: JsonObject): string;
  rowsOf(line: JsonObject, firstRowNo: number): BillRow[];
}

function movementKeyOf(line: JsonObject): string {
  return asText(line['account_trade_no']) ?? '';
}

/** A line that the cursor brings twice unchanged counts once. */
function readLines(
  lines: readonly JsonObject[],
  { day, firstRowNo }: { day: string; firstRowNo: number },
  form: Form,
  problems: BillProblem[],
): BillRow[] {
  const rows: BillRow[] = [];
  const seen = new Map<string, string>();
  for (const [index, line] of lines.entries()) {
    const at = instantOf(line[form.at]);
    if (at !== undefined && shanghaiDay(new Date(at)) !== day) continue;
    const key = form.keyOf(line);
    const hash = contentHash(line);
    if (seen.get(key) === hash) continue;
    const row = index + 1;
    if (seen.has(key))
      problems.push({ code: 'flow_repeated', row, message: `Line ${key} stands in the file with two contents.` });
    seen.set(key, hash);
    try {
      rows.push(...form.rowsOf(line, firstRowNo + rows.length));
    } catch (error) {
      const message = `Line ${row} cannot be read: ${(error as Error).message}.`;
      problems.push({ code: 'row_unreadable', row, message });
    }
  }
  return rows;
}

function invalid(why: string, cause?: unknown): AppError {
  return new AppError(
    'BILL_FILE.INVALID',
    `The file cannot be read as a Douyin settlement: ${why}. Fetch it again and send it unchanged.`,
    {},
    { cause },
  );
}
