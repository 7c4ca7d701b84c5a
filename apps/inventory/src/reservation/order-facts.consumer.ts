import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ORDER_FACTS, type OrderFactItem } from '@app/contracts';
import { FactRegistry, type FactContext, type FactHandler, type Tx } from '@app/shared';
import { OrderStockService } from './order-stock.service';

/** Every fact of orders carries the whole order, so one verb serves them all. */
@Injectable()
export class OrderFactsConsumer implements FactHandler, OnModuleInit {
  constructor(
    private readonly registry: FactRegistry,
    private readonly orderStock: OrderStockService,
  ) {}

  onModuleInit(): void {
    this.registry.subscribe(ORDER_FACTS, this);
  }

  apply(tx: Tx, items: unknown[], context: FactContext): Promise<void> {
    return this.orderStock.follow(tx, context.companyId, items as OrderFactItem[]);
  }
}
