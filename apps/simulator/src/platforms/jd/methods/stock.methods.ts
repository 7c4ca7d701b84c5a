import type { ListingSku, ListingStory } from '../../../core/story.types';
import { invalid, MethodRefused, missing, num } from '../envelope';
import type { Fields } from '../fields';
import { read, shopOf, write, type Call, type MethodTable } from '../method';
import { ownSku } from './items.methods';

type Row = Record<string, unknown>;

const MOST_STOCK = 99_999_999;
/** SKUs in one call of the batch (JD sheet §8.2). */
const MOST_SKUS = 30;

interface Target {
  listing: ListingStory;
  sku: ListingSku;
}

function find(call: Call, fields: Fields): Target {
  const skuId = fields.id('skuId');
  const found = ownSku(call, skuId);
  if (!found) throw new MethodRefused('11200025', `SKU ${skuId}不存在或已删除`);
  return found;
}

/** Sets what lies in the warehouse; what is booked by paid orders cannot be sold again (JD sheet §8.2). */
function setOnHand(call: Call, { listing, sku }: Target, onHand: number): void {
  const sellable = call.stock.setOnHand(sku.id, onHand);
  call.core.story.changeSku(
    listing,
    sku,
    (one) => {
      one.quantity = sellable;
      one.lastTold = { quantity: onHand, at: call.at, by: call.method };
    },
    call.at,
  );
}

function updateOne(call: Call): Row {
  const target = find(call, call.fields);
  setOnHand(call, target, call.fields.int('stockNum', 0, MOST_STOCK));
  return { success: true };
}

/** A difference; its business number makes it happen once. */
function increaseOne(call: Call): Row {
  const target = find(call, call.fields);
  const by = call.fields.int('stockNum', -MOST_STOCK, MOST_STOCK);
  const key = call.fields.required('stockRfId');
  const { shopId } = shopOf(call);
  if (call.waybills.isStockKeyUsed(shopId, key)) return { success: true };
  const onHand = call.stock.onHand(target.sku) + by;
  if (onHand < 0) throw new MethodRefused('11300010', '扣减后的库存不能小于0');
  setOnHand(call, target, onHand);
  call.waybills.useStockKey(shopId, key);
  return { success: true };
}

/** What is wrong with one row; undefined when it was done. Each row stands for itself. */
function setRow(call: Call, row: Fields): Row | undefined {
  const skuId = row.text('skuId') ?? '';
  const wrong = (message: string): Row => ({
    data: skuId,
    success: false,
    storeId: Number(row.text('storeId') ?? 0),
    message,
  });
  const found = /^\d{1,20}$/.test(skuId) ? ownSku(call, skuId) : undefined;
  if (!found) return wrong('SKU不存在或不属于该商家');
  const wanted = Number(row.text('stockNum') ?? NaN);
  if (!Number.isInteger(wanted) || wanted < 0 || wanted > MOST_STOCK) return wrong('库存数量不合法');
  setOnHand(call, found, wanted);
  return undefined;
}

function setBatch(call: Call): Row {
  const request = call.fields.object('req');
  const model = request.required('updateModel');
  if (model !== 'fullStockIn') throw invalid('updateModel', `不支持${model}`);
  request.required('stockRfId');
  const rows = request.rows('skuStocks');
  if (rows.length === 0) throw missing('skuStocks');
  if (rows.length > MOST_SKUS) throw invalid('skuStocks', `一次最多${MOST_SKUS}个SKU`);
  // Only failures are told; a row that is absent was done (JD sheet §13 #17).
  const results = rows.map((row) => setRow(call, row)).filter((one) => one !== undefined);
  return { returnType: { success: true, code: '0', message: '', obj: { updateStockResult: results } } };
}

function findStock(call: Call): Row {
  const { sku } = find(call, call.fields);
  return {
    skuStocks: [
      {
        skuId: num(sku.id),
        storeId: 0,
        stockNum: call.stock.onHand(sku),
        orderBookingNum: call.stock.bookedOf(sku.id),
        appBookingNum: 0,
        canUsedNum: sku.quantity,
      },
    ],
  };
}

/** Stock (JD sheet §8.2). */
export const stockMethods: MethodTable = {
  'jingdong.stock.read.findSkuStock': read(findStock),
  'jingdong.stock.write.updateSkuStock': write(updateOne),
  'jingdong.stock.write.increaseSkuStock': write(increaseOne),
  'jingdong.ware.stock.sku.set': write(setBatch),
};
