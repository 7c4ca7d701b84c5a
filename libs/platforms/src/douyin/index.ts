import { Type } from '@sinclair/typebox';
import { PORT_VERSION, PlatformManifest } from '../port';
import { DouyinAdapter } from './douyin.adapter';
import { BILL_METHOD, MOVEMENT_METHOD } from './douyin.bill-download';
import { DOUYIN_CARRIERS } from './douyin.carriers';
import { DOUYIN_CONFIG_KEYS, toDouyinConfig } from './douyin.config';
import { PAGE_SIZE } from './douyin.lists';
import { MAX_SPAN_SECONDS, REACH_BACK_DAYS } from './douyin.orders';
import { SKUS_PER_CALL } from './douyin.stock';
import { REFRESH_SECONDS_MORE } from './douyin.tokens';

const DAY = 86_400;
const HOUR = 3_600;

/** Douyin shops (Douyin sheet). Rates per shop are UNCONFIRMED there (§4.4); these are cautious. */
export const manifest: PlatformManifest = {
  portVersion: PORT_VERSION,
  code: 'douyin',
  name: '抖店',
  credentialSchema: Type.Object(
    {
      serviceId: Type.Optional(
        Type.String({ minLength: 1, maxLength: 64, description: 'Service id of an app of the service market' }),
      ),
      selfUseShopId: Type.Optional(
        Type.String({ pattern: '^[0-9]{1,20}$', description: 'Shop id of an app that the merchant made for itself' }),
      ),
    },
    { additionalProperties: false },
  ),
  capabilities: {
    changedOrders: 'orders',
    paging: 'last-to-first',
    // Whether stock_num excludes what unpaid orders hold is UNCONFIRMED (§8.1); this way at worst too little is offered.
    stockMeans: 'sellable',
    stockModes: ['absolute', 'increment'],
    deductsOn: 'order',
    unpaidVisible: true,
    partialShipment: 'line-quantity',
    cipherReceivers: true,
    pushTransport: ['webhook'],
    pushPerApp: true,
    eWaybill: true,
    censusBy: 'created',
    bills: 'api',
    currency: 'CNY',
  },
  tokens: {
    canRefresh: true,
    refreshWindow: { fromSecondsBeforeEnd: HOUR, untilSecondsAfterEnd: REFRESH_SECONDS_MORE },
    refreshRotates: true,
    codeLivesSeconds: 600,
  },
  windows: {
    orders: {
      maxSpanSeconds: MAX_SPAN_SECONDS,
      usualSpanSeconds: 1_800,
      overlapSeconds: 120,
      indexLagSeconds: 10,
      reachBackDays: REACH_BACK_DAYS,
    },
    census: {
      maxSpanSeconds: MAX_SPAN_SECONDS,
      usualSpanSeconds: 3_600,
      overlapSeconds: 0,
      indexLagSeconds: 60,
      reachBackDays: REACH_BACK_DAYS,
    },
    listings: { maxSpanSeconds: 30 * DAY, usualSpanSeconds: DAY, overlapSeconds: 600, indexLagSeconds: 10 },
    'after-sales': {
      maxSpanSeconds: MAX_SPAN_SECONDS,
      usualSpanSeconds: 1_800,
      overlapSeconds: 120,
      indexLagSeconds: 10,
      reachBackDays: 180,
    },
  },
  limits: {
    '*': { appPerSecond: 20, shopPerSecond: 10, burst: 20 },
    'order.searchList': { appPerSecond: 40, shopPerSecond: 10, burst: 20 },
    'order.orderDetail': { appPerSecond: 80, shopPerSecond: 40, burst: 80 },
    'sku.syncStockBatch': { appPerSecond: 40, shopPerSecond: 20, burst: 40 },
    'logistics.newCreateOrder': { appPerSecond: 40, shopPerSecond: 20, burst: 40 },
    'logistics.waybillApply': { appPerSecond: 40, shopPerSecond: 20, burst: 40 },
    'logistics.listShopNetsite': { appPerSecond: 40, shopPerSecond: 20, burst: 40 },
    'order.logisticsAddMultiPack': { appPerSecond: 40, shopPerSecond: 20, burst: 40 },
    [BILL_METHOD]: { appPerSecond: 5, shopPerSecond: 2, burst: 10 },
    [MOVEMENT_METHOD]: { appPerSecond: 5, shopPerSecond: 2, burst: 10 },
  },
  batch: { stock: SKUS_PER_CALL, waybills: 1, pageSize: PAGE_SIZE },
  scopes: {
    orders: ['order.searchList', 'order.orderDetail'],
    census: ['order.searchList'],
    listings: ['product.listV2', 'product.detail', 'sku.list'],
    stock: ['sku.syncStockBatch'],
    shelf: ['product.setOnline', 'product.setOffline'],
    shipments: ['order.logisticsAddMultiPack', 'order.logisticsEditByPack'],
    waybills: [
      'logistics.listShopNetsite',
      'logistics.newCreateOrder',
      'logistics.waybillApply',
      'logistics.updateOrder',
      'logistics.cancelOrder',
    ],
    'after-sales': ['afterSale.List', 'afterSale.Detail'],
    bills: [BILL_METHOD, MOVEMENT_METHOD],
  },
  carriers: DOUYIN_CARRIERS,
  errorTable: 'douyin.errors.ts and douyin.business-errors.ts (Douyin sheet §3.4, §4.2, §4.3)',
  configKeys: DOUYIN_CONFIG_KEYS,
  create: (config) => new DouyinAdapter(toDouyinConfig(config)),
};
