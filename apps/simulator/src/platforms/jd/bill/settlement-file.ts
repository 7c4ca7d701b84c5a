import { encode } from 'iconv-lite';
import type { Core } from '../../../core/core';
import { DAY, HOUR, startOfDay, toPlatformText } from '../../../core/times';
import { yuan } from '../envelope';
import { STATE_WORDS, stateOf } from '../words';
import { billRows, orderNoOf, type BillRow } from './bill-rows';

/** Columns of 订单结算明细 (JD sheet §12.3, format A). */
const COLUMNS =
  '订单编号,父单号,订单状态,订单下单时间,订单完成时间,售后服务单号,售后退款时间,商品编号,商品名称,商品数量,' +
  '扣点类型,佣金比例,费用名称,应结金额,收支方向,结算状态,预计结算时间,账单生成时间,到账时间,商户订单号,' +
  '资金动账备注,费用项含义,备注,留用时间,费用说明';

/** What an empty cell holds (JD sheet §12.3). */
const NOTHING = '--';

/** The file of a day is whole when its money has arrived: from noon of the next day on, in story time. */
const READY_MS = DAY + 12 * HOUR;

const MEANINGS: Readonly<Record<string, string>> = {
  货款: '商品销售货款',
  佣金: '平台佣金',
  交易服务费: '交易服务费',
  京豆: '随单送的京豆',
  运费保险服务费: '运费险',
};

/** What stands in 佣金比例; the core's usual rates. */
const RATES: Readonly<Record<string, string>> = { 佣金: '0.05', 交易服务费: '0.006' };

const time = (ms: number | undefined): string => (ms === undefined ? NOTHING : toPlatformText(ms));

/** The first instant of a day `yyyy-MM-dd`; null when no such day exists. */
export function dayStart(date: string): number | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date);
  if (!match) return null;
  const from = startOfDay(Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3])) - 8 * HOUR);
  return toPlatformText(from).startsWith(date) ? from : null;
}

/** True when the file of a day is there. */
export const isReady = (core: Core, from: number): boolean => core.now() >= from + READY_MS;

/** Half of the venders get ids that a spreadsheet does not turn into numbers, in GBK; the others UTF-8 with a mark. */
const isOldForm = (shopId: string): boolean => Number(shopId) % 2 === 0;

function cells(one: BillRow, id: (text: string | undefined) => string): string[] {
  const { row, line } = one;
  const { order } = row;
  const refund = order?.refunds.find((each) => each.no === row.refundNo);
  return [
    id(orderNoOf(one)),
    id(order?.parentNo),
    order ? (STATE_WORDS[stateOf(order)] === '完成' ? '已完成' : STATE_WORDS[stateOf(order)]!) : NOTHING,
    time(order?.createdAt),
    time(order?.endedAt),
    id(refund?.no),
    time(refund?.modifiedAt),
    id(line?.listingSkuId),
    line ? `${line.title} ${line.spec.replace(/[^;:]*:/g, '').replaceAll(';', ' ')}`.replaceAll(',', '，') : NOTHING,
    String(line?.quantity ?? 0),
    one.feeName === '佣金' ? '一般扣点' : NOTHING,
    RATES[one.feeName] ?? NOTHING,
    one.feeName,
    yuan(one.fen),
    one.fen < 0 ? '支出' : '收入',
    '已结算',
    toPlatformText(one.writtenAt).slice(0, 10),
    toPlatformText(one.writtenAt),
    toPlatformText(one.settledAt),
    id(orderNoOf(one)),
    NOTHING,
    refund ? '售后退款' : (MEANINGS[one.feeName] ?? one.feeName),
    NOTHING,
    NOTHING,
    NOTHING,
  ];
}

/** The rows of a shop's settlement whose money moved from an instant up to before another. */
export const rowsBetween = (core: Core, shopId: string, from: number, to: number): BillRow[] =>
  core.ledger.between('jd', shopId, from, to).flatMap(billRows);

/** The file that a merchant downloads for one day. It has no sums; a broken one ends within a row. */
export function settlementFile(core: Core, shopId: string, from: number, isBroken: boolean): Buffer {
  const isOld = isOldForm(shopId);
  const id = (text: string | undefined): string =>
    text === undefined || text === '0' ? NOTHING : isOld ? `\t${text}` : text;
  const lines = rowsBetween(core, shopId, from, from + DAY).map((row) => cells(row, id).join(','));
  const whole = [COLUMNS, ...lines, ''].join('\r\n');
  const text = isBroken ? whole.slice(0, whole.length - 2 - Math.ceil((lines.at(-1) ?? COLUMNS).length / 2)) : whole;
  return isOld ? encode(text, 'gbk') : Buffer.from(`\uFEFF${text}`, 'utf8');
}
