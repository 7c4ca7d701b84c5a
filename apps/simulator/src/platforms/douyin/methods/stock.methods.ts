import type { ListingSku, ListingStory } from '../../../core/story.types';
import type { Body } from '../body';
import { business, DouyinError, id, invalid, missing } from '../envelope';
import { read, shopOf, write, type Call, type MethodTable } from '../method';
import { ownListing } from './products.methods';

type Row = Record<string, unknown>;

/** The most SKUs in one call over several products (Douyin sheet §8.2). */
const MOST_SKUS = 50;

interface Change {
  listing: ListingStory;
  sku: ListingSku;
  before: number;
  quantity: number;
}

const quantityOf = (row: Body): number => row.requiredInt('stock_num');

/** Absolute numbers may be 0; an increment below zero is refused. */
function target(sku: ListingSku, stockNum: number, isIncrement: boolean, shortage: () => DouyinError): number {
  const quantity = isIncrement ? sku.quantity + stockNum : stockNum;
  if (!isIncrement && stockNum < 0) throw invalid(1, '库存不能小于 0');
  if (quantity < 0) throw shortage();
  return quantity;
}

function put(call: Call, changes: readonly Change[]): void {
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
  }
}

/** An increment needs a key of its own, and a key works once; `used` is the platform's refusal of a used one. */
function useKey(call: Call, isIncrement: boolean, used: () => DouyinError): string | undefined {
  const key = call.body.text('idempotent_id');
  if (isIncrement && key === undefined) throw missing('idempotent_id');
  if (key !== undefined && call.waybills.isStockKeyUsed(shopOf(call).shopId, key)) throw used();
  return key;
}

function keepKey(call: Call, key: string | undefined): void {
  if (key !== undefined) call.waybills.useStockKey(shopOf(call).shopId, key);
}

function syncStock(call: Call): unknown {
  const { body } = call;
  const listing = ownListing(call);
  const skuId = body.text('sku_id');
  const code = body.text('code');
  if (skuId === undefined && code === undefined && !body.has('out_sku_id')) throw missing('sku_id');
  const sku = listing.skus.find((one) => (skuId !== undefined ? one.id === skuId : one.merchantCode === code));
  if (!sku) throw invalid(5, 'sku 不存在');
  const isIncrement = body.flag('incremental');
  const key = useKey(call, isIncrement, () => invalid(40010, 'idempotent_id 已被使用，请求已执行'));
  const quantity = target(sku, quantityOf(body), isIncrement, () => business(2010012, '库存不足'));
  put(call, [{ listing, sku, before: sku.quantity, quantity }]);
  keepKey(call, key);
  return {};
}

/** One product, all or nothing (Douyin sheet §8.2). */
function syncStockBatch(call: Call): unknown {
  const { body } = call;
  const listing = ownListing(call);
  const rows = body.objects('sku_sync_list');
  if (rows.length === 0) throw missing('sku_sync_list');
  const isIncrement = body.flag('incremental');
  const key = useKey(call, isIncrement, () => invalid(2010021, 'idempotent_id 已被使用'));
  const changes = rows.map((row): Change => {
    const skuId = row.text('sku_id');
    const outer = row.text('outer_sku_id');
    const sku = listing.skus.find((one) => (skuId !== undefined ? one.id === skuId : one.merchantCode === outer));
    if (!sku) throw invalid(5, `sku ${skuId ?? outer ?? ''} 不存在`);
    const quantity = target(sku, quantityOf(row), isIncrement, () => business(2010012, '库存不足'));
    return { listing, sku, before: sku.quantity, quantity };
  });
  put(call, changes);
  keepKey(call, key);
  return {};
}

/** Several products; each row has a result of its own (Douyin sheet §8.2). */
function syncMulti(call: Call): unknown {
  const { body } = call;
  const rows = body.objects('items');
  if (rows.length === 0) throw missing('items');
  if (rows.length > MOST_SKUS) throw invalid(1, `一次最多更新 ${MOST_SKUS} 个 SKU`);
  if (!body.has('incremental')) throw missing('incremental');
  const isIncrement = body.flag('incremental');
  const key = useKey(call, isIncrement, () => business(-20002, '幂等请求重复'));
  const results = rows.map((row) => multiRow(call, row, isIncrement));
  keepKey(call, key);
  return { results };
}

function multiRow(call: Call, row: Body, isIncrement: boolean): Row {
  const skuId = row.required('sku_id');
  const failed = (code: number, message: string): Row => ({
    sku_id: id(skuId),
    stock_num: 0,
    change_num: 0,
    status_code: code,
    status_message: message,
  });
  const listing = call.core.story.listingOfSku('douyin', skuId);
  const sku = listing?.skus.find((one) => one.id === skuId);
  if (!listing || !sku || listing.shopId !== shopOf(call).shopId) return failed(5, 'sku 不存在');
  if (row.has('product_id') && row.text('product_id') !== listing.id) return failed(2010058, '商品不存在');
  const before = sku.quantity;
  const quantity = isIncrement ? before + quantityOf(row) : quantityOf(row);
  if (quantity < 0) return failed(2010012, '库存不足');
  put(call, [{ listing, sku, before, quantity }]);
  return {
    sku_id: id(skuId),
    stock_num: quantity,
    change_num: quantity - before,
    status_code: 0,
    status_message: 'success',
  };
}

function stockNum(call: Call): unknown {
  const skuId = call.body.text('sku_id');
  const code = call.body.text('code');
  if (skuId === undefined && code === undefined) throw missing('sku_id');
  for (const listing of call.core.story.listingsIn('douyin', shopOf(call).shopId))
    for (const sku of listing.skus)
      if (skuId !== undefined ? sku.id === skuId : sku.merchantCode === code)
        return {
          sku_id: id(sku.id),
          code: sku.merchantCode,
          sku_type: 0,
          stock_num: sku.quantity,
          prehold_stock_num: sku.held,
          prom_stock_num: 0,
          step_stock_num: 0,
        };
  throw invalid(5, 'sku 不存在');
}

/** Stock numbers (Douyin sheet §8.2). */
export const stockMethods: MethodTable = {
  'sku.syncStock': write(syncStock),
  'sku.syncStockBatch': write(syncStockBatch),
  'sku.syncStockBatchMultiProducts': write(syncMulti),
  'sku.stockNum': read(stockNum),
};
