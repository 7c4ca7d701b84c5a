import { Injectable, type OnModuleInit } from '@nestjs/common';
import { skuChanged, type SkuItem } from '@app/contracts';
import { FactRegistry, type FactContext, type FactHandler, type Tx } from '@app/shared';
import { SkuRepository } from './sku.repository';

/** Keeps the copy of SKUs as catalog tells it. */
@Injectable()
export class SkuFactsConsumer implements FactHandler, OnModuleInit {
  constructor(
    private readonly registry: FactRegistry,
    private readonly skus: SkuRepository,
  ) {}

  onModuleInit(): void {
    this.registry.subscribe([skuChanged], this);
  }

  async apply(tx: Tx, items: unknown[], context: FactContext): Promise<void> {
    const skus = (items as SkuItem[]).map(({ skuId, skuVersion, code, name, spec, isActive }) => ({
      skuId,
      code,
      name,
      spec,
      isActive,
      version: skuVersion,
    }));
    await this.skus.store(tx, context.companyId, skus);
  }
}
