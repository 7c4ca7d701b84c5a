import { sleep, systemWireClock } from '@app/shared';
import { until } from '../harness/wait';
import type { ServiceKey } from '../harness/topology';
import type { Crowd } from './crowd';
import { SERVICES, type Installation } from './installation';
import type { Meters } from './meter';
import { asked, Luck, type Tally } from './people';
import type { Played } from './played';
import type { SoakOptions } from './soak.options';

/** Something that is broken on purpose at a share of the ordering time. */
interface Blow {
  at: number;
  kind: 'kill' | 'redis-flush' | 'postgres-restart' | 'platform-down' | 'token-revoked';
  service?: ServiceKey;
  platform?: string;
}

/** A span of real time in which something was away. */
export interface Outage {
  what: string;
  from: number;
  to: number;
}

/** Redis may have lost what was queued; it is queued again within this time. */
const REDIS_RECOVERY_MS = 10_000;
/** Work that a killed sync process had claimed is taken over after this time. */
const CLAIM_MS = 15_000;

/** Differences that are planted in bills. */
export const BILL_FAULTS = [
  'bill-amount',
  'bill-fee',
  'bill-drop',
  'bill-stranger',
  'bill-twice',
  'bill-fee-alone',
  'bill-deposit',
  'bill-unknown',
  'bill-late',
] as const;
const PUSH_FAULTS = ['push-lost', 'push-double', 'push-reorder'] as const;
const FILE_FAULTS = ['bill-broken', 'bill-not-ready'] as const;

/** How often the simulator injected a fault on a platform. */
interface Injected {
  kind: string;
  platform: string;
  injected: number;
}

/** Everything that is broken on purpose, with what came of it. */
export class Chaos {
  readonly outages: Outage[] = [];
  readonly done: Record<string, number> = {};
  readonly blows: Blow[];

  constructor(
    private readonly installation: Installation,
    private readonly played: Played,
    private readonly meters: Meters,
    private readonly people: Tally,
    private readonly options: SoakOptions,
    private readonly say: (line: string) => void,
  ) {
    this.blows = plan(options, played.codes);
  }

  /** Switches the faults of every platform on. */
  async infect(): Promise<void> {
    for (const code of this.played.codes) await this.played.on(code).faults(this.wanted(code));
  }

  /** Switches the faults of connections off; differences that were planted in bills stay planted. */
  async cure(): Promise<void> {
    for (const code of this.played.codes) await this.played.on(code).faults([]);
  }

  /** What is broken all the time: once for certain, then by chance, for a kind that never struck proves nothing. */
  private wanted(code: string): Record<string, unknown>[] {
    const { bill, push, pageShift, timeoutAfterWrite } = this.options.shares;
    const shares = new Map<string, number>([
      ['page-shift', pageShift],
      ['timeout-after-write', timeoutAfterWrite],
      ...PUSH_FAULTS.map((kind) => [kind, push] as const),
      ...BILL_FAULTS.map((kind) => [kind, bill] as const),
    ]);
    return this.kindsOn(code).flatMap((kind): Record<string, unknown>[] => {
      const p = shares.get(kind);
      return p === undefined
        ? [{ kind, p: 1, times: 2 }]
        : [
            { kind, p: 1, times: 1 },
            { kind, p },
          ];
    });
  }

  /** The kinds of fault that a platform has the means for. */
  private kindsOn(code: string): string[] {
    const { pushes, hasBills, words } = this.played.platform(code);
    return [
      'page-shift',
      'timeout-after-write',
      ...(pushes ? PUSH_FAULTS : []),
      ...(hasBills ? BILL_FAULTS : []),
      ...(hasBills && words.canBreak ? FILE_FAULTS : []),
    ];
  }

  /** Strikes at the planned shares of the ordering time. */
  async run(crowd: Crowd, stop: AbortSignal): Promise<void> {
    for (const blow of this.blows) {
      while (!stop.aborted && crowd.progress() < blow.at) await sleep(200, stop);
      if (stop.aborted) return;
      await this.strike(blow);
    }
  }

  /** Real milliseconds of a span in which nothing was away. */
  calmMs(from: number, to: number): number {
    const cuts = this.outages
      .map((outage) => ({ from: Math.max(from, outage.from), to: Math.min(to, outage.to) }))
      .filter((cut) => cut.from < cut.to)
      .sort((a, b) => a.from - b.from);
    let calm = to - from;
    let end = from;
    for (const cut of cuts) {
      calm -= Math.max(0, cut.to - Math.max(end, cut.from));
      end = Math.max(end, cut.to);
    }
    return calm;
  }

