import { Injectable } from '@nestjs/common';
import { PlatformRegistry, stockMeansOf } from '@app/platforms';
import { execute, row, rows, type Tx } from '@app/shared';
import type { ListingLinkItem, SellableItem } from '@app/contracts';
import { targetsSql } from './target.repository';

/** What is known of one listing SKU's number. */
export interface PushRow {
  companyId: string;
  shopId: string;
  listingSkuId: string;
  listingId: string;
  shown: number | null;
  shownAt: Date | null;
  wanted: number | null;
  wantedNo: number;
  told: number | null;
  toldNo: number;
  toldAt: Date | null;
  state: 'idle' | 'pending' | 'waiting' | 'parked';
  waitingReason: string | null;
  cause: string | null;
  retryAt: Date | null;
  deductsOn: 'order' | 'pay';
  /** First reading since the last telling that showed another number than the told one, story time. */
  driftSince: Date | null;
  /** Repairs in a row. */
  repairs: number;
  repairedAt: Date | null;
  repairReason: string | null;
}

/** What is known of a listing SKU's number, with its link and its listing's place on the shelf. */
export interface ListedPushRow extends PushRow {
  title: string | null;
  isLinked: boolean | null;
  shelfState: string | null;
  shelfSince: Date | null;
  shelfCause: string | null;
}

/** A listing SKU with the number that the rule gives for it now; `target` is null when nothing may be told. */
export interface TargetRow {
  shopId: string;
  listingSkuId: string;
  listingId: string;
  title: string;
  merchantCode: string | null;
  target: number | null;
  shown: number | null;
  told: number | null;
  wanted: number | null;
  components: { skuId: string; quantity: number; sellable: number }[] | null;
  /** Units of its own orders that are in the number, since the platform subtracts them; 0 where it does not. */
  occupied: number;
  isPaused: boolean;
}

/** A number that is still to be told, with the pause of its listing SKU. */
export interface OpenPushRow extends PushRow {
  isPaused: boolean;
  pausedUntil: Date | null;
  pauseReason: string | null;
  /** An alarm says that the platform refused its number. */
  isRefused: boolean;
}

const COLUMNS =
  'company_id, shop_id, listing_sku_id, listing_id, shown, shown_at, wanted, wanted_no, told, told_no, told_at, state, waiting_reason, cause, retry_at, deducts_on, drift_since, repairs, repaired_at, repair_reason';
/** Columns of a PushRow, of the table alias p. */
export const P_COLUMNS = COLUMNS.split(', ')
  .map((column) => `p.${column}`)
  .join(', ');

@Injectable()
export class PushRepository {
  constructor(private readonly registry: PlatformRegistry) {}

  /** Codes of the platforms that take on-hand numbers in this installation. */
  onHandPlatforms(): string[] {
    return this.registry
      .all()
      .filter((platform) => stockMeansOf(platform) === 'on-hand')
      .map(({ code }) => code);
  }

  /** Replaces the copies of some links and of their components. */
  async putLinks(tx: Tx, companyId: string, links: readonly ListingLinkItem[]): Promise<void> {
    const sorted = [...links].sort((a, b) => (a.linkId < b.linkId ? -1 : 1));
    await execute(
      tx,
      `INSERT INTO listing_link (company_id, shop_id, listing_sku_id, listing_id, title, merchant_code, is_on_shelf, is_linked, no_stock)
       SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::boolean[], $8::boolean[], $9::boolean[])
       ON CONFLICT (company_id, shop_id, listing_sku_id) DO UPDATE SET listing_id = excluded.listing_id, title = excluded.title, merchant_code = excluded.merchant_code,
         is_on_shelf = excluded.is_on_shelf, is_linked = excluded.is_linked, no_stock = excluded.no_stock`,
      [
        companyId,
        sorted.map((l) => l.shopId),
        sorted.map((l) => l.listingSkuId),
        sorted.map((l) => l.listingId),
        sorted.map((l) => l.title),
        sorted.map((l) => l.merchantCode),
        sorted.map((l) => l.isOnShelf),
        sorted.map((l) => l.isLinked),
        sorted.map((l) => l.noStock),
      ],
    );
    await execute(
      tx,
      `DELETE FROM listing_component k USING unnest($2::text[], $3::text[]) AS l(shop_id, sku)
        WHERE k.company_id = $1 AND k.shop_id = l.shop_id AND k.listing_sku_id = l.sku`,
      [companyId, sorted.map((l) => l.shopId), sorted.map((l) => l.listingSkuId)],
    );
    const parts = sorted.flatMap((link) =>
      [...summed(link.components)].map(([skuId, quantity]) => ({ ...link, skuId, quantity })),
    );
    await execute(
      tx,
      `INSERT INTO listing_component (company_id, shop_id, listing_sku_id, sku_id, quantity)
       SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::int[])`,
      [
        companyId,
        parts.map((p) => p.shopId),
        parts.map((p) => p.listingSkuId),
        parts.map((p) => p.skuId),
        parts.map((p) => p.quantity),
      ],
    );
  }

