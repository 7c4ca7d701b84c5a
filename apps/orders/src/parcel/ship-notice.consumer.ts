import { Injectable, type OnModuleInit } from '@nestjs/common';
import { FactRegistry, groupBy, type FactContext, type FactHandler, type Tx } from '@app/shared';
import { SHIP_NOTICE_FACTS, type ShipNoticeItem } from '@app/contracts';
import { OrderStore } from '../order/order.store';
import { applyNotice, noticeOf } from './parcel.rules';

/** Takes what platforms were told of parcels; a refusal holds the order until the notice is through. */
@Injectable()
export class ShipNoticeConsumer implements FactHandler, OnModuleInit {
  constructor(
    private readonly registry: FactRegistry,
    private readonly orders: OrderStore,
  ) {}

  onModuleInit(): void {
    this.registry.subscribe(SHIP_NOTICE_FACTS, this);
  }

  async apply(tx: Tx, items: unknown[], context: FactContext): Promise<void> {
    const { companyId, name } = context;
    const notices = (items as ShipNoticeItem[]).map((item) => noticeOf(companyId, item));
    const byOrder = groupBy(notices, ({ orderId }) => orderId);
    await this.orders.change(
      tx,
      companyId,
      [...byOrder.keys()],
      { actor: `fact:${name}`, reason: 'The platform answered a ship notice.' },
      (aggregate) => {
        for (const notice of byOrder.get(aggregate.order.orderId) ?? []) applyNotice(aggregate, notice);
      },
      { notices },
    );
  }
}
