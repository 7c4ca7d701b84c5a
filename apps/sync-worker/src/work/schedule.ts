import { getQueueToken } from '@nestjs/bullmq';
import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { Queue } from 'bullmq';
import { DataSource } from 'typeorm';
import {
  chunk,
  createLogger,
  groupBy,
  inStatement,
  newId,
  SERVICE_CONFIG,
  sleep,
  WIRE_CLOCK,
  type WireClock,
} from '@app/shared';
import type { SyncConfig } from '../sync.config';
import { Leader } from './leader';
import { WorkHandlers } from './work.handlers';
import { jobIdOf, queueName, TOGETHER, type WorkRef } from './work.kinds';
import { WorkRepository, type WorkRefWithPlatform } from './work.repository';

const log = createLogger('schedule');
const TICK_MS = 1_000;
/** Between two looks for due work within a second. */
const REFILL_MS = 200;
/** So long a reference in Redis is trusted; after a loss of Redis everything due is there again within 10 s. */
const QUEUED_MS = 8_000;
const PER_SHOP = 40;

/** What happens once a second in the leading process. */
export interface Tick {
  name: string;
  run(): Promise<void>;
}

/** Once a second, in one process: lets the nouns plan; several times a second: refers to the due rows in Redis. */
@Injectable()
export class Schedule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stopper = new AbortController();
  private readonly ticks: Tick[] = [];
  private readonly onLost: (() => Promise<void>)[] = [];
  private loop: Promise<void> | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly repository: WorkRepository,
    private readonly handlers: WorkHandlers,
    private readonly leader: Leader,
    private readonly modules: ModuleRef,
    @Inject(SERVICE_CONFIG) private readonly config: SyncConfig,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  /** Adds planning to the tick. */
  every(tick: Tick): void {
    this.ticks.push(tick);
  }

  /** Names what ends when this process leads no longer. */
  whenLost(end: () => Promise<void>): void {
    this.onLost.push(end);
  }

  onApplicationBootstrap(): void {
    this.handlers.assertComplete();
    if (this.config.SYNC_WORKS) this.loop = this.run();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopper.abort();
    await this.loop;
    for (const end of this.onLost) await end();
    await this.leader.release();
  }

  private async run(): Promise<void> {
    let led = false;
    while (!this.stopper.signal.aborted) {
      const leads = await this.leader.holds();
      if (led && !leads) for (const end of this.onLost) await end();
      led = leads;
      const next = this.wire.now() + TICK_MS;
      if (leads) await this.tick();
      do {
        await sleep(REFILL_MS, this.stopper.signal);
        if (leads && !this.stopper.signal.aborted) await this.refill();
      } while (!this.stopper.signal.aborted && this.wire.now() < next);
    }
  }

  /**
   * One round; public for tests. Its parts run side by side, so that the slowest one alone decides how long it takes, and one
   * that fails is logged while the others go on.
   */
  async tick(): Promise<void> {
    await Promise.all(this.ticks.map((part) => this.runPart(part)));
    await this.refill();
  }

  private async runPart(part: Tick): Promise<void> {
    if (this.stopper.signal.aborted) return;
    try {
      await part.run();
    } catch (error) {
      const { message, stack } = error as Error;
      log.warn({ tick: part.name, cause: message, stack }, 'a part of the schedule failed; trying again');
    }
  }

  /** Tops the queues up; a shop whose work was done since the last round need not wait for the next second. */
  private async refill(): Promise<void> {
    await this.enqueue().catch((error: Error) =>
      log.warn({ cause: error.message }, 'due work could not be queued; trying again'),
    );
  }

  /** Puts references of due rows into Redis; returns how many. */
  async enqueue(): Promise<number> {
    const now = this.wire.date();
    const due = await inStatement(this.dataSource, (tx) =>
      this.repository.takeDue(tx, now, new Date(now.getTime() + QUEUED_MS), PER_SHOP),
    );
    for (const [name, refs] of groupBy(due, (ref) => queueName(ref.lane, ref.platform))) {
      const queue = this.modules.get<Queue>(getQueueToken(name), { strict: false });
      await queue.addBulk(
        jobsOf(refs).map(({ companyId, kind, subject, more }) => ({
          name: kind,
          data: { companyId, kind, subject, ...(more.length > 0 && { more }) },
          opts: {
            // A job of several rows has an id of its own, since each of the rows may be in a job of others already.
            jobId: more.length > 0 ? `${newId('job')}~${kind}` : jobIdOf({ companyId, kind, subject }),
            removeOnComplete: true,
            removeOnFail: true,
            attempts: 1,
          },
        })),
      );
    }
    return due.length;
  }
}

/** One job per row; rows of one shop that are done together share jobs. */
function jobsOf(refs: readonly WorkRefWithPlatform[]): (WorkRef & { more: string[] })[] {
  const jobs: (WorkRef & { more: string[] })[] = [];
  for (const mine of groupBy(refs, ({ companyId, kind, shopId }) => `${companyId}/${kind}/${shopId}`).values()) {
    const { companyId, kind } = mine[0]!;
    for (const part of chunk(mine, TOGETHER[kind] ?? 1)) {
      const [subject, ...more] = part.map((ref) => ref.subject);
      jobs.push({ companyId, kind, subject: subject!, more });
    }
  }
  return jobs;
}
