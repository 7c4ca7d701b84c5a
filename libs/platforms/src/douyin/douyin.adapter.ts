import { CanonicalAfterSale, CanonicalListing, CanonicalOrder } from '@app/contracts/canonical';
import {
  AfterSalePage,
  AppAccess,
  BillFile,
  CensusPage,
  ListingPage,
  OrderPage,
  OrderStateView,
  ParsedBill,
  PlatformCall,
  PlatformError,
  PlatformPort,
  PushCall,
  PushMessage,
  ServerTime,
  ShipNotice,
  ShipOutcome,
  ShipmentState,
  StockTarget,
  StockVerdict,
  TokenCall,
  TokenGrant,
  Waybill,
  WaybillAccount,
  WaybillRequest,
  WebhookReply,
  WebhookRequest,
  Window,
} from '../port';
import { DouyinAfterSales } from './douyin.after-sales';
import { BILL_FORMATS, parseDouyinBill } from './douyin.bill';
import { DouyinBills } from './douyin.bill-download';
import { DouyinClient } from './douyin.client';
import { DouyinConfig } from './douyin.config';
import { DouyinListings } from './douyin.listings';
import { DouyinOrders } from './douyin.orders';
import { receiveDouyinPush } from './douyin.push';
import { DouyinShipments } from './douyin.shipments';
import { DouyinStock } from './douyin.stock';
import { DouyinTokens } from './douyin.tokens';
import { DouyinWaybills } from './douyin.waybills';

/** Douyin shops behind the platform port: hands each operation to the part that knows it. */
export class DouyinAdapter implements PlatformPort {
  private readonly client: DouyinClient;
  private readonly orders: DouyinOrders;
  private readonly products: DouyinListings;
  private readonly stock: DouyinStock;
  private readonly refunds: DouyinAfterSales;
  private readonly shipments: DouyinShipments;
  private readonly waybills: DouyinWaybills;
  private readonly tokens: DouyinTokens;
  private readonly bills: DouyinBills;

  constructor(config: DouyinConfig) {
    this.client = new DouyinClient(config);
    this.orders = new DouyinOrders(this.client);
    this.products = new DouyinListings(this.client, config);
    this.stock = new DouyinStock(this.client);
    this.refunds = new DouyinAfterSales(this.client, config);
    this.shipments = new DouyinShipments(this.client, this.orders);
    this.waybills = new DouyinWaybills(this.client, config);
    this.tokens = new DouyinTokens(this.client, config);
    this.bills = new DouyinBills(this.client, config);
  }

  readonly billFormats = BILL_FORMATS;

  parseBill(format: string, bytes: Uint8Array): Promise<ParsedBill> {
    return parseDouyinBill(format, bytes);
  }

  billFiles(call: PlatformCall, day: string): Promise<BillFile[]> {
    return this.bills.ofDay(call, day);
  }

  changedOrders(call: PlatformCall, window: Window): AsyncIterable<OrderPage> {
    return this.orders.changed(call, window);
  }

  orderDetail(call: PlatformCall, platformOrderNo: string): Promise<CanonicalOrder> {
    return this.orders.detail(call, platformOrderNo);
  }

  censusOrders(call: PlatformCall, window: Window): AsyncIterable<CensusPage> {
    return this.orders.census(call, window);
  }

  orderState(call: PlatformCall, platformOrderNo: string): Promise<OrderStateView> {
    return this.orders.state(call, platformOrderNo);
  }

  listings(call: PlatformCall, window?: Window): AsyncIterable<ListingPage> {
    return this.products.pages(call, window);
  }

  listing(call: PlatformCall, listingId: string): Promise<CanonicalListing> {
    return this.products.one(call, listingId);
  }

  updateStock(call: PlatformCall, targets: readonly StockTarget[]): Promise<StockVerdict[]> {
    return this.stock.update(call, targets);
  }

  setOnShelf(call: PlatformCall, listingId: string, isOnShelf: boolean): Promise<void> {
    return this.stock.setOnShelf(call, listingId, isOnShelf);
  }

  afterSales(call: PlatformCall, window: Window): AsyncIterable<AfterSalePage> {
    return this.refunds.changed(call, window);
  }

  afterSaleDetail(call: PlatformCall, platformAfterSaleNo: string): Promise<CanonicalAfterSale> {
    return this.refunds.detail(call, platformAfterSaleNo);
  }

  sendShipment(call: PlatformCall, notice: ShipNotice): Promise<ShipOutcome> {
    return this.shipments.send(call, notice);
  }

  shipmentState(call: PlatformCall, platformOrderNo: string): Promise<ShipmentState> {
    return this.shipments.state(call, platformOrderNo);
  }

  getWaybill(call: PlatformCall, request: WaybillRequest): Promise<Waybill> {
    return this.waybills.get(call, request);
  }

  waybillAccounts(call: PlatformCall, carrier?: string): Promise<WaybillAccount[]> {
    return this.waybills.accounts(call, carrier);
  }

  /** Always empty: no method lists the labels of an order, and asking again with the same key brings the same number. */
  findWaybills(): Promise<Waybill[]> {
    return Promise.resolve([]);
  }

  updateWaybill(call: PlatformCall, waybillNo: string, request: WaybillRequest): Promise<Waybill> {
    return this.waybills.update(call, waybillNo, request);
  }

  cancelWaybill(
    call: PlatformCall,
    request: { waybillNo: string; carrier: string },
  ): Promise<'cancelled' | 'gone' | 'refused'> {
    return this.waybills.cancel(call, request);
  }

  authorisationUrl(
    app: Pick<AppAccess, 'appKey' | 'credentials'>,
    request: { redirectUri: string; state: string },
  ): string {
    return this.tokens.authorisationUrl(app, request);
  }

  exchangeCode(call: TokenCall, request: { code: string; redirectUri: string }): Promise<TokenGrant> {
    return this.tokens.exchange(call, request);
  }

  refreshToken(call: TokenCall, refreshToken: string): Promise<TokenGrant> {
    return this.tokens.refresh(call, refreshToken);
  }

  receivePush(call: PushCall, request: WebhookRequest): Promise<{ messages: PushMessage[]; reply: WebhookReply }> {
    return receiveDouyinPush(call, request);
  }

  /** By the Date header, which has whole seconds; no method tells the time. */
  async serverTime(call: PlatformCall): Promise<ServerTime> {
    const read = await this.client.readPlatformTime(call);
    if (!read)
      throw new PlatformError('transient', 'Douyin answered without a Date header; ask again.', {
        platform: 'douyin',
        method: 'order.logisticsCompanyList',
      });
    const { platformTime, sentAt, receivedAt } = read;
    const roundTripMs = receivedAt.getTime() - sentAt.getTime();
    const skewMs = platformTime.getTime() + 500 - (sentAt.getTime() + roundTripMs / 2);
    return { platformTime, skewMs: Math.round(skewMs), roundTripMs };
  }
}
