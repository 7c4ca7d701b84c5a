import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { assertShop, groupBy, inTransaction, pageOf, readCursor, type Caller, type Page } from '@app/shared';
import { toListing, type ListingDto, type ListingsQuery } from './listing.dto';
import { ListingStore } from './listing.store';

const keyOf = ({ shopId, listingId }: { shopId: string; listingId: string }) => JSON.stringify([shopId, listingId]);

/** Reads listings and the worklist of what is not linked yet. */
@Injectable()
export class ListingQueryService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly store: ListingStore,
  ) {}

  /** A page of listings in the caller's shops; SHOP.NOT_FOUND for a shop outside of them. */
  async list(caller: Caller, query: ListingsQuery): Promise<Page<ListingDto>> {
    if (query.shopId) assertShop(caller, query.shopId);
    const after = readCursor(query.cursor, 2) ?? ['', ''];
    const linked = query.linked === undefined ? null : query.linked === 'true';
    const filter = { shops: query.shopId ? [query.shopId] : caller.shops, linked };
    return inTransaction(this.dataSource, async (tx) => {
      const found = await this.store.listings.list(
        tx,
        caller.companyId,
        filter,
        { shopId: String(after[0]), listingId: String(after[1]) },
        query.limit + 1,
      );
      const shown = found.slice(0, query.limit);
      const all = await this.store.listingSkus.ofListings(tx, caller.companyId, shown);
      const wanted =
        linked === null
          ? all
          : all.filter((sku) => sku.isLinked === linked && (sku.isLinked || sku.status !== 'deleted'));
      const skuIds = [...new Set(wanted.flatMap(({ components }) => components.map(({ skuId }) => skuId)))];
      const codes = new Map(
        (await this.store.skus.byIds(tx, caller.companyId, skuIds)).map((sku) => [sku.id, sku.code]),
      );
      const byListing = groupBy(wanted, keyOf);
      return pageOf(
        found,
        query.limit,
        (listing) => [listing.shopId, listing.listingId],
        (listing) => toListing(listing, byListing.get(keyOf(listing)) ?? [], codes),
      );
    });
  }
}
