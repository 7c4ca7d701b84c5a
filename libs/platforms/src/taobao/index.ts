import { Type } from '@sinclair/typebox';
import { PORT_VERSION, PlatformManifest } from '../port';
import { BILL_METHOD } from './taobao.bill-download';
import { TaobaoAdapter } from './taobao.adapter';
import { TAOBAO_CARRIERS } from './taobao.carriers';
import { TAOBAO_CONFIG_KEYS, toTaobaoConfig } from './taobao.config';
import { MAX_INCREMENT_SECONDS } from './taobao.orders';
import { SKUS_PER_CALL } from './taobao.stock';

const DAY = 86_400;

/** Taobao and Tmall (Taobao sheet). Rates are UNCONFIRMED there (§4.5); these are cautious. */
export const manifest: PlatformManifest = {
  portVersion: PORT_VERSION,
  code: 'taobao',
  name: '淘宝/天猫',
  credentialSchema: Type.Object({}, { additionalProperties: false }),
  capabilities: {
    changedOrders: 'ids',
    paging: 'last-to-first',
    stockMeans: 'sellable',
    stockModes: ['absolute', 'increment'],
    deductsOn: 'pay',
    unpaidVisible: true,
    partialShipment: 'line-quantity',
    cipherReceivers: true,
    pushTransport: ['socket', 'pull'],
    pushPerApp: true,
    eWaybill: true,
    censusBy: 'created',
    bills: 'file',
    billsNeedAccount: true,
    currency: 'CNY',
  },
  tokens: {
    // Only apps of the service market can refresh; a grant without refreshExpiresAt says that this one cannot (§3.3).
    canRefresh: true,
    refreshWindow: { fromSecondsBeforeEnd: DAY, untilSecondsAfterEnd: 0 },
    refreshRotates: true,
    codeLivesSeconds: 1_800,
  },
  windows: {
    orders: {
      maxSpanSeconds: MAX_INCREMENT_SECONDS,
      usualSpanSeconds: 1_800,
      overlapSeconds: 600,
      indexLagSeconds: 5,
      reachBackDays: 90,
    },
    census: {
      maxSpanSeconds: MAX_INCREMENT_SECONDS,
      usualSpanSeconds: 3_600,
      overlapSeconds: 0,
      indexLagSeconds: 60,
      reachBackDays: 90,
    },
    listings: { maxSpanSeconds: 30 * DAY, usualSpanSeconds: DAY, overlapSeconds: 600, indexLagSeconds: 5 },
    'after-sales': { maxSpanSeconds: DAY, usualSpanSeconds: 1_800, overlapSeconds: 600, indexLagSeconds: 5 },
  },
  limits: {
    '*': { appPerSecond: 20, shopPerSecond: 10, burst: 20 },
    'taobao.trade.fullinfo.get': { appPerSecond: 80, shopPerSecond: 40, burst: 80 },
    'taobao.skus.quantity.update': { appPerSecond: 40, shopPerSecond: 20, burst: 40 },
    'cainiao.waybill.ii.get': { appPerSecond: 40, shopPerSecond: 20, burst: 40 },
    'taobao.logistics.offline.send': { appPerSecond: 40, shopPerSecond: 20, burst: 40 },
    [BILL_METHOD]: { appPerSecond: 5, shopPerSecond: 2, burst: 10 },
  },
  batch: { stock: SKUS_PER_CALL, waybills: 1, pageSize: 50 },
  scopes: {
    orders: ['taobao.trades.sold.increment.get', 'taobao.trade.fullinfo.get'],
    census: ['taobao.trades.sold.get'],
    listings: [
      'taobao.items.onsale.get',
      'taobao.items.inventory.get',
      'taobao.items.seller.list.get',
      'taobao.item.seller.get',
    ],
    stock: ['taobao.skus.quantity.update', 'taobao.item.quantity.update'],
    shelf: ['taobao.item.update.listing', 'taobao.item.update.delisting'],
    shipments: ['taobao.logistics.offline.send', 'alibaba.ascp.logistics.offline.send'],
    waybills: [
      'cainiao.waybill.ii.search',
      'cainiao.waybill.ii.get',
      'cainiao.waybill.ii.update',
      'cainiao.waybill.ii.cancel',
      'cainiao.waybill.ii.query.by.tradecode',
    ],
    'after-sales': ['taobao.refunds.receive.get', 'taobao.refund.get'],
    push: ['taobao.tmc.user.permit', 'taobao.tmc.messages.consume', 'taobao.tmc.messages.confirm'],
  },
  carriers: TAOBAO_CARRIERS,
  // `v` of every request, and the day of the metadata that the sheet was written from (§1).
  api: { version: '2.0', checkedOn: '2026-04-23' },
  errorTable: 'taobao.errors.ts (Taobao sheet §4.3, §4.4, §8.2, §9.3)',
  configKeys: TAOBAO_CONFIG_KEYS,
  create: (config) => new TaobaoAdapter(toTaobaoConfig(config)),
};
