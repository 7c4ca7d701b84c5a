import { Injectable, type OnModuleInit } from '@nestjs/common';
import { FactRegistry, type FactContext, type FactHandler, type Tx } from '@app/shared';
import { returnReceived, type ReturnItem } from '@app/contracts';
import { OrderStore } from '../order/order.store';
import { ReturnRepository } from './return.repository';
import { applyReturn, returnOf } from './return.rules';

/** Takes parcels that came back: their after-sales show when and in what state the goods arrived. */
@Injectable()
export class ReturnConsumer implements FactHandler, OnModuleInit {
  constructor(
    private readonly registry: FactRegistry,
    private readonly returns: ReturnRepository,
    private readonly orders: OrderStore,
  ) {}

  onModuleInit(): void {
    this.registry.subscribe([returnReceived], this);
  }

  async apply(tx: Tx, items: unknown[], context: FactContext): Promise<void> {
    const { companyId, name } = context;
    const returns = (items as ReturnItem[]).map((item) => returnOf(companyId, item));
    const former = await this.returns.ordersOf(
      tx,
      companyId,
      returns.map(({ returnId }) => returnId),
    );
    const present = returns.flatMap(({ orderId }) => orderId ?? []);
    const cause = { actor: `fact:${name}`, reason: 'Logistics counted a parcel that came back.' };
    await this.orders.change(tx, companyId, [...new Set([...former, ...present])], cause, (aggregate) => {
      for (const returned of returns) applyReturn(aggregate, returned);
    });
    await this.returns.put(tx, returns);
  }
}
