import { Injectable } from '@nestjs/common';
import { execute, row, rows, type Tx } from '@app/shared';

export type ReservationState = 'reserved' | 'released' | 'shipped';

/** A line of a reservation as answered. */
export interface ReservedLine {
  skuCode: string;
  quantity: number;
  warehouse: string;
}

/** A reservation of another program. */
export interface Reservation {
  id: string;
  key: string;
  bodyHash: string;
  state: ReservationState;
  lines: ReservedLine[];
  expiresAt: Date | null;
  createdAt: Date;
}

const COLUMNS = 'id, key, body_hash, state, lines, expires_at, created_at';

/** SQL of reservations by API. */
@Injectable()
export class ReservationRepository {
  /** Takes keys; returns those that were free. A concurrent holder of a key is waited for. */
  async claim(tx: Tx, companyId: string, reservations: readonly Reservation[], actor: string): Promise<Set<string>> {
    const sorted = [...reservations].sort((a, b) => (a.key < b.key ? -1 : 1));
    const made = await rows<{ id: string }>(
      tx,
      `INSERT INTO reservation (company_id, id, key, body_hash, state, lines, expires_at, actor, created_at)
       SELECT $1, r.id, r.key, r.body_hash, 'reserved', '[]', r.expires_at, $6, r.created_at
         FROM unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[], $7::timestamptz[]) AS r(id, key, body_hash, expires_at, created_at)
       ON CONFLICT (company_id, key) DO NOTHING RETURNING id`,
      [
        companyId,
        sorted.map((r) => r.id),
        sorted.map((r) => r.key),
        sorted.map((r) => r.bodyHash),
        sorted.map((r) => r.expiresAt),
        actor,
        sorted.map((r) => r.createdAt),
      ],
    );
    return new Set(made.map(({ id }) => id));
  }

  /** Stores the outcome of claimed keys: lines of what is held; claims of what could not be met are taken back. */
  async conclude(tx: Tx, companyId: string, held: readonly Reservation[], refused: readonly string[]): Promise<void> {
    await execute(
      tx,
      `UPDATE reservation r SET lines = n.lines::jsonb FROM unnest($2::text[], $3::text[]) AS n(id, lines) WHERE r.company_id = $1 AND r.id = n.id`,
      [companyId, held.map(({ id }) => id), held.map(({ lines }) => JSON.stringify(lines))],
    );
    if (refused.length > 0)
      await execute(tx, 'DELETE FROM reservation WHERE company_id = $1 AND id = ANY($2::text[])', [companyId, refused]);
  }

  byKeys(tx: Tx, companyId: string, keys: readonly string[]): Promise<Reservation[]> {
    return rows<Reservation>(tx, `SELECT ${COLUMNS} FROM reservation WHERE company_id = $1 AND key = ANY($2::text[])`, [
      companyId,
      keys,
    ]);
  }

  /** Locks one reservation for a change of its state. */
  lock(tx: Tx, companyId: string, id: string): Promise<Reservation | undefined> {
    return row<Reservation>(tx, `SELECT ${COLUMNS} FROM reservation WHERE company_id = $1 AND id = $2 FOR UPDATE`, [
      companyId,
      id,
    ]);
  }

  find(tx: Tx, companyId: string, id: string): Promise<Reservation | undefined> {
    return row<Reservation>(tx, `SELECT ${COLUMNS} FROM reservation WHERE company_id = $1 AND id = $2`, [
      companyId,
      id,
    ]);
  }

  async setState(tx: Tx, companyId: string, id: string, state: ReservationState): Promise<void> {
    await execute(tx, 'UPDATE reservation SET state = $3 WHERE company_id = $1 AND id = $2', [companyId, id, state]);
  }
}
