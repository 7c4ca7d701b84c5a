import { Injectable } from '@nestjs/common';
import { DataSource, type QueryRunner } from 'typeorm';
import { createLogger } from '@app/shared';

const log = createLogger('leader');
const LEADER_LOCK = 4_701_340;

/** One process of this service at a time keeps the schedule and the push connections: the one that holds a session lock. */
@Injectable()
export class Leader {
  private runner: QueryRunner | undefined;

  constructor(private readonly dataSource: DataSource) {}

  /** Whether this process leads; tries to become the leader when nobody is. */
  async holds(): Promise<boolean> {
    try {
      if (this.runner) {
        await this.runner.query('SELECT 1');
        return true;
      }
      return await this.tryLock();
    } catch (error) {
      log.warn({ cause: (error as Error).message }, 'the lead was lost');
      await this.release();
      return false;
    }
  }

  /** Gives the lead up; without effect when it is not held. */
  async release(): Promise<void> {
    const runner = this.runner;
    this.runner = undefined;
    if (!runner || runner.isReleased) return;
    await runner.query('SELECT pg_advisory_unlock_all()').catch((error: Error) => log.debug({ cause: error.message }, 'the connection was gone, and the lock with it'));
    await runner.release();
  }

  private async tryLock(): Promise<boolean> {
    const runner = this.dataSource.createQueryRunner();
    await runner.connect();
    const found = (await runner.query('SELECT pg_try_advisory_lock($1, hashtext(current_schema())) AS locked', [LEADER_LOCK])) as { locked: boolean }[];
    if (!found[0]?.locked) {
      await runner.release();
      return false;
    }
    this.runner = runner;
    log.info('this process keeps the schedule');
    return true;
  }
}
