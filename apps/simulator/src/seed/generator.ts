import type { Core } from '../core/core';
import type { Chance } from '../core/random';
import { DAY, HOUR } from '../core/times';
import type { ListingStory, OrderKind, OrderStory, ShopStory } from '../core/story.types';
import { addListing, addSpecialListings } from './catalogue';
import { buyerOf, receiverOf } from './people';
import { firstPlan, placeOrder, type Wish } from './place-order';

/** How often each kind of story is told; more than three quarters are ordinary in effect. */
export const DEFAULT_MIX: Readonly<Record<OrderKind, number>> = {
  ordinary: 59,
  quantities: 8,
  unpaid_cancelled: 4,
  refund_soon: 2,
  refund_late: 3,
  refund_withdrawn: 1.5,
  refund_line: 1.5,
  refund_partial: 0.5,
  refund_shipped: 1,
  refund_partial_shipped: 0.5,
  refund_refused: 0.5,
  refund_completed: 0.5,
  return_goods: 1.5,
  return_withdrawn: 0.5,
  return_completed: 0.5,
  buyer_remark: 4,
  address_change: 1.5,
  presale: 1.5,
  price_difference: 0.7,
  virtual: 1,
  unmapped: 0.3,
  blocked: 1,
  rare_characters: 1,
  ship_elsewhere: 0.5,
  same_sku_twice: 1.5,
  big: 0.5,
  urged: 1.5,
  special_channel: 0.5,
  platform_shipped: 0,
  exchange_goods: 0,
  resend_goods: 0,
  repair_goods: 0,
};

/** A month of a clothes shop: about one order in six comes back in some way, and of everything else there is a little. */
const AFTER_SALES_MIX: Readonly<Record<string, number>> = {
  ...DEFAULT_MIX,
  ordinary: 52,
  refund_soon: 2.5,
  refund_late: 3,
  refund_line: 1.5,
  refund_partial: 1,
  refund_shipped: 2,
  refund_partial_shipped: 1,
  refund_refused: 0.5,
  refund_completed: 1.5,
  return_goods: 3,
  return_withdrawn: 0.5,
  return_completed: 2,
};

/** Mixes that a seed call may name. */
export const NAMED_MIXES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  default: DEFAULT_MIX,
  'after-sales': AFTER_SALES_MIX,
};

const RARE_REMARKS = [
  '请用𠮷祥盒装🎁👨‍👩‍👧‍👦谢谢',
  '\u202eRTL备注\u202c 尺码"M"\\n不要换行',
  '姓名里有𬎆字，别写错😀',
  '换行\n第二行\t制表符',
];

/** An order older than this when it is seeded was shipped by the tool used before. */
const HISTORY_MS = 18 * HOUR;
const BUYERS = 400;

type Special = 'isNoStock' | 'isVirtual' | 'isUnmapped';

function specialOf(kind: OrderKind): Special | undefined {
  if (kind === 'price_difference') return 'isNoStock';
  if (kind === 'virtual') return 'isVirtual';
  if (kind === 'unmapped') return 'isUnmapped';
  return undefined;
}

function isPlain(listing: ListingStory): boolean {
  return !listing.isNoStock && !listing.isVirtual && !listing.isUnmapped && listing.state === 'on_sale';
}

function wish(chance: Chance, listings: readonly ListingStory[], quantity: number): Wish | undefined {
  for (let tries = 0; tries < 20; tries += 1) {
    const listing = chance.pick(listings);
    const inStock = listing.skus.filter((sku) => sku.quantity - sku.held >= quantity);
    if (inStock.length > 0) return { listing, sku: chance.pick(inStock), quantity };
  }
  return undefined;
}

function wishesFor(core: Core, shop: ShopStory, kind: OrderKind, chance: Chance): Wish[] {
  const all = core.story.listingsIn(shop.platform, shop.shopId);
  const special = specialOf(kind);
  if (special) {
    const odd = all.filter((listing) => listing[special]);
    if (odd.length > 0)
      return [{ listing: odd[0]!, sku: odd[0]!.skus[0]!, quantity: special === 'isNoStock' ? chance.int(1, 20) : 1 }];
  }
  const plain = all.filter(isPlain);
  if (plain.length === 0) return [];
  const first = wish(chance, plain, kind === 'quantities' ? chance.int(2, 6) : 1);
  if (!first) return [];
  const { mostLines = Infinity } = core.part(shop.platform);
  if (mostLines === 1) return [first];
  if (kind === 'same_sku_twice') return [first, { ...first }];
  const lines =
    kind === 'big' ? chance.int(15, 40) : kind === 'refund_line' ? 2 : chance.weighted({ 1: 65, 2: 25, 3: 10 });
  const wishes = [first];
  for (let tries = 0; wishes.length < Math.min(Number(lines), mostLines) && tries < 200; tries += 1) {
    const more = wish(chance, plain, kind === 'quantities' ? chance.int(1, 4) : 1);
    if (!more) break;
    const isKnown = wishes.some((one) => one.sku.id === more.sku.id);
    if (!isKnown) wishes.push(more);
  }
  return wishes;
}

