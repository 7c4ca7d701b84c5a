import { ORDER_FACTS, type OrderFactItem } from '@app/contracts';
import { FactRegistry, type FactContext, type FactDefinition, type FactHandler, type Tx } from '@app/shared';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DeliveryService } from '../parcel/delivery.service';
import { OrderRepository } from './order.repository';

/** Platform states that mean that the buyer has the goods. */
const RECEIVED = new Set(['signed', 'completed']);

/** Keeps the copy of orders, and sees from it which parcels have reached their buyers. */
@Injectable()
export class OrderConsumer implements FactHandler, OnModuleInit {
  constructor(
    private readonly registry: FactRegistry,
    private readonly orders: OrderRepository,
    private readonly delivery: DeliveryService,
  ) {}

  onModuleInit(): void {
    this.registry.subscribe(ORDER_FACTS as unknown as FactDefinition[], this);
  }

  async apply(tx: Tx, items: unknown[], context: FactContext): Promise<void> {
    const orders = items as OrderFactItem[];
    await this.orders.store(tx, context.companyId, orders);
    const received = orders.filter((order) => RECEIVED.has(order.platformState)).map((order) => order.orderId);
    if (received.length > 0) await this.delivery.deliverOrders(tx, context.companyId, received, context.occurredAt);
  }
}
