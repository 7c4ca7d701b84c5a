import type { Core } from '../core/core';
import { SECOND } from '../core/times';
import { wireNow } from '../core/wire';

/** Token buckets hold this many seconds of calls. */
const BURST_SECONDS = 2;

interface Bucket {
  left: number;
  at: number;
}

/**
 * Call limits per app and method, scaled with the story's rate, and bans. A ban holds for one app, method and session
 * until its wire time is over.
 */
export class FlowControl {
  private readonly buckets = new Map<string, Bucket>();
  private readonly bans = new Map<string, number>();

  /** `limited` makes the platform's refusal of a call that is banned for so many more wire milliseconds. */
  constructor(
    private readonly core: Core,
    private readonly platform: string,
    private readonly limited: (ms: number) => Error,
  ) {}

  /** Throws the platform's refusal when the call must not pass. */
  check(appKey: string, method: string, session: string): void {
    const now = wireNow();
    const key = `${appKey}:${method}:${session}`;
    const bannedUntil = this.bans.get(key) ?? 0;
    if (bannedUntil > now) throw this.limited(bannedUntil - now);
    const fault = this.core.faults.strikes(this.platform, 'ban', method);
    if (fault) {
      const ms = (fault.seconds ?? 1) * SECOND;
      this.bans.set(key, now + ms);
      throw this.limited(ms);
    }
    if (this.take(`${appKey}:${method}`, now)) return;
    this.bans.set(key, now + SECOND);
    throw this.limited(SECOND);
  }

  private take(key: string, now: number): boolean {
    const { callsPerSecond } = this.core.config;
    if (callsPerSecond === 0) return true;
    const pace = callsPerSecond * Math.max(1, this.core.clocks.current().rate);
    const bucket = this.buckets.get(key) ?? { left: pace * BURST_SECONDS, at: now };
    bucket.left = Math.min(pace * BURST_SECONDS, bucket.left + ((now - bucket.at) / SECOND) * pace);
    bucket.at = now;
    this.buckets.set(key, bucket);
    if (bucket.left < 1) return false;
    bucket.left -= 1;
    return true;
  }
}
