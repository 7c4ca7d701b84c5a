import type { SimulatorPart } from '../../core/part';
import { PlatformIndexes } from '../../kit/shop-indexes';
import { WaybillBook } from '../../kit/waybill-book';
import { AfterSaleIndex } from './after-sale-index';
import { registerBackOffice } from './bill/back-office.routes';
import { Gateway } from './gateway';
import type { JdState, MethodTable } from './method';
import { billMethods } from './methods/bills.methods';
import { itemMethods } from './methods/items.methods';
import { memoMethods } from './methods/memo.methods';
import { orderMethods } from './methods/orders.methods';
import { privacyMethods } from './methods/privacy.methods';
import { refundMethods } from './methods/refunds.methods';
import { serviceActMethods } from './methods/service-acts.methods';
import { serviceMethods } from './methods/services.methods';
import { shippingMethods } from './methods/shipping.methods';
import { stockMethods } from './methods/stock.methods';
import { venderMethods } from './methods/vender.methods';
import { waybillMethods } from './methods/waybill.methods';
import { JdNotes } from './notes';
import { JD_CARRIERS, jdNumbers } from './numbers';
import { registerOauth } from './oauth.routes';
import { StockBook } from './stock-book';
import { TdeDesk } from './tde';
import { JdTokens, TOKEN_LIFE_MS } from './tokens';
import { isVisible, modifiedBy, refundsWholeOrder } from './words';

/** Two orders in fifty of several lines are split by the platform. */
const SPLIT_SHARE = 0.04;

const METHODS: MethodTable = {
  ...venderMethods,
  ...orderMethods,
  ...memoMethods,
  ...itemMethods,
  ...stockMethods,
  ...shippingMethods,
  ...waybillMethods,
  ...refundMethods,
  ...serviceMethods,
  ...serviceActMethods,
  ...privacyMethods,
  ...billMethods,
};

/** JD, the JOS gateway for shops of the open platform. */
export const simulatorPart: SimulatorPart = {
  platform: 'jd',
  gatewayPath: '/jd/routerjson',
  numbers: jdNumbers,
  carriers: JD_CARRIERS,
  modifiedBy,
  refundsWholeOrder,
  splitShare: SPLIT_SHARE,
  afterSaleKinds: ['refund', 'return', 'exchange', 'resend', 'repair'],
  tokenLifeMs: TOKEN_LIFE_MS,
  firstApp: {
    appKey: '0A1B2C3D4E5F60718293A4B5C6D7E8F9',
    appSecret: 'demo0secret0of0jd0app00000000000',
    name: 'Huidian demo',
    shops: [
      {
        shopId: '10706',
        name: '汇店演示京东旗舰店',
        kind: 'mall',
        accessToken: 'demo0000000000000000000000010706nlmd',
        refreshToken: 'demo0000000000000000000000010706ote2',
      },
      {
        shopId: '10707',
        name: '汇店演示京东专营店',
        kind: 'mall',
        accessToken: 'demo0000000000000000000000010707nlmd',
        refreshToken: 'demo0000000000000000000000010707ote2',
      },
    ],
  },
  register(server, core) {
    const tokens = new JdTokens(core);
    const state: JdState = {
      core,
      indexes: new PlatformIndexes(core, 'jd', isVisible),
      afterSales: new AfterSaleIndex(core),
      stock: new StockBook(core),
      waybills: new WaybillBook(core, 'jd'),
      tde: new TdeDesk(core),
      notes: new JdNotes(core),
    };
    for (const record of core.takeRecords('jd')) {
      tokens.replay(record);
      state.waybills.replay(record);
      state.tde.replay(record);
      state.notes.replay(record);
    }
    const gateway = new Gateway(state, METHODS);
    server.route({
      method: ['GET', 'POST'],
      url: '/jd/routerjson',
      handler: (request, reply) => gateway.serve(request, reply),
    });
    registerOauth(server, core, tokens);
    registerBackOffice(server, core);
    return {
      // What an adapter needs to judge vouchers; JD's own certificate is nobody's.
      tellApp: () => ({ voucherPublicKey: state.tde.publicPem() }),
      tellShop: async () => ({}),
      takeShop: () => undefined,
    };
  },
};
