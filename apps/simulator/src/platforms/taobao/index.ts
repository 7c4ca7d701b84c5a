import type { SimulatorPart } from '../../core/part';
import { PlatformIndexes } from '../../kit/shop-indexes';
import { WaybillBook } from '../../kit/waybill-book';
import { AlipayAccounts } from './alipay/accounts';
import { AlipayGateway, DOWNLOAD_PATH } from './alipay/alipay.gateway';
import { Gateway } from './gateway';
import type { MethodTable, TaobaoState } from './method';
import { appMethods } from './methods/app.methods';
import { ascpMethods } from './methods/ascp.methods';
import { itemMethods } from './methods/items.methods';
import { oaidMethods } from './methods/oaid.methods';
import { quantityMethods } from './methods/quantities.methods';
import { refundMethods } from './methods/refunds.methods';
import { shippingMethods } from './methods/shipping.methods';
import { tmcMethods } from './methods/tmc.methods';
import { tradeMethods } from './methods/trades.methods';
import { waybillMethods } from './methods/waybill.methods';
import { TAOBAO_CARRIERS, taobaoNumbers } from './numbers';
import { registerOauth } from './oauth.routes';
import { TaobaoMessages } from './tmc/messages';
import { serveTmc } from './tmc/socket';
import { TaobaoTokens } from './tokens';
import { coversType, DEFAULT_TYPES, typeOf } from './words';

/** Taobao and Tmall. */
export const simulatorPart: SimulatorPart = {
  platform: 'taobao',
  gatewayPath: '/taobao/router/rest',
  numbers: taobaoNumbers,
  carriers: TAOBAO_CARRIERS,
  firstApp: {
    appKey: '12345678',
    appSecret: 'demo0secret0of0taobao0app12345678',
    name: 'Huidian demo',
    shops: [
      {
        shopId: '2200001',
        name: '汇店演示旗舰店',
        kind: 'mall',
        accessToken: '6100ademo2200001',
        refreshToken: '6101bdemo2200001',
      },
      {
        shopId: '2200002',
        name: '汇店演示C店',
        kind: 'market',
        accessToken: '6100ademo2200002',
        refreshToken: '6101bdemo2200002',
      },
    ],
  },
  register(server, core) {
    const tokens = new TaobaoTokens(core);
    const accounts = new AlipayAccounts(core);
    const state: TaobaoState = {
      core,
      indexes: new PlatformIndexes(core, 'taobao', (order) => coversType(DEFAULT_TYPES, typeOf(order))),
      messages: new TaobaoMessages(core),
      waybills: new WaybillBook(core, 'taobao'),
    };
    for (const record of core.takeRecords('taobao')) {
      tokens.replay(record);
      accounts.replay(record);
      state.messages.replay(record);
      state.waybills.replay(record);
    }
    const methods: MethodTable = {
      ...appMethods(tokens),
      ...tradeMethods,
      ...itemMethods,
      ...quantityMethods,
      ...shippingMethods,
      ...ascpMethods,
      ...waybillMethods,
      ...oaidMethods,
      ...refundMethods,
      ...tmcMethods,
    };
    const gateway = new Gateway(state, methods);
    for (const path of ['/taobao/router/rest', '/taobao/router/rest/']) {
      server.route({ method: ['GET', 'POST'], url: path, handler: (request, reply) => gateway.serve(request, reply) });
    }
    const alipay = new AlipayGateway(core, accounts);
    server.route({
      method: ['GET', 'POST'],
      url: '/alipay/gateway.do',
      handler: (request, reply) => alipay.serve(request, reply),
    });
    server.get(DOWNLOAD_PATH, async (request, reply) => alipay.download(request, reply));
    registerOauth(server, core, tokens);
    const endTmc = serveTmc(server.server, '/taobao/tmc', core, state.messages);
    server.addHook('preClose', async () => endTmc());
    return accounts;
  },
};