  /** Replaces the copies of some levels, in the order of their keys. */
  async putSellable(tx: Tx, companyId: string, levels: readonly SellableItem[]): Promise<void> {
    const sorted = [...levels].sort((a, b) => (a.levelId < b.levelId ? -1 : 1));
    await execute(
      tx,
      `INSERT INTO sellable (company_id, sku_id, warehouse, sku_code, quantity, on_hand, occupied)
       SELECT $1, n.sku_id, n.warehouse, n.sku_code, n.quantity, n.on_hand, n.occupied::jsonb
         FROM unnest($2::text[], $3::text[], $4::text[], $5::int[], $6::bigint[], $7::text[]) AS n(sku_id, warehouse, sku_code, quantity, on_hand, occupied)
       ON CONFLICT (company_id, sku_id, warehouse) DO UPDATE SET quantity = excluded.quantity, sku_code = excluded.sku_code,
         on_hand = excluded.on_hand, occupied = excluded.occupied`,
      [
        companyId,
        sorted.map((l) => l.skuId),
        sorted.map((l) => l.warehouse),
        sorted.map((l) => l.skuCode),
        sorted.map((l) => l.sellable),
        sorted.map((l) => l.onHand),
        sorted.map((l) => JSON.stringify(l.occupied ?? [])),
      ],
    );
  }

  /** Listing SKUs that are made of some SKUs. */
  listingsOf(
    tx: Tx,
    companyId: string,
    skuIds: readonly string[],
  ): Promise<{ shopId: string; listingSkuId: string }[]> {
    return rows(
      tx,
      'SELECT DISTINCT shop_id, listing_sku_id FROM listing_component WHERE company_id = $1 AND sku_id = ANY($2::text[]) ORDER BY 1, 2',
      [companyId, skuIds],
    );
  }

  /**
   * Computes the targets of some listing SKUs anew and numbers those that changed: the number only rises, so an answer
   * that comes late can be told from the newest. Returns the listings of shops that push whose target changed.
   */
  want(
    tx: Tx,
    companyId: string,
    keys: readonly { shopId: string; listingSkuId: string }[],
  ): Promise<{ shopId: string; listingId: string; platform: string }[]> {
    return rows(
      tx,
      `WITH target AS (${targetsSql(4)} JOIN unnest($2::text[], $3::text[]) AS k(shop_id, sku) ON k.shop_id = l.shop_id AND k.sku = l.listing_sku_id WHERE l.company_id = $1),
       written AS (
         INSERT INTO listing_push AS p (company_id, shop_id, listing_sku_id, listing_id, wanted, wanted_no, state)
         SELECT $1, t.shop_id, t.listing_sku_id, t.listing_id, t.target, 1, 'idle' FROM target t WHERE t.target IS NOT NULL ORDER BY t.shop_id, t.listing_sku_id
         ON CONFLICT (company_id, shop_id, listing_sku_id) DO UPDATE SET wanted = excluded.wanted, wanted_no = p.wanted_no + 1, listing_id = excluded.listing_id,
           cause = CASE WHEN p.state = 'parked' THEN NULL ELSE p.cause END, retry_at = CASE WHEN p.state = 'parked' THEN NULL ELSE p.retry_at END
           WHERE p.wanted IS DISTINCT FROM excluded.wanted
         RETURNING p.shop_id, p.listing_sku_id, p.listing_id
       ), shops AS (SELECT id, platform FROM shop WHERE company_id = $1 AND push <> 'off'),
       marked AS (SELECT DISTINCT w.shop_id, w.listing_id, s.platform FROM written w JOIN shops s ON s.id = w.shop_id)
       SELECT shop_id, listing_id, platform FROM marked ORDER BY 1, 2`,
      [
        companyId,
        keys.map(({ shopId }) => shopId),
        keys.map(({ listingSkuId }) => listingSkuId),
        this.onHandPlatforms(),
      ],
    );
  }

