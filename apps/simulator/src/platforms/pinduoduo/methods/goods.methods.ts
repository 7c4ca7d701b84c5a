import { SECOND } from '../../../core/times';
import type { ListingSku, ListingStory } from '../../../core/story.types';
import { pageOf } from '../../../kit/list-page';
import { read, shopOf, write, type Call, type MethodTable } from '../method';
import { business, refuse } from '../pop-error';

type Row = Record<string, unknown>;

/** How far apart `created_at_from` and `created_at_end` may be (Pinduoduo sheet §8.1). */
const MOST_CREATED_S = 7 * 86_400;

const sum = (listing: ListingStory, of: (sku: ListingSku) => number): number =>
  listing.skus.reduce((all, sku) => all + of(sku), 0);

/** Numbers made up from words, so that the same word has the same number. */
const numberOf = (text: string): number =>
  [...text].reduce((all, char) => (all * 31 + char.codePointAt(0)!) % 900_000, 7) + 1_000;

function specsOf(sku: ListingSku): Row[] {
  return sku.spec.split(';').map((pair) => {
    const [parent, name] = pair.split(':') as [string, string];
    return {
      parent_id: numberOf(parent),
      parent_name: parent,
      spec_id: numberOf(name),
      spec_name: name,
      spec_note: '',
    };
  });
}

const specText = (sku: ListingSku): string =>
  specsOf(sku)
    .map((spec) => spec.spec_name)
    .join(',');

const image = (listing: ListingStory): string => `https://img.pddpic.com/demo/${listing.id}.jpeg`;

/** A row of the list: no price, and seconds for the creation (Pinduoduo sheet §8.1). */
function listView(listing: ListingStory): Row {
  return {
    goods_id: Number(listing.id),
    goods_name: listing.title,
    thumb_url: image(listing),
    image_url: image(listing),
    created_at: Math.floor(listing.createdAt / SECOND),
    is_onsale: listing.state === 'on_sale' ? 1 : 0,
    is_more_sku: listing.skus.length > 1 ? 1 : 0,
    goods_quantity: sum(listing, (sku) => sku.quantity),
    goods_reserve_quantity: sum(listing, (sku) => sku.held),
    sku_list: listing.skus.map((sku) => ({
      sku_id: Number(sku.id),
      spec: specText(sku),
      sku_quantity: sku.quantity,
      reserve_quantity: sku.held,
      is_sku_onsale: 1,
      outer_id: sku.merchantCode,
      outer_goods_id: listing.itemCode,
      spec_details: specsOf(sku),
    })),
  };
}

/** 1 on, 2 off, 3 sold out (Pinduoduo sheet §8.1). */
function statusOf(listing: ListingStory): number {
  if (listing.state === 'off_shelf') return 2;
  return listing.state === 'sold_out' ? 3 : 1;
}

/** A SKU as detail and `skus.get` tell it: prices in fen. */
function skuView(sku: ListingSku): Row {
  return {
    sku_id: Number(sku.id),
    out_sku_sn: sku.merchantCode,
    is_onsale: 1,
    quantity: sku.quantity,
    reserve_quantity: sku.held,
    price: sku.priceFen + 100,
    multi_price: sku.priceFen,
    limit_quantity: 999,
    weight: 300,
    sku_pre_sale_time: 0,
    thumb_url: '',
    spec: specsOf(sku),
    sku_property_list: [],
  };
}

function detailView(listing: ListingStory): Row {
  return {
    goods_id: Number(listing.id),
    goods_name: listing.title,
    cat_id: 8_929,
    goods_type: listing.isVirtual ? 6 : 1,
    status: statusOf(listing),
    outer_goods_id: listing.itemCode,
    market_price: Math.max(...listing.skus.map((sku) => sku.priceFen)) + 1_000,
    customer_num: 2,
    cost_template_id: 1,
    shipment_limit_second: 172_800,
    is_pre_sale: 0,
    pre_sale_time: null,
    is_sku_pre_sale: 0,
    is_group_pre_sale: 0,
    delivery_one_day: 0,
    delivery_type: listing.isVirtual || listing.isNoStock ? 0 : 1,
    is_refundable: 1,
    is_folt: 1,
    second_hand: 0,
    invoice_status: 0,
    two_pieces_discount: 0,
    buy_limit: 999_999,
    order_limit: 999_999,
    carousel_gallery_list: [image(listing)],
    detail_gallery_list: [image(listing)],
    goods_property_list: [],
    // The name in camel case is the platform's (Pinduoduo sheet §4.1).
    skuType: 0,
    sku_list: listing.skus.map(skuView),
  };
}

