import type { CanonicalReceiver } from '../canonical';

/** Where parcels of a warehouse are sent from; as the carrier has it on file. */
export interface SenderAddress {
  name: string;
  phone: string;
  province: string;
  city: string;
  district: string;
  address: string;
}

/** `POST /sync/v1/waybills` (service, platform:call). Idempotent by parcelId: a repeat gives the same number. */
export interface WaybillRequest {
  shopId: string;
  fulfilmentId: string;
  parcelId: string;
  carrier: string;
  sender: SenderAddress;
  receiver: CanonicalReceiver;
  platformOrderNos: string[];
  lines: { platformOrderNo: string; platformLineNo: string; title: string; quantity: number }[];
}

/** The waybill, with the print data exactly as the platform gave it. */
export interface WaybillAnswer {
  waybillNo: string;
  carrier: string;
  printData: string;
}

/** `POST /sync/v1/waybills/cancel` (service, platform:call): `{"cancelled":true}`; a repeat is also true. */
export interface WaybillCancelRequest {
  shopId: string;
  parcelId: string;
  carrier: string;
  /** Left out when the answer that named it was lost: then the number of the parcel, if it got one. */
  waybillNo?: string;
}

/** `POST /sync/v1/orders/state` (service, platform:call): the platform's word at this moment. `mayShip` false: it is being pulled again by a job. */
export interface OrderStateAnswer {
  platformOrderNo: string;
  platformState: string;
  mayShip: boolean;
  /** Why not, in words for a clerk; empty when it may. */
  reason: string;
  modifiedAt: string;
}

/** `PUT /catalog/v1/platform-listings {shopId, items: CanonicalListing[≤200]}` (catalog:write) answers with a verdict per listing. */
export interface PlatformListingsAnswer {
  items: {
    listingId: string;
    verdict: 'stored' | 'updated' | 'unchanged' | 'older' | 'parked';
    parkedItemId?: string;
    errors?: { field: string; code: string; message: string }[];
  }[];
}
