import { Injectable } from '@nestjs/common';
import { createLogger } from '@app/shared';
import { LeaderRepository, type LeadSession } from './leader.repository';

const log = createLogger('leader');

/** One process of this service at a time keeps the schedule and the push connections: the one that holds a session lock. */
@Injectable()
export class Leader {
  private session: LeadSession | undefined;

  constructor(private readonly repository: LeaderRepository) {}

  /** Whether this process leads; tries to become the leader when nobody is. */
  async holds(): Promise<boolean> {
    try {
      if (this.session) {
        await this.repository.assertAlive(this.session);
        return true;
      }
      this.session = await this.repository.lock();
      if (this.session) log.info('this process keeps the schedule');
      return this.session !== undefined;
    } catch (error) {
      log.warn({ cause: (error as Error).message }, 'the lead was lost');
      await this.release();
      return false;
    }
  }

  /** Gives the lead up; without effect when it is not held. */
  async release(): Promise<void> {
    const session = this.session;
    this.session = undefined;
    if (!session || session.isReleased) return;
    await this.repository
      .unlock(session)
      .catch((error: Error) => log.debug({ cause: error.message }, 'the session was gone, and the lock with it'));
    await session.release();
  }
}
