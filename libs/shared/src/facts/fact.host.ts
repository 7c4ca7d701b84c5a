import { Inject, Injectable, type OnApplicationBootstrap, type BeforeApplicationShutdown } from '@nestjs/common';
import { Worker, type Job } from 'bullmq';
import { serviceUrl, type ServiceName } from '../config/service.config';
import { isConnectionError } from '../db/transaction';
import { ServiceHttp } from '../http/service-http';
import { createLogger } from '../logging/logger';
import { withTrace } from '../logging/trace';
import { jobsTotal } from '../metrics/metrics';
import { createBlockingRedis } from '../queue/redis';
import type { ServiceOptions } from '../service-options';
import { killPoint } from '../testing/kill-point';
import { sleep } from '../time/wire-clock';
import { SERVICE_OPTIONS } from '../tokens';
import type { FactEnvelope } from './fact';
import { factQueueName } from './fact-queue';
import { FactGate } from './fact.gate';
import { FactRegistry } from './fact.registry';

const log = createLogger('facts');
const CONCURRENCY = 48;
/**
 * Acknowledgements are gathered for so long, or until so many wait: nobody waits for one, and each call costs both sides.
 * At a third of the facts taken at once, the gathering never holds up the others.
 */
const ACK_EVERY_MS = 200;
const ACK_AT_ONCE = 16;
/** Half a minute in all: longer than a killed producer needs to come back. */
const ACK_TRIES = 11;
const ACK_RETRY_MS = 500;
/** Between two looks for a database that is away. */
const AWAY_FIRST_MS = 200;
const AWAY_MOST_MS = 2_000;

interface WaitingAcks {
  producer: ServiceName;
  companyId: string;
  eventIds: string[];
}

/** Takes facts from this service's queue, applies them, and acknowledges them to their producers after the commit. */
@Injectable()
export class FactHost implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private worker: Worker<FactEnvelope> | undefined;
  private readonly waiting = new Map<string, WaitingAcks>();
  private waitingCount = 0;
  private next: { flushed: Promise<void>; flushNow: () => void } | undefined;
  private readonly stopper = new AbortController();

  constructor(
    private readonly gate: FactGate,
    private readonly registry: FactRegistry,
    private readonly http: ServiceHttp,
    @Inject(SERVICE_OPTIONS) private readonly options: ServiceOptions,
  ) {}

  onApplicationBootstrap(): void {
    this.registry.assertComplete();
    if (!this.registry.hasHandlers) return;
    const connection = createBlockingRedis(this.options.config.REDIS_URL, `facts-${this.options.service}`);
    this.worker = new Worker<FactEnvelope>(factQueueName(this.options.service), (job) => this.take(job), {
      connection,
      prefix: this.options.config.REDIS_PREFIX,
      concurrency: CONCURRENCY,
      lockDuration: 5_000,
      stalledInterval: 2_000,
      maxStalledCount: 10,
    });
    this.worker.on('error', (error) => log.debug({ cause: error.message }, 'worker connection error'));
    this.worker.on('failed', (job, error) => this.onFailed(job, error));
    this.worker.on('completed', () => jobsTotal.inc({ queue: factQueueName(this.options.service), outcome: 'done' }));
    this.worker.on('closed', () => connection.disconnect());
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopper.abort();
    await this.worker?.close();
    this.next?.flushNow();
    await this.next?.flushed;
  }

  private async take(job: Job<FactEnvelope>): Promise<void> {
    const envelope = job.data;
    await withTrace({ traceId: envelope.traceId, companyId: envelope.companyId }, async () => {
      await this.consume(envelope);
      killPoint('ack.before-send');
      await this.acknowledge(envelope);
    });
  }

  /**
   * A database that is away is no fault of the fact: it is waited for and costs none of its tries, so that a restart of
   * the database makes no dead letters. The job's lock is kept meanwhile.
   */
  private async consume(envelope: FactEnvelope): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.gate.pass(envelope);
      } catch (error) {
        if (!isConnectionError(error) || this.stopper.signal.aborted) throw error;
        if (tries === 1)
          log.warn(
            { fact: envelope.name, eventId: envelope.eventId, cause: (error as Error).message },
            'the database is away; the fact waits for it',
          );
        await sleep(Math.min(AWAY_MOST_MS, AWAY_FIRST_MS * tries) * (0.75 + Math.random() / 2), this.stopper.signal);
      }
    }
  }

  /** Resolves when the acknowledgement was tried: a process killed before leaves its job to be run again. */
  private acknowledge(envelope: FactEnvelope): Promise<void> {
    const key = `${envelope.producer}/${envelope.companyId}`;
    const entry = this.waiting.get(key) ?? { producer: envelope.producer, companyId: envelope.companyId, eventIds: [] };
    entry.eventIds.push(envelope.eventId);
    this.waiting.set(key, entry);
    this.waitingCount += 1;
    const next = (this.next ??= this.planFlush());
    if (this.waitingCount >= ACK_AT_ONCE) next.flushNow();
    return next.flushed;
  }

  private planFlush(): { flushed: Promise<void>; flushNow: () => void } {
    let flushNow = (): void => undefined;
    const flushed = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ACK_EVERY_MS);
      flushNow = () => {
        clearTimeout(timer);
        resolve();
      };
    }).then(() => this.flush());
    return { flushed, flushNow };
  }

  private async flush(): Promise<void> {
    this.next = undefined;
    this.waitingCount = 0;
    const entries = [...this.waiting.values()];
    this.waiting.clear();
    await Promise.all(entries.map((entry) => this.post(entry)));
  }

  /**
   * A producer that is away for a moment is told again in the background; when it stays away the facts come again,
   * which has no effect but the acknowledgement.
   */
  private async post(acks: WaitingAcks, attempt = 1): Promise<void> {
    const { producer, companyId, eventIds } = acks;
    const url = `${serviceUrl(this.options.config, producer)}/${producer}/v1/outbox/acks`;
    try {
      await this.http.post(url, { consumer: this.options.service, eventIds: eventIds.slice(0, 1_000) }, { companyId });
      killPoint('ack.after-send');
    } catch (error) {
      const line = { producer, facts: eventIds.length, attempt, cause: String((error as Error).message) };
      log.warn(line, 'acknowledgement failed; it is tried again, or the facts will come again');
      if (attempt < ACK_TRIES) void this.postLater(acks, attempt + 1);
    }
  }

  private async postLater(acks: WaitingAcks, attempt: number): Promise<void> {
    await sleep(ACK_RETRY_MS * attempt, this.stopper.signal);
    if (!this.stopper.signal.aborted) await this.post(acks, attempt);
  }

  private onFailed(job: Job<FactEnvelope> | undefined, error: Error): void {
    jobsTotal.inc({ queue: factQueueName(this.options.service), outcome: 'failed' });
    const isDead = job !== undefined && job.attemptsMade >= (job.opts.attempts ?? 1);
    const line = {
      eventId: job?.data.eventId,
      fact: job?.name,
      traceId: job?.data.traceId,
      tries: job?.attemptsMade,
      cause: error.message,
    };
    if (isDead) log.error(line, 'fact became a dead letter; see GET /sync/v1/failed-jobs');
    else log.warn(line, 'fact could not be applied and is tried again');
  }
}
