import { Injectable } from '@nestjs/common';
import { execute, type Tx } from '@app/shared';

/** Each removes at most $2 rows older than $1, of all companies; open ones stay however old they are. */
const REMOVALS: readonly { clock: 'story' | 'wire'; sql: string }[] = [
  {
    clock: 'wire',
    sql: `DELETE FROM change_window WHERE (company_id, id) IN
            (SELECT company_id, id FROM change_window WHERE state = 'done' AND done_at < $1 LIMIT $2)`,
  },
  {
    clock: 'wire',
    sql: `DELETE FROM pull_request WHERE (company_id, id) IN
            (SELECT r.company_id, r.id FROM pull_request r
              WHERE r.created_at < $1 AND NOT EXISTS (SELECT 1 FROM work w WHERE w.company_id = r.company_id AND w.subject = r.id)
                AND NOT EXISTS (SELECT 1 FROM change_window c WHERE c.company_id = r.company_id AND c.request_id = r.id) LIMIT $2)`,
  },
  {
    clock: 'story',
    sql: `DELETE FROM census_gap WHERE (company_id, shop_id, kind, platform_order_no) IN
            (SELECT company_id, shop_id, kind, platform_order_no FROM census_gap WHERE stored_at < $1 LIMIT $2)`,
  },
  {
    clock: 'story',
    // A window with an open gap is not proven; one with a closed gap waits until the gap has gone.
    sql: `DELETE FROM census_window WHERE (company_id, id) IN
            (SELECT w.company_id, w.id FROM census_window w
              WHERE w.state = 'proven' AND w.next_check_at IS NULL AND w.to_at < $1
                AND NOT EXISTS (SELECT 1 FROM census_gap g WHERE g.company_id = w.company_id AND g.window_id = w.id) LIMIT $2)`,
  },
];

@Injectable()
export class RetentionRepository {
  /** Removes old rows of each table; returns the largest number that one of them lost, so that the caller knows whether more may be left. */
  async remove(tx: Tx, before: { story: Date; wire: Date }, limit: number): Promise<number> {
    let most = 0;
    for (const { clock, sql } of REMOVALS) most = Math.max(most, await execute(tx, sql, [before[clock], limit]));
    return most;
  }
}
