import type {
  AfterSaleState,
  CanonicalAfterSale,
  CanonicalOrder,
  CanonicalReceiver,
  PlatformState,
} from '@app/contracts';
import {
  PlatformError,
  type BillAccount,
  type OrderPage,
  type ParsedBill,
  type Platform,
  type PlatformCall,
  type PlatformManifest,
  type PlatformPort,
  type PlatformRegistry,
  type ShipNotice,
  type StockTarget,
  type StockVerdict,
  type TokenGrant,
} from '@app/platforms';
import { MANIFEST } from './fake-manifest';
import { listingOf } from './fake-listing';
import { failLate, shipmentOf } from './fake-shipments';

/** An order of the fake platform. */
export interface FakeOrder {
  no: string;
  state: PlatformState;
  placedAt: Date;
  modifiedAt: Date;
  waybill?: string;
  /** Left out of lists by modification time, so that only the census finds it. */
  hiddenFromChanges?: boolean;
  refund?: 'requested';
  /** Left out of so many listings by creation time, although it is counted. */
  hiddenListings?: number;
  /** Left out of so many listings by modification time, although it is counted. */
  hiddenChanges?: number;
  receiver?: CanonicalReceiver;
  /** What a look at the order's state shows of the receiver, where that is less than the order has. */
  receiverOfState?: CanonicalReceiver;
  /** Listed so often by modification time in a form that cannot be read. */
  unreadableListings?: number;
}

/** An after-sale of the fake platform. */
export interface FakeAfterSale {
  no: string;
  orderNo: string;
  state: AfterSaleState;
  modifiedAt: Date;
  /** Listed, but in a form that cannot be read. */
  isUnreadable?: boolean;
  /** Shown alone only to whoever names its order too. */
  needsOrderNo?: boolean;
}

/** What the fake payment provider answers for a day: a file's bytes, or a failure. */
export type FakeBill = Uint8Array | Error;

/** A platform in memory: what tests put in comes out through the port; every call is counted. */
export class FakePlatform {
  readonly orders = new Map<string, FakeOrder>();
  readonly afterSales = new Map<string, FakeAfterSale>();
  /** Answers for a day's bill, the first one once, the last one for ever; a day without any has no bill. */
  readonly bills = new Map<string, FakeBill[]>();
  /** Accounts that the payment provider was asked with. */
  readonly billAccounts: (BillAccount | undefined)[] = [];
  readonly stock = new Map<string, number>([['sku1', 7]]);
  /** Whether the one listing is on the shelf. */
  isOnShelf = true;
  readonly calls: string[] = [];
  readonly notices: ShipNotice[] = [];
  readonly waybills: { requestKey: string; orderNo: string; waybillNo: string }[] = [];
  refreshes = 0;
  grant: TokenGrant = {
    accessToken: 'token-2',
    refreshToken: 'refresh-2',
    expiresAt: new Date('2099-01-01T00:00:00Z'),
    refreshExpiresAt: new Date('2099-01-01T00:00:00Z'),
  };
  /** Thrown by the next calls of a method, first in first out. */
  readonly faults = new Map<string, unknown[]>();
  /** Waits before a stock call answers, milliseconds, first in first out. */
  readonly stockDelays: number[] = [];
  readonly platform: Platform;

  constructor() {
    const port = this.port();
    const capabilities = { ...MANIFEST.capabilities };
    const manifest = { ...MANIFEST, capabilities, create: () => port } as unknown as PlatformManifest;
    this.platform = {
      code: 'fake',
      folder: __dirname,
      manifest,
      config: { url: 'http://elsewhere' },
      port,
      windows: manifest.windows,
    };
  }

  get registry(): PlatformRegistry {
    const { platform } = this;
    const known = {
      all: () => [platform],
      codes: () => ['fake'],
      has: (code: string) => code === 'fake',
      get: () => platform,
      requireAll: () => undefined,
      credentialErrors: (_code: string, given: object) =>
        Object.keys(given)
          .filter((name) => name !== 'pin')
          .map((name) => ({ field: `credentials.${name}`, code: 'INVALID', message: 'is not known' })),
    };
    return known as unknown as PlatformRegistry;
  }

  /** True when parcels are with their carrier, who gives no number back. */
  keepsWaybills = false;

  /** Changes what the platform can do, e.g. whether lists carry whole orders. */
  can(capabilities: Partial<PlatformManifest['capabilities']>): void {
    Object.assign(this.platform.manifest.capabilities, capabilities);
  }

  fail(method: string, error: unknown): void {
    this.faults.set(method, [...(this.faults.get(method) ?? []), error]);
  }

  count(method: string): number {
    return this.calls.filter((call) => call === method).length;
  }

