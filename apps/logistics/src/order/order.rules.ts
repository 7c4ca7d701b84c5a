import type { OrderFactItem } from '@app/contracts';
import type { RefundKind } from '../intercept/intercept.rules';

/** A line whose goods shall not reach the buyer; `lineId` is empty for the whole order. */
export interface RefundInForce {
  orderId: string;
  lineId: string;
  kind: RefundKind;
}

const ENDED = new Set(['cancelled', 'closed']);

/**
 * What of an order shall not reach the buyer: everything when it was cancelled or closed, else the lines of which a refund
 * is asked or for which all of the money went back (orders tells a refund of a part as none: the goods are still the buyer's).
 */
export function refundsOf(order: OrderFactItem): RefundInForce[] {
  const { orderId, platformState, status } = order;
  if (ENDED.has(platformState) || status === 'cancelled') return [{ orderId, lineId: '', kind: 'closed' }];
  return order.lines.flatMap(({ lineId, refund }): RefundInForce[] => {
    if (refund === 'requested') return [{ orderId, lineId, kind: 'requested' }];
    return refund === 'refunded' ? [{ orderId, lineId, kind: 'refunded' }] : [];
  });
}

/** True when two lists say the same, in whatever order. */
export function sameRefunds(a: readonly RefundInForce[], b: readonly RefundInForce[]): boolean {
  const kinds = new Map(a.map(({ lineId, kind }) => [lineId, kind]));
  return a.length === b.length && b.every(({ lineId, kind }) => kinds.get(lineId) === kind);
}
