import { Injectable, type OnModuleInit } from '@nestjs/common';
import { FactRegistry, groupBy, type FactContext, type FactHandler, type Tx } from '@app/shared';
import { PARCEL_FACTS, type ParcelItem } from '@app/contracts';
import { OrderStore } from '../order/order.store';
import { applyParcel, parcelsOf } from './parcel.rules';

/** Takes parcels that left: lines become shipped, fulfilments done, orders delivered. */
@Injectable()
export class ParcelConsumer implements FactHandler, OnModuleInit {
  constructor(
    private readonly registry: FactRegistry,
    private readonly orders: OrderStore,
  ) {}

  onModuleInit(): void {
    this.registry.subscribe(PARCEL_FACTS, this);
  }

  async apply(tx: Tx, items: unknown[], context: FactContext): Promise<void> {
    const parcels = (items as ParcelItem[]).flatMap((item) => parcelsOf(context.companyId, item));
    const byOrder = groupBy(parcels, ({ orderId }) => orderId);
    await this.orders.change(
      tx,
      context.companyId,
      [...byOrder.keys()],
      { actor: `fact:${context.name}`, reason: 'Logistics told of a parcel.' },
      (aggregate) => {
        for (const parcel of byOrder.get(aggregate.order.orderId) ?? []) applyParcel(aggregate, parcel);
      },
      { parcels },
    );
  }
}
