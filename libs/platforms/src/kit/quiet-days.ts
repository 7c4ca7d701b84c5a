import { startOfShanghaiDay } from '@app/shared';
import { PlatformCall } from '../port';

const DAY_MS = 86_400_000;

/**
 * Whether an empty bill of a day may still be one that was not made out yet. Some platforms answer such a day and one on
 * which nothing moved alike, so that only time tells: `quietDays` after the day has ended, nothing comes any more.
 */
export function mayStillCome(quietDays: number, call: PlatformCall, day: string): boolean {
  return call.storyNow().getTime() < startOfShanghaiDay(day).getTime() + (quietDays + 1) * DAY_MS;
}
