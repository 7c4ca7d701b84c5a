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
  PlatformPort,
  PushCall,
  PushConnection,
  PushListener,
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
  Window,
} from '../port';
import { PinduoduoAfterSales } from './pinduoduo.after-sales';
import { BILL_FORMATS, parsePinduoduoBill } from './pinduoduo.bill';
import { PinduoduoBills } from './pinduoduo.bill-download';
import { PinduoduoCarriers } from './pinduoduo.carriers';
import { PinduoduoClient } from './pinduoduo.client';
import { PinduoduoConfig } from './pinduoduo.config';
import { PinduoduoListings } from './pinduoduo.listings';
import { PinduoduoOrders } from './pinduoduo.orders';
import { PinduoduoSocket } from './pinduoduo.push-socket';
import { readServerTime } from './pinduoduo.server-time';
import { PinduoduoShipments } from './pinduoduo.shipments';
import { PinduoduoStock } from './pinduoduo.stock';
import { PinduoduoTokens } from './pinduoduo.tokens';
import { PinduoduoWaybills } from './pinduoduo.waybills';

/** Pinduoduo behind the platform port: hands each operation to the part that knows it. */
export class PinduoduoAdapter implements PlatformPort {
  private readonly client: PinduoduoClient;
  private readonly orders: PinduoduoOrders;
  private readonly afterSalesPart: PinduoduoAfterSales;
  private readonly items: PinduoduoListings;
  private readonly stock: PinduoduoStock;
  private readonly shipments: PinduoduoShipments;
  private readonly waybills: PinduoduoWaybills;
  private readonly tokens: PinduoduoTokens;
  private readonly bills: PinduoduoBills;

  constructor(private readonly config: PinduoduoConfig) {
    this.client = new PinduoduoClient(config);
    const carriers = new PinduoduoCarriers(this.client, config);
    this.afterSalesPart = new PinduoduoAfterSales(this.client, config);
    this.orders = new PinduoduoOrders(this.client, config, (call, no) => this.afterSalesPart.refundedFen(call, no));
    this.items = new PinduoduoListings(this.client, config);
    this.stock = new PinduoduoStock(this.client);
    this.shipments = new PinduoduoShipments(this.client, this.orders, carriers);
    this.waybills = new PinduoduoWaybills(this.client, carriers, config);
    this.tokens = new PinduoduoTokens(this.client, config);
    this.bills = new PinduoduoBills(this.client, config);
  }

  readonly billFormats = BILL_FORMATS;

  parseBill(format: string, bytes: Uint8Array): Promise<ParsedBill> {
    return parsePinduoduoBill(format, bytes, this.config.billNeedsTotals);
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

  listings(call: PlatformCall): AsyncIterable<ListingPage> {
    return this.items.pages(call);
  }

  listing(call: PlatformCall, listingId: string): Promise<CanonicalListing> {
    return this.items.one(call, listingId);
  }

  updateStock(call: PlatformCall, targets: readonly StockTarget[]): Promise<StockVerdict[]> {
    return this.stock.update(call, targets);
  }

  setOnShelf(call: PlatformCall, listingId: string, isOnShelf: boolean): Promise<void> {
    return this.stock.setOnShelf(call, listingId, isOnShelf);
  }

  afterSales(call: PlatformCall, window: Window): AsyncIterable<AfterSalePage> {
    return this.afterSalesPart.changed(call, window);
  }

  afterSaleDetail(
    call: PlatformCall,
    platformAfterSaleNo: string,
    platformOrderNo?: string,
  ): Promise<CanonicalAfterSale | undefined> {
    return this.afterSalesPart.detail(call, platformAfterSaleNo, platformOrderNo);
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

  /** Labels can be looked up by their own number alone (Pinduoduo sheet §9.6), so those of an order are not known. */
  async findWaybills(): Promise<Waybill[]> {
    return [];
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

  authorisationUrl(app: Pick<AppAccess, 'appKey'>, request: { redirectUri: string; state: string }): string {
    return this.tokens.authorisationUrl(app, request);
  }

  exchangeCode(call: TokenCall, request: { code: string; redirectUri: string }): Promise<TokenGrant> {
    return this.tokens.exchange(call, request);
  }

  refreshToken(call: TokenCall, refreshToken: string): Promise<TokenGrant> {
    return this.tokens.refresh(call, refreshToken);
  }

  /** Opens messages for a shop; without topics it gets those of the app (Pinduoduo sheet §11.1). */
  async subscribePush(call: PlatformCall): Promise<void> {
    await this.client.call(call, { method: 'pdd.pmc.user.permit', params: {}, isWrite: true });
  }

  connectPush(call: PushCall, listener: PushListener): PushConnection {
    const platformNow = (): Date => this.client.platformNow(call);
    return new PinduoduoSocket(call, listener, { pushUrl: this.config.pushUrl, platformNow });
  }

  serverTime(call: PlatformCall): Promise<ServerTime> {
    return readServerTime(this.client, call);
  }
}
