import { Injectable } from '@nestjs/common';
import type { CanonicalListing } from '@app/contracts';
import { execute, row, rows, type Tx } from '@app/shared';

/** A listing as stored. */
export interface StoredListing {
  id: string;
  shopId: string;
  listingId: string;
  platform: string;
  title: string;
  merchantCode: string | null;
  status: string;
  modifiedAt: Date | null;
  fetchedAt: Date;
  contentHash: string;
}

/** A listing to be written. */
export interface ListingWrite {
  id: string;
  listing: CanonicalListing;
  hash: string;
}

const COLUMNS =
  'l.id, l.shop_id, l.listing_id, s.platform, l.title, l.merchant_code, l.status, l.modified_at, l.fetched_at, l.content_hash';
const FROM = 'FROM listing l JOIN shop s ON s.company_id = l.company_id AND s.shop_id = l.shop_id';

/** SQL of listings. */
@Injectable()
export class ListingRepository {
  /** Locks stored listings in the order of their ids; 0 rows: all are new. */
  lock(tx: Tx, companyId: string, shopId: string, listingIds: readonly string[]): Promise<StoredListing[]> {
    return rows<StoredListing>(
      tx,
      `SELECT ${COLUMNS} ${FROM} WHERE l.company_id = $1 AND l.shop_id = $2 AND l.listing_id = ANY($3::text[]) ORDER BY l.listing_id FOR UPDATE OF l`,
      [companyId, shopId, listingIds],
    );
  }

  /** Inserts or overwrites listings; the caller has judged their versions under lock. */
  async upsert(tx: Tx, companyId: string, shopId: string, writes: readonly ListingWrite[]): Promise<void> {
    const sorted = [...writes].sort((a, b) => (a.listing.listingId < b.listing.listingId ? -1 : 1));
    const of = <T>(pick: (listing: CanonicalListing) => T) => sorted.map(({ listing }) => pick(listing));
    await execute(
      tx,
      `INSERT INTO listing (company_id, shop_id, id, listing_id, title, merchant_code, image_url, status, raw_status, deducts_on, currency, modified_at, fetched_at, content_hash, raw)
       SELECT $1, $2, n.* FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::timestamptz[], $13::timestamptz[], $14::text[], $15::text[]) AS n
       ON CONFLICT (company_id, shop_id, listing_id) DO UPDATE
         SET title = excluded.title, merchant_code = excluded.merchant_code, image_url = excluded.image_url, status = excluded.status, raw_status = excluded.raw_status,
             deducts_on = excluded.deducts_on, currency = excluded.currency, modified_at = excluded.modified_at, fetched_at = excluded.fetched_at, content_hash = excluded.content_hash, raw = excluded.raw`,
      [
        companyId,
        shopId,
        sorted.map(({ id }) => id),
        of((l) => l.listingId),
        of((l) => l.title),
        of((l) => l.merchantCode ?? null),
        of((l) => l.imageUrl ?? null),
        of((l) => l.status),
        of((l) => l.rawStatus ?? null),
        of((l) => l.deductsOn),
        of((l) => l.currency),
        of((l) => l.modifiedAt ?? null),
        of((l) => l.fetchedAt),
        sorted.map(({ hash }) => hash),
        of((l) => l.raw ?? null),
      ],
    );
  }

  /** Locks one listing by our own id, so that a person's link and a pull wait for each other. */
  lockById(tx: Tx, companyId: string, id: string): Promise<StoredListing | undefined> {
    return row<StoredListing>(tx, `SELECT ${COLUMNS} ${FROM} WHERE l.company_id = $1 AND l.id = $2 FOR UPDATE OF l`, [
      companyId,
      id,
    ]);
  }

  byPlatformIds(
    tx: Tx,
    companyId: string,
    keys: readonly { shopId: string; listingId: string }[],
  ): Promise<StoredListing[]> {
    return rows<StoredListing>(
      tx,
      `SELECT ${COLUMNS} ${FROM} JOIN unnest($2::text[], $3::text[]) AS k(shop_id, listing_id) ON k.shop_id = l.shop_id AND k.listing_id = l.listing_id WHERE l.company_id = $1`,
      [companyId, keys.map(({ shopId }) => shopId), keys.map(({ listingId }) => listingId)],
    );
  }

  /**
   * A page of listings in the order of shop and listing. `linked` false: those with a SKU that is not linked yet and not
   * deleted (a partial index serves it); true: those with a linked one.
   */
  list(
    tx: Tx,
    companyId: string,
    filter: { shops: readonly string[] | null; linked: boolean | null },
    after: { shopId: string; listingId: string },
    limit: number,
  ): Promise<StoredListing[]> {
    return rows<StoredListing>(
      tx,
      `SELECT ${COLUMNS} ${FROM}
        WHERE l.company_id = $1 AND ($2::text[] IS NULL OR l.shop_id = ANY($2)) AND (l.shop_id, l.listing_id) > ($3, $4)
          AND ($5::boolean IS NULL
               OR EXISTS (SELECT 1 FROM listing_sku k WHERE k.company_id = l.company_id AND k.shop_id = l.shop_id AND k.listing_id = l.listing_id
                             AND k.is_linked = $5 AND (k.is_linked OR k.status <> 'deleted')))
        ORDER BY l.shop_id, l.listing_id LIMIT $6`,
      [companyId, filter.shops, after.shopId, after.listingId, filter.linked, limit],
    );
  }
}
