import { Injectable } from '@nestjs/common';
import { execute, row, type Tx } from '@app/shared';

/** A document that changed stock by hand. */
export interface Adjustment {
  id: string;
  key: string;
  bodyHash: string;
  cause: string;
  actor: string;
  at: Date;
  /** JSON text of the answer. */
  response: string;
}

/** SQL of adjustments. */
@Injectable()
export class AdjustmentRepository {
  /** Makes callers of one key wait for each other until the end of the transaction. */
  async lockKey(tx: Tx, companyId: string, key: string): Promise<void> {
    await execute(tx, 'SELECT pg_advisory_xact_lock(hashtextextended($1, 4701340))', [
      JSON.stringify(['adjustment', companyId, key]),
    ]);
  }

  byKey(tx: Tx, companyId: string, key: string): Promise<Adjustment | undefined> {
    return row<Adjustment>(
      tx,
      'SELECT id, key, body_hash, cause, actor, at, response FROM adjustment WHERE company_id = $1 AND key = $2',
      [companyId, key],
    );
  }

  async insert(
    tx: Tx,
    companyId: string,
    { id, key, bodyHash, cause, actor, at, response }: Adjustment,
  ): Promise<void> {
    await execute(
      tx,
      'INSERT INTO adjustment (company_id, id, key, body_hash, cause, actor, at, response) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)',
      [companyId, id, key, bodyHash, cause, actor, at, response],
    );
  }
}
