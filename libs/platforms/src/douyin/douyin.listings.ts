import { CanonicalListing } from '@app/contracts/canonical';
import { ListingPage, PlatformCall, PlatformError, Window, isPlatformError } from '../port';
import { JsonObject, asObject, asText } from '../kit/answer.json';
import { DouyinClient } from './douyin.client';
import { DouyinConfig } from './douyin.config';
import { DELETED, listingIdOf, mapListing } from './douyin.listing-mapper';
import { ListSpec, edges, readList } from './douyin.lists';
import { rowsOf } from './douyin.values';

const DETAIL = 'product.detail';
const SKUS = 'sku.list';
/** page × size (Douyin sheet §8.1). */
const MOST_ROWS = 10_000;
/** Older than any product; the list is read through closed windows so that rows which move are not lost. */
const BEFORE_ANY_PRODUCT = new Date('2018-01-01T00:00:00+08:00');
/** Online, offline, deleted: asked for one by one, since what a call without a status shows is not stated. */
const STATUSES = [0, 1, 2];

function listOf(status: number): ListSpec {
  return {
    method: 'product.listV2',
    rowsKey: 'data',
    firstPage: 1,
    mostRows: MOST_ROWS,
    params: (window) => {
      const { from, to } = edges(window);
      return { status, update_start_time: from, update_end_time: to };
    },
  };
}

/** Listings on and off the shelf. Neither the list nor the detail alone holds SKUs with their stock (Douyin sheet §8.1). */
export class DouyinListings {
  constructor(
    private readonly client: DouyinClient,
    private readonly config: DouyinConfig,
  ) {}

  /** Every listing modified in the window, or every listing. One that changes shelves meanwhile may come twice. */
  async *pages(call: PlatformCall, window?: Window): AsyncIterable<ListingPage> {
    const whole = window ?? { from: BEFORE_ANY_PRODUCT, to: call.storyNow() };
    const seen = new Set<string>();
    for (const status of STATUSES) {
      for await (const { rows } of readList(this.client, call, listOf(status), whole)) {
        const fresh = rows.map(({ value }) => value).filter((row) => !seen.has(listingIdOf(row) ?? ''));
        for (const row of fresh) seen.add(listingIdOf(row) ?? '');
        if (fresh.length > 0) yield await this.page(call, fresh);
      }
    }
  }

  /** One listing with its SKUs; `row` is what a list said of it before. Throws `not-found`. */
  async one(call: PlatformCall, listingId: string, row: JsonObject = {}): Promise<CanonicalListing> {
    const startedAt = call.storyNow();
    const { data, text } = await this.client.call(call, { method: DETAIL, params: { product_id: listingId } });
    const product = asObject(data);
    if (listingIdOf(product) === undefined)
      throw new PlatformError(
        'not-found',
        `Douyin answered no product for ${listingId}; it was deleted or belongs to another shop.`,
        { platform: 'douyin', method: DETAIL },
      );
    const skus = await this.skusOf(call, product, listingId);
    const fetch = { startedAt, doneAt: call.storyNow() };
    return { ...mapListing({ ...row, ...product }, skus, fetch, this.config.deductsOn), raw: text };
  }

  private async page(call: PlatformCall, rows: readonly JsonObject[]): Promise<ListingPage> {
    const listings: CanonicalListing[] = [];
    const failed: { listingId: string; reason: string }[] = [];
    for (const row of rows) {
      try {
        listings.push(await this.whole(call, row));
      } catch (error) {
        if (!isPlatformError(error) || (error.kind !== 'not-found' && error.kind !== 'rejected')) throw error;
        failed.push({ listingId: listingIdOf(row) ?? '', reason: error.message });
      }
    }
    return { listings, ...(failed.length > 0 && { failed }) };
  }

  private async whole(call: PlatformCall, row: JsonObject): Promise<CanonicalListing> {
    const listingId = listingIdOf(row);
    if (listingId === undefined)
      throw new PlatformError('rejected', 'A product of the list carries no product_id.', {
        platform: 'douyin',
        method: 'product.listV2',
        reason: 'bad-request',
      });
    if (asText(row['status']) !== DELETED) return this.one(call, listingId, row);
    const now = call.storyNow();
    return mapListing(row, [], { startedAt: now, doneAt: now }, this.config.deductsOn);
  }

  /** A deleted product has none to ask for. */
  private async skusOf(call: PlatformCall, product: JsonObject, listingId: string): Promise<JsonObject[]> {
    if (asText(product['status']) === DELETED) return [];
    const { data } = await this.client.call(call, { method: SKUS, params: { product_id: listingId } });
    return rowsOf(data);
  }
}