/** One generated order: the same seed, shop and n give the same wishes and the same story. */
export interface Arrival {
  seed: string;
  n: number;
  at: number;
  mix: Readonly<Record<string, number>>;
  /** Old enough to have been shipped by the tool used before. */
  isHistory: boolean;
  origin?: OrderStory['origin'];
}

/** Places a generated order; none when the shop has nothing in stock. */
export function generateOrder(core: Core, shop: ShopStory, arrival: Arrival): OrderStory | undefined {
  const { at } = arrival;
  const key = `${arrival.seed}:${shop.shopId}:${arrival.n}`;
  const chance = core.chance(`order:${key}`);
  const kind = chance.weighted(arrival.mix) as OrderKind;
  const wishes = wishesFor(core, shop, kind, chance);
  if (wishes.length === 0) return undefined;
  const buyerNumber = chance.int(0, BUYERS - 1);
  const net = wishes.reduce((sum, one) => sum + one.sku.priceFen * one.quantity, 0);
  const isOdd = specialOf(kind) !== undefined;
  return placeOrder(core, {
    shop,
    kind,
    buyer: buyerOf(core.part(shop.platform).numbers.buyerOpenId, buyerNumber),
    receiver: receiverOf(core.chance(`home:${shop.platform}:${buyerNumber}`)),
    wishes,
    at,
    freightFen: !isOdd && chance.hits(0.25) ? 600 : 0,
    shopDiscountFen: !isOdd && chance.hits(0.3) ? Math.floor(net / 10) : 0,
    platformDiscountFen: !isOdd && chance.hits(0.2) ? Math.min(3_000, Math.floor(net / 12)) : 0,
    ...(kind === 'rare_characters' ? { buyerMessage: chance.pick(RARE_REMARKS) } : {}),
    ...(arrival.origin ? { origin: arrival.origin } : {}),
    plan: firstPlan(core, key, kind, at, arrival.isHistory),
  });
}

/** What a seed call asks for. */
export interface SeedOrder {
  platform: string;
  platformShopId?: string;
  seed: number;
  orders: number;
  listings: number;
  days: number;
  mix?: Readonly<Record<string, number>>;
  /** The orders are placed as the story goes, over the coming days; else they are history of the last ones. */
  isAhead?: boolean;
  /** Units of each SKU; 100 unless told. */
  stock?: number;
  /** Whether the odd listings are made too; true unless told. */
  specials?: boolean;
}

/** The shops that a seed call means. */
export const shopsOf = (core: Core, asked: Pick<SeedOrder, 'platform' | 'platformShopId'>): ShopStory[] =>
  core.story
    .allShops(asked.platform)
    .filter((shop) => asked.platformShopId === undefined || shop.shopId === asked.platformShopId);

/**
 * Seeds shops with listings and with orders of the last days. Orders that are old enough were shipped by the tool used
 * before; the newest still wait. Returns how much was made.
 */
export function seedShops(core: Core, asked: SeedOrder): { listings: number; orders: number } {
  const shops = shopsOf(core, asked);
  const now = core.now();
  const made = { listings: 0, orders: 0 };
  core.story.bulk(() => {
    for (const shop of shops) {
      const known = core.story.listingsIn(shop.platform, shop.shopId).length;
      for (let n = known; n < asked.listings; n += 1) {
        addListing(core, shop, n, asked.stock ?? 100, now);
        made.listings += 1;
      }
      if (asked.specials !== false && asked.orders > 0) addSpecialListings(core, shop, now);
    }
    if (!asked.isAhead) planHistory(core, shops, asked, now, made);
    core.catchUp(now);
  });
  return made;
}

function planHistory(core: Core, shops: ShopStory[], asked: SeedOrder, now: number, made: { orders: number }): void {
  const start = now - asked.days * DAY;
  const mix = asked.mix ?? DEFAULT_MIX;
  shops.forEach((shop, i) => {
    const share = Math.floor(asked.orders / shops.length) + (i < asked.orders % shops.length ? 1 : 0);
    const chance = core.chance(`times:${asked.seed}:${shop.shopId}`);
    for (let n = 0; n < share; n += 1) {
      const at = start + Math.floor(chance.next() * (now - start));
      core.plan(at, () => {
        const isHistory = at < now - HISTORY_MS;
        if (generateOrder(core, shop, { seed: String(asked.seed), n, at, mix, isHistory })) made.orders += 1;
      });
    }
  });
}
