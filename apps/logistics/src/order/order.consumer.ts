import { ORDER_FACTS, type OrderFactItem } from '@app/contracts';
import {
  FactRegistry,
  ServiceHttp,
  type FactContext,
  type FactDefinition,
  type FactHandler,
  type FetchItem,
  type Tx,
} from '@app/shared';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InterceptService } from '../intercept/intercept.service';
import { DeliveryService } from '../parcel/delivery.service';
import { OrderRepository } from './order.repository';

/** Platform states that mean that the buyer has the goods. */
const RECEIVED = new Set(['signed', 'completed']);

/** Keeps the copy of orders, and sees from it which parcels have reached their buyers and which must not. */
@Injectable()
export class OrderConsumer implements FactHandler, OnModuleInit {
  constructor(
    private readonly registry: FactRegistry,
    private readonly orders: OrderRepository,
    private readonly delivery: DeliveryService,
    private readonly intercepts: InterceptService,
    private readonly http: ServiceHttp,
  ) {}

  onModuleInit(): void {
    this.registry.subscribe(ORDER_FACTS as unknown as FactDefinition[], this);
  }

  async apply(tx: Tx, items: unknown[], context: FactContext): Promise<void> {
    const orders = items as OrderFactItem[];
    const refunded = await this.orders.store(tx, context.companyId, orders);
    const received = orders
      .filter((order) => RECEIVED.has(order.platformState))
      .map((order) => ({ orderId: order.orderId, at: context.occurredAt(order) }));
    if (received.length > 0) await this.delivery.deliverOrders(tx, context.companyId, received);
    await this.intercepts.followOrders(tx, context.companyId, refunded);
  }

  /** Reads an order that was too large to travel. */
  fetch(item: FetchItem, context: FactContext): Promise<unknown> {
    const path = `/v1/facts/orders/${encodeURIComponent(String(item.orderId))}`;
    return this.http.get(this.http.at('orders', path), { companyId: context.companyId });
  }
}
