import { CanonicalListing } from '@app/contracts/canonical';
import { toShanghaiText } from '@app/shared';
import { ListingPage, PlatformCall, PlatformError, Window, isPlatformError } from '../port';
import { TaobaoClient } from './taobao.client';
import { TaobaoConfig } from './taobao.config';
import { JsonObject, asInteger, asList, asObject, asText } from '../kit/answer.json';
import { mapListing } from './taobao.listing-mapper';
import { PagedList, pagedListOf, readBackwards } from '../kit/paging';

const PAGE_SIZE = 200;
/** The lists stop near 20 000 rows, and the off-shelf list after page 101 (Taobao sheet §8.1); cut windows before that. */
const MOST_ROWS = 19_000;
const ITEMS_PER_DETAIL = 20;
/** Older than any item; the lists are read through closed windows so that rows which move are not lost. */
const BEFORE_ANY_ITEM = new Date('2003-01-01T00:00:00+08:00');
/** Off-shelf items are split over banners and none shows all (Taobao sheet §8.1). */
const BANNERS = ['regular_shelved', 'never_on_shelf', 'off_shelf', 'for_shelved', 'sold_out', 'violation_off_shelf'];
const ITEM_FIELDS =
  'num_iid,title,outer_id,approve_status,price,num,sub_stock,with_hold_quantity,pic_url,barcode,modified,sku,sku.sku_id,sku.outer_id,sku.price,sku.quantity,sku.with_hold_quantity,sku.properties_name,sku.barcode,sku.status';

interface ItemList {
  method: string;
  banner?: string;
}

/** Listings: on and off the shelf, with their SKUs. */
export class TaobaoListings {
  constructor(
    private readonly client: TaobaoClient,
    private readonly config: TaobaoConfig,
  ) {}

  /** Every listing modified in the window, or every listing. An item may come twice when it changes lists meanwhile. */
  async *pages(call: PlatformCall, window?: Window): AsyncIterable<ListingPage> {
    const whole = window ?? { from: BEFORE_ANY_ITEM, to: call.storyNow() };
    const lists: ItemList[] = [
      { method: 'taobao.items.onsale.get' },
      ...BANNERS.map((banner) => ({ method: 'taobao.items.inventory.get', banner })),
    ];
    const seen = new Set<string>();
    for (const list of lists) {
      for await (const ids of this.ids(call, list, whole)) {
        const fresh = ids.filter((id) => !seen.has(id));
        for (const id of fresh) seen.add(id);
        for (let from = 0; from < fresh.length; from += ITEMS_PER_DETAIL)
          yield await this.details(call, fresh.slice(from, from + ITEMS_PER_DETAIL));
      }
    }
  }

  /** One listing with its SKUs. */
  async one(call: PlatformCall, listingId: string): Promise<CanonicalListing> {
    const startedAt = call.storyNow();
    const method = 'taobao.item.seller.get';
    const { root, text } = await this.client.call(call, {
      method,
      params: { num_iid: listingId, fields: ITEM_FIELDS },
    });
    const item = asObject(root['item']);
    if (asText(item['num_iid']) === undefined) {
      throw new PlatformError(
        'not-found',
        `Taobao answered no item for ${listingId}; it was deleted or belongs to another shop.`,
        { platform: 'taobao', method },
      );
    }
    return { ...mapListing(item, { startedAt, doneAt: call.storyNow(), raw: text }, this.config.deductsOn), raw: text };
  }

  private async *ids(call: PlatformCall, list: ItemList, window: Window): AsyncIterable<string[]> {
    const paged = this.paged(call, list, window);
    const first = await paged.first();
    const spanMs = window.to.getTime() - window.from.getTime();
    if (spanMs > 2_000 && (first.total ?? 0) > MOST_ROWS) {
      const middle = new Date(window.from.getTime() + Math.floor(spanMs / 2));
      yield* this.ids(call, list, { from: window.from, to: middle });
      yield* this.ids(call, list, { from: middle, to: window.to });
      return;
    }
    for await (const { rows } of readBackwards(paged, first)) {
      yield rows.map((row) => asText(row['num_iid'])).filter((id) => id !== undefined);
    }
  }

  private paged(call: PlatformCall, list: ItemList, window: Window): PagedList<JsonObject> {
    const request = (page: number) => ({
      method: list.method,
      params: {
        banner: list.banner,
        fields: 'num_iid,modified',
        start_modified: toShanghaiText(window.from),
        end_modified: toShanghaiText(new Date(Math.ceil(window.to.getTime() / 1_000) * 1_000)),
        order_by: 'modified:desc',
        page_no: String(page),
        page_size: String(PAGE_SIZE),
      },
    });
    return pagedListOf(PAGE_SIZE, async (page) => {
      const { root } = await this.client.call(call, request(page));
      const rows = asList(root['items'], 'item');
      return { rows, total: asInteger(root['total_results']) };
    });
  }

  private async details(call: PlatformCall, ids: readonly string[]): Promise<ListingPage> {
    const startedAt = call.storyNow();
    const params = { num_iids: ids.join(','), fields: ITEM_FIELDS };
    const { root, text } = await this.client.call(call, { method: 'taobao.items.seller.list.get', params });
    const fetch = { startedAt, doneAt: call.storyNow(), raw: text };
    const listings = asList(root['items'], 'item').map((item) => mapListing(item, fetch, this.config.deductsOn));
    const missing = ids.filter((id) => !listings.some((listing) => listing.listingId === id));
    const failed: { listingId: string; reason: string }[] = [];
    for (const listingId of missing) {
      const found = await this.oneOrReason(call, listingId);
      if ('reason' in found) failed.push({ listingId, reason: found.reason });
      else listings.push(found.listing);
    }
    return { listings, ...(failed.length > 0 && { failed }) };
  }

  /** An item that the list named and the batch read left out is asked for by itself. */
  private async oneOrReason(
    call: PlatformCall,
    listingId: string,
  ): Promise<{ listing: CanonicalListing } | { reason: string }> {
    try {
      return { listing: await this.one(call, listingId) };
    } catch (error) {
      if (isPlatformError(error) && (error.kind === 'not-found' || error.kind === 'rejected'))
        return { reason: error.message };
      throw error;
    }
  }
}
