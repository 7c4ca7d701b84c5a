import type { CanonicalReceiver } from '../canonical';

/** What became of one item of an intake batch. `older`: a newer version is stored already. */
export type IntakeVerdict = 'stored' | 'updated' | 'unchanged' | 'older' | 'parked';

/** Answer of `PUT /orders/v1/platform-orders`, in the order of the request. */
export interface PlatformOrdersAnswer {
  items: {
    platformOrderNo: string;
    verdict: IntakeVerdict;
    orderId?: string;
    parkedItemId?: string;
    errors?: { field: string; code: string; message: string }[];
  }[];
}

/**
 * Answer of `PUT /orders/v1/platform-after-sales`, in the order of the request. `isOrphan`: stored, but its order is not
 * known yet; it takes effect when the order arrives, so pull that order.
 */
export interface PlatformAfterSalesAnswer {
  items: {
    platformAfterSaleNo: string;
    platformOrderNo: string;
    verdict: IntakeVerdict;
    afterSaleId?: string;
    isOrphan: boolean;
    parkedItemId?: string;
    errors?: { field: string; code: string; message: string }[];
  }[];
}

/** `POST /orders/v1/platform-orders/known {shopId, platformOrderNos[≤500]}`: what is stored, for the census (services, orders:read). */
export interface KnownOrdersAnswer {
  items: {
    platformOrderNo: string;
    orderId: string;
    platformState: string;
    modifiedAt: string;
    /** receiverMarkOf the stored receiver; empty without one. */
    receiverMark: string;
    /** none, planned, released, departing or shipped: nothing of it is left to ship. */
    fulfilment: string;
    /** Parcels that have left. */
    parcelIds: string[];
  }[];
}

/** `GET /orders/v1/fulfilments/{id}/receiver` (service, pii:read, logged). */
export interface FulfilmentReceiverAnswer {
  fulfilmentId: string;
  revision: number;
  shopId: string;
  platform: string;
  warehouse: string;
  platformOrderNos: string[];
  receiver: CanonicalReceiver;
}

/** `POST /orders/v1/fulfilments/{id}/departure {parcelId, revision}` → 200; 409 FULFILMENT.STOPPED | FULFILMENT.STALE_REVISION with `holds`. */
export interface DepartureAnswer {
  departing: true;
  departedAt: string;
}

/** `GET /orders/v1/orders/summary` (orders:read): orders per display status and open holds per type. */
export interface OrdersSummaryAnswer {
  items: { status: string; count: number }[];
  holds: { type: string; count: number }[];
}
