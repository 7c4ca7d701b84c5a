import { setShelf } from '../../../core/shelf';
import { toPlatformText } from '../../../core/times';
import type { ListingSku, ListingStory } from '../../../core/story.types';
import { pageOf } from '../../../kit/list-page';
import { business, id, invalid, missing } from '../envelope';
import { read, shopOf, write, type Call, type MethodTable } from '../method';
import { specView } from '../order-view';
import { seconds } from '../words';

type Row = Record<string, unknown>;

/** Products are paged from 1, over at most so many rows (Douyin sheet §8.1). */
const MOST_ROWS = 10_000;
const MOST_A_PAGE = 100;

const statusOf = (listing: ListingStory): number => (listing.state === 'off_shelf' ? 1 : 0);

const image = (listing: ListingStory): string =>
  `https://p3-aio.ecombdimg.com/obj/ecom-shop-material/${listing.id}.jpg`;

function listRow(listing: ListingStory): Row {
  return {
    product_id: id(listing.id),
    name: listing.title,
    img: image(listing),
    status: statusOf(listing),
    check_status: 3,
    product_type: listing.isVirtual ? 3 : 0,
    spec_id: id(`17${listing.id.slice(4, 18)}`),
    outer_product_id: listing.itemCode,
    out_product_id: 0,
    category_detail: {
      first_cid: 20005,
      second_cid: 20174,
      third_cid: 22226,
      fourth_cid: 0,
      first_cname: '服饰内衣',
      second_cname: '女装',
      third_cname: 'T恤',
      fourth_cname: '',
    },
    create_time: seconds(listing.createdAt),
    update_time: seconds(listing.modifiedAt),
    is_package_product: false,
    package_product_list: [],
    sub_product_list: [],
    description: '',
    extra: '',
    sell_num: listing.skus.reduce((sum, sku) => sum + sku.sold, 0),
    market_price: 0,
    discount_price: 0,
    pay_type: 0,
    cos_ratio: 0,
  };
}

/** The range of the update time leaves out both of its ends (Douyin sheet §8.1); that of the creation includes them. */
function listV2(call: Call): unknown {
  const { body } = call;
  const page = body.requiredInt('page');
  const size = body.requiredInt('size');
  if (page < 1 || page > 100) throw invalid(1, 'page 必须在 1 到 100 之间');
  if (size < 1 || size > MOST_A_PAGE) throw invalid(1, `size 必须在 1 到 ${MOST_A_PAGE} 之间`);
  if (page * size > MOST_ROWS) throw invalid(1, `page*size 不能超过 ${MOST_ROWS}`);
  const status = body.int('status');
  const check = body.int('check_status');
  const name = body.text('name');
  const wanted = body.ids('product_id');
  if (wanted.length > MOST_A_PAGE) throw invalid(1, 'product_id 最多 100 个');
  const after = body.seconds('update_start_time');
  const before = body.seconds('update_end_time');
  const isByUpdate = after !== undefined || before !== undefined;
  const created = {
    from: body.seconds('start_time') ?? 0,
    to: body.seconds('end_time') ?? Number.MAX_SAFE_INTEGER - 1,
  };
  const listings = call.indexes.of(shopOf(call).shopId).listings;
  const { rows, total } = pageOf(call, {
    index: isByUpdate ? listings.modified : listings.created,
    from: isByUpdate ? (after ?? -1) + 1 : created.from,
    to: isByUpdate ? (before ?? Number.MAX_SAFE_INTEGER - 1) - 1 : created.to,
    filter: (listing) =>
      listing.createdAt >= created.from &&
      listing.createdAt <= created.to &&
      (status === undefined || statusOf(listing) === status) &&
      (check === undefined || check === 3) &&
      (name === undefined || listing.title.includes(name)) &&
      (wanted.length === 0 || wanted.includes(listing.id)),
    isModifiedList: false,
    pageNo: page,
    pageSize: size,
    keyOf: (listing) => listing.id,
    modifiedAtOf: (listing) => listing.modifiedAt,
  });
  return { data: rows.map(listRow), total, page, size };
}

/** The shop's own product of `product_id` or of the merchant's number for it. */
export function ownListing(call: Call, number = 2010058): ListingStory {
  const productId = call.body.text('product_id');
  if (productId === undefined && !call.body.has('out_product_id') && !call.body.has('outer_product_id'))
    throw missing('product_id');
  const outer = call.body.text('outer_product_id') ?? call.body.text('out_product_id');
  const listing =
    productId !== undefined && productId !== '0'
      ? call.core.story.listing('douyin', productId)
      : call.core.story.listingsIn('douyin', shopOf(call).shopId).find((one) => one.itemCode === outer);
  if (!listing || listing.shopId !== shopOf(call).shopId) throw invalid(number, '商品不存在');
  return listing;
}

