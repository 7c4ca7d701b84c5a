import { shanghaiDay, startOfShanghaiDay, storableText, toShanghaiIso, yuanToFen } from '@app/shared';
import { Json, JsonObject, asList, asObject, asText, parseAnswer } from '../kit/answer.json';
import { invalidBill } from '../kit/bill.texts';
import { mayStillCome } from '../kit/quiet-days';
import { BillFile, BillProblem, BillRow, ParsedBill, PlatformCall, PlatformError } from '../port';
import { feeKindOf } from './jd.bill-classes';
import { JdConfig } from './jd.config';
import { JdSpClient } from './jd.sp-client';
import { asId, timeOf } from './jd.values';

/** Bills of the newer gateway, row by row with the names of their fees (JD sheet §12.1, §12.2). */
export const STATEMENT_METHOD = 'sp-finance/v0/bills';
/** Form of the files that statementsOfDay makes. */
export const STATEMENT_FORMAT = 'jd-bills';
const WHAT = 'a list of bills of JD';
const PAGE_SIZE = 100;
/** A cursor that never ends is a fault of the platform. */
const MOST_PAGES = 10_000;
const DAY_MS = 86_400_000;

/** All bills of a day, its pages unchanged beside the day. Throws `not-found` while JD has none of it and some may still come. */
export async function statementsOfDay(
  client: JdSpClient,
  config: Pick<JdConfig, 'billQuietDays'>,
  call: PlatformCall,
  day: string,
): Promise<BillFile[]> {
  const start = startOfShanghaiDay(day).getTime();
  // Whether the end counts is not said: up to midnight nothing of the last moment is lost, and what is told twice is known.
  const span = { startTime: String(start), endTime: String(start + DAY_MS) };
  const request = { method: STATEMENT_METHOD, path: '/sp-finance/v0/bills' };
  const pages: string[] = [];
  let rows = 0;
  let cursor: string | undefined;
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const query = { ...span, pageSize: String(PAGE_SIZE), ...(cursor !== undefined && { cursor }) };
    const { body, text } = await client.get(call, { ...request, query });
    const found = asList(body['data'], 'bill').length;
    pages.push(text);
    rows += found;
    const next = asText(asObject(body['paginationData'])['nextCursor']);
    if (found === 0 || next === undefined || next === cursor) break;
    cursor = next;
  }
  if (rows === 0 && mayStillCome(config.billQuietDays, call, day))
    throw new PlatformError('not-found', `JD has no bills of ${day}; none was made out yet, or nothing moved.`, {
      platform: 'jd',
      method: STATEMENT_METHOD,
    });
  const bytes = Buffer.from(JSON.stringify({ day, pages }), 'utf8');
  return [{ format: STATEMENT_FORMAT, fileName: `jd-${call.shop.platformShopId}-${day}.json`, bytes }];
}

/** Reads what statementsOfDay wrote. Throws BILL_FILE.INVALID for anything else. */
export function readStatements(bytes: Uint8Array, incomeDirection: string): ParsedBill {
  const file = asObject(readJson(Buffer.from(bytes).toString('utf8')));
  const day = asText(file['day']) ?? '';
  const pages = Array.isArray(file['pages']) ? file['pages'].flatMap((page) => asText(page) ?? []) : [];
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || pages.length === 0) throw invalidBill(WHAT, 'it names no day or no page');
  const found = new Map<string, BillRow>();
  const problems: BillProblem[] = [];
  let counted = 0;
  pages.forEach((text) => {
    const whole = asObject(readJson(text));
    const body = whole['Response'] === undefined ? whole : asObject(whole['Response']);
    for (const bill of asList(body['data'], 'bill')) {
      counted += 1;
      try {
        const row = readBill(bill, { rowNo: counted, day, incomeDirection });
        addRow(found, problems, row);
      } catch (error) {
        const message = `Bill ${counted} cannot be read: ${(error as Error).message}.`;
        problems.push({ code: 'row_unreadable', row: counted, message });
      }
    }
    problems.push(...countProblem(body, pages, counted, text));
  });
  const start = startOfShanghaiDay(day);
  return {
    from: toShanghaiIso(start),
    to: toShanghaiIso(new Date(start.getTime() + DAY_MS)),
    currency: 'CNY',
    rows: [...found.values()],
    problems,
    isWhole: problems.length === 0,
  };
}

/** A row that comes again with the same content shifted between pages; with another content the file is not whole. */
function addRow(found: Map<string, BillRow>, problems: BillProblem[], row: BillRow): void {
  const known = found.get(row.flowNo);
  if (known === undefined) found.set(row.flowNo, row);
  else if (known.inFen !== row.inFen || known.outFen !== row.outFen || known.businessType !== row.businessType)
    problems.push({ code: 'flow_repeated', row: row.rowNo, message: `Bill ${row.rowNo} repeats ${row.flowNo}.` });
}

/** The last page must bring the rows up to the platform's own count. */
function countProblem(body: JsonObject, pages: readonly string[], counted: number, text: string): BillProblem[] {
  const total = asText(asObject(body['paginationData'])['totalItems']);
  if (text !== pages.at(-1) || total === undefined || Number(total) <= counted) return [];
  return [{ code: 'footer_count', message: `JD counts ${total} bills of the day and ${counted} are there.` }];
}

function readBill(bill: JsonObject, about: { rowNo: number; day: string; incomeDirection: string }): BillRow {
  const flowNo = asText(bill['detailNo']);
  if (flowNo === undefined) throw new Error('it has no detailNo');
  const amount = asText(bill['bal']) ?? '';
  const fen = Math.abs(yuanToFen(amount));
  const direction = asText(bill['direction']);
  const isIncome = direction === undefined ? !amount.startsWith('-') : direction === about.incomeDirection;
  const orderNo = asId(bill['orderId']);
  const businessType = asText(bill['feeName']) ?? '';
  return {
    rowNo: about.rowNo,
    flowNo,
    // Two SKUs of an order may pay the same fee; the SKU tells them apart.
    businessNo: [asText(bill['rfBusiId']) ?? orderNo, asId(bill['skuId'])].filter((one) => one).join('/'),
    merchantOrderNo: asText(bill['outTradeNo']) ?? '',
    occurredAt: timeWithin(bill, about.day),
    inFen: isIncome ? fen : 0,
    outFen: isIncome ? 0 : fen,
    businessType: storableText(businessType),
    remark: storableText([asText(bill['rfBusiTypeDesc']), asText(bill['remark'])].filter((one) => one).join(' ')),
    entryKind: feeKindOf(businessType, isIncome),
    ...(orderNo !== undefined && { platformOrderNo: orderNo }),
  };
}

/** When it moved, if that was on the day that was asked for; else the day of the bill. */
function timeWithin(bill: JsonObject, day: string): string {
  const times = [timeOf(bill['happenTime']), timeOf(bill['updateTime'])];
  const found = times.find((time) => time !== undefined && shanghaiDay(new Date(time)) === day);
  return found ?? timeOf(bill['billDate']) ?? toShanghaiIso(startOfShanghaiDay(day));
}

function readJson(text: string): Json {
  try {
    return parseAnswer(text);
  } catch (error) {
    throw invalidBill(WHAT, 'it is no JSON', error);
  }
}
