import { Injectable, type OnModuleInit } from '@nestjs/common';
import { FactRegistry, groupBy, type FactContext, type FactHandler, type Tx } from '@app/shared';
import { PARCEL_FACTS, type ParcelItem } from '@app/contracts';
import { OrderStore } from '../order/order.store';
import type { OrderParcel } from '../order/order.types';
import { ParcelRepository } from './parcel.repository';

/** A parcel's part in each of its orders. */
export function parcelsOf(companyId: string, item: ParcelItem): OrderParcel[] {
  const { parcelId, fulfilmentId, fulfilmentRevision, warehouse, carrier, waybillNo, state } = item;
  return [...groupBy(item.lines, ({ orderId }) => orderId)].map(([orderId, lines]) => ({
    companyId,
    parcelId,
    orderId,
    fulfilmentId,
    revision: fulfilmentRevision,
    warehouse,
    carrier,
    waybillNo,
    state,
    shippedAt: new Date(item.shippedAt),
    deliveredAt: item.deliveredAt ? new Date(item.deliveredAt) : null,
    lines: lines.map(({ lineId, skuId, quantity }) => ({ lineId, skuId, quantity })),
  }));
}

/** Takes parcels that left: lines become shipped, fulfilments done, orders delivered. */
@Injectable()
export class ParcelConsumer implements FactHandler, OnModuleInit {
  constructor(
    private readonly registry: FactRegistry,
    private readonly parcels: ParcelRepository,
    private readonly orders: OrderStore,
  ) {}

  onModuleInit(): void {
    this.registry.subscribe(PARCEL_FACTS, this);
  }

  async apply(tx: Tx, items: unknown[], context: FactContext): Promise<void> {
    const parcels = (items as ParcelItem[]).flatMap((item) => parcelsOf(context.companyId, item));
    const byOrder = groupBy(parcels, ({ orderId }) => orderId);
    await this.orders.change(tx, context.companyId, [...byOrder.keys()], { actor: `fact:${context.name}`, reason: 'Logistics told of a parcel.' }, (aggregate) => {
      for (const parcel of byOrder.get(aggregate.order.orderId) ?? []) {
        aggregate.parcels = [...aggregate.parcels.filter(({ parcelId }) => parcelId !== parcel.parcelId), parcel].sort((a, b) => (a.parcelId < b.parcelId ? -1 : 1));
      }
    });
    await this.parcels.putParcels(tx, parcels);
  }
}
