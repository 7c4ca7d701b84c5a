import type { ShopRow } from '../shop/shop.types';

/**
 * Queues that a platform's work goes through; one lane's trouble does not hold up another's. News, which is single orders
 * and after-sales that a message or a person names, does not queue behind windows: many shops' windows share few calls of
 * their app and hold their places while they wait for them.
 */
export type Lane = 'news' | 'pull' | 'push' | 'notice' | 'bill';
export const LANES: readonly Lane[] = ['news', 'pull', 'push', 'notice', 'bill'];

/**
 * Kinds of work, by the lane they take. Work rests while its part of the shop is paused (news and bills with the
 * pull) or the token is unusable; the token's own work never does, and bills do not need the token.
 */
export const WORK_KINDS = {
  window: 'pull',
  order: 'news',
  listings: 'pull',
  request: 'news',
  'after-sale': 'news',
  census: 'pull',
  subscribe: 'pull',
  token: 'news',
  push: 'push',
  notice: 'notice',
  bill: 'bill',
  'bill-check': 'bill',
} as const satisfies Record<string, Lane>;

export type WorkKind = keyof typeof WORK_KINDS;

/** Kinds of which one job does several rows of a shop together, and how many at most. */
export const TOGETHER: Partial<Record<WorkKind, number>> = { order: 16, window: 4, census: 8 };

/** A unit of work: its row's key is all that travels through Redis. */
export interface WorkRef {
  companyId: string;
  kind: WorkKind;
  subject: string;
}

/** What a job names: a row, and with kinds that are done together more subjects of the same shop. */
export interface QueuedWork extends WorkRef {
  more?: readonly string[];
}

/** Work as its runner sees it. */
export interface Work extends WorkRef {
  shopId: string;
  platform: string;
  lane: Lane;
  wantedNo: number;
  claimNo: number;
  tries: number;
  failures: number;
  /** Why a run before failed or was put off; null when there was none since the work last ended well. */
  lastError: string | null;
  /** When it was asked for, wire time; anew when it is asked for again after it was given up or done. */
  createdAt: Date;
  /** The work's shop as it was when the work was claimed. */
  shop?: ShopRow;
}

/** How a run ended when it did not throw. `again`: not a failure; the row is due later. */
export type WorkOutcome = { kind: 'done' } | { kind: 'again'; afterMs: number; reason: string };

export const DONE: WorkOutcome = { kind: 'done' };

/** How each of several runs ended; an error is what a single run would have thrown. */
export type TogetherOutcomes = ReadonlyMap<string, WorkOutcome | { kind: 'threw'; error: unknown }>;

/** Does one kind of work. Must end the same when it runs twice, out of order, or was killed at any step. */
export interface WorkHandler {
  run(work: Work, signal: AbortSignal): Promise<WorkOutcome>;
  /** Does several rows of one shop, for kinds of TOGETHER; answers for each subject and never throws. */
  runTogether?(works: readonly Work[], signal?: AbortSignal): Promise<TogetherOutcomes>;
  /** Told in the transaction that gives the work up, so that its subject can show it. */
  gaveUp?(tx: import('@app/shared').Tx, work: Work, cause: string): Promise<void>;
}

/** Name of the queue of a platform's lane. */
export function queueName(lane: Lane, platform: string): string {
  return `${lane}-${platform}`;
}

/** Stable id of the job that refers to a row, so that a row is queued once at a time. */
export function jobIdOf(ref: WorkRef): string {
  return `${ref.companyId}~${ref.kind}~${ref.subject}`.replaceAll(':', '.');
}
