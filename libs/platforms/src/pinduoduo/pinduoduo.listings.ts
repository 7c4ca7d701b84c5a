import { CanonicalListing } from '@app/contracts/canonical';
import { asInteger, asText } from '../kit/answer.json';
import { PagedList, pagedListOf, readBackwards } from '../kit/paging';
import { ListingPage, PlatformCall, PlatformError, isPlatformError } from '../port';
import { PinduoduoClient } from './pinduoduo.client';
import { PinduoduoConfig } from './pinduoduo.config';
import { mapListing } from './pinduoduo.listing-mapper';
import { PAGE_SIZE } from './pinduoduo.orders';
import { listOf } from './pinduoduo.values';

const LIST = 'pdd.goods.list.get';
const DETAIL = 'pdd.goods.detail.get';
/** Details read at a time; the platform allows 50 a second per shop (Pinduoduo sheet §4.4). */
const PARALLEL = 4;

/** Listings: on the shelf, then off it, with their SKUs. */
export class PinduoduoListings {
  constructor(
    private readonly client: PinduoduoClient,
    private readonly config: PinduoduoConfig,
  ) {}

  /**
   * Every listing. The list knows no time of change and no prices (Pinduoduo sheet §8.1), so a window changes nothing and
   * each listing's detail is read. One that changes lists meanwhile comes once.
   */
  async *pages(call: PlatformCall): AsyncIterable<ListingPage> {
    const seen = new Set<string>();
    for (const isOnsale of ['1', '0']) {
      for await (const { rows } of readBackwards(this.list(call, isOnsale))) {
        const fresh = rows.filter((id) => !seen.has(id));
        for (const id of fresh) seen.add(id);
        if (fresh.length > 0) yield await this.details(call, fresh);
      }
    }
  }

  /** One listing with its SKUs. */
  async one(call: PlatformCall, listingId: string): Promise<CanonicalListing> {
    const startedAt = call.storyNow();
    const { root, text } = await this.client.call(call, { method: DETAIL, params: { goods_id: listingId } });
    if (asText(root['goods_id']) !== listingId) {
      const answered = asText(root['goods_id']);
      throw new PlatformError(
        answered === undefined ? 'not-found' : 'transient',
        `Pinduoduo answered ${answered === undefined ? 'no goods' : `goods ${answered}`} when asked for ${listingId}; it was deleted or belongs to another shop.`,
        { platform: 'pinduoduo', method: DETAIL },
      );
    }
    return mapListing(root, { startedAt, doneAt: call.storyNow(), raw: text }, this.config.deductsOn);
  }

  private list(call: PlatformCall, is_onsale: string): PagedList<string> {
    return pagedListOf(PAGE_SIZE, async (page) => {
      const params = { is_onsale, page: String(page), page_size: String(PAGE_SIZE) };
      const { root } = await this.client.call(call, { method: LIST, params });
      const ids = listOf(root['goods_list']).map((row) => asText(row['goods_id']));
      return { rows: ids.filter((id) => id !== undefined), total: asInteger(root['total_count']) };
    });
  }

  private async details(call: PlatformCall, ids: readonly string[]): Promise<ListingPage> {
    const listings: CanonicalListing[] = [];
    const failed: { listingId: string; reason: string }[] = [];
    const queue = [...ids];
    const take = async (): Promise<void> => {
      for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
        try {
          listings.push(await this.one(call, id));
        } catch (error) {
          const isOfThisOne = isPlatformError(error) && (error.kind === 'not-found' || error.kind === 'rejected');
          if (!isOfThisOne || error.facts.reason === 'permission' || error.facts.reason === 'configuration')
            throw error;
          failed.push({ listingId: id, reason: error.message });
        }
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, take));
    return { listings, ...(failed.length > 0 && { failed }) };
  }
}
