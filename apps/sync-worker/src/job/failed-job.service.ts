import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { Queue, type Job } from 'bullmq';
import { DataSource } from 'typeorm';
import {
  AppError,
  Audit,
  factQueueName,
  inTransaction,
  pageOf,
  readCursor,
  SERVICE_CONFIG,
  SERVICES,
  WIRE_CLOCK,
  type Caller,
  type FactEnvelope,
  type Page,
  type PageQuery,
  type ServiceName,
  type WireClock,
} from '@app/shared';
import type { SyncConfig } from '../sync.config';
import { queueName, type Lane } from '../work/work.kinds';
import { WorkRepository, type DeadWork } from '../work/work.repository';
import type { FailedJobDto } from './failed-job.dto';

const MOST_OF_A_QUEUE = 500;

/** Dead letters of this service's own work, and of the facts of every service. */
@Injectable()
export class FailedJobService implements BeforeApplicationShutdown {
  private readonly factQueues: Queue<FactEnvelope>[];

  constructor(
    private readonly dataSource: DataSource,
    private readonly works: WorkRepository,
    private readonly audit: Audit,
    @Inject(SERVICE_CONFIG) config: SyncConfig,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {
    const options = {
      connection: { url: config.REDIS_URL, maxRetriesPerRequest: 1, connectionName: 'huidian-failed-jobs' },
      prefix: config.REDIS_PREFIX,
      skipVersionCheck: true,
    };
    this.factQueues = (Object.keys(SERVICES) as ServiceName[]).map(
      (service) => new Queue<FactEnvelope>(factQueueName(service), options),
    );
    // A lost connection is told by the readiness check and by the answer of the call; the queue reconnects by itself.
    for (const queue of this.factQueues) queue.on('error', () => undefined);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.factQueues.map((queue) => queue.close()));
  }

  /** Own dead letters first, then those of facts, each oldest first. */
  async list(caller: Caller, query: PageQuery): Promise<Page<FailedJobDto>> {
    const after = String(readCursor(query.cursor, 1)?.[0] ?? '');
    const own = after.includes('~')
      ? []
      : await inTransaction(this.dataSource, (tx) =>
          this.works.dead(tx, caller.companyId, caller.shops, after, query.limit + 1),
        );
    const facts =
      caller.shops || own.length > query.limit
        ? []
        : (await this.failedFacts(caller.companyId)).filter(({ id }) => id > after);
    return pageOf(
      [...own.map(toDto), ...facts].slice(0, query.limit + 1),
      query.limit,
      (job) => [job.id],
      (job) => job,
    );
  }

  async replay(caller: Caller, id: string): Promise<FailedJobDto> {
    const answer = id.includes('~') ? await this.replayFact(caller, id) : await this.replayOwn(caller, id);
    await inTransaction(this.dataSource, (tx) =>
      this.audit.record(tx, caller.companyId, {
        actor: caller.clientId,
        act: 'job.replay',
        subject: id,
        details: { queue: answer.queue, name: answer.name },
      }),
    );
    return answer;
  }

  /** How many dead letters of facts there are of a company; for verify. */
  async countFacts(companyId: string): Promise<number> {
    return (await this.failedFacts(companyId)).length;
  }

  private async replayOwn(caller: Caller, id: string): Promise<FailedJobDto> {
    const revived = await inTransaction(this.dataSource, (tx) =>
      this.works.revive(tx, caller.companyId, caller.shops, id, this.wire.date()),
    );
    if (!revived) throw notFound(id);
    return { ...toDto(revived), nextTryAt: this.wire.date().toISOString() };
  }

  private async replayFact(caller: Caller, id: string): Promise<FailedJobDto> {
    const [name = '', jobId = ''] = [id.slice(0, id.indexOf('~')), id.slice(id.indexOf('~') + 1)];
    const queue = this.factQueues.find((known) => known.name === name);
    const job = await queue?.getJob(jobId);
    if (!queue || !job || caller.shops || job.data.companyId !== caller.companyId || !(await job.isFailed()))
      throw notFound(id);
    await job.retry('failed');
    return { ...factDto(queue.name, job), nextTryAt: this.wire.date().toISOString() };
  }

  private async failedFacts(companyId: string): Promise<FailedJobDto[]> {
    const perQueue = await Promise.all(
      this.factQueues.map(async (queue) =>
        (await queue.getFailed(0, MOST_OF_A_QUEUE - 1))
          .filter((job) => job?.data?.companyId === companyId)
          .map((job) => factDto(queue.name, job)),
      ),
    );
    return perQueue.flat().sort((a, b) => (a.id < b.id ? -1 : 1));
  }
}

function notFound(id: string): AppError {
  return new AppError('FAILED_JOB.NOT_FOUND', `There is no failed job ${id}; it may have been replayed already.`);
}

function toDto(work: DeadWork): FailedJobDto {
  return {
    id: work.deadId,
    queue: queueName(work.lane as Lane, work.platform),
    name: work.kind,
    payload: { kind: work.kind, subject: work.subject },
    shopId: work.shopId,
    cause: work.lastError ?? 'unknown',
    tries: work.tries,
    failedAt: work.failedAt.toISOString(),
    nextTryAt: null,
  };
}

function factDto(queue: string, job: Job<FactEnvelope>): FailedJobDto {
  return {
    id: `${queue}~${job.id ?? ''}`,
    queue,
    name: job.name,
    payload: { eventId: job.data.eventId, producer: job.data.producer, traceId: job.data.traceId },
    shopId: null,
    cause: job.failedReason ?? 'unknown',
    tries: job.attemptsMade,
    failedAt: new Date(job.finishedOn ?? job.timestamp).toISOString(),
    nextTryAt: null,
  };
}
