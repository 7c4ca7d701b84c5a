import type { EventLog, LogRecord } from './event-log';
import { wholeSecond } from './times';
import type { AppStory, ListingSku, ListingStory, OrderStory, ShopStory, StoryStep } from './story.types';

/** Numbers are reserved in the log in blocks of this size, so that none is ever given twice. */
const NUMBER_BLOCK = 200;

const keyOf = (platform: string, id: string): string => `${platform}:${id}`;

/**
 * Everything that is true, as the fold of the log. Changes go through this class alone: each is applied in memory and
 * appended to the log as the changed fields.
 */
export class Story {
  private readonly orders = new Map<string, OrderStory>();
  private readonly ordersOf = new Map<string, OrderStory[]>();
  private readonly listings = new Map<string, ListingStory>();
  private readonly listingsOf = new Map<string, ListingStory[]>();
  private readonly skuOwner = new Map<string, ListingStory>();
  private readonly apps = new Map<string, AppStory>();
  private readonly shops = new Map<string, ShopStory>();
  private readonly orderListeners: ((order: OrderStory) => void)[] = [];
  private readonly listingListeners: ((listing: ListingStory) => void)[] = [];
  private readonly stepListeners: ((step: StoryStep) => void)[] = [];
  private readonly shopListeners: ((shop: ShopStory, before: ShopStory | undefined) => void)[] = [];
  private reserved = 0;
  private next = 0;
  private bulkOrders: Set<OrderStory> | undefined;
  private bulkListings: Set<ListingStory> | undefined;
  private log: EventLog | undefined;
  /** The newest story instant at which anything happened. */
  newest = 0;

  attach(log: EventLog): void {
    this.log = log;
    this.next = this.reserved;
  }

  /** Applies a record of an earlier run. */
  replay(record: LogRecord): void {
    if (record.k === 'order') this.applyOrder(record.order as OrderStory);
    else if (record.k === 'patch') this.replayPatch(record);
    else if (record.k === 'listing') this.applyListing(record.listing as ListingStory);
    else if (record.k === 'sku') this.replaySku(record);
    else if (record.k === 'app') this.applyApp(record.app as AppStory);
    else if (record.k === 'shop') this.applyShop(record.shop as ShopStory);
    else if (record.k === 'numbers') this.reserved = record.upTo as number;
  }

  /** A number that was never given before, over restarts too. */
  nextNumber(): number {
    if (this.next >= this.reserved) {
      this.reserved = this.next + NUMBER_BLOCK;
      this.log?.append({ k: 'numbers', upTo: this.reserved });
    }
    this.next += 1;
    return this.next;
  }

  /** Called after each change of an order, also while an earlier run is read. */
  onOrder(listener: (order: OrderStory) => void): void {
    this.orderListeners.push(listener);
    for (const order of this.orders.values()) listener(order);
  }

  /** Called after each change of a listing. */
  onListing(listener: (listing: ListingStory) => void): void {
    this.listingListeners.push(listener);
    for (const listing of this.listings.values()) listener(listing);
  }

  /** Called for each step that happens live; not for history and not while an earlier run is read. */
  onStep(listener: (step: StoryStep) => void): void {
    this.stepListeners.push(listener);
  }

  /** Called for each live change of a shop or its grant. */
  onShop(listener: (shop: ShopStory, before: ShopStory | undefined) => void): void {
    this.shopListeners.push(listener);
  }

  /** The shop of an access token. */
  shopOfToken(platform: string, accessToken: string): ShopStory | undefined {
    for (const shop of this.shops.values())
      if (shop.platform === platform && shop.accessToken === accessToken) return shop;
    return undefined;
  }

  order(platform: string, no: string): OrderStory | undefined {
    return this.orders.get(keyOf(platform, no));
  }

  /** All orders of a platform in the order of their numbers. */
  ordersOn(platform: string): readonly OrderStory[] {
    return this.ordersOf.get(platform) ?? [];
  }

  listing(platform: string, id: string): ListingStory | undefined {
    return this.listings.get(keyOf(platform, id));
  }

  /** All listings of a shop, oldest first. */
  listingsIn(platform: string, shopId: string): readonly ListingStory[] {
    return this.listingsOf.get(keyOf(platform, shopId)) ?? [];
  }

  listingOfSku(platform: string, skuId: string): ListingStory | undefined {
    return this.skuOwner.get(keyOf(platform, skuId));
  }

  app(platform: string, appKey: string): AppStory | undefined {
    return this.apps.get(keyOf(platform, appKey));
  }

  allApps(): AppStory[] {
    return [...this.apps.values()];
  }

  shop(platform: string, shopId: string): ShopStory | undefined {
    return this.shops.get(keyOf(platform, shopId));
  }

  allShops(platform?: string): ShopStory[] {
    return [...this.shops.values()].filter((shop) => platform === undefined || shop.platform === platform);
  }

  putApp(app: AppStory): void {
    this.applyApp(app);
    this.log?.append({ k: 'app', app });
  }

  putShop(shop: ShopStory): void {
    const before = this.shop(shop.platform, shop.shopId);
    this.applyShop(shop);
    this.log?.append({ k: 'shop', shop });
    for (const listener of this.shopListeners) listener(shop, before);
  }

