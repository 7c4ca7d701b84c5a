import { shanghaiDay, startOfShanghaiDay } from '@app/shared';
import type { Platform } from '@app/platforms';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A day's bill is usually ready by this hour of the next day, Asia/Shanghai (Taobao sheet §12.2). */
const READY_AT_HOURS = 9;
/** Days that are fetched afterwards when an account is set, counted back from then. */
export const MOST_DAYS_BACK = 60;
/** First pause after a fetch that did not end the day, story milliseconds; each further one is twice as long. */
const FIRST_PAUSE_MS = HOUR_MS / 2;
const LONGEST_PAUSE_MS = DAY_MS;
/** A day that still has no bill after so many fetches (about eight weeks) never had one: nothing moved on it. */
export const MOST_NOT_READY = 60;

/** What a shop's platform offers of bills. */
export type BillOffer = 'none' | 'token' | 'account';

/** How bills of a platform are fetched: not at all, by the shop's token, or by an account of its own. */
export function billOfferOf(platform: Platform): BillOffer {
  if (!platform.port.billFiles) return 'none';
  return platform.manifest.capabilities.billsNeedAccount ? 'account' : 'token';
}

/** Where a day's bill stands. */
export type BillState = 'waiting' | 'not_ready' | 'not_whole' | 'refused' | 'failed' | 'done';

/** The day after, `yyyy-MM-dd`; the zone has no daylight saving. */
export function dayAfter(day: string): string {
  return shanghaiDay(new Date(startOfShanghaiDay(day).getTime() + DAY_MS));
}

/** When a day's bill is asked for first. */
export function dueAtOf(day: string): Date {
  return new Date(startOfShanghaiDay(dayAfter(day)).getTime() + READY_AT_HOURS * HOUR_MS);
}

/** Start of the first day to be fetched: that of the go-live, at most MOST_DAYS_BACK days before the account was set. */
export function firstDayStart(goLiveAt: Date, setAt: Date): Date {
  const goLive = startOfShanghaiDay(shanghaiDay(goLiveAt));
  const bound = startOfShanghaiDay(shanghaiDay(new Date(setAt.getTime() - MOST_DAYS_BACK * DAY_MS)));
  return goLive > bound ? goLive : bound;
}

/** Days that are over by a moment, from the start of the first one on; at most `most`. */
export function daysOver(from: Date, now: Date, most: number): string[] {
  const days: string[] = [];
  for (let start = from.getTime(); start + DAY_MS <= now.getTime() && days.length < most; start += DAY_MS)
    days.push(shanghaiDay(new Date(start)));
  return days;
}

/** Days that a half-open span touches; more than `most` are cut off. */
export function daysTouched(from: Date, to: Date, most: number): string[] {
  const days: string[] = [];
  let day = shanghaiDay(from);
  for (; startOfShanghaiDay(day) < to && days.length < most; day = dayAfter(day)) days.push(day);
  return days;
}

/** When a day that is not done is fetched again; nothing when that is of no use any more. */
export function againAt(state: BillState, tries: number, now: Date): Date | null {
  if (state === 'done' || (state === 'not_ready' && tries >= MOST_NOT_READY)) return null;
  const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(10, Math.max(0, tries - 1)));
  return new Date(now.getTime() + pause);
}
