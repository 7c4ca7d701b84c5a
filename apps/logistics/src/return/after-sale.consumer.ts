import { afterSaleChanged, type AfterSaleFactItem } from '@app/contracts';
import { FactRegistry, type FactContext, type FactDefinition, type FactHandler, type Tx } from '@app/shared';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AfterSaleRepository } from './after-sale.repository';
import { ExpectedReturns } from './expected-returns';

/** Keeps the copy of after-sales, and knows from it which parcels buyers send back. */
@Injectable()
export class AfterSaleConsumer implements FactHandler, OnModuleInit {
  constructor(
    private readonly registry: FactRegistry,
    private readonly afterSales: AfterSaleRepository,
    private readonly expected: ExpectedReturns,
  ) {}

  onModuleInit(): void {
    this.registry.subscribe([afterSaleChanged as unknown as FactDefinition], this);
  }

  async apply(tx: Tx, items: unknown[], context: FactContext): Promise<void> {
    const numbers = await this.afterSales.store(tx, context.companyId, items as AfterSaleFactItem[]);
    await this.expected.follow(tx, context.companyId, numbers);
  }
}
