/**
 * `asked`: the carrier shall bring the parcel back and has not answered. `caught`: it will. `too_late`: the buyer has it,
 * or the carrier cannot. `withdrawn`: the reason went away before anybody answered.
 */
export const INTERCEPT_STATES = ['asked', 'caught', 'too_late', 'withdrawn'] as const;
export type InterceptState = (typeof INTERCEPT_STATES)[number];

/** Why a parcel shall not reach its buyer. */
export const REFUND_KINDS = ['requested', 'refunded', 'closed'] as const;
export type RefundKind = (typeof REFUND_KINDS)[number];

/** Everything that decides about the intercept of one parcel, as it stands. */
export interface Standing {
  parcelId: string;
  parcelState: string;
  waybillNo: string;
  shopId: string;
  warehouse: string;
  /** The strongest reason that is in force; null when there is none. */
  cause: { kind: RefundKind; orderId: string; platformOrderNo: string } | null;
  /** The parcel came back and was counted. */
  isBack: boolean;
  intercept: { state: InterceptState; kind: RefundKind; orderId: string } | null;
}

/** What becomes of an intercept by itself; undefined = it stays as it is. */
export type Turn =
  { state: 'asked' } | { state: 'withdrawn' | 'too_late' | 'caught'; note: string } | { state: 'reason' } | undefined;

const UNDER_WAY = new Set(['shipped', 'exception']);

/** Decides from the present standing alone, so that it does not matter in which order its parts became known. */
export function turnOf({ parcelState, cause, isBack, intercept }: Standing): Turn {
  const isAsked = intercept?.state === 'asked';
  if (isAsked && isBack) return { state: 'caught', note: 'The parcel came back.' };
  if (isAsked && parcelState === 'delivered') return { state: 'too_late', note: 'The parcel reached the buyer.' };
  if (isAsked && !cause) return { state: 'withdrawn', note: 'Nothing speaks against the delivery any more.' };
  if (isAsked && cause && (cause.kind !== intercept.kind || cause.orderId !== intercept.orderId))
    return { state: 'reason' };
  const isOpen = !intercept || intercept.state === 'withdrawn';
  return isOpen && cause && !isBack && UNDER_WAY.has(parcelState) ? { state: 'asked' } : undefined;
}

const WORDS: Record<RefundKind, string> = {
  requested: 'A refund is asked for goods of order',
  refunded: 'The buyer was refunded for goods of order',
  closed: 'The platform cancelled or closed order',
};

/** The reason in words for a clerk. */
export function reasonOf(kind: RefundKind, platformOrderNo: string): string {
  return `${WORDS[kind]} ${platformOrderNo}.`;
}

/** What a clerk shall do; empty when nothing is left to be done. */
export function adviceOf(state: InterceptState, carrier: string, waybillNo: string): string {
  if (state === 'asked') return `Ask ${carrier} to bring parcel ${waybillNo} back, and enter the answer here.`;
  return state === 'caught' ? `Parcel ${waybillNo} comes back: scan it as a return when it arrives.` : '';
}
