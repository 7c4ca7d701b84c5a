import { fromPlatformText, toPlatformText } from '../../../core/times';
import type { Body } from '../body';
import { invalid, missing } from '../envelope';
import { read, shopOf, write, type Call, type MethodTable } from '../method';
import { accountRows } from '../settle/account-rows';
import { fileAddress } from '../settle/files';
import { isHead, isReady, linesOf, settleLines, type SettleLine } from '../settle/settle-lines';
import { accountView, settleView } from '../settle/settle-view';

type Row = Record<string, unknown>;

/** Finance methods nest a second status, as a text (Douyin sheet §4.1, §12.3). */
const DONE = { code: '100000', code_msg: 'SUCCESS' };
const NOT_READY = { code: '100015', code_msg: '数据生成中，请稍后重试' };

function textTime(body: Body, name: string): number | undefined {
  const text = body.text(name);
  if (text === undefined) return undefined;
  const at = fromPlatformText(text);
  if (at === null) throw invalid(1, `${name} 的格式是 yyyy-MM-dd HH:mm:ss`);
  return at;
}

/** A span of settle or flow times; needed unless orders are named. */
function spanOf(body: Body): { from: number; to: number } {
  const from = textTime(body, 'start_time');
  const to = textTime(body, 'end_time');
  if (from === undefined) throw missing('start_time');
  if (to === undefined) throw missing('end_time');
  if (to < from) throw invalid(1, 'end_time 早于 start_time');
  return { from, to };
}

interface Cursor<T> {
  rows: T[];
  nextIndex: string;
  nextTime: string;
  isEnd: boolean;
}

/**
 * The index counts the rows of the start's own second that were given already, so it holds only together with the
 * start time of the same answer (Douyin sheet §12.2).
 */
function cut<T extends { at: number }>(body: Body, all: readonly T[], size: number): Cursor<T> {
  const skip = body.int('start_index') ?? 0;
  const rows = all.slice(skip, skip + size);
  const isEnd = skip + size >= all.length;
  const last = rows.at(-1);
  if (isEnd || !last) return { rows, nextIndex: '', nextTime: '', isEnd: true };
  const given = all.slice(0, skip + size).filter((row) => row.at === last.at).length;
  return { rows, nextIndex: String(given), nextTime: toPlatformText(last.at), isEnd };
}

function sizeOf(body: Body, most: number, usual: number): number {
  const size = body.int('size') ?? usual;
  if (size < 1 || size > most) throw invalid(1, `size 必须在 1 到 ${most} 之间`);
  return size;
}

/** The settled sub-orders that a call asks for: by number, by order time or by settle time. */
function wantedLines(call: Call): SettleLine[] {
  const { body, core } = call;
  const { shopId } = shopOf(call);
  const numbers = (body.text('order_id') ?? '').split(',').filter((no) => no !== '');
  const product = body.text('product_id');
  const keep = (line: SettleLine): boolean =>
    (numbers.length === 0 || numbers.includes(line.lineNo) || numbers.includes(line.orderNo)) &&
    (product === undefined || line.line?.listingId === product);
  if (numbers.length > 0 && !body.has('start_time')) return settleLines(core, shopId, 0, call.at).filter(keep);
  const { from, to } = spanOf(body);
  if (body.text('time_type') !== '1') return settleLines(core, shopId, from, to).filter(keep);
  return core.ledger
    .between('douyin', shopId, from, call.at)
    .filter((row) => isHead(row) && isReady(core, row.at))
    .filter(({ order }) => order !== undefined && order.createdAt >= from && order.createdAt <= to)
    .flatMap(linesOf)
    .filter(keep)
    .sort((a, b) => a.at - b.at);
}

/** Settlement lines by cursor. A broken answer lacks a row that it counts. */
function settleV3(call: Call): unknown {
  const size = sizeOf(call.body, 100, 100);
  if (call.core.faults.strikes('douyin', 'bill-not-ready', call.method) !== undefined)
    return { ...NOT_READY, data: [], size, data_size: 0, is_end: 0, next_start_index: '', next_start_time: '' };
  const { rows, nextIndex, nextTime, isEnd } = cut(call.body, wantedLines(call), size);
  const isBroken = rows.length > 0 && call.core.faults.strikes('douyin', 'bill-broken', call.method) !== undefined;
  const told = isBroken ? rows.filter((_, i) => i !== rows.length >> 1) : rows;
  return {
    ...DONE,
    size,
    data_size: rows.length,
    is_end: isEnd ? 1 : 0,
    next_start_index: nextIndex,
    next_start_time: nextTime,
    data: told.map(settleView),
  };
}

function accountItems(call: Call): unknown {
  const size = sizeOf(call.body, 1_000, 100);
  const { shopId } = shopOf(call);
  if (call.core.faults.strikes('douyin', 'bill-not-ready', call.method) !== undefined)
    return { ...NOT_READY, data: [], size, data_size: 0, is_end: 0, next_start_index: '', next_start_time: '' };
  const { from, to } = spanOf(call.body);
  const all = accountRows(call.core, shopId, from, to);
  const { rows, nextIndex, nextTime, isEnd } = cut(call.body, all, size);
  const isBroken = rows.length > 0 && call.core.faults.strikes('douyin', 'bill-broken', call.method) !== undefined;
  const told = isBroken ? rows.filter((_, i) => i !== rows.length >> 1) : rows;
  return {
    ...DONE,
    size,
    data_size: rows.length,
    is_end: isEnd ? 1 : 0,
    next_start_index: nextIndex,
    next_start_time: nextTime,
    data: told.map((row) => accountView(row, shopId)),
  };
}

/** A file is asked for first and fetched later. */
const ask =
  (kind: 'settle' | 'account') =>
  (call: Call): unknown => {
    const { from, to } = spanOf(call.body);
    const downloadId = `DL${toPlatformText(call.at).replace(/\D/g, '')}${call.core.story.nextNumber()}`;
    const { shopId } = shopOf(call);
    call.memory.keepDownload(downloadId, { kind, shopId, query: { from, to }, polls: 0 });
    return { code: '100000', code_msg: 'success', download_id: downloadId };
  };

/** The first poll finds nothing yet; the fault `bill-not-ready` makes it more (Douyin sheet §12.3). */
const fetchFile =
  (kind: 'settle' | 'account') =>
  (call: Call): unknown => {
    const downloadId = call.body.required('download_id');
    const download = call.memory.download(downloadId);
    if (!download || download.kind !== kind || download.shopId !== shopOf(call).shopId)
      return { code: '100002', code_msg: '下载任务不存在', url: '' } satisfies Row;
    const polls = download.polls + 1;
    call.memory.keepDownload(downloadId, { ...download, polls });
    const isLate = call.core.faults.strikes('douyin', 'bill-not-ready', call.method) !== undefined;
    if (polls === 1 || isLate) return { ...NOT_READY, url: '' };
    return { ...DONE, url: fileAddress(call, downloadId) };
  };

/** Settlement and the account's movements (Douyin sheet §12). */
export const settleMethods: MethodTable = {
  'order.getSettleBillDetailV3': read(settleV3),
  'order.getShopAccountItem': read(accountItems),
  'order.downloadSettleItemToShop': write(ask('settle')),
  'order.downloadToShop': read(fetchFile('settle')),
  'order.downloadShopAccountItem': write(ask('account')),
  'order.downloadShopAccountItemFile': read(fetchFile('account')),
};
