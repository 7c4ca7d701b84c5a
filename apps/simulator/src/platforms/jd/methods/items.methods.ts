import { setShelf } from '../../../core/shelf';
import type { ListingSku, ListingStory, ShopStory } from '../../../core/story.types';
import { hashText } from '../../../core/random';
import { pageOf } from '../../../kit/list-page';
import { MethodRefused, num, yuanNumber } from '../envelope';
import { read, shopOf, write, type Call, type MethodTable } from '../method';

type Row = Record<string, unknown>;

const MOST_ROWS = 50;
/** Behind this page the answer is empty (JD sheet §8.1). */
const LAST_PAGE = 100;

/** `wareStatus` and the `status` of a SKU (JD sheet §8.1). */
const WARE_STATUS: Readonly<Record<ListingStory['state'], number>> = { on_sale: 8, off_shelf: 2, sold_out: 8 };
const skuStatus = (listing: ListingStory): number => (listing.state === 'off_shelf' ? 2 : 1);

/** What comes when `field` names nothing more. */
const PLAIN_WARE: readonly string[] = ['wareId', 'title', 'wareStatus', 'outerId', 'itemNum', 'modified', 'created'];
const PLAIN_SKU: readonly string[] = ['wareId', 'skuId', 'status', 'jdPrice', 'outerId', 'modified', 'created'];

const nameOf = (listing: ListingStory, sku: ListingSku): string =>
  `${listing.title} ${sku.spec.replace(/[^;:]*:/g, '').replaceAll(';', ' ')}`;

function wareView(call: Call, listing: ListingStory, shop: ShopStory): Row {
  return {
    wareId: num(listing.id),
    title: listing.title,
    categoryId: 9_743,
    brandId: 8_557,
    brandName: '汇店',
    wareStatus: WARE_STATUS[listing.state],
    outerId: listing.itemCode,
    itemNum: listing.itemCode,
    barCode: '',
    created: listing.createdAt,
    modified: listing.modifiedAt,
    onlineTime: listing.createdAt,
    offlineTime: null,
    colType: 0,
    logo: `jfs/t1/${listing.id}.jpg`,
    jdPrice: yuanNumber(Math.min(...listing.skus.map((sku) => sku.priceFen))),
    marketPrice: yuanNumber(Math.max(...listing.skus.map((sku) => sku.priceFen)) * 2),
    stockNum: listing.skus.reduce((sum, sku) => sum + call.stock.onHand(sku), 0),
    shopId: num(shop.shopId),
    venderId: num(shop.shopId),
    weight: 0.3,
  };
}

function skuView(call: Call, listing: ListingStory, sku: ListingSku): Row {
  return {
    wareId: num(listing.id),
    skuId: num(sku.id),
    status: skuStatus(listing),
    saleAttrs: sku.spec.split(';').map((pair, i) => {
      const [name, value] = pair.split(':') as [string, string];
      return {
        attrId: String(1_000_000_000 + (hashText(name) % 1_000_000)),
        attrValues: [String(1_500_000 + (hashText(value) % 100_000))],
        attrValueAlias: [value],
        index: i + 1,
      };
    }),
    jdPrice: yuanNumber(sku.priceFen),
    outerId: sku.merchantCode,
    barCode: '',
    categoryId: 9_743,
    logo: `jfs/t1/${listing.id}.jpg`,
    skuName: nameOf(listing, sku),
    stockNum: call.stock.onHand(sku),
    wareTitle: listing.title,
    created: listing.createdAt,
    modified: sku.modifiedAt,
  };
}

function pick(call: Call, row: Row, plain: readonly string[]): Row {
  const asked = [...call.fields.names('field'), ...call.fields.names('fields')];
  const names = [...plain, ...asked];
  return Object.fromEntries(Object.entries(row).filter(([name]) => names.includes(name)));
}

/** The shop's own listing; a foreign one is answered like none. */
export function ownListing(call: Call, wareId: string): ListingStory {
  const listing = call.core.story.listing('jd', wareId);
  if (!listing || listing.shopId !== shopOf(call).shopId) throw new MethodRefused('11100002', `商品${wareId}不存在`);
  return listing;
}

/** The shop's own SKU with its listing; undefined when there is none. */
export function ownSku(call: Call, skuId: string): { listing: ListingStory; sku: ListingSku } | undefined {
  const listing = call.core.story.listingOfSku('jd', skuId);
  const sku = listing?.skus.find((one) => one.id === skuId);
  return listing && sku && listing.shopId === shopOf(call).shopId ? { listing, sku } : undefined;
}

interface ListWish {
  byModified: boolean;
  from: number;
  to: number;
  pageNo: number;
  pageSize: number;
  filter?(listing: ListingStory): boolean;
}

