import { Injectable, type OnModuleInit } from '@nestjs/common';
import { PARCEL_FACTS, type ParcelItem } from '@app/contracts';
import { FactRegistry, type FactContext, type FactHandler, type Tx } from '@app/shared';
import { OrderStockService } from './order-stock.service';

/** Any fact of a parcel says that it left; the first one to arrive takes its pieces out of the book. */
@Injectable()
export class ParcelFactsConsumer implements FactHandler, OnModuleInit {
  constructor(
    private readonly registry: FactRegistry,
    private readonly orderStock: OrderStockService,
  ) {}

  onModuleInit(): void {
    this.registry.subscribe(PARCEL_FACTS, this);
  }

  apply(tx: Tx, items: unknown[], context: FactContext): Promise<void> {
    return this.orderStock.shipOut(tx, context.companyId, items as ParcelItem[]);
  }
}
