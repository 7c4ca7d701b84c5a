import { toShanghaiIso } from '@app/shared';
import { until } from '../harness/wait';
import type { SoakOptions } from './soak.options';
import type { PatientClient } from './patient-client';
import { asked, Luck, repeat, type Tally } from './people';
import type { On, Played } from './played';
import type { StoryLine } from './story-line';
import type { TruthOrder } from './truth';

/** A shop of the merchant, on both sides. */
export interface SoakShop {
  id: string;
  platform: string;
  appKey: string;
  platformShopId: string;
  name: string;
  /** What was placed, and moved, before is none of the comparison's. */
  goLiveAt: string;
}

interface SimulatedApp {
  platform: string;
  appKey: string;
  appSecret: string;
  /** What else the platform's console shows of the app. */
  credentials?: Record<string, string>;
  shops: {
    platformShopId: string;
    name: string;
    accessToken: string;
    alipay?: { appId: string; privateKey: string; platformPublicKey: string };
  }[];
}

interface HeldOrder {
  id: string;
  version: number;
  holds: { id: string; type: string }[];
}

interface ListingView {
  id: string;
  listingId: string;
  skus: { listingSkuId: string; merchantCode: string | null; isLinked: boolean }[];
}

interface Level {
  skuCode: string;
  warehouse: string;
  onHand: number;
  reserved: number;
  version: number;
}

export const WAREHOUSES = ['HZ1', 'SH1'] as const;
/** The platform owes the money so many days after the buyer confirmed. */
export const DUE_DAYS = 3;
/** Merchant codes behind which there are no goods. */
const NO_GOODS = new Set(['PRICE-DIFF', 'CARD-100']);
const LISTINGS = 40;
/** A notice that a platform refuses while a refund runs is tried again by itself; a person does what that does not. */
const MOST_NOTICE_TRIES = 10;
const LOW = 20;
const LISTED_STOCK = 100_000;

/** The merchant's office: opens the shops, reads what is held, links unknown listings, buys goods in, and has finance compare. */
export class Office {
  shops: SoakShop[] = [];
  /** Pieces that were booked in by hand, per SKU and warehouse: `code@warehouse`. */
  readonly bookedIn = new Map<string, number>();
  /** Orders that some reconciliation called overdue. */
  readonly seenOverdue = new Set<string>();
  /** When those reconciliations were made, in story time, and up to which day every bill was there. */
  readonly looks: { platformShopId: string; at: string; coveredTo: string }[] = [];
  hasBills = false;
  private readonly booked = new Set<string>();
  private readonly keys = new Set<string>();
  private readonly finished = new Set<string>();
  private readonly noticeTries = new Map<string, number>();

  constructor(
    private readonly api: PatientClient,
    private readonly played: Played,
    private readonly line: StoryLine,
    private readonly tally: Tally,
    private readonly options: SoakOptions,
  ) {}

  /** Everything that is done once, before the first buyer comes. */
  async open(): Promise<void> {
    const { control, codes } = this.played;
    for (const platform of codes)
      await control.call('POST', '/seed', {
        platform,
        seed: this.options.seed,
        orders: 0,
        listings: LISTINGS,
        days: 0,
        stock: LISTED_STOCK,
      });
    await this.openWarehouses();
    const { items } = await control.call<{ items: SimulatedApp[] }>('GET', '/apps');
    for (const app of items.filter(({ platform }) => codes.includes(platform)))
      for (const shop of app.shops) await this.join(app, shop);
    for (const shop of this.shops) await this.setRules(shop);
    for (const shop of this.shops) await this.readListings(shop);
    await until('the opening stock is booked', () => this.bookOpening(), 90_000, 500);
    if (this.options.pushes) await this.pushOn(this.shops[0]!);
  }

  async run(stop: AbortSignal): Promise<void> {
    await Promise.all([
      repeat(1_500, stop, () => this.readHeld(['buyer_remark'])),
      repeat(4_000, stop, () => this.readHeld(['address_changed', 'amount_mismatch', 'bad_quantity'])),
      repeat(10_000, stop, () => this.linkUnknown()),
      repeat(5_000, stop, () => this.buyIn()),
      repeat(15_000, stop, () => this.retryNotices()),
      repeat(2_000, stop, () => this.authoriseAgain()),
    ]);
  }

