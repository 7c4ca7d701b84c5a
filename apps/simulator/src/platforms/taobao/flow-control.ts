import type { Core } from '../../core/core';
import { SECOND } from '../../core/times';
import { wireNow } from '../../core/wire';
import { refuse } from './envelope';

/** Token buckets hold this many seconds of calls. */
const BURST_SECONDS = 2;

interface Bucket {
  left: number;
  at: number;
}

/**
 * Call limits per app and method, scaled with the story's rate, and bans (Taobao sheet §4.5). A ban holds for one app,
 * method and session until its wire second is over.
 */
export class FlowControl {
  private readonly buckets = new Map<string, Bucket>();
  private readonly bans = new Map<string, number>();

  constructor(private readonly core: Core) {}

  /** Throws code 7 when the call must not pass. */
  check(appKey: string, method: string, session: string): void {
    const now = wireNow();
    const key = `${appKey}:${method}:${session}`;
    const bannedUntil = this.bans.get(key) ?? 0;
    if (bannedUntil > now) throw limited(bannedUntil - now);
    const fault = this.core.faults.strikes('taobao', 'ban', method);
    if (fault) {
      const ms = (fault.seconds ?? 1) * SECOND;
      this.bans.set(key, now + ms);
      throw limited(ms);
    }
    if (this.take(`${appKey}:${method}`, now)) return;
    this.bans.set(key, now + SECOND);
    throw limited(SECOND);
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

function limited(ms: number): Error {
  const seconds = Math.max(1, Math.ceil(ms / SECOND));
  const subCode =
    seconds <= 5 ? 'accesscontrol.limited-by-api-access-count' : 'accesscontrol.limited-by-app-access-count';
  return refuse(7, subCode, `This ban will last for ${seconds} more seconds`);
}
