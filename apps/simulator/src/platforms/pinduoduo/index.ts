import type { SimulatorPart } from '../../core/part';
import { PlatformIndexes } from '../../kit/shop-indexes';
import { WaybillBook } from '../../kit/waybill-book';
import { registerAuth } from './auth.routes';
import { billMethods, registerBills } from './bill/bill.routes';
import { ConfirmIndex, confirmedAt } from './confirm-index';
import { PinduoduoDesk } from './desk';
import { Gateway } from './gateway';
import type { MethodTable, PinduoduoState } from './method';
import { appMethods } from './methods/app.methods';
import { goodsMethods } from './methods/goods.methods';
import { orderMethods } from './methods/orders.methods';
import { pmcMethods } from './methods/pmc.methods';
import { privacyMethods } from './methods/privacy.methods';
import { refundMethods } from './methods/refunds.methods';
import { shippingMethods } from './methods/shipping.methods';
import { waybillMethods } from './methods/waybill.methods';
import { PINDUODUO_CARRIERS, pinduoduoNumbers } from './numbers';
import { PinduoduoMessages } from './pmc/messages';
import { serveMessages } from './pmc/socket';
import { DecryptQuota } from './quota';
import { ResourceSlots } from './resource-slots';
import { PinduoduoTokens } from './tokens';

/** The methods that a token may call, as its answer names them. */
const shopMethods: MethodTable = {
  ...orderMethods,
  ...refundMethods,
  ...goodsMethods,
  ...shippingMethods,
  ...waybillMethods,
  ...privacyMethods,
  ...pmcMethods,
  ...billMethods,
};

/** Pinduoduo. */
export const simulatorPart: SimulatorPart = {
  platform: 'pinduoduo',
  gatewayPath: '/pinduoduo/api/router',
  numbers: pinduoduoNumbers,
  carriers: PINDUODUO_CARRIERS,
  mostLines: 1,
  arrivalIsChange: true,
  afterSaleKinds: ['refund', 'return', 'exchange', 'resend', 'repair'],
  // The base fee is commonly quoted as 0.6 % (Pinduoduo sheet §12); other fees of an order have no known code.
  feeRates: { commissionBp: 60, pointsBp: 0, softwareFeeBp: 0 },
  paysItsDiscount: true,
  // No call ships without a parcel (Pinduoduo sheet §9.3).
  shipsPriceDifferences: true,
  firstApp: {
    appKey: 'demo-pinduoduo-app-0001',
    appSecret: 'demo0secret0of0pinduoduo0app0001',
    name: 'Huidian demo',
    shops: [
      {
        shopId: '100200301',
        name: '汇店演示官方旗舰店',
        kind: 'mall',
        accessToken: 'a0demo0pinduoduo0000000000000000100200301',
        refreshToken: 'b0demo0pinduoduo0000000000000000100200301',
      },
      {
        shopId: '100200302',
        name: '汇店演示百货店',
        kind: 'mall',
        accessToken: 'a0demo0pinduoduo0000000000000000100200302',
        refreshToken: 'b0demo0pinduoduo0000000000000000100200302',
      },
    ],
  },
  register(server, core) {
    const state: PinduoduoState = {
      core,
      indexes: new PlatformIndexes(core, 'pinduoduo', (order) => confirmedAt(order) !== undefined),
      confirmed: new ConfirmIndex(core),
      messages: new PinduoduoMessages(core),
      waybills: new WaybillBook(core, 'pinduoduo'),
      quota: new DecryptQuota(core),
      slots: new ResourceSlots(core),
      tokens: new PinduoduoTokens(core),
    };
    const { tokens, messages, waybills, quota, slots } = state;
    for (const record of core.takeRecords('pinduoduo'))
      for (const owner of [tokens, messages, waybills, quota, slots]) owner.replay(record);
    const methods: MethodTable = { ...appMethods(() => Object.keys(shopMethods)), ...shopMethods };
    const gateway = new Gateway(state, methods);
    for (const path of ['/pinduoduo/api/router', '/pinduoduo/api/router/'])
      server.post(path, (request, reply) => gateway.serve(request, reply));
    registerAuth(server, core, tokens);
    registerBills(server, core);
    const endMessages = serveMessages(server.server, '/pinduoduo/message', core, messages);
    server.addHook('preClose', async () => endMessages());
    return new PinduoduoDesk(quota, slots);
  },
};
