import { sleep, systemWireClock } from '@app/shared';
import type { ServiceKey } from '../harness/topology';
import type { Crowd } from './crowd';
import { SERVICES, type Installation } from './installation';
import type { Meters } from './meter';
import { asked, Luck } from './people';
import type { SoakOptions } from './soak.options';

/** Something that is broken on purpose at a share of the ordering time. */
interface Blow {
  at: number;
  kind: 'kill' | 'redis-flush' | 'postgres-restart';
  service?: ServiceKey;
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

/** Faults of a platform that the simulator injects, and how they are asked for. */
export interface PlatformFault {
  kind: string;
  p: number;
  times?: number;
}

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
const FILE_FAULTS = ['bill-broken', 'bill-not-ready'] as const;

/** Everything that is broken on purpose, with what came of it. */
export class Chaos {
  readonly outages: Outage[] = [];
  /** Kinds that this simulator does not know; they cannot be injected. */
  readonly unknownKinds: string[] = [];
  readonly done: Record<string, number> = {};
  readonly blows: Blow[];

  constructor(
    private readonly installation: Installation,
    private readonly meters: Meters,
    private readonly options: SoakOptions,
    private readonly say: (line: string) => void,
  ) {
    this.blows = plan(options);
  }

  /** Switches the platform's faults on. */
  async infect(): Promise<void> {
    const { pageShift, timeoutAfterWrite, push, bill } = this.options.shares;
    let wanted: PlatformFault[] = [
      { kind: 'page-shift', p: pageShift },
      { kind: 'timeout-after-write', p: timeoutAfterWrite },
      { kind: 'push-lost', p: push },
      { kind: 'push-double', p: push },
      { kind: 'push-reorder', p: push },
      ...BILL_FAULTS.map((kind) => ({ kind, p: bill })),
      ...FILE_FAULTS.map((kind) => ({ kind, p: 1, times: 2 })),
    ];
    for (;;) {
      try {
        await this.installation.control.faults(wanted.map((fault) => ({ ...fault })));
        return;
      } catch (error) {
        const unknown = /not (bill-[a-z-]+)/.exec((error as Error).message)?.[1];
        if (!unknown) throw error;
        this.unknownKinds.push(unknown);
        wanted = wanted.filter(({ kind }) => kind !== unknown);
      }
    }
  }

  /** Switches the faults of connections off; differences that were planted in bills stay planted. */
  async cure(): Promise<void> {
    await this.installation.control.faults([]);
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

  /** What was injected, by kind. */
  async counts(): Promise<Record<string, number>> {
    const { control } = this.installation;
    const { items } = await asked(() =>
      control.call<{ items: { kind: string; injected: number }[] }>('GET', '/faults'),
    );
    const counts: Record<string, number> = {};
    for (const kind of [...BILL_FAULTS, ...FILE_FAULTS]) counts[kind] = 0;
    for (const { kind, injected } of items) counts[kind] = Math.max(counts[kind] ?? 0, injected);
    return { ...counts, ...this.done };
  }

  private async strike({ kind, service }: Blow): Promise<void> {
    const what = kind === 'kill' ? `kill ${service}` : kind;
    this.meters.sample();
    const from = systemWireClock.now();
    const outage = { what, from, to: Number.MAX_SAFE_INTEGER };
    this.outages.push(outage);
    if (kind === 'kill') await this.installation.killAndStart(service!);
    else if (kind === 'redis-flush') {
      await this.installation.flushRedis();
      outage.to = from + REDIS_RECOVERY_MS;
    } else {
      await this.installation.servers.crashPostgres();
      await this.installation.allReady();
    }
    const awayMs = systemWireClock.now() - from;
    if (kind !== 'redis-flush') outage.to = from + Math.max(withRetry(awayMs), service === 'sync' ? CLAIM_MS : 0);
    this.done[what] = (this.done[what] ?? 0) + 1;
    this.say(`        ${what}: away for ${awayMs} ms`);
  }
}

/**
 * The time until everything that failed meanwhile was tried again: pauses between tries double, with a quarter of
 * jitter, so that the last one is at most as long as everything before it.
 */
const withRetry = (awayMs: number): number => awayMs * 2.25 + 1_000;

/** Each service some times, Redis once, PostgreSQL once: at seeded moments, none in the first tenth or the last one. */
function plan({ seed, kills }: SoakOptions): Blow[] {
  const luck = new Luck(seed, 'chaos');
  const blows: Blow[] = [
    { at: luck.between(0.3, 0.6), kind: 'redis-flush' },
    { at: luck.between(0.4, 0.8), kind: 'postgres-restart' },
  ];
  for (const service of SERVICES)
    for (let n = 0; n < kills; n += 1) blows.push({ at: luck.between(0.1, 0.9), kind: 'kill', service });
  return blows.sort((a, b) => a.at - b.at);
}
