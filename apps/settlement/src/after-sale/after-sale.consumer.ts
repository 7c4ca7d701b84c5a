import { Injectable, type OnModuleInit } from '@nestjs/common';
import { afterSaleChanged, type AfterSaleFactItem } from '@app/contracts';
import { FactRegistry, type FactContext, type FactHandler, type Tx } from '@app/shared';
import { AfterSaleRepository } from './after-sale.repository';

/** Keeps the copy of after-sales. */
@Injectable()
export class AfterSaleConsumer implements FactHandler, OnModuleInit {
  constructor(
    private readonly registry: FactRegistry,
    private readonly afterSales: AfterSaleRepository,
  ) {}

  onModuleInit(): void {
    this.registry.subscribe([afterSaleChanged], this);
  }

  apply(tx: Tx, items: unknown[], { companyId }: FactContext): Promise<void> {
    return this.afterSales.put(tx, companyId, items as AfterSaleFactItem[]);
  }
}
