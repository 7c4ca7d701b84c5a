import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import {
  createLogger,
  inTransaction,
  killPoint,
  newTraceId,
  shanghaiDay,
  sleep,
  STORY_CLOCK,
  withTrace,
  type StoryClock,
  type Tx,
} from '@app/shared';
import { DataSource } from 'typeorm';
import { BillRepository } from '../bill/bill.repository';
import { newestBillDay } from '../bill/bill.rules';
import { ComparisonRepository } from './comparison.repository';
import { LINE_CLASSES, type TotalsAnswer } from './reconciliation.dto';
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
    private readonly bills: BillRepository,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
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
        const counted = new Map(
          (await this.comparison.classes(tx, companyId, reconciliationId)).map((one) => [one.class, one.count]),
        );
        const classes = Object.fromEntries(LINE_CLASSES.map((name) => [name, counted.get(name) ?? 0]));
        const totals = await this.totalsOf(tx, taken);
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

  private async totalsOf(tx: Tx, span: ReconciliationRow): Promise<TotalsAnswer> {
    const { companyId, shopId, reconciliationId, fromAt, toAt } = span;
    const { expectedFen, billedFen, paidOutFen, depositFen } = await this.comparison.sums(
      tx,
      companyId,
      reconciliationId,
    );
    const wallet = await this.comparison.wallet(tx, companyId, span);
    const { openingFen, closingFen, walletChangeFen } = wallet;
    const isTold = openingFen !== null && closingFen !== null;
    const newest = newestBillDay(this.story.now());
    const last = shanghaiDay(new Date(toAt.getTime() - 1));
    return {
      expectedFen,
      billedFen,
      paidOutFen,
      differenceFen: billedFen - expectedFen,
      depositFen,
      openingFen,
      earnedFen: walletChangeFen + paidOutFen + depositFen,
      closingFen,
      walletChangeFen,
      walletGapFen: isTold ? closingFen - openingFen - walletChangeFen : null,
      missingDays: await this.bills.missingDays(
        tx,
        companyId,
        shopId,
        shanghaiDay(fromAt),
        last < newest ? last : newest,
      ),
    };
  }
}
