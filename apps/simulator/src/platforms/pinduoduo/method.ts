import type { Core } from '../../core/core';
import type { AppStory, ShopStory } from '../../core/story.types';
import type { PlatformIndexes } from '../../kit/shop-indexes';
import type { WaybillBook } from '../../kit/waybill-book';
import type { ConfirmIndex } from './confirm-index';
import type { Params } from './params';
import type { PinduoduoMessages } from './pmc/messages';
import { refuse } from './pop-error';
import type { DecryptQuota } from './quota';
import type { ResourceSlots } from './resource-slots';
import type { PinduoduoTokens } from './tokens';

type Row = Record<string, unknown>;

/** What the methods of this platform share. */
export interface PinduoduoState {
  core: Core;
  indexes: PlatformIndexes;
  confirmed: ConfirmIndex;
  messages: PinduoduoMessages;
  waybills: WaybillBook;
  quota: DecryptQuota;
  slots: ResourceSlots;
  tokens: PinduoduoTokens;
}

/** One accepted call. */
export interface Call extends PinduoduoState {
  platform: 'pinduoduo';
  method: string;
  params: Params;
  app: AppStory;
  /** The shop whose access_token was sent. */
  session: ShopStory | undefined;
  /** Story instant of the call. */
  at: number;
  /** Where the caller reached this server, such as `http://127.0.0.1:3100`. */
  base: string;
}

/** A method of the gateway. Returns the content of the answer's root; without a root it is the answer itself. */
export interface Method {
  root: string | null;
  needsToken: boolean;
  isWrite: boolean;
  run(call: Call): Row;
}

/** Methods by their dotted names. */
export type MethodTable = Readonly<Record<string, Method>>;

/** A read of a shop. */
export const read = (root: string | null, run: Method['run']): Method => ({
  root,
  needsToken: true,
  isWrite: false,
  run,
});

/** A write of a shop. */
export const write = (root: string | null, run: Method['run']): Method => ({
  root,
  needsToken: true,
  isWrite: true,
  run,
});

/** A call without a token. */
export const appCall = (root: string, run: Method['run']): Method => ({ root, needsToken: false, isWrite: false, run });

/** The shop of the call's token. */
export function shopOf(call: Call): ShopStory {
  if (!call.session) throw refuse(20_032);
  return call.session;
}