function skuRow(listing: ListingStory, sku: ListingSku): Row {
  const specs = specView(sku.spec);
  const specId = (i: number): string => `1798${sku.id.slice(4, 14)}${String(i + 1).padStart(2, '0')}`;
  const nth = (i: number): Row => ({
    [`spec_detail_id${i + 1}`]: specs[i] ? id(specId(i)) : 0,
    [`spec_detail_name${i + 1}`]: specs[i]?.value ?? '',
  });
  return {
    id: id(sku.id),
    product_id: id(listing.id),
    product_id_str: listing.id,
    open_user_id: id('7000000000000000001'),
    out_sku_id: 0,
    code: sku.merchantCode,
    outer_sku_id: '',
    supplier_id: '',
    price: sku.priceFen,
    settlement_price: sku.priceFen,
    spec_id: id(`17${listing.id.slice(4, 18)}`),
    ...nth(0),
    ...nth(1),
    ...nth(2),
    sell_properties: specs.map((spec, i) => ({
      value_spec_detail_id: id(specId(i)),
      value_name: spec.value,
      property_name: spec.name,
    })),
    sku_type: 0,
    sku_status: true,
    stock_num: sku.quantity,
    normal_stock_num: sku.quantity,
    channel_stock_num: 0,
    prehold_stock_num: sku.held,
    prom_stock_num: 0,
    step_stock_num: 0,
    prehold_step_stock_num: 0,
    prom_step_stock_num: 0,
    stock_map: {},
    prehold_stock_map: {},
    ship_rule_map: {},
    create_time: seconds(listing.createdAt),
    is_suit: 0,
    suit_num: 0,
    volume: 0,
    customs_report_info: null,
  };
}

function skuList(call: Call): unknown {
  const listing = ownListing(call);
  return listing.skus.map((sku) => skuRow(listing, sku));
}

/** Times are texts here, and not even in one format (Douyin sheet §8.1). */
function detail(call: Call): unknown {
  const listing = ownListing(call, 4);
  const created = toPlatformText(listing.createdAt);
  return {
    ...listRow(listing),
    product_id_str: listing.id,
    create_time: created,
    update_time: `${toPlatformText(listing.modifiedAt).replace(' ', 'T')}+08:00`,
    pic: [image(listing)],
    presell_type: 0,
    presell_config_level: 0,
    presell_delay: 0,
    delivery_delay_day: 2,
    reduce_type: listing.deductsOn === 'pay' ? 2 : 1,
    draft_status: 0,
    freight_id: 0,
    after_sale_service: '{"supply_day_return_selector":"7"}',
    specs: [],
    spec_prices: listing.skus.map((sku) => ({
      sku_id: id(sku.id),
      code: sku.merchantCode,
      outer_sku_id: '',
      out_sku_id: 0,
      price: sku.priceFen,
      stock_num: sku.quantity,
      step_stock_num: 0,
      prom_stock_num: 0,
      lock_stock_num: sku.held,
      stock_num_map: {},
      sku_type: 0,
      spec_detail_ids: specView(sku.spec).map((_, i) =>
        id(`1798${sku.id.slice(4, 14)}${String(i + 1).padStart(2, '0')}`),
      ),
      presell_delay: 0,
    })),
  };
}

function setOnline(call: Call): unknown {
  const listing = ownListing(call);
  if (!setShelf(call.core, listing, true, call.at)) throw business(2010064, '商品已上架');
  call.messages.productChanged(listing, '上架');
  return {};
}

/** A product that is off already is refused; which number it gets is UNCONFIRMED (Douyin sheet §4.3). */
function setOffline(call: Call): unknown {
  const listing = ownListing(call);
  if (!setShelf(call.core, listing, false, call.at)) throw business(2010064, '商品已下架');
  call.messages.productChanged(listing, '下架');
  return {};
}

/** Products (Douyin sheet §8.1, §8.3). */
export const productMethods: MethodTable = {
  'product.listV2': read(listV2),
  'product.detail': read(detail),
  'sku.list': read(skuList),
  'product.setOnline': write(setOnline),
  'product.setOffline': write(setOffline),
};
