import { Type } from '@sinclair/typebox';

const RULE = { maxSpanSeconds: 86_400, usualSpanSeconds: 3_600, overlapSeconds: 600, indexLagSeconds: 0 };
/** What the fake platform can do; its port is made per fake. */
export const MANIFEST = {
  portVersion: 1,
  code: 'fake',
  name: 'Fake',
  credentialSchema: Type.Object({}),
  capabilities: {
    changedOrders: 'ids',
    pushTransport: ['none'],
    partialShipment: 'line',
    stockMeans: 'sellable',
    bills: 'file',
    billsNeedAccount: true,
  },
  tokens: {
    canRefresh: true,
    refreshWindow: { fromSecondsBeforeEnd: 3_600, untilSecondsAfterEnd: 60 },
    refreshRotates: true,
    codeLivesSeconds: 1_800,
  },
  windows: {
    orders: { ...RULE, reachBackDays: 90 },
    census: { ...RULE, overlapSeconds: 0 },
    listings: RULE,
    'after-sales': RULE,
  },
  limits: { '*': { appPerSecond: 1_000, burst: 1_000 } },
  batch: { stock: 20, waybills: 1, pageSize: 50 },
  scopes: {},
  carriers: {},
  api: { version: '1', checkedOn: '2026-11-01' },
  configKeys: [
    { env: 'FAKE_URL', name: 'url', kind: 'url', default: 'http://fake', doc: 'Address.' },
    { env: 'FAKE_UNIT', name: 'unit', kind: 'text', default: 'fen', doc: 'Unit of the fee; the sheet leaves it open.' },
  ],
};
