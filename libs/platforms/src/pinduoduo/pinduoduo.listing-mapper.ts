import { CanonicalListing, CanonicalListingSku, ListingStatus } from '@app/contracts/canonical';
import { toShanghaiIso } from '@app/shared';
import { Json, JsonObject, asFlag, asInteger, asText, cleanText } from '../kit/answer.json';
import { Fetch, listOf, present } from './pinduoduo.values';

/** `goods.detail.get` → canonical listing; money of the goods methods is fen (Pinduoduo sheet §8.1). */
export function mapListing(root: JsonObject, fetch: Fetch, deductsOn: string): CanonicalListing {
  const listingId = asText(root['goods_id']) ?? '';
  const rawStatus = asText(root['status']);
  const status = listingStatusOf(rawStatus);
  return {
    listingId,
    title: cleanText(root['goods_name'], 1_024) ?? '',
    status,
    deductsOn: deductsOn === 'order' ? 'order' : 'pay',
    fetchedAt: toShanghaiIso(fetch.doneAt),
    currency: 'CNY',
    skus: listOf(root['sku_list']).map((sku) => mapSku(sku, status)),
    raw: fetch.raw,
    ...present({
      merchantCode: cleanText(root['outer_goods_id'], 256),
      imageUrl: imageOf(root['carousel_gallery_list']),
      rawStatus: rawStatus?.slice(0, 128),
    }),
  };
}

/** 1 on the shelf, 2 off, 3 sold out, 4 deleted. What is sold out stands on the shelf and sells again once it has stock. */
export function listingStatusOf(status: string | undefined): ListingStatus {
  if (status === '1' || status === '3') return 'on_shelf';
  if (status === '2') return 'off_shelf';
  return status === '4' ? 'deleted' : 'unknown';
}

/** The group price is what buyers usually see and pay; the single price is above it. */
function mapSku(sku: JsonObject, listing: ListingStatus): CanonicalListingSku {
  const isOn = sku['is_onsale'] === undefined || asFlag(sku['is_onsale']);
  return {
    listingSkuId: asText(sku['sku_id']) ?? '',
    priceFen: asInteger(sku['multi_price']) ?? asInteger(sku['price']) ?? 0,
    quantity: asInteger(sku['quantity']) ?? 0,
    status: listing === 'on_shelf' && !isOn ? 'off_shelf' : listing,
    ...present({
      merchantCode: cleanText(sku['out_sku_sn'], 256),
      specText: specOf(sku['spec']),
    }),
  };
}

function specOf(spec: Json): string | undefined {
  const parts = listOf(spec).map((part) => `${asText(part['parent_name']) ?? ''}:${asText(part['spec_name']) ?? ''}`);
  return parts.length === 0 ? undefined : cleanText(parts.join(';'), 1_024);
}

/** The gallery holds addresses, or objects around them. */
function imageOf(gallery: Json): string | undefined {
  const first = Array.isArray(gallery) ? gallery[0] : undefined;
  const url = typeof first === 'string' ? first : asText(listOf(gallery)[0]?.['url']);
  return url === undefined || url === '' ? undefined : url.slice(0, 2_048);
}