  /** Marks everything that a shop that pushes still has to tell as pending, also what was refused; returns the listings. */
  async markPending(tx: Tx, companyId: string, shopId: string): Promise<string[]> {
    const found = await rows<{ listingId: string }>(
      tx,
      `UPDATE listing_push SET state = 'pending', cause = NULL, retry_at = NULL
        WHERE company_id = $1 AND shop_id = $2 AND wanted IS NOT NULL AND (told IS NULL OR told <> wanted OR told_no < wanted_no)
        RETURNING listing_id`,
      [companyId, shopId],
    );
    return [...new Set(found.map(({ listingId }) => listingId))];
  }

  /** As markPending, for some listings, and what was refused only when its number changed; returns `<shopId>/<listingId>`. */
  async markPendingOf(
    tx: Tx,
    companyId: string,
    listings: readonly { shopId: string; listingId: string }[],
  ): Promise<Set<string>> {
    const found = await rows<{ shopId: string; listingId: string }>(
      tx,
      `UPDATE listing_push p SET state = 'pending', cause = NULL, retry_at = NULL FROM unnest($2::text[], $3::text[]) AS k(shop_id, listing_id)
        WHERE p.company_id = $1 AND p.shop_id = k.shop_id AND p.listing_id = k.listing_id AND p.wanted IS NOT NULL
          AND (p.told IS NULL OR p.told <> p.wanted OR p.told_no < p.wanted_no) AND (p.state <> 'parked' OR p.cause IS NULL)
        RETURNING p.shop_id, p.listing_id`,
      [companyId, listings.map(({ shopId }) => shopId), listings.map(({ listingId }) => listingId)],
    );
    return new Set(found.map(({ shopId, listingId }) => `${shopId}/${listingId}`));
  }

  /** What a listing still has to tell: never told, another number, and not parked. */
  openOf(tx: Tx, companyId: string, shopId: string, listingId: string): Promise<OpenPushRow[]> {
    return rows<OpenPushRow>(
      tx,
      `SELECT ${P_COLUMNS}, coalesce(r.is_paused, false) AS is_paused, r.paused_until, r.pause_reason,
              EXISTS (SELECT 1 FROM alarm a WHERE a.company_id = p.company_id AND a.kind = 'STOCK_REFUSED' AND a.subject = p.shop_id || '/' || p.listing_sku_id AND a.closed_at IS NULL) AS is_refused
         FROM listing_push p LEFT JOIN push_rule r ON r.company_id = p.company_id AND r.shop_id = p.shop_id AND r.listing_sku_id = p.listing_sku_id
        WHERE p.company_id = $1 AND p.shop_id = $2 AND p.listing_id = $3 AND p.wanted IS NOT NULL AND p.told_no < p.wanted_no AND p.state <> 'parked'
        ORDER BY p.listing_sku_id`,
      [companyId, shopId, listingId],
    );
  }

  /**
   * Notes numbers of a shop that were told, except those of which a newer one was told meanwhile; returns how many. The
   * rows are locked in the order of their keys, as everywhere.
   */
  told(
    tx: Tx,
    shop: { companyId: string; shopId: string },
    told: readonly { listingSkuId: string; quantity: number; no: number; shownNow: number | null }[],
    at: Date,
  ): Promise<number> {
    return execute(
      tx,
      `UPDATE listing_push p SET told = n.quantity, told_no = n.no, told_at = $7, drift_since = NULL, waiting_reason = NULL, cause = NULL, retry_at = NULL,
              shown = coalesce(n.shown, p.shown), shown_at = CASE WHEN n.shown IS NULL THEN p.shown_at ELSE $7 END, state = CASE WHEN p.wanted_no = n.no THEN 'idle' ELSE 'pending' END
         FROM (SELECT q.listing_sku_id, u.quantity, u.no, u.shown
                 FROM unnest($3::text[], $4::int[], $5::bigint[], $6::int[]) AS u(sku, quantity, no, shown)
                 JOIN listing_push q ON q.company_id = $1 AND q.shop_id = $2 AND q.listing_sku_id = u.sku
                ORDER BY q.listing_sku_id FOR UPDATE OF q) n
        WHERE p.company_id = $1 AND p.shop_id = $2 AND p.listing_sku_id = n.listing_sku_id AND p.told_no < n.no`,
      [
        shop.companyId,
        shop.shopId,
        told.map(({ listingSkuId }) => listingSkuId),
        told.map(({ quantity }) => quantity),
        told.map(({ no }) => no),
        told.map(({ shownNow }) => shownNow),
        at,
      ],
    );
  }

