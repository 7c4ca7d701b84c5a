import { Injectable, type OnModuleInit } from '@nestjs/common';
import { FactRegistry, type FactContext, type FactHandler, type Tx } from '@app/shared';
import { ORDER_STOCK_FACTS, type OrderStockItem } from '@app/contracts';
import { OrderStore } from '../order/order.store';
import { applyStock } from './stock.rules';

/** Takes what inventory holds for orders: the stock axis, and the warehouse and count per line. */
@Injectable()
export class StockConsumer implements FactHandler, OnModuleInit {
  constructor(
    private readonly registry: FactRegistry,
    private readonly orders: OrderStore,
  ) {}

  onModuleInit(): void {
    this.registry.subscribe(ORDER_STOCK_FACTS, this);
  }

  async apply(tx: Tx, items: unknown[], context: FactContext): Promise<void> {
    const byOrder = new Map((items as OrderStockItem[]).map((item) => [item.orderId, item]));
    await this.orders.change(
      tx,
      context.companyId,
      [...byOrder.keys()],
      { actor: `fact:${context.name}`, reason: 'Inventory told what it holds.' },
      (aggregate) => {
        const item = byOrder.get(aggregate.order.orderId);
        if (item) applyStock(aggregate, item);
      },
    );
  }
}