  /**
   * What needs no goods is not shipped by Huidian: the merchant says on the platform itself that it was delivered. Once
   * the buyers have come, so that it is not forgotten in between.
   */
  async finishNoGoods(orders: readonly On<TruthOrder>[]): Promise<void> {
    for (const order of orders) {
      const isOpen = order.state === 'paid' && order.lines.every((line) => line.isNoStock);
      if (!isOpen || this.finished.has(order.platformOrderNo)) continue;
      this.finished.add(order.platformOrderNo);
      await asked(() => this.played.on(order.platform).act(order.platformOrderNo, 'ship-elsewhere'));
      this.tally.add('told on the platform by hand');
    }
  }

  /** Reconciles the whole time of a shop; answers the reconciliation's id. */
  async reconcile(shop: SoakShop, from: string, to: string): Promise<string> {
    const { id } = await this.api.post<{ id: string }>('/settlement/v1/reconciliations', { shopId: shop.id, from, to });
    await until(
      `reconciliation ${id} is done`,
      async () => {
        const { state, problem } = await this.api.get<{ state: string; problem: string | null }>(
          `/settlement/v1/reconciliations/${id}`,
        );
        if (state === 'failed') throw new Error(`it failed: ${problem}`);
        return state === 'done';
      },
      120_000,
      500,
    );
    return id;
  }

  /** A look in between: money that is late now may have come by the end. */
  async noteOverdue(from: string, to: string): Promise<void> {
    for (const shop of this.shops) {
      const coveredTo = await this.billsTo(shop, from, to);
      const at = new Date(this.line.now()).toISOString();
      const id = await this.reconcile(shop, from, to);
      this.looks.push({ platformShopId: shop.platformShopId, at, coveredTo });
      const path = `/settlement/v1/reconciliations/${id}/lines?class=overdue`;
      for await (const { platformOrderNo } of this.api.each<{ platformOrderNo: string | null }>(path))
        if (platformOrderNo) this.seenOverdue.add(platformOrderNo);
    }
    this.tally.add('reconciliations in between', this.shops.length);
  }

  /** The last day up to which the bill of every day was taken; empty before the first. */
  private async billsTo(shop: SoakShop, from: string, to: string): Promise<string> {
    const query = `kind=bills&from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}`;
    const { days } = await this.api.get<{ days: { day: string; state: string }[] }>(
      `/sync/v1/shops/${shop.id}/completeness?${query}`,
    );
    const sorted = [...days].sort((a, b) => (a.day < b.day ? -1 : 1));
    const open = sorted.findIndex(({ state }) => state !== 'done');
    return sorted[(open < 0 ? sorted.length : open) - 1]?.day ?? '';
  }

  private async openWarehouses(): Promise<void> {
    for (const [index, code] of WAREHOUSES.entries()) {
      await this.api.post('/inventory/v1/warehouses', { code, name: `仓库${index + 1}`, priority: index + 1 });
      await this.api.ok('PUT', `/logistics/v1/senders/${code}`, {
        name: `发货仓${index + 1}`,
        phone: '13800000000',
        province: '浙江省',
        city: '杭州市',
        district: '余杭区',
        address: `文一西路969号${index + 1}号仓`,
      });
    }
  }

  private async join(app: SimulatedApp, shop: SimulatedApp['shops'][number]): Promise<void> {
    const goLiveAt = toShanghaiIso(new Date(this.line.now() - 60_000));
    const created = await this.api.post<{ id: string; version: number }>('/sync/v1/shops', {
      platform: app.platform,
      name: shop.name,
      platformShopId: shop.platformShopId,
      appKey: app.appKey,
      appSecret: app.appSecret,
      ...(app.credentials && { credentials: app.credentials }),
      accessToken: shop.accessToken,
      goLiveAt,
      defaultCarrier: this.shops.length === 0 ? 'ZTO' : 'YTO',
    });
    const { platform, appKey } = app;
    const { platformShopId, name } = shop;
    this.shops.push({ id: created.id, platform, appKey, platformShopId, name, goLiveAt });
    if (!shop.alipay) return;
    const { status } = await this.api.call('PUT', `/sync/v1/shops/${created.id}/bill-account`, {
      appId: shop.alipay.appId,
      privateKeyPem: shop.alipay.privateKey,
      platformPublicKeyPem: shop.alipay.platformPublicKey,
      expectedVersion: created.version,
    });
    this.hasBills = status < 300;
  }

