import { shanghaiDay, startOfShanghaiDay, storableText, toShanghaiIso, toShanghaiText, yuanToFen } from '@app/shared';
import { Json, JsonObject, asList, asObject, asText, parseAnswer } from '../kit/answer.json';
import { invalidBill } from '../kit/bill.texts';
import { mayStillCome } from '../kit/quiet-days';
import { BillFile, BillProblem, BillRow, ParsedBill, PlatformCall, PlatformError } from '../port';
import { feeKindOf } from './jd.bill-classes';
import { JdClient } from './jd.client';
import { JdConfig } from './jd.config';
import { callFlagged } from './jd.results';
import { asId, timeOf } from './jd.values';

/** Bills by the shop's own token (JD sheet §12.1). */
export const BILL_METHOD = 'jingdong.pop.taurus.queryBillChargeListByCondition';
const FORMAT = 'jd-charges';
const WHAT = 'a bill answer of JD';
const DAY_MS = 86_400_000;

/**
 * Bills of one day. The answer does not say of which day it is, so the file holds it, unchanged, beside its day. Throws
 * `not-found` while JD has no charge of that day and some may still come.
 */
export async function billsOfDay(
  client: JdClient,
  config: JdConfig,
  call: PlatformCall,
  day: string,
): Promise<BillFile[]> {
  const start = startOfShanghaiDay(day);
  const params = {
    startDate: toShanghaiText(start),
    // Whether the end counts is not said: up to midnight no charge of the last second is lost, and one told twice is known.
    endDate: toShanghaiText(new Date(start.getTime() + DAY_MS)),
    ...(config.billDateType !== '' && { dateType: config.billDateType }),
  };
  const { result, text } = await callFlagged(client, call, { method: BILL_METHOD, params }, ['returnType']);
  if (bills(result).length === 0 && mayStillCome(config.billQuietDays, call, day))
    throw new PlatformError('not-found', `JD has no charges of ${day}; none was made out yet, or nothing moved.`, {
      platform: 'jd',
      method: BILL_METHOD,
    });
  const bytes = Buffer.from(JSON.stringify({ day, answer: text }), 'utf8');
  return [{ format: FORMAT, fileName: `jd-${call.shop.platformShopId}-${day}.json`, bytes }];
}

/** What the configuration says about numbers that the sheet does not name. */
export type ChargeRules = Pick<JdConfig, 'billIncome' | 'feeTypes'>;

/** Reads what billsOfDay wrote. Throws BILL_FILE.INVALID for anything else. */
export function readCharges(bytes: Uint8Array, rules: ChargeRules): ParsedBill {
  const file = asObject(readJson(Buffer.from(bytes).toString('utf8')));
  const day = asText(file['day']) ?? '';
  const answer = asText(file['answer']);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || answer === undefined) throw invalidBill(WHAT, 'it names no day or no answer');
  const root = asObject(Object.values(asObject(readJson(answer)))[0]);
  const rows: BillRow[] = [];
  const problems: BillProblem[] = [];
  for (const bill of bills(asObject(root['returnType']))) {
    for (const fee of asList(bill['feeList'], 'fee')) {
      const rowNo = rows.length + problems.length + 1;
      try {
        rows.push(readFee(bill, fee, { rowNo, day, rules }));
      } catch (error) {
        const message = `Charge ${rowNo} cannot be read: ${(error as Error).message}.`;
        problems.push({ code: 'row_unreadable', row: rowNo, message });
      }
    }
  }
  const flows = new Set(rows.map((row) => row.flowNo));
  if (flows.size < rows.length) problems.push({ code: 'flow_repeated', message: 'Two charges carry the same number.' });
  const start = startOfShanghaiDay(day);
  return {
    from: toShanghaiIso(start),
    to: toShanghaiIso(new Date(start.getTime() + DAY_MS)),
    currency: 'CNY',
    rows,
    problems,
    isWhole: problems.length === 0,
  };
}

/** The list of bills; its name in returnType is not in the sheet, so it is known by its rows (JD sheet §12.1). */
function bills(result: JsonObject): JsonObject[] {
  const list = Object.values(result).find(
    (value) => Array.isArray(value) && value.some((row) => asObject(row)['feeList'] !== undefined),
  );
  return asList(list, 'bill');
}

function readFee(
  bill: JsonObject,
  fee: JsonObject,
  about: { rowNo: number; day: string; rules: ChargeRules },
): BillRow {
  const flowNo = asText(fee['detailId']);
  if (flowNo === undefined) throw new Error('it has no detailId');
  const amount = asText(fee['money']) ?? '';
  const fen = Math.abs(yuanToFen(amount));
  const direction = asText(fee['direction']);
  const isIncome = direction === undefined ? !amount.startsWith('-') : direction === about.rules.billIncome;
  // What belongs to no order comes under the number 0.
  const orderNo = asId(bill['orderId']) ?? '';
  const businessType = asText(fee['feeName']) ?? nameOf(asText(fee['feeType']), about.rules);
  return {
    rowNo: about.rowNo,
    flowNo,
    businessNo: orderNo,
    // Two SKUs of an order may pay the same fee; the SKU tells them apart.
    merchantOrderNo: asId(fee['skuId']) ?? '',
    occurredAt: withinDay(bill, fee, about.day),
    inFen: isIncome ? fen : 0,
    outFen: isIncome ? 0 : fen,
    businessType: storableText(businessType),
    remark: storableText(asText(fee['settleRemark']) ?? ''),
    entryKind: feeKindOf(businessType, isIncome),
    ...(orderNo !== '' && { platformOrderNo: orderNo }),
  };
}

/** Fees come by number here; numbers without a name stay unclassified. */
function nameOf(feeType: string | undefined, { feeTypes }: ChargeRules): string {
  const names = new Map(
    feeTypes.split(',').map((entry) => entry.split('=').map((part) => part.trim()) as [string, string]),
  );
  return (feeType !== undefined && names.get(feeType)) || `feeType ${feeType ?? '?'}`;
}

/** When it moved: the settlement, else when the bill was made out, else the day that was asked for. */
function withinDay(bill: JsonObject, fee: JsonObject, day: string): string {
  const times = [fee['settlementTime'], bill['docCreateTime'], bill['createTime']].map(timeOf);
  const found = times.find((time) => time !== undefined && shanghaiDay(new Date(time)) === day);
  return found ?? times.find((time) => time !== undefined) ?? toShanghaiIso(startOfShanghaiDay(day));
}

function readJson(text: string): Json {
  try {
    return parseAnswer(text);
  } catch (error) {
    throw invalidBill(WHAT, 'it is no JSON', error);
  }
}
