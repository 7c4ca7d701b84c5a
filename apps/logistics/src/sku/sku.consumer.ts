import { skuChanged, type SkuItem } from '@app/contracts';
import { FactRegistry, type FactContext, type FactDefinition, type FactHandler, type Tx } from '@app/shared';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { SkuRepository } from './sku.repository';

/** Keeps the copy of SKU codes. */
@Injectable()
export class SkuConsumer implements FactHandler, OnModuleInit {
  constructor(
    private readonly registry: FactRegistry,
    private readonly skus: SkuRepository,
  ) {}

  onModuleInit(): void {
    this.registry.subscribe([skuChanged as unknown as FactDefinition], this);
  }

  apply(tx: Tx, items: unknown[], context: FactContext): Promise<void> {
    const skus = (items as SkuItem[]).map(({ skuId, skuVersion, code }) => ({ skuId, code, version: skuVersion }));
    return this.skus.store(tx, context.companyId, skus);
  }
}
