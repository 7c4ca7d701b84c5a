import type { Core } from '../../core/core';
import type { AppStory, ShopStory } from '../../core/story.types';
import type { PlatformIndexes } from '../../kit/shop-indexes';
import type { WaybillBook } from '../../kit/waybill-book';
import type { Body } from './body';
import { DouyinError } from './envelope';
import type { DouyinDesk } from './desk';
import type { DouyinMessages } from './push/messages';
import type { RequestMemory } from './request-memory';
import type { DouyinTokens } from './tokens';

/** What the methods of this platform share. */
export interface DouyinState {
  core: Core;
  indexes: PlatformIndexes;
  messages: DouyinMessages;
  waybills: WaybillBook;
  tokens: DouyinTokens;
  memory: RequestMemory;
  desk: DouyinDesk;
}

/** One accepted call. */
export interface Call extends DouyinState {
  platform: 'douyin';
  method: string;
  body: Body;
  app: AppStory;
  /** The shop whose token was sent. */
  session: ShopStory | undefined;
  /** Story instant of the call. */
  at: number;
  /** The address under which the caller reached the gateway. */
  origin: string;
}

/** A method of the gateway. Returns the `data` of the answer: an object, an array or a number. */
export interface Method {
  needsToken: boolean;
  isWrite: boolean;
  run(call: Call): unknown;
}

/** Methods by their dotted names. */
export type MethodTable = Readonly<Record<string, Method>>;

/** A read that needs a token. */
export const read = (run: Method['run']): Method => ({ needsToken: true, isWrite: false, run });

/** A write that needs a token. */
export const write = (run: Method['run']): Method => ({ needsToken: true, isWrite: true, run });

/** A call of the app itself. */
export const appCall = (run: Method['run']): Method => ({ needsToken: false, isWrite: false, run });

/** The shop of the call's token. */
export function shopOf(call: Call): ShopStory {
  if (!call.session) throw new DouyinError(40001, 'isv.access-token-missing', 'access_token 不能为空');
  return call.session;
}
