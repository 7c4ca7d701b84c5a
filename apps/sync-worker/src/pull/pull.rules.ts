import type { StoryClock } from '@app/shared';
import type { Platform, WindowRule } from '@app/platforms';
import type { WindowKind } from './pull.kinds';

/** A window to be read: closed, in story time. */
export interface PlannedWindow {
  from: Date;
  to: Date;
  /** Where the window before it ended; from is earlier by the overlap. */
  after: Date;
}

/** Real seconds since a moment of business time. */
export function lagSeconds(completeTo: Date, story: StoryClock): number {
  return Math.max(0, (story.ms() - completeTo.getTime()) / 1_000 / story.rate());
}

/** How windows of a kind are cut; undefined when the platform does not offer the kind. */
export function windowRuleOf(platform: Platform, kind: WindowKind): WindowRule | undefined {
  if (kind === 'after-sales' && !platform.port.afterSales) return undefined;
  return platform.windows[kind];
}

/**
 * Pull intervals between two windows of a kind. A refund shows on its order's line first, or a message tells it, so
 * after-sales may come later; where a platform tells nothing by itself, they may not.
 */
const INTERVALS: Readonly<Record<WindowKind, number>> = { orders: 1, 'after-sales': 2 };

/** Wire milliseconds from one plan of a kind to the next; `isPolledAlone`: the platform sends no messages. */
export function planEveryMs(kind: WindowKind, pullIntervalMs: number, isPolledAlone: boolean): number {
  return isPolledAlone ? pullIntervalMs : pullIntervalMs * INTERVALS[kind];
}

/**
 * When a schedule is looked at next, wire milliseconds: at the beats of its own rhythm, so that shops spread over the
 * interval instead of all being read at once, and a late round does not shift those after it.
 */
export function nextBeat(nowMs: number, everyMs: number, schedule: string): number {
  let mixed = 0;
  for (let at = 0; at < schedule.length; at += 1) mixed = (Math.imul(mixed, 31) + schedule.charCodeAt(at)) >>> 0;
  const phase = mixed % everyMs;
  // Less than half an interval away is the beat that was just kept.
  return Math.ceil((nowMs + everyMs / 2 - phase) / everyMs) * everyMs + phase;
}

/** Windows of one kind and shop that may be unread at a time; a shop that lags far behind reads larger ones instead. */
export const MOST_OPEN_WINDOWS = 8;

/**
 * Windows begin at whole seconds, which is what platforms are asked by: one of the longest span that began in between would
 * be widened at both ends, and asked for as two.
 */
function wholeSecond(ms: number): number {
  return Math.floor(ms / 1_000) * 1_000;
}

/**
 * Cuts the next windows: each begins an overlap before the end of the one before, ends an index lag before now, and is
 * never longer than the platform accepts.
 */
export function planWindows(plannedTo: Date, storyNow: Date, rule: WindowRule, room: number): PlannedWindow[] {
  const target = storyNow.getTime() - rule.indexLagSeconds * 1_000;
  const behind = target - plannedTo.getTime();
  const overlap = Math.min(rule.overlapSeconds, Math.floor(rule.maxSpanSeconds / 2)) * 1_000;
  const span = Math.min(
    rule.maxSpanSeconds * 1_000,
    Math.max(rule.usualSpanSeconds * 1_000, Math.ceil(behind / MOST_OPEN_WINDOWS) + overlap + 1_000),
  );
  const windows: PlannedWindow[] = [];
  for (let after = plannedTo.getTime(); after < target && windows.length < room;) {
    const from = wholeSecond(after - overlap);
    const to = Math.min(target, from + span);
    windows.push({ from: new Date(from), to: new Date(to), after: new Date(after) });
    after = to;
  }
  return windows;
}

/** Cuts a span that a person asked for into windows that the platform accepts. */
export function sliceSpan(from: Date, to: Date, maxSpanSeconds: number): PlannedWindow[] {
  const windows: PlannedWindow[] = [];
  for (let start = wholeSecond(from.getTime()); start < to.getTime(); start += maxSpanSeconds * 1_000) {
    const at = new Date(start);
    windows.push({ from: at, to: new Date(Math.min(to.getTime(), start + maxSpanSeconds * 1_000)), after: at });
  }
  return windows;
}
