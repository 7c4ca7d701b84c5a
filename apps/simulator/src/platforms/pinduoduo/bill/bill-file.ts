import { encode } from 'iconv-lite';
import type { Core } from '../../../core/core';
import { DAY, HOUR, SECOND, startOfDay, toPlatformText } from '../../../core/times';
import { billRow, type BillRow } from './bill-rows';

/** Left open by the sheet: from when on the file of a day is there, counted from the end of the day in story time. */
const READY_MS = 8 * HOUR;

/** One way to damage a file, so that its own words contradict it. */
type Damage = 'row' | 'end' | 'sum';
const DAMAGES: readonly Damage[] = ['row', 'end', 'sum'];

/** The first instant of a day `yyyy-MM-dd`; null when no such day exists. */
export function dayStart(date: string): number | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date);
  if (!match) return null;
  const from = startOfDay(Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3])) - 8 * HOUR);
  return toPlatformText(from).startsWith(date) ? from : null;
}

/** True when the file of a day is there. */
export const isReady = (core: Core, from: number): boolean => core.now() >= from + DAY + READY_MS;

const yuan = (fen: number): string => (fen / 100).toFixed(2);

function line(row: BillRow): string {
  const income = row.fen > 0 ? yuan(row.fen) : '0';
  const expense = row.fen < 0 ? yuan(row.fen) : '0';
  return [row.orderNo, toPlatformText(row.at), income, expense, row.type, row.remark, row.description].join(',');
}

/** Counts include rows of nothing on both sides; amounts are what can be compared (Pinduoduo sheet §12). */
function footer(rows: readonly BillRow[], wrongFen: number): string[] {
  const total = (own: readonly BillRow[]): number => own.reduce((all, row) => all + row.fen, 0);
  const incomes = rows.filter((row) => row.fen >= 0);
  const expenses = rows.filter((row) => row.fen <= 0);
  return [
    `#收入合计：${incomes.length}笔${yuan(total(incomes) + wrongFen)}元`,
    `#支出合计：${expenses.length}笔${yuan(total(expenses))}元`,
  ];
}

/**
 * The file of a day: four lines, the header, rows without numbers of their own, two sums; GB18030 (Pinduoduo sheet §12).
 * A broken file lacks a row or its end, or states a wrong sum.
 */
export function billFile(core: Core, shopId: string, date: string, isBroken: boolean): Buffer {
  const from = dayStart(date)!;
  const rows = core.ledger
    .between('pinduoduo', shopId, from, from + DAY)
    .filter((row) => !row.isDropped)
    .map(billRow);
  const lines = rows.map(line);
  // A file without rows can only lack its end or state a wrong sum.
  const choices = lines.length === 0 ? DAMAGES.slice(1) : DAMAGES;
  const damage = isBroken ? core.chance(`bill:${shopId}:${date}`).pick(choices) : undefined;
  if (damage === 'row') lines.splice(lines.length >> 1, 1);
  const text = [
    '拼多多店铺账务明细查询',
    '',
    `起始时间：${toPlatformText(from)}  终止时间：${toPlatformText(from + DAY - SECOND)}`,
    '----------交易记录明细列表---------',
    '商户订单号,发生时间,收入金额（+元）,支出金额（-元）,账务类型,备注,业务描述',
    ...lines,
    ...(damage === 'end' ? [] : footer(rows, damage === 'sum' ? 1 : 0)),
  ].join('\r\n');
  return encode(`${text}\r\n`, 'gb18030');
}
