import { CanonicalAfterSale, CanonicalListing, CanonicalOrder } from '@app/contracts/canonical';
import {
  AfterSalePage,
  AppAccess,
  BillAccount,
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
import { readAfterSale, readAfterSales } from './taobao.after-sales';
import { BILL_FORMATS, parseAlipayBill } from './taobao.bill';
import { alipayKeyProblems } from './taobao.alipay-signer';
import { AlipayBills } from './taobao.bill-download';
import { TaobaoClient } from './taobao.client';
import { TaobaoConfig } from './taobao.config';
import { TaobaoListings } from './taobao.listings';
import { TaobaoOrders } from './taobao.orders';
import { TaobaoPush } from './taobao.push';
import { TaobaoShelf } from './taobao.shelf';
import { TaobaoShipments } from './taobao.shipments';
import { TaobaoStock } from './taobao.stock';
import { TmcSocket } from './taobao.tmc-socket';
import { TaobaoTokens } from './taobao.tokens';
import { TaobaoWaybills } from './taobao.waybills';

/** Taobao and Tmall behind the platform port: hands each operation to the part that knows it. */
export class TaobaoAdapter implements PlatformPort {
  private readonly client: TaobaoClient;
  private readonly orders: TaobaoOrders;
  private readonly items: TaobaoListings;
  private readonly stock: TaobaoStock;
  private readonly shelf: TaobaoShelf;
  private readonly shipments: TaobaoShipments;
  private readonly waybills: TaobaoWaybills;
  private readonly tokens: TaobaoTokens;
  private readonly push: TaobaoPush;
  private readonly bills: AlipayBills;

  constructor(private readonly config: TaobaoConfig) {
    this.client = new TaobaoClient(config);
    this.orders = new TaobaoOrders(this.client, config);
    this.items = new TaobaoListings(this.client, config);
    this.stock = new TaobaoStock(this.client);
    this.shelf = new TaobaoShelf(this.client, this.items);
    this.shipments = new TaobaoShipments(this.client, this.orders);
    this.waybills = new TaobaoWaybills(this.client, config);
    this.tokens = new TaobaoTokens(this.client, config);
    this.push = new TaobaoPush(this.client, config);
    this.bills = new AlipayBills(config);
  }

  readonly billFormats = BILL_FORMATS;

  parseBill(format: string, bytes: Uint8Array): Promise<ParsedBill> {
    return parseAlipayBill(format, bytes);
  }

  billFiles(call: PlatformCall, day: string): Promise<BillFile[]> {
    return this.bills.ofDay(call, day);
  }

  billAccountProblems(account: BillAccount): { field: keyof BillAccount; message: string }[] {
    return alipayKeyProblems(account);
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
    return this.items.pages(call, window);
  }

  listing(call: PlatformCall, listingId: string): Promise<CanonicalListing> {
    return this.items.one(call, listingId);
  }

  updateStock(call: PlatformCall, targets: readonly StockTarget[]): Promise<StockVerdict[]> {
    return this.stock.update(call, targets);
  }

  setOnShelf(call: PlatformCall, listingId: string, isOnShelf: boolean): Promise<void> {
    return this.shelf.set(call, listingId, isOnShelf);
  }

  afterSales(call: PlatformCall, window: Window): AsyncIterable<AfterSalePage> {
    return readAfterSales(this.client, call, window);
  }

  afterSaleDetail(call: PlatformCall, platformAfterSaleNo: string): Promise<CanonicalAfterSale> {
    return readAfterSale(this.client, call, platformAfterSaleNo);
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

  findWaybills(call: PlatformCall, request: { platformOrderNo: string; carrier: string }): Promise<Waybill[]> {
    return this.waybills.find(call, request);
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

  subscribePush(call: PlatformCall): Promise<void> {
    return this.push.subscribe(call);
  }

  connectPush(call: PushCall, listener: PushListener): PushConnection {
    return new TmcSocket(call, listener, this.config);
  }

  pullPush(call: PushCall, listener: PushListener): Promise<number> {
    return this.push.pull(call, listener);
  }

  async serverTime(call: PlatformCall): Promise<ServerTime> {
    const reading = await this.client.readPlatformTime(call);
    if (!reading) {
      throw new PlatformError('transient', 'Taobao answered without a Date header, so its time is not known.', {
        platform: 'taobao',
        method: 'taobao.time.get',
      });
    }
    const { platformTime, sentAt, receivedAt } = reading;
    const middle = (sentAt.getTime() + receivedAt.getTime()) / 2;
    // The header has whole seconds, half a second is the expected rest.
    return {
      platformTime,
      skewMs: Math.round(platformTime.getTime() + 500 - middle),
      roundTripMs: receivedAt.getTime() - sentAt.getTime(),
    };
  }
}
