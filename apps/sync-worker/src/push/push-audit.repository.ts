import { Injectable } from '@nestjs/common';
import { row, rows, type Tx } from '@app/shared';
import { PushRepository } from './push.repository';
import { stepsSql, type ShelfStep } from './shelf.repository';
import { targetsSql } from './target.repository';

/** What `verify` asks of numbers and the shelf. */
@Injectable()
export class PushAuditRepository {
  constructor(private readonly numbers: PushRepository) {}

  /** Told numbers that are not the rule's, without a push that is pending, waiting or parked. */
  breaches(
    tx: Tx,
    companyId: string,
  ): Promise<{ shopId: string; listingSkuId: string; wanted: number; told: number | null }[]> {
    return rows(
      tx,
      `SELECT p.shop_id, p.listing_sku_id, p.wanted, p.told FROM listing_push p JOIN shop s ON s.company_id = p.company_id AND s.id = p.shop_id
        WHERE p.company_id = $1 AND s.push = 'on' AND p.wanted IS NOT NULL AND p.told IS DISTINCT FROM p.wanted AND p.state = 'idle'
          AND NOT EXISTS (SELECT 1 FROM work w WHERE w.company_id = p.company_id AND w.kind = 'push' AND w.subject = p.shop_id || '/' || p.listing_id)
        LIMIT 20`,
      [companyId],
    );
  }

  /** Targets computed from the copies that differ from what is wanted. */
  unwanted(
    tx: Tx,
    companyId: string,
  ): Promise<{ shopId: string; listingSkuId: string; wanted: number | null; target: number }[]> {
    return rows(
      tx,
      `SELECT t.shop_id, t.listing_sku_id, t.wanted, t.target FROM (${targetsSql(2)} WHERE l.company_id = $1) t WHERE t.target IS NOT NULL AND t.wanted IS DISTINCT FROM t.target LIMIT 20`,
      [companyId, this.numbers.onHandPlatforms()],
    );
  }

  async countPushing(tx: Tx, companyId: string): Promise<{ checked: number; open: number }> {
    const found = await row<{ checked: number; open: number }>(
      tx,
      `SELECT count(*) AS checked, count(*) FILTER (WHERE p.state <> 'idle') AS open FROM listing_push p JOIN shop s ON s.company_id = p.company_id AND s.id = p.shop_id
        WHERE p.company_id = $1 AND s.push = 'on' AND p.wanted IS NOT NULL`,
      [companyId],
    );
    return found ?? { checked: 0, open: 0 };
  }

  /** Moves that are needed and that no work is on its way for. */
  forgotten(tx: Tx, companyId: string): Promise<ShelfStep[]> {
    return rows<ShelfStep>(
      tx,
      `WITH k AS MATERIALIZED (
         SELECT DISTINCT g.shop_id, g.listing_id FROM listing_link g
          WHERE g.company_id = $1 AND (EXISTS (SELECT 1 FROM push_rule r WHERE r.company_id = $1 AND r.shop_id = g.shop_id AND r.auto_shelf)
             OR EXISTS (SELECT 1 FROM listing_shelf f WHERE f.company_id = $1 AND f.shop_id = g.shop_id AND f.listing_id = g.listing_id))
       ), step AS (${stepsSql(2)})
       SELECT * FROM step WHERE NOT EXISTS (SELECT 1 FROM work w WHERE w.company_id = $1 AND w.kind = 'push' AND w.subject = step.shop_id || '/' || step.listing_id) LIMIT 20`,
      [companyId, this.numbers.onHandPlatforms()],
    );
  }
}
