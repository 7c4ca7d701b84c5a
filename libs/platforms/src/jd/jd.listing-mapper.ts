import { CanonicalListing, CanonicalListingSku, ListingStatus } from '@app/contracts/canonical';
import { AppError, toShanghaiIso, yuanToFen } from '@app/shared';
import { JsonObject, asInteger, asList, asText, cleanText } from '../kit/answer.json';
import { skuStatusOf, wareStatusOf } from './jd.status';
import { asId, present, timeOf } from './jd.values';

/** Address of pictures that JD names by their path alone. */
const PICTURES = 'https://img10.360buyimg.com/n1/';

/** A ware with its SKUs → canonical listing (JD sheet §8.1). Throws for a price that is no amount. */
export function mapListing(
  ware: JsonObject,
  skus: readonly JsonObject[],
  about: { doneAt: Date; deductsOn: string; raw?: string },
): CanonicalListing {
  const rawStatus = asText(ware['wareStatus']);
  const status = wareStatusOf(rawStatus);
  const listingId = asId(ware['wareId']) ?? '';
  return {
    listingId,
    title: cleanText(ware['title'], 1_024) ?? cleanText(skus[0]?.['wareTitle'], 1_024) ?? '',
    status,
    deductsOn: about.deductsOn === 'order' ? 'order' : 'pay',
    fetchedAt: toShanghaiIso(about.doneAt),
    currency: 'CNY',
    skus: skus.map((sku) => mapSku(sku, status)),
    ...present({
      merchantCode: cleanText(ware['outerId'], 256),
      imageUrl: pictureOf(asText(ware['logo'])),
      rawStatus: rawStatus?.slice(0, 128),
      modifiedAt: timeOf(ware['modified']),
      raw: about.raw,
    }),
  };
}

function mapSku(sku: JsonObject, ware: ListingStatus): CanonicalListingSku {
  return {
    listingSkuId: asId(sku['skuId']) ?? '',
    priceFen: priceOf(sku),
    quantity: asInteger(sku['stockNum']) ?? 0,
    status: skuStatusOf(asText(sku['status']), ware),
    ...present({
      merchantCode: cleanText(sku['outerId'], 256),
      barcode: asText(sku['barCode'])?.slice(0, 128),
      specText: specOf(sku) ?? cleanText(sku['skuName'], 1_024),
    }),
  };
}

function priceOf(sku: JsonObject): number {
  const text = asText(sku['jdPrice']);
  if (text === undefined) return 0;
  try {
    return yuanToFen(text);
  } catch (error) {
    throw new AppError(
      'LISTING.PRICE_UNREADABLE',
      `SKU ${asText(sku['skuId']) ?? '?'} has the price "${text.slice(0, 40)}", which is no amount in yuan.`,
      {},
      { cause: error },
    );
  }
}

/** Readable values of the sale attributes; JD names attributes by id alone. */
function specOf(sku: JsonObject): string | undefined {
  const values = asList(sku['saleAttrs'], 'saleAttr').flatMap((attr) => {
    const alias = attr['attrValueAlias'];
    return Array.isArray(alias) ? alias.flatMap((value) => asText(value) ?? []) : [];
  });
  return cleanText(values.join(';'), 1_024);
}

function pictureOf(logo: string | undefined): string | undefined {
  if (logo === undefined) return undefined;
  return (/^https?:\/\//.test(logo) ? logo : `${PICTURES}${logo}`).slice(0, 2_048);
}