  /** When the platform owes the money, and what it takes of it. */
  private async setRules(shop: SoakShop): Promise<void> {
    const rule = { shopId: shop.id, validFrom: '2020-01-01' };
    await until(
      'settlement knows the shop',
      async () => {
        const { status } = await this.api.call('PUT', '/settlement/v1/due-rules', {
          ...rule,
          basis: 'completed',
          days: DUE_DAYS,
        });
        return status < 300;
      },
      30_000,
      300,
    );
    const { words, commissionBp } = this.played.platform(shop.platform);
    await this.api.ok('PUT', '/settlement/v1/fee-rules', {
      ...rule,
      entryKind: words.commission,
      rateBp: commissionBp,
      toleranceFen: 1,
    });
  }

  private async readListings(shop: SoakShop): Promise<void> {
    await this.api.post(`/sync/v1/shops/${shop.id}/pulls`, {
      kind: 'listings',
      from: '2025-01-01T00:00:00+08:00',
      to: '2028-12-31T00:00:00+08:00',
    });
    await until(
      `listings of ${shop.name} are read`,
      async () => (await this.api.all(`/catalog/v1/listings?shopId=${shop.id}`)).length >= LISTINGS,
      60_000,
      500,
    );
    await this.linkNoGoods(shop);
    await this.api.post('/catalog/v1/listings/import-skus', { shopId: shop.id });
  }

  private async linkNoGoods(shop: SoakShop): Promise<void> {
    const unlinked = await this.api.all<ListingView>(`/catalog/v1/listings?shopId=${shop.id}&linked=false`);
    for (const listing of unlinked)
      for (const sku of listing.skus.filter((one) => NO_GOODS.has(one.merchantCode ?? '') && !one.isLinked))
        await this.api.call('POST', `/catalog/v1/listings/${listing.id}/links`, {
          listingSkuId: sku.listingSkuId,
          components: [],
          noStock: true,
        });
  }

  /** Every SKU opens with goods in both warehouses, one in seven with few: shortage belongs to the story. */
  private async bookOpening(): Promise<boolean> {
    const codes = (await this.api.all<{ code: string }>('/catalog/v1/skus')).map(({ code }) => code);
    const missing = codes.filter((code) => !this.booked.has(code));
    for (const code of missing) {
      const few = new Luck(this.options.seed, code).hits(1 / 7);
      const done = await this.book(`opening-${code}`, 'opening stock', [
        { skuCode: code, warehouse: WAREHOUSES[0], quantity: few ? 5 : 150, bucket: 'onHand' },
        { skuCode: code, warehouse: WAREHOUSES[1], quantity: few ? 3 : 60, bucket: 'onHand' },
      ]);
      if (done) this.booked.add(code);
    }
    return codes.length > 0 && codes.every((code) => this.booked.has(code));
  }

  private async book(
    key: string,
    cause: string,
    lines: { skuCode: string; warehouse: string; quantity: number; bucket: string }[],
  ): Promise<boolean> {
    const { status } = await this.api.call('POST', '/inventory/v1/adjustments', { key, cause, lines });
    if (status >= 300 || this.keys.has(key)) return status < 300;
    this.keys.add(key);
    for (const { skuCode, warehouse, quantity } of lines) {
      const place = `${skuCode}@${warehouse}`;
      this.bookedIn.set(place, (this.bookedIn.get(place) ?? 0) + quantity);
    }
    return true;
  }

  private async pushOn(shop: SoakShop): Promise<void> {
    await until(
      `stock of ${shop.name} can be told`,
      async () => {
        const { items } = await this.api.post<{ items: { wouldTell: number | null }[] }>(
          `/sync/v1/shops/${shop.id}/push/enable`,
          { dryRun: true },
        );
        return items.length > 0 && items.filter(({ wouldTell }) => (wouldTell ?? 0) > 0).length > items.length / 2;
      },
      60_000,
      1_000,
    );
    await this.api.post(`/sync/v1/shops/${shop.id}/push/enable`, { dryRun: false });
  }

