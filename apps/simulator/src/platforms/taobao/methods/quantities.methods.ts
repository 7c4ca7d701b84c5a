import { setShelf } from '../../../core/shelf';
import { toPlatformText } from '../../../core/times';
import type { ListingSku, ListingStory } from '../../../core/story.types';
import { business, id, invalid, list, missing } from '../envelope';
import { shopOf, write, type Call, type MethodTable } from '../method';
import { ownListing, propertiesKey } from './items.methods';

type Row = Record<string, unknown>;

/** What an increment below zero does; it differs by method (Taobao sheet §8.2). */
type BelowZero = 'refuse' | 'zero';

/** The most SKUs in one call. */
const MOST_SKUS = 20;

function modeOf(value: number): 'full' | 'increment' {
  return value === 1 ? 'full' : 'increment';
}

function serviceError(call: Call, text: string): Error {
  const suffix = shopOf(call).kind === 'mall' ? '-tmall' : '';
  return business(`isv.item-quantity-sku-update-service-error${suffix}`, text);
}

function target(
  call: Call,
  listing: ListingStory,
  sku: ListingSku,
  mode: 'full' | 'increment',
  quantity: number,
  belowZero: BelowZero,
): number {
  if (mode === 'full') {
    if (quantity < 0) throw invalid('quantity', '全量更新的库存数不能小于 0');
    if (listing.deductsOn === 'pay' && quantity < sku.held) throw serviceError(call, '编辑库存数不能低于预扣库存数');
    return quantity;
  }
  const result = sku.quantity + quantity;
  if (result >= 0) return result;
  if (belowZero === 'refuse') throw serviceError(call, '增量更新后的库存数不能小于 0');
  return 0;
}

function put(call: Call, changes: readonly { listing: ListingStory; sku: ListingSku; quantity: number }[]): void {
  for (const { listing, sku, quantity } of changes) {
    call.core.story.changeSku(
      listing,
      sku,
      (one) => {
        one.quantity = quantity;
        one.lastTold = { quantity, at: call.at, by: call.method };
      },
      call.at,
    );
    call.messages.stockChanged(listing, sku);
  }
}

function itemAnswer(listing: ListingStory, changed: readonly ListingSku[]): Row {
  return {
    item: {
      iid: listing.id,
      num_iid: id(listing.id),
      num: listing.skus.reduce((sum, sku) => sum + sku.quantity, 0),
      modified: toPlatformText(listing.modifiedAt),
      skus: list(
        'sku',
        changed.map((sku) => ({
          modified: toPlatformText(sku.modifiedAt),
          quantity: sku.quantity,
          sku_id: id(sku.id),
        })),
      ),
    },
  };
}

function wholeNumber(text: string | undefined, name: string): number {
  if (text === undefined || !/^-?\d{1,9}$/.test(text)) throw invalid(name, `${name} 必须是整数`);
  return Number(text);
}

function itemQuantity(call: Call): Row {
  const listing = ownListing(call, call.params.id('num_iid'));
  const quantity = wholeNumber(call.params.required('quantity'), 'quantity');
  const mode = modeOf(call.params.int('type', 1, 2, 1));
  const skuId = call.params.text('sku_id');
  const outerId = call.params.text('outer_id');
  const skus =
    skuId !== undefined
      ? listing.skus.filter((sku) => sku.id === skuId)
      : outerId !== undefined
        ? listing.skus.filter((sku) => sku.merchantCode === outerId)
        : listing.skus.length === 1
          ? listing.skus
          : [];
  if (skus.length === 0) throw serviceError(call, '没有找到SKUID');
  put(
    call,
    skus.map((sku) => ({ listing, sku, quantity: target(call, listing, sku, mode, quantity, 'refuse') })),
  );
  return itemAnswer(listing, skus);
}

function pairs(text: string, name: string): { key: string; quantity: number }[] {
  return text
    .split(';')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const colon = pair.lastIndexOf(':');
      if (colon <= 0) throw invalid(name, `${name} 的格式是 key:数量;key:数量`);
      return { key: pair.slice(0, colon), quantity: wholeNumber(pair.slice(colon + 1), name) };
    });
}

