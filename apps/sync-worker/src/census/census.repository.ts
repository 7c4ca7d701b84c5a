import { Injectable } from '@nestjs/common';
import { execute, row, rows, type Tx } from '@app/shared';
import { ORDERS_READ_TO } from '../pull/pull.repository';

/** An immutable window of the proof. */
export interface CensusRow {
  companyId: string;
  id: string;
  shopId: string;
  kind: string;
  fromAt: Date;
  toAt: Date;
  state: 'waiting' | 'open' | 'proven';
  checks: number;
  nextCheckAt: Date | null;
  checkedAt: Date | null;
  listed: number;
  stored: number;
  missing: string[];
  older: string[];
  /** How often it was listed, over all looks. */
  listings: number;
  /** Rows that a list left out of its first listing and showed in a later one of the same look, over all looks. */
  hidden: number;
  /** What the platform counted at the last look; nothing where it does not count. */
  platformTotal: number | null;
  /** Orders that it counted beyond those seen at the last look. */
  unlisted: number;
  /** Looks in a row that could not prove the window. */
  openLooks: number;
}

/** What one look writes; `listings` and `hidden` are of this look alone. */
export type CensusNote = Pick<
  CensusRow,
  | 'state'
  | 'checks'
  | 'nextCheckAt'
  | 'listed'
  | 'stored'
  | 'missing'
  | 'older'
  | 'listings'
  | 'hidden'
  | 'platformTotal'
  | 'unlisted'
  | 'openLooks'
>;

const COLUMNS =
  'company_id, id, shop_id, kind, from_at, to_at, state, checks, next_check_at, checked_at, listed, stored, missing, older, listings, hidden, platform_total, unlisted, open_looks';

@Injectable()
export class CensusRepository {
  async insert(
    tx: Tx,
    companyId: string,
    shopId: string,
    windows: readonly { id: string; from: Date; to: Date; checkAt: Date }[],
  ): Promise<void> {
    await execute(
      tx,
      `INSERT INTO census_window (company_id, id, shop_id, kind, from_at, to_at, state, next_check_at)
       SELECT $1, w.id, $2, 'orders', w.from_at, w.to_at, 'waiting', w.check_at FROM unnest($3::text[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[]) AS w(id, from_at, to_at, check_at)
       ON CONFLICT (company_id, shop_id, kind, from_at) DO NOTHING`,
      [
        companyId,
        shopId,
        windows.map(({ id }) => id),
        windows.map(({ from }) => from),
        windows.map(({ to }) => to),
        windows.map(({ checkAt }) => checkAt),
      ],
    );
  }

  /**
   * Windows of all companies whose next look is due, oldest first. Left out are those that are asked for already, and
   * those that the change pull has not passed by `behindMs`, unless it has not moved since `stuckSince` (wire time).
   */
  due(
    tx: Tx,
    storyNow: Date,
    pull: { behindMs: number; stuckSince: Date },
    limit: number,
  ): Promise<{ companyId: string; shopId: string; platform: string; id: string }[]> {
    return rows(
      tx,
      `WITH reach AS MATERIALIZED (
         SELECT p.company_id, p.shop_id, s.platform, coalesce(p.last_success_at, s.created_at) < $3 AS is_stuck,
                ${ORDERS_READ_TO} - $2 * interval '1 millisecond' AS passed_to
           FROM pull_state p JOIN shop s ON s.company_id = p.company_id AND s.id = p.shop_id
          WHERE p.kind = 'orders'
       )
       SELECT c.company_id, c.shop_id, r.platform, c.id FROM census_window c JOIN reach r USING (company_id, shop_id)
        WHERE c.next_check_at <= $1 AND (r.is_stuck OR c.to_at <= r.passed_to)
          AND NOT EXISTS (SELECT 1 FROM work w WHERE w.company_id = c.company_id AND w.kind = 'census' AND w.subject = c.id)
        ORDER BY c.next_check_at LIMIT $4`,
      [storyNow, pull.behindMs, pull.stuckSince, limit],
    );
  }

  find(tx: Tx, companyId: string, ids: readonly string[]): Promise<CensusRow[]> {
    return rows<CensusRow>(tx, `SELECT ${COLUMNS} FROM census_window WHERE company_id = $1 AND id = ANY($2::text[])`, [
      companyId,
      ids,
    ]);
  }

  /** Writes what a look found; its listings and hidden rows are added to those of the looks before. */
  async note(tx: Tx, window: CensusRow, found: CensusNote, at: Date): Promise<void> {
    await execute(
      tx,
      `UPDATE census_window SET state = $3, checks = $4, next_check_at = $5, checked_at = $6, listed = $7, stored = $8, missing = $9, older = $10,
              listings = listings + $11, hidden = hidden + $12, platform_total = $13, unlisted = $14, open_looks = $15
        WHERE company_id = $1 AND id = $2`,
      [
        window.companyId,
        window.id,
        found.state,
        found.checks,
        found.nextCheckAt,
        at,
        found.listed,
        found.stored,
        found.missing,
        found.older,
        found.listings,
        found.hidden,
        found.platformTotal,
        found.unlisted,
        found.openLooks,
      ],
    );
  }

  /** Windows of a shop that overlap a span, in order of time, at most 2 000. */
  list(tx: Tx, companyId: string, shopId: string, from: Date, to: Date): Promise<CensusRow[]> {
    return rows<CensusRow>(
      tx,
      `SELECT ${COLUMNS} FROM census_window WHERE company_id = $1 AND shop_id = $2 AND kind = 'orders' AND to_at > $3 AND from_at < $4 ORDER BY from_at LIMIT 2000`,
      [companyId, shopId, from, to],
    );
  }

  async countWindows(tx: Tx, companyId: string): Promise<number> {
    return (
      (
        await row<{ count: number }>(tx, 'SELECT count(*) AS count FROM census_window WHERE company_id = $1', [
          companyId,
        ])
      )?.count ?? 0
    );
  }
}
