import { encode } from 'iconv-lite';
import type { Core } from '../../../core/core';
import { DAY, HOUR, SECOND, startOfDay, toPlatformText } from '../../../core/times';
import type { ShopStory } from '../../../core/story.types';
import type { AlipayAccount } from './accounts';
import { billRow } from './bill-rows';
import { accountDetail, summary, tradeDetail, type BillSpan, type Damage, type TradeRow } from './detail-file';
import { DAY_READY_MS, FILE_WORDS, MONTH_READY_MS, SUMMARY_WORD, WRITTEN_FROM_MS } from './open-points';
import { zipOf } from './zip';

/** Which bill: a kind and a day `yyyy-MM-dd` or a month `yyyy-MM`. */
export interface BillWish {
  type: 'trade' | 'signcustomer';
  date: string;
}

const DAMAGES: readonly Damage[] = ['row', 'end', 'sum'];

const isMonth = (date: string): boolean => date.length === 7;

/** The first instant of the date and of the next one; null when no such day or month exists. */
export function spanOf(date: string): { from: number; to: number } | null {
  const match = /^(\d{4})-(\d{2})(?:-(\d{2}))?$/.exec(date);
  if (!match) return null;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3] ?? '1')];
  const local = Date.UTC(year, month - 1, day);
  const from = startOfDay(local - 8 * HOUR);
  if (toPlatformText(from).slice(0, date.length) !== date) return null;
  return { from, to: isMonth(date) ? Date.UTC(year, month, 1) - 8 * HOUR : from + DAY };
}

/** The story instant from which on the file is there. */
export function readyAt(date: string, span: { from: number; to: number }): number {
  return isMonth(date) ? span.to + MONTH_READY_MS : span.from + DAY_READY_MS;
}

/** Writes the archive of a day or month that is over: the summary first, then the detail. */
export function billArchive(
  core: Core,
  account: AlipayAccount,
  shop: ShopStory,
  wish: BillWish,
  isBroken: boolean,
): { name: string; bytes: Buffer } {
  const { from, to } = spanOf(wish.date)!;
  const chance = core.chance(`bill:${account.account}:${wish.type}:${wish.date}`);
  const writtenAt = startOfDay(readyAt(wish.date, { from, to })) + WRITTEN_FROM_MS + chance.int(0, 3_599) * SECOND;
  const span: BillSpan = { account: account.account, from, to, writtenAt };
  const all = core.ledger
    .between('taobao', shop.shopId, from, to)
    .filter((row) => !row.isDropped && (wish.type === 'signcustomer' || row.kind === 'goods' || row.kind === 'refund'));
  // A file without rows can only lack its end or state a wrong sum.
  const damage = isBroken ? chance.pick(all.length === 0 ? DAMAGES.slice(1) : DAMAGES) : undefined;
  const name = `${account.account}_${wish.date.replaceAll('-', '')}_${FILE_WORDS[wish.type]}`;
  const texts =
    wish.type === 'trade' ? tradeTexts(span, all, shop, damage) : accountTexts(core, span, all, account, shop, damage);
  const files = [
    { name: `${name}${SUMMARY_WORD}.csv`, content: encode(texts.summary, 'gbk') },
    { name: `${name}.csv`, content: encode(texts.detail, 'gbk') },
  ];
  return {
    name: `${account.account}_${wish.date.replaceAll('-', '')}.csv.zip`,
    bytes: zipOf(files, new Date(writtenAt + 8 * HOUR)),
  };
}

type Rows = ReturnType<Core['ledger']['between']>;

function accountTexts(
  core: Core,
  span: BillSpan,
  all: Rows,
  account: AlipayAccount,
  shop: ShopStory,
  damage: Damage | undefined,
): { summary: string; detail: string } {
  const rows = all.map((row) => billRow(row, shop));
  const openingFen = core.ledger.balanceBefore('taobao', shop.shopId, span.from);
  return {
    summary: summary('账务', span, rows),
    detail: accountDetail(span, rows, openingFen, account.layout, damage),
  };
}

function tradeTexts(
  span: BillSpan,
  all: Rows,
  shop: ShopStory,
  damage: Damage | undefined,
): { summary: string; detail: string } {
  const rows = all.map((row): TradeRow => ({
    ...billRow(row, shop),
    isRefund: row.kind === 'refund',
    createdAt: row.order?.createdAt ?? row.at,
    orderFen: row.order?.amounts.payableFen ?? row.billedFen ?? row.amountFen,
    refundNo: row.refundNo ?? '',
  }));
  return { summary: summary('业务', span, rows), detail: tradeDetail(span, rows, damage) };
}