function skusQuantity(call: Call): Row {
  const listing = ownListing(call, call.params.id('num_iid'));
  const mode = modeOf(call.params.int('type', 1, 2, 1));
  const byId = call.params.text('skuid_quantities');
  const byCode = call.params.text('outerid_quantities');
  const name = byId !== undefined ? 'skuid_quantities' : 'outerid_quantities';
  if (byId === undefined && byCode === undefined) throw missing('skuid_quantities');
  const wanted = pairs((byId ?? byCode)!, name);
  if (wanted.length > MOST_SKUS) throw invalid(name, `一次最多更新 ${MOST_SKUS} 个 SKU`);
  const changes = wanted.flatMap(({ key, quantity }) => {
    const skus = listing.skus.filter((sku) => (byId !== undefined ? sku.id : sku.merchantCode) === key);
    if (skus.length === 0) throw serviceError(call, `没有找到SKUID ${key}`);
    return skus.map((sku) => ({ listing, sku, quantity: target(call, listing, sku, mode, quantity, 'zero') }));
  });
  put(call, changes);
  return itemAnswer(
    listing,
    changes.map((change) => change.sku),
  );
}

interface SkuQuantity {
  sku_id?: string | number;
  properties?: string;
  outer_id?: string;
  quantity?: string | number;
}

function asArray(value: unknown, name: string): SkuQuantity[] {
  if (!Array.isArray(value)) throw invalid(name, `${name} 必须是数组`);
  return value as SkuQuantity[];
}

function tmallQuantity(call: Call): Row {
  const listing = ownListing(call, call.params.id(call.params.text('num_iid') === undefined ? 'item_id' : 'num_iid'));
  const options =
    call.params.text('options') === undefined
      ? {}
      : (call.params.json('options') as { type?: string | number; outer_biz_key?: string });
  const type = Number(options.type ?? 1);
  if (type !== 1 && type !== 2) throw invalid('options', 'options.type 只能是 1 或 2');
  const bizKey = options.outer_biz_key;
  if (bizKey !== undefined && !/^[0-9a-fA-F]+$/.test(bizKey))
    throw invalid('options', 'outer_biz_key 只能是十六进制字符');
  const answer = { tmall_item_quantity_update_result: listing.id };
  if (bizKey !== undefined && call.waybills.isStockKeyUsed(shopOf(call).shopId, bizKey)) return answer;
  const rows =
    call.params.text('sku_quantities') === undefined
      ? []
      : asArray(call.params.json('sku_quantities'), 'sku_quantities');
  if (rows.length === 0) throw missing('sku_quantities');
  if (rows.length > MOST_SKUS) throw invalid('sku_quantities', `一次最多更新 ${MOST_SKUS} 个 SKU`);
  const keys = new Set(
    rows.map((row) => (row.sku_id !== undefined ? 'sku_id' : row.properties !== undefined ? 'properties' : 'outer_id')),
  );
  if (keys.size > 1) throw invalid('sku_quantities', 'sku_id、properties、outer_id 不能混用');
  const changes = rows.flatMap((row) => {
    const skus = listing.skus.filter((sku) =>
      row.sku_id !== undefined
        ? sku.id === String(row.sku_id)
        : row.properties !== undefined
          ? propertiesKey(sku) === row.properties
          : sku.merchantCode === row.outer_id,
    );
    if (skus.length === 0) throw serviceError(call, 'SKU_NOT_FIND');
    const quantity = wholeNumber(row.quantity === undefined ? undefined : String(row.quantity), 'quantity');
    return skus.map((sku) => ({
      listing,
      sku,
      quantity: target(call, listing, sku, modeOf(type), quantity, 'refuse'),
    }));
  });
  put(call, changes);
  if (bizKey !== undefined) call.waybills.useStockKey(shopOf(call).shopId, bizKey);
  return answer;
}

function moved(call: Call, listing: ListingStory, isOnSale: boolean): Row {
  if (setShelf(call.core, listing, isOnSale, call.at)) call.messages.shelfChanged(listing, isOnSale);
  return { item: { iid: listing.id, num_iid: id(listing.id), modified: toPlatformText(listing.modifiedAt) } };
}

/** An item with SKUs goes on sale with the sum of their numbers, no other one (Taobao sheet §8.3; the text is made up). */
function putOnSale(call: Call): Row {
  const listing = ownListing(call, call.params.id('num_iid'));
  const num = wholeNumber(call.params.required('num'), 'num');
  if (num !== listing.skus.reduce((sum, sku) => sum + sku.quantity, 0))
    throw business('isv.item-listing-service-error', '商品数量与SKU数量之和不一致');
  return moved(call, listing, true);
}

function takeOff(call: Call): Row {
  return moved(call, ownListing(call, call.params.id('num_iid')), false);
}

/** Stock numbers and the shelf, write side (Taobao sheet §8.2, §8.3). */
export const quantityMethods: MethodTable = {
  'taobao.item.quantity.update': write(itemQuantity),
  'taobao.skus.quantity.update': write(skusQuantity),
  'tmall.item.quantity.update': write(tmallQuantity),
  'taobao.item.update.listing': write(putOnSale),
  'taobao.item.update.delisting': write(takeOff),
};
