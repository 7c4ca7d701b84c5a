import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { createLogger, inTransaction, killPoint, newTraceId, sleep, withTrace } from '@app/shared';
import { DataSource } from 'typeorm';
import { ComparisonRepository } from './comparison.repository';
import { LINE_CLASSES } from './reconciliation.dto';
import { ReconciliationRepository, type ReconciliationRow } from './reconciliation.repository';

const log = createLogger('reconciliation');
const LOOK_EVERY_MS = 500;
const MAX_TRIES = 5;

/**
 * Works off waiting reconciliations, one after the other. A process that dies in one leaves it waiting; several
 * processes may work at once, since each reconciliation is held by a row lock.
 */
@Injectable()
export class ReconciliationRunner implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stopper = new AbortController();
  private loop: Promise<void> | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly reconciliations: ReconciliationRepository,
    private readonly comparison: ComparisonRepository,
  ) {}

  onApplicationBootstrap(): void {
    this.loop = this.run();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopper.abort();
    await this.loop;
  }

  private async run(): Promise<void> {
    while (!this.stopper.signal.aborted) {
      const worked = await withTrace({ traceId: newTraceId() }, () => this.workOne()).catch((error: Error) => {
        log.warn({ cause: error.message }, 'waiting reconciliations could not be looked at; trying again');
        return false;
      });
      if (!worked) await sleep(LOOK_EVERY_MS, this.stopper.signal);
    }
  }

  /** Compares one waiting reconciliation; false when none waits. Public for tests. */
  async workOne(): Promise<boolean> {
    let taken: ReconciliationRow | undefined;
    try {
      return await inTransaction(this.dataSource, async (tx) => {
        taken = await this.reconciliations.takeWaiting(tx);
        if (!taken) return false;
        const { companyId, reconciliationId } = taken;
        await this.comparison.compare(tx, companyId, taken);
        const { expectedFen, billedFen, ...more } = await this.comparison.sums(tx, companyId, taken);
        const counted = new Map(
          (await this.comparison.classes(tx, companyId, reconciliationId)).map((one) => [one.class, one.count]),
        );
        const classes = Object.fromEntries(LINE_CLASSES.map((name) => [name, counted.get(name) ?? 0]));
        const totals = { expectedFen, billedFen, differenceFen: billedFen - expectedFen, ...more };
        await this.reconciliations.finish(
          tx,
          companyId,
          reconciliationId,
          JSON.stringify(totals),
          JSON.stringify(classes),
        );
        killPoint('reconciliation.before-commit');
        return true;
      });
    } catch (error) {
      if (!taken) throw error;
      const { companyId, reconciliationId } = taken;
      log.error({ companyId, reconciliationId, cause: (error as Error).message }, 'a reconciliation failed');
      const problem = 'The comparison failed; the cause is in the log of settlement.';
      await inTransaction(this.dataSource, (tx) =>
        this.reconciliations.countTry(tx, companyId, reconciliationId, problem, MAX_TRIES),
      );
      return true;
    }
  }
}
