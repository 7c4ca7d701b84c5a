import { Injectable } from '@nestjs/common';
import { DataSource, type QueryRunner } from 'typeorm';

const LEADER_LOCK = 4_701_340;

/** A database session that holds the lock of the lead; the lock ends with the session. */
export type LeadSession = QueryRunner;

/** The lock of the lead. It outlives transactions, so it works on a session of its own instead of a Tx. */
@Injectable()
export class LeaderRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** A session that holds the lock; undefined when another process has it. */
  async lock(): Promise<LeadSession | undefined> {
    const session = this.dataSource.createQueryRunner();
    await session.connect();
    const found = (await session.query('SELECT pg_try_advisory_lock($1, hashtext(current_schema())) AS locked', [
      LEADER_LOCK,
    ])) as { locked: boolean }[];
    if (found[0]?.locked) return session;
    await session.release();
    return undefined;
  }

  /** Throws when the session is gone, and the lock with it. */
  async assertAlive(session: LeadSession): Promise<void> {
    await session.query('SELECT 1');
  }

  async unlock(session: LeadSession): Promise<void> {
    await session.query('SELECT pg_advisory_unlock_all()');
  }
}
