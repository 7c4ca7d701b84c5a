import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ORDER_FACTS, type OrderFactItem } from '@app/contracts';
import { FactRegistry, type FactContext, type FactHandler, type Tx } from '@app/shared';
import { OrderRepository } from './order.repository';

/** Keeps the copy of orders. */
@Injectable()
export class OrderConsumer implements FactHandler, OnModuleInit {
  constructor(
    private readonly registry: FactRegistry,
    private readonly orders: OrderRepository,
  ) {}

  onModuleInit(): void {
    this.registry.subscribe(ORDER_FACTS, this);
  }

  apply(tx: Tx, items: unknown[], { companyId, occurredAt }: FactContext): Promise<void> {
    return this.orders.put(tx, companyId, items as OrderFactItem[], (item) => occurredAt(item));
  }
}
