import type { Core } from '../../core/core';
import type { AppStory, ShopStory } from '../../core/story.types';
import type { PlatformIndexes } from '../../kit/shop-indexes';
import type { WaybillBook } from '../../kit/waybill-book';
import { refuse } from './envelope';
import type { Params } from './params';
import type { TaobaoMessages } from './tmc/messages';

/** What the methods of this platform share. */
export interface TaobaoState {
  core: Core;
  indexes: PlatformIndexes;
  messages: TaobaoMessages;
  waybills: WaybillBook;
}

/** One accepted call. */
export interface Call extends TaobaoState {
  platform: 'taobao';
  method: string;
  params: Params;
  app: AppStory;
  /** The shop whose session was sent. */
  session: ShopStory | undefined;
  /** Story instant of the call. */
  at: number;
}

/** A method of the gateway. Returns the content of the answer's root. */
export interface Method {
  needsSession: boolean;
  isWrite: boolean;
  run(call: Call): Record<string, unknown>;
}

/** Methods by their dotted names. */
export type MethodTable = Readonly<Record<string, Method>>;

/** A read that needs a session. */
export const read = (run: Method['run']): Method => ({ needsSession: true, isWrite: false, run });

/** A write that needs a session. */
export const write = (run: Method['run']): Method => ({ needsSession: true, isWrite: true, run });

/** A call of the app itself. */
export const appCall = (run: Method['run']): Method => ({ needsSession: false, isWrite: false, run });

/** The shop of the call's session. */
export function shopOf(call: Call): ShopStory {
  if (!call.session) throw refuse(26);
  return call.session;
}
