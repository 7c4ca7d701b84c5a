import { Injectable } from '@nestjs/common';
import { execute, row, rows, type Tx } from '@app/shared';
import { SHOP_COLUMNS } from '../shop/shop.repository';
import type { ShopRow } from '../shop/shop.types';
import { WORK_KINDS, type Work, type WorkKind, type WorkRef } from './work.kinds';

/** Rows of one kind. */
export type WorkGroup = Omit<WorkRef, 'subject'>;

/** Work to be asked for. */
export interface WorkWish {
  kind: WorkKind;
  subject: string;
  shopId: string;
  platform: string;
  dueAt: Date;
}

/** A dead row as listed. */
export interface DeadWork extends WorkRef {
  deadId: string;
  shopId: string;
  platform: string;
  lane: string;
  tries: number;
  lastError: string | null;
  failedAt: Date;
}

/** Whose turn it is first in a lane; the index `work_turn` is sorted by it. */
const TURN = `(CASE d.kind WHEN 'token' THEN 0 WHEN 'window' THEN 1 WHEN 'census' THEN 3 ELSE 2 END)`;

@Injectable()
export class WorkRepository {
  /**
   * Asks for work. A row that exists is wanted once more: a run that began before leaves it due, a dead one lives again.
   * Rows are written in the order of their keys, so two transactions never deadlock.
   */
  async request(tx: Tx, companyId: string, wishes: readonly WorkWish[], at: Date): Promise<void> {
    if (wishes.length === 0) return;
    const unique = [...new Map(wishes.map((wish) => [`${wish.kind} ${wish.subject}`, wish])).values()];
    const sorted = unique.sort((a, b) => (`${a.kind} ${a.subject}` < `${b.kind} ${b.subject}` ? -1 : 1));
    await execute(
      tx,
      `INSERT INTO work AS w (company_id, kind, subject, shop_id, platform, lane, due_at, created_at)
       SELECT $1, k.kind, k.subject, k.shop_id, k.platform, k.lane, k.due_at, $8
         FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[]) AS k(kind, subject, shop_id, platform, lane, due_at)
       ON CONFLICT (company_id, kind, subject) DO UPDATE SET
         wanted_no = w.wanted_no + 1,
         due_at = CASE WHEN w.state = 'dead' THEN excluded.due_at ELSE least(w.due_at, excluded.due_at) END,
         tries = CASE WHEN w.state = 'dead' THEN 0 ELSE w.tries END,
         failures = CASE WHEN w.state = 'dead' THEN 0 ELSE w.failures END,
         created_at = CASE WHEN w.state = 'dead' THEN excluded.created_at ELSE w.created_at END,
         state = 'due', failed_at = NULL, dead_id = NULL`,
      [
        companyId,
        sorted.map(({ kind }) => kind),
        sorted.map(({ subject }) => subject),
        sorted.map(({ shopId }) => shopId),
        sorted.map(({ platform }) => platform),
        sorted.map(({ kind }) => WORK_KINDS[kind]),
        sorted.map(({ dueAt }) => dueAt),
        at,
      ],
    );
  }

  /**
   * Rows of all companies that are due and neither queued nor running, at most `perShop` in flight per shop and lane, so
   * that a huge shop leaves room for the others. Change windows come first in their lane, since they bring many orders at
   * once, and a census last, since it proves what the pull brought. Shops whose part is paused or whose token is unusable
   * rest; a token itself never does. What waits behind the first rows is not read. Marks the rows as queued; rows locked by
   * another tick are passed over.
   */
  takeDue(tx: Tx, now: Date, queuedUntil: Date, perShop: number): Promise<WorkRefWithPlatform[]> {
    return rows<WorkRefWithPlatform>(
      tx,
      `WITH picked AS (
         SELECT w.company_id, w.kind, w.subject
           FROM shop s
          CROSS JOIN LATERAL (VALUES ('news', s.pull), ('pull', s.pull), ('bill', s.pull), ('push', s.push), ('notice', s.ship_notice)) AS l(lane, switch)
          CROSS JOIN LATERAL (
                SELECT d.company_id, d.kind, d.subject, d.queued_until, d.claimed_until
                  FROM work d
                 WHERE d.company_id = s.company_id AND d.shop_id = s.id AND d.lane = l.lane AND d.state = 'due' AND d.due_at <= $1
                   AND ${TURN} <= CASE WHEN (l.lane = 'bill' OR s.token_state IN ('valid', 'expiring')) AND l.switch = 'on' THEN 3 ELSE 0 END
                 ORDER BY ${TURN}, d.due_at, d.subject
                 LIMIT $3
               ) d
           JOIN work w ON w.company_id = d.company_id AND w.kind = d.kind AND w.subject = d.subject
          WHERE (d.queued_until > $1 OR d.claimed_until > $1) IS NOT TRUE
          ORDER BY w.company_id, w.kind, w.subject FOR UPDATE OF w SKIP LOCKED
       )
       UPDATE work w SET queued_until = $2 FROM picked p
        WHERE w.company_id = p.company_id AND w.kind = p.kind AND w.subject = p.subject
       RETURNING w.company_id, w.kind, w.subject, w.shop_id, w.platform, w.lane, w.due_at`,
      [now, queuedUntil, perShop],
    );
  }

