import type { FactDefinition } from '@app/shared';
import { listingChanged, skuChanged } from './catalog.facts';
import { PARCEL_FACTS, returnReceived } from './logistics.facts';
import { afterSaleChanged, fulfilmentReleased, fulfilmentStopped, ORDER_FACTS } from './order.facts';
import { shopChanged, SHIP_NOTICE_FACTS } from './sync.facts';
import { ORDER_STOCK_FACTS, stockSellableChanged } from './stock.facts';

/** Every fact of the system. */
export const ALL_FACTS: readonly FactDefinition[] = [
  listingChanged,
  skuChanged,
  shopChanged,
  ...SHIP_NOTICE_FACTS,
  ...ORDER_FACTS,
  fulfilmentReleased,
  fulfilmentStopped,
  ...ORDER_STOCK_FACTS,
  stockSellableChanged,
  ...PARCEL_FACTS,
  afterSaleChanged,
  returnReceived,
] as unknown as readonly FactDefinition[];
