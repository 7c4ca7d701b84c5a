import { toPlatformText } from '../../../core/times';
import type { ListingSku, ListingStory, ShopStory } from '../../../core/story.types';
import { business, id, invalid, list, missing, yuan } from '../envelope';
import { pageFor, pageNumbers } from '../list-page';
import { read, shopOf, type Call, type MethodTable } from '../method';

type Row = Record<string, unknown>;

const BANNERS: readonly string[] = [
  'regular_shelved',
  'never_on_shelf',
  'off_shelf',
  'for_shelved',
  'sold_out',
  'violation_off_shelf',
];

const escapeName = (text: string): string => text.replaceAll(':', '#cln#').replaceAll(';', '#scln#');

/** `pid:vid` pairs of a spec text, made up from its words. */
function propertiesOf(spec: string): { plain: string; named: string } {
  const pairs = spec.split(';').map((pair) => pair.split(':') as [string, string]);
  const numberOf = (text: string) =>
    [...text].reduce((sum, char) => (sum * 31 + char.codePointAt(0)!) % 9_000_000, 7) + 20_000;
  const plain = pairs.map(([name, value]) => `${numberOf(name)}:${numberOf(value)}`);
  const named = pairs.map(([name, value], i) => `${plain[i]}:${escapeName(name)}:${escapeName(value)}`);
  return { plain: plain.join(';'), named: named.join(';') };
}

/** The `properties` key of a SKU. */
export const propertiesKey = (sku: ListingSku): string => propertiesOf(sku.spec).plain;

function skuView(listing: ListingStory, sku: ListingSku): Row {
  const { plain, named } = propertiesOf(sku.spec);
  return {
    sku_id: id(sku.id),
    num_iid: id(listing.id),
    outer_id: sku.merchantCode || undefined,
    properties: plain,
    properties_name: named,
    price: yuan(sku.priceFen),
    quantity: sku.quantity,
    with_hold_quantity: sku.held,
    status: 'normal',
    created: toPlatformText(listing.createdAt),
    modified: toPlatformText(sku.modifiedAt),
  };
}

function itemView(listing: ListingStory, shop: ShopStory): Row {
  return {
    num_iid: id(listing.id),
    title: listing.title,
    nick: shop.name,
    outer_id: listing.itemCode,
    approve_status: listing.state === 'on_sale' ? 'onsale' : 'instock',
    cid: 50_000_671,
    price: yuan(Math.min(...listing.skus.map((sku) => sku.priceFen))),
    num: listing.skus.reduce((sum, sku) => sum + sku.quantity, 0),
    sub_stock: listing.deductsOn === 'order' ? 1 : 2,
    with_hold_quantity: listing.skus.reduce((sum, sku) => sum + sku.held, 0),
    pic_url: `https://img.alicdn.com/demo/${listing.id}.jpg`,
    list_time: toPlatformText(listing.createdAt),
    delist_time: toPlatformText(listing.createdAt + 7 * 86_400_000),
    created: toPlatformText(listing.createdAt),
    modified: toPlatformText(listing.modifiedAt),
    violation: false,
    is_virtual: listing.isVirtual,
    skus: list(
      'sku',
      listing.skus.map((sku) => skuView(listing, sku)),
    ),
  };
}

const NOT_IN_LISTS: readonly string[] = ['skus', 'desc', 'created', 'is_virtual'];

function pickFields(row: Row, names: readonly string[], isBrief: boolean): Row {
  const skuFields = names.filter((name) => /^skus?\./.test(name)).map((name) => name.replace(/^skus?\./, ''));
  const picked: Row = {};
  for (const [name, value] of Object.entries(row)) {
    const isWanted = names.includes(name) || (name === 'skus' && (names.includes('sku') || skuFields.length > 0));
    if (isWanted && !(isBrief && NOT_IN_LISTS.includes(name))) picked[name] = value;
  }
  return picked;
}

function fieldNames(call: Call): string[] {
  const names = call.params.names('fields');
  if (names.length === 0) throw missing('fields');
  return names;
}

function listItems(call: Call, wanted: (listing: ListingStory) => boolean): Row {
  const shop = shopOf(call);
  const names = fieldNames(call);
  const page = pageFor(call, {
    index: call.indexes.of(shop.shopId).listings.modified,
    from: call.params.time('start_modified') ?? 0,
    to: call.params.time('end_modified') ?? call.at,
    filter: wanted,
    isModifiedList: false,
    ...pageNumbers(call, 200),
    keyOf: (listing) => listing.id,
    modifiedAtOf: (listing) => listing.modifiedAt,
  });
  return {
    ...page.totals,
    items: list(
      'item',
      page.rows.map((listing) => pickFields(itemView(listing, shop), names, true)),
    ),
  };
}

function onsale(call: Call): Row {
  const query = call.params.text('q');
  return listItems(
    call,
    (listing) => listing.state === 'on_sale' && (query === undefined || listing.title.includes(query)),
  );
}

function inventory(call: Call): Row {
  const banner = call.params.text('banner') ?? 'for_shelved';
  if (!BANNERS.includes(banner)) throw invalid('banner', `banner 只能是 ${BANNERS.join(', ')}`);
  call.params.int('page_no', 1, 101, 1);
  return listItems(call, (listing) =>
    banner === 'sold_out' ? listing.state === 'sold_out' : banner === 'for_shelved' && listing.state === 'off_shelf',
  );
}

/** The shop's own listing of an id. */
export function ownListing(call: Call, listingId: string): ListingStory {
  const listing = call.core.story.listing('taobao', listingId);
  if (!listing || listing.shopId !== shopOf(call).shopId)
    throw business('isv.item-not-exist', '获取单个商品异常：该商品不存在或已被删除');
  return listing;
}

function sellerGet(call: Call): Row {
  const names = fieldNames(call);
  return { item: pickFields(itemView(ownListing(call, call.params.id('num_iid')), shopOf(call)), names, false) };
}

function idsOf(call: Call, most: number): string[] {
  const ids = call.params.names('num_iids');
  if (ids.length === 0) throw missing('num_iids');
  if (ids.length > most) throw invalid('num_iids', `num_iids 最多 ${most} 个`);
  return ids;
}

function known(call: Call, ids: readonly string[]): ListingStory[] {
  const shop = shopOf(call);
  return ids.flatMap((listingId) => {
    const listing = call.core.story.listing('taobao', listingId);
    return listing && listing.shopId === shop.shopId ? [listing] : [];
  });
}

function sellerList(call: Call): Row {
  const names = fieldNames(call);
  const shop = shopOf(call);
  return {
    items: list(
      'item',
      known(call, idsOf(call, 20)).map((listing) => pickFields(itemView(listing, shop), names, false)),
    ),
  };
}

function skusGet(call: Call): Row {
  const names = fieldNames(call);
  const rows = known(call, idsOf(call, 40)).flatMap((listing) => listing.skus.map((sku) => skuView(listing, sku)));
  return {
    skus: list(
      'sku',
      rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => names.includes(name)))),
    ),
  };
}

/** Items and SKUs, read side (Taobao sheet §8.1). */
export const itemMethods: MethodTable = {
  'taobao.items.onsale.get': read(onsale),
  'taobao.items.inventory.get': read(inventory),
  'taobao.item.seller.get': read(sellerGet),
  'taobao.items.seller.list.get': read(sellerList),
  'taobao.item.skus.get': read(skusGet),
};
