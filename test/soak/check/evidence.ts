import type { SoakShop } from '../office';
import type { PatientClient } from '../patient-client';
import type { On, Played } from '../played';
import type { TruthOrder } from '../truth';

export interface OurLine {
  id: string;
  platformLineNo: string;
  skuCode: string | null;
  quantity: number;
  cancelled: number;
  shipped: number;
  noStock: boolean;
  unitPriceFen: number;
  discountFen: number;
  paidFen: number;
  refundState: string;
  platformLineState?: string | null;
  refundedFen?: number;
}

export interface OurOrder {
  id: string;
  shopId: string;
  platformOrderNo: string;
  status: string;
  platformState: string;
  review: string;
  stock: string;
  fulfilment: string;
  afterSale: string;
  notice: string;
  holds: { type: string; reason: string }[];
  flags: string[];
  isLive: boolean;
  amounts: Record<string, number>;
  lines: OurLine[];
}

export interface OurParcel {
  id: string;
  state: string;
  shopId: string;
  warehouse: string;
  waybillNo: string | null;
  fulfilmentId: string;
  departedAt: string | null;
  shippedAt: string | null;
  lines: { orderId: string; platformOrderNo: string; lineId: string; skuCode: string; quantity: number }[];
}

export interface OurIntercept {
  id: string;
  state: string;
  parcelId: string;
  waybillNo: string;
}

export interface OurReturn {
  id: string;
  state: string;
  waybillNo: string;
  parcelId: string | null;
  intercept: string | null;
  isMatched: boolean;
  warehouse: string | null;
  platformOrderNo: string | null;
  platformAfterSaleNos: string[];
  flags: string[];
  lines: { skuCode: string; quantity: number; grade: string }[];
}

/** What both sides hold at the end, read once. */
export interface Evidence {
  truth: On<TruthOrder>[];
  orders: Map<string, OurOrder>;
  doubled: string[];
  parcels: OurParcel[];
  intercepts: OurIntercept[];
  returns: OurReturn[];
  /** What waits for a clerk. */
  left: string[];
}

/** States of a parcel that has left. */
export const GONE = new Set(['shipped', 'delivered', 'exception']);

/** Reads the truth and what the API tells of orders, parcels, intercepts and returns. */
export async function gather(
  api: PatientClient,
  played: Played,
  shops: readonly SoakShop[],
  hasReturns: boolean,
): Promise<Evidence> {
  const evidence: Evidence = {
    truth: await played.orders(),
    orders: new Map(),
    doubled: [],
    left: [],
    parcels: await api.all<OurParcel>('/logistics/v1/parcels'),
    intercepts: hasReturns ? await api.all<OurIntercept>('/logistics/v1/intercepts') : [],
    returns: hasReturns
      ? [
          ...(await api.all<OurReturn>('/logistics/v1/returns?state=expected')),
          ...(await api.all<OurReturn>('/logistics/v1/returns?state=received')),
        ]
      : [],
  };
  for (const list of ['work', 'pull-outs?state=open', ...(hasReturns ? ['intercepts?state=asked'] : [])])
    for (const item of await api.all<{ id?: string; fulfilmentId: string }>(`/logistics/v1/${list}`))
      evidence.left.push(`${list.split('?')[0]} ${item.id ?? item.fulfilmentId}`);
  for (const shop of shops)
    for await (const order of api.each<OurOrder>(`/orders/v1/orders?shopId=${shop.id}`)) {
      if (evidence.orders.has(order.platformOrderNo)) evidence.doubled.push(order.platformOrderNo);
      evidence.orders.set(order.platformOrderNo, order);
    }
  return evidence;
}
