import { CanonicalListing } from '@app/contracts/canonical';
import { AppError } from '@app/shared';
import { JsonObject, asFlag, asInteger, asText } from '../kit/answer.json';
import { PagedList, pagedListOf, readBackwards } from '../kit/paging';
import { ListingPage, PlatformCall, PlatformError, Window } from '../port';
import { JdClient } from './jd.client';
import { JdConfig } from './jd.config';
import { mapListing } from './jd.listing-mapper';
import { JdPage, JdRow, halves } from './jd.paging';
import { callGoods, rowsOf } from './jd.results';
import { asId, idNumber, timeFilter } from './jd.values';

const PAGE_SIZE = 50;
/** Pages behind the hundredth are not given (JD sheet §8.1); cut windows before that. */
const MOST_ROWS = 4_500;
/** Older than any ware; the lists are read through closed windows so that rows which move are not lost. */
const BEFORE_ANY_WARE = new Date('2004-01-01T00:00:00+08:00');
const WARES = 'jingdong.ware.read.searchWare4Valid';
const WARE = 'jingdong.ware.read.findWareById';
const SKUS = 'jingdong.sku.read.searchSkuList';
const UP_OR_DOWN = 'jingdong.ware.write.upOrDown';
const UP = 1;
const DOWN = 2;
const WARE_FIELDS = 'wareId,title,wareStatus,outerId,logo,jdPrice,stockNum,modified,created';
const SKU_FIELDS = 'wareId,skuId,status,saleAttrs,jdPrice,outerId,barCode,skuName,wareTitle,stockNum,modified';

/** Listings: wares with their SKUs. */
export class JdListings {
  constructor(
    private readonly client: JdClient,
    private readonly config: JdConfig,
  ) {}

  /** Every ware, or those of which the ware or a SKU was modified in the window; each with all of its SKUs. */
  async *pages(call: PlatformCall, window?: Window): AsyncIterable<ListingPage> {
    const span = window ?? { from: BEFORE_ANY_WARE, to: call.storyNow() };
    const seen = new Set<string>();
    for await (const rows of this.rows(call, WARES, span)) {
      const fresh = rows.filter(({ row }) => isFresh(seen, asId(row['wareId'])));
      if (fresh.length > 0)
        yield await this.withSkus(
          call,
          fresh.map(({ row }) => row),
        );
    }
    // Whether a SKU's change moves its ware's time is not said, so SKUs are looked through as well.
    if (window === undefined) return;
    for await (const rows of this.rows(call, SKUS, span)) {
      const ids = rows.map(({ row }) => asId(row['wareId'])).filter((id) => isFresh(seen, id));
      const wares: JsonObject[] = [];
      for (const id of ids) wares.push((await this.ware(call, id!)).ware);
      if (wares.length > 0) yield await this.withSkus(call, wares);
    }
  }

  /** One ware with its SKUs. */
  async one(call: PlatformCall, listingId: string): Promise<CanonicalListing> {
    const { ware, text } = await this.ware(call, listingId);
    const skus = await this.skusOf(call, listingId);
    return mapListing(ware, skus, { doneAt: call.storyNow(), deductsOn: this.config.deductsOn, raw: text });
  }

  /** Puts a ware on the shelf or takes it off (JD sheet §8.3); an answer that does not say it was done is a refusal. */
  async setOnShelf(call: PlatformCall, listingId: string, isOnShelf: boolean): Promise<void> {
    const params = { wareId: idNumber(listingId), opType: isOnShelf ? UP : DOWN };
    const request = { method: UP_OR_DOWN, params, isWrite: true };
    const { root } = await this.client.call(call, request);
    if (!asFlag(root['success']))
      throw this.client.refusal(request, { text: asText(root['error_description']) ?? 'the ware was not moved' });
  }

  private async ware(call: PlatformCall, listingId: string): Promise<{ ware: JsonObject; text: string }> {
    const params = { wareId: idNumber(listingId), field: WARE_FIELDS };
    const { result, text } = await callGoods(this.client, call, { method: WARE, params }, 'ware');
    if (asId(result['wareId']) !== undefined) return { ware: result, text };
    throw new PlatformError(
      'not-found',
      `JD answered no ware for ${listingId}; it was deleted or belongs to another shop.`,
      { platform: 'jd', method: WARE },
    );
  }

  /** A ware that cannot be read is listed as failed and does not stop its page. */
  private async withSkus(call: PlatformCall, wares: readonly JsonObject[]): Promise<ListingPage> {
    const listings: CanonicalListing[] = [];
    const failed: { listingId: string; reason: string }[] = [];
    for (const ware of wares) {
      const listingId = asId(ware['wareId']) ?? '';
      const skus = await this.skusOf(call, listingId);
      try {
        listings.push(mapListing(ware, skus, { doneAt: call.storyNow(), deductsOn: this.config.deductsOn }));
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        failed.push({ listingId, reason: error.message });
      }
    }
    return { listings, ...(failed.length > 0 && { failed }) };
  }

  private async skusOf(call: PlatformCall, wareId: string): Promise<JsonObject[]> {
    const skus = new Map<string, JsonObject>();
    const list = this.list(call, SKUS, { wareId: idNumber(wareId) });
    for await (const { rows } of readBackwards(list))
      for (const { row } of rows) if (asId(row['wareId']) === wareId) skus.set(asText(row['skuId']) ?? '', row);
    return [...skus.values()];
  }

  /** Rows of a list modified in a window, which is halved before its pages become too many. */
  private async *rows(call: PlatformCall, method: string, window: Window): AsyncIterable<JdRow[]> {
    const form = this.config.timeFilters;
    const list = this.list(call, method, {
      startModifiedTime: timeFilter(window.from, form),
      endModifiedTime: timeFilter(new Date(Math.ceil(window.to.getTime() / 1_000) * 1_000), form),
    });
    const first = await list.first();
    const parts = (first.total ?? 0) > MOST_ROWS ? halves(window) : undefined;
    if (parts) for (const part of parts) yield* this.rows(call, method, part);
    else for await (const { rows } of readBackwards(list, first)) yield rows;
  }

  /** Both lists count pages by `pageNo`; the size is spelt `page_size` for SKUs alone (JD sheet §8.1). */
  private list(call: PlatformCall, method: string, filter: Record<string, unknown>): PagedList<JdRow> {
    const fields =
      method === WARES
        ? { field: WARE_FIELDS, pageSize: PAGE_SIZE, orderField: 'modified', orderType: 'asc' }
        : { field: SKU_FIELDS, page_size: PAGE_SIZE };
    const ask = async (pageNo: number): Promise<JdPage> => {
      const request = { method, params: { ...filter, ...fields, pageNo } };
      const answer = await callGoods(this.client, call, request, 'page');
      const rows = rowsOf(answer, 'data');
      return { rows, total: asInteger(answer.result['totalItem']) ?? rows.length };
    };
    return pagedListOf(PAGE_SIZE, ask);
  }
}

function isFresh(seen: Set<string>, id: string | undefined): boolean {
  if (id === undefined || seen.has(id)) return false;
  seen.add(id);
  return true;
}
