import type { Core } from '../../core/core';
import type { AppStory, OrderStory, ShopStory } from '../../core/story.types';
import type { PlatformIndexes } from '../../kit/shop-indexes';
import type { WaybillBook } from '../../kit/waybill-book';
import type { AfterSaleIndex } from './after-sale-index';
import { refuse } from './envelope';
import type { Fields } from './fields';
import type { JdNotes } from './notes';
import type { StockBook } from './stock-book';
import type { TdeDesk } from './tde';
import { isVisible } from './words';

/** What the methods of this platform share. */
export interface JdState {
  core: Core;
  indexes: PlatformIndexes;
  afterSales: AfterSaleIndex;
  stock: StockBook;
  waybills: WaybillBook;
  tde: TdeDesk;
  notes: JdNotes;
}

/** One accepted call. */
export interface Call extends JdState {
  platform: 'jd';
  method: string;
  fields: Fields;
  app: AppStory;
  /** The shop whose access token was sent. */
  session: ShopStory | undefined;
  /** Story instant of the call. */
  at: number;
}

/** A method of the gateway. Returns what stands in the wrapper beside its code. */
export interface Method {
  needsSession: boolean;
  isWrite: boolean;
  run(call: Call): Record<string, unknown>;
}

/** Methods by their dotted names; case matters (JD sheet §1). */
export type MethodTable = Readonly<Record<string, Method>>;

/** A read that needs an access token. */
export const read = (run: Method['run']): Method => ({ needsSession: true, isWrite: false, run });

/** A write that needs an access token. */
export const write = (run: Method['run']): Method => ({ needsSession: true, isWrite: true, run });

/** A call that anybody may make. */
export const open = (run: Method['run']): Method => ({ needsSession: false, isWrite: false, run });

/** The shop of the call's access token. */
export function shopOf(call: Call): ShopStory {
  if (!call.session) throw refuse('18');
  return call.session;
}

/** The shop's own order with a number, when the calls may know it. */
export function ownOrder(call: Call, no: string): OrderStory | undefined {
  const order = call.core.story.order('jd', no);
  return order && order.shopId === shopOf(call).shopId && isVisible(order) ? order : undefined;
}
