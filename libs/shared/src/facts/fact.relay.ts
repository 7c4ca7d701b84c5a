import { Inject, Injectable, type OnApplicationBootstrap, type BeforeApplicationShutdown } from '@nestjs/common';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { DataSource } from 'typeorm';
import { inStatement, inTransaction } from '../db/transaction';
import { groupBy } from '../collections/collections';
import { newId } from '../ids/ids';
import { createLogger } from '../logging/logger';
import { factBacklog, factSends } from '../metrics/metrics';
import type { ServiceOptions } from '../service-options';
import { killPoint } from '../testing/kill-point';
import { monotonicMs, sleep, type WireClock } from '../time/wire-clock';
import { REDIS, SERVICE_OPTIONS, WIRE_CLOCK } from '../tokens';
import type { FactEnvelope } from './fact';
import { FACT_TRIES, factQueueName } from './fact-queue';
import { OutboxBell } from './outbox.bell';
import { OutboxRepository, type ClaimedDelivery } from './outbox.repository';

const log = createLogger('relay');
const BATCH = 500;
/** So long after the last sending, or after the first of them, facts are gathered to be sent and applied together. */
const GATHER_MS = 100;
/** Facts of this process ring; those of another process of this service that died before its relay came are found by looking. */
const LOOK_EVERY_MS = 500;
const WAIT_AFTER_ERROR_MS = 500;
const CARE_EVERY_MS = 1_000;
/** Deliveries made due again in one transaction; what is overdue beyond that comes with the next look. */
const RESEND_BATCH = 1_000;
/** Counting the backlog reads all of it. */
const COUNT_EVERY_MS = 5_000;

