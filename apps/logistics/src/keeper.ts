import { AppError, createLogger, inStatement, inTransaction, newTraceId, sleep, withTrace } from '@app/shared';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clocks } from './clocks';
import { KeeperDesk } from './keeper.desk';
import { ParcelRepository } from './parcel/parcel.repository';
import { ResumeService } from './parcel/resume.service';
import { PullOutDesk } from './pull-out/pull-out.desk';
import { WaybillKeeper } from './waybill/waybill.keeper';

const log = createLogger('keeper');
const BATCH = 50;
const ASK_AGAIN_MS = 2_000;
const ABANDONED_AFTER_MS = 120_000;

/**
 * Looks after due rows: labels to be compared with a newer revision, kept waybills whose time is over, numbers to be
 * given back, requests that nobody went on with. Several processes may do so at once; each row is judged under its lock.
 */
@Injectable()
export class Keeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stopper = new AbortController();
  private loop: Promise<void> | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly parcels: ParcelRepository,
    private readonly keeping: KeeperDesk,
    private readonly resumes: ResumeService,
    private readonly pullOuts: PullOutDesk,
    private readonly waybills: WaybillKeeper,
    private readonly clocks: Clocks,
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
      await withTrace({ traceId: newTraceId() }, () => this.tick()).catch((error: Error) =>
        log.warn({ cause: error.message }, 'due rows could not be looked after; trying again'),
      );
      await sleep(this.clocks.config.LOGISTICS_KEEPER_INTERVAL_MS, this.stopper.signal);
    }
  }

  /** One look at everything that is due; public for tests. */
  async tick(): Promise<void> {
    await this.resumeDue();
    await this.giveUpKept();
    await this.keeping.dropAbandoned(new Date(this.clocks.wire.now() - ABANDONED_AFTER_MS), BATCH);
    await this.waybills.giveBack(BATCH);
  }

  private async resumeDue(): Promise<void> {
    const due = await inStatement(this.dataSource, (tx) => this.parcels.resumeDue(tx, this.clocks.wire.date(), BATCH));
    for (const { companyId, id, fulfilmentId } of due) {
      const outcome = await this.resumes.resume(companyId, { id, fulfilmentId }).catch((error: unknown) => {
        if (!(error instanceof AppError)) throw error;
        log.info({ companyId, parcelId: id, code: error.code }, 'a label could not be compared yet');
        return 'waits' as const;
      });
      if (outcome !== 'waits') continue;
      const later = new Date(this.clocks.wire.now() + ASK_AGAIN_MS);
      await inTransaction(this.dataSource, (tx) => this.parcels.postponeResume(tx, companyId, id, later));
    }
  }

  private async giveUpKept(): Promise<void> {
    const due = await inStatement(this.dataSource, (tx) =>
      this.parcels.keptTooLong(tx, this.clocks.story.now(), BATCH),
    );
    for (const { companyId, id, fulfilmentId } of due) await this.pullOuts.giveUp(companyId, id, fulfilmentId);
  }
}