  addOrder(order: OrderStory): void {
    this.applyOrder(order);
    if (this.bulkOrders) this.bulkOrders.add(order);
    else this.log?.append({ k: 'order', order });
  }

  addListing(listing: ListingStory): void {
    this.applyListing(listing);
    if (this.bulkListings) this.bulkListings.add(listing);
    else this.log?.append({ k: 'listing', listing });
  }

  /** Changes an order and keeps what changed. `step` tells listeners what it was; none for silent upkeep. */
  change(order: OrderStory, edit: (order: OrderStory) => void, step?: Omit<StoryStep, 'order'>): void {
    if (this.bulkOrders) {
      edit(order);
      this.bulkOrders.add(order);
      this.announce(order);
      return;
    }
    const before = new Map<string, string>();
    for (const [field, value] of Object.entries(order)) before.set(field, JSON.stringify(value));
    edit(order);
    const set: Record<string, unknown> = {};
    for (const [field, value] of Object.entries(order)) {
      if (value !== undefined && before.get(field) !== JSON.stringify(value)) set[field] = value;
    }
    const gone = [...before.keys()].filter(
      (field) => (order as unknown as Record<string, unknown>)[field] === undefined,
    );
    this.log?.append({ k: 'patch', p: order.platform, no: order.no, set, ...(gone.length > 0 ? { gone } : {}) });
    this.announce(order);
    if (step) for (const listener of this.stepListeners) listener({ ...step, order });
  }

  /** Changes a listing's SKU (stock) and keeps what changed. */
  changeSku(listing: ListingStory, sku: ListingSku, edit: (sku: ListingSku) => void, at: number): void {
    edit(sku);
    sku.modifiedAt = wholeSecond(at);
    listing.modifiedAt = Math.max(listing.modifiedAt, sku.modifiedAt);
    if (this.bulkListings) this.bulkListings.add(listing);
    else this.log?.append({ k: 'sku', p: listing.platform, listing: listing.id, sku });
    for (const listener of this.listingListeners) listener(listing);
  }

  /** Runs history: nothing is told to step listeners, and each touched order is written once, in its last shape. */
  bulk(run: () => void): void {
    this.bulkOrders = new Set();
    this.bulkListings = new Set();
    try {
      run();
    } finally {
      for (const listing of this.bulkListings) this.log?.append({ k: 'listing', listing });
      for (const order of this.bulkOrders) this.log?.append({ k: 'order', order });
      this.bulkOrders = undefined;
      this.bulkListings = undefined;
      this.log?.flush();
    }
  }

  private announce(order: OrderStory): void {
    this.newest = Math.max(this.newest, order.modifiedAt);
    for (const listener of this.orderListeners) listener(order);
  }

  private applyOrder(order: OrderStory): void {
    const key = keyOf(order.platform, order.no);
    const known = this.orders.get(key);
    if (known && known !== order) {
      for (const field of Object.keys(known)) delete (known as unknown as Record<string, unknown>)[field];
      Object.assign(known, order);
      this.announce(known);
      return;
    }
    this.orders.set(key, order);
    listAt(this.ordersOf, order.platform).push(order);
    this.announce(order);
  }

  private replayPatch(record: LogRecord): void {
    const order = this.orders.get(keyOf(record.p as string, record.no as string));
    if (!order)
      throw new Error(
        `The story log changes the unknown order ${String(record.no)}; restore it or start with an empty folder.`,
      );
    Object.assign(order, record.set);
    for (const field of (record.gone as string[] | undefined) ?? [])
      delete (order as unknown as Record<string, unknown>)[field];
    this.announce(order);
  }

  private replaySku(record: LogRecord): void {
    const listing = this.listings.get(keyOf(record.p as string, record.listing as string));
    const changed = record.sku as ListingSku;
    const sku = listing?.skus.find((one) => one.id === changed.id);
    if (!listing || !sku)
      throw new Error(`The story log changes the unknown SKU ${changed.id}; restore it or start with an empty folder.`);
    Object.assign(sku, changed);
    listing.modifiedAt = Math.max(listing.modifiedAt, changed.modifiedAt);
    for (const listener of this.listingListeners) listener(listing);
  }

  private applyListing(listing: ListingStory): void {
    const key = keyOf(listing.platform, listing.id);
    const list = listAt(this.listingsOf, keyOf(listing.platform, listing.shopId));
    const position = list.findIndex((one) => one.id === listing.id);
    if (position >= 0) list[position] = listing;
    else list.push(listing);
    this.listings.set(key, listing);
    for (const sku of listing.skus) this.skuOwner.set(keyOf(listing.platform, sku.id), listing);
    for (const listener of this.listingListeners) listener(listing);
  }

  private applyApp(app: AppStory): void {
    this.apps.set(keyOf(app.platform, app.appKey), app);
  }

  private applyShop(shop: ShopStory): void {
    this.shops.set(keyOf(shop.platform, shop.shopId), shop);
  }
}

function listAt<T>(lists: Map<string, T[]>, key: string): T[] {
  const known = lists.get(key);
  if (known) return known;
  const list: T[] = [];
  lists.set(key, list);
  return list;
}