/** Carries this service's outbox to the consumers' queues, again and again until each delivery is acknowledged. */
@Injectable()
export class FactRelay implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stopper = new AbortController();
  private readonly queues = new Map<string, Queue>();
  private loop: Promise<void> | undefined;
  private lastCare = -Infinity;
  private lastCount = -Infinity;

  constructor(
    private readonly dataSource: DataSource,
    private readonly outbox: OutboxRepository,
    private readonly bell: OutboxBell,
    @Inject(REDIS) private readonly redis: Redis,
    @Inject(SERVICE_OPTIONS) private readonly options: ServiceOptions,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  onApplicationBootstrap(): void {
    const mine = this.options.facts.filter((fact) => fact.producer === this.options.service);
    if (mine.length === 0) return;
    for (const consumer of new Set(mine.flatMap((fact) => fact.consumers))) {
      const queue = new Queue(factQueueName(consumer), {
        connection: this.redis,
        prefix: this.options.config.REDIS_PREFIX,
      });
      queue.on('error', (error) => log.debug({ consumer, cause: error.message }, 'queue connection error'));
      this.queues.set(consumer, queue);
    }
    this.loop = this.run();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopper.abort();
    this.bell.ring();
    await this.loop;
    await Promise.all([...this.queues.values()].map((queue) => queue.close()));
  }

  private async run(): Promise<void> {
    let isFailing = false;
    while (!this.stopper.signal.aborted) {
      try {
        await this.care();
        const sent = await this.sendOnce();
        if (isFailing) log.info('facts are being sent again');
        isFailing = false;
        if (sent === BATCH) continue;
        if (sent === 0) await this.bell.wait(LOOK_EVERY_MS);
        await sleep(GATHER_MS, this.stopper.signal);
      } catch (error) {
        if (!isFailing)
          log.warn(
            { cause: String((error as Error).message) },
            'facts cannot be sent at present; they wait in the outbox',
          );
        isFailing = true;
        await sleep(WAIT_AFTER_ERROR_MS, this.stopper.signal);
      }
    }
  }

  /** Claims, sends and marks one batch in one transaction: a crash before the commit only sends again. */
  private async sendOnce(): Promise<number> {
    return inTransaction(this.dataSource, async (tx) => {
      const claimed = await this.outbox.claim(tx, BATCH);
      if (claimed.length === 0) return 0;
      killPoint('relay.before-send');
      for (const [consumer, deliveries] of groupBy(claimed, (delivery) => delivery.consumer))
        await this.enqueue(consumer, deliveries);
      killPoint('relay.after-send');
      await this.outbox.markSent(tx, claimed, this.wire.date());
      killPoint('relay.before-mark-commit');
      return claimed.length;
    });
  }

  private async enqueue(consumer: string, deliveries: ClaimedDelivery[]): Promise<void> {
    const queue = this.queues.get(consumer);
    if (!queue) throw new Error(`The outbox names ${consumer}, to which ${this.options.service} tells nothing.`);
    await queue.addBulk(
      deliveries.map((delivery) => ({
        name: delivery.name,
        data: this.envelope(delivery),
        opts: {
          jobId: delivery.eventId,
          attempts: FACT_TRIES,
          backoff: { type: 'exponential', delay: 200, jitter: 0.5 },
          removeOnComplete: true,
          removeOnFail: false,
        },
      })),
    );
    factSends.inc({ service: this.options.service, consumer }, deliveries.length);
  }

  private envelope(delivery: ClaimedDelivery): FactEnvelope {
    const { companyId, eventId, name, traceId, items } = delivery;
    return {
      companyId,
      eventId,
      name,
      producer: this.options.service,
      traceId,
      occurredAt: delivery.occurredAt.toISOString(),
      items,
    };
  }

  /** Once a second: has Redis lost its memory, are acknowledgements overdue, how long is the backlog? */
  private async care(): Promise<void> {
    // A clock that is set back must not stop the care, so its pace is that of a clock that only rises.
    const moment = monotonicMs();
    if (moment - this.lastCare < CARE_EVERY_MS) return;
    const key = `${this.options.config.REDIS_PREFIX}:epoch:${this.options.service}`;
    const isForgotten = (await this.redis.exists(key)) === 0;
    // Acknowledgements that came while this process was away are lost; what is still queued is not queued twice.
    if (isForgotten || this.lastCare === -Infinity) {
      const resent = await this.resendAll();
      await this.redis.set(key, newId('epo'));
      const why = isForgotten ? 'Redis has no memory of this service' : 'this service was away';
      if (resent > 0) log.warn({ resent }, `${why}; all unacknowledged facts are sent again`);
    }
    // An acknowledgement that is missing for this long is taken for lost.
    const overdue = await this.resend(new Date(this.wire.now() - this.options.config.FACTS_RESEND_AFTER_MS));
    if (overdue > 0) log.warn({ overdue }, 'facts were not acknowledged in time and are sent again');
    if (moment - this.lastCount >= COUNT_EVERY_MS) {
      await this.count();
      this.lastCount = moment;
    }
    this.lastCare = moment;
  }

  /** In steps, so that no backlog is too long for one statement. This relay sends nothing meanwhile, so it ends. */
  private async resendAll(): Promise<number> {
    // A time sent that lies in the future is that of a clock that was set back since.
    const before = new Date(this.wire.now() + 100 * 365 * 86_400_000);
    let resent = 0;
    for (;;) {
      const more = await this.resend(before);
      resent += more;
      if (more < RESEND_BATCH || this.stopper.signal.aborted) return resent;
    }
  }

  private resend(sentBefore: Date): Promise<number> {
    return inStatement(this.dataSource, (tx) => this.outbox.resend(tx, sentBefore, RESEND_BATCH));
  }

  private async count(): Promise<void> {
    const backlog = new Map(
      (await inStatement(this.dataSource, (tx) => this.outbox.backlog(tx))).map((one) => [one.consumer, one.waiting]),
    );
    for (const consumer of this.queues.keys())
      factBacklog.set({ service: this.options.service, consumer }, backlog.get(consumer) ?? 0);
  }
}
