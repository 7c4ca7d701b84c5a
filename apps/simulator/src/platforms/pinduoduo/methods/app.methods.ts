import { toPlatformText } from '../../../core/times';
import { appCall, read, shopOf, type Call, type MethodTable } from '../method';
import { tokenView } from '../tokens';

type Row = Record<string, unknown>;

function mall(call: Call): Row {
  const shop = shopOf(call);
  return {
    mall_id: Number(shop.shopId),
    mall_name: shop.name,
    mall_desc: '',
    logo: 'https://img.pddpic.com/demo/logo.jpeg',
    merchant_type: shop.kind === 'mall' ? 3 : 1,
    mall_character: 2,
  };
}

/** Calls of the app itself: time, tokens, whose shop it is (Pinduoduo sheet §1.1, §3). `scope` names the granted methods. */
export function appMethods(scope: () => readonly string[]): MethodTable {
  const granted = (call: Call): string[] => scope().filter((name) => !call.app.forbiddenMethods.includes(name));
  const wire = (call: Call): number => call.core.clocks.wire('pinduoduo');
  return {
    'pdd.time.get': appCall('time_get_response', (call) => ({ time: toPlatformText(wire(call)) })),
    'pdd.pop.auth.token.create': appCall('pop_auth_token_create_response', (call) => {
      const shop = call.tokens.useCode(call.app, call.params.required('code'));
      return tokenView(shop, granted(call), wire(call));
    }),
    'pdd.pop.auth.token.refresh': appCall('pop_auth_token_refresh_response', (call) => {
      const shop = call.tokens.refresh(call.app, call.params.required('refresh_token'));
      return tokenView(shop, granted(call), wire(call));
    }),
    'pdd.mall.info.get': read('mall_info_get_response', mall),
  };
}