  /** Settles holds that wait for a person. */
  private async readHeld(types: readonly string[]): Promise<void> {
    for (const type of types) {
      const { items } = await this.api.get<{ items: HeldOrder[] }>(`/orders/v1/orders?hold=${type}&limit=100`);
      for (const order of items) {
        const hold = order.holds.find((one) => one.type === type);
        if (!hold) continue;
        const { status, body } = await this.api.call('POST', `/orders/v1/orders/${order.id}/release-hold`, {
          expectedVersion: order.version,
          holdId: hold.id,
          reason: '已阅',
        });
        this.tally.add(status < 300 ? `released ${type}` : `release refused ${body.code}`);
      }
    }
  }

  /** Makes a SKU for a listing that nobody knows, once orders for it are held. */
  private async linkUnknown(): Promise<void> {
    for (const shop of this.shops) {
      await this.linkNoGoods(shop);
      const unlinked = await this.api.all<ListingView>(`/catalog/v1/listings?shopId=${shop.id}&linked=false`);
      for (const listing of unlinked)
        for (const sku of listing.skus.filter((one) => !one.isLinked && !NO_GOODS.has(one.merchantCode ?? ''))) {
          const code = sku.merchantCode || `OLD-${sku.listingSkuId}`;
          await this.api.call('POST', '/catalog/v1/products', {
            code: `P-${code}`,
            name: `补录 ${code}`,
            skus: [{ code, spec: {} }],
          });
          const { status } = await this.api.call('POST', `/catalog/v1/listings/${listing.id}/links`, {
            listingSkuId: sku.listingSkuId,
            components: [{ skuCode: code, quantity: 1 }],
            noStock: false,
          });
          if (status < 300) this.tally.add('listings linked');
        }
    }
    await this.bookOpening();
  }

  private async buyIn(): Promise<void> {
    for await (const level of this.api.each<Level>(`/inventory/v1/stock?warehouse=${WAREHOUSES[0]}`)) {
      if (level.onHand - level.reserved >= LOW) continue;
      const key = `receipt-${level.skuCode}-${level.version}`;
      if (await this.book(key, 'purchase receipt', [{ ...pick(level), quantity: 100, bucket: 'onHand' }]))
        this.tally.add('receipts');
    }
  }

  /** A platform ended a shop's grant: the owner grants it again on the platform's page. */
  private async authoriseAgain(): Promise<void> {
    const open = await this.api.all<{ kind: string; shopId: string }>('/sync/v1/alarms?open=true');
    for (const { shopId } of open.filter(({ kind }) => kind === 'TOKEN_REVOKED')) {
      const shop = this.shops.find(({ id }) => id === shopId);
      if (!shop) continue;
      await this.played.control.call('POST', `/apps/${shop.appKey}/shops/${shop.platformShopId}/restore`);
      const { url } = await this.api.get<{ url: string }>(`/sync/v1/shops/${shopId}/authorisation`);
      const page = new URL(url);
      page.searchParams.set('shop', shop.platformShopId);
      const { headers } = await asked(() => fetch(page, { redirect: 'manual' }));
      const { ok } = await asked(() => fetch(headers.get('location') ?? ''));
      this.tally.add(ok ? 'shops authorised again' : 'authorisations refused');
    }
  }

  /** Ship notices that were given up: a person looks, and tries once more. */
  private async retryNotices(): Promise<void> {
    const { items } = await this.api.get<{ items: { parcelId: string; orderId: string }[] }>(
      '/sync/v1/ship-notices?state=failed&limit=100',
    );
    for (const { parcelId, orderId } of items) {
      const tries = this.noticeTries.get(parcelId) ?? 0;
      this.noticeTries.set(parcelId, tries + 1);
      if (tries >= MOST_NOTICE_TRIES) continue;
      const { status } = await this.api.call('POST', `/sync/v1/ship-notices/${parcelId}/${orderId}/retry`, {});
      this.tally.add(status < 300 ? 'notices tried again' : 'notice retry refused');
    }
  }
}

const pick = ({ skuCode, warehouse }: Level) => ({ skuCode, warehouse });