  order(no: string): CanonicalOrder {
    const order = this.orders.get(no);
    if (!order) throw new PlatformError('not-found', `There is no order ${no}.`, { method: 'detail' });
    const at = order.modifiedAt.toISOString();
    return {
      platformOrderNo: no,
      platformState: order.state,
      modifiedAt: at,
      fetchedAt: at,
      placedAt: order.placedAt.toISOString(),
      currency: 'CNY',
      amounts: {
        goodsFen: 100,
        freightFen: 0,
        shopDiscountFen: 0,
        platformDiscountFen: 0,
        payableFen: 100,
        paidFen: 100,
      },
      lines: [],
      ...(order.receiver && { receiver: order.receiver }),
      raw: '{}',
    };
  }

  afterSale(no: string): CanonicalAfterSale {
    const found = this.afterSales.get(no);
    if (!found) throw new PlatformError('not-found', `There is no after-sale ${no}.`, { method: 'after-sale' });
    const at = found.modifiedAt.toISOString();
    return {
      platformAfterSaleNo: no,
      platformOrderNo: found.orderNo,
      kind: 'refund_only',
      state: found.state,
      refundFen: 100,
      goodsComeBack: false,
      createdAt: at,
      modifiedAt: at,
      fetchedAt: at,
      currency: 'CNY',
      raw: '{}',
    };
  }

  private page(shown: readonly FakeOrder[], total: number): OrderPage {
    const items = shown.map(({ no, modifiedAt }) => ({ platformOrderNo: no, modifiedAt: modifiedAt.toISOString() }));
    if (this.platform.manifest.capabilities.changedOrders === 'ids') return { items, total };
    const failed = shown.filter((order) => {
      order.unreadableListings = (order.unreadableListings ?? 0) - 1;
      return order.unreadableListings >= 0;
    });
    const orders = shown.filter((order) => !failed.includes(order)).map(({ no }) => this.order(no));
    return { items, orders, failed: failed.map(({ no }) => ({ platformOrderNo: no, reason: 'odd amount' })), total };
  }

  private async enter(call: PlatformCall | undefined, method: string): Promise<void> {
    await call?.admit?.(method);
    this.calls.push(method);
    const fault = this.faults.get(method)?.shift();
    if (fault) throw fault;
  }

  private port(): PlatformPort {
    return {
      ...this.readingPort(),
      ...this.tellingPort(),
      ...this.afterSalePort(),
      ...this.billPort(),
      authorisationUrl: (_app: unknown, { redirectUri, state }: { redirectUri: string; state: string }) =>
        `https://fake.example/authorize?state=${state}&redirect_uri=${encodeURIComponent(redirectUri)}`,
      exchangeCode: async (): Promise<TokenGrant> => {
        await this.enter(undefined, 'exchange');
        return this.grant;
      },
      refreshToken: async (): Promise<TokenGrant> => {
        this.refreshes += 1;
        await new Promise((resolve) => setTimeout(resolve, 150));
        await this.enter(undefined, 'refresh');
        return this.grant;
      },
    } as unknown as PlatformPort;
  }

  private readingPort(): Partial<PlatformPort> {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- generator methods need a name for the platform that they stand in
    const fake = this;
    return {
      async *changedOrders(call, window) {
        await fake.enter(call, 'changed');
        const found = [...fake.orders.values()].filter(
          ({ hiddenFromChanges, modifiedAt }) =>
            !hiddenFromChanges && modifiedAt >= window.from && modifiedAt <= window.to,
        );
        const shown = found.filter((order) => {
          order.hiddenChanges = (order.hiddenChanges ?? 0) - 1;
          return order.hiddenChanges < 0;
        });
        yield fake.page(shown, found.length);
      },
      async *censusOrders(call, window) {
        await fake.enter(call, 'census');
        const found = [...fake.orders.values()].filter(
          ({ placedAt }) => placedAt >= window.from && placedAt < window.to,
        );
        const shown = found.filter((order) => {
          order.hiddenListings = (order.hiddenListings ?? 0) - 1;
          return order.hiddenListings < 0;
        });
        yield {
          items: shown.map(({ no, modifiedAt }) => ({ platformOrderNo: no, modifiedAt: modifiedAt.toISOString() })),
          total: found.length,
        };
      },
      async orderDetail(call, no) {
        await fake.enter(call, 'detail');
        return fake.order(no);
      },
      async orderState(call, no) {
        await fake.enter(call, 'state');
        const { state, modifiedAt, refund, receiver, receiverOfState } =
          fake.orders.get(no) ??
          (() => {
            throw new PlatformError('not-found', `There is no order ${no}.`, { method: 'state' });
          })();
        return {
          platformOrderNo: no,
          platformState: state,
          rawStatus: state,
          modifiedAt: modifiedAt.toISOString(),
          forbids: [],
          ...(receiver && { receiver: receiverOfState ?? receiver }),
          lines: [{ platformLineNo: `${no}-1`, platformLineState: state, refundState: refund ?? 'none' }],
        };
      },
      async *listings(call) {
        await fake.enter(call, 'listings');
        yield { listings: [listingOf(fake, call.storyNow())] };
      },
      async listing(call) {
        await fake.enter(call, 'listing');
        return listingOf(fake, call.storyNow());
      },
      async serverTime(call) {
        await fake.enter(call, 'time');
        return { platformTime: call.wireNow(), skewMs: 12, roundTripMs: 1 };
      },
    };
  }

