import { toPlatformText } from '../../../core/times';
import { business } from '../envelope';
import { appCall, type MethodTable } from '../method';
import { TokenRefused, type TaobaoTokens } from '../tokens';

function tokenText(run: () => Record<string, unknown>): Record<string, unknown> {
  try {
    return { token_result: JSON.stringify(run()) };
  } catch (error) {
    if (!(error instanceof TokenRefused)) throw error;
    throw business(`isv.${error.error.replaceAll('_', '-')}`, error.description);
  }
}

/** Calls of the app itself: time and tokens (Taobao sheet §3.2, §3.3). The time told is the wire clock's. */
export function appMethods(tokens: TaobaoTokens): MethodTable {
  return {
    'taobao.time.get': appCall((call) => ({ time: toPlatformText(call.core.clocks.wire('taobao')) })),
    'taobao.top.auth.token.create': appCall((call) => {
      const code = call.params.required('code');
      return tokenText(() => tokens.answerCode(call.app, code));
    }),
    'taobao.top.auth.token.refresh': appCall((call) => {
      const refreshToken = call.params.required('refresh_token');
      return tokenText(() => tokens.answerRefresh(call.app, refreshToken));
    }),
  };
}