  /** Sets aside a number that is not told now: it waits, or it is parked with its cause until the number changes. */
  async setAside(
    tx: Tx,
    key: Pick<PushRow, 'companyId' | 'shopId' | 'listingSkuId'>,
    no: number,
    aside: {
      state: 'pending' | 'waiting' | 'parked';
      waitingReason: string | null;
      cause: string | null;
      retryAt: Date | null;
    },
  ): Promise<void> {
    await execute(
      tx,
      `UPDATE listing_push SET state = $5, waiting_reason = $6, cause = $7, retry_at = $8 WHERE company_id = $1 AND shop_id = $2 AND listing_sku_id = $3 AND wanted_no = $4 AND told_no < $4`,
      [key.companyId, key.shopId, key.listingSkuId, no, aside.state, aside.waitingReason, aside.cause, aside.retryAt],
    );
  }

  /** Every listing SKU of a shop with its target, for the dry run. */
  targets(tx: Tx, companyId: string, shopId: string, after: string, limit: number): Promise<TargetRow[]> {
    return rows<TargetRow>(
      tx,
      `${targetsSql(5)} WHERE l.company_id = $1 AND l.shop_id = $2 AND l.listing_sku_id > $3 ORDER BY l.listing_sku_id LIMIT $4`,
      [companyId, shopId, after, limit, this.onHandPlatforms()],
    );
  }

  /** Some listing SKUs with their targets. */
  targetsOf(
    tx: Tx,
    companyId: string,
    keys: readonly { shopId: string; listingSkuId: string }[],
  ): Promise<TargetRow[]> {
    return rows<TargetRow>(
      tx,
      `${targetsSql(4)} JOIN unnest($2::text[], $3::text[]) AS k(shop_id, sku) ON k.shop_id = l.shop_id AND k.sku = l.listing_sku_id
        WHERE l.company_id = $1 ORDER BY l.shop_id, l.listing_sku_id`,
      [
        companyId,
        keys.map(({ shopId }) => shopId),
        keys.map(({ listingSkuId }) => listingSkuId),
        this.onHandPlatforms(),
      ],
    );
  }

  /** Listings of some listing SKUs that still have something to tell. */
  listingsWaiting(
    tx: Tx,
    companyId: string,
    keys: readonly { shopId: string; listingSkuId: string }[],
  ): Promise<{ shopId: string; listingId: string }[]> {
    return rows(
      tx,
      `SELECT DISTINCT p.shop_id, p.listing_id FROM listing_push p
         JOIN unnest($2::text[], $3::text[]) AS k(shop_id, sku) ON k.shop_id = p.shop_id AND k.sku = p.listing_sku_id
         JOIN shop s ON s.company_id = p.company_id AND s.id = p.shop_id AND s.push <> 'off'
        WHERE p.company_id = $1 AND p.told_no < p.wanted_no AND p.state <> 'parked' ORDER BY 1, 2`,
      [companyId, keys.map(({ shopId }) => shopId), keys.map(({ listingSkuId }) => listingSkuId)],
    );
  }

  list(tx: Tx, companyId: string, shopId: string, after: string, limit: number): Promise<ListedPushRow[]> {
    return rows(
      tx,
      `SELECT ${P_COLUMNS}, l.title, l.is_linked, sh.state AS shelf_state, sh.since AS shelf_since, sh.cause AS shelf_cause
         FROM listing_push p LEFT JOIN listing_link l ON l.company_id = p.company_id AND l.shop_id = p.shop_id AND l.listing_sku_id = p.listing_sku_id
              LEFT JOIN listing_shelf sh ON sh.company_id = p.company_id AND sh.shop_id = p.shop_id AND sh.listing_id = p.listing_id
        WHERE p.company_id = $1 AND p.shop_id = $2 AND p.listing_sku_id > $3 ORDER BY p.listing_sku_id LIMIT $4`,
      [companyId, shopId, after, limit],
    );
  }

  /** Listings of a shop without a target of their own yet get one. */
  allKeys(tx: Tx, companyId: string, shopId: string): Promise<{ shopId: string; listingSkuId: string }[]> {
    return rows(tx, 'SELECT shop_id, listing_sku_id FROM listing_link WHERE company_id = $1 AND shop_id = $2', [
      companyId,
      shopId,
    ]);
  }

  async hasShown(tx: Tx, companyId: string, shopId: string): Promise<boolean> {
    return (
      (await row(
        tx,
        'SELECT 1 AS one FROM listing_push WHERE company_id = $1 AND shop_id = $2 AND shown IS NOT NULL LIMIT 1',
        [companyId, shopId],
      )) !== undefined
    );
  }
}

function summed(components: ListingLinkItem['components']): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { skuId, quantity } of components) sums.set(skuId, (sums.get(skuId) ?? 0) + quantity);
  return sums;
}
