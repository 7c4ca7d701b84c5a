import { appCall, type MethodTable } from '../method';

/** Tokens (Douyin sheet §3). */
export const tokenMethods: MethodTable = {
  'token.create': appCall((call) => call.tokens.create(call.app, call.body)),
  'token.refresh': appCall((call) => call.tokens.answerRefresh(call.app, call.body)),
};