  /**
   * Claims rows of one kind, each for one run, in the order of their keys, and answers each with its shop; what is done,
   * dead, not due any more or claimed by another run is left out. A row that is just being asked for again is waited for:
   * passed over, it would lie until its reference is given up.
   */
  async claim(
    tx: Tx,
    { companyId, kind }: WorkGroup,
    subjects: readonly string[],
    now: Date,
    until: Date,
  ): Promise<Work[]> {
    const found = await rows<Omit<Work, 'createdAt'> & { askedAt: Date } & ShopRow>(
      tx,
      `UPDATE work w SET claimed_until = $5, claim_no = w.claim_no + 1, tries = w.tries + 1
         FROM (SELECT subject FROM work
                WHERE company_id = $1 AND kind = $2 AND subject = ANY($3::text[]) AND state = 'due' AND due_at <= $4
                  AND (claimed_until IS NULL OR claimed_until < $4)
                ORDER BY subject FOR UPDATE) due, shop
        WHERE w.company_id = $1 AND w.kind = $2 AND w.subject = due.subject AND shop.company_id = $1 AND shop.id = w.shop_id
        RETURNING w.kind, w.subject, w.shop_id, w.lane, w.wanted_no, w.claim_no, w.tries, w.failures, w.last_error, w.created_at AS asked_at, ${SHOP_COLUMNS}`,
      [companyId, kind, subjects, now, until],
    );
    return found.map(
      ({ kind: _kind, subject, shopId, lane, wantedNo, claimNo, tries, failures, lastError, askedAt, ...shop }) => {
        const run = { lane, wantedNo, claimNo, tries, failures, lastError, createdAt: askedAt };
        return { companyId, kind, subject, shopId, platform: shop.platform, ...run, shop };
      },
    );
  }

  /** Lengthens a claim; 0 rows when another run has taken the row over. */
  extend(tx: Tx, work: Work, until: Date): Promise<number> {
    return execute(
      tx,
      'UPDATE work SET claimed_until = $5 WHERE company_id = $1 AND kind = $2 AND subject = $3 AND claim_no = $4',
      [work.companyId, work.kind, work.subject, work.claimNo, until],
    );
  }

  /**
   * Ends runs of one kind that went well: the row goes away, or stays due when it was wanted again meanwhile; one that
   * another run took over is left alone. Two statements, the second only for rows that are wanted again.
   */
  async finish(tx: Tx, works: readonly Work[], now: Date): Promise<void> {
    const { companyId, kind } = works[0]!;
    const ended = (some: readonly Work[]) => [
      companyId,
      kind,
      some.map(({ subject }) => subject),
      some.map(({ claimNo }) => claimNo),
    ];
    const gone = await rows<{ subject: string }>(
      tx,
      `DELETE FROM work w USING unnest($3::text[], $4::bigint[], $5::bigint[]) AS e(subject, claim_no, wanted_no)
        WHERE w.company_id = $1 AND w.kind = $2 AND w.subject = e.subject AND w.claim_no = e.claim_no AND w.wanted_no = e.wanted_no
       RETURNING w.subject`,
      [...ended(works), works.map(({ wantedNo }) => wantedNo)],
    );
    const known = new Set(gone.map(({ subject }) => subject));
    const left = works.filter(({ subject }) => !known.has(subject));
    if (left.length === 0) return;
    await execute(
      tx,
      `UPDATE work w SET claimed_until = NULL, queued_until = NULL, tries = 0, failures = 0, last_error = NULL, due_at = $5, created_at = $5
         FROM unnest($3::text[], $4::bigint[]) AS e(subject, claim_no)
        WHERE w.company_id = $1 AND w.kind = $2 AND w.subject = e.subject AND w.claim_no = e.claim_no`,
      [...ended(left), now],
    );
  }