function listWish(call: Call, pageSizeName: string): ListWish {
  const { fields } = call;
  const created = { from: fields.time('startCreatedTime'), to: fields.time('endCreatedTime') };
  const byModified = created.from === undefined && created.to === undefined;
  const span = byModified ? { from: fields.time('startModifiedTime'), to: fields.time('endModifiedTime') } : created;
  return {
    byModified,
    from: span.from ?? 0,
    to: span.to ?? Number.MAX_SAFE_INTEGER,
    // Only `pageNo` is read: a caller that sends `page` gets the first page for ever (JD sheet §8.1).
    pageNo: fields.int('pageNo', 1, 1_000_000, 1),
    pageSize: fields.int(pageSizeName, 1, MOST_ROWS, 10),
  };
}

function listingsOf(call: Call, wish: ListWish): { rows: ListingStory[]; total: number } {
  const indexes = call.indexes.of(shopOf(call).shopId).listings;
  const isAscending = call.fields.text('orderType') === 'asc';
  const page = pageOf(call, {
    index: wish.byModified ? indexes.modified : indexes.created,
    from: wish.from,
    to: wish.to,
    filter: wish.filter,
    isModifiedList: wish.byModified,
    isOldestFirst: isAscending,
    pageNo: wish.pageNo,
    pageSize: wish.pageSize,
    keyOf: (listing) => listing.id,
    modifiedAtOf: (listing) => listing.modifiedAt,
  });
  return { rows: wish.pageNo > LAST_PAGE ? [] : page.rows, total: page.total };
}

function searchWares(call: Call): Row {
  const { fields } = call;
  const wish = listWish(call, 'pageSize');
  const ids = fields.names('wareId');
  const states = fields.names('wareStatusValue').map(Number);
  const key = fields.text('searchKey');
  const itemNum = fields.text('itemNum');
  wish.filter = (listing) =>
    (ids.length === 0 || ids.includes(listing.id)) &&
    (states.length === 0 || states.includes(WARE_STATUS[listing.state])) &&
    (key === undefined || listing.title.includes(key)) &&
    (itemNum === undefined || listing.itemCode === itemNum);
  const { rows, total } = listingsOf(call, wish);
  const data = rows.map((listing) => pick(call, wareView(call, listing, shopOf(call)), PLAIN_WARE));
  return { page: { data, pageNo: wish.pageNo, pageSize: wish.pageSize, totalItem: total } };
}

function findWare(call: Call): Row {
  const listing = ownListing(call, call.fields.id('wareId'));
  return { ware: pick(call, wareView(call, listing, shopOf(call)), PLAIN_WARE) };
}

/** SKUs in the order of their numbers; the whole shop is small enough to be looked through. */
function searchSkus(call: Call): Row {
  const { fields } = call;
  const wish = listWish(call, 'page_size');
  const [wareIds, skuIds] = [fields.names('wareId'), fields.names('skuId')];
  const states = fields.names('skuStatuValue').map(Number);
  const outId = fields.text('outId');
  const title = fields.text('wareTitle');
  const { faults } = call.core;
  const found = call.core.story
    .listingsIn('jd', shopOf(call).shopId)
    .flatMap((listing) =>
      listing.skus
        .filter(
          (sku) =>
            (wareIds.length === 0 || wareIds.includes(listing.id)) &&
            (skuIds.length === 0 || skuIds.includes(sku.id)) &&
            (states.length === 0 || states.includes(skuStatus(listing))) &&
            (outId === undefined || sku.merchantCode === outId) &&
            (title === undefined || listing.title.includes(title)) &&
            isWithin(wish, listing, sku),
        )
        .map((sku) => ({ listing, sku })),
    );
  const skip = (wish.pageNo - 1) * wish.pageSize;
  const shown = wish.pageNo > LAST_PAGE ? [] : found.slice(skip, skip + wish.pageSize);
  const data = shown
    .filter(() => !faults.isOn('jd', 'drop-row') || faults.strikes('jd', 'drop-row', call.method) === undefined)
    .map(({ listing, sku }) => pick(call, skuView(call, listing, sku), PLAIN_SKU));
  return { page: { data, pageNo: wish.pageNo, pageSize: wish.pageSize, totalItem: found.length } };
}

function isWithin(wish: ListWish, listing: ListingStory, sku: ListingSku): boolean {
  const at = wish.byModified ? sku.modifiedAt : listing.createdAt;
  return at >= wish.from && at <= wish.to;
}

function findSku(call: Call): Row {
  const skuId = call.fields.id('skuId');
  const found = ownSku(call, skuId);
  if (!found) throw new MethodRefused('11200025', `SKU ${skuId}不存在或已删除`);
  return { sku: pick(call, skuView(call, found.listing, found.sku), PLAIN_SKU) };
}

function upOrDown(call: Call): Row {
  const listing = ownListing(call, call.fields.id('wareId'));
  const opType = call.fields.int('opType', 1, 2);
  setShelf(call.core, listing, opType === 1, call.at);
  return { success: true };
}

/** Wares and SKUs, and the shelf (JD sheet §8.1, §8.3). */
export const itemMethods: MethodTable = {
  'jingdong.ware.read.searchWare4Valid': read(searchWares),
  'jingdong.ware.read.findWareById': read(findWare),
  'jingdong.sku.read.searchSkuList': read(searchSkus),
  'jingdong.sku.read.findSkuById': read(findSku),
  'jingdong.ware.write.upOrDown': write(upOrDown),
};
