import { sumFen, yuanToFen } from '@app/shared';
import { DateTime } from 'luxon';
import { BillProblem, BillRow } from '../port';

/** What the comment lines say and what was found to contradict them. */
export interface BillProof {
  account?: string;
  from?: string;
  to?: string;
  problems: BillProblem[];
}

const TIME = '\\[?(\\d{4})年(\\d{2})月(\\d{2})日 (\\d{2}:\\d{2}:\\d{2})\\]?';

function instantOf(comments: string, label: string): string | undefined {
  const match = new RegExp(`${label}[:：]\\s*${TIME}`).exec(comments);
  if (!match) return undefined;
  const at = DateTime.fromISO(`${match[1]}-${match[2]}-${match[3]}T${match[4]}`, { zone: 'Asia/Shanghai' });
  return at.isValid ? at.toISO({ suppressMilliseconds: true }) : undefined;
}

/** A line such as `#支出合计：3笔，共16.48元`. */
function totalOf(comments: string, label: string): { count: number; fen: number } | undefined {
  const match = new RegExp(`${label}[:：]\\s*(\\d+)\\s*笔\\s*[,，]\\s*共\\s*-?([\\d,]+(?:\\.\\d+)?)\\s*元`).exec(
    comments,
  );
  return match ? { count: Number(match[1]), fen: yuanToFen(match[2]!.replaceAll(',', '')) } : undefined;
}

function checkTotal(
  label: string,
  stated: { count: number; fen: number } | undefined,
  amounts: readonly number[],
): BillProblem[] {
  if (!stated) return [{ code: 'footer_missing', message: `The line ${label} at the end of the file is missing.` }];
  const sum = sumFen(amounts);
  const problems: BillProblem[] = [];
  if (stated.count !== amounts.length)
    problems.push({
      code: 'footer_count',
      message: `${label} states ${stated.count} rows, the file has ${amounts.length}.`,
    });
  if (stated.fen !== sum)
    problems.push({ code: 'footer_sum', message: `${label} states ${stated.fen} fen, the rows add up to ${sum} fen.` });
  return problems;
}

const netOf = (row: BillRow): number => row.inFen - row.outFen;

/** Rows whose balance does not follow from the row before; files are written oldest first or newest first. */
function balanceBreaks(rows: readonly BillRow[]): BillRow[] {
  const breaks = (ordered: readonly BillRow[]): BillRow[] =>
    ordered.filter((row, index) => {
      const before = ordered[index - 1]?.balanceFen;
      return before !== undefined && row.balanceFen !== undefined && before + netOf(row) !== row.balanceFen;
    });
  const forward = breaks(rows);
  const backward = breaks([...rows].reverse());
  return forward.length <= backward.length ? forward : backward;
}

function checkRows(rows: readonly BillRow[], from: string | undefined, to: string | undefined): BillProblem[] {
  const problems: BillProblem[] = balanceBreaks(rows).map((row) => ({
    code: 'balance_broken',
    row: row.rowNo,
    message: `Line ${row.rowNo}: the balance ${row.balanceFen} fen does not follow from its neighbour by ${netOf(row)} fen.`,
  }));
  const seen = new Map<string, number>();
  for (const row of rows) {
    const at = Date.parse(row.occurredAt);
    if (from && to && (at < Date.parse(from) || at > Date.parse(to)))
      problems.push({
        code: 'row_outside',
        row: row.rowNo,
        message: `Line ${row.rowNo} is of ${row.occurredAt}, outside of the file's dates.`,
      });
    const first = row.flowNo ? seen.get(row.flowNo) : undefined;
    if (first !== undefined)
      problems.push({
        code: 'flow_repeated',
        row: row.rowNo,
        message: `Line ${row.rowNo} repeats the flow number ${row.flowNo} of line ${first}.`,
      });
    else if (row.flowNo) seen.set(row.flowNo, row.rowNo);
  }
  return problems;
}

/** Compares what the file says about itself with its rows; wording of the comment lines: Taobao sheet §12.2. */
export function proveBill(text: string, rows: readonly BillRow[]): BillProof {
  const comments = text
    .split(/\r?\n/)
    .filter((line) => line.startsWith('#'))
    .join('\n');
  const account = /账号[:：]\s*\[?(\d+)\]?/.exec(comments)?.[1];
  const from = instantOf(comments, '起始日期');
  const to = instantOf(comments, '终止日期');
  const problems: BillProblem[] = [];
  const lacking = [account ? [] : ['账号'], from ? [] : ['起始日期'], to ? [] : ['终止日期']].flat();
  if (lacking.length > 0)
    problems.push({ code: 'header_missing', message: `The first lines do not tell ${lacking.join(', ')}.` });
  if (!/列表结束/.test(comments))
    problems.push({ code: 'end_missing', message: 'The line that ends the list is missing: the file was cut off.' });
  const positive = (amounts: number[]): number[] => amounts.filter((amount) => amount > 0);
  problems.push(...checkTotal('支出合计', totalOf(comments, '支出合计'), positive(rows.map(({ outFen }) => outFen))));
  problems.push(...checkTotal('收入合计', totalOf(comments, '收入合计'), positive(rows.map(({ inFen }) => inFen))));
  problems.push(...checkRows(rows, from, to));
  return { ...(account ? { account } : {}), ...(from ? { from } : {}), ...(to ? { to } : {}), problems };
}
