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
 * is asked, or everything paid was given back. Goods of a line that was refunded in part are still the buyer's.
 */
export function refundsOf(order: OrderFactItem): RefundInForce[] {
  const { orderId, platformState, status } = order;
  if (ENDED.has(platformState) || status === 'cancelled') return [{ orderId, lineId: '', kind: 'closed' }];
  return order.lines.flatMap(({ lineId, refund, refundedFen, paidFen }): RefundInForce[] => {
    if (refund === 'requested') return [{ orderId, lineId, kind: 'requested' }];
    return refund === 'refunded' && refundedFen >= paidFen ? [{ orderId, lineId, kind: 'refunded' }] : [];
  });
}
