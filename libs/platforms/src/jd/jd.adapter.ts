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
import { JdAfterSales } from './jd.after-sales';
import { BILL_FORMATS, parseJdBill } from './jd.bill';
import { billsOfDay } from './jd.bill-charges';
import { statementsOfDay } from './jd.bill-statements';
import { JdCarriers } from './jd.carriers';
import { JdClient } from './jd.client';
import { JdConfig } from './jd.config';
import { JdKeys } from './jd.keys';
import { JdListings } from './jd.listings';
import { JdOrders } from './jd.orders';
import { JdRefunds } from './jd.refunds';
import { JdServices } from './jd.services';
import { JdShipments } from './jd.shipments';
import { JdSpClient } from './jd.sp-client';
import { JdStock } from './jd.stock';
import { JdTokens } from './jd.tokens';
import { JdWaybills } from './jd.waybills';

/** JD behind the platform port: hands each operation to the part that knows it. */
export class JdAdapter implements PlatformPort {
  readonly billFormats = BILL_FORMATS;
  private readonly client: JdClient;
  private readonly orders: JdOrders;
  private readonly refunds: JdRefunds;
  private readonly sales: JdAfterSales;
  private readonly wares: JdListings;
  private readonly stock: JdStock;
  private readonly shipments: JdShipments;
  private readonly waybills: JdWaybills;
  private readonly tokens: JdTokens;
  private readonly statements: JdSpClient;

  constructor(private readonly config: JdConfig) {
    const carriers = new JdCarriers(config.carriers);
    this.client = new JdClient(config);
    this.orders = new JdOrders(this.client, config);
    this.refunds = new JdRefunds(this.client, config);
    this.sales = new JdAfterSales(this.refunds, new JdServices(this.client, config), config);
    this.wares = new JdListings(this.client, config);
    this.stock = new JdStock(this.client, config);
    this.shipments = new JdShipments(this.client, this.orders, carriers);
    this.waybills = new JdWaybills(this.client, config, new JdKeys(this.client, config), carriers);
    this.tokens = new JdTokens(this.client, config);
    this.statements = new JdSpClient(config);
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

  async orderState(call: PlatformCall, platformOrderNo: string): Promise<OrderStateView> {
    const refundState = this.config.askRefunds ? await this.refunds.stateOf(call, platformOrderNo) : 'none';
    return this.orders.state(call, platformOrderNo, refundState);
  }

  listings(call: PlatformCall, window?: Window): AsyncIterable<ListingPage> {
    return this.wares.pages(call, window);
  }

  listing(call: PlatformCall, listingId: string): Promise<CanonicalListing> {
    return this.wares.one(call, listingId);
  }

  updateStock(call: PlatformCall, targets: readonly StockTarget[]): Promise<StockVerdict[]> {
    return this.stock.update(call, targets);
  }

  setOnShelf(call: PlatformCall, listingId: string, isOnShelf: boolean): Promise<void> {
    return this.wares.setOnShelf(call, listingId, isOnShelf);
  }

  afterSales(call: PlatformCall, window: Window): AsyncIterable<AfterSalePage> {
    return this.sales.pages(call, window);
  }

  afterSaleDetail(
    call: PlatformCall,
    platformAfterSaleNo: string,
    platformOrderNo?: string,
  ): Promise<CanonicalAfterSale> {
    return this.sales.one(call, platformAfterSaleNo, platformOrderNo);
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

  findWaybills(): Promise<Waybill[]> {
    return this.waybills.find();
  }

  updateWaybill(_call: PlatformCall, waybillNo: string): Promise<Waybill> {
    return this.waybills.update(waybillNo);
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

  billFiles(call: PlatformCall, day: string): Promise<BillFile[]> {
    if (this.config.bills === 'jos') return billsOfDay(this.client, this.config, call, day);
    return statementsOfDay(this.statements, this.config, call, day);
  }

  parseBill(format: string, bytes: Uint8Array): Promise<ParsedBill> {
    return parseJdBill(format, bytes, this.config);
  }

  async serverTime(call: PlatformCall): Promise<ServerTime> {
    const reading = await this.client.readPlatformTime(call);
    if (!reading)
      throw new PlatformError('transient', 'JD answered without a Date header, so its time is not known.', {
        platform: 'jd',
        method: 'time',
      });
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
