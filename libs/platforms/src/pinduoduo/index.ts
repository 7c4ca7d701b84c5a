import { Type } from '@sinclair/typebox';
import { PORT_VERSION, PlatformManifest } from '../port';
import { PinduoduoAdapter } from './pinduoduo.adapter';
import { MAX_AFTER_SALE_SECONDS } from './pinduoduo.after-sales';
import { BILL_METHOD } from './pinduoduo.bill-download';
import { PINDUODUO_CARRIERS } from './pinduoduo.carriers';
import { PINDUODUO_CONFIG_KEYS, toPinduoduoConfig } from './pinduoduo.config';
import { MAX_CENSUS_SECONDS, MAX_INCREMENT_SECONDS, PAGE_SIZE } from './pinduoduo.orders';

const DAY = 86_400;

/** Pinduoduo (Pinduoduo sheet). Rates are those of §4.4, kept below the stated ones; they change without notice. */
export const manifest: PlatformManifest = {
  portVersion: PORT_VERSION,
  code: 'pinduoduo',
  name: '拼多多',
  credentialSchema: Type.Object({}, { additionalProperties: false }),
  capabilities: {
    changedOrders: 'orders',
    paging: 'last-to-first',
    stockMeans: 'sellable',
    stockModes: ['absolute', 'increment'],
    deductsOn: 'pay',
    // Orders appear once they are paid and their group is formed; deposit orders alone come earlier (§5.1).
    unpaidVisible: false,
    partialShipment: 'order',
    cipherReceivers: true,
    pushTransport: ['socket'],
    pushPerApp: true,
    eWaybill: true,
    censusBy: 'confirmed',
    bills: 'file',
    currency: 'CNY',
  },
  tokens: {
    canRefresh: true,
    refreshWindow: { fromSecondsBeforeEnd: 3 * DAY, untilSecondsAfterEnd: 0 },
    // UNCONFIRMED (§3.1), so both tokens of every answer are stored.
    refreshRotates: true,
    codeLivesSeconds: 600,
  },
  windows: {
    // The index may lag, and a push may come ten minutes before the order can be read (§5.3), hence the overlap.
    orders: {
      maxSpanSeconds: MAX_INCREMENT_SECONDS,
      usualSpanSeconds: MAX_INCREMENT_SECONDS,
      overlapSeconds: 600,
      indexLagSeconds: 5,
      reachBackDays: 90,
    },
    census: {
      maxSpanSeconds: MAX_CENSUS_SECONDS,
      usualSpanSeconds: 3_600,
      overlapSeconds: 0,
      indexLagSeconds: 60,
      reachBackDays: 90,
    },
    // The list of goods knows no window (§8.1); the span only says how often all of it is read.
    listings: { maxSpanSeconds: 30 * DAY, usualSpanSeconds: DAY, overlapSeconds: 600, indexLagSeconds: 5 },
    'after-sales': {
      maxSpanSeconds: MAX_AFTER_SALE_SECONDS,
      usualSpanSeconds: MAX_AFTER_SALE_SECONDS,
      overlapSeconds: 600,
      indexLagSeconds: 5,
    },
  },
  limits: {
    '*': { appPerSecond: 50, shopPerSecond: 10, burst: 20 },
    'pdd.order.list.get': { appPerSecond: 200, shopPerSecond: 50, burst: 50 },
    'pdd.order.number.list.increment.get': { appPerSecond: 200, shopPerSecond: 40, burst: 50 },
    'pdd.order.information.get': { appPerSecond: 400, shopPerSecond: 200, burst: 100 },
    // 100 calls in 10 s per shop, and no more: the lowest limit of all (§4.4, §13 pitfall 15).
    'pdd.refund.list.increment.get': { appPerSecond: 200, shopPerSecond: 8, burst: 8 },
    'pdd.goods.list.get': { appPerSecond: 100, shopPerSecond: 10, burst: 20 },
    'pdd.goods.detail.get': { appPerSecond: 200, shopPerSecond: 40, burst: 50 },
    'pdd.goods.quantity.update': { appPerSecond: 200, shopPerSecond: 40, burst: 50 },
    'pdd.logistics.online.send': { appPerSecond: 200, shopPerSecond: 40, burst: 50 },
    'pdd.waybill.get': { appPerSecond: 200, shopPerSecond: 40, burst: 50 },
    'pdd.waybill.cancel': { appPerSecond: 200, shopPerSecond: 40, burst: 50 },
    [BILL_METHOD]: { appPerSecond: 5, shopPerSecond: 2, burst: 10 },
  },
  batch: { stock: 20, waybills: 1, pageSize: PAGE_SIZE },
  scopes: {
    orders: ['pdd.order.number.list.increment.get', 'pdd.order.information.get', 'pdd.refund.list.increment.get'],
    census: ['pdd.order.list.get'],
    listings: ['pdd.goods.list.get', 'pdd.goods.detail.get'],
    stock: ['pdd.goods.quantity.update'],
    shelf: ['pdd.goods.sale.status.set'],
    shipments: ['pdd.logistics.online.send', 'pdd.order.upload.extra.logistics'],
    waybills: ['pdd.waybill.search', 'pdd.waybill.get', 'pdd.waybill.update', 'pdd.waybill.cancel'],
    'after-sales': ['pdd.refund.list.increment.get', 'pdd.refund.information.get'],
    push: ['pdd.pmc.user.permit'],
    bills: [BILL_METHOD],
  },
  carriers: PINDUODUO_CARRIERS,
  errorTable: 'pinduoduo.errors.ts (Pinduoduo sheet §3.1, §4.1, §4.3)',
  configKeys: PINDUODUO_CONFIG_KEYS,
  create: (config) => new PinduoduoAdapter(toPinduoduoConfig(config)),
};
