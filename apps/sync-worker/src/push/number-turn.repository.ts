import { Injectable } from '@nestjs/common';
import { execute, type Tx } from '@app/shared';

@Injectable()
export class NumberTurnRepository {
  /**
   * Waits until no other transaction changes what the numbers of a company follow from, and keeps others out until this one
   * ends. It is asked for before any row that numbers need is locked, so two of them never wait for each other.
   */
  async take(tx: Tx, companyId: string): Promise<void> {
    await execute(tx, `SELECT pg_advisory_xact_lock(hashtextextended('stock-numbers ' || $1, 0))`, [companyId]);
  }
}
