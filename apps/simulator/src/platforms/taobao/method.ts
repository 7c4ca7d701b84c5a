import type { Core } from '../../core/core';
import type { AppStory, ShopStory } from '../../core/story.types';
import { refuse } from './envelope';
import type { TaobaoIndexes } from './indexes';
import type { Params } from './params';
import type { MessageQueue } from './tmc/message-queue';
import type { WaybillBook } from './waybill-book';

/** What the methods of this platform share. */
export interface TaobaoState {
  core: Core;
  indexes: TaobaoIndexes;
  messages: MessageQueue;
  waybills: WaybillBook;
}

/** One accepted call. */
export interface Call extends TaobaoState {
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
