import type { SimulatorPart } from '../../core/part';
import { PlatformIndexes } from '../../kit/shop-indexes';
import { WaybillBook } from '../../kit/waybill-book';
import { registerAuthorise } from './authorise.routes';
import { DouyinDesk } from './desk';
import { Gateway } from './gateway';
import type { DouyinState, MethodTable } from './method';
import { afterSaleMethods } from './methods/after-sales.methods';
import { decryptMethods } from './methods/decrypt.methods';
import { orderMethods } from './methods/orders.methods';
import { productMethods } from './methods/products.methods';
import { settleMethods } from './methods/settle.methods';
import { shippingMethods } from './methods/shipping.methods';
import { stockMethods } from './methods/stock.methods';
import { tokenMethods } from './methods/token.methods';
import { waybillMethods } from './methods/waybill.methods';
import { DOUYIN_CARRIERS, douyinNumbers } from './numbers';
import { DouyinMessages } from './push/messages';
import { WebhookSender } from './push/webhook';
import { RequestMemory } from './request-memory';
import { serveFiles } from './settle/files';
import { DouyinTokens, TOKEN_LIFE_MS } from './tokens';

const APP_KEY = '7311000000000000042';

/** Douyin shops. */
export const simulatorPart: SimulatorPart = {
  platform: 'douyin',
  gatewayPath: '/douyin',
  numbers: douyinNumbers,
  carriers: DOUYIN_CARRIERS,
  mostLines: 40,
  afterSaleKinds: ['refund', 'return', 'exchange', 'resend', 'repair'],
  shipsPriceDifferences: true,
  paysItsDiscount: true,
  tokenLifeMs: TOKEN_LIFE_MS,
  firstApp: {
    appKey: APP_KEY,
    appSecret: 'd0e1f2a3-0000-4000-8000-huidiandemo1',
    name: 'Huidian demo',
    shops: [
      {
        shopId: '44637981',
        name: '汇店演示抖音旗舰店',
        kind: 'mall',
        accessToken: 'd44637981-demo-4acc-8000-000000000001',
        refreshToken: 'd44637981-demo-4ref-8000-000000000001',
      },
      {
        shopId: '44637982',
        name: '汇店演示抖音小店',
        kind: 'market',
        accessToken: 'd44637982-demo-4acc-8000-000000000001',
        refreshToken: 'd44637982-demo-4ref-8000-000000000001',
      },
    ],
  },
  async register(server, core) {
    const tokens = new DouyinTokens(core);
    const desk = new DouyinDesk(core, APP_KEY);
    const memory = new RequestMemory(core);
    const messages = new DouyinMessages(core, desk);
    const waybills = new WaybillBook(core, 'douyin');
    for (const record of core.takeRecords('douyin')) {
      tokens.replay(record);
      desk.replay(record);
      memory.replay(record);
      messages.replay(record);
      waybills.replay(record);
    }
    const indexes = new PlatformIndexes(core, 'douyin');
    const state: DouyinState = { core, indexes, messages, waybills, tokens, memory, desk };
    const methods: MethodTable = {
      ...tokenMethods,
      ...orderMethods,
      ...productMethods,
      ...stockMethods,
      ...shippingMethods,
      ...waybillMethods,
      ...decryptMethods,
      ...afterSaleMethods,
      ...settleMethods,
    };
    const gateway = new Gateway(state, methods);
    await server.register(async (scope) => {
      // The signature covers the bytes as they came, whatever the content type says (Douyin sheet §1, §2.3).
      scope.removeAllContentTypeParsers();
      scope.addHook('onRequest', async (request) => {
        // The official Go program sends the value "Content-Type: application/json", which is no media type at all.
        if (request.headers['content-type'] !== undefined) request.headers['content-type'] = 'application/json';
      });
      scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
      scope.route<{ Params: { '*': string } }>({
        method: ['GET', 'POST'],
        url: '/douyin/*',
        handler: (request, reply) => gateway.serve(request, reply, request.params['*']),
      });
    });
    serveFiles(server, core, memory);
    registerAuthorise(server, core, tokens, desk);
    const sender = new WebhookSender(core, desk, messages);
    server.addHook('preClose', async () => sender.close());
    return desk;
  },
};
