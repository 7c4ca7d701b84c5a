import { Injectable } from '@nestjs/common';
import { execute, row, rows, type Tx } from '@app/shared';
import { PushRepository } from './push.repository';
import { targetsSql } from './target.repository';

/** A listing by its key. */
export interface ListingKey {
  shopId: string;
  listingId: string;
}

/** A move that is under way: the platform was asked, or is to be. */
export type ShelfMove = 'taking-off' | 'putting-back';

/** A listing that does not stand where its numbers say. */
export interface ShelfStep extends ListingKey {
  platform: string;
  move: ShelfMove;
  /** Sum of its SKUs' wanted_no: tells whether a number changed since the platform refused. */
  no: number;
}

/**
 * Listings of shops that push which have to move, of those that the table `k` (shop_id, listing_id) names. A listing goes when
 * every SKU of it that is for sale follows a rule that says so, and shows nothing for sale; it comes back when one of them was
 * told more. The pieces of its own orders that an on-hand number holds are not for sale. A SKU that is not linked or has no
 * goods keeps its listing where it is.
 */
export const stepsSql = (onHandPlatforms: number): string => `
  SELECT shop_id, listing_id, platform, no, CASE WHEN state = 'on' OR (state = 'taking-off' AND NOT has_goods) THEN 'taking-off' ELSE 'putting-back' END AS move
    FROM (
      SELECT t.shop_id, t.listing_id, s.platform, coalesce(max(sh.state), 'on') AS state, max(sh.refused_no) AS refused_no, sum(p.wanted_no)::bigint AS no,
             bool_or(t.is_on_shelf) AND bool_and(NOT t.is_on_shelf OR (t.auto_shelf AND coalesce(t.target = t.occupied AND p.told = p.wanted AND p.told_no = p.wanted_no, false))) AS is_empty,
             coalesce(bool_or(t.target > t.occupied AND p.told > 0 AND p.told_no = p.wanted_no), false) AS has_goods
        FROM (${targetsSql(onHandPlatforms)} JOIN k ON k.shop_id = l.shop_id AND k.listing_id = l.listing_id WHERE l.company_id = $1) t
        JOIN shop s ON s.company_id = $1 AND s.id = t.shop_id AND s.push <> 'off'
        LEFT JOIN listing_push p ON p.company_id = $1 AND p.shop_id = t.shop_id AND p.listing_sku_id = t.listing_sku_id
        LEFT JOIN listing_shelf sh ON sh.company_id = $1 AND sh.shop_id = t.shop_id AND sh.listing_id = t.listing_id
       GROUP BY t.shop_id, t.listing_id, s.platform
    ) listing
   WHERE state IN ('taking-off', 'putting-back') OR (refused_no IS DISTINCT FROM no AND CASE state WHEN 'on' THEN is_empty ELSE has_goods END)`;

/** Which listings a rule took off the shelf, and which have to move. */
@Injectable()
export class ShelfRepository {
  constructor(private readonly targets: PushRepository) {}

  /** Whether a rule of the shop, or an earlier move of the listing, makes a look at its numbers worthwhile. */
  async concerns(tx: Tx, companyId: string, { shopId, listingId }: ListingKey): Promise<boolean> {
    const found = await row<{ is: boolean }>(
      tx,
      `SELECT EXISTS (SELECT 1 FROM push_rule WHERE company_id = $1 AND shop_id = $2 AND auto_shelf)
           OR EXISTS (SELECT 1 FROM listing_shelf WHERE company_id = $1 AND shop_id = $2 AND listing_id = $3) AS is`,
      [companyId, shopId, listingId],
    );
    return found!.is;
  }

  /** Moves that the listings of some listing SKUs need. */
  stepsOfSkus(
    tx: Tx,
    companyId: string,
    keys: readonly { shopId: string; listingSkuId: string }[],
  ): Promise<ShelfStep[]> {
    return rows<ShelfStep>(
      tx,
      `WITH k AS MATERIALIZED (
         SELECT DISTINCT g.shop_id, g.listing_id FROM unnest($2::text[], $3::text[]) AS n(shop_id, sku)
           JOIN listing_link g ON g.company_id = $1 AND g.shop_id = n.shop_id AND g.listing_sku_id = n.sku
          WHERE EXISTS (SELECT 1 FROM push_rule r WHERE r.company_id = $1 AND r.shop_id = g.shop_id AND r.auto_shelf)
             OR EXISTS (SELECT 1 FROM listing_shelf f WHERE f.company_id = $1 AND f.shop_id = g.shop_id AND f.listing_id = g.listing_id)
       ) ${stepsSql(4)}`,
      [
        companyId,
        keys.map(({ shopId }) => shopId),
        keys.map(({ listingSkuId }) => listingSkuId),
        this.targets.onHandPlatforms(),
      ],
    );
  }

  /** The move that one listing needs, if any. */
  stepOf(tx: Tx, companyId: string, { shopId, listingId }: ListingKey): Promise<ShelfStep | undefined> {
    return row<ShelfStep>(tx, `WITH k (shop_id, listing_id) AS (VALUES ($2::text, $3::text)) ${stepsSql(4)}`, [
      companyId,
      shopId,
      listingId,
      this.targets.onHandPlatforms(),
    ]);
  }

  /** Writes the intention down before the platform is asked. */
  async begin(tx: Tx, companyId: string, { shopId, listingId, move }: ShelfStep, at: Date): Promise<void> {
    await execute(
      tx,
      `INSERT INTO listing_shelf AS sh (company_id, shop_id, listing_id, state, since) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (company_id, shop_id, listing_id) DO UPDATE SET state = excluded.state, since = excluded.since, refused_no = NULL, cause = NULL
        WHERE sh.state <> excluded.state`,
      [companyId, shopId, listingId, move, at],
    );
  }

  /** Notes that the listing stands where it should; nothing when another move began meanwhile. */
  async done(tx: Tx, companyId: string, { shopId, listingId, move }: ShelfStep, at: Date): Promise<void> {
    await execute(
      tx,
      `UPDATE listing_shelf SET state = $5, since = $6, refused_no = NULL, cause = NULL WHERE company_id = $1 AND shop_id = $2 AND listing_id = $3 AND state = $4`,
      [companyId, shopId, listingId, move, move === 'taking-off' ? 'off' : 'on', at],
    );
  }

  /** Notes that the platform refused the move, so that it stands where it stood until a number changes. */
  async refused(tx: Tx, companyId: string, step: ShelfStep, cause: string, at: Date): Promise<void> {
    await execute(
      tx,
      `UPDATE listing_shelf SET state = $5, since = $6, refused_no = $7, cause = $8 WHERE company_id = $1 AND shop_id = $2 AND listing_id = $3 AND state = $4`,
      [
        companyId,
        step.shopId,
        step.listingId,
        step.move,
        step.move === 'taking-off' ? 'on' : 'off',
        at,
        step.no,
        cause,
      ],
    );
  }
}
