import { CanonicalListing, CanonicalListingSku, ListingStatus } from '@app/contracts/canonical';
import { toShanghaiIso } from '@app/shared';
import { JsonObject, asInteger, asList, asText, cleanText } from '../kit/answer.json';
import { readYuan } from './taobao.order-amounts';
import { Fetch, present, timeOf } from './taobao.order-mapper';

/** Raw item of `item.seller.get` or `items.seller.list.get` → canonical listing (Taobao sheet §8.1). */
export function mapListing(item: JsonObject, fetch: Fetch, defaultDeductsOn: string): CanonicalListing {
  const listingId = asText(item['num_iid']) ?? '';
  const status = statusOf(asText(item['approve_status']));
  const skus = asList(item['skus'], 'sku').map((sku) => mapSku(sku, status));
  return {
    listingId,
    title: cleanText(item['title'], 1_024) ?? '',
    status,
    deductsOn: deductsOn(asText(item['sub_stock']), defaultDeductsOn),
    fetchedAt: toShanghaiIso(fetch.doneAt),
    currency: 'CNY',
    skus: skus.length > 0 ? skus : [wholeItem(item, listingId, status)],
    ...present({
      merchantCode: cleanText(item['outer_id'], 256),
      imageUrl: asText(item['pic_url'])?.slice(0, 2_048),
      rawStatus: asText(item['approve_status'])?.slice(0, 128),
      modifiedAt: timeOf(item, 'modified'),
    }),
  };
}

function mapSku(sku: JsonObject, itemStatus: ListingStatus): CanonicalListingSku {
  return {
    listingSkuId: asText(sku['sku_id']) ?? '',
    priceFen: readYuan(sku, 'price'),
    quantity: asInteger(sku['quantity']) ?? 0,
    status: asText(sku['status']) === 'delete' ? 'deleted' : itemStatus,
    ...present({
      merchantCode: cleanText(sku['outer_id'], 256),
      barcode: asText(sku['barcode'])?.slice(0, 128),
      specText: specOf(asText(sku['properties_name'])),
      withHold: asInteger(sku['with_hold_quantity']),
    }),
  };
}

/** An item without SKUs sells under its own id. */
function wholeItem(item: JsonObject, listingId: string, status: ListingStatus): CanonicalListingSku {
  return {
    listingSkuId: listingId,
    priceFen: readYuan(item, 'price'),
    quantity: asInteger(item['num']) ?? 0,
    status,
    ...present({
      merchantCode: cleanText(item['outer_id'], 256),
      barcode: asText(item['barcode'])?.slice(0, 128),
      withHold: asInteger(item['with_hold_quantity']),
    }),
  };
}

function statusOf(approveStatus: string | undefined): ListingStatus {
  if (approveStatus === 'onsale') return 'on_shelf';
  return approveStatus === 'instock' ? 'off_shelf' : 'unknown';
}

function deductsOn(subStock: string | undefined, defaultDeductsOn: string): 'order' | 'pay' {
  if (subStock === '1') return 'order';
  if (subStock === '2') return 'pay';
  return defaultDeductsOn === 'order' ? 'order' : 'pay';
}

/** `pid:vid:name:value;…` → `name:value;…`, with `#cln#` and `#scln#` turned back (Taobao sheet §8.1). */
export function specOf(propertiesName: string | undefined): string | undefined {
  if (propertiesName === undefined) return undefined;
  const parts = propertiesName.split(';').filter((part) => part !== '');
  const named = parts.map((part) => part.split(':').slice(2).map(unescape).join(':'));
  return cleanText(named.join(';'), 1_024);
}

function unescape(text: string): string {
  return text.replaceAll('#cln#', ':').replaceAll('#scln#', ';');
}
