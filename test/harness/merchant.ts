import type { ApiClient } from './api-client';
import type { SimulatorControl, TrueStock } from './simulator-control';
import { until } from './wait';

/** An order as the API shows it, as far as tests read it. */
export interface ShownOrder {
  id: string;
  status: string;
  platformState: string;
  platformOrderNo: string;
  review: string;
  stock: string;
  fulfilment: string;
  notice: string;
  holds: { id: string; type: string; reason: string }[];
  amounts: Record<string, number>;
  lines: { id: string; skuCode: string | null; quantity: number; reserved: number; shipped: number }[];
  version: number;
}

export interface Parcel {
  id: string;
  carrier: string;
  waybillNo: string;
  state: string;
}

/** A merchant who has joined one shop, with SKUs, a warehouse and stock; and its clerk. */
export class Merchant {
  shopId = '';
  platformShopId = '';
  codes: string[] = [];

  constructor(
    readonly api: ApiClient,
    readonly simulator: SimulatorControl,
    readonly warehouse = 'HZ1',
  ) {}

  /** Joins a shop that the simulator knows (the first one), links its listings and takes in opening stock. */
  async join(stockPerSku = 100, shopNo = 0): Promise<void> {
    const { items: apps } = await this.simulator.call<{
      items: {
        platform: string;
        appKey: string;
        appSecret: string;
        credentials?: Record<string, string>;
        shops: { platformShopId: string; accessToken: string; name: string }[];
      }[];
    }>('GET', '/apps');
    const { platform } = this.simulator;
    const app = apps.find((one) => one.platform === platform)!;
    const shop = app.shops[shopNo]!;
    this.platformShopId = shop.platformShopId;
    await this.simulator.call('POST', '/seed', {
      platform,
      platformShopId: shop.platformShopId,
      seed: 7,
      orders: 0,
      listings: 6,
      days: 0,
      stock: 200,
      specials: false,
    });
    const created = await this.api.post<{ id: string }>('/sync/v1/shops', {
      platform,
      name: shop.name,
      platformShopId: shop.platformShopId,
      appKey: app.appKey,
      appSecret: app.appSecret,
      ...(app.credentials && { credentials: app.credentials }),
      accessToken: shop.accessToken,
      goLiveAt: new Date((await this.simulator.story()).getTime() - 3_600_000).toISOString(),
    });
    this.shopId = created.id;
    await this.api.post(`/sync/v1/shops/${this.shopId}/pulls`, {
      kind: 'listings',
      from: '2026-01-01T00:00:00+08:00',
      to: '2027-12-31T00:00:00+08:00',
    });
    const stock = (await this.simulator.truth<TrueStock>('stock')).filter(
      (row) => row.platformShopId === this.platformShopId && row.merchantCode,
    );
    await until(
      'all listings are pulled',
      async () => {
        const found = await this.api.all<{ skus?: unknown[] }>(`/catalog/v1/listings?shopId=${this.shopId}`);
        return found.length >= new Set(stock.map((row) => row.listingId)).size;
      },
      30_000,
    );
    await this.api.post('/catalog/v1/listings/import-skus', { shopId: this.shopId });
    this.codes = [...new Set(stock.map((row) => row.merchantCode))];
    await this.openWarehouse();
    await until(
      'inventory knows every SKU',
      async () => {
        const answer = await this.api.call('POST', '/inventory/v1/adjustments', {
          key: `opening-${this.shopId}`,
          cause: 'opening stock',
          lines: this.codes.map((skuCode) => ({
            skuCode,
            warehouse: this.warehouse,
            quantity: stockPerSku,
            bucket: 'onHand',
          })),
        });
        return answer.status === 201 || answer.status === 200;
      },
      20_000,
      200,
    );
  }

  async order(platformOrderNo: string): Promise<ShownOrder | undefined> {
    const { items } = await this.api.get<{ items: { id: string }[] }>(
      `/orders/v1/orders?shopId=${this.shopId}&platformOrderNo=${platformOrderNo}`,
    );
    return items[0] ? this.api.get<ShownOrder>(`/orders/v1/orders/${items[0].id}?include=log`) : undefined;
  }

