import { CanonicalListing, CanonicalListingSku, ListingStatus } from '@app/contracts/canonical';
import { toShanghaiIso } from '@app/shared';
import { JsonObject, asInteger, asText, cleanText } from '../kit/answer.json';
import { Fetch, fenOf, idOf, instantOf, present, rowsOf } from './douyin.values';

/** A deleted product has no SKUs to ask for (Douyin sheet §8.1). */
export const DELETED = '2';
const BANNED = '5';

/**
 * A product with its SKUs → canonical listing (Douyin sheet §8.1). `product` is a row of `product.listV2` or the answer
 * of `product.detail`, `skus` the answer of `sku.list`.
 */
export function mapListing(
  product: JsonObject,
  skus: readonly JsonObject[],
  fetch: Omit<Fetch, 'raw'>,
  deductsOn: string,
): CanonicalListing {
  const status = statusOf(product);
  const pictures = product['pic'];
  const imageUrl = asText(product['img']) ?? (Array.isArray(pictures) ? asText(pictures[0]) : asText(pictures));
  return {
    listingId: listingIdOf(product) ?? '',
    title: cleanText(product['name'], 1_024) ?? '',
    status,
    rawStatus: `${asText(product['status']) ?? ''}/${asText(product['check_status']) ?? ''}`.slice(0, 128),
    deductsOn: deductsOnOf(asText(product['reduce_type']), deductsOn),
    fetchedAt: toShanghaiIso(fetch.doneAt),
    currency: 'CNY',
    skus: skus.map((sku) => mapSku(sku, status)),
    ...present({
      merchantCode: cleanText(product['outer_product_id'], 256) ?? idOf(product['out_product_id']),
      imageUrl: imageUrl?.slice(0, 2_048),
      modifiedAt: instantOf(product['update_time']),
    }),
  };
}

/** Number of a product: a number of 19 digits, or its text twin. */
export function listingIdOf(product: JsonObject): string | undefined {
  return idOf(product['product_id_str']) ?? idOf(product['product_id']);
}

/** For sale means online and not banned; everything in review keeps what was online before (Douyin sheet §8.1). */
function statusOf(product: JsonObject): ListingStatus {
  const status = asText(product['status']);
  if (status === DELETED) return 'deleted';
  if (status === '1') return 'off_shelf';
  if (status !== '0') return 'unknown';
  return asText(product['check_status']) === BANNED ? 'off_shelf' : 'on_shelf';
}

function deductsOnOf(reduceType: string | undefined, otherwise: string): 'order' | 'pay' {
  if (reduceType === '1') return 'order';
  if (reduceType === '2') return 'pay';
  return otherwise === 'pay' ? 'pay' : 'order';
}

function mapSku(sku: JsonObject, listing: ListingStatus): CanonicalListingSku {
  return {
    listingSkuId: idOf(sku['id']) ?? idOf(sku['sku_id']) ?? '',
    priceFen: fenOf(sku, 'price'),
    quantity: asInteger(sku['stock_num']) ?? 0,
    status: asText(sku['sku_status']) === 'false' ? 'off_shelf' : listing,
    ...present({
      merchantCode: cleanText(sku['code'], 256) ?? idOf(sku['outer_sku_id']) ?? idOf(sku['out_sku_id']),
      specText: specOf(sku),
      withHold: asInteger(sku['prehold_stock_num']),
    }),
  };
}

function specOf(sku: JsonObject): string | undefined {
  const named = rowsOf(sku['sell_properties']).map((property) => asText(property['value_name']));
  const numbered = ['spec_detail_name1', 'spec_detail_name2', 'spec_detail_name3'].map((name) => asText(sku[name]));
  const values = (named.length > 0 ? named : numbered).filter((value) => value !== undefined);
  return cleanText(values.join(';'), 1_024);
}