  private afterSalePort(): Partial<PlatformPort> {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- generator methods need a name for the platform that they stand in
    const fake = this;
    return {
      async *afterSales(call, window) {
        await fake.enter(call, 'after-sales');
        const found = [...fake.afterSales.values()].filter(
          ({ modifiedAt }) => modifiedAt >= window.from && modifiedAt <= window.to,
        );
        const unreadable = found.filter(({ isUnreadable }) => isUnreadable);
        yield {
          afterSales: found.filter(({ isUnreadable }) => !isUnreadable).map(({ no }) => fake.afterSale(no)),
          failed: unreadable.map(({ no }) => ({ platformAfterSaleNo: no, reason: 'odd amount' })),
          total: found.length,
        };
      },
      async afterSaleDetail(call, no, orderNo) {
        await fake.enter(call, 'after-sale');
        const found = fake.afterSales.get(no);
        if (found?.needsOrderNo && found.orderNo !== orderNo) return undefined;
        return fake.afterSale(no);
      },
    };
  }

  private billPort(): Partial<PlatformPort> {
    return {
      billFormats: ['fake-bill'],
      billFiles: async (call, day) => {
        this.billAccounts.push(call.shop.billAccount);
        await this.enter(call, 'bill');
        const answers = this.bills.get(day) ?? [];
        const answer = answers.length > 1 ? answers.shift() : answers[0];
        if (answer === undefined)
          throw new PlatformError('not-found', `There is no bill of ${day} yet.`, { method: 'bill' });
        if (answer instanceof Error) throw answer;
        return [{ format: 'fake-bill', fileName: `账单_${day}.zip`, bytes: answer }];
      },
      billAccountProblems: ({ privateKeyPem }) =>
        privateKeyPem.includes('KEY') ? [] : [{ field: 'privateKeyPem' as const, message: 'cannot be read' }],
      parseBill: (_format, bytes) => {
        const text = Buffer.from(bytes).toString('utf8');
        const problems = text.includes('broken') ? [{ code: 'end_missing' as const, message: 'It was cut off.' }] : [];
        const rows = Array.from({ length: 2 }) as ParsedBill['rows'];
        return Promise.resolve({ currency: 'CNY', rows, isWhole: problems.length === 0, problems });
      },
    };
  }

  private tellingPort(): Partial<PlatformPort> {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- generator methods need a name for the platform that they stand in
    const fake = this;
    return {
      async sendShipment(call, notice) {
        await fake.enter(call, 'ship');
        const order = fake.orders.get(notice.platformOrderNo)!;
        const waybillNo = notice.parcels.map((parcel) => parcel.waybillNo).join(',');
        const state = { platformOrderNo: order.no, lines: [], allShipped: true };
        if (order.waybill === waybillNo) return { kind: 'already-sent', state };
        const shown = order.waybill === notice.replaces ? undefined : order.waybill;
        if (shown) return { kind: 'conflict', state, reason: `shows ${shown}` };
        Object.assign(order, { waybill: waybillNo, state: 'shipped' });
        fake.notices.push(notice);
        failLate(fake.faults, 'ship-after');
        return { kind: 'sent' };
      },
      async shipmentState(call, no) {
        await fake.enter(call, 'shipment-state');
        return shipmentOf(fake.orders.get(no)!);
      },
      async getWaybill(call, request) {
        await fake.enter(call, 'waybill');
        const waybillNo = `SF${fake.waybills.length + 1}`;
        fake.waybills.push({ requestKey: request.requestKey, orderNo: request.platformOrderNos[0]!, waybillNo });
        failLate(fake.faults, 'waybill-after');
        return { waybillNo, carrier: request.carrier, printData: `print ${waybillNo}` };
      },
      async findWaybills(call, { platformOrderNo, carrier }) {
        await fake.enter(call, 'find-waybills');
        return fake.waybills
          .filter(({ orderNo }) => orderNo === platformOrderNo)
          .map(({ waybillNo }) => ({ waybillNo, carrier, printData: `print ${waybillNo}` }));
      },
      async cancelWaybill(call) {
        await fake.enter(call, 'cancel-waybill');
        return fake.keepsWaybills ? 'refused' : 'cancelled';
      },
      async updateStock(call, targets) {
        await fake.enter(call, 'stock');
        const delay = fake.stockDelays.shift();
        if (delay) await new Promise((resolve) => setTimeout(resolve, delay));
        return targets.map((target) => fake.take(target));
      },
      async setOnShelf(call, listingId, isOnShelf) {
        await fake.enter(call, 'shelf');
        fake.isOnShelf = isOnShelf;
        failLate(fake.faults, 'shelf-after');
      },
    };
  }

  private take(target: StockTarget): StockVerdict {
    if (target.listingSkuId === 'bad') return { ...target, kind: 'refused', reason: 'the SKU is deleted' };
    this.stock.set(target.listingSkuId, target.quantity);
    return { ...target, kind: 'accepted', shownNow: target.quantity };
  }
}