  /** Waits until an order looks as wished, and returns it. */
  async orderWhen(
    platformOrderNo: string,
    what: string,
    holds: (order: ShownOrder) => boolean,
    withinMs = 30_000,
  ): Promise<ShownOrder> {
    let found: ShownOrder | undefined;
    await until(
      `order ${platformOrderNo} is ${what}`,
      async () => {
        found = await this.order(platformOrderNo);
        if (found && holds(found)) return true;
        throw new Error(
          found
            ? JSON.stringify({ ...found, lines: found.lines.length, log: undefined, receiver: undefined })
            : 'not stored',
        );
      },
      withinMs,
      150,
    );
    return found!;
  }

  async workFor(orderId: string): Promise<{ fulfilmentId: string } | undefined> {
    const items = await this.api.all<{ fulfilmentId?: string; id?: string; lines: { orderId: string }[] }>(
      `/logistics/v1/work?warehouse=${this.warehouse}`,
    );
    const mine = items.find((item) => item.lines.some((line) => line.orderId === orderId));
    return mine ? { fulfilmentId: (mine.fulfilmentId ?? mine.id)! } : undefined;
  }

  /** The clerk takes a parcel with a waybill for an order that is in the work list. */
  async takeParcel(orderId: string): Promise<Parcel> {
    let work: { fulfilmentId: string } | undefined;
    await until(
      `order ${orderId} is in the work list`,
      async () => (work = await this.workFor(orderId)) !== undefined,
      20_000,
    );
    return this.api.post<Parcel>(`/logistics/v1/fulfilments/${work!.fulfilmentId}/parcels`, {});
  }

  ship(waybillNo: string) {
    return this.api.call<{ code?: string; state?: string }>('POST', '/logistics/v1/parcels/ship', { waybillNo });
  }

  async stock(skuCode: string): Promise<{ onHand: number; reserved: number; sellable: number }> {
    const { items } = await this.api.get<{ items: { onHand: number; reserved: number; sellable: number }[] }>(
      `/inventory/v1/stock?skuCode=${encodeURIComponent(skuCode)}&warehouse=${this.warehouse}`,
    );
    return items[0]!;
  }

  private async openWarehouse(): Promise<void> {
    const sender = {
      name: '演示仓',
      phone: '13800000000',
      province: '浙江省',
      city: '杭州市',
      district: '余杭区',
      address: '文一西路969号1号仓',
    };
    // A merchant's second shop ships from the warehouse that is there already.
    const opened = await this.api.call('POST', '/inventory/v1/warehouses', {
      code: this.warehouse,
      name: '杭州一号仓',
      priority: 1,
    });
    if (opened.status !== 201 && opened.status !== 409)
      throw new Error(`The warehouse could not be opened: ${opened.status} ${JSON.stringify(opened.body)}`);
    await this.api.ok('PUT', `/logistics/v1/senders/${this.warehouse}`, sender);
  }
}

/** What is still on its way between services; a pull that is planned for later is not. */
const IN_FLIGHT = /^(6 every fact is acknowledged|7 the audit chain)/;

/** Breaches of every service's invariants, waiting for facts in flight. */
export async function breaches(api: ApiClient, withinMs = 60_000): Promise<string[]> {
  let found: string[] = [];
  const services = ['gateway', 'catalog', 'orders', 'inventory', 'logistics', 'settlement', 'sync'];
  await until(
    'no fact is in flight',
    async () => {
      found = [];
      let inFlight = 0;
      for (const service of services) {
        const { items } = await api.get<{ items: { invariant: string; inFlight: number; breaches: string[] }[] }>(
          `/${service}/v1/verify`,
        );
        for (const item of items) {
          if (IN_FLIGHT.test(item.invariant)) inFlight += item.inFlight;
          found.push(...item.breaches.map((breach) => `${service}: ${item.invariant}: ${breach}`));
        }
      }
      return inFlight === 0 && found.length === 0;
    },
    withinMs,
    500,
  ).catch((error: Error) => {
    if (found.length === 0) throw error;
  });
  return found;
}
