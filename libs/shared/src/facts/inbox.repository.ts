import { Injectable } from '@nestjs/common';
import { execute, rows, type Tx } from '../db/transaction';
import type { FieldError } from '../errors/app-error';

/** An item set aside with its cause. */
export interface ParkedItem {
  companyId: string;
  id: string;
  source: string;
  reference: string;
  itemNo: number;
  cause: string;
  fields: string | null;
  payload: string;
  state: 'open' | 'replayed';
  tries: number;
  parkedAt: Date;
  replayedAt: Date | null;
}

/** An item by its fact and its place in it. */
export interface SeenItem {
  eventId: string;
  itemNo: number;
}

/** What is needed to set an item aside. */
export interface ParkRequest {
  id: string;
  source: string;
  reference: string;
  itemNo: number;
  cause: string;
  fields?: FieldError[];
  payload: string;
  at: Date;
}

const PARKED_COLUMNS =
  'company_id, id, source, reference, item_no, cause, fields, payload, state, tries, parked_at, replayed_at';

@Injectable()
export class InboxRepository {
  /**
   * Remembers items of facts; returns those not seen before. Rows are written in the order of their keys, so two
   * consumers never deadlock.
   */
  async remember(
    tx: Tx,
    companyId: string,
    consumer: string,
    items: readonly SeenItem[],
    at: Date,
  ): Promise<SeenItem[]> {
    return rows<SeenItem>(
      tx,
      `INSERT INTO inbox (company_id, consumer, event_id, item_no, received_at)
       SELECT $1, $2, i.event_id, i.item_no, $5 FROM unnest($3::text[], $4::int[]) AS i(event_id, item_no) ORDER BY 3, 4
       ON CONFLICT DO NOTHING RETURNING event_id, item_no`,
      [companyId, consumer, items.map(({ eventId }) => eventId), items.map(({ itemNo }) => itemNo), at],
    );
  }

  /**
   * Forgets items of all companies that were received before a moment, oldest first, `limit` at most. A repeat that comes
   * later still has no effect, since the versions of subjects are kept.
   */
  forget(tx: Tx, receivedBefore: Date, limit: number): Promise<number> {
    return execute(
      tx,
      `DELETE FROM inbox i USING (
         SELECT company_id, consumer, event_id, item_no FROM inbox WHERE received_at < $1
          ORDER BY received_at LIMIT $2 FOR UPDATE SKIP LOCKED) old
        WHERE i.company_id = old.company_id AND i.consumer = old.consumer AND i.event_id = old.event_id AND i.item_no = old.item_no`,
      [receivedBefore, limit],
    );
  }

  /**
   * Raises the stored versions of subjects; rows are written in the order of their ids, so two consumers never deadlock.
   * Returns the subjects whose version really rose: the others are stale.
   */
  async raiseVersions(
    tx: Tx,
    companyId: string,
    kind: string,
    versions: ReadonlyMap<string, number>,
  ): Promise<Set<string>> {
    const ids = [...versions.keys()].sort();
    const raised = await rows<{ subjectId: string }>(
      tx,
      `INSERT INTO subject_version AS v (company_id, subject_kind, subject_id, version)
       SELECT $1, $2, s.id, s.version FROM unnest($3::text[], $4::bigint[]) AS s(id, version) ORDER BY s.id
       ON CONFLICT (company_id, subject_kind, subject_id) DO UPDATE SET version = excluded.version
         WHERE v.version < excluded.version
       RETURNING subject_id`,
      [companyId, kind, ids, ids.map((id) => versions.get(id))],
    );
    return new Set(raised.map(({ subjectId }) => subjectId));
  }

  async park(tx: Tx, companyId: string, requests: readonly ParkRequest[]): Promise<void> {
    await execute(
      tx,
      `INSERT INTO parked_item (company_id, id, source, reference, item_no, cause, fields, payload, state, tries, parked_at)
       SELECT $1, p.id, p.source, p.reference, p.item_no, p.cause, p.fields, p.payload, 'open', 1, p.at
         FROM unnest($2::text[], $3::text[], $4::text[], $5::int[], $6::text[], $7::text[], $8::text[], $9::timestamptz[])
           AS p(id, source, reference, item_no, cause, fields, payload, at)`,
      [
        companyId,
        requests.map((p) => p.id),
        requests.map((p) => p.source),
        requests.map((p) => p.reference),
        requests.map((p) => p.itemNo),
        requests.map((p) => p.cause),
        requests.map((p) => (p.fields ? JSON.stringify(p.fields) : null)),
        requests.map((p) => p.payload),
        requests.map((p) => p.at),
      ],
    );
  }

  listParked(tx: Tx, companyId: string, state: string | null, after: string, limit: number): Promise<ParkedItem[]> {
    return rows<ParkedItem>(
      tx,
      `SELECT ${PARKED_COLUMNS} FROM parked_item
        WHERE company_id = $1 AND ($2::text IS NULL OR state = $2) AND id > $3 ORDER BY id LIMIT $4`,
      [companyId, state, after, limit],
    );
  }

  /** Locks one parked item for its replay. */
  async lockParked(tx: Tx, companyId: string, id: string): Promise<ParkedItem | undefined> {
    return (
      await rows<ParkedItem>(
        tx,
        `SELECT ${PARKED_COLUMNS} FROM parked_item WHERE company_id = $1 AND id = $2 FOR UPDATE`,
        [companyId, id],
      )
    )[0];
  }

  async markReplayed(tx: Tx, companyId: string, id: string, at: Date): Promise<void> {
    await execute(tx, `UPDATE parked_item SET state = 'replayed', replayed_at = $3 WHERE company_id = $1 AND id = $2`, [
      companyId,
      id,
      at,
    ]);
  }

  async markFailedAgain(tx: Tx, companyId: string, id: string, cause: string): Promise<void> {
    await execute(tx, 'UPDATE parked_item SET tries = tries + 1, cause = $3 WHERE company_id = $1 AND id = $2', [
      companyId,
      id,
      cause,
    ]);
  }

  async countOpen(tx: Tx, companyId: string): Promise<number> {
    const found = await rows<{ count: number }>(
      tx,
      `SELECT count(*) AS count FROM parked_item WHERE company_id = $1 AND state = 'open'`,
      [companyId],
    );
    return found[0]?.count ?? 0;
  }
}
