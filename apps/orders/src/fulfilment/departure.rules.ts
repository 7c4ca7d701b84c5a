import { staleGoods, stopReason } from '../order/fulfilment.rules';
import { isBlocking } from '../order/hold.rules';
import type { Departure, Fulfilment, Hold, OrderAggregate } from '../order/order.types';

/** The decision about one parcel. */
export type DepartureVerdict =
  | { kind: 'granted' }
  | { kind: 'repeated'; departedAt: Date }
  | { kind: 'stale'; revision: number }
  | { kind: 'stopped'; reason: string; holds: Hold[] };

/**
 * Decides whether a parcel may leave, over a locked order. A repeat of a granted question is answered as before while
 * nothing has come up against it; from a stop or refund request on every departure is refused, unless the parcel has left.
 */
export function judgeDeparture(
  aggregate: OrderAggregate,
  fulfilment: Fulfilment,
  departures: readonly Departure[],
  parcelId: string,
  revision: number,
): DepartureVerdict {
  const granted = departures.find(
    (one) => one.parcelId === parcelId && one.revision === revision && one.takenBackAt === null,
  );
  if (granted && aggregate.parcels.some((parcel) => parcel.parcelId === parcelId))
    return { kind: 'repeated', departedAt: granted.grantedAt };
  const holds = aggregate.holds.filter(isBlocking);
  const reason = fulfilment.state === 'stopped' ? fulfilment.reason : stopReason(aggregate);
  if (reason !== undefined || holds.length > 0) return { kind: 'stopped', reason: reason ?? '', holds };
  const stale = staleGoods(aggregate, fulfilment);
  if (stale.length > 0) {
    const skus = [...new Set(stale.map(({ skuCode }) => skuCode))].slice(0, 5).join(', ');
    return { kind: 'stopped', reason: `The parcel may hold pieces that were refunded or closed: ${skus}.`, holds };
  }
  if (revision !== fulfilment.revision) return { kind: 'stale', revision: fulfilment.revision };
  if (granted) return { kind: 'repeated', departedAt: granted.grantedAt };
  if (fulfilment.state === 'shipped')
    return { kind: 'stopped', reason: 'Everything of this fulfilment has left already.', holds };
  return { kind: 'granted' };
}

/**
 * False when this parcel was surely never granted a departure that still counts. A grant makes the fulfilment departing;
 * only a departure that is taken back, or a parcel that left, brings it out of that state, and both leave their trace.
 */
export function mayBeGranted(aggregate: OrderAggregate, { state }: Fulfilment, parcelId: string): boolean {
  return state !== 'released' || aggregate.parcels.some((parcel) => parcel.parcelId === parcelId);
}