  /** What was injected, by kind and platform. */
  async counts(): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const code of this.played.codes) for (const kind of this.kindsOn(code)) counts[`${kind} on ${code}`] = 0;
    for (const { kind, platform, injected } of await this.injected()) {
      if (!this.played.codes.includes(platform) || injected === 0) continue;
      counts[`${kind} on ${platform}`] = injected;
    }
    return { ...counts, ...this.done };
  }

  private async injected(): Promise<Injected[]> {
    const { items } = await asked(() => this.played.control.call<{ items: Injected[] }>('GET', '/faults'));
    return items;
  }

  private async strike(blow: Blow): Promise<void> {
    const { kind, service, platform } = blow;
    const what = [kind, service ?? platform].filter(Boolean).join(' ');
    this.meters.sample();
    const from = systemWireClock.now();
    const outage = { what, from, to: Number.MAX_SAFE_INTEGER };
    this.outages.push(outage);
    const calmAt = await this.hurt(blow, from);
    const awayMs = systemWireClock.now() - from;
    outage.to = calmAt ?? from + Math.max(withRetry(awayMs), service === 'sync' ? CLAIM_MS : 0);
    this.done[what] = (this.done[what] ?? 0) + 1;
    this.say(`        ${what}: away for ${awayMs} ms`);
  }

  /** Does the harm and waits until what was hurt is back; answers when its effects are over, where that is known. */
  private async hurt({ kind, service, platform }: Blow, from: number): Promise<number | undefined> {
    switch (kind) {
      case 'kill':
        await this.installation.killAndStart(service!);
        return undefined;
      case 'redis-flush':
        await this.installation.flushRedis();
        return from + REDIS_RECOVERY_MS;
      case 'postgres-restart':
        await this.installation.servers.crashPostgres();
        await this.installation.allReady();
        return undefined;
      case 'platform-down': {
        const seconds = this.options.downSeconds;
        await this.played.on(platform!).faults([...this.wanted(platform!), { kind: 'down', p: 1, seconds }]);
        await sleep(seconds * 1_000);
        return undefined;
      }
      case 'token-revoked': {
        // The call that lists changed orders is the one that is refused, so a window is cut off while it is read.
        const method = this.played.platform(platform!).listMethod;
        await this.played
          .on(platform!)
          .faults([...this.wanted(platform!), { kind: 'revoked', p: 1, times: 1, method }]);
        await until('the owner of the shop granted access again', () => this.isGrantedAgain(), 60_000, 250);
        return undefined;
      }
    }
  }

  /** A shop was refused, and none is any more. */
  private async isGrantedAgain(): Promise<boolean> {
    const revoked = (await this.injected()).filter(({ kind }) => kind === 'revoked');
    const struck = revoked.reduce((sum, { injected }) => sum + injected, 0);
    const again = this.people.of('shops authorised again');
    return struck > 0 && again >= struck;
  }
}

/**
 * The time until everything that failed meanwhile was tried again: pauses between tries double, with a quarter of
 * jitter, so that the last one is at most as long as everything before it.
 */
const withRetry = (awayMs: number): number => awayMs * 2.25 + 1_000;

/**
 * Each service some times, Redis once, PostgreSQL once, the first platform's token once and the last platform once: at
 * seeded moments, none in the first tenth or the last one.
 */
function plan({ seed, kills }: SoakOptions, platforms: readonly string[]): Blow[] {
  const luck = new Luck(seed, 'chaos');
  const blows: Blow[] = [
    { at: luck.between(0.3, 0.6), kind: 'redis-flush' },
    { at: luck.between(0.4, 0.8), kind: 'postgres-restart' },
    { at: luck.between(0.2, 0.5), kind: 'token-revoked', platform: platforms[0] },
    { at: luck.between(0.5, 0.7), kind: 'platform-down', platform: platforms.at(-1) },
  ];
  for (const service of SERVICES)
    for (let n = 0; n < kills; n += 1) blows.push({ at: luck.between(0.1, 0.9), kind: 'kill', service });
  return blows.sort((a, b) => a.at - b.at);
}