  /** Makes a row due later. */
  async later(
    tx: Tx,
    work: Work,
    next: { dueAt: Date; tries: number; failures: number; lastError: string },
  ): Promise<void> {
    await execute(
      tx,
      `UPDATE work SET claimed_until = NULL, queued_until = NULL, due_at = $5, tries = $6, failures = $7, last_error = $8
        WHERE company_id = $1 AND kind = $2 AND subject = $3 AND claim_no = $4`,
      [work.companyId, work.kind, work.subject, work.claimNo, next.dueAt, next.tries, next.failures, next.lastError],
    );
  }

  /** Gives a row up; it stays with its cause until somebody replays it or asks for it again. */
  async die(tx: Tx, work: Work, deadId: string, lastError: string, at: Date): Promise<void> {
    await execute(
      tx,
      `UPDATE work SET state = 'dead', claimed_until = NULL, queued_until = NULL, failed_at = $5, dead_id = $6, last_error = $7
        WHERE company_id = $1 AND kind = $2 AND subject = $3 AND claim_no = $4`,
      [work.companyId, work.kind, work.subject, work.claimNo, at, deadId, lastError],
    );
  }

  dead(tx: Tx, companyId: string, shops: readonly string[] | null, after: string, limit: number): Promise<DeadWork[]> {
    return rows<DeadWork>(
      tx,
      `SELECT company_id, kind, subject, shop_id, platform, lane, tries, last_error, failed_at, dead_id FROM work
        WHERE company_id = $1 AND state = 'dead' AND ($2::text[] IS NULL OR shop_id = ANY($2)) AND dead_id > $3 ORDER BY dead_id LIMIT $4`,
      [companyId, shops, after, limit],
    );
  }

  /** Makes a dead row due again; nothing when there is none of that id. */
  revive(
    tx: Tx,
    companyId: string,
    shops: readonly string[] | null,
    deadId: string,
    at: Date,
  ): Promise<DeadWork | undefined> {
    return row<DeadWork>(
      tx,
      `UPDATE work SET state = 'due', due_at = $4, created_at = $4, tries = 0, failures = 0, failed_at = NULL
        WHERE company_id = $1 AND dead_id = $3 AND state = 'dead' AND ($2::text[] IS NULL OR shop_id = ANY($2))
        RETURNING company_id, kind, subject, shop_id, platform, lane, tries, last_error, $4::timestamptz AS failed_at, dead_id`,
      [companyId, shops, deadId, at],
    );
  }

  /** How much waits and how much is dead; for metrics and verify. */
  counts(tx: Tx, companyId: string): Promise<{ due: number; dead: number } | undefined> {
    return row(
      tx,
      `SELECT count(*) FILTER (WHERE state = 'due') AS due, count(*) FILTER (WHERE state = 'dead') AS dead FROM work WHERE company_id = $1`,
      [companyId],
    );
  }

  /** A shop's work that failed and is still open, for its health; what only waits has no failed try. */
  async failuresOf(
    tx: Tx,
    companyId: string,
    shopId: string,
  ): Promise<{ kind: string; subject: string; lastError: string }[]> {
    return rows(
      tx,
      `SELECT kind, subject, last_error FROM work WHERE company_id = $1 AND shop_id = $2 AND last_error IS NOT NULL AND (state = 'dead' OR (tries > 0 AND claimed_until IS NULL)) ORDER BY due_at DESC LIMIT 20`,
      [companyId, shopId],
    );
  }
}

/** A row that was just marked as queued. */
export interface WorkRefWithPlatform extends WorkRef {
  shopId: string;
  platform: string;
  lane: import('./work.kinds').Lane;
  dueAt: Date;
}
