import { Type } from '@sinclair/typebox';
import { PORT_VERSION, PlatformManifest } from '../port';
import { JdAdapter } from './jd.adapter';
import { MAX_AFTER_SALE_SECONDS } from './jd.after-sales';
import { BILL_METHOD } from './jd.bill-charges';
import { STATEMENT_METHOD } from './jd.bill-statements';
import { JD_CARRIERS } from './jd.carriers';
import { JD_CONFIG_KEYS, toJdConfig } from './jd.config';
import { MAX_WINDOW_SECONDS, PAGE_SIZE } from './jd.orders';
import { SKUS_PER_CALL } from './jd.stock';

const DAY = 86_400;

/** JD, shops of merchants that ship themselves (POP). No source states rates (JD sheet §4); these are its own proposal. */
export const manifest: PlatformManifest = {
  portVersion: PORT_VERSION,
  code: 'jd',
  name: '京东',
  credentialSchema: Type.Object({}, { additionalProperties: false }),
  capabilities: {
    changedOrders: 'orders',
    paging: 'last-to-first',
    stockMeans: 'on-hand',
    stockModes: ['absolute'],
    deductsOn: 'pay',
    unpaidVisible: false,
    partialShipment: 'order',
    cipherReceivers: true,
    pushTransport: [],
    pushPerApp: false,
    eWaybill: true,
    censusBy: 'created',
    bills: 'api',
    currency: 'CNY',
  },
  tokens: {
    canRefresh: true,
    // Refreshed in the last hour, as integrators do; how long a refresh token outlives the other is UNCONFIRMED (§3).
    refreshWindow: { fromSecondsBeforeEnd: 3_600, untilSecondsAfterEnd: 30 * DAY },
    refreshRotates: true,
    codeLivesSeconds: 300,
  },
  windows: {
    orders: {
      maxSpanSeconds: MAX_WINDOW_SECONDS,
      usualSpanSeconds: 3_600,
      overlapSeconds: 600,
      indexLagSeconds: 60,
      reachBackDays: 89,
    },
    census: {
      maxSpanSeconds: MAX_WINDOW_SECONDS,
      usualSpanSeconds: 3_600,
      overlapSeconds: 0,
      indexLagSeconds: 60,
      reachBackDays: 720,
    },
    listings: { maxSpanSeconds: 30 * DAY, usualSpanSeconds: DAY, overlapSeconds: 600, indexLagSeconds: 60 },
    'after-sales': {
      maxSpanSeconds: MAX_AFTER_SALE_SECONDS,
      usualSpanSeconds: 3_600,
      overlapSeconds: 600,
      indexLagSeconds: 60,
    },
  },
  limits: {
    '*': { appPerSecond: 20, shopPerSecond: 5, burst: 10 },
    [BILL_METHOD]: { appPerSecond: 2, shopPerSecond: 1, burst: 2 },
    [STATEMENT_METHOD]: { appPerSecond: 5, shopPerSecond: 2, burst: 5 },
  },
  batch: { stock: SKUS_PER_CALL, waybills: 1, pageSize: PAGE_SIZE },
  scopes: {
    orders: ['jingdong.pop.order.enSearch', 'jingdong.pop.order.enGet'],
    census: ['jingdong.pop.order.enSearch'],
    listings: [
      'jingdong.ware.read.searchWare4Valid',
      'jingdong.ware.read.findWareById',
      'jingdong.sku.read.searchSkuList',
    ],
    stock: ['jingdong.ware.stock.sku.set'],
    shelf: ['jingdong.ware.write.upOrDown'],
    shipments: ['jingdong.pop.order.shipment'],
    waybills: [
      'jingdong.ldop.alpha.provider.sign.success',
      'jingdong.ldop.alpha.waybill.receive',
      'jingdong.ldop.alpha.waybill.api.unbind',
      'jingdong.printing.printData.pullData',
      'jingdong.jos.voucher.info.get',
      'jingdong.jos.master.key.get',
    ],
    'after-sales': [
      'jingdong.pop.afs.soa.refundapply.queryPageList',
      'jingdong.pop.afs.soa.refundapply.queryById',
      'jingdong.asc.sync.list',
      'jingdong.asc.query.view',
      'jingdong.asc.freight.view',
      'jingdong.asc.serviceAndRefund.view',
    ],
    bills: [STATEMENT_METHOD],
  },
  carriers: JD_CARRIERS,
  errorTable: 'jd.errors.ts (JD sheet §4)',
  configKeys: JD_CONFIG_KEYS,
  create: (config) => new JdAdapter(toJdConfig(config)),
};
