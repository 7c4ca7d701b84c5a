import { Processor, WorkerHost } from '@nestjs/bullmq';
import { Inject, Injectable, type BeforeApplicationShutdown, type Type } from '@nestjs/common';
import type { Job } from 'bullmq';
import { jobsTotal } from '@app/shared/metrics/metrics';
import type { SyncConfig } from '../sync.config';
import { queueName, type Lane, type QueuedWork } from './work.kinds';
import { WorkRunner } from './work.runner';

/** A killed worker's reference is run again after this long; the claim of the row keeps two runs apart. */
const LOCK_MS = 6_000;
const STALLED_MS = 2_000;

/** The processor of one platform's lane. Its class is made per queue, since queues follow from the platforms found. */
export function workProcessorOf(lane: Lane, platform: string, config: SyncConfig): Type<WorkerHost> {
  const queue = queueName(lane, platform);

  @Injectable()
  @Processor(queue, {
    connection: { url: config.REDIS_URL, maxRetriesPerRequest: null, connectionName: `huidian-${queue}` },
    concurrency: config.SYNC_CONCURRENCY,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_MS,
    maxStalledCount: 10,
  })
  class WorkProcessor extends WorkerHost implements BeforeApplicationShutdown {
    private readonly stopper = new AbortController();

    constructor(@Inject(WorkRunner) private readonly runner: WorkRunner) {
      super();
    }

    /** The rows say what there is to do; a reference without a due row is over at once. */
    async process(job: Job<QueuedWork>): Promise<void> {
      await this.runner.run(job.data, this.stopper.signal);
      jobsTotal.inc({ queue, outcome: 'done' });
    }

    /** Stops before the database is closed; what is cut short is due again in its row. */
    async beforeApplicationShutdown(): Promise<void> {
      this.stopper.abort();
      await this.worker.close();
    }
  }
  Object.defineProperty(WorkProcessor, 'name', { value: `${lane}-${platform}-processor` });
  return WorkProcessor;
}