/** Listings of the shop; `is_onsale` goes before `outer_id`, and that before `goods_name`. */
function list(call: Call): Row {
  const shop = shopOf(call);
  const { params } = call;
  const onSale = params.text('is_onsale') === undefined ? undefined : params.int('is_onsale', 0, 1);
  const code = params.text('outer_id');
  const name = params.text('goods_name');
  const goodsCodes = params.text('outer_goods_id')?.split(',');
  const window =
    params.text('created_at_from') === undefined
      ? { from: 0, to: call.at }
      : params.window('created_at_from', 'created_at_end', MOST_CREATED_S);
  const fits = (listing: ListingStory): boolean => {
    if (onSale !== undefined) return (listing.state === 'on_sale' ? 1 : 0) === onSale;
    if (code !== undefined) return listing.skus.some((sku) => sku.merchantCode === code);
    return name === undefined || listing.title.includes(name);
  };
  const page = pageOf(call, {
    index: call.indexes.of(shop.shopId).listings.created,
    ...window,
    filter: (listing) => fits(listing) && (goodsCodes === undefined || goodsCodes.includes(listing.itemCode)),
    isModifiedList: false,
    pageNo: params.int('page', 1, 1_000_000, 1),
    pageSize: params.int('page_size', 1, 100, 100),
    keyOf: (listing) => listing.id,
    modifiedAtOf: (listing) => listing.modifiedAt,
  });
  return { total_count: page.total, goods_list: page.rows.map(listView) };
}

function ownListing(call: Call): ListingStory {
  const listing = call.core.story.listing('pinduoduo', call.params.required('goods_id'));
  if (!listing || listing.shopId !== shopOf(call).shopId) throw business('商品不存在或不属于当前店铺');
  return listing;
}

function ownSku(call: Call, listing: ListingStory): ListingSku {
  const skuId = call.params.text('sku_id');
  const code = call.params.text('outer_id');
  if (skuId === undefined && code === undefined) throw refuse(21_002, 'sku_id 或 outer_id');
  // The id wins when both are given (Pinduoduo sheet §8.2).
  const sku = listing.skus.find((one) => (skuId === undefined ? one.merchantCode === code : one.id === skuId));
  if (!sku) throw business('SKU不存在');
  return sku;
}

/** 1 sets the number (also when nothing is said), 2 adds to it; below zero is refused (Pinduoduo sheet §8.2). */
function quantity(call: Call): Row {
  const listing = ownListing(call);
  const sku = ownSku(call, listing);
  const isIncrement = call.params.int('update_type', 1, 2, 1) === 2;
  const number = call.params.int('quantity', -1e9, 1e9);
  const target = isIncrement ? sku.quantity + number : number;
  if (target < 0) throw business('商品库存不能小于0');
  if (target < sku.quantity && call.slots.has(listing.id)) throw business('商品在活动资源位中，不能减少库存');
  call.core.story.changeSku(
    listing,
    sku,
    (one) => {
      one.quantity = target;
      one.lastTold = { quantity: target, at: call.at, by: call.method };
    },
    call.at,
  );
  return { is_success: true };
}

function saleStatus(call: Call): Row {
  const listing = ownListing(call);
  const isOn = call.params.int('is_onsale', 0, 1) === 1;
  if ((listing.state === 'on_sale') !== isOn) {
    call.core.story.addListing({ ...listing, state: isOn ? 'on_sale' : 'off_shelf', modifiedAt: call.at });
    call.messages.shelfChanged(listing, isOn, call.at);
  }
  return { is_success: true };
}

const oneSku = (call: Call): Row => {
  const listing = ownListing(call);
  return { goods_id: Number(listing.id), ...skuView(ownSku(call, listing)) };
};

/** Goods (Pinduoduo sheet §8). */
export const goodsMethods: MethodTable = {
  'pdd.goods.list.get': read('goods_list_get_response', list),
  'pdd.goods.detail.get': read('goods_detail_get_response', (call) => detailView(ownListing(call))),
  'pdd.goods.skus.get': read('goods_sku_get_response', oneSku),
  'pdd.goods.quantity.update': write('goods_quantity_update_response', quantity),
  'pdd.goods.sale.status.set': write('goods_sale_status_set_response', saleStatus),
};
