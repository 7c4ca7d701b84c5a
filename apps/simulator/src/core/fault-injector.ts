import type { EventLog, LogRecord } from './event-log';
import { Chance } from './random';
import { SECOND } from './times';
import { wireNow } from './wire';

/** Every fault that can be injected. */
export const FAULT_KINDS = [
  'timeout-after-write',
  'ban',
  'revoked',
  'html-200',
  'broken-gzip',
  'drop-row',
  'drop-from-modified',
  'push-lost',
  'push-double',
  'push-reorder',
  'page-shift',
  'delay-list',
  'down',
  'bill-amount',
  'bill-fee',
  'bill-drop',
  'bill-stranger',
  'bill-twice',
  'bill-fee-alone',
  'bill-deposit',
  'bill-unknown',
  'bill-late',
  'bill-broken',
  'bill-not-ready',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** A fault that is switched on. `seconds`, `method` and `times` narrow it; all are wire seconds. */
export interface FaultSetting {
  kind: FaultKind;
  p: number;
  seconds?: number;
  /** Only calls of this method. */
  method?: string;
  /** At most so many injections. */
  times?: number;
}

interface ActiveFault extends FaultSetting {
  since: number;
  used: number;
}

/** In these kinds `seconds` is the length of one hit; in all others it is how long the setting stays on. */
const SECONDS_ARE_LENGTH: readonly FaultKind[] = ['ban', 'delay-list', 'revoked'];

/** Decides, by seeded chance, when a platform misbehaves, and counts every injection. */
export class FaultInjector {
  private readonly active = new Map<string, ActiveFault[]>();
  private readonly counts = new Map<string, number>();
  private readonly chances = new Map<string, Chance>();
  private log: EventLog | undefined;

  constructor(private readonly seed: string) {}

  attach(log: EventLog): void {
    this.log = log;
  }

  replay(record: LogRecord): void {
    if (record.k === 'faults')
      this.apply(record.platform as string, record.faults as FaultSetting[], record.since as number);
    else if (record.k === 'injected') this.replayInjection(record.platform as string, record.kind as FaultKind);
  }

  /** Replaces the faults of a platform; an empty list switches all off. Counts go on. */
  set(platform: string, faults: FaultSetting[]): void {
    const since = wireNow();
    this.apply(platform, faults, since);
    this.log?.append({ k: 'faults', platform, faults, since });
  }

  /** True when the fault strikes this time; counted. */
  strikes(platform: string, kind: FaultKind, method?: string): FaultSetting | undefined {
    const fault = this.find(platform, kind, method);
    if (!fault || !this.chance(platform, kind).hits(fault.p)) return undefined;
    this.inject(platform, fault);
    return fault;
  }

  /** As strikes(), but the same key always meets the same fate while the setting stays on. */
  strikesKey(platform: string, kind: FaultKind, key: string, method?: string): FaultSetting | undefined {
    const fault = this.find(platform, kind, method);
    if (!fault || !new Chance(`${this.seed}:fault:${platform}:${kind}:${key}`).hits(fault.p)) return undefined;
    this.inject(platform, fault);
    return fault;
  }

  /** Whether a kind is switched on at all, without drawing. */
  isOn(platform: string, kind: FaultKind): boolean {
    return this.find(platform, kind) !== undefined;
  }

  /** A seeded draw that belongs to a fault, such as which of two forms it takes. */
  chance(platform: string, kind: FaultKind): Chance {
    const key = `${platform}:${kind}`;
    const known = this.chances.get(key);
    if (known) return known;
    const chance = new Chance(`${this.seed}:fault:${key}`);
    this.chances.set(key, chance);
    return chance;
  }

  /** All faults that are on or were ever injected, with their counts. */
  list(): (FaultSetting & { platform: string; injected: number })[] {
    const rows: (FaultSetting & { platform: string; injected: number })[] = [];
    for (const [platform, faults] of this.active) {
      for (const { since: _since, used: _used, ...fault } of faults) {
        rows.push({ platform, ...fault, injected: this.counts.get(`${platform}:${fault.kind}`) ?? 0 });
      }
    }
    for (const [key, injected] of this.counts) {
      const [platform, kind] = key.split(/:(.*)/s) as [string, FaultKind];
      if (!rows.some((row) => row.platform === platform && row.kind === kind))
        rows.push({ platform, kind, p: 0, injected });
    }
    return rows;
  }

  private find(platform: string, kind: FaultKind, method?: string): ActiveFault | undefined {
    const faults = this.active.get(platform);
    if (!faults) return undefined;
    return faults.find((fault) => {
      if (fault.kind !== kind || fault.p <= 0) return false;
      if (fault.method !== undefined && method !== undefined && fault.method !== method) return false;
      if (fault.times !== undefined && fault.used >= fault.times) return false;
      const isTimed = fault.seconds !== undefined && !SECONDS_ARE_LENGTH.includes(kind);
      return !isTimed || wireNow() < fault.since + fault.seconds! * SECOND;
    });
  }

  /** `times` bounds the injections of a setting over restarts too. */
  private replayInjection(platform: string, kind: FaultKind): void {
    const fault = this.active.get(platform)?.find((one) => one.kind === kind);
    if (fault) fault.used += 1;
    this.count(platform, kind);
  }

  private inject(platform: string, fault: ActiveFault): void {
    fault.used += 1;
    this.count(platform, fault.kind);
    this.log?.append({ k: 'injected', platform, kind: fault.kind });
  }

  private count(platform: string, kind: FaultKind): void {
    const key = `${platform}:${kind}`;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }

  private apply(platform: string, faults: FaultSetting[], since: number): void {
    this.active.set(
      platform,
      faults.map((fault) => ({ ...fault, since, used: 0 })),
    );
  }
}
